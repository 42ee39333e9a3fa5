"""What a page says of its article to machines: JSON-LD and microdata, both as the same nodes.

A node is a dict as JSON-LD has it: `{"@type": "NewsArticle", "author": {"name": "Jane Doe"}}`.
"""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

Node = dict[str, Any]

_ARTICLE_TYPE = re.compile(
    r"(?:Article|BlogPosting|LiveBlogPosting|Report|SocialMediaPosting|ScholarlyArticle)\b"
)
# Enough for any page; a hostile one should not keep us.
MOST_NODES = 2000
# How old pages hide scripts from older browsers.
_HIDDEN = (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"))


def all_nodes(tree: Any) -> list[Node]:
    """The nodes of a parsed page, references between them resolved by one step."""
    found = [node for script in _scripts(tree) for node in _unfolded(script)]
    named = {str(node["@id"]): node for node in found if "@id" in node and len(node) > 1}
    return [_resolved(node, named) for node in found] + _items(tree)


def is_article(node: Node) -> bool:
    """Whether a node is an article, of any of the kinds that schema.org has."""
    return _ARTICLE_TYPE.search(type_of(node)) is not None


def type_of(node: Node) -> str:
    """The types of a node, as one string."""
    return " ".join(value for value in values(node, "@type") if isinstance(value, str))


def values(node: Node, key: str) -> list[Any]:
    """The strings, numbers, truth values and objects under a key, whatever form they have there."""
    found: list[Any] = []
    waiting = deque([node.get(key)])
    while waiting and len(found) < MOST_NODES:
        value = waiting.popleft()
        if isinstance(value, list):
            waiting.extendleft(reversed(value[:MOST_NODES]))
        elif isinstance(value, dict) and "@value" in value:
            waiting.appendleft(value["@value"])
        elif value is not None:
            found.append(value)
    return found


def objects(node: Node, key: str) -> list[Node]:
    """The objects under a key."""
    return [value for value in values(node, key) if isinstance(value, dict)]


def strings(node: Node, key: str) -> list[str]:
    """The strings and numbers under a key, and the names of objects there, on one line each."""
    found: list[str] = []
    for value in values(node, key):
        for one in values(value, "name") if isinstance(value, dict) else [value]:
            # A number may be a time, in seconds since 1970.
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                # Some programs escape what they put into JSON as if it were HTML, some twice.
                found.append(" ".join(html.unescape(html.unescape(str(one))).split()))
    return [one for one in found if one]


def links(node: Node, key: str) -> list[str]:
    """The addresses under a key: strings, and the ids and addresses of objects."""
    found = strings(node, key)
    for value in objects(node, key):
        found += [*strings(value, "@id"), *strings(value, "url")]
    return found


def _scripts(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() != "application/ld+json":
            continue
        text = (script.text or "").strip()
        for begins, ends in _HIDDEN:
            text = text.removeprefix(begins).removesuffix(ends).strip()
        try:
            yield json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue


def _unfolded(root: Any) -> Iterator[Node]:
    """The objects of a script: itself, those of its list or graph, and what a page is about."""
    waiting = deque([root])
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting += node[:MOST_NODES]
        elif isinstance(node, dict):
            waiting += [node.get("@graph"), node.get("mainEntity")]
            yield node


def _resolved(node: Node, named: dict[str, Node]) -> Node:
    """A node with the objects it only points at in their place."""
    whole: Node = {}
    for key, value in node.items():
        many = value if isinstance(value, list) else [value]
        put = [one if key == "@id" else _meant(one, named) for one in many[:MOST_NODES]]
        whole[key] = put if isinstance(value, list) else put[0]
    return whole


def _meant(value: Any, named: dict[str, Node]) -> Any:
    """The node that a value names by its id; any other value is itself."""
    if isinstance(value, dict):
        return named.get(str(value.get("@id")), value) if len(value) <= 2 else value
    return named.get(value, value) if isinstance(value, str) else value


def _items(tree: Any) -> list[Node]:
    """The items that the attributes of microdata mark in what readers see."""
    found: list[Node] = []
    owners: dict[Any, Node] = {}
    for element in tree.xpath("//*[@itemscope or @itemprop]")[: 2 * MOST_NODES]:
        owner = next((owners[above] for above in element.iterancestors() if above in owners), None)
        value: Node | str
        # An item may have no type; what it says is still not said of the one around it.
        if element.get("itemscope") is not None:
            kinds = (element.get("itemtype") or "").split()
            value = {"@type": [kind.rstrip("/").rpartition("/")[2] for kind in kinds]}
            owners[element] = value
            found.append(value)
        else:
            value = _value(element)
        if owner is not None and value:
            for name in (element.get("itemprop") or "").split():
                owner.setdefault(name, []).append(value)
    return found


def _value(element: Any) -> str:
    for attribute in ("content", "datetime"):
        if value := element.get(attribute):
            return str(value)
    # The body of an article is of no use here, and long.
    if "articleBody" in element.get("itemprop"):
        return "…"
    text = " ".join("".join(islice(element.itertext(), MOST_NODES)).split())
    return text[:500] or str(element.get("href") or "")

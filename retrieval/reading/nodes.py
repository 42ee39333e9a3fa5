"""The JSON-LD of a page: what it says of its article to machines, as nodes.

A node is a dict such as `{"@type": "NewsArticle", "author": {"name": "Jane Doe"}}`.
"""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

_ARTICLE_TYPE = re.compile(
    r"(?:Article|BlogPosting|LiveBlogPosting|Report|SocialMediaPosting|ScholarlyArticle)\b"
)
MOST_NODES = 2000  # enough for any page; a hostile one should not keep us
# How old pages hide scripts from older browsers.
_HIDDEN = re.compile(r"^(?:<!--|//<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?:-->|//\]\]>|/\*\]\]>\*/)$")


def all_nodes(tree: Any) -> list[Node]:
    """Return the nodes of a parsed page, references between them resolved by one step."""
    found = [node for script in _scripts(tree) for node in _unfolded(script)]
    named = {str(node["@id"]): node for node in found if "@id" in node and len(node) > 1}

    def meant(value: Any) -> Any:
        if isinstance(value, list):
            return [one if isinstance(one, list) else meant(one) for one in value[:MOST_NODES]]
        if isinstance(value, dict) and len(value) <= 2:
            return named.get(str(value.get("@id")), value)
        return named.get(value, value) if isinstance(value, str) else value

    return [
        {key: value if key == "@id" else meant(value) for key, value in node.items()}
        for node in found
    ]


def is_article(node: Node) -> bool:
    """Whether a node is an article, of any of the kinds that schema.org has."""
    return _ARTICLE_TYPE.search(type_of(node)) is not None


def type_of(node: Node) -> str:
    """Return the types of a node, as one string."""
    return " ".join(value for value in values(node, "@type") if isinstance(value, str))


def values(node: Node, key: str) -> list[Any]:
    """Return the strings, numbers, truth values and objects under a key, however nested."""
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
    """Return the objects under a key."""
    return [value for value in values(node, key) if isinstance(value, dict)]


def strings(node: Node, key: str) -> list[str]:
    """Return the strings and numbers under a key, and the names of objects there."""
    found: list[str] = []
    for value in values(node, key):
        for one in values(value, "name") if isinstance(value, dict) else [value]:
            # A number may be a time, in seconds since 1970.
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                # Some programs escape what they put into JSON as if it were HTML, some twice.
                found.append(" ".join(html.unescape(html.unescape(str(one))).split()))
    return [one for one in found if one]


def links(node: Node, key: str) -> list[str]:
    """Return the addresses under a key: strings, and the ids and addresses of objects."""
    found = strings(node, key)
    for value in objects(node, key):
        found += [*strings(value, "@id"), *strings(value, "url")]
    return found


def _scripts(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            try:
                yield json.loads(_HIDDEN.sub("", (script.text or "").strip()), strict=False)
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

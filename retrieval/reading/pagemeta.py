"""What the head of a web page says of its article: link, publisher, time of publication."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

_PUBLISHED_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "pubdate",
    "publish-date",
    "dc.date.issued",
    "dcterms.date",
    "date",
)
_ARTICLE_TYPE = re.compile(r"Article|BlogPosting|Report|SocialMediaPosting|WebPage$")
_ABSOLUTE = re.compile(r"https?://[^\s/]+\.[^\s]+")
# Enough for any page; a hostile one should not keep us.
_MOST_NODES = 2000


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page tells of itself; `published` are strings, the most trusted first."""

    title: str | None
    url: str | None
    publisher: str | None
    published: tuple[str, ...]


def of_tree(tree: Any, address: str | None = None) -> PageMeta:
    """The facts in the links, meta elements and JSON-LD of a parsed page."""
    named = _named_meta(tree)
    linked = [node for script in _json_ld(tree) for node in _nodes(script)]
    # An article's own data before that of the page around it.
    linked.sort(key=lambda node: "WebPage" in _type(node))
    told = [
        *(named[name] for name in _PUBLISHED_NAMES if name in named),
        *(str(node["datePublished"]) for node in linked if node.get("datePublished")),
        *tree.xpath("//time[@pubdate or @itemprop='datePublished']/@datetime"),
    ]
    return PageMeta(
        title=_own_title(tree),
        url=_link(tree, named, address),
        publisher=named.get("og:site_name") or _publisher(linked),
        published=tuple(" ".join(written.split()) for written in told),
    )


def _named_meta(tree: Any) -> dict[str, str]:
    """The meta elements by their name or property, the first of each."""
    named: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = " ".join((meta.get("content") or "").split())
        if name and content:
            named.setdefault(name.lower(), content)
    return named


def _link(tree: Any, named: dict[str, str], address: str | None) -> str | None:
    """The canonical link, from where the page stood; a `<base>` is no link to the article."""
    hrefs = [str(href).strip() for href in tree.xpath("//link[@rel='canonical']/@href")]
    candidates = [*hrefs, named.get("og:url", "")]
    if address:
        candidates = [_joined(address, link) for link in candidates if link]
    return next((link for link in candidates if _ABSOLUTE.fullmatch(link)), None)


def _joined(address: str, link: str) -> str:
    try:
        return urljoin(address, link)
    except ValueError:  # such as the brackets of an address that is none
        return ""


def _own_title(tree: Any) -> str | None:
    for path in ("//title", "//h1", "//h2"):
        for element in tree.xpath(path)[:1]:
            if title := " ".join("".join(element.itertext()).split()):
                return title
    return None


def _json_ld(tree: Any) -> Iterator[Any]:
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            yield json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue


def _nodes(root: Any) -> Iterator[dict[str, Any]]:
    """The article-like objects of a JSON-LD script."""
    waiting = [root]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node[:_MOST_NODES]
        elif isinstance(node, dict):
            waiting.append(node.get("@graph"))
            if _ARTICLE_TYPE.search(_type(node)):
                yield node


def _type(node: dict[str, Any]) -> str:
    kind = node.get("@type")
    return " ".join(map(str, kind)) if isinstance(kind, list) else str(kind or "")


def _publisher(linked: list[dict[str, Any]]) -> str | None:
    for node in linked:
        publisher = node.get("publisher")
        name = publisher.get("name") if isinstance(publisher, dict) else publisher
        if isinstance(name, str) and name.strip() and not name.startswith("http"):
            return " ".join(name.split())
    return None

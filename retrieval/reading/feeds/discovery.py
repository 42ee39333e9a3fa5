"""The feeds that a web page names in its head."""

from __future__ import annotations

import re

from retrieval.entries import Listed
from retrieval.reading.feeds import telling

_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
)
# Below an article, blogs name a feed of what its readers said, too.
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)


def feeds(content: bytes, url: str) -> list[Listed]:
    """The feeds of a page, each once, in its order; feeds of comments are none that is meant."""
    from lxml import etree, html

    parser = html.HTMLParser(no_network=True, huge_tree=False)
    try:
        tree = html.document_fromstring(content, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return []
    base = telling.link(next(iter(tree.xpath("//base/@href")), None), url) or url
    found: dict[str, Listed] = {}
    for one in tree.iter("link"):
        kinds = (one.get("rel") or "").lower().split()
        type_ = (one.get("type") or "").partition(";")[0].strip().lower()
        link = telling.link(one.get("href"), base)
        if link is None or type_ not in _TYPES or not {"alternate", "feed"} & set(kinds):
            continue
        title = telling.line(one.get("title"))
        if not _COMMENTS.search(f"{title} {link}"):
            found.setdefault(link, Listed(link, title))
    return list(found.values())

"""Sitemaps (sitemaps.org), those with Google's news elements, and indexes of sitemaps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from retrieval.entries import Entry, Feed
from retrieval.errors import UnreadableSource
from retrieval.reading import dates
from retrieval.reading.feeds import telling

BROKEN = "its XML is broken and names no page; it may be mended by the next poll."
PARTLY_BROKEN = "its XML is broken; what could be read of it was."

MOST_SITEMAPS = 500
"""So many sitemaps of an index are read; archives have one a month or a day."""
MOST_TOLD = f"it names {{}} sitemaps; the {MOST_SITEMAPS} that changed last are read."

_ENDS = (b"</urlset>", b"</sitemapindex>")


def feed(content: bytes, url: str, now: datetime) -> Feed:
    """The pages, or the other sitemaps, that a sitemap names."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource(url, BROKEN) from error
    broken = len(parser.error_log) > 0
    elements = [] if root is None else list(root.iterchildren("{*}*"))
    if broken and not content.rstrip()[-20:].lower().endswith(_ENDS):
        # The end did not arrive, so the last link may be cut off.
        elements = elements[:-1]
    found = [_entry(one, url, now) for one in elements]
    entries = tuple(entry for entry in found if entry)
    if broken and not entries:
        raise UnreadableSource(url, BROKEN)
    publishers = {entry.publisher for entry in entries if entry.publisher}
    sitemaps = [entry for entry in entries if entry.is_sitemap]
    left = {entry.id for entry in _latest_first(sitemaps)[MOST_SITEMAPS:]}
    return Feed(
        title=publishers.pop() if len(publishers) == 1 else None,
        entries=tuple(entry for entry in entries if entry.id not in left),
        broken=PARTLY_BROKEN if broken else None,
        left_out=MOST_TOLD.format(len(sitemaps)) if left else None,
    )


def _latest_first(sitemaps: list[Entry]) -> list[Entry]:
    """Those that tell of no change come last, in their own order."""

    def day(one: Entry) -> date:
        return dates.day_of(one.updated) if one.updated else date.min

    return sorted(sitemaps, key=day, reverse=True)


def _entry(one: Any, url: str, now: datetime) -> Entry | None:
    """The page that a `<url>`, or the sitemap that a `<sitemap>`, names."""
    link = telling.link(one.findtext("{*}loc"), url)
    kind = one.tag.rpartition("}")[2]
    if link is None or kind not in ("url", "sitemap"):
        return None
    news = one.find("{*}news")
    updated = telling.time(telling.line(one.findtext("{*}lastmod")), now)
    if news is None:
        return Entry(id=link, link=link, updated=updated, is_sitemap=kind == "sitemap")
    return Entry(
        id=link,
        link=link,
        title=telling.line(news.findtext("{*}title")),
        publisher=telling.line(news.findtext("{*}publication/{*}name")),
        published=telling.time(telling.line(news.findtext("{*}publication_date")), now),
        updated=updated,
    )

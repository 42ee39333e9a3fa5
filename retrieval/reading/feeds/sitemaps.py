"""Sitemaps (sitemaps.org), those with Google's news elements, and indexes of sitemaps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from retrieval.entries import Entry, Feed, Listed
from retrieval.errors import UnreadableSource
from retrieval.reading import dates
from retrieval.reading.feeds import telling

BROKEN = "its XML is broken and names no page; it may be mended by the next poll."
PARTLY_BROKEN = "its XML is broken; what could be read of it was."

_ENDS = (b"</urlset>", b"</sitemapindex>")


def feed(content: bytes, url: str, now: datetime) -> Feed:
    """The pages that a sitemap names."""
    entries, broken = _entries(content, url, "url", now)
    if broken and not entries:
        raise UnreadableSource(url, BROKEN)
    publishers = {entry.publisher for entry in entries if entry.publisher}
    return Feed(
        title=publishers.pop() if len(publishers) == 1 else None,
        entries=tuple(entries),
        broken=PARTLY_BROKEN if broken else None,
    )


def listed(content: bytes, url: str) -> list[Listed]:
    """The sitemaps that an index names: first those that changed last, then those without a day."""
    entries, _ = _entries(content, url, "sitemap", datetime.now(UTC))

    def day(one: Entry) -> date:
        return dates.day_of(one.updated) if one.updated else date.min

    return [Listed(one.id) for one in sorted(entries, key=day, reverse=True)]


def _entries(content: bytes, url: str, kind: str, now: datetime) -> tuple[list[Entry], bool]:
    """What the elements of a kind name, and whether the XML is broken."""
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
    found = [_entry(one, url, now) for one in elements if one.tag.rpartition("}")[2] == kind]
    return [entry for entry in found if entry], broken


def _entry(one: Any, url: str, now: datetime) -> Entry | None:
    """The page that a `<url>`, or the sitemap that a `<sitemap>`, names."""
    link = telling.link(one.findtext("{*}loc"), url)
    if link is None:
        return None
    news = one.find("{*}news")
    updated = telling.time(telling.line(one.findtext("{*}lastmod")), now)
    if news is None:
        return Entry(id=link, link=link, updated=updated)
    return Entry(
        id=link,
        link=link,
        title=telling.line(news.findtext("{*}title")),
        publisher=telling.line(news.findtext("{*}publication/{*}name")),
        published=telling.time(telling.line(news.findtext("{*}publication_date")), now),
        updated=updated,
    )

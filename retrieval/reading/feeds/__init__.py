"""Bytes become a feed: RSS, Atom, JSON Feed or a sitemap; or the feeds that a page or list names.

Feeds are strangers' files, so they are parsed in the sandbox, like documents.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from retrieval.entries import Feed, Listed, from_json, to_json
from retrieval.errors import UnreadableSource
from retrieval.reading import sandbox
from retrieval.reading.feeds import formats
from retrieval.reading.feeds.formats import NO_FEED, opml

__all__ = ["NO_FEED", "opml", "read"]


def read(
    content: bytes, url: str, today: date, charset: str | None = None
) -> Feed | list[Listed] | str:
    """A feed; or the feeds that an OPML list names; or the link of the only feed of a web page.

    Raises UnreadableSource for anything else, and where a page names several feeds.
    """
    kind, *parsed = sandbox.parsed(
        parse, content, name=url, today=today.isoformat(), charset=charset
    )
    if kind == "feed":
        title, broken, *entries = parsed
        return Feed(title, tuple(map(from_json, entries)), broken)
    return str(parsed[0]) if kind == "page" else [Listed(*named) for named in parsed]


def parse(data: bytes, *, name: str, today: str, charset: str | None) -> list[Any]:
    """The same in JSON: what the sandbox runs."""
    parsed = formats.parsed(data, name, date.fromisoformat(today), charset)
    if isinstance(parsed, Feed):
        return ["feed", parsed.title, parsed.broken, *map(to_json, parsed.entries)]
    return ["page", parsed] if isinstance(parsed, str) else ["list", *parsed]


def preload() -> None:
    """Read feeds, so that all that reading them imports is loaded."""
    item = b"<item><link>http://a.example/<pubDate>2 gen 2023"
    for small in (b"<rss><channel>" + item, b"<urlset>", b"{}", b"<html>", b"<opml>"):
        with suppress(UnreadableSource):
            formats.parsed(small, "", date.today())

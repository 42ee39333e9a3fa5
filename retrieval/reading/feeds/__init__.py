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
from retrieval.reading.feeds.formats import opml

__all__ = ["listed", "opml", "read"]


def read(content: bytes, url: str, today: date, charset: str | None = None) -> Feed:
    """The feed that was fetched from a link. Raises UnreadableSource where it is none."""
    title, broken, *entries = sandbox.parsed(
        parse, content, name=url, today=today.isoformat(), charset=charset
    )
    return Feed(title, tuple(map(from_json, entries)), broken)


def listed(content: bytes, name: str) -> list[Listed] | str | None:
    """The feeds that a list names, or the link of the only feed of a web page, or None.

    Raises UnreadableSource for a list without feeds, and for a page with none or several.
    """
    (named,) = sandbox.parsed(parse_list, content, name=name)
    return [Listed(*facts) for facts in named] if isinstance(named, list) else named


def parse(data: bytes, *, name: str, today: str, charset: str | None) -> list[Any]:
    """A feed in JSON: what the sandbox runs."""
    feed = formats.feed(data, name, date.fromisoformat(today), charset)
    return [feed.title, feed.broken, *map(to_json, feed.entries)]


def parse_list(data: bytes, *, name: str) -> list[Any]:
    """The feeds that some bytes name, in JSON: what the sandbox runs."""
    return [formats.listed(data, name)]


def preload() -> None:
    """Read feeds, so that all that reading them imports is loaded."""
    item = b"<item><link>http://a.example/<pubDate>2 gen 2023"
    for small in (b"<rss><channel>" + item, b"<urlset>", b"{}", b"<html>", b"<opml>"):
        with suppress(UnreadableSource):
            formats.listed(small, "")
            formats.feed(small, "", date.today())

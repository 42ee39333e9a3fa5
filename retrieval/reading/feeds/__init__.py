"""Bytes become a feed: RSS, Atom, JSON Feed or a sitemap; a page tells where its feeds are.

Feeds are strangers' files, so they are parsed in the sandbox, like documents.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from retrieval.entries import Feed, Listed, feed_from_json, feed_to_json
from retrieval.errors import UnreadableSource
from retrieval.reading import sandbox
from retrieval.reading.feeds import formats
from retrieval.reading.feeds.formats import FEED, LIST, PAGE

__all__ = ["FEED", "LIST", "PAGE", "listed", "read"]


def read(content: bytes, url: str, *, now: datetime, charset: str | None = None) -> Feed:
    """The feed that was fetched from a link. Raises UnreadableSource where it is none."""
    (parsed,) = sandbox.parsed(parse, content, name=url, now=now.isoformat(), charset=charset)
    return feed_from_json(parsed)


def listed(content: bytes, name: str) -> tuple[str, list[Listed]]:
    """Whether this is a `LIST` of feeds, a web `PAGE` or else a `FEED`, and the feeds it names."""
    kind, *found = sandbox.parsed(parse_list, content, name=name)
    return kind, [Listed(*one) for one in found]


def parse(data: bytes, *, name: str, now: str, charset: str | None) -> list[dict[str, Any]]:
    """A feed in JSON: what the sandbox runs."""
    found = formats.feed(data, name, now=datetime.fromisoformat(now), charset=charset)
    return [feed_to_json(found)]


def parse_list(data: bytes, *, name: str) -> list[Any]:
    """The kind of some bytes and the feeds they name, in JSON: what the sandbox runs."""
    kind, found = formats.listed(data, name)
    return [kind, *((one.url, one.title, one.refused) for one in found)]


def preload() -> None:
    """Read feeds, so that all that reading them imports is there."""
    now = datetime.now(UTC)
    item = b"<item><link>http://a.example/<pubDate>2 gen 2023"
    for small in (b"<rss><channel>" + item, b"<urlset>", b"{}", b"<html>", b"<opml>"):
        with suppress(UnreadableSource):
            formats.listed(small, "")
            formats.feed(small, "", now=now, charset=None)

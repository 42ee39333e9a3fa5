"""JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from retrieval.entries import Entry, Feed
from retrieval.errors import UnreadableSource
from retrieval.reading import bylines
from retrieval.reading.feeds import telling

BROKEN = "its JSON is broken; it may be mended by the next poll."
NO_JSON_FEED = "this JSON is no feed: it has no `items`; give the address of a feed."


def feed(content: bytes, url: str, now: datetime) -> Feed:
    """The feed in some JSON. Raises UnreadableSource where it is none."""
    try:
        told = json.loads(content.decode("utf-8-sig"), parse_int=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(url, BROKEN) from error
    if not isinstance(told, dict) or not isinstance(told.get("items"), list):
        raise UnreadableSource(url, NO_JSON_FEED)
    authors = _author(told)
    items = [item for item in told["items"] if isinstance(item, dict)]
    return Feed(
        title=telling.line(told.get("title")),
        entries=tuple(_entry(item, url, authors, now) for item in items),
        home=telling.link(_string(told, "home_page_url"), url),
    )


def _entry(item: dict[str, Any], url: str, authors: str | None, now: datetime) -> Entry:
    # An `external_url` leads to a page that the entry is about, not to the entry.
    link = telling.link(_string(item, "url"), url)
    html, text = _string(item, "content_html"), _string(item, "content_text")
    content = html or text
    summary = _string(item, "summary")
    whole = content is not None and (
        link is None or telling.is_whole(content, is_html=html is not None)
    )
    title = telling.line(item.get("title"))
    return Entry(
        id=telling.line(str(item.get("id") or "")) or link or telling.id_from(title, content),
        link=link,
        title=title,
        author=_author(item) or authors,
        published=telling.time(_string(item, "date_published"), now),
        updated=telling.time(_string(item, "date_modified"), now),
        content=content or summary,
        is_html=html is not None,
        whole=whole,
    )


def _author(told: dict[str, Any]) -> str | None:
    """The names of version 1.1's `authors`, or of version 1's `author`."""
    authors = told.get("authors")
    if not isinstance(authors, list):
        authors = [told.get("author")]
    named = [telling.line(author.get("name")) for author in authors if isinstance(author, dict)]
    return bylines.listed([bylines.without_by(name) for name in named if name]) or None


def _string(told: dict[str, Any], key: str) -> str | None:
    value = told.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    # Half a character, which JSON can write and nothing can keep.
    return value.encode("utf-8", "replace").decode()

"""Feeds and entries to rows of the catalog, and back: the single steps of its transactions."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

from retrieval.entries import Delayed, Entry, FollowedFeed, WaitingEntry, from_json, to_json
from retrieval.links import normalised

FEED_FIELDS = (
    "l.name, f.url, f.title, f.added, f.next_poll, f.interval, f.etag, f.modified, f.failures,"
    " f.trouble"
)
OF_LIBRARY = "library = (SELECT number FROM libraries WHERE name = ?)"
THIS_FEED = f"{OF_LIBRARY} AND url = ?"
THIS_ENTRY = f"{OF_LIBRARY} AND feed = ? AND entry = ?"


def moved(db: sqlite3.Connection, feed: FollowedFeed, moved_to: str | None) -> str:
    """Give a feed its new address, with all its entries; it may be followed there already."""
    if moved_to is None or moved_to == feed.url:
        return feed.url
    renamed = db.execute(
        f"UPDATE OR IGNORE feeds SET url = ? WHERE {THIS_FEED}", (moved_to, feed.library, feed.url)
    )
    if not renamed.rowcount:
        db.execute(
            f"UPDATE OR IGNORE feed_entries SET feed = ? WHERE {OF_LIBRARY} AND feed = ?",
            (moved_to, feed.library, feed.url),
        )
        db.execute(f"DELETE FROM feeds WHERE {THIS_FEED}", (feed.library, feed.url))
    return moved_to


def noted(
    db: sqlite3.Connection, feed: tuple[str, str], number: int, entry: Entry, now: datetime
) -> bool:
    """Let an entry wait if it is new or has changed, and say whether that is so.

    `feed` is its library and its address.
    """
    known = db.execute(
        f"SELECT digest, next_try FROM feed_entries WHERE {THIS_ENTRY}", (*feed, entry.id)
    ).fetchone()
    if known and known[0] == entry.digest:
        return False
    told = json.dumps(to_json(entry))
    link = normalised(entry.link) if entry.link else None
    # One that waits already has been tried, and keeps its time.
    db.execute(
        "INSERT INTO feed_entries (library, feed, entry, digest, link, told, number, next_try)"
        " SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM libraries WHERE name = ?1"
        " ON CONFLICT DO UPDATE SET digest = ?4, link = ?5, told = ?6, number = ?7,"
        " attempts = iif(next_try IS NULL, 0, attempts), next_try = coalesce(next_try, ?8)",
        (*feed, entry.id, entry.digest, link, told, number, stamp(now)),
    )
    return True


def settled(db: sqlite3.Connection, one: WaitingEntry, article: str | None) -> None:
    """Let an entry wait no more."""
    db.execute(
        "UPDATE feed_entries SET article = coalesce(?, article), told = NULL, next_try = NULL,"
        f" attempts = 0, delay = NULL WHERE {THIS_ENTRY}",
        (article, one.feed.library, one.feed.url, one.entry.id),
    )


def feed(fields: Any) -> FollowedFeed:
    """The feed in a row's `FEED_FIELDS`, with its counts if they follow."""
    library, url, title, added, next_poll, interval, *rest = fields
    return FollowedFeed(
        library,
        url,
        title,
        datetime.fromisoformat(added),
        datetime.fromisoformat(next_poll) if next_poll else None,
        timedelta(seconds=interval),
        *rest,
    )


def delayed(fields: Any) -> Delayed | None:
    """Which entries of a feed wait after they were tried; None where there are none."""
    number, next_try, why = fields
    return Delayed(number, datetime.fromisoformat(next_try), why) if number else None


def entry(told: str) -> Entry:
    """An entry as it waits."""
    return from_json(json.loads(told))


def stamp(value: datetime) -> str:
    """A time as it is compared in the catalog."""
    return value.astimezone(UTC).isoformat(timespec="seconds")

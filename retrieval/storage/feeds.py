"""The feeds that libraries follow, and what is known of each of their entries.

An entry is written down before the feed counts as polled, and settled only after its article was
stored: so a crash at any instant loses none and doubles none.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

from retrieval.entries import Feed, FollowedFeed, WaitingEntry, from_json, to_json
from retrieval.storage.database import Database
from retrieval.text.links import normalised

# A feed is polled again often while it brings news, and seldom while it does not.
SHORTEST_INTERVAL = timedelta(minutes=30)
LONGEST_INTERVAL = timedelta(days=1)
MOST_WAITING = 10_000
"""A feed with more entries that wait is not polled; a site gives some 3,000 pages an hour."""
AT_A_TIME = 20
"""Entries that are looked up together: it takes longer the more entries wait."""

OF_LIBRARY = "library = (SELECT number FROM libraries WHERE name = ?)"
THIS_FEED = f"{OF_LIBRARY} AND url = ?"
THIS_ENTRY = f"{OF_LIBRARY} AND feed = ? AND entry = ?"

# Beside `min`, SQLite takes `e.delay` from the row that has the minimum.
_FOLLOWED = """
    SELECT l.name, f.url, f.title, f.added, f.next_poll, f.interval, f.etag, f.modified,
        f.failures, f.trouble, count(e.entry) - count(e.next_try), count(e.next_try),
        count(e.delay), min(iif(e.delay IS NULL, NULL, e.next_try)), e.delay
    FROM feeds f JOIN libraries l ON l.number = f.library
    LEFT JOIN feed_entries e ON e.library = f.library AND e.feed = f.url
    WHERE (?1 IS NULL OR l.name = ?1) AND (?2 IS NULL OR f.next_poll <= ?2)
    GROUP BY f.library, f.url ORDER BY f.added, l.name, f.url
"""
_NEXT_TIME = """
    SELECT min(time) FROM (
        SELECT library, next_poll AS time FROM feeds
        UNION ALL SELECT library, next_try FROM feed_entries WHERE next_try IS NOT NULL
    ) JOIN libraries ON number = library WHERE ?1 IS NULL OR name = ?1
"""
# By their places in the feeds, so that a long feed does not keep the others waiting.
_WAITING = """
    SELECT l.name, f.url, f.title, e.told, e.attempts, e.article
    FROM feed_entries e JOIN feeds f ON f.library = e.library AND f.url = e.feed
    JOIN libraries l ON l.number = e.library
    WHERE e.next_try <= ?2 AND (?1 IS NULL OR l.name = ?1)
    ORDER BY e.number, e.next_try, f.added, f.url LIMIT ?3
"""
# Left to itself SQLite would look through the whole library.
_ARTICLE_OF = f"""
    SELECT article FROM feed_entries INDEXED BY feed_entries_by_link
    WHERE {OF_LIBRARY} AND link = ? AND digest = ? AND article IS NOT NULL AND next_try IS NULL
    LIMIT 1
"""
_FOLLOW = """
    INSERT INTO feeds (library, url, title, interval, next_poll, added)
    SELECT number, ?2, ?3, ?4, ?5, ?5 FROM libraries WHERE name = ?1
    ON CONFLICT DO UPDATE SET next_poll = ?5, trouble = NULL, failures = 0
"""
# An entry that waits already has been tried, and keeps its time.
_NOTE = """
    INSERT INTO feed_entries (library, feed, entry, digest, link, told, number, next_try)
    SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM libraries WHERE name = ?1
    ON CONFLICT DO UPDATE SET digest = ?4, link = ?5, told = ?6, number = ?7,
        attempts = iif(next_try IS NULL, 0, attempts), next_try = coalesce(next_try, ?8)
        WHERE digest <> ?4
"""


class Feeds:
    """The feeds of all libraries; no two polls of one folder may run at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- reading

    def followed(self, library: str | None = None) -> list[FollowedFeed]:
        """The feeds of a library, or of all, in the order in which they were added."""
        return [_followed(row) for row in self._db.rows(_FOLLOWED, library, None)]

    def due(self, now: datetime, library: str | None = None) -> list[FollowedFeed]:
        """The feeds to be polled now, the longest overdue first, without those that lag behind."""
        # Only of these are the entries counted, which takes long where many wait.
        due = map(_followed, self._db.rows(_FOLLOWED, library, _stamp(now)))
        ready = [feed for feed in due if feed.waiting < MOST_WAITING]
        return sorted(ready, key=lambda feed: feed.next_poll or now)

    def next_time(self, library: str | None = None) -> datetime | None:
        """When a feed or an entry is due next; None where no feed is followed."""
        row = self._db.first_row(_NEXT_TIME, library)
        return _time(row[0]) if row else None

    def waiting(self, now: datetime, library: str | None = None) -> list[WaitingEntry]:
        """The entries to be read next."""
        return [
            WaitingEntry(library, feed, title, from_json(entry), *more)
            for library, feed, title, entry, *more in self._db.rows(
                _WAITING, library, _stamp(now), AT_A_TIME
            )
        ]

    def article_of(self, waiting: WaitingEntry) -> str | None:
        """The id of the article that another entry, which said the same, has become."""
        link = normalised(waiting.entry.link or "")
        row = self._db.first_row(_ARTICLE_OF, waiting.library, link, waiting.entry.digest)
        return None if row is None else str(row[0])

    # -- writing

    def follow(self, library: str, url: str, title: str | None, now: datetime) -> None:
        """Follow a feed from now on; one that is followed already is polled now."""
        interval = int(SHORTEST_INTERVAL.total_seconds())
        with self._db.transaction() as db:
            db.execute("INSERT OR IGNORE INTO libraries (name) VALUES (?)", (library,))
            db.execute(_FOLLOW, (library, url, title, interval, _stamp(now)))

    def unfollow(self, library: str, url: str) -> None:
        """Forget a feed and its entries, not their articles."""
        self._write(f"DELETE FROM feeds WHERE {THIS_FEED}", library, url)

    def hasten(self, now: datetime, library: str | None = None) -> None:
        """Let everything that waits for its time be due now."""
        of_library = "(?2 IS NULL OR library = (SELECT number FROM libraries WHERE name = ?2))"
        for table, time in (("feeds", "next_poll"), ("feed_entries", "next_try")):
            hastened = f"UPDATE {table} SET {time} = ?1 WHERE {time} IS NOT NULL AND {of_library}"
            self._write(hastened, _stamp(now), library)

    def polled(self, feed: FollowedFeed, read: Feed, now: datetime, moved_to: str | None) -> None:
        """Write down what a poll brought, and let what is new wait to be read.

        The feed has the ETag and Last-Modified of the answer. Its entries keep their state if it
        has moved.
        """
        with self._db.transaction() as db:
            url = _moved(db, feed, moved_to)
            entries = [
                (
                    *(feed.library, url, entry.id, entry.digest),
                    *(entry.link and normalised(entry.link), to_json(entry), place, _stamp(now)),
                )
                for place, entry in enumerate(read.entries)
            ]
            has_news = db.executemany(_NOTE, entries).rowcount > 0
            interval = feed.interval / 2 if has_news else feed.interval * 3 / 2
            interval = min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
            times = (int(interval.total_seconds()), _stamp(now + interval))
            db.execute(
                "UPDATE feeds SET title = coalesce(?, title), etag = ?, modified = ?, interval = ?,"
                f" next_poll = ?, failures = 0, trouble = ? WHERE {THIS_FEED}",
                (read.title, feed.etag, feed.modified, *times, read.broken, feed.library, url),
            )

    def in_trouble(self, feed: FollowedFeed, trouble: str, next_poll: datetime | None) -> None:
        """Write down that a poll was in vain, and when the next one is; None for never again."""
        self._write(
            "UPDATE feeds SET failures = failures + 1, trouble = ?, next_poll = ?"
            f" WHERE {THIS_FEED}",
            *(trouble, next_poll and _stamp(next_poll), feed.library, feed.url),
        )

    def settled(self, waiting: WaitingEntry, article: str | None) -> None:
        """Write down that an entry's article is stored, or that it was refused for good."""
        self._write(
            "UPDATE feed_entries SET article = coalesce(?, article), told = NULL, next_try = NULL,"
            f" attempts = 0, delay = NULL WHERE {THIS_ENTRY}",
            *(article, waiting.library, waiting.feed, waiting.entry.id),
        )

    def postponed(self, waiting: WaitingEntry, time: datetime, why: str, attempts: int) -> None:
        """Try an entry again another time; people read meanwhile `why`."""
        self._write(
            f"UPDATE feed_entries SET attempts = ?, next_try = ?, delay = ? WHERE {THIS_ENTRY}",
            *(attempts, _stamp(time), why, waiting.library, waiting.feed, waiting.entry.id),
        )

    def _write(self, statement: str, *values: object) -> None:
        with self._db.transaction() as db:
            db.execute(statement, values)


def _followed(row: tuple[Any, ...]) -> FollowedFeed:
    """The feed in a row of `_FOLLOWED`."""
    library, url, title, added, next_poll, interval, *more, next_try, delay = row
    times = (datetime.fromisoformat(added), _time(next_poll), timedelta(seconds=interval))
    last = {"next_try": _time(next_try), "delay": delay}
    return FollowedFeed(library, url, title, *times, *more, **last)


def _moved(db: sqlite3.Connection, feed: FollowedFeed, moved_to: str | None) -> str:
    """Give a feed its new address, with all its entries; it may be followed there already."""
    if moved_to is None or moved_to == feed.url:
        return feed.url
    move = (moved_to, feed.library, feed.url)
    if not db.execute(f"UPDATE OR IGNORE feeds SET url = ? WHERE {THIS_FEED}", move).rowcount:
        of_feed = f"{OF_LIBRARY} AND feed = ?"
        db.execute(f"UPDATE OR IGNORE feed_entries SET feed = ? WHERE {of_feed}", move)
        db.execute(f"DELETE FROM feeds WHERE {THIS_FEED}", (feed.library, feed.url))
    return moved_to


def _stamp(value: datetime) -> str:
    """A time as it is compared in the catalog."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def _time(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None

"""The feeds that libraries follow, and what is known of each of their entries.

An entry is written down before the feed counts as polled, and settled only after its article was
kept: so a crash at any instant neither loses one nor doubles one.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from retrieval import schedule
from retrieval.catalog.database import Database
from retrieval.entries import Delayed, Entry, Feed, FollowedFeed, WaitingEntry, from_json, to_json
from retrieval.links import normalised

OF_LIBRARY = "library = (SELECT number FROM libraries WHERE name = ?)"
THIS_FEED = f"{OF_LIBRARY} AND url = ?"
THIS_ENTRY = f"{OF_LIBRARY} AND feed = ? AND entry = ?"

LONGEST_WAIT = timedelta(days=8)
"""No poll is set later than that; one that is was set by a clock that ran ahead."""
AT_A_TIME = 5
"""Entries of a feed that are looked up together: it takes longer the more entries wait."""

# Beside `min`, SQLite takes `e.delay` from the row that has the minimum.
_FOLLOWED = """
    SELECT l.name, f.url, f.title, f.added, f.next_poll, f.interval, f.etag, f.modified,
        f.failures, f.trouble, count(e.entry) - count(e.next_try), count(e.next_try),
        count(e.delay), min(iif(e.delay IS NULL, NULL, e.next_try)), e.delay
    FROM feeds f JOIN libraries l ON l.number = f.library
    LEFT JOIN feed_entries e ON e.library = f.library AND e.feed = f.url
    WHERE (?1 IS NULL OR l.name = ?1) AND (?2 IS NULL OR f.next_poll <= ?2 OR f.next_poll > ?3)
    GROUP BY f.library, f.url ORDER BY f.added, l.name, f.url
"""
_NEXT_TIME = """
    SELECT min(time) FROM (
        SELECT library, next_poll AS time FROM feeds
        UNION ALL SELECT library, next_try FROM feed_entries WHERE next_try IS NOT NULL
    ) JOIN libraries ON number = library WHERE ?1 IS NULL OR name = ?1
"""
_WAITING = """
    WITH line AS (
        SELECT library, feed, entry, next_try,
            row_number() OVER (PARTITION BY library, feed ORDER BY next_try, number) AS place
        FROM feed_entries WHERE next_try <= ?2 OR next_try > ?3
    )
    SELECT l.name, f.url, f.title, e.told, e.attempts, e.article
    FROM line JOIN feeds f ON f.library = line.library AND f.url = line.feed
    JOIN libraries l ON l.number = f.library
    JOIN feed_entries e
        ON e.library = line.library AND e.feed = line.feed AND e.entry = line.entry
    WHERE line.place <= ?4 AND (?1 IS NULL OR l.name = ?1)
    ORDER BY line.place, line.next_try, f.added, l.name, f.url
"""
# Left to itself SQLite would look through the whole library.
_ARTICLE_OF = f"""
    SELECT article FROM feed_entries INDEXED BY feed_entries_by_link
    WHERE {OF_LIBRARY} AND link = ? AND digest = ? AND article IS NOT NULL AND next_try IS NULL
    LIMIT 1
"""
# An entry that waits already has been tried, and keeps its time.
_NOTE = """
    INSERT INTO feed_entries (library, feed, entry, digest, link, told, number, next_try)
    SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM libraries WHERE name = ?1
    ON CONFLICT DO UPDATE SET digest = ?4, link = ?5, told = ?6, number = ?7,
        attempts = iif(next_try IS NULL, 0, attempts), next_try = coalesce(next_try, ?8)
"""


class Feeds:
    """The feeds of all libraries; no two polls of one folder may run at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- reading

    def followed(self, library: str | None = None) -> list[FollowedFeed]:
        """The feeds of a library, or of all, in the order in which they were added."""
        return self._feeds(library, None, None)

    def _feeds(self, library: str | None, *times: str | None) -> list[FollowedFeed]:
        """The feeds of a library, or of all: those due by a time or set too far ahead, or all."""
        feeds = []
        for *facts, number, next_try, why in self._db.rows(_FOLLOWED, library, *times):
            name, url, title, added, next_poll, interval, *rest = facts
            feed = FollowedFeed(
                name,
                url,
                title,
                datetime.fromisoformat(added),
                datetime.fromisoformat(next_poll) if next_poll else None,
                timedelta(seconds=interval),
                *rest,
            )
            if number:
                delayed = Delayed(number, datetime.fromisoformat(next_try), why)
                feed = replace(feed, delayed=delayed)
            feeds.append(feed)
        return feeds

    def due(self, now: datetime, library: str | None = None) -> list[FollowedFeed]:
        """The feeds that are to be polled now, the longest overdue first.

        A feed of which much waits to be read is asked for no more.
        """
        # Only of these are the entries counted, which takes long where many wait.
        due = self._feeds(library, _stamp(now), _stamp(now + LONGEST_WAIT))
        ready = [feed for feed in due if feed.waiting < schedule.MOST_WAITING]
        return sorted(ready, key=lambda feed: feed.next_poll or now)

    def next_time(self, library: str | None = None) -> datetime | None:
        """When a feed or an entry is due next; None where no feed is followed."""
        row = self._db.first_row(_NEXT_TIME, library)
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def waiting(self, now: datetime, library: str | None = None) -> list[WaitingEntry]:
        """What is to be read next: some entries of each feed, those first that waited longest."""
        times = (_stamp(now), _stamp(now + LONGEST_WAIT))
        return [
            WaitingEntry(name, url, title, from_json(json.loads(entry)), attempts, article)
            for name, url, title, entry, attempts, article in self._db.rows(
                _WAITING, library, *times, AT_A_TIME
            )
        ]

    def article_of(self, waiting: WaitingEntry) -> str | None:
        """The id of the article that another entry, which said the same, has become."""
        if waiting.entry.link is None:
            return None
        link = normalised(waiting.entry.link)
        row = self._db.first_row(_ARTICLE_OF, waiting.library, link, waiting.entry.digest)
        return None if row is None else str(row[0])

    # -- writing: feeds

    def follow(self, library: str, url: str, title: str | None, now: datetime) -> None:
        """Follow a feed from now on; one that was gone is tried again."""
        interval = int(schedule.FIRST_INTERVAL.total_seconds())
        with self._db.transaction() as db:
            db.execute("INSERT OR IGNORE INTO libraries (name) VALUES (?)", (library,))
            db.execute(
                "INSERT OR IGNORE INTO feeds (library, url, title, interval, next_poll, added)"
                " SELECT number, ?, ?, ?, ?, ? FROM libraries WHERE name = ?",
                (url, title, interval, _stamp(now), _stamp(now), library),
            )
            db.execute(
                f"UPDATE feeds SET next_poll = ?, trouble = NULL, failures = 0 WHERE {THIS_FEED}"
                " AND next_poll IS NULL",
                (_stamp(now), library, url),
            )

    def unfollow(self, library: str, url: str) -> None:
        """Forget a feed and its entries, not their articles."""
        self._write(f"DELETE FROM feeds WHERE {THIS_FEED}", library, url)

    def hasten(self, now: datetime, library: str | None = None) -> None:
        """Let everything that waits for its time be due now."""
        of_library = "(?2 IS NULL OR library = (SELECT number FROM libraries WHERE name = ?2))"
        for table, time in (("feeds", "next_poll"), ("feed_entries", "next_try")):
            self._write(
                f"UPDATE {table} SET {time} = ?1 WHERE {time} IS NOT NULL AND {of_library}",
                _stamp(now),
                library,
            )

    def polled(
        self,
        feed: FollowedFeed,
        read: Feed | None,
        now: datetime,
        *,
        moved_to: str | None,
        marks: tuple[str | None, str | None],
    ) -> None:
        """Write down what a poll found, and let what is new wait to be read.

        `read` is None where nothing has changed; `marks` are the ETag and Last-Modified of what
        was read. Entries keep their state where the feed moved.
        """
        entries = read.entries if read else ()
        with self._db.transaction() as db:
            url = _moved(db, feed, moved_to)
            new = [
                _is_new(db, feed.library, url, entry, number=number, now=now)
                for number, entry in enumerate(entries)
            ]
            interval = schedule.interval_after(feed.interval, news=any(new))
            times = (int(interval.total_seconds()), _stamp(now + interval))
            title, broken = (read.title, read.broken) if read else (None, None)
            db.execute(
                "UPDATE feeds SET title = coalesce(?, title), etag = ?, modified = ?, interval = ?,"
                f" next_poll = ?, failures = 0, trouble = ? WHERE {THIS_FEED}",
                (title, *marks, *times, broken, feed.library, url),
            )

    def in_trouble(self, feed: FollowedFeed, trouble: str, next_poll: datetime | None) -> None:
        """Write down that a poll was in vain, and when the next one is; None for never again."""
        self._write(
            "UPDATE feeds SET failures = failures + 1, trouble = ?, next_poll = ?"
            f" WHERE {THIS_FEED}",
            *(trouble, next_poll and _stamp(next_poll), feed.library, feed.url),
        )

    # -- writing: entries

    def settled(self, waiting: WaitingEntry, article: str | None) -> None:
        """Write down that an entry's article is kept, or that it was refused for good."""
        self._write(
            "UPDATE feed_entries SET article = coalesce(?, article), told = NULL, next_try = NULL,"
            f" attempts = 0, delay = NULL WHERE {THIS_ENTRY}",
            *(article, waiting.library, waiting.feed, waiting.entry.id),
        )

    def postponed(
        self, waiting: WaitingEntry, next_try: datetime, why: str, *, attempts: int
    ) -> None:
        """Try an entry again another time; people read meanwhile `why`."""
        self._write(
            f"UPDATE feed_entries SET attempts = ?, next_try = ?, delay = ? WHERE {THIS_ENTRY}",
            *(attempts, _stamp(next_try), why, waiting.library, waiting.feed, waiting.entry.id),
        )

    def _write(self, statement: str, *values: object) -> None:
        with self._db.transaction() as db:
            db.execute(statement, values)


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


def _is_new(
    db: sqlite3.Connection, library: str, feed: str, entry: Entry, *, number: int, now: datetime
) -> bool:
    """Let an entry wait if it is new or has changed, and say whether that is so."""
    this = (library, feed, entry.id)
    known = db.execute(f"SELECT digest FROM feed_entries WHERE {THIS_ENTRY}", this).fetchone()
    if known and known[0] == entry.digest:
        return False
    link = normalised(entry.link) if entry.link else None
    written = json.dumps(to_json(entry))
    db.execute(_NOTE, (*this, entry.digest, link, written, number, _stamp(now)))
    return True


def _stamp(value: datetime) -> str:
    """A time as it is compared in the catalog."""
    return value.astimezone(UTC).isoformat(timespec="seconds")

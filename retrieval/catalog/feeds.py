"""The feeds that libraries follow, and what is known of each of their entries.

An entry is written down before the feed counts as polled, and settled only after its article was
kept: so a crash at any instant neither loses one nor doubles one.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from retrieval import schedule
from retrieval.catalog.database import Database
from retrieval.entries import Delayed, Entry, Feed, FollowedFeed, WaitingEntry, from_json, to_json
from retrieval.links import normalised

FEED_FIELDS = (
    "l.name, f.url, f.title, f.added, f.next_poll, f.interval, f.etag, f.modified, f.failures,"
    " f.trouble"
)
OF_LIBRARY = "library = (SELECT number FROM libraries WHERE name = ?)"
THIS_FEED = f"{OF_LIBRARY} AND url = ?"
THIS_ENTRY = f"{OF_LIBRARY} AND feed = ? AND entry = ?"

LONGEST_WAIT = timedelta(days=8)
"""No poll is set later than that; one that is was set by a clock that ran ahead."""
AT_A_TIME = 5
"""Entries of a feed that are looked up together: it takes longer the more entries wait."""

_FROM = "FROM feeds f JOIN libraries l ON l.number = f.library"
_ENTRIES = "FROM feed_entries e WHERE e.library = f.library AND e.feed = f.url AND"
_COUNTS = (
    f"(SELECT count(*) {_ENTRIES} e.next_try IS NULL),"
    f" (SELECT count(*) {_ENTRIES} e.next_try IS NOT NULL)"
)
_DELAYED = (
    f"(SELECT count(*) {_ENTRIES} e.delay IS NOT NULL),"
    f" (SELECT e.next_try {_ENTRIES} e.delay IS NOT NULL ORDER BY e.next_try, e.number LIMIT 1),"
    f" (SELECT e.delay {_ENTRIES} e.delay IS NOT NULL ORDER BY e.next_try, e.number LIMIT 1)"
)


class Feeds:
    """The feeds of all libraries; no two polls of one folder may run at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- reading

    def followed(self, library: str | None = None) -> list[FollowedFeed]:
        """The feeds of a library, or of all, in the order in which they were added."""
        found = self._db.rows(
            f"SELECT {_DELAYED}, {FEED_FIELDS}, {_COUNTS} {_FROM}"
            " WHERE ?1 IS NULL OR l.name = ?1 ORDER BY f.added, l.name, f.url",
            library,
        )
        feeds = []
        for number, next_try, why, *fields in found:
            delayed = Delayed(number, datetime.fromisoformat(next_try), why) if number else None
            feeds.append(replace(_feed_of(fields), delayed=delayed))
        return feeds

    def due(self, now: datetime, library: str | None = None) -> list[FollowedFeed]:
        """The feeds that are to be polled now, the longest overdue first."""
        found = self._db.rows(
            f"SELECT {FEED_FIELDS} {_FROM} WHERE (?1 IS NULL OR l.name = ?1)"
            " AND (f.next_poll <= ?2 OR f.next_poll > ?3) ORDER BY f.next_poll, l.name, f.url",
            library,
            stamp(now),
            stamp(now + LONGEST_WAIT),
        )
        return [_feed_of(fields) for fields in found]

    def next_time(self, library: str | None = None) -> datetime | None:
        """When a feed or an entry is due next; None where no feed is followed."""
        row = self._db.one(
            "SELECT min(time) FROM (SELECT min(f.next_poll) AS time FROM feeds f"
            " JOIN libraries l ON l.number = f.library WHERE ?1 IS NULL OR l.name = ?1"
            " UNION ALL SELECT min(e.next_try) FROM feed_entries e"
            " JOIN libraries l ON l.number = e.library WHERE ?1 IS NULL OR l.name = ?1)",
            library,
        )
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def waiting(self, now: datetime, library: str | None = None) -> list[WaitingEntry]:
        """What is to be read next: some entries of each feed, those first that waited longest."""
        found = self._db.rows(
            "WITH line AS (SELECT library, feed, entry, next_try, row_number() OVER ("
            "PARTITION BY library, feed ORDER BY next_try, number) AS place FROM feed_entries"
            " WHERE next_try <= ?2 OR next_try > ?3)"
            f" SELECT {FEED_FIELDS}, e.told, e.attempts, e.article {_FROM}"
            " JOIN line ON line.library = f.library AND line.feed = f.url"
            " JOIN feed_entries e ON e.library = line.library AND e.feed = line.feed"
            " AND e.entry = line.entry"
            " WHERE line.place <= ?4 AND (?1 IS NULL OR l.name = ?1)"
            " ORDER BY line.place, line.next_try, f.added, l.name, f.url",
            library,
            stamp(now),
            stamp(now + LONGEST_WAIT),
            AT_A_TIME,
        )
        return [
            WaitingEntry(_feed_of(feed), from_json(json.loads(told)), attempts, article)
            for *feed, told, attempts, article in found
        ]

    def is_full(self, feed: FollowedFeed) -> bool:
        """Whether so many entries of a feed wait that it should be asked for no more."""
        row = self._db.one(
            "SELECT count(*) FROM (SELECT 1 FROM feed_entries"
            f" WHERE {OF_LIBRARY} AND feed = ? AND next_try IS NOT NULL LIMIT ?)",
            feed.library,
            feed.url,
            schedule.MOST_WAITING,
        )
        return row is not None and row[0] >= schedule.MOST_WAITING

    def article_of(self, one: WaitingEntry) -> str | None:
        """The id of the article that another entry, which told the same, has become."""
        if one.entry.link is None:
            return None
        # Left to itself SQLite would look through the whole library.
        row = self._db.one(
            "SELECT article FROM feed_entries INDEXED BY feed_entries_by_link"
            f" WHERE {OF_LIBRARY} AND link = ? AND digest = ? AND article IS NOT NULL"
            " AND next_try IS NULL LIMIT 1",
            one.feed.library,
            normalised(one.entry.link),
            one.entry.digest,
        )
        return None if row is None else str(row[0])

    # -- writing: feeds

    def follow(self, library: str, url: str, title: str | None, now: datetime) -> str:
        """Follow a feed from now on, and give its address; one that was gone is tried again."""
        with self._db.transaction() as db:
            db.execute("INSERT OR IGNORE INTO libraries (name) VALUES (?)", (library,))
            db.execute(
                "INSERT OR IGNORE INTO feeds (library, url, title, interval, next_poll, added)"
                " SELECT number, ?, ?, ?, ?, ? FROM libraries WHERE name = ?",
                (
                    url,
                    title,
                    int(schedule.FIRST_INTERVAL.total_seconds()),
                    stamp(now),
                    stamp(now),
                    library,
                ),
            )
            db.execute(
                f"UPDATE feeds SET next_poll = ?, trouble = NULL, failures = 0 WHERE {THIS_FEED}"
                " AND next_poll IS NULL",
                (stamp(now), library, url),
            )
        return url

    def unfollow(self, library: str, url: str) -> bool:
        """Forget a feed and its entries, not their articles, and say whether it was there."""
        with self._db.transaction() as db:
            return db.execute(f"DELETE FROM feeds WHERE {THIS_FEED}", (library, url)).rowcount > 0

    def hasten(self, now: datetime, library: str | None = None) -> None:
        """Let everything that waits for its time be due now."""
        of_library = "(?2 IS NULL OR library = (SELECT number FROM libraries WHERE name = ?2))"
        with self._db.transaction() as db:
            for table, time in (("feeds", "next_poll"), ("feed_entries", "next_try")):
                db.execute(
                    f"UPDATE {table} SET {time} = ?1 WHERE {time} IS NOT NULL AND {of_library}",
                    (stamp(now), library),
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
            noted = [
                _noted(db, (feed.library, url), number, entry, now)
                for number, entry in enumerate(entries)
            ]
            interval = schedule.interval_after(
                feed.interval, news=any(noted), every=read.every if read else None
            )
            db.execute(
                "UPDATE feeds SET title = coalesce(?, title), etag = ?, modified = ?, interval = ?,"
                f" next_poll = ?, failures = 0, trouble = ? WHERE {THIS_FEED}",
                (
                    read.title if read else None,
                    *marks,
                    int(interval.total_seconds()),
                    stamp(now + interval),
                    read.broken if read else None,
                    feed.library,
                    url,
                ),
            )

    def put_off(self, feed: FollowedFeed, next_poll: datetime) -> None:
        """Poll a feed another time, though nothing is wrong with it."""
        with self._db.transaction() as db:
            db.execute(
                f"UPDATE feeds SET next_poll = ? WHERE {THIS_FEED}",
                (stamp(next_poll), feed.library, feed.url),
            )

    def in_trouble(self, feed: FollowedFeed, trouble: str, next_poll: datetime | None) -> None:
        """Write down that a poll was in vain, and when the next one is; None for never again."""
        with self._db.transaction() as db:
            db.execute(
                "UPDATE feeds SET failures = failures + 1, trouble = ?, next_poll = ?"
                f" WHERE {THIS_FEED}",
                (trouble, next_poll and stamp(next_poll), feed.library, feed.url),
            )

    # -- writing: entries

    def settled(self, one: WaitingEntry, article: str | None) -> None:
        """Write down that an entry's article is kept, or that it was refused for good."""
        with self._db.transaction() as db:
            db.execute(
                "UPDATE feed_entries SET article = coalesce(?, article), told = NULL,"
                f" next_try = NULL, attempts = 0, delay = NULL WHERE {THIS_ENTRY}",
                (article, one.feed.library, one.feed.url, one.entry.id),
            )

    def postponed(self, one: WaitingEntry, next_try: datetime, why: str, *, attempts: int) -> None:
        """Try an entry again another time; `why` is told to people meanwhile."""
        with self._db.transaction() as db:
            db.execute(
                f"UPDATE feed_entries SET attempts = ?, next_try = ?, delay = ? WHERE {THIS_ENTRY}",
                (attempts, stamp(next_try), why, one.feed.library, one.feed.url, one.entry.id),
            )


def _moved(db: sqlite3.Connection, feed: FollowedFeed, moved_to: str | None) -> str:
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


def _noted(
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


def _feed_of(fields: Any) -> FollowedFeed:
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


def stamp(value: datetime) -> str:
    """A time as it is compared in the catalog."""
    return value.astimezone(UTC).isoformat(timespec="seconds")

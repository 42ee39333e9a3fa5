"""The feeds that libraries follow, and the state of each of their entries.

An entry is stored before the feed counts as polled, and settled only after its article was
stored: a crash at any instant loses none and adds none twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from retrieval.records import (
    LONGEST_ID,
    Entry,
    Feed,
    FollowedFeed,
    WaitingEntry,
    entry_from_json,
    entry_to_json,
)
from retrieval.storage.database import Database
from retrieval.storage.schema import (
    feed_entries,
    feeds,
    libraries,
    library_number,
    number_of,
    stamp,
    time_from,
)
from retrieval.text.links import entry_digest, normalised

POLL_EVERY = timedelta(minutes=30)
LONGEST_AHEAD = timedelta(days=8)  # a server is left alone for 7 at most
AT_A_TIME = 20
"""Entries that are looked up together: it takes longer the more entries wait."""

_f, _e = feeds.c, feed_entries.c
_ENTRIES_OF_FEED = sa.and_(_e.library == _f.library, _e.feed == _f.url)
_FEEDS = (
    sa.select(
        *(libraries.c.name, _f.url, _f.title, _f.added, _f.next_poll),
        *(_f.etag, _f.modified, _f.failures, _f.trouble),
        sa.func.count(_e.entry) - sa.func.count(_e.next_try),
        sa.func.count(_e.next_try),
        sa.func.count(_e.delay),
        sa.func.min(sa.case((_e.delay.is_not(None), _e.next_try))),
        sa.func.min(_e.delay),
    )
    .join(libraries, libraries.c.number == _f.library)
    .outerjoin(feed_entries, _ENTRIES_OF_FEED)
    .group_by(libraries.c.name, _f.library, _f.url)
    .order_by(_f.added, libraries.c.name, _f.url)
)


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feeds of all libraries; no two polls of one folder may run at a time."""

    db: Database

    # -- reading

    def followed(
        self, library: str | None = None, *, due: datetime | None = None
    ) -> list[FollowedFeed]:
        """The feeds of a library, or of all, in the order added; with a time, those due by then."""
        # Only of these are the entries counted, which takes long where many wait.
        is_due = sa.true() if due is None else _is_due(_f.next_poll, due)
        query = _FEEDS.where(_of_library(_f.library, library), is_due)
        return [_feed_from(row) for row in self.db.rows(query)]

    def next_time(self, now: datetime, library: str | None = None) -> datetime | None:
        """When a feed or an entry is due next; None where no feed is followed."""
        times = [
            self.db.scalar(
                sa.select(sa.func.min(sa.case((_is_due(time, now), stamp(now)), else_=time))).where(
                    _of_library(owner, library), time.is_not(None)
                )
            )
            for owner, time in ((_f.library, _f.next_poll), (_e.library, _e.next_try))
        ]
        return _time(min(filter(None, times), default=None))

    def waiting(self, now: datetime, library: str | None = None) -> list[WaitingEntry]:
        """The entries to be read next."""
        query = (
            sa.select(libraries.c.name, _f.url, _f.title, _e.content, _e.attempts, _e.article)
            .join(feed_entries, _ENTRIES_OF_FEED)
            .join(libraries, libraries.c.number == _e.library)
            .where(_is_due(_e.next_try, now), _of_library(_e.library, library))
            # By their places in the feeds, so that a long feed does not keep the others waiting.
            .order_by(_e.number, _e.next_try, _f.added, _f.url)
            .limit(AT_A_TIME)
        )
        return [
            WaitingEntry(name, feed, title, entry_from_json(entry), *more)
            for name, feed, title, entry, *more in self.db.rows(query)
        ]

    # -- writing

    def follow(self, library: str, url: str, title: str | None, now: datetime) -> None:
        """Follow a feed from now on; one that is followed already is polled now."""
        due = {"next_poll": stamp(now), "trouble": None, "failures": 0}
        with self.db.transaction() as db:
            row = {"library": library_number(db, library), "url": url, "title": title, **due}
            # Earlier versions read `interval`.
            row |= {"interval": int(POLL_EVERY.total_seconds()), "added": stamp(now)}
            new = self.db.insert(feeds).values(row)
            db.execute(new.on_conflict_do_update(index_elements=[_f.library, _f.url], set_=due))

    def unfollow(self, library: str, url: str) -> None:
        """Delete a feed and its entries, not their articles."""
        with self.db.transaction() as db:
            db.execute(sa.delete(feeds).where(_this_feed(number_of(library), url)))

    def hasten(self, now: datetime, library: str | None = None) -> None:
        """Make everything due now that waits for its time."""
        with self.db.transaction() as db:
            for table, time in ((feeds, "next_poll"), (feed_entries, "next_try")):
                waits = sa.and_(table.c[time].is_not(None), _of_library(table.c.library, library))
                db.execute(sa.update(table).where(waits).values({time: stamp(now)}))

    def polled(self, feed: FollowedFeed, read: Feed, now: datetime, moved_to: str | None) -> None:
        """Store what a poll brought; its new entries wait to be read.

        The feed has the ETag and Last-Modified of the answer. Its entries keep their state if it
        has moved.
        """
        with self.db.transaction() as db:
            number = library_number(db, feed.library)
            url = _moved(db, number, feed.url, moved_to)
            self._note_entries(db, number, url, read.entries, now)
            values = {
                "title": sa.func.coalesce(read.title, _f.title),
                "etag": feed.etag,
                "modified": feed.modified,
                "next_poll": stamp(now + POLL_EVERY),
                "failures": 0,
                "trouble": None,
            }
            db.execute(sa.update(feeds).where(_this_feed(number, url)).values(values))

    def in_trouble(self, feed: FollowedFeed, trouble: str, next_poll: datetime | None) -> None:
        """Note why a poll failed, and when the next one is; None for never again."""
        this = _this_feed(number_of(feed.library), feed.url)
        values = {"failures": _f.failures + 1, "trouble": trouble}
        values["next_poll"] = next_poll and stamp(next_poll)
        with self.db.transaction() as db:
            db.execute(sa.update(feeds).where(this).values(values))

    def settled(self, waiting: WaitingEntry, article: str | None) -> None:
        """Note that an entry's article is stored, or that it was refused for good."""
        values = {"content": None, "next_try": None, "attempts": 0, "delay": None}
        self._update_entry(waiting, values | ({"article": article} if article else {}))

    def postponed(self, waiting: WaitingEntry, time: datetime, why: str, attempts: int) -> None:
        """Try an entry again at another time; meanwhile people read `why`."""
        values = {"attempts": attempts, "next_try": stamp(time), "delay": why}
        self._update_entry(waiting, values)

    def _update_entry(self, waiting: WaitingEntry, values: dict[str, Any]) -> None:
        this = (_e.feed == waiting.feed, _e.entry == waiting.entry.id)
        with self.db.transaction() as db:
            library = number_of(waiting.library)
            db.execute(sa.update(feed_entries).where(_e.library == library, *this).values(values))

    def _note_entries(
        self, db: sa.Connection, library: int, url: str, entries: Iterable[Entry], now: datetime
    ) -> None:
        """Let the new and the changed entries of a feed wait to be read."""
        of_feed = sa.and_(_e.library == library, _e.feed == url)
        known = {
            row.entry: row.digest
            for row in db.execute(sa.select(_e.entry, _e.digest).where(of_feed))
        }
        changed = [
            {
                "library": library,
                "feed": url,
                "entry": entry.id,
                "digest": digest,
                "link": entry.link and normalised(entry.link),
                "content": entry_to_json(entry),
                "number": place,
                "next_try": stamp(now),
            }
            for place, entry in enumerate(entries)
            if known.get(entry.id) != (digest := entry_digest(entry))
        ]
        new = self.db.insert(feed_entries)
        changes = {_e[name]: new.excluded[name] for name in ("digest", "link", "content", "number")}
        # An entry that waits already has been tried, and keeps its time.
        retries = {
            _e.attempts: sa.case((_e.next_try.is_(None), 0), else_=_e.attempts),
            _e.next_try: sa.func.coalesce(_e.next_try, new.excluded.next_try),
        }
        if changed:
            this = [_e.library, _e.feed, _e.entry]
            db.execute(
                new.on_conflict_do_update(index_elements=this, set_=changes | retries), changed
            )


def _of_library(column: sa.ColumnElement[int], library: str | None) -> sa.ColumnElement[bool]:
    return sa.true() if library is None else column == number_of(library)


def _this_feed(library: Any, url: str) -> sa.ColumnElement[bool]:
    return sa.and_(_f.library == library, _f.url == url)


def _feed_from(row: Any) -> FollowedFeed:
    """The feed in a row of `_FEEDS`."""
    library, url, title, added, next_poll, *state, next_try, delay = row
    times = (time_from(added), _time(next_poll))
    late: dict[str, Any] = {"next_try": _time(next_try), "delay": delay}
    return FollowedFeed(library, url, title, *times, *state, **late)


def _moved(db: sa.Connection, library: int, url: str, moved_to: str | None) -> str:
    """Give a feed its new address, with all its entries; it may be followed there already."""
    if moved_to is None or moved_to == url or len(moved_to.encode()) > LONGEST_ID:
        return url
    old = _this_feed(library, url)
    if db.scalar(sa.select(_f.url).where(_this_feed(library, moved_to))) is None:
        db.execute(sa.update(feeds).where(old).values(url=moved_to))
    else:
        both = sa.select(_e.entry).where(_e.library == library, _e.feed == moved_to)
        moving = sa.and_(_e.library == library, _e.feed == url, _e.entry.not_in(both))
        db.execute(sa.update(feed_entries).where(moving).values(feed=moved_to))
        db.execute(sa.delete(feeds).where(old))
    return moved_to


def _is_due(time: sa.ColumnElement[Any], now: datetime) -> sa.ColumnElement[bool]:
    """Whether a time has come, or was noted by a clock that was wrong then."""
    return sa.or_(time <= stamp(now), time > stamp(now + LONGEST_AHEAD))


def _time(stored: str | None) -> datetime | None:
    return time_from(stored) if stored else None

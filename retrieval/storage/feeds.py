"""The feeds that libraries follow, and the state of each of their entries.

An entry is stored before the feed counts as polled, and settled only after its article was
stored: a crash at any instant loses none and adds none twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from retrieval.records import (
    Entry,
    Feed,
    FollowedFeed,
    WaitingEntry,
    entry_from_json,
    entry_to_json,
)
from retrieval.storage.database import Database, portions
from retrieval.storage.schema import (
    feed_entries,
    feeds,
    libraries,
    library_number,
    number_of,
    stamp,
)
from retrieval.text.links import entry_digest, normalised

# A feed is polled again often while it brings news, and seldom while it does not.
SHORTEST_INTERVAL = timedelta(minutes=30)
LONGEST_INTERVAL = timedelta(days=1)
MOST_WAITING = 10_000
"""A feed with more entries that wait is not polled; a site gives some 3,000 pages an hour."""
AT_A_TIME = 20
"""Entries that are looked up together: it takes longer the more entries wait."""

_f, _e = feeds.c, feed_entries.c
_ENTRIES_OF_FEED = sa.and_(_e.library == _f.library, _e.feed == _f.url)


def _first_delayed(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """A column of the delayed entry of a feed that is tried again first."""
    delayed = sa.select(column).where(_ENTRIES_OF_FEED, _e.delay.is_not(None))
    return delayed.order_by(_e.next_try, _e.entry).limit(1).correlate(feeds).scalar_subquery()


_FEEDS = (
    sa.select(
        *(libraries.c.name, _f.url, _f.title, _f.added, _f.next_poll, _f.interval),
        *(_f.etag, _f.modified, _f.failures, _f.trouble),
        sa.func.count(_e.entry) - sa.func.count(_e.next_try),
        sa.func.count(_e.next_try),
        sa.func.count(_e.delay),
        _first_delayed(_e.next_try),
        _first_delayed(_e.delay),
    )
    .join(libraries, libraries.c.number == _f.library)
    .outerjoin(feed_entries, _ENTRIES_OF_FEED)
    .group_by(libraries.c.name, _f.library, _f.url)
    .order_by(_f.added, libraries.c.name, _f.url)
)


class Feeds:
    """The feeds of all libraries; no two polls of one folder may run at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- reading

    def followed(self, library: str | None = None) -> list[FollowedFeed]:
        """The feeds of a library, or of all, in the order in which they were added."""
        query = _FEEDS.where(*_of_library(_f.library, library))
        return [_feed_from(row) for row in self._db.rows(query)]

    def due(self, now: datetime, library: str | None = None) -> list[FollowedFeed]:
        """The feeds to be polled now, the longest overdue first, without those that lag behind."""
        # Only of these are the entries counted, which takes long where many wait.
        query = _FEEDS.where(*_of_library(_f.library, library), _f.next_poll <= stamp(now))
        due = map(_feed_from, self._db.rows(query))
        ready = [feed for feed in due if feed.waiting < MOST_WAITING]
        return sorted(ready, key=lambda feed: feed.next_poll or now)

    def next_time(self, library: str | None = None) -> datetime | None:
        """When a feed or an entry is due next; None where no feed is followed."""
        times = sa.union_all(
            *(
                sa.select(sa.func.min(time).label("time")).where(
                    *_of_library(owner, library), time.is_not(None)
                )
                for owner, time in ((_f.library, _f.next_poll), (_e.library, _e.next_try))
            )
        ).subquery()
        return _time(self._db.scalar(sa.select(sa.func.min(times.c.time))))

    def waiting(self, now: datetime, library: str | None = None) -> list[WaitingEntry]:
        """The entries to be read next."""
        query = (
            sa.select(libraries.c.name, _f.url, _f.title, _e.content, _e.attempts, _e.article)
            .join(feed_entries, _ENTRIES_OF_FEED)
            .join(libraries, libraries.c.number == _e.library)
            .where(_e.next_try <= stamp(now), *_of_library(_e.library, library))
            # By their places in the feeds, so that a long feed does not keep the others waiting.
            .order_by(_e.number, _e.next_try, _f.added, _f.url)
            .limit(AT_A_TIME)
        )
        return [
            WaitingEntry(name, feed, title, entry_from_json(entry), *more)
            for name, feed, title, entry, *more in self._db.rows(query)
        ]

    def article_of(self, waiting: WaitingEntry) -> str | None:
        """The id of the article that another entry with the same content has become."""
        link = normalised(waiting.entry.link or "")
        article = self._db.scalar(
            sa.select(_e.article)
            .where(
                _e.library == number_of(waiting.library),
                _e.link.between(link, link),  # with ==, SQLite looks through the whole library
                _e.digest == entry_digest(waiting.entry),
                _e.article.is_not(None),
                _e.next_try.is_(None),
            )
            .limit(1)
        )
        return None if article is None else str(article)

    # -- writing

    def follow(self, library: str, url: str, title: str | None, now: datetime) -> None:
        """Follow a feed from now on; one that is followed already is polled now."""
        due = {"next_poll": stamp(now), "trouble": None, "failures": 0}
        with self._db.transaction() as db:
            number = library_number(db, library)
            this = (_f.library == number, _f.url == url)
            if not db.execute(sa.update(feeds).where(*this).values(due)).rowcount:
                interval = int(SHORTEST_INTERVAL.total_seconds())
                row = {"library": number, "url": url, "title": title, "interval": interval}
                db.execute(sa.insert(feeds), row | due | {"added": stamp(now)})

    def unfollow(self, library: str, url: str) -> None:
        """Delete a feed and its entries, not their articles."""
        with self._db.transaction() as db:
            db.execute(sa.delete(feeds).where(*_this_feed(library, url)))

    def hasten(self, now: datetime, library: str | None = None) -> None:
        """Make everything due now that waits for its time."""
        with self._db.transaction() as db:
            for table, time in ((feeds, "next_poll"), (feed_entries, "next_try")):
                waiting = (table.c[time].is_not(None), *_of_library(table.c.library, library))
                db.execute(sa.update(table).where(*waiting).values({time: stamp(now)}))

    def polled(self, feed: FollowedFeed, read: Feed, now: datetime, moved_to: str | None) -> None:
        """Store what a poll brought; its new entries wait to be read.

        The feed has the ETag and Last-Modified of the answer. Its entries keep their state if it
        has moved.
        """
        with self._db.transaction() as db:
            number = library_number(db, feed.library)
            url = _moved(db, number, feed.url, moved_to)
            has_news = _note_entries(db, number, url, read.entries, now)
            interval = feed.interval / 2 if has_news else feed.interval * 3 / 2
            interval = min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
            db.execute(
                sa.update(feeds)
                .where(_f.library == number, _f.url == url)
                .values(
                    title=sa.func.coalesce(read.title, _f.title),
                    etag=feed.etag,
                    modified=feed.modified,
                    interval=int(interval.total_seconds()),
                    next_poll=stamp(now + interval),
                    failures=0,
                    trouble=read.broken,
                )
            )

    def in_trouble(self, feed: FollowedFeed, trouble: str, next_poll: datetime | None) -> None:
        """Note why a poll failed, and when the next one is; None for never again."""
        with self._db.transaction() as db:
            db.execute(
                sa.update(feeds)
                .where(*_this_feed(feed.library, feed.url))
                .values(
                    failures=_f.failures + 1,
                    trouble=trouble,
                    next_poll=next_poll and stamp(next_poll),
                )
            )

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
        with self._db.transaction() as db:
            library = number_of(waiting.library)
            db.execute(sa.update(feed_entries).where(_e.library == library, *this).values(values))


def _of_library(
    column: sa.ColumnElement[int], library: str | None
) -> tuple[sa.ColumnElement[bool], ...]:
    return () if library is None else (column == number_of(library),)


def _this_feed(library: str, url: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _f.library == number_of(library), _f.url == url


def _feed_from(row: Any) -> FollowedFeed:
    """The feed in a row of `_FEEDS`."""
    library, url, title, added, next_poll, interval, *more, next_try, delay = row
    times = (datetime.fromisoformat(added), _time(next_poll), timedelta(seconds=interval))
    last: dict[str, Any] = {"next_try": _time(next_try), "delay": delay}
    return FollowedFeed(library, url, title, *times, *more, **last)


def _note_entries(
    db: sa.Connection, library: int, url: str, entries: Iterable[Entry], now: datetime
) -> bool:
    """Let the new and the changed entries of a feed wait to be read, and say if there are any."""
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    of_feed = (_e.library == library, _e.feed == url)
    for some in portions(enumerate(entries)):
        ids = [entry.id for _, entry in some]
        query = sa.select(_e.entry, _e.digest).where(*of_feed, _e.entry.in_(ids))
        digests = {row.entry: row.digest for row in db.execute(query)}
        for place, entry in some:
            digest = entry_digest(entry)
            if digests.get(entry.id) == digest:
                continue
            link = entry.link and normalised(entry.link)
            values = {"digest": digest, "link": link, "content": entry_to_json(entry)}
            if entry.id not in digests:
                key = {"library": library, "feed": url, "entry": entry.id}
                new.append(key | values | {"number": place, "next_try": stamp(now)})
            else:
                changed.append({"of": entry.id, "number": place} | values)
    if new:
        db.execute(sa.insert(feed_entries), new)
    if changed:
        # An entry that waits already has been tried, and keeps its time.
        retried = {
            "attempts": sa.case((_e.next_try.is_(None), 0), else_=_e.attempts),
            "next_try": sa.func.coalesce(_e.next_try, stamp(now)),
        }
        new_values: dict[str, Any] = {
            name: sa.bindparam(name) for name in ("digest", "link", "content", "number")
        }
        this = (*of_feed, _e.entry == sa.bindparam("of"))
        db.execute(sa.update(feed_entries).where(*this).values(new_values | retried), changed)
    return bool(new or changed)


def _moved(db: sa.Connection, library: int, url: str, moved_to: str | None) -> str:
    """Give a feed its new address, with all its entries; it may be followed there already."""
    if moved_to is None or moved_to == url:
        return url
    old = (_f.library == library, _f.url == url)
    target = sa.select(_f.url).where(_f.library == library, _f.url == moved_to)
    if db.scalar(target) is None:
        db.execute(sa.update(feeds).where(*old).values(url=moved_to))
        return moved_to
    both = sa.select(_e.entry).where(_e.library == library, _e.feed == moved_to)
    db.execute(
        sa.update(feed_entries)
        .where(_e.library == library, _e.feed == url, _e.entry.not_in(both))
        .values(feed=moved_to)
    )
    db.execute(sa.delete(feeds).where(*old))
    return moved_to


def _time(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None

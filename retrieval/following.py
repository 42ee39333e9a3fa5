"""Feeds are polled, and what is new in them is read and kept: nothing is lost, nothing comes twice.

What a feed tells of its entries is written down before anything is read, and an entry is settled
after its article was kept. A process that dies in between leaves entries that wait; the next one
reads them, and finds an article that was kept already to be unchanged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval import schedule
from retrieval.adding import Adding
from retrieval.catalog import Catalog
from retrieval.entries import FollowedFeed
from retrieval.errors import ComeAgain, Gone, QuotewiseError, Stopped, UnreadableSource
from retrieval.gathering import Gathering
from retrieval.models import Models
from retrieval.reading import feeds
from retrieval.reading.web.fetching import Fetcher
from retrieval.records import Article, Outcome, Status


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """No two processes or threads poll one folder's feeds at a time: both would read each entry."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    # Whoever closes the generator may be another thread.
    polling = FileLock(lock, thread_local=False)
    try:
        polling.acquire(timeout=0)
    except Timeout as error:
        raise QuotewiseError(
            "The feeds are being polled already, perhaps by the running bot: their articles come in"
            " as they are read."
        ) from error
    try:
        yield
    finally:
        polling.release()


@dataclass(frozen=True, slots=True)
class Following:
    """One round of polling, of one library's feeds or of all.

    It ends after a time, with what is left for the next one, and as soon as `stop` says so.
    """

    catalog: Catalog
    models: Models
    fetcher: Fetcher
    now: datetime
    library: str | None
    within: timedelta
    stop: Callable[[], bool]
    touched: set[str] = field(default_factory=set)
    """The libraries that got articles."""

    def round(self, *, all_now: bool) -> Iterator[Outcome]:
        """Poll the feeds that are due, or all, then read the entries that wait: an outcome each."""
        self.models.using()
        ends = time.monotonic() + self.within.total_seconds()
        if all_now:
            self.catalog.feeds.hasten(self.now, self.library)
        try:
            with suppress(Stopped):
                for feed in self.catalog.feeds.due(self.now, self.library):
                    self._check()
                    yield from self._polled(feed)
                    if time.monotonic() >= ends:
                        break
                yield from self._gathered(ends)
        finally:
            self.models.catch_up(sorted(self.touched))

    def _gathered(self, ends: float) -> Iterator[Outcome]:
        """Read what waits until nothing does or the time ends."""
        gathering = Gathering(self.catalog, self.fetcher, self._kept, self.now)
        while waiting := self.catalog.feeds.waiting(self.now, self.library):
            for one in waiting:
                self._check()
                for outcome in gathering.take(one):
                    yield replace(outcome, library=one.feed.library)
                if time.monotonic() >= ends:
                    return

    def _kept(self, library: str, source: str, article: Article) -> Outcome:
        self.touched.add(library)
        adding = Adding(self.catalog, self.models, library, self.now, self.fetcher)
        return adding.kept(source, article)

    def _check(self) -> None:
        if self.stop():
            raise Stopped

    def _polled(self, feed: FollowedFeed) -> Iterator[Outcome]:
        """Ask a feed what is new, and let its new entries wait; an outcome only if that fails."""
        if self.catalog.feeds.is_full(feed):
            self.catalog.feeds.put_off(feed, self.now + schedule.SHORTEST)
            return
        try:
            fetched = self.fetcher.fetch(feed.url, etag=feed.etag, modified=feed.modified)
            read = None
            if not fetched.unchanged:
                read = feeds.read(
                    fetched.content, fetched.url, now=self.now, charset=fetched.charset
                )
        except UnreadableSource as error:
            yield self._in_trouble(feed, error)
            return
        marks = (fetched.etag, fetched.modified)
        if fetched.unchanged:
            marks = (fetched.etag or feed.etag, fetched.modified or feed.modified)
        elif read and read.broken:
            # It may be whole the next time, with the same marks.
            marks = (None, None)
        self.catalog.feeds.polled(feed, read, self.now, moved_to=fetched.moved_to, marks=marks)

    def _in_trouble(self, feed: FollowedFeed, error: UnreadableSource) -> Outcome:
        after = error.after if isinstance(error, ComeAgain) else None
        again = schedule.next_try(feed.failures + 1, self.now, after)
        if isinstance(error, Gone):
            self.catalog.feeds.in_trouble(feed, error.reason, None)
            told = f"{error.reason} It is polled no more, and its articles are kept."
        else:
            self.catalog.feeds.in_trouble(feed, error.reason, again)
            told = f"{error.reason} It is polled again after {again:%Y-%m-%d %H:%M} UTC."
        return Outcome(feed.url, Status.FAILED, reason=told, library=feed.library)

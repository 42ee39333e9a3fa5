"""Poll feeds, and store what is new in them: nothing is lost, nothing comes twice.

What a feed says of its entries is written down before anything is read, and an entry is settled
after its article was stored. A process that dies in between leaves entries that wait; the next
reads them, and sees that an article which was stored already is unchanged.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from urllib.parse import urlsplit

from retrieval import sources
from retrieval.errors import ComeAgain, Gone, QuotewiseError, Stopped, Unreachable, UnreadableSource
from retrieval.index.indexes import Models
from retrieval.ingest.pipeline import Adding
from retrieval.records import (
    LONGEST_ID,
    Article,
    ArticleRef,
    Feed,
    FollowedFeed,
    Listed,
    Outcome,
    Status,
    WaitingEntry,
)
from retrieval.sources import feeds, is_link
from retrieval.sources.fetch import Fetched, Fetcher
from retrieval.sources.source import opened, whole_file
from retrieval.storage import Catalog
from retrieval.storage.feeds import POLL_EVERY
from retrieval.text.links import normalised

ALREADY = (
    "The feeds are being polled already, perhaps by the running bot: their articles come in as "
    "they are read."
)

LONGEST_WAIT = timedelta(days=1)  # the time between two tries grows from `POLL_EVERY` to this
MOST_ATTEMPTS = 6  # so often the page of an entry is requested, over 15 hours
MOST_FAILURES = 3
"""So many pages in a row that a host does not give, and it is left alone for the round."""

# No domain ends like the lists that readers export.
_FILE = re.compile(r"[./~]|[^/]*(?:\.(?:opml|xml|txt)|^[^.]*)$", re.IGNORECASE)


@dataclass(slots=True)
class PollingRound:
    """One round of polling, of one library's feeds or of all, for some time or until `stop`.

    `resting` holds the hosts that want to be left alone or are down, with what the last page met
    there; `failures` counts how often in a row a host did not answer.
    """

    catalog: Catalog
    models: Models
    fetcher: Fetcher
    now: datetime
    library: str | None
    within: timedelta
    stop: Callable[[], bool]
    changed_libraries: set[str] = field(default_factory=set)
    resting: dict[str, UnreadableSource] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)

    def round(self, *, all_now: bool) -> Iterator[Outcome]:
        """Poll the feeds that are due, or all, then read the entries that wait: an outcome each."""
        self.models.using()
        ends = time.monotonic() + self.within.total_seconds()
        if all_now:
            self.catalog.feeds.hasten(self.now, self.library)
        try:
            with suppress(Stopped):
                due = self.catalog.feeds.followed(self.library, due=self.now)
                # The longest overdue first, so that each has its turn where a round is too short.
                for feed in sorted(due, key=attrgetter("next_poll")):
                    yield from self._poll(feed)
                    if self.stop() or time.monotonic() >= ends:
                        break
                while batch := self.catalog.feeds.waiting(self.now, self.library):
                    for waiting in batch:
                        if self.stop():
                            return
                        if outcome := self._read(waiting):
                            yield replace(outcome, library=waiting.library)
                        if time.monotonic() >= ends:
                            return
        finally:
            self.models.catch_up(sorted(self.changed_libraries))

    def _poll(self, feed: FollowedFeed) -> Iterator[Outcome]:
        """Read what is new in a feed, and let it wait; an outcome only if that fails."""
        read = Feed(None, ())
        try:
            fetched = self.fetcher.fetch(feed.url, etag=feed.etag, modified=feed.modified)
            if fetched.status != 304:
                read = _feed(fetched, self.now)
                etag, modified = (fetched.headers[name] for name in ("etag", "last-modified"))
                feed = replace(feed, etag=etag, modified=modified)
        except UnreadableSource as error:
            again = None if isinstance(error, Gone) else self._next_try(feed.failures + 1, error)
            self.catalog.feeds.in_trouble(feed, error.reason, again)
            outlook = f"again after {again:%Y-%m-%d %H:%M} UTC" if again else "no more"
            reason = f"{error.reason} The feed is polled {outlook}; its articles are kept."
            yield Outcome(feed.url, Status.FAILED, reason=reason, library=feed.library)
        else:
            self.catalog.feeds.polled(feed, read, self.now, fetched.moved_to)

    def _next_try(self, failures: int, error: UnreadableSource) -> datetime:
        again: datetime = self.now + min(POLL_EVERY * 2 ** min(failures - 1, 10), LONGEST_WAIT)
        return max(again, error.after or again) if isinstance(error, ComeAgain) else again

    def _read(self, waiting: WaitingEntry) -> Outcome | None:
        """Read an entry's article and store it, or try again another time, or give it up."""
        entry, stored = waiting.entry, None
        if waiting.article:
            stored = self.catalog.article(ArticleRef(waiting.library, waiting.article))
        elif entry.link:
            stored = self.catalog.article_with_url(waiting.library, entry.link)
        if bool(stored) != bool(waiting.article):
            # It came by another feed or id before, or somebody has removed its article since.
            self.catalog.feeds.settled(waiting, stored.article.id if stored else None)
            return None
        host = urlsplit(entry.link or "").netloc
        if host in self.resting and not entry.whole:
            self._postpone(waiting, self.resting[host], waiting.attempts)
            return None
        try:
            article = self._article(waiting, host)
        except UnreadableSource as error:
            reason = error.reason
            if isinstance(error, Gone):
                self.catalog.feeds.settled(waiting, None)
            else:
                again = self._postpone(waiting, error, waiting.attempts + 1)
                reason += f" It is tried again after {again:%Y-%m-%d %H:%M} UTC."
            return Outcome(waiting.name, Status.FAILED, reason=reason)
        self.changed_libraries.add(waiting.library)
        adding = Adding(self.catalog, self.models, waiting.library, self.now, self.fetcher)
        outcome = adding.add_now(waiting.name, article)
        if outcome.article:
            self.catalog.feeds.settled(waiting, outcome.article.id)
        else:
            # The store failed, not the entry: it waits for as long as that takes.
            failure = UnreadableSource(waiting.name, outcome.reason or "")
            self._postpone(waiting, failure, waiting.attempts)
        return outcome

    def _postpone(self, waiting: WaitingEntry, error: UnreadableSource, attempts: int) -> datetime:
        again = self._next_try(max(attempts, 1), error)
        self.catalog.feeds.postponed(waiting, again, error.reason, attempts)
        return again

    def _article(self, waiting: WaitingEntry, host: str) -> Article:
        """The article on the entry's page, or else that in the feed itself.

        What was read from the page once is worth more than a summary. Raises Gone if there is
        none, and UnreadableSource if the page may yet be read.
        """
        entry, today, trouble = waiting.entry, self.now.date(), None
        if entry.link and not entry.whole:
            read = next(sources.articles(entry.link, today=today, fetcher=self.fetcher))
            # A host that is down rests, since each try may take long; a page that is missing, or
            # is no article, says nothing of others.
            self.failures[host] = self.failures[host] + 1 if isinstance(read, Unreachable) else 0
            if isinstance(read, Article):
                return replace(feeds.filled(read, waiting), id=waiting.article or read.id)
            if isinstance(read, ComeAgain) or self.failures[host] >= MOST_FAILURES:
                self.resting[host] = read
            if waiting.attempts + 1 < MOST_ATTEMPTS and not isinstance(read, Gone):
                raise read
            trouble = read
        try:
            if trouble and waiting.article:
                raise trouble
            return feeds.article(waiting, today)
        except UnreadableSource as error:
            raise Gone(waiting.name, (trouble or error).reason) from error


def follow_feeds(
    catalog: Catalog,
    fetcher: Fetcher,
    library: str,
    source: str,
    now: datetime,
    *,
    refused: Callable[[UnreadableSource], None],
) -> list[FollowedFeed]:
    """Follow the feeds that a source stands for; those that cannot be go to `refused`."""
    links = []
    for feed in named_feeds(source, fetcher, now):
        is_long = len(feed.url.encode()) > LONGEST_ID
        if reason := feed.refused or (feeds.LONG_LINK if is_long else None):
            refused(UnreadableSource(feed.url[:200], reason))
        else:
            catalog.feeds.follow(library, feed.url, feed.title, now)
            links.append(feed.url)
    return [feed for feed in catalog.feeds.followed(library) if feed.url in links]


def unfollow_feed(catalog: Catalog, library: str, url: str) -> FollowedFeed:
    """Let a library follow a feed no longer. Raises QuotewiseError if it does not."""
    for feed in catalog.feeds.followed(library):
        if normalised(feed.url) == normalised(url):
            catalog.feeds.unfollow(library, feed.url)
            return feed
    raise QuotewiseError(f"No feed {url} is followed: `quotewise feed list` lists them.")


def named_feeds(source: str, fetcher: Fetcher, now: datetime) -> list[Listed]:
    """The feed at a link or on a page, or those of an OPML list. Raises UnreadableSource."""
    if not is_link(source) and (os.path.exists(source) or _FILE.match(source)):
        with opened(source) as stream:
            read = feeds.read(whole_file(stream, source), source, now.date())
        if isinstance(read, list):
            return read
        raise UnreadableSource(source, "this is no list of feeds; give an OPML file, or a link.")
    source = source if is_link(source) else f"https://{source}"
    fetched = fetcher.fetch(source)
    read = feeds.read(fetched.content, fetched.url, now.date(), fetched.charset)
    if isinstance(read, str):
        source, fetched = read, fetcher.fetch(read)
        read = _feed(fetched, now)
    return read if isinstance(read, list) else [Listed(fetched.moved_to or source, read.title)]


def _feed(fetched: Fetched, now: datetime) -> Feed:
    """The feed that was fetched. Raises UnreadableSource where it is none."""
    read = feeds.read(fetched.content, fetched.url, now.date(), fetched.charset)
    if not isinstance(read, Feed):
        raise UnreadableSource(fetched.url, feeds.NO_FEED)
    return read

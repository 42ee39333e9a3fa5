"""Poll feeds, and store what is new in them: nothing is lost, nothing comes twice.

What a feed says of its entries is written down before anything is read, and an entry is settled
after its article was stored. A process that dies in between leaves entries that wait; the next
reads them, and sees that an article which was stored already is unchanged.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from retrieval import reading
from retrieval.adding import Adding
from retrieval.catalog import Catalog
from retrieval.catalog.feeds import LONGEST_INTERVAL, SHORTEST_INTERVAL
from retrieval.entries import FollowedFeed, Listed, WaitingEntry
from retrieval.errors import ComeAgain, Gone, QuotewiseError, Stopped, Unreachable, UnreadableSource
from retrieval.links import normalised
from retrieval.models import Models
from retrieval.reading import drafts, feeds, is_link
from retrieval.reading.feeds import contents
from retrieval.reading.sources import opened, whole_file
from retrieval.reading.web.fetching import Fetcher
from retrieval.records import Article, Outcome, Status

ALREADY = (
    "The feeds are being polled already, perhaps by the running bot: their articles come in as "
    "they are read."
)

LONGEST_ROUND = timedelta(minutes=5)
"""A round of polling ends then, whatever is left, so that feeds which fell due are polled."""
LONGEST_REST = timedelta(days=7)
"""No server is believed that wants to be left alone for longer: its clock may be wrong."""
MOST_ATTEMPTS = 4
"""So often the page of an entry is requested, over three and a half hours."""
MOST_RESTS = 12
"""And so often where its site wants to be left alone for a while, over a week."""
MOST_FAILURES = 3
"""So many pages in a row that a host does not give, and it is left alone for the round."""

# No domain ends like the lists that readers export.
_SITE = re.compile(
    r"(?![^/]+\.(?:opml|xml|json|rss|atom|txt|html?)$)"
    r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:/\S*)?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Following:
    """One round of polling, of one library's feeds or of all.

    It ends after a time, with what is left for the next one, and as soon as `stop` says so.
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
                for feed in self.catalog.feeds.due(self.now, self.library):
                    self._check()
                    yield from self._poll(feed)
                    if time.monotonic() >= ends:
                        break
                while batch := self.catalog.feeds.waiting(self.now, self.library):
                    for waiting in batch:
                        self._check()
                        if outcome := self._read(waiting):
                            yield replace(outcome, library=waiting.library)
                        if time.monotonic() >= ends:
                            return
        finally:
            self.models.catch_up(sorted(self.changed_libraries))

    def _check(self) -> None:
        if self.stop():
            raise Stopped

    def _poll(self, feed: FollowedFeed) -> Iterator[Outcome]:
        """Read what is new in a feed, and let it wait; an outcome only if that fails."""
        read, marks = None, (feed.etag, feed.modified)
        try:
            fetched = self.fetcher.fetch(feed.url, etag=feed.etag, modified=feed.modified)
            if not fetched.unchanged:
                today = self.now.date()
                read = feeds.read(fetched.content, fetched.url, today, fetched.charset)
                # Broken XML may be whole the next time, with the same marks.
                marks = (None, None) if read.broken else (fetched.etag, fetched.modified)
        except UnreadableSource as error:
            again = None if isinstance(error, Gone) else self._next_try(feed.failures + 1, error)
            self.catalog.feeds.in_trouble(feed, error.reason, again)
            outlook = (
                f"polled again after {_minute(again)}."
                if again
                else "polled no more, and its articles are kept."
            )
            reason = f"{error.reason} It is {outlook}"
            yield Outcome(feed.url, Status.FAILED, reason=reason, library=feed.library)
        else:
            self.catalog.feeds.polled(feed, read, self.now, moved_to=fetched.moved_to, marks=marks)

    def _next_try(self, failures: int, error: UnreadableSource | None = None) -> datetime:
        """When to try again after so many failures in a row; later if the site wants it so."""
        wait: timedelta = SHORTEST_INTERVAL * 2 ** min(failures - 1, 10)
        again = self.now + min(wait, LONGEST_INTERVAL)
        if isinstance(error, ComeAgain) and error.after:
            again = max(again, min(error.after, self.now + LONGEST_REST))
        return again

    def _read(self, waiting: WaitingEntry) -> Outcome | None:
        """Read an entry's article and store it, or try again another time, or give it up."""
        attempts, host = waiting.attempts, _host(waiting)
        if host in self.resting and not waiting.entry.whole:
            self._postpone(waiting, self.resting[host].reason, attempts, self.resting[host])
            return None
        if self._is_known(waiting):
            self.catalog.feeds.settled(waiting, self.catalog.feeds.article_of(waiting))
            return None
        try:
            article = self._article(waiting)
        except UnreadableSource as error:
            reason = error.reason
            if _may_change(waiting, error):
                again = self._postpone(waiting, reason, attempts + 1, error)
                reason += f" It is tried again after {_minute(again)}."
                self._note_failure(host, error)
            else:
                self.catalog.feeds.settled(waiting, None)
            return Outcome(waiting.name, Status.FAILED, reason=reason)
        self.changed_libraries.add(waiting.library)
        adding = Adding(self.catalog, self.models, waiting.library, self.now, self.fetcher)
        outcome = adding.kept(waiting.name, article)
        if outcome.article is None:
            # The store failed, not the entry: it waits for as long as that takes.
            self._postpone(waiting, outcome.reason or "", attempts)
        else:
            self.catalog.feeds.settled(waiting, outcome.article.id)
        return outcome

    def _postpone(
        self,
        waiting: WaitingEntry,
        why: str,
        attempts: int,
        error: UnreadableSource | None = None,
    ) -> datetime:
        again = self._next_try(max(attempts, 1), error)
        self.catalog.feeds.postponed(waiting, again, why, attempts=attempts)
        return again

    def _is_known(self, waiting: WaitingEntry) -> bool:
        """Whether it came by another feed or id before, or somebody has removed it since."""
        if waiting.article is None:
            return self.catalog.feeds.article_of(waiting) is not None
        return self.catalog.article(waiting.library, waiting.article) is None

    def _article(self, waiting: WaitingEntry) -> Article:
        """The article on the entry's page, or else that in the feed itself.

        What was read from the page once is worth more than a summary. Raises UnreadableSource, as
        Gone where trying again is of no use.
        """
        entry, reason = waiting.entry, None
        if entry.link and not entry.whole:
            try:
                return self._article_of_page(waiting, entry.link)
            except UnreadableSource as error:
                if _may_change(waiting, error):
                    raise
                reason = error.reason
        if waiting.article and not entry.whole:
            raise Gone(waiting.name, reason or contents.NO_PROSE)
        id = waiting.article or (None if entry.link else _id(waiting))
        try:
            return contents.article(entry, waiting.feed_title, id, self.now.date())
        except UnreadableSource as error:
            raise Gone(waiting.name, reason or error.reason) from error

    def _article_of_page(self, waiting: WaitingEntry, link: str) -> Article:
        read = next(reading.articles(link, today=self.now.date(), fetcher=self.fetcher))
        if isinstance(read, UnreadableSource):
            raise read
        self.failures[_host(waiting)] = 0
        stored = self.catalog.article_with_url(waiting.library, read.url or "")
        # Of two feeds that bring an article the first gives it the publisher's name.
        publisher = stored.article.source if stored else None
        article = contents.filled(read, waiting.entry, publisher or waiting.feed_title)
        return replace(article, id=waiting.article or article.id)

    def _note_failure(self, host: str, error: UnreadableSource) -> None:
        """Let a host rest that wants it, or that is down: each try may take long.

        A page that is missing, or is no article, says nothing of the host's other pages.
        """
        self.failures[host] = self.failures[host] + 1 if isinstance(error, Unreachable) else 0
        if isinstance(error, ComeAgain) or self.failures[host] >= MOST_FAILURES:
            self.resting[host] = error


def _may_change(waiting: WaitingEntry, error: UnreadableSource) -> bool:
    """Whether the entry's page may yet be read."""
    most = MOST_RESTS if isinstance(error, ComeAgain) else MOST_ATTEMPTS
    return waiting.attempts + 1 < most and not isinstance(error, Gone)


def _host(waiting: WaitingEntry) -> str:
    return urlsplit(waiting.entry.link or "").netloc


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _id(waiting: WaitingEntry) -> str:
    """The id of an article without a link: that of its entry, if no other feed can have it."""
    id = waiting.entry.id
    unique = ":" in id  # an address, a tag or a UUID
    return drafts.fingerprint(id if unique else f"{waiting.feed}\n{id}")


def follow_feeds(
    catalog: Catalog,
    fetcher: Fetcher,
    library: str,
    source: str,
    now: datetime,
    *,
    refused: Callable[[UnreadableSource], None],
) -> list[FollowedFeed]:
    """Let a library follow the feeds that a source stands for, and return these.

    Each one that a list names and that cannot be followed goes to `refused`.
    """
    links = []
    for feed in named_feeds(source, fetcher, now):
        if feed.refused:
            refused(UnreadableSource(feed.url, feed.refused))
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
    """The feeds that a source stands for: that at a link or on a page, or all of an OPML list.

    Raises UnreadableSource if there is none, or if a page names several to choose from.
    """
    if not is_link(source):
        if os.path.exists(source) or not _SITE.fullmatch(source):
            with opened(source) as stream:
                named = feeds.listed(whole_file(stream, source), source)
            if isinstance(named, list):
                return named
            reason = "this is no list of feeds; give an OPML file, or a link."
            raise UnreadableSource(source, reason)
        source = f"https://{source}"
    fetched = fetcher.fetch(source)
    named = feeds.listed(fetched.content, fetched.url)
    if isinstance(named, list):
        return named
    if named:
        source, fetched = named, fetcher.fetch(named)
    read = feeds.read(fetched.content, fetched.url, now.date(), fetched.charset)
    return [Listed(fetched.moved_to or source, read.title)]

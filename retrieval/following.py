"""Poll feeds, and keep what is new in them: nothing is lost, nothing comes twice.

What a feed says of its entries is written down before anything is read, and an entry is settled
after its article was kept. A process that dies in between leaves entries that wait; the next one
reads them, and finds an article that was kept already to be unchanged.
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

from retrieval import reading, schedule
from retrieval.adding import Adding
from retrieval.catalog import Catalog
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
MOST_NAMED = 12

_SITE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
# No domain ends so, but the lists that readers export do.
_FILE = re.compile(r"[^/]+\.(?:opml|xml|json|rss|atom|txt|html?)", re.IGNORECASE)


class _Refused(UnreadableSource):
    """Neither the page of an entry nor its feed has an article."""


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
                yield from self._read_waiting(ends)
        finally:
            self.models.catch_up(sorted(self.changed_libraries))

    def _check(self) -> None:
        if self.stop():
            raise Stopped

    def _poll(self, feed: FollowedFeed) -> Iterator[Outcome]:
        """Ask a feed what is new, and let its new entries wait; an outcome only if that fails."""
        read = None
        try:
            fetched = self.fetcher.fetch(feed.url, etag=feed.etag, modified=feed.modified)
            if not fetched.unchanged:
                today = self.now.date()
                read = feeds.read(fetched.content, fetched.url, today, fetched.charset)
        except UnreadableSource as error:
            yield self._in_trouble(feed, error)
            return
        marks = (fetched.etag, fetched.modified)
        if fetched.unchanged:
            marks = (fetched.etag or feed.etag, fetched.modified or feed.modified)
        elif read and read.broken:
            marks = (None, None)  # it may be whole the next time, with the same marks
        self.catalog.feeds.polled(feed, read, self.now, moved_to=fetched.moved_to, marks=marks)

    def _in_trouble(self, feed: FollowedFeed, error: UnreadableSource) -> Outcome:
        again: datetime | None = None
        outlook = "It is polled no more, and its articles are kept."
        if not isinstance(error, Gone):
            again = self._next_try(feed.failures + 1, error)
            outlook = f"It is polled again after {again:%Y-%m-%d %H:%M} UTC."
        self.catalog.feeds.in_trouble(feed, error.reason, again)
        reason = f"{error.reason} {outlook}"
        return Outcome(feed.url, Status.FAILED, reason=reason, library=feed.library)

    def _next_try(self, failures: int, error: UnreadableSource | None = None) -> datetime:
        """When to ask again after so many failures; later if the site wants it so."""
        after = error.after if isinstance(error, ComeAgain) else None
        return schedule.next_try(failures, self.now, after)

    def _read_waiting(self, ends: float) -> Iterator[Outcome]:
        """Read what waits until nothing does or the time ends."""
        while batch := self.catalog.feeds.waiting(self.now, self.library):
            for waiting in batch:
                self._check()
                if outcome := self._read(waiting):
                    yield replace(outcome, library=waiting.library)
                if time.monotonic() >= ends:
                    return

    def _read(self, waiting: WaitingEntry) -> Outcome | None:
        """Read an entry's article and keep it, or try again another time, or give it up."""
        attempts, whole = waiting.attempts, waiting.entry.whole
        resting = self.resting.get(_host(waiting))
        if resting and not whole:
            again = self._next_try(max(attempts, 1), resting)
            self.catalog.feeds.postponed(waiting, again, resting.reason, attempts=attempts)
            return None
        if self._is_known(waiting):
            self.catalog.feeds.settled(waiting, self.catalog.feeds.article_of(waiting))
            return None
        try:
            article = self._article(waiting)
        except UnreadableSource as error:
            return self._again_or_never(waiting, error)
        self.changed_libraries.add(waiting.library)
        adding = Adding(self.catalog, self.models, waiting.library, self.now, self.fetcher)
        outcome = adding.add_now(waiting.name, article)
        if outcome.article is None:
            # The store failed, not the entry: it waits for as long as that takes.
            again = self._next_try(attempts + 1)
            self.catalog.feeds.postponed(waiting, again, outcome.reason or "", attempts=attempts)
        else:
            self.catalog.feeds.settled(waiting, outcome.article.id)
        return outcome

    def _is_known(self, waiting: WaitingEntry) -> bool:
        """Whether it came by another feed or id before, or somebody has removed it since."""
        if waiting.article is None:
            return self.catalog.feeds.article_of(waiting) is not None
        return self.catalog.article(waiting.library, waiting.article) is None

    def _article(self, waiting: WaitingEntry) -> Article:
        """The article on the entry's page, or else the one in the feed itself.

        What was read from the page once is worth more than a summary. Raises UnreadableSource, or
        `_Refused` where trying again is of no use.
        """
        entry, error = waiting.entry, None
        if not entry.whole and entry.link:
            try:
                return self._article_of_page(waiting, entry.link)
            except UnreadableSource as raised:
                if _may_change(waiting, raised):
                    raise
                error = raised
        if waiting.article and not entry.whole:
            raise _Refused(waiting.name, error.reason if error else contents.NO_PROSE) from error
        id = waiting.article or (None if entry.link else _id(waiting))
        try:
            return contents.article(entry, waiting.feed_title, id, self.now.date())
        except UnreadableSource as raised:
            raise _Refused(waiting.name, (error or raised).reason) from raised

    def _article_of_page(self, waiting: WaitingEntry, link: str) -> Article:
        read = next(reading.articles(link, today=self.now.date(), fetcher=self.fetcher))
        if isinstance(read, UnreadableSource):
            raise read
        self.failures[_host(waiting)] = 0
        kept = self.catalog.article_with_url(waiting.library, read.url or "")
        # Of two feeds that bring an article the first gives it the publisher's name.
        publisher = kept.article.source if kept else None
        article = contents.filled(read, waiting.entry, publisher or waiting.feed_title)
        return replace(article, id=waiting.article or article.id)

    def _again_or_never(self, waiting: WaitingEntry, error: UnreadableSource) -> Outcome:
        reason, attempts = error.reason, waiting.attempts + 1
        if _may_change(waiting, error):
            self._note_failure(_host(waiting), error)
            again = self._next_try(attempts, error)
            self.catalog.feeds.postponed(waiting, again, reason, attempts=attempts)
            reason += f" It is tried again after {again:%Y-%m-%d %H:%M} UTC."
        else:
            self.catalog.feeds.settled(waiting, None)
        return Outcome(waiting.name, Status.FAILED, reason=reason)

    def _note_failure(self, host: str, error: UnreadableSource) -> None:
        """Let a host rest that asks for it, or that is down: each try may take long.

        A page that is missing, or is no article, says nothing of the host's other pages.
        """
        self.failures[host] = self.failures[host] + 1 if isinstance(error, Unreachable) else 0
        if isinstance(error, ComeAgain) or self.failures[host] >= schedule.MOST_FAILURES:
            self.resting[host] = error


def _may_change(waiting: WaitingEntry, error: UnreadableSource) -> bool:
    """Whether the entry's page may yet be read."""
    if isinstance(error, Gone | _Refused):
        return False
    most = schedule.MOST_RESTS if isinstance(error, ComeAgain) else schedule.MOST_ATTEMPTS
    return waiting.attempts + 1 < most


def _host(waiting: WaitingEntry) -> str:
    return urlsplit(waiting.entry.link or "").netloc


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
    """The feeds that a source stands for: the one at a link, or all of an OPML list.

    Raises UnreadableSource if there is none, or if a page names several to choose from.
    """
    if not is_link(source):
        names_site = _SITE.fullmatch(source) and not _FILE.fullmatch(source)
        if os.path.exists(source) or not names_site:
            return _of_file(source)
        source = f"https://{source}"
    fetched = fetcher.fetch(source)
    kind, found = feeds.listed(fetched.content, fetched.url)
    if kind == feeds.LIST:
        return found
    if kind == feeds.PAGE:
        source = _only(found, source)
        fetched = fetcher.fetch(source)
    read = feeds.read(fetched.content, fetched.url, now.date(), fetched.charset)
    return [Listed(fetched.moved_to or source, read.title)]


def _of_file(file: str) -> list[Listed]:
    with opened(file) as stream:
        kind, found = feeds.listed(whole_file(stream, file), file)
    if kind != feeds.LIST:
        raise UnreadableSource(file, "this is no list of feeds; give an OPML file, or a link.")
    return found


def _only(found: list[Listed], page: str) -> str:
    if not found:
        raise UnreadableSource(
            page, "this page names no feed; look there for a link to one (RSS, Atom) and give that."
        )
    if len(found) > 1:
        choice = "\n".join(f"  {one.url}  {one.title or ''}".rstrip() for one in found[:MOST_NAMED])
        raise UnreadableSource(page, f"this page names several feeds; give one or more:\n{choice}")
    return found[0].url

"""Poll feeds, and keep what is new in them: nothing is lost, nothing comes twice.

What a feed tells of its entries is written down before anything is read, and an entry is settled
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
from retrieval.errors import (
    ComeAgain,
    Gone,
    QuotewiseError,
    Stopped,
    Unreachable,
    UnreadableSource,
)
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
    resting: dict[str, UnreadableSource] = field(default_factory=dict)
    """The hosts that want to be left alone or are down, and what the last page met there."""
    failures: Counter[str] = field(default_factory=Counter)
    """How often in a row a host did not answer."""

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
                yield from self._read_waiting(ends)
        finally:
            self.models.catch_up(sorted(self.touched))

    def _check(self) -> None:
        if self.stop():
            raise Stopped

    # -- feeds

    def _polled(self, feed: FollowedFeed) -> Iterator[Outcome]:
        """Ask a feed what is new, and let its new entries wait; an outcome only if that fails."""
        if self.catalog.feeds.is_full(feed):
            self.catalog.feeds.put_off(feed, self.now + schedule.SHORTEST)
            return
        try:
            fetched = self.fetcher.fetch(feed.url, etag=feed.etag, modified=feed.modified)
            read = None
            if not fetched.unchanged:
                content, charset = fetched.content, fetched.charset
                read = feeds.read(content, fetched.url, now=self.now, charset=charset)
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
            again = schedule.next_try(feed.failures + 1, self.now, _after(error))
            outlook = f"It is polled again after {again:%Y-%m-%d %H:%M} UTC."
        self.catalog.feeds.in_trouble(feed, error.reason, again)
        reason = f"{error.reason} {outlook}"
        return Outcome(feed.url, Status.FAILED, reason=reason, library=feed.library)

    # -- entries

    def _read_waiting(self, ends: float) -> Iterator[Outcome]:
        """Read what waits until nothing does or the time ends."""
        while waiting := self.catalog.feeds.waiting(self.now, self.library):
            for one in waiting:
                self._check()
                if outcome := self._taken(one):
                    yield replace(outcome, library=one.feed.library)
                if time.monotonic() >= ends:
                    return

    def _taken(self, one: WaitingEntry) -> Outcome | None:
        """Read an entry's article and keep it, or try again another time, or give it up."""
        met = self.resting.get(_host(one))
        if met and not one.entry.whole:
            # It has not been tried.
            again = schedule.next_try(max(one.attempts, 1), self.now, _after(met))
            self.catalog.feeds.postponed(one, again, met.reason, attempts=one.attempts)
            return None
        if self._is_known(one):
            self.catalog.feeds.settled(one, self.catalog.feeds.article_of(one))
            return None
        try:
            article = self._article(one)
        except UnreadableSource as error:
            return self._again_or_never(one, error)
        self.touched.add(one.feed.library)
        adding = Adding(self.catalog, self.models, one.feed.library, self.now, self.fetcher)
        outcome = adding.kept(_name(one), article)
        if outcome.article is None:
            # The store failed, not the entry: it waits for as long as that takes.
            again = schedule.next_try(one.attempts + 1, self.now)
            why = outcome.reason or ""
            self.catalog.feeds.postponed(one, again, why, attempts=one.attempts)
        else:
            self.catalog.feeds.settled(one, outcome.article.id)
        return outcome

    def _is_known(self, one: WaitingEntry) -> bool:
        """Whether it came by another feed or id before, or somebody has removed it since."""
        if one.article is None:
            return self.catalog.feeds.article_of(one) is not None
        return self.catalog.article(one.feed.library, one.article) is None

    def _article(self, one: WaitingEntry) -> Article:
        """The article on the entry's page, or else the one that the feed itself tells.

        What was read from the page once is worth more than a summary. Raises UnreadableSource, or
        `_Refused` where trying again is of no use.
        """
        error: UnreadableSource | None = None
        if not one.entry.whole and one.entry.link:
            try:
                return self._article_of_page(one, one.entry.link)
            except UnreadableSource as raised:
                if self._may_change(one, raised):
                    raise
                error = raised
        if one.article and not one.entry.whole:
            raise _Refused(_name(one), error.reason if error else contents.NO_PROSE) from error
        id = one.article or (None if one.entry.link else _id(one))
        try:
            return contents.article(one.entry, one.feed.title, id, self.now.date())
        except UnreadableSource as raised:
            raise _Refused(_name(one), (error or raised).reason) from raised

    def _article_of_page(self, one: WaitingEntry, link: str) -> Article:
        read = next(reading.articles(link, today=self.now.date(), fetcher=self.fetcher))
        if isinstance(read, UnreadableSource):
            raise read
        self.failures[_host(one)] = 0
        kept = self.catalog.article_with_url(one.feed.library, read.url or "")
        # Of two feeds that bring an article the first gives it the publisher's name.
        name = kept.article.source if kept else None
        article = contents.filled(read, one.entry, name or one.feed.title)
        return replace(article, id=one.article or article.id)

    def _may_change(self, one: WaitingEntry, error: UnreadableSource) -> bool:
        """Whether the page may yet be read."""
        if isinstance(error, ComeAgain):
            return one.attempts + 1 < schedule.MOST_RESTS
        return not isinstance(error, Gone | _Refused) and one.attempts + 1 < schedule.MOST_ATTEMPTS

    def _again_or_never(self, one: WaitingEntry, error: UnreadableSource) -> Outcome:
        reason = error.reason
        if self._may_change(one, error):
            self._note(_host(one), error)
            again = schedule.next_try(one.attempts + 1, self.now, _after(error))
            self.catalog.feeds.postponed(one, again, reason, attempts=one.attempts + 1)
            reason += f" It is tried again after {again:%Y-%m-%d %H:%M} UTC."
        else:
            self.catalog.feeds.settled(one, None)
        return Outcome(_name(one), Status.FAILED, reason=reason)

    def _note(self, host: str, error: UnreadableSource) -> None:
        """Let a host rest that asks for it, or that is down: each try may take long.

        A page that is missing, or is no article, says nothing of the host's other pages.
        """
        down = isinstance(error, Unreachable)
        self.failures[host] = self.failures[host] + 1 if down else 0
        if isinstance(error, ComeAgain) or self.failures[host] >= schedule.MOST_FAILURES:
            self.resting[host] = error


def _after(error: UnreadableSource) -> datetime | None:
    """When a site wants to be asked again, if it says so."""
    return error.after if isinstance(error, ComeAgain) else None


def _host(one: WaitingEntry) -> str:
    return urlsplit(one.entry.link or "").netloc


def _name(one: WaitingEntry) -> str:
    return one.entry.link or one.entry.title or one.feed.url


def _id(one: WaitingEntry) -> str:
    """The id of an article without a link: that of its entry, if no other feed can have it."""
    id = one.entry.id
    unique = ":" in id  # an address, a tag or a UUID
    return drafts.fingerprint(id if unique else f"{one.feed.url}\n{id}")


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

    Each one that a list names and that cannot be followed is told to `refused`.
    """
    links = []
    for one in named_feeds(source, fetcher, now):
        if one.refused:
            refused(UnreadableSource(one.url, one.refused))
        else:
            links.append(catalog.feeds.follow(library, one.url, one.title, now))
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
    read = feeds.read(fetched.content, fetched.url, now=now, charset=fetched.charset)
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
        told = "".join(
            f"\n  {one.url}" + (f"  {one.title}" if one.title else "") for one in found[:MOST_NAMED]
        )
        raise UnreadableSource(page, f"this page names several feeds; give one or more:{told}")
    return found[0].url

"""The entries of feeds that wait are read: from their pages, or else from what the feed tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from retrieval import reading, schedule
from retrieval.catalog import Catalog
from retrieval.entries import WaitingEntry
from retrieval.errors import ComeAgain, Gone, UnreadableSource
from retrieval.reading import drafts
from retrieval.reading.feeds import contents
from retrieval.reading.web.fetching import Fetcher
from retrieval.records import Article, Outcome, Status

Keep = Callable[[str, str, Article], Outcome]
"""What keeps an article: the library, what it is called, the article, and what becomes of it."""


class _Refused(UnreadableSource):
    """Neither the page of an entry nor its feed has an article."""


@dataclass(slots=True)
class Gathering:
    """What takes entries, one after the other, for a round of polling.

    `resting` are the hosts that want to be left alone, or gave nothing for a while: what the last
    page met there. `failures` counts how often a host did so in a row.
    """

    catalog: Catalog
    fetcher: Fetcher
    keep: Keep
    now: datetime
    resting: dict[str, UnreadableSource] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)

    def take(self, one: WaitingEntry) -> Iterator[Outcome]:
        """Read an entry, unless its site rests; an outcome only of an article or of a failure."""
        met = self.resting.get(_host(one))
        if met and not one.entry.whole:
            # It has not been tried.
            again = schedule.next_try(max(one.attempts, 1), self.now, _after(met))
            self.catalog.feeds.postponed(one, again, met.reason, attempts=one.attempts)
        else:
            yield from self._read(one)

    def _read(self, one: WaitingEntry) -> Iterator[Outcome]:
        """Read an entry's article and keep it, or try again another time, or give it up."""
        if self._is_known(one):
            self.catalog.feeds.settled(one, self.catalog.feeds.article_of(one))
            return
        try:
            article = self._article(one)
        except UnreadableSource as error:
            yield from self._again_or_never(one, error)
            return
        outcome = self.keep(one.feed.library, _name(one), article)
        if outcome.article is None:
            # The store failed, not the entry: it waits for as long as that takes.
            again = schedule.next_try(one.attempts + 1, self.now)
            why = outcome.reason or ""
            self.catalog.feeds.postponed(one, again, why, attempts=one.attempts)
        else:
            self.catalog.feeds.settled(one, outcome.article.id)
        yield outcome

    def _is_known(self, one: WaitingEntry) -> bool:
        """Whether it came by another feed or id before, or somebody has removed it since."""
        if one.article is None:
            return self.catalog.feeds.article_of(one) is not None
        return self.catalog.article(one.feed.library, one.article) is None

    def _article(self, one: WaitingEntry) -> Article:
        """The article on the entry's page, or else the one that the feed itself tells."""
        if one.entry.whole:
            return self._article_of_content(one)
        try:
            article = self._article_of_page(one)
        except UnreadableSource as error:
            if self._may_change(one, error):
                raise
            return self._article_of_content(one, error)
        kept = self.catalog.article_with_url(one.feed.library, article.url or "")
        # Of two feeds that bring an article the first gives it the publisher's name.
        name = kept.article.source if kept else None
        article = contents.filled(article, one.entry, name or one.feed.title)
        return replace(article, id=one.article or article.id)

    def _article_of_page(self, one: WaitingEntry) -> Article:
        if one.entry.link is None:
            raise _Refused(_name(one), contents.NO_PROSE)
        found = reading.articles(one.entry.link, today=self.now.date(), fetcher=self.fetcher)
        read = next(found)
        if isinstance(read, UnreadableSource):
            raise read
        self.failures[_host(one)] = 0
        return read

    def _article_of_content(
        self, one: WaitingEntry, instead_of: UnreadableSource | None = None
    ) -> Article:
        if one.article and not one.entry.whole:
            # What was read from the page once is worth more than a summary.
            raise _Refused(_name(one), instead_of.reason if instead_of else contents.NO_PROSE)
        id = one.article or (None if one.entry.link else _id(one))
        try:
            return contents.article(one.entry, one.feed.title, id, self.now.date())
        except UnreadableSource as error:
            raise _Refused(_name(one), (instead_of or error).reason) from error

    def _may_change(self, one: WaitingEntry, error: UnreadableSource) -> bool:
        """Whether the page may yet be read."""
        if isinstance(error, ComeAgain):
            return one.attempts + 1 < schedule.MOST_RESTS
        return not isinstance(error, Gone | _Refused) and one.attempts + 1 < schedule.MOST_ATTEMPTS

    def _again_or_never(self, one: WaitingEntry, error: UnreadableSource) -> Iterator[Outcome]:
        reason = error.reason
        if self._may_change(one, error):
            self._note_failure(_host(one), error)
            again = schedule.next_try(one.attempts + 1, self.now, _after(error))
            self.catalog.feeds.postponed(one, again, reason, attempts=one.attempts + 1)
            reason += f" It is tried again after {again:%Y-%m-%d %H:%M} UTC."
        else:
            self.catalog.feeds.settled(one, None)
        yield Outcome(_name(one), Status.FAILED, reason=reason)

    def _note_failure(self, host: str, error: UnreadableSource) -> None:
        """Let a host rest that asks for it, or that seems to be down: each try may take long."""
        self.failures[host] += 1
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

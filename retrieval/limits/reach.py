"""The articles that a question may be answered from, by limits it sets itself or that were set."""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from retrieval.catalog import Catalog, Generation
from retrieval.errors import QuotewiseError
from retrieval.finding import article_with_id
from retrieval.limits import names
from retrieval.limits.holdings import Holdings
from retrieval.limits.reading import limits_of, without_limits
from retrieval.records import Answer, Limits, Silence

SCOPES_KEPT = 200
"""Scopes whose holdings are kept in memory; those of 100,000 articles are read anew in 0.1 s."""

MOST_SUGGESTED = 3  # publishers

State = tuple[int, tuple[Generation, ...]]
"""The number of the model in use, 0 for none, and the generation of each library."""

AS_LISTED = "name a publisher as `quotewise articles` has it"


@dataclass(frozen=True, slots=True)
class Reach:
    """The limits in force, and the keys of the articles within them; None for all articles.

    `undated` counts the articles that limits of time leave out for having no date.
    """

    limits: Limits
    keys: frozenset[int] | None = None
    undated: int = 0

    def within(self, only: Collection[int] | None) -> Collection[int] | None:
        """Those of some articles that lie within the limits."""
        if self.keys is None or only is None:
            return only if self.keys is None else self.keys
        return self.keys.intersection(only)

    def told_with(self, answer: Answer, others_answer: Callable[[], bool]) -> Answer:
        """An answer from within the limits, with these; and whether but others answer."""
        if self.keys is None:
            return answer
        outside = not answer.answered and others_answer()
        return replace(
            answer,
            limits=self.limits,
            silence=Silence.OUTSIDE if outside else answer.silence,
            inside=len(self.keys),
            undated=self.undated,
        )


EVERYWHERE = Reach(Limits())
"""Nothing is limited."""


class Reaches:
    """Finds which articles limits leave of those that are kept, whose publishers it remembers."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._holdings = OrderedDict[tuple[int, ...], tuple[State, Holdings]]()

    def of(
        self, question: str, scope: Sequence[str], limits: Limits | None, now: datetime
    ) -> Reach:
        """What may be quoted; without limits, what the question itself says of that.

        Raises QuotewiseError if the limits name what there is not, or end before they begin.
        """
        libraries = self._numbers(scope)
        if limits is None:
            limits = limits_of(question, now, self.holdings(libraries))
        else:
            limits = self.checked(limits, scope)
        if replace(limits, words=()) == Limits():
            return EVERYWHERE
        undated = 0
        if limits.since or limits.until:
            undated = self._catalog.count_undated(libraries, limits)
        return Reach(limits, frozenset(self._catalog.keys_within(libraries, limits)), undated)

    def subject(self, question: str, scope: Sequence[str], now: datetime) -> str:
        """The question without the words that say which articles may answer it."""
        limits = limits_of(question, now, self.holdings(self._numbers(scope)))
        return without_limits(question, limits, now)

    def holdings(self, libraries: Sequence[int]) -> Holdings:
        """Who published what is kept in some libraries, and when."""
        state, scope = self._state(libraries), tuple(libraries)
        before = self._holdings.get(scope)
        if before and self._are_same(libraries, before[0], state):
            found = before[1]
        else:
            # Of two threads that come here at once, both read the same.
            dated, undated = self._catalog.count_dated(libraries)
            found = Holdings(
                tuple(self._catalog.publishers(libraries)),
                tuple(self._catalog.authors(libraries)),
                tuple(self._catalog.days(libraries)),
                dated,
                undated,
            )
        self._holdings[scope] = state, found
        while len(self._holdings) > SCOPES_KEPT:
            self._holdings.popitem(last=False)
        return found

    def _state(self, libraries: Sequence[int]) -> State:
        used = self._catalog.models.in_use()
        return used.number if used else 0, tuple(map(self._catalog.generation, libraries))

    def _are_same(self, libraries: Sequence[int], before: State, now: State) -> bool:
        """Whether the articles are: what the next model reads changes but the generations."""
        changes = self._catalog.changes(now[0])
        return before[0] == now[0] and all(
            map(changes.are_none_since, libraries, before[1], now[1])
        )

    def checked(self, limits: Limits, scope: Sequence[str]) -> Limits:
        """Limits with names as the catalog spells them, and with whole ids.

        Raises QuotewiseError if they name what there is not, or end before they begin.
        """
        if limits.since and limits.until and limits.until < limits.since:
            raise QuotewiseError(
                f"No day is both since {limits.since} and until {limits.until}: give the earlier "
                "day as the one since when."
            )
        publishers = self.holdings(self._numbers(scope)).publishers if limits.sources else ()
        sources = [name for given in limits.sources for name in _spelled(given, publishers)]
        articles = [self._article(id, scope) for id in limits.articles]
        return replace(
            limits,
            sources=tuple(dict.fromkeys(sources)),
            articles=tuple(dict.fromkeys(articles)),
        )

    def _numbers(self, scope: Sequence[str]) -> list[int]:
        numbers = self._catalog.libraries()
        return [numbers[name] for name in scope if name in numbers]

    def _article(self, id: str, scope: Sequence[str]) -> str:
        """The whole id of an article of any of the libraries."""
        refusal = QuotewiseError(f"Name a library in which to look for the article {id!r}.")
        for library in scope:
            try:
                return article_with_id(self._catalog, library, id).article.id
            except QuotewiseError as error:
                refusal = error
        raise refusal


def _spelled(given: str, publishers: Sequence[str]) -> tuple[str, ...]:
    """The publishers that somebody means. Raises QuotewiseError if there is none of this name."""
    found = (given,) if given in publishers else names.spelled(given, publishers)
    if found:
        return found
    by_letters = {name.casefold(): name for name in publishers}
    near = [by_letters[one] for one in difflib.get_close_matches(given.casefold(), by_letters, n=1)]
    near = list(dict.fromkeys(near + names.sharing(given, publishers)))[:MOST_SUGGESTED]
    told = f". Is it {' or '.join(near)}?" if near else f": {AS_LISTED}."
    raise QuotewiseError(f"No article here is of a publisher called {given!r}{told}")

"""Filters of a question: the publishers, authors and days of the articles that may answer it.

A date in a question is mostly that of an event, which papers report the day after and for years:
"the 1904 flood", "the vote of 12 June". A filter made of it would hide the answer. So it filters
only where the question speaks of articles or reports, counts from now ("last week") or says "since"
or "as of"; and a month or last year only if articles are of that time.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property

from retrieval.errors import QuotewiseError
from retrieval.records import Answer, Filters, Silence, Span
from retrieval.search.names import (
    NOUN,
    VERB,
    Forms,
    Mention,
    author_forms,
    find_names,
    publisher_forms,
    publishers_called,
    quoted,
    writing,
)
from retrieval.storage import Catalog, Generation, Holdings
from retrieval.storage.history import article_with_id
from retrieval.text.dates import HOW_TO_WRITE, DateMention, Kind, Period, find_dates, read_period

SCOPES_CACHED = 200
"""Sets of libraries whose publishers are kept in memory; those of 100,000 articles are read in
0.1 s."""

AS_LISTED = "name a publisher as `quotewise articles` has it"

ABOUT_ARTICLES = re.compile(
    rf"\b(?:{NOUN}|publish(?:es|ed|ing)?|writ(?:es?|ing|ten)|wrote|according)\b"
    r"|\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b",
    re.IGNORECASE,
)
"""Words of a question that are about articles and not about its subject."""


@dataclass(frozen=True)
class Known:
    """The publishers and authors of some libraries, by the forms in which questions name them."""

    holdings: Holdings

    @cached_property
    def publishers(self) -> Forms:
        return publisher_forms(self.holdings.publishers)

    @cached_property
    def authors(self) -> Forms:
        return author_forms(self.holdings.authors)


@dataclass(frozen=True, slots=True)
class AppliedFilters:
    """Limits, and the keys of the articles within them; None if all articles may answer.

    `undated` counts the articles that filters of time leave out because they have no date.
    """

    filters: Filters
    keys: frozenset[int] | None = None
    undated: int = 0

    def within(self, only: Collection[int] | None) -> Collection[int] | None:
        """The articles of `only` that are within the filters."""
        if self.keys is None or only is None:
            return only if self.keys is None else self.keys
        return self.keys.intersection(only)

    def attached_to(self, answer: Answer, *, others_answer: bool) -> Answer:
        """The answer with its filters, and whether only articles outside of them answer."""
        if self.keys is None:
            return replace(answer, filters=self.filters)
        return replace(
            answer,
            filters=self.filters,
            silence=Silence.OUTSIDE if others_answer else answer.silence,
            inside=len(self.keys),
            undated=self.undated,
        )


class FilterResolver:
    """Filters for questions of a catalog, whose publishers are kept in memory."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[int, ...], tuple[tuple[Generation, ...], Known]] = {}

    def of(
        self, question: str, scope: Sequence[str], filters: Filters | None, now: datetime
    ) -> AppliedFilters:
        """The filter with these filters; without any, with those that the question sets.

        Raises QuotewiseError if the filters name what there is not, or end before they begin.
        """
        libraries = self._numbers(scope)
        if filters is None:
            filters = filters_of(question, now, self.known(libraries))
        else:
            filters = self.checked(filters, scope)
        if replace(filters, words=(), unread=()) == Filters():
            return AppliedFilters(filters)
        has_dates = filters.since or filters.until
        undated = self._catalog.count_undated(libraries, filters) if has_dates else 0
        return AppliedFilters(
            filters, frozenset(self._catalog.keys_within(libraries, filters)), undated
        )

    def subject(self, question: str, scope: Sequence[str], now: datetime) -> str:
        """The question without the words that say which articles may answer it."""
        filters = filters_of(question, now, self.known(self._numbers(scope)))
        dates = _spans(find_dates(question, now.date()))
        return ABOUT_ARTICLES.sub(" ", blanked(question, (*filters.words, *dates)))

    def checked(self, filters: Filters, scope: Sequence[str]) -> Filters:
        """Limits with publishers' names as the catalog spells them, and with whole ids.

        Raises QuotewiseError if they name what there is not, or end before they begin.
        """
        if filters.since and filters.until and filters.until < filters.since:
            raise QuotewiseError(
                f"No day is both since {filters.since} and until {filters.until}: give the earlier "
                "day as the one since when."
            )
        sources: list[str] = []
        if filters.sources:
            known = self.known(self._numbers(scope))
            sources = [name for given in filters.sources for name in _called(given, known)]
        articles = [self._article(id, scope) for id in filters.articles]
        return replace(
            filters,
            sources=tuple(dict.fromkeys(sources)),
            articles=tuple(dict.fromkeys(articles)),
        )

    def known(self, libraries: Sequence[int]) -> Known:
        """Who published the articles of some libraries, and when."""
        scope, state = tuple(libraries), tuple(map(self._catalog.generation, libraries))
        before, known = self._known.get(scope, (None, None))
        if known is None or before != state:
            known = Known(self._catalog.holdings(libraries))
            self._known[scope] = state, known
            if len(self._known) > SCOPES_CACHED:
                self._known.pop(next(iter(self._known)), None)
        return known

    def _numbers(self, scope: Sequence[str]) -> list[int]:
        numbers = self._catalog.libraries()
        return [numbers[name] for name in scope if name in numbers]

    def _article(self, id: str, scope: Sequence[str]) -> str:
        refusal = QuotewiseError(f"Name a library in which to look for the article {id!r}.")
        for library in scope:
            try:
                return article_with_id(self._catalog, library, id).article.id
            except QuotewiseError as error:
                refusal = error
        raise refusal


def _called(given: str, known: Known) -> tuple[str, ...]:
    """The publishers that somebody means. Raises QuotewiseError if there is none of this name."""
    publishers = known.holdings.publishers
    if names := publishers_called(given, publishers, known.publishers):
        return names
    spelled = {name.casefold(): name for name in publishers}
    near = difflib.get_close_matches(given.casefold(), spelled, n=1)
    hint = f". Is it {spelled[near[0]]}?" if near else f": {AS_LISTED}."
    raise QuotewiseError(f"No article here is of a publisher called {given!r}{hint}")


# -- limits given as options


def filters_given(
    now: datetime,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: Sequence[str] = (),
    articles: Sequence[str] = (),
) -> Filters:
    """The filters given as options: days as in "2023-03-01", "March 2023" or "last week".

    Raises QuotewiseError if a day cannot be read.
    """
    days: dict[str, Period | None] = {}
    for name, given in (("since", since), ("until", until)):
        days[name] = None if given is None else read_period(given, now.date())
        if given is not None and days[name] is None:
            raise QuotewiseError(f"{name} {given!r} names no day that can be read: {HOW_TO_WRITE}.")
    first, last = days["since"], days["until"]
    return Filters(first and first.since, last and last.until, tuple(sources), tuple(articles))


_OPTION = re.compile(
    r"(?:^|\s)(since|until|source|article)(?=\s|$)"
    # outside of quotation marks: as many of them close after it as open
    r"(?=[^\"“”]*(?:[\"“][^\"“”]*[\"”][^\"“”]*)*\Z)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“]([^\"“”]*)[\"”]")


def filters_written(line: str, now: datetime) -> Filters:
    """The filters written in a line: "since March 2023 source The Verge".

    Raises QuotewiseError if a day cannot be read, or if a part does not say what it filters.
    """
    opening, *parts = _OPTION.split(line.strip())
    given: dict[str, list[str]] = {"since": [], "until": [], "source": [], "article": []}
    for option, text in zip(parts[::2], parts[1::2], strict=True):
        given[option.lower()].append(_QUOTED.sub(r"\1", text.strip()).strip())
    if opening.strip() or not parts or not all(map(all, given.values())):
        raise QuotewiseError(
            "Say which articles, as in: /only since March 2023 source The Lamp. There are since "
            "DAY, until DAY, source NAME and article ID; a NAME that has one of these words in it "
            'stands in quotation marks: source "The Source Weekly".'
        )
    since, until = (given[name][-1] if given[name] else None for name in ("since", "until"))
    return filters_given(
        now, since=since, until=until, sources=given["source"], articles=given["article"]
    )


# -- limits that a question sets


def filters_of(question: str, now: datetime, known: Known) -> Filters:
    """The filters that a question sets by its words."""
    called = find_names(question, known.publishers)
    publishers = quoted(question, called)
    people = [name for name in find_names(question, known.authors) if not _overlaps(name, called)]
    authors = writing(question, people)
    dates = [
        date
        for date in find_dates(question, now.date())
        if not _overlaps(date, called)  # USA Today
    ]
    filters = _published(question, dates, len(publishers), now.date(), known.holdings)
    return replace(
        filters,
        sources=_names(publishers),
        authors=_names(authors),
        words=tuple(sorted((*filters.words, *_spans((*publishers, *authors))))),
    )


def blanked(question: str, words: Sequence[Span]) -> str:
    """The question with spaces in the place of some of its words."""
    for start, end in words:
        question = question[:start] + " " * (end - start) + question[end:]
    return question


def _overlaps(mention: Mention | DateMention, others: Sequence[Mention]) -> bool:
    return any(mention.span.start < n.span.end and n.span.start < mention.span.end for n in others)


def _spans(mentions: Iterable[Mention | DateMention]) -> tuple[Span, ...]:
    return tuple(mention.span for mention in mentions)


def _names(mentions: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for mention in mentions for name in mention.names))


# -- dates: those of the articles, and not of what happened


class _Role(Enum):
    """The role that a date plays in a question."""

    AS_OF = "as of"
    SINCE = "since"
    REPORTED = "reported"  # the day of an article
    RECENT = "recent"  # counted from now
    MAYBE = "maybe"  # the day of an article, if there is one
    EVENT = "event"


# An organisation's report is an event that articles are about.
_ARTICLES = (
    r"(?:articles?|stor(?:y|ies)|coverage|news|headlines|columns?|editorials?|interviews?"
    r"|reporting)"
)
_PREPOSITION = "(?:on|in|at|during|from|of|dated|before|after|since|until|till|between|by|the|date)"
_ON = rf"(?: {_PREPOSITION})*['‘(]* ?['‘]?\Z"
_SPEAKS_OF_ARTICLES = re.compile(rf"\b(?:{NOUN}|report(?:s|ed)?)\b", re.IGNORECASE)
_PUBLISHED_ON = re.compile(
    rf"\b(?:published|posted|printed|dated|appear(?:s|ed|ing)?|{_ARTICLES}(?: \w+)? {_PREPOSITION})"
    rf"{_ON}",
    re.IGNORECASE,
)
_SPEAKS_OF_PRESS = re.compile(
    r"\b(?:the (?:papers|press|media)|newspapers?|journalists|reporters"
    r"|(?:what|how|anything)(?: else)?(?: (?:was|were|is|has been|had been))?(?: it)?"
    r" (?:reported|published|printed|written))\b",
    re.IGNORECASE,
)
_PRESS_SAYS_ON = re.compile(
    rf"\b(?:(?:{NOUN}|(?:news)?papers?|press|the one)(?: \w+)?|{VERB}(?: again)?)"
    rf" {_PREPOSITION}{_ON}",
    re.IGNORECASE,
)
_ITS_ARTICLE_AFTER = re.compile(rf"(?:['’]s?)?(?: \w+)? {_ARTICLES}\b", re.IGNORECASE)
_AS_OF = re.compile(r"\bas (?:of|at),?[ -]\Z", re.IGNORECASE)
_SINCE = re.compile(r"\bsince(?: [^\s,;:.?!]+){0,6}? ?\Z", re.IGNORECASE)
_IN = re.compile(r"\b(?:in|during) \Z", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|since)(?: [^\s,]+){0,3} ?['‘]?\Z", re.IGNORECASE)
_BEFORE = re.compile(r"\b(before|until|till|by) ?['‘]?\Z", re.IGNORECASE)
_STILL = re.compile(r"\b(?:is|are|as|even|still|than|of|until|to|'s) \Z", re.IGNORECASE)
_FUTURE = re.compile(r"\b(?:will|won't|going to|shall|upcoming|scheduled|next)\b", re.IGNORECASE)
_COMPARES = re.compile(
    r"\b(?:later|subsequent(?:ly)?|follow-?up|another|second|earlier|previous(?:ly)?|other|both"
    r"|compared|between|consisten(?:t|cy)|inconsisten(?:t|cy))\b",
    re.IGNORECASE,
)


def _published(
    question: str, dates: Sequence[DateMention], quoted: int, today: date, known: Holdings
) -> Filters:
    """The days of publication of the articles that a question asks for.

    `quoted` counts the publishers whose word it asks for. Where more articles are compared than
    days are named, the day of one says nothing about the others.
    """
    by_role: defaultdict[_Role, list[DateMention]] = defaultdict(list)
    for mention in dates:
        by_role[_role(question, mention, quoted > 0)].append(mention)
    as_of, since, reported = (by_role[role] for role in (_Role.AS_OF, _Role.SINCE, _Role.REPORTED))
    unread = [mention for mention in (*as_of, *since, *reported) if mention.kind is Kind.UNREAD]
    if unread or not known.dated:
        return Filters(unread=_spans(unread) if known.dated else ())
    most_are_dated = known.dated >= known.undated
    rest = re.sub("between {3}", "", blanked(question, _spans(dates)))
    compares = quoted > 1 or _COMPARES.search(rest) is not None

    # What leaves nothing out limits nothing: "since 1904" in an archive that begins in 1990.
    since = [mention for mention in since if known.begins_before(mention.days.since)]
    if as_of or (since and most_are_dated):
        return Filters(
            max((mention.days.since for mention in since), default=None),
            min((mention.end_of_part for mention in as_of), default=None),
            words=_spans((*since, *as_of)),
        )
    if reported:
        used = [mention for mention in dates if mention in reported or mention.kind is Kind.DAY]
        ends = _ends(question, used)
        if quoted > len(used) or (len(used) == 1 and compares):
            return Filters()
        of_articles = quoted or _SPEAKS_OF_ARTICLES.search(question) or known.has_any(*ends)
        return Filters(*ends, words=_spans(used)) if of_articles else Filters()
    recent, used = by_role[_Role.RECENT], [*by_role[_Role.RECENT], *by_role[_Role.MAYBE]]
    if not used or not most_are_dated or (compares and not recent):
        return Filters()
    first = min(mention.days.since for mention in used)
    last = max(mention.days.until for mention in used)
    if all(mention.days.since == mention.days.until for mention in used):
        last += timedelta(1)  # papers write about yesterday today
    until = last if last < today else None
    is_shown = bool(recent) or known.has_any(first, until)
    return Filters(first, until, words=_spans(used)) if is_shown else Filters()


def _ends(question: str, dates: Sequence[DateMention]) -> tuple[date | None, date | None]:
    """From the first day to the last; "before 2024" and "after May" leave out what they name."""
    firsts, lasts = [], []
    for mention in dates:
        before = question[: mention.start]
        first, last = mention.days
        if word := _BEFORE.search(before):
            lasts.append(first - timedelta(1) if word[1].lower() == "before" else last)
        elif _AFTER.search(before):
            firsts.append(last + timedelta(1) if before.endswith("after ") else first)
        else:
            firsts.append(first)
            lasts.append(last)
    is_run = len(dates) == 2 and len(firsts) == len(lasts) == 1  # after one day and before another
    has_first, has_last = (is_run or len(ends) == len(dates) for ends in (firsts, lasts))
    return min(firsts) if has_first else None, max(lasts) if has_last else None


def _role(question: str, mention: DateMention, quotes_somebody: bool) -> _Role:
    before, after = question[: mention.start], question[mention.span.end :]
    text = question[slice(*mention.span)].lower()
    is_part = mention.lead == "the " and mention.kind in (Kind.MONTH, Kind.YEAR)  # the 2019 census
    if _AS_OF.search(before) and not is_part:
        return _Role.AS_OF
    is_published = _SPEAKS_OF_ARTICLES.search(question) and _PUBLISHED_ON.search(before)
    if _SINCE.search(before) and not is_published:
        return _Role.SINCE
    quotes_press = quotes_somebody or _SPEAKS_OF_PRESS.search(question)
    is_reported = is_published or (quotes_press and _PRESS_SAYS_ON.search(before))
    if is_reported or _ITS_ARTICLE_AFTER.match(after):
        return _Role.REPORTED
    if mention.kind is Kind.RECENT and not text.endswith(("year", "years")):
        if text == "today" or text.startswith("this "):
            is_event = _STILL.search(before) or _FUTURE.search(question)
            return _Role.EVENT if is_event else _Role.MAYBE
        # "Last week's game" may be the name of a game long past, in an old article's words.
        return _Role.MAYBE if after.startswith(("'", "’")) else _Role.RECENT
    if mention.kind is Kind.AGO or (mention.kind is Kind.MONTH and _IN.search(before)):
        return _Role.MAYBE
    return _Role.EVENT  # also "in the past five years", which says how long something took

"""Claims: sentences that answer one question, and whether two of them speak of the same thing.

To say that articles agree or contradict each other where they do not is worse than to say nothing,
so whatever speaks against it decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from retrieval.records import Article, Quote, Span
from retrieval.text.particulars import Kind, tokens
from retrieval.text.quantities import Amount, Date, amounts, dates, kind_of
from retrieval.words import WORD

SHARED = 0.4
"""The share of its terms that the shorter of two claims has in common with the other."""

LONGEST = 1_000
"""Characters of a sentence that is compared: what is longer is a list."""

READ_FOR_NAMES = 50_000
"""Characters of an article in which a name is looked for."""

OPENING = 600
"""Characters of an article in which news names what it is about."""

FEWEST_NAMES = 2
"""Names that the openings of two articles share, if their sentences share none."""

WEEK = 6  # days between two articles that may mean the same Monday

_ENGLISH = frozenset("the of and at by from is was were people for with".split())
"""A sentence without any of these is not compared: denials in other languages are not known."""

_HEDGES = frozenset(
    "if not no never nobody none without denied denies expected expects forecast could may might"
    " feared initially earlier previously originally plan plans planned target aims hopes hoped"
    " should cannot".split()
)
"""Words of denial, doubt and intention; "would" is none, as in "said it would open"."""

_OPPOSITES = """
    open/close begin/end start/end start/stop win/lose won/lost rise/fall rose/fell
    increase/decrease buy/sell bought/sold arrest/release approve/reject accept/reject
    agree/refuse confirm/deny
    up/down gain/lose gained/lost hire/fire join/leave arrive/leave arrive/depart allow/ban
    before/after first/last first/second more/less higher/lower north/south east/west old/new
    man/woman son/daughter husband/wife men/women boy/girl enter/leave appear/vanish guilty/innocent
    convict/acquit build/demolish built/demolished admit/deny raise/cut raise/lower postpone/cancel
    support/oppose succeed/fail alive/dead won/beaten opened/closed reopen/close import/export
"""
_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())

_SPEAKER = re.compile(
    r"(?:[A-Z][\w'’-]*,?\s){1,4}(?:said|says|told|added|wrote)\b"
    r"|\b(?:said|says|told|according\sto)\s(?:\w+\s){0,2}?[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*){0,3}"
)


@dataclass(frozen=True)
class Claim:
    """A sentence as a quote; `answer` are the characters of it that answer.

    `story` is the number of its article's story.
    """

    quote: Quote
    answer: Span
    story: int | None

    @property
    def article(self) -> Article:
        return self.quote.article

    @cached_property
    def terms(self) -> frozenset[str]:
        return claim_terms(self.quote.text)

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts(self.quote.text)

    @cached_property
    def dates(self) -> list[Date]:
        return dates(self.quote.text)

    @cached_property
    def words(self) -> list[str]:
        return WORD.findall(self.quote.text.casefold())

    @cached_property
    def hedges(self) -> frozenset[str]:
        """Its words of denial, doubt and intention; "May" is a month."""
        text = self.quote.text
        found = _HEDGES.intersection(self.words)
        if "may" in found and not re.search(r"\bmay\b", text):
            found -= {"may"}
        return found | ({"not"} if re.search(r"n['’]t\b", text, re.IGNORECASE) else set())

    @cached_property
    def names(self) -> frozenset[str]:
        """Its names, except those of who is quoted: papers ask different people."""
        return names(_SPEAKER.sub(" ", self.quote.text))

    @cached_property
    def about(self) -> str:
        """The title and the opening of its article, which name what it is about."""
        return f"{self.article.title}. {self.article.text[:OPENING]}"

    def answers_with(self, one: Amount | Date) -> bool:
        """Whether a number or a date stands in the words that answer."""
        return one.span.start < self.answer.end and self.answer.start < one.span.end


def claim_terms(text: str) -> frozenset[str]:
    """The content terms and the numbers of a text; all words for death are one term."""
    found = (one.text if one.kind is Kind.NUMBER else kind_of(one.text) for one in tokens(text))
    return frozenset(filter(None, found))


@lru_cache(maxsize=256)
def names(text: str) -> frozenset[str]:
    """The names in a text; the word that opens a sentence is one if another name follows."""
    found = list(tokens(text))
    named = {one.text for one in found if one.kind is Kind.NAME}
    return frozenset(named).union(
        one.text
        for one, then in pairwise(found)
        if one.kind is Kind.OPENING and then.kind is Kind.NAME
    )


def same_subject(question: str, one: Claim, other: Claim) -> bool:
    """Whether two claims of different articles speak of the same thing, in whatever numbers."""
    return (
        _comparable(one)
        and _comparable(other)
        and one.hedges == other.hedges
        and len(one.terms & other.terms) >= max(1.0, SHARED * min(len(one.terms), len(other.terms)))
        and not _opposed(one, other)
        and not _weekdays_differ(one, other)
        and _share_names(one, other)
        and not (_has_unknown_name(one, other) and _has_unknown_name(other, one))
        and _asked_about(question, one)
        and _asked_about(question, other)
    )


def days_apart(one: Article, other: Article) -> int | None:
    """The days between the publication of two articles; None if one is not dated."""
    if one.published is None or other.published is None:
        return None
    return abs(one.published.toordinal() - other.published.toordinal())


def _comparable(claim: Claim) -> bool:
    text = claim.quote.text
    return len(text) <= LONGEST and "?" not in text and not _ENGLISH.isdisjoint(claim.words)


def _asked_about(question: str, claim: Claim) -> bool:
    """Whether a claim, its article's title or its opening has every name of the question."""
    known = f"{claim.quote.text} {claim.about}".casefold()
    return all(name in known for name in names(question))


def _opposed(one: Claim, other: Claim) -> bool:
    """Whether one says "open" where the other says "close"."""
    here, there = (frozenset(map(kind_of, claim.words)) for claim in (one, other))
    here, there = here - there, there - here
    return any(
        (first in here and second in there) or (first in there and second in here)
        for first, second in _opposites()
    )


@cache
def _opposites() -> list[tuple[str, str]]:
    pairs = (pair.split("/") for pair in _OPPOSITES.split())
    return [(kind_of(first), kind_of(second)) for first, second in pairs]


def _share_names(one: Claim, other: Claim) -> bool:
    """Whether two claims name one person or place, or the openings of their articles do.

    "Police arrested 45 people" may be said of two towns.
    """
    if one.names & other.names:
        return True
    return len(names(one.about) & names(other.about)) >= FEWEST_NAMES


def _has_unknown_name(one: Claim, other: Claim) -> bool:
    """Whether a claim has a name that the other's article has not."""
    there = f"{other.article.title} {other.article.text[:READ_FOR_NAMES]}".casefold()
    return any(name not in there for name in one.names - other.names)


def _weekdays_differ(one: Claim, other: Claim) -> bool:
    here, there = (_WEEKDAYS.intersection(claim.words) for claim in (one, other))
    if not here or not there:
        return False
    return here.isdisjoint(there) or (days_apart(one.article, other.article) or 0) > WEEK

"""Sentences of several articles, and whether two of them speak of the same thing.

To say that articles agree or contradict each other where they do not is worse than to say nothing:
whatever speaks against it decides, and what cannot be told counts as speaking against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np

from retrieval.contraries import ENGLISH, REPORTED, opposed, unsure
from retrieval.days import Day, days
from retrieval.particulars import Kind, tokens
from retrieval.quantities import Amount, amounts, kind_of
from retrieval.records import Article, Floats, Quote
from retrieval.words import WORD

ALIKE = 0.68
"""The token similarity of two sentences that tell the same, seen from both. Sentences written to
tell the same in other words reached .71 at the least; of 8,700 pairs of news sentences found for
one question, of which few tell the same, none did."""

HELD, HOLDS = 0.72, 0.6
"""The same where one tells more than the other: seen from the one that tells less, and from the
other."""

SHARED = 0.4
"""The share of its terms that the shorter of them has in common with the other, at the least."""

FIRST_LOOK = 0.25
"""The same share, of how the words begin and before anything is looked at more closely."""

LONGEST = 1_000
"""Characters of a sentence that is compared: what is longer is a list."""

PROSE_READ = 50_000
"""Characters of an article in which a name is looked for."""

OPENING = 600
"""Characters of an article in which news names what it is about."""

FEWEST_NAMES = 2
"""Names that the openings of two articles share, if the sentences themselves share none."""

_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_WEEK = 6  # days between two articles that may mean the same weekday

_SPEAKER = re.compile(
    r"(?:[A-Z][\w'’-]*,?\s){1,4}(?:said|says|told|added|wrote)\b"
    r"|\b(?:said|says|told|according\sto)\s(?:\w+\s){0,2}?[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*){0,3}"
)


@dataclass(frozen=True)
class Telling:
    """A sentence of an article, or a few, and the number of the story that the article tells.

    `vectors` are those of its tokens, (tokens, dimension) and each of length one.
    """

    quote: Quote
    story: int | None
    vectors: Floats

    @property
    def article(self) -> Article:
        return self.quote.article

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content terms and its numbers, with one name for all words for a death, say."""
        return told_terms(self.quote.text)

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts(self.quote.text)

    @cached_property
    def days(self) -> list[Day]:
        return days(self.quote.text)

    @cached_property
    def lower(self) -> str:
        return self.quote.text.casefold()

    @cached_property
    def words(self) -> list[str]:
        return WORD.findall(self.lower)

    @cached_property
    def unsure(self) -> frozenset[str]:
        """Its words of doubt, denial and intention."""
        return unsure(self.quote.text)

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """What its longer words begin with: a first look at what two sentences share."""
        return frozenset(word[:4] for word in self.words if len(word) > 3)

    @cached_property
    def names(self) -> frozenset[str]:
        """Its names, but for those of who is quoted: papers ask different people."""
        return _names_of(_SPEAKER.sub(" ", self.quote.text))


def told_terms(text: str) -> frozenset[str]:
    """The content terms of a text and its numbers, with one name for all words for a death, say."""
    found = (one.told if one.kind is Kind.NUMBER else kind_of(one.told) for one in tokens(text))
    return frozenset(filter(None, found))


def _alike(one: Telling, other: Telling) -> bool:
    """Whether the tokens of each sentence have their like in the other."""
    if not len(one.vectors) or not len(other.vectors):
        return False
    similarity = one.vectors @ other.vectors.T
    less, more = sorted(float(np.mean(similarity.max(axis=axis))) for axis in (0, 1))
    return less >= ALIKE or (less >= HOLDS and more >= HELD)


def same_thing(one: Telling, other: Telling) -> bool:
    """Whether two sentences of different articles speak of the same thing, whatever they say.

    The same in every respect but for numbers and dates.
    """
    if max(len(one.quote.text), len(other.quote.text)) > LONGEST:
        return False
    # What costs least decides most.
    few = min(len(one.beginnings), len(other.beginnings))
    if len(one.beginnings & other.beginnings) < FIRST_LOOK * few or not _alike(one, other):
        return False
    shared, fewest = len(one.terms & other.terms), min(len(one.terms), len(other.terms))
    return (
        shared >= max(1.0, SHARED * fewest)
        and not _asks(one)
        and not _asks(other)
        and one.unsure - REPORTED == other.unsure - REPORTED
        and not ENGLISH.isdisjoint(one.words)
        and not ENGLISH.isdisjoint(other.words)
        and not opposed(one.words, other.words)
        and _share_a_name(one, other)
        and not _names_differ(one, other)
        and not _weekdays_differ(one, other)
    )


def days_apart(one: Article, other: Article) -> int | None:
    """The days between the publication of two articles; None where one is not dated."""
    if one.published is None or other.published is None:
        return None
    return abs((_day(one.published) - _day(other.published)).days)


def published_key(article: Article) -> tuple[str, str]:
    """The day and the time of publication: earlier articles before later ones.

    Those that do not tell the hour come after the others of their day, and those without a date
    last. Times without a zone are taken for UTC.
    """
    when = article.published
    if when is None:
        return "9999-12-31", "24"
    if not isinstance(when, datetime):
        return when.isoformat(), "24"
    when = when.astimezone(UTC) if when.tzinfo else when
    return when.date().isoformat(), when.time().isoformat()


def _day(published: date) -> date:
    return date(published.year, published.month, published.day)


def _asks(one: Telling) -> bool:
    return "?" in one.quote.text


def _share_a_name(one: Telling, other: Telling) -> bool:
    """Whether two sentences name one person or place, or else their articles do from the first on.

    "Police arrested 45 people" may be said of two towns.
    """
    if one.names & other.names:
        return True
    shared = _names_of(one.article.text[:OPENING]) & _names_of(other.article.text[:OPENING])
    return len(shared) >= FEWEST_NAMES


def _names_of(text: str) -> frozenset[str]:
    """The names of a text; the word that opens a sentence is one where another name follows."""
    found = list(tokens(text))
    following = [*(one.kind for one in found[1:]), Kind.WORD]
    return frozenset(
        one.told
        for one, then in zip(found, following, strict=True)
        if one.kind is Kind.NAME or (one.kind is Kind.OPENING and then is Kind.NAME)
    )


def _names_differ(one: Telling, other: Telling) -> bool:
    """Whether each names somebody or some place that the other's article does not know."""
    return _names_alone(one, other) and _names_alone(other, one)


def _names_alone(one: Telling, other: Telling) -> bool:
    missing = one.names - other.names
    if not missing:
        return False
    there = f"{other.article.title} {other.article.text[:PROSE_READ]}".casefold()
    return any(name not in there for name in missing)


def _weekdays_differ(one: Telling, other: Telling) -> bool:
    here, there = (_WEEKDAYS.intersection(told.words) for told in (one, other))
    if not here or not there:
        return False
    return here.isdisjoint(there) or (days_apart(one.article, other.article) or 0) > _WEEK

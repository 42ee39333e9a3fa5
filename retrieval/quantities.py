"""The numbers of a text as values: from where to where, of what, and with which words beside them.

What cannot be told apart with certainty is left out: a number that is not read accuses nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf

from retrieval.numerals import Number, Token, begins_number, numbers, tokens, told
from retrieval.records import Span
from retrieval.words import content_terms

ABOUT = 0.15
"""How far from a number what is told as "about" it may lie, as a share of it."""

NEAR = 5
"""Content words on each side of a number that tell what it counts."""

_PARTED = frozenset(',;:–—()"“”.!?…')
"""Signs that part the words about one number from those about the next."""

_PARTING = frozenset("and but while whereas although though including include includes".split())

_AT_LEAST = frozenset(("more than", "at least", "over", "above", "no fewer than", "exceeding"))
_AT_MOST = frozenset(("up to", "fewer than", "less than", "under", "below", "at most"))
_NOT_QUITE = frozenset(("nearly", "almost", "just under"))
_ROUGHLY = frozenset("about around some roughly approximately estimated circa".split())

_HOURS = frozenset("am pm o'clock o’clock h hrs".split())

_PART = frozenset(
    "another additional other others more further extra them these those from".split()
)
"""Beside these, a number counts a part, what came on top, or what was before."""

GENERIC = content_terms("people persons person lives victims others")
"""What says too little of what is counted."""

DATES = frozenset(
    "january february march april may june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow"
    " year month week day hour ago".split()
)
"""Words of dates: they tell when, and not what is counted."""

_KINDS = {
    "dead": "dead dies died die dying death deaths kill killed kills killing killings fatalities"
    " fatality fatal toll perished",
    "hurt": "hurt injured injures injure injuries injury wounded wounds",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a text: it lies from `low` to `high`, and may be rounded to multiples of `step`.

    `span` are its characters with those of what it counts. `unit` is the term for that, empty
    where nothing follows it; `near` are the terms beside it. `part` tells that it counts a part.
    """

    span: Span
    low: float
    high: float
    step: float
    unit: str
    near: frozenset[str]
    part: bool

    def allows(self, other: Amount) -> bool:
        """Whether both can be true of one thing."""
        if self.low <= other.high and other.low <= self.high:
            return True
        return self._rounded_from(other) or other._rounded_from(self)

    def counts_what(self, other: Amount) -> bool:
        """Whether both count the same: the same unit, and a word in common besides."""
        shared = (self.near & other.near) - {_unit(self.unit)}
        whole = not self.part and not other.part
        return whole and bool(shared) and _unit(self.unit) == _unit(other.unit)

    def _rounded_from(self, other: Amount) -> bool:
        exact = self.low == self.high and other.low == other.high
        return exact and other.step < self.step and abs(self.low - other.low) <= self.step / 2


def amounts(text: str) -> list[Amount]:
    """The numbers of a text that count or measure something, in order."""
    words = list(tokens(text))
    return [
        _amount(words, number) for number in numbers(words) if not _is_no_count(text, words, number)
    ]


def _unit(term: str) -> str:
    """What a number counts; empty for people, dead or alive."""
    return "" if term in GENERIC or any(term in _terms_of(kind) for kind in _KINDS) else term


def _amount(words: Sequence[Token], number: Number) -> Amount:
    rough, first = _roughly(words, number.first)
    unit = "".join(token.unit for token in words[number.first : number.last])
    after = number.last
    if told(words, after) in ("%", "percent"):
        unit, after = "%", after + 1
    elif told(words, after) == "per" and told(words, after + 1) == "cent":
        unit, after = "%", after + 2
    right = _beside(words, range(after, len(words)))
    near = frozenset(term for _, term in (*_beside(words, range(first - 1, -1, -1)), *right))
    part = (unit != "%" and told(words, after) == "of") or not _PART.isdisjoint(
        (told(words, first - 1), told(words, after), told(words, after + 1))
    )
    if not unit and told(words, after) not in _PARTED | _PARTING:
        unit = _term(told(words, after))
        after += bool(unit)
    ends = [after, *(at + 1 for at, term in right if term in _KINDS)][:2]
    low, high = _range(number, rough)
    span = Span(words[first].span.start, words[max(ends) - 1].span.end)
    return Amount(span, low, high, number.step, unit, near - GENERIC, part)


def _range(number: Number, rough: str) -> tuple[float, float]:
    """From where to where a number lies that is told as rough."""
    value, off = number.value, number.value * ABOUT
    if rough in _AT_LEAST:
        return value, inf
    if rough in _AT_MOST:
        return -inf, value
    if rough in _NOT_QUITE:
        return value - off, value
    return (value - off, value + off) if rough or number.rough else (value, value)


def _is_no_count(text: str, words: Sequence[Token], number: Number) -> bool:
    """Whether a number is of a date, an hour or a name, or an age between commas."""
    before, after = told(words, number.first - 1), told(words, number.last)
    if before in DATES or after in DATES or after in _HOURS:
        return True
    if after in ("a", "p") and told(words, number.last + 1) == ".":
        return True
    if before == "," and after in (",", "."):
        return True
    begins = number.first < 2 or told(words, number.first - 2) in '.!?"“:'
    capital = before.isalpha() and text[words[number.first - 1].span.start].isupper()
    return (capital and not begins) or before in ("#", "-", "–", "/", "+")


def _roughly(words: Sequence[Token], first: int) -> tuple[str, int]:
    """The words that make a number rough, and the place of the first of them."""
    for length in (3, 2, 1):
        before = " ".join(told(words, at) for at in range(first - length, first))
        if before in _AT_LEAST | _AT_MOST | _NOT_QUITE | _ROUGHLY:
            return before, first - length
    return "", first


def _beside(words: Sequence[Token], places: range) -> list[tuple[int, str]]:
    """The nearest content words in a direction, up to where another clause or number begins."""
    found: list[tuple[int, str]] = []
    for at in places:
        word = told(words, at)
        if word in _PARTED | _PARTING or begins_number(words, at) or len(found) == NEAR:
            break
        if word not in DATES and (term := kind_of(word)):
            found.append((at, term))
    return found


@cache
def _term(word: str) -> str:
    return next(iter(content_terms(word)), "")


@cache
def kind_of(word: str) -> str:
    """The term of a word, one for all that tell of a death; empty where it says too little."""
    term = _term(word)
    return next((kind for kind in _KINDS if term in _terms_of(kind)), term)


def kinds_of(words: str) -> frozenset[str]:
    """The terms of some words, with the same names for kinds."""
    return frozenset(map(kind_of, words.split()))


@cache
def _terms_of(kind: str) -> frozenset[str]:
    return content_terms(_KINDS[kind])

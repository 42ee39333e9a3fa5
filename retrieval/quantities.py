"""The numbers of a text as values: from where to where, of what, and with which words beside them.

What cannot be told apart with certainty is left out: a number that is not read accuses nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf

from retrieval.records import Span
from retrieval.words import content_terms

ABOUT = 0.15
"""How far from a number what is told as "about" it may lie, as a share of it."""

NEAR = 3
"""Content words on each side of a number that tell what it counts."""

YEARS = range(1500, 2100)
"""Numbers of four digits that are years as a rule."""

_TEENS = (
    "zero - two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_TEENS)} | {
    word: 10 * value for value, word in enumerate(_TENS)
}
_LARGE = {"dozen": 12, "hundred": 100, "thousand": 10**3} | {
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_SIGNS = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₩": "won", "₹": "rupee"}

_TOKEN = re.compile(
    r"(?P<sign>[$£€¥₩₹])?"
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<letter>(?:k|mn?|bn|tn)\b)?(?P<rest>[\w:/.–-]*\w)?"
    r"|(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)|(?P<other>[^\w\s])"
)
_PARTED = frozenset(',;:–—()"“”.!?…')
"""Signs that part the words about one number from those about the next."""

_PARTING = frozenset("and but while whereas although though including include includes".split())

_AT_LEAST = frozenset(("more than", "at least", "over", "above", "no fewer than", "exceeding"))
_AT_MOST = frozenset(("up to", "fewer than", "less than", "under", "below", "at most"))
_NOT_QUITE = frozenset(("nearly", "almost", "just under"))
_ROUGHLY = frozenset(
    "about around some roughly approximately estimated circa or-so as-many-as".split()
)
_MOST_WORDS_BEFORE = 3

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
        """Whether both count the same: the same unit, and a word in common about it."""
        if self.part or other.part or not self.near & other.near:
            return False
        return _unit(self.unit) == _unit(other.unit)

    def _rounded_from(self, other: Amount) -> bool:
        exact = self.low == self.high and other.low == other.high
        return exact and other.step < self.step and abs(self.low - other.low) <= self.step / 2


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a number or a sign of a text."""

    told: str
    span: Span
    value: float | None = None
    step: float = 1.0
    unit: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in one or several tokens, from the first to before the last."""

    first: int
    last: int
    value: float
    step: float
    rough: bool = False


def amounts(text: str) -> list[Amount]:
    """The numbers of a text that count or measure something, in order."""
    tokens = list(_tokens(text))
    found = []
    at = 0
    while at < len(tokens):
        number = _number(tokens, at)
        if number is None:
            at += 1
            continue
        at = number.last
        amount = _amount(text, tokens, number)
        if amount:
            found.append(amount)
    return found


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        span = Span(*found.span())
        if not found["digits"]:
            yield _Token(found[0].lower(), span)
            continue
        digits = re.sub(r"[,\u00a0\u202f]", "", found["digits"])
        scale = _LETTERS.get(found["letter"] or "", 1)
        unit = _SIGNS.get(found["sign"] or "", "")
        # 1.200 is one and a fifth to some and twelve hundred to others.
        unsure = bool(found["rest"]) or re.fullmatch(r"\d{1,3}\.\d{3}", found["digits"]) is not None
        year = re.fullmatch(r"\d{4}", found["digits"]) and not unit and int(digits) in YEARS
        yield _Token(
            found[0].lower(),
            span,
            float(digits) * scale,
            _step(digits) * scale,
            unit,
            unsure or bool(year),
        )


def _step(digits: str) -> float:
    """The place of the last digit that is not a zero: 100 for 300, a tenth for 3.5."""
    whole, _, decimals = digits.partition(".")
    if decimals:
        return float(10 ** -len(decimals))
    return float(10 ** (len(whole) - len(whole.rstrip("0")))) if whole.strip("0") else 1.0


def _unit(term: str) -> str:
    """What a number counts; empty for people, dead or alive."""
    return "" if term in GENERIC or any(term in _terms_of(kind) for kind in _KINDS) else term


def _number(tokens: Sequence[_Token], at: int) -> _Number | None:
    """The number that begins at a token, in digits or in words."""
    token, last = tokens[at], at + 1
    rough = False
    if token.value is not None:
        value, step = token.value, token.step
    elif token.told in ("a", "one") and _told(tokens, at + 1) in _LARGE:
        value, step, rough = 1.0, 1.0, token.told == "a"
    elif token.told == "half" and _told(tokens, at + 1) in ("a", "dozen"):
        value, step, rough, last = 0.5, 0.5, True, at + 1 + (_told(tokens, at + 1) == "a")
        if _told(tokens, last) not in _LARGE:
            return None
    else:
        small = _small(token.told)
        if small is None:
            return None
        value = step = float(small)
        if "-" not in token.told and small >= 20 and (_small(_told(tokens, last)) or 20) < 10:
            value += _small(_told(tokens, last)) or 0
            last += 1
        step = _step(str(int(value)))
    while _told(tokens, last) in _LARGE:
        scale = _LARGE[_told(tokens, last)]
        value, step, last = value * scale, step * scale, last + 1
        rest = _small(_told(tokens, last + 1)) if _told(tokens, last) == "and" else None
        if scale == 100 and rest:
            value, step, last = value + rest, _step(str(rest)), last + 2
    return _Number(at, last, value, step, rough)


def _small(word: str) -> int | None:
    tens, _, ones = word.partition("-")
    if not ones:
        return _SMALL.get(word)
    value, more = _SMALL.get(tens, 0), 1 if ones == "one" else _SMALL.get(ones, 0)
    return value + more if value >= 20 and 0 < more < 10 else None


def _told(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at].told if 0 <= at < len(tokens) else ""


def _amount(text: str, tokens: Sequence[_Token], number: _Number) -> Amount | None:
    first, last = number.first, number.last
    if any(token.unsure for token in tokens[first:last]) or _is_label(text, tokens, first):
        return None
    if not DATES.isdisjoint({_told(tokens, first - 1), _told(tokens, last)}):
        return None
    unit = "".join(token.unit for token in tokens[first:last])
    before = _words_before(tokens, first)
    rough, begin = _roughly(before, first)
    low = high = number.value
    if rough in _AT_LEAST:
        high = inf
    elif rough in _AT_MOST:
        low = -inf
    elif rough in _NOT_QUITE:
        low = number.value * (1 - ABOUT)
    elif rough or number.rough:
        low, high = number.value * (1 - ABOUT), number.value * (1 + ABOUT)
    if _told(tokens, last) in ("%", "percent") or (
        _told(tokens, last) == "per" and _told(tokens, last + 1) == "cent"
    ):
        unit, last = "%", last + 1 + (_told(tokens, last) == "per")
    left, right = (
        _beside(tokens, range(begin - 1, -1, -1)),
        _beside(tokens, range(last, len(tokens))),
    )
    part = (unit != "%" and _told(tokens, last) == "of") or not _PART.isdisjoint(
        {_told(tokens, begin - 1), _told(tokens, last), _told(tokens, last + 1)}
    )
    if not unit and last < len(tokens) and _told(tokens, last) not in _PARTED | _PARTING:
        unit = _term(tokens[last].told)
        last += bool(unit)
    kinds = [at for at, _ in right if kind_of(tokens[at].told) in _KINDS]
    end = tokens[max([last - 1, *kinds[:1]])].span.end
    near = frozenset(kind for at, _ in (*left, *right) if (kind := kind_of(tokens[at].told)))
    return Amount(
        Span(tokens[begin].span.start, end), low, high, number.step, unit, near - GENERIC, part
    )


def _is_label(text: str, tokens: Sequence[_Token], first: int) -> bool:
    """Whether a number is a name's, an age's between commas, or one of a list: no count."""
    before = tokens[first - 1] if first else None
    if before is None:
        return False
    if before.told == "," and first + 1 < len(tokens) and tokens[first + 1].told in ",.":
        return True
    begins = first < 2 or tokens[first - 2].told in '.!?"“:'
    named = text[before.span.start].isupper() and before.told.isalpha() and not begins
    return named or before.told in ("#", "-", "–", "/", "+")


def _words_before(tokens: Sequence[_Token], first: int) -> list[str]:
    return [token.told for token in tokens[max(0, first - _MOST_WORDS_BEFORE) : first]]


def _roughly(before: Sequence[str], first: int) -> tuple[str, int]:
    """The words that make a number rough, and the token that they begin with."""
    for length in range(min(len(before), _MOST_WORDS_BEFORE), 0, -1):
        told = " ".join(before[-length:])
        if told in _AT_LEAST | _AT_MOST | _NOT_QUITE | _ROUGHLY:
            return told, first - length
    return "", first


def _beside(tokens: Sequence[_Token], places: range) -> list[tuple[int, str]]:
    """The nearest content words in a direction, up to where another clause or number begins."""
    found: list[tuple[int, str]] = []
    for at in places:
        told = tokens[at].told
        if (
            told in _PARTED
            or told in _PARTING
            or tokens[at].value is not None
            or len(found) == NEAR
        ):
            break
        if _small(told) or told in _LARGE:
            break
        if told not in DATES and (term := _term(told)):
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

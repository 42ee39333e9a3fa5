"""Numbers in digits and in words, as values, with the words and signs between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from retrieval.records import Span

YEARS = range(1500, 2100)
"""Numbers of four digits that are years as a rule."""

MOST_DIGITS = 15
"""Digits of a number that counts anything."""

_BELOW_TWENTY = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = (
    {"zero": 0}
    | {word: value for value, word in enumerate(_BELOW_TWENTY, 2)}
    | {word: 10 * value for value, word in enumerate(_TENS, 2)}
)
"""Numbers below a hundred, each a word, but for "one", which is as often none."""

_LARGE = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
IN_WORDS = (*SMALL, *_LARGE)

_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_SIGNS = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₩": "won", "₹": "rupee"}

_RANGING = frozenset(("to", "or", "and", "in"))
_PARTS_THOUSANDS = re.compile(r"[,\u00a0\u202f]")
_TOKEN = re.compile(
    r"(?P<sign>[$£€¥₩₹])?"
    r"(?P<digits>[0-9]{1,3}(?:[,\u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
    r"(?P<letter>(?:k|mn?|bn|tn)\b)?(?P<rest>[\w:/.,–-]*\w)?"
    r"|(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)|(?P<other>[^\w\s])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number in digits or a sign of a text, in lower case.

    `step` is the multiple to which a number may be rounded, and `unit` the currency whose sign
    stands before it. A number that can be read in two ways, or is a year, is `unsure`.
    """

    told: str
    span: Span
    value: float | None = None
    step: float = 1.0
    unit: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number in one or several tokens, `tokens[first:last]`; "a dozen" is a rough one."""

    first: int
    last: int
    value: float
    step: float
    rough: bool = False


def tokens(text: str) -> Iterator[Token]:
    """The words, numbers and signs of a text, in order."""
    for found in _TOKEN.finditer(text):
        if found["digits"]:
            yield _in_digits(found)
        else:
            yield Token(found[0].lower(), Span(*found.span()))


def numbers(text: Sequence[Token]) -> Iterator[Number]:
    """The numbers of a text, in digits or in words, but for parts of dates, ranges and the like."""
    at = 0
    while at < len(text):
        number = _number_at(text, at)
        at = number.last if number else at + 1
        if number and not _is_unsure(text, number):
            yield number


def begins_number(text: Sequence[Token], at: int) -> bool:
    """Whether a number begins at a token, be there one."""
    return 0 <= at < len(text) and _number_at(text, at) is not None


def told(text: Sequence[Token], at: int) -> str:
    """The word at a place; nothing before the first and after the last."""
    return text[at].told if 0 <= at < len(text) else ""


def _in_digits(found: re.Match[str]) -> Token:
    digits = _PARTS_THOUSANDS.sub("", found["digits"])
    span, word = Span(*found.span()), found[0].lower()
    if len(digits) > MOST_DIGITS:
        return Token(word, span, value=0.0, unsure=True)
    scale = _LETTERS.get(found["letter"] or "", 1)
    unit = _SIGNS.get(found["sign"] or "", "")
    is_year = not unit and re.fullmatch(r"\d{4}", found["digits"]) and int(digits) in YEARS
    # 1.200 is one and a fifth to some, and twelve hundred to others.
    two_ways = re.fullmatch(r"\d{1,3}\.\d{3}", found["digits"]) is not None
    unsure = bool(found["rest"] or two_ways or is_year)
    return Token(word, span, float(digits) * scale, _step(digits) * scale, unit, unsure)


def _step(digits: str) -> float:
    """The place of the last digit that is not a zero: 100 for 300, a tenth for 3.5."""
    whole, _, decimals = digits.partition(".")
    if decimals:
        return float(10 ** -len(decimals))
    return float(10 ** (len(whole) - len(whole.rstrip("0")))) if whole.strip("0") else 1.0


def _number_at(text: Sequence[Token], at: int) -> Number | None:
    token, last, rough = text[at], at + 1, False
    if token.value is not None:
        value, step = token.value, token.step
    elif token.told in ("a", "one") and told(text, last) in _LARGE:
        value, step, rough = 1.0, 1.0, token.told == "a"
    elif token.told == "half" and told(text, last + (told(text, last) == "a")) in _LARGE:
        value, step, rough, last = 0.5, 0.5, True, last + (told(text, last) == "a")
    else:
        small = _small(token.told)
        if small is None:
            return None
        ones = _ones(told(text, last))
        if ones and small in range(20, 100, 10):
            small, last = small + ones, last + 1
        value, step = float(small), _step(str(small))
    return _multiplied(text, Number(at, last, value, step, rough))


def _multiplied(text: Sequence[Token], number: Number) -> Number:
    """A number with the hundreds, thousands or dozens that follow it."""
    value, step, last = number.value, number.step, number.last
    while told(text, last) in _LARGE:
        scale = _LARGE[told(text, last)]
        value, step, last = value * scale, step * scale, last + 1
        rest = _small(told(text, last + 1)) if told(text, last) == "and" else None
        if scale == 100 and rest:
            value, step, last = value + rest, _step(str(rest)), last + 2
    return replace(number, value=value, step=step, last=last)


def _small(word: str) -> int | None:
    """A number below a hundred in words."""
    tens, _, ones = word.partition("-")
    if not ones:
        return SMALL.get(word)
    value, more = SMALL.get(tens, 0), _ones(ones)
    return value + more if value >= 20 and more else None


def _ones(word: str) -> int:
    """A number from one to nine in words; 0 for what is none."""
    value = 1 if word == "one" else SMALL.get(word, 0)
    return value if value < 10 else 0


def _is_unsure(text: Sequence[Token], number: Number) -> bool:
    parts = text[number.first : number.last]
    return any(token.unsure for token in parts) or _is_of_a_range(text, number)


def _is_of_a_range(text: Sequence[Token], number: Number) -> bool:
    """Whether another number stands next to it, or beyond "to", "or" or "in": one in five."""
    before = number.first - (2 if told(text, number.first - 1) in _RANGING else 1)
    after = number.last + (told(text, number.last) in _RANGING)
    ends = told(text, before) == "one" or (before >= 0 and _ends_number(text, before))
    return ends or begins_number(text, after)


def _ends_number(text: Sequence[Token], at: int) -> bool:
    return begins_number(text, at) or told(text, at) in _LARGE

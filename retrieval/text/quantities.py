"""Quantities: the numbers and dates of an English text as values, unless they are ambiguous."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from math import inf

from retrieval.records import Span
from retrieval.text import dates
from retrieval.text.near_duplicates import ONES, SMALL, TENS
from retrieval.text.terms import KINDS, kinds_of

WORD = re.compile("[\\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963]+")
"""A word with its accents and vowel signs."""

WINDOW = 8  # words of its clause on each side of a value that give its subject
YEARS = range(1500, 2100)  # four-digit numbers that are usually years

ROUNDED = 0.49
"""By how much of the place of its last digit a number may be rounded; with .5, the floats 1.1 and
1.2 would touch."""

DATE = "a date"  # unit of dates, which is no term

_PEOPLE = kinds_of("people persons person lives victims others")
"""Words that do not say what is counted."""

_SIGNS = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₩": "won", "₹": "rupee"}
_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_SCALE = rf"(?:{'|'.join(_SCALES)})\b"
_SMALL = (
    rf"(?:(?:{'|'.join(TENS)})[-\s](?:{'|'.join(ONES)})"
    rf"|(?:{'|'.join(sorted(SMALL, key=len, reverse=True))}))\b(?![-'’]\w)"
)
_ROUGH = {
    "more than|at least|over|above|no fewer than|exceeding": (1.0, 1e9),
    "up to|fewer than|less than|under|below|at most": (0.0, 1.0),
    "nearly|almost|just under": (0.85, 1.0),
    "about|around|some|roughly|approximately|estimated|circa": (0.85, 1.15),
}
"""Factors for the least and the most that a number after these words may mean."""

_NUMBER = re.compile(
    rf"(?i)(?<![\w.,:/'’+#–-])(?:(?P<rough>{'|'.join(_ROUGH)})\s+)?(?P<sign>[$£€¥₩₹])?"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]{1,2})?"
    rf"(?:(?:{'|'.join(_LETTERS)})\b)?|{_SMALL})(?![\w:/.,–-]*\w)"
    rf"(?P<more>(?:\s+{_SCALE}|(?<=hundred)\s+and\s+{_SMALL})*)(?P<percent>\s?%|\s+per\s?cent\b)?"
)
_PART = re.compile(r"[0-9,.]+|[a-z]+")
_UNIT = re.compile(r"\s+([^\W\d_]+)")
_CLAUSE_END = re.compile(
    r"[,;:()“”\"–—!?…]|\.(?:\s|\Z)|\b(?:and|but|while|whereas|although|though|includ\w+|before|after)\b"
    rf"|\b(?i:\d[\w.]*|{_SMALL})"
)
_RANGE = r"\s+(?:(?:to|or|and)\s+|in\s+(?!\d{4}))?"  # also "one in ten"
_NOT_COUNTED_BEFORE = re.compile(
    r"(?<=[\w,;] )[A-Z]\w*\s+\Z|[#/+–-]\s*\Z"  # the number of a thing: "the Boeing 737"
    r"|\b(?i:another|additional|other|further|these|those|them|from|more)\s+\Z"
    rf"|\b(?i:\d[\w.,]*%?|{_SMALL})(?:\s{_SCALE})*{_RANGE}\Z"
)
_NOT_COUNTED_AFTER = re.compile(
    r"[\s-]+(?:(?:years?|months?|weeks?|days?|hours?|minutes?)\b|[ap]\.?m\b|o['’]clock|ago\b)"
    r"|\s+(?:of\b|(?:\w+\s+)?(?:others?|more|further|additional|them|these|those|from)\b|and a\b)"
    rf"|{_RANGE}(?:[$£€¥₩₹]?\d|{_SMALL})"
)
"""Beside these words, a number is a name or a time, or counts a part or an earlier state."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number or date at `span` of a text.

    `unit` is the term of what is counted, empty for people, or `DATE`. `ranges` are those of the
    number, or of the year, the month and the day of a date. `near` are the terms of the clause.
    """

    span: Span
    unit: str
    ranges: tuple[tuple[float, float], ...]
    near: frozenset[str]

    def allows(self, other: Value) -> bool:
        """Whether both can be true of one thing, or measure different things."""
        return self.unit != other.unit or all(map(meet, self.ranges, other.ranges))


def meet(some: tuple[float, float], others: tuple[float, float]) -> bool:
    return some[0] < others[1] and others[0] < some[1]


def values(text: str) -> tuple[list[Value], list[Value]]:
    """The numbers of a text that count or measure something, and its dates."""
    mentions = dates.find_dates(text, date.max)
    amounts = [
        _amount(number)
        for number in _NUMBER.finditer(text)
        if not any(m.start < number.end() and number.start() < m.span.end for m in mentions)
        and _counts(number)
    ]
    stated = [m for m in mentions if re.search(r"\d", text[slice(*m.span)])]
    forms = dates.Kind.DAY, dates.Kind.MONTH, dates.Kind.YEAR
    return amounts, [_date(text, mention) for mention in stated if mention.kind in forms]


def _date(text: str, mention: dates.DateMention) -> Value:
    """A date as far as a text states it."""
    words, day = text[slice(*mention.span)].rstrip("."), mention.days.since
    parts = (
        day.year if re.search(r"\d{4}", words) else None,
        day.month if mention.kind is not dates.Kind.YEAR else None,
        day.day if mention.kind is dates.Kind.DAY else None,
    )
    ranges = tuple((-inf, inf) if part is None else (part, part + 1) for part in parts)
    span = Span(mention.span.start, mention.span.start + len(words))
    return Value(span, DATE, ranges, _near(text, *span))


def _counts(number: re.Match[str]) -> bool:
    """Whether a number counts something whole: no year, time, age, name or part."""
    before, after = number.string[: number.start()], number.string[number.end() :]
    return not (
        number[0].lower() == "one"
        or (number[0].isdecimal() and int(number[0]) in YEARS)
        or (before.endswith(", ") and after.startswith((",", ".")))
        or _NOT_COUNTED_BEFORE.search(before)
        or (_NOT_COUNTED_AFTER.match(after) and not number["percent"])
    )


def _amount(number: re.Match[str]) -> Value:
    """A number with what it counts."""
    value = place = 0.0  # the place of the last digit that is not a zero
    for part in _PART.findall(f"{number['number']}{number['more']}".lower()):
        if factor := _SCALES.get(part) or _LETTERS.get(part):
            value, place = value * factor, place * factor
        elif part != "and":
            digits = str(SMALL.get(part, part)).replace(",", "")
            decimals = digits.partition(".")[2]
            value += float(digits)
            place = 10.0 ** (-len(decimals) if decimals else len(digits) - len(digits.rstrip("0")))
    rough = number["rough"] or ""
    bounds = (pair for words, pair in _ROUGH.items() if re.fullmatch(words, rough, re.IGNORECASE))
    least, most = next(bounds, (1.0, 1.0))
    margin = ROUNDED * (1.0 if rough else place)
    unit, end = _SIGNS.get(number["sign"], "%" if number["percent"] else ""), number.end()
    counted = None if unit else _UNIT.match(number.string, end)
    if counted and (terms := kinds_of(counted[1])):
        unit, end = min(terms), counted.end()
    if unit in _PEOPLE or unit in KINDS.values():
        unit = ""
    ranges = ((value * least - margin, value * most + margin),)
    return Value(Span(number.start(), end), unit, ranges, _near(number.string, *number.span()))


def _near(text: str, start: int, end: int) -> frozenset[str]:
    left = WORD.findall(_CLAUSE_END.split(text[:start])[-1])[-WINDOW:]
    right = WORD.findall(_CLAUSE_END.split(text[end:])[0])[:WINDOW]
    return kinds_of(" ".join([*left, *right])) - _PEOPLE

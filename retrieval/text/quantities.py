"""Quantities: the numbers and dates of an English text as values, unless they are ambiguous."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from retrieval.records import Span
from retrieval.text.dates import MONTHS
from retrieval.text.languages import ENGLISH
from retrieval.text.near_duplicates import ONES, SMALL, TENS
from retrieval.text.terms import content_terms

WORD = re.compile("[\\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963]+")
"""A word with its accents and vowel signs."""

WINDOW = 8  # words of its clause on each side of a value that give its subject

YEARS = range(1500, 2100)
"""Four-digit numbers that are usually years."""

_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
_SIGNS = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₩": "won", "₹": "rupee"}

_ABOUT, _MANY = 0.15, 1e9
_ROUGH = {
    words: bounds
    for phrases, bounds in (
        ("more than|at least|over|above|no fewer than|exceeding", (1.0, _MANY)),
        ("up to|fewer than|less than|under|below|at most", (0.0, 1.0)),
        ("nearly|almost|just under", (1 - _ABOUT, 1.0)),
        ("about|around|some|roughly|approximately|estimated|circa", (1 - _ABOUT, 1 + _ABOUT)),
    )
    for words in phrases.split("|")
}
"""Factors for the least and the most that a number after these words may mean."""

_SCALE = rf"(?:{'|'.join(_SCALES)})\b"
_BELOW_HUNDRED = (
    rf"(?:(?:{'|'.join(TENS)})[-\s](?:{'|'.join(ONES)})"
    rf"|(?:{'|'.join(sorted(SMALL, key=len, reverse=True))}))\b(?![-'’]\w)"
)
_NUMBER = re.compile(
    rf"(?i)(?<![\w.,:/'’+#–-])(?:(?P<rough>{'|'.join(_ROUGH)})\s+)?(?P<sign>[$£€¥₩₹])?"
    r"(?:(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?P<decimals>\.[0-9]{1,2})?"
    rf"(?P<letter>(?:k|mn?|bn)\b)?|(?P<words>{_BELOW_HUNDRED}))(?![\w:/.,–-]*\w)"
    rf"(?P<more>(?:\s+{_SCALE}|(?<=hundred)\s+and\s+{_BELOW_HUNDRED})*)"
    r"(?P<percent>\s?%|\s+per\s?cent\b)?"
)
_RANGE = re.compile(r"(?i)\s+(?:(?:to|or|and|in)\s+)?")

_CLAUSE_END = re.compile(
    r"[,;:()“”\"–—!?…]|\.(?:\s|\Z)|\b(?:and|but|while|whereas|although|though|includ\w+|before|after)\b"
)
_PART_BEFORE = re.compile(
    r"(?i)\b(?:another|additional|other|further|these|those|them|from|more)\s+\Z"
)
_PART_AFTER = re.compile(
    r"\s+(?:of\b|(?:\w+\s+)?(?:others?|more|further|additional|them|these|those|from)\b|and a\b)"
)
"""Beside these words, a number counts a part, an addition, or an earlier state."""

_TIME_AFTER = re.compile(
    r"[\s-]+(?:(?:years?|months?|weeks?|days?|hours?|minutes?)\b|[ap]\.?m\b|o['’]clock|ago\b)"
)
_NAMED = re.compile(r"(?<=[\w,;] )[A-Z]\w*\s+\Z|[#/+–-]\s*\Z")
"""Before the number of a thing or a day: "the Boeing 737", "Tuesday 5"."""

_AGE = re.compile(r",\s\Z"), re.compile(r"[,.]")
_UNIT = re.compile(r"\s+([^\W\d_]+)")

PEOPLE = content_terms("people persons person lives victims others", ENGLISH)
"""Words that do not say what is counted."""

_KINDS = {
    term: kind
    for kind, words in {
        "dead": "dead dies died die dying death deaths kill killed kills killing killings"
        " fatalities fatality fatal toll perished",
        "hurt": "hurt injured injures injure injuries injury wounded wounds",
    }.items()
    for term in content_terms(words, ENGLISH)
}

_MONTH = (
    r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|Mar(?:ch|\.)|Apr(?:il|\.)|May|Jun[e.]|Jul[y.]|Aug(?:ust|\.)"
    r"|Sep(?:tember|t?\.)|Oct(?:ober|\.)|Nov(?:ember|\.)|Dec(?:ember|\.))"
)
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})(?:,? (?P<year>\d{{4}})\b)?"
    rf"|\b(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:|\.\d)"
    r"(?:,? (?P<year2>\d{4})\b)?"
    rf"|\b(?:(?P<month3>{_MONTH}) |(?<=in )|(?<=In )|(?<=ince )|(?<=of )|(?<=by ))"
    r"(?P<year3>\d{4})\b(?![,.]\d|[-–/])"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number from `low` to `high`, which may be rounded to a multiple of `step`.

    `span` are the characters of the number and its unit. `unit` is the term of what is counted,
    empty for people; `near` are the terms of the clause.
    """

    span: Span
    low: float
    high: float
    step: float
    unit: str
    near: frozenset[str]

    def allows(self, other: Amount) -> bool:
        """Whether both can be true of one thing, or count different things."""
        if self.unit != other.unit or (self.low <= other.high and other.low <= self.high):
            return True
        fine, coarse = sorted((self.step, other.step))
        exact = self.low == self.high and other.low == other.high
        return exact and fine < coarse and abs(self.low - other.low) <= coarse / 2


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as a text states it; `near` are the terms of its clause."""

    span: Span
    year: int | None
    month: int | None
    day: int | None
    near: frozenset[str]

    def allows(self, other: Date) -> bool:
        """Whether both can be the same date: no part that both state differs."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or its is None or mine == its for mine, its in pairs)


def kind_of(word: str) -> str:
    """The term of a word, the same for all words for death; empty for a function word."""
    return next(iter(kinds_of(word)), "")


@cache
def kinds_of(words: str) -> frozenset[str]:
    """The terms of some words, the same for all words for death."""
    return frozenset(_KINDS.get(term, term) for term in content_terms(words, ENGLISH))


def values(text: str) -> tuple[list[Amount], list[Date]]:
    """The numbers of a text that count or measure something, and its dates, in order."""
    dated = list(_DATE.finditer(text))
    numbers = [
        number
        for number in _NUMBER.finditer(text)
        if not any(match.start() < number.end() and number.start() < match.end() for match in dated)
    ]
    in_range = {
        number.start()
        for pair in pairwise(numbers)
        if _RANGE.fullmatch(text, pair[0].end(), pair[1].start())
        for number in pair
    }
    places = sorted([*dated, *numbers], key=lambda match: match.start())
    ends = [0, *(match.end() for match in places)]
    starts = [*(match.start() for match in places[1:]), len(text)]
    amounts, dates = list[Amount](), list[Date]()
    for match, end, start in zip(places, ends, starts, strict=False):
        before, after = text[end : match.start()], text[match.end() : start]
        if match.re is _DATE:
            dates.append(_date(match, _near(before, after)))
        elif match.start() not in in_range and _counts(match, before, after):
            amounts.append(_amount(match, _near(before, after), after))
    return amounts, dates


def _near(before: str, after: str) -> frozenset[str]:
    """The terms of a value's clause, from the text before and after it."""
    left = WORD.findall(_CLAUSE_END.split(before)[-1])[-WINDOW:]
    right = WORD.findall(_CLAUSE_END.split(after)[0])[:WINDOW]
    return kinds_of(" ".join([*left, *right])) - PEOPLE


def _counts(number: re.Match[str], before: str, after: str) -> bool:
    """Whether a number counts something whole: no year, time, age, name or part."""
    plain = "".join(filter(None, number.groups()))
    return not (
        plain.lower() == "one"
        or (plain.isdecimal() and int(plain) in YEARS)
        or _TIME_AFTER.match(after)
        or _NAMED.search(before)
        or (_AGE[0].search(before) and _AGE[1].match(after))
        or _PART_BEFORE.search(before)
        or (_PART_AFTER.match(after) and not number["percent"])
    )


def _amount(number: re.Match[str], near: frozenset[str], after: str) -> Amount:
    """A number with what it counts."""
    if number["words"]:
        value, step = _small(number["words"])
    elif number["decimals"]:
        value = float(number["digits"].replace(",", "") + number["decimals"])
        step = 10.0 ** (1 - len(number["decimals"]))
    else:
        value = int(number["digits"].replace(",", ""))
        step = _step(value)
    factor = _LETTERS.get((number["letter"] or "").lower(), 1)
    value, step = value * factor, step * factor
    for word in re.findall(rf"{_SCALE}|{_BELOW_HUNDRED}", number["more"], re.IGNORECASE):
        if scale := _SCALES.get(word.lower()):
            value, step = value * scale, step * scale
        else:
            small, step = _small(word)
            value += small
    low, high = _ROUGH.get(" ".join((number["rough"] or "").lower().split()), (1.0, 1.0))
    unit, end = _SIGNS.get(number["sign"] or "", "%" if number["percent"] else ""), number.end()
    if not unit and (counted := _UNIT.match(after)) and (term := kind_of(counted[1])):
        unit, end = term, end + counted.end()
    if unit in PEOPLE or unit in _KINDS.values():
        unit = ""
    return Amount(Span(number.start(), end), value * low, value * high, step, unit, near)


def _small(words: str) -> tuple[float, float]:
    value = sum(SMALL[word] for word in re.split(r"[-\s]", words.lower()))
    return value, _step(value)


def _step(value: int) -> float:
    """The place value of a number's last digit that is not a zero."""
    digits = str(value)
    return 10.0 ** (len(digits) - len(digits.rstrip("0"))) if value else 1.0


def _date(match: re.Match[str], near: frozenset[str]) -> Date:
    stated = {name.rstrip("23"): part for name, part in match.groupdict().items() if part}
    year, month, day = (stated.get(name) for name in ("year", "month", "day"))
    return Date(
        Span(*match.span()),
        int(year) if year else None,
        MONTHS.index(month[:3].lower()) + 1 if month else None,
        int(day) if day else None,
        near,
    )

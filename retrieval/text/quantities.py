"""The numbers and the dates of a text as values; those that can be read in two ways are left out.

Two of them are `comparable` if they count the same thing or tell when the same happened, and then
one `allows` the other if both can be true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import inf

from retrieval.records import Span
from retrieval.text.particulars import ONES, SMALL, TENS
from retrieval.words import WORD, content_terms

ABOUT = 0.15
"""How far a number may lie from one that is called "about" so much, as a share of it."""

NEAR = 5
"""Content words on each side of a number that say what it counts."""

BEFORE_DATE = 40
"""Characters before a date that say what happened then."""

YEARS = range(1500, 2100)
"""Numbers of four digits that are usually years."""

MOST_DIGITS = 15

_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_SIGNS = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₩": "won", "₹": "rupee"}

_AT_LEAST = ("more than", "at least", "over", "above", "no fewer than", "exceeding")
_AT_MOST = ("up to", "fewer than", "less than", "under", "below", "at most")
_NOT_QUITE = ("nearly", "almost", "just under")
_ROUGHLY = ("about", "around", "some", "roughly", "approximately", "estimated", "circa")


def _any_of(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(word.replace(" ", r"\s+") for word in longest_first) + ")"


_SCALE = rf"{_any_of(_SCALES)}\b"
_BELOW_HUNDRED = rf"(?:{_any_of(TENS)}[-\s]{_any_of(ONES)}|{_any_of(SMALL)})\b(?![-'’]\w)"
_NUMBER = re.compile(
    r"(?<![\w.,:/'’+#–-])"
    rf"(?:(?P<rough>{_any_of((*_AT_LEAST, *_AT_MOST, *_NOT_QUITE, *_ROUGHLY))})\s+)?"
    r"(?:(?P<sign>[$£€¥₩₹])?"
    r"(?P<digits>[0-9]{1,3}(?:[,\u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
    r"(?P<letter>(?:k|mn?|bn|tn)\b)?(?P<rest>[\w:/.,–-]*\w)?"
    rf"|(?P<half>half(?:\s+a)?|a)(?=\s+{_SCALE})|(?P<small>{_BELOW_HUNDRED}))"
    rf"(?P<more>(?:\s+{_SCALE}|(?<=hundred)\s+and\s+{_BELOW_HUNDRED})*)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s+(?:(?:to|or|and|in)\s+)?", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(?:%|per\s?cent\b)", re.IGNORECASE)

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]")
_PARTED = frozenset(
    ', ; : – — ( ) " “ ” . ! ? … and but while whereas although though including include includes'
    "".split()
)
"""What parts the words about one number from those about the next."""

_PART = frozenset(
    "another additional other others more further extra them these those from".split()
)
"""Beside one of these, a number counts a part, what came on top, or what was before."""

_HOURS = frozenset("am pm o'clock o’clock h hrs".split())

GENERIC = content_terms("people persons person lives victims others")
"""What says too little of what is counted."""

_DATE_WORDS = frozenset(
    "january february march april may june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow"
    " year month week day hour ago".split()
)
_KINDS = {
    "dead": "dead dies died die dying death deaths kill killed kills killing killings fatalities"
    " fatality fatal toll perished",
    "hurt": "hurt injured injures injure injuries injury wounded wounds",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number from `low` to `high`, which may be rounded to multiples of `step`.

    `span` has its characters and those of what it counts. `unit` is the term for that, empty
    where no word follows; `near` are the terms beside it. With `part`, it counts a part.
    """

    span: Span
    low: float
    high: float
    step: float
    unit: str
    near: frozenset[str]
    part: bool

    def comparable(self, other: Amount) -> bool:
        """Whether both count the same: the same unit, and a word in common besides."""
        shared = (self.near & other.near) - {_unit(self.unit)}
        whole = not self.part and not other.part
        return whole and bool(shared) and _unit(self.unit) == _unit(other.unit)

    def allows(self, other: Amount) -> bool:
        """Whether both can be true of one thing."""
        if self.low <= other.high and other.low <= self.high:
            return True
        return self._rounds(other) or other._rounds(self)

    def _rounds(self, other: Amount) -> bool:
        exact = self.low == self.high and other.low == other.high
        return exact and other.step < self.step and abs(self.low - other.low) <= self.step / 2


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as a text states it. `event` are the terms before it in its clause."""

    span: Span
    year: int | None
    month: int | None
    day: int | None
    event: frozenset[str]

    def comparable(self, other: Date) -> bool:
        """Whether both may say when the same happened."""
        return bool(self.event & other.event)

    def allows(self, other: Date) -> bool:
        """Whether both can be the same time: nothing that both state differs."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(one is None or two is None or one == two for one, two in pairs)


def amounts(text: str) -> list[Amount]:
    """The numbers of a text that count or measure something, in order."""
    found = list(_NUMBER.finditer(text))
    in_range = {
        one.start()
        for pair in pairwise(found)
        if _RANGE.fullmatch(text, pair[0].end(), pair[1].start())
        for one in pair
    }
    ends = [0, *(one.end() for one in found)]
    starts = [*(one.start() for one in found), len(text)]
    numbers = (
        _amount(text, one, begin, end)
        for one, begin, end in zip(found, ends, starts[1:], strict=False)
        if one.start() not in in_range
    )
    return [one for one in numbers if one]


def _amount(text: str, number: re.Match[str], begin: int, end: int) -> Amount | None:
    """The number with the words around it, up to the numbers before and after."""
    read = _read(number)
    before = [one[0] for one in _TOKEN.finditer(text, begin, number.start())]
    right = list(_TOKEN.finditer(text, number.end(), end))
    if read is None or _is_no_count(before, [one[0].lower() for one in right]):
        return None
    low, high, step = read
    last = number.end()
    unit = _SIGNS.get(number["sign"] or "", "")
    if percent := _PERCENT.match(text, last):
        unit, last = "%", percent.end()
        right = [one for one in right if one.start() >= last]
    after = [one[0].lower() for one in right]
    beside = list(_content([one.lower() for one in reversed(before)]))
    behind = list(_content(after))
    part = (unit != "%" and after[:1] == ["of"]) or not _PART.isdisjoint(
        (*(one.lower() for one in before[-1:]), *after[:2])
    )
    if not unit and right and after[0] not in _PARTED:
        unit = next(iter(content_terms(after[0])), "")
        last = right[0].end() if unit else last
    harm = next((right[at].end() for at, term in behind if term in _KINDS), 0)
    near = frozenset(term for _, term in (*beside, *behind)) - GENERIC
    return Amount(Span(number.start(), max(last, harm)), low, high, step, unit, near, part)


def _read(number: re.Match[str]) -> tuple[float, float, float] | None:
    """The least and the most that a number may be, and its step; None where that is unclear."""
    more = re.findall(rf"{_SCALE}|{_BELOW_HUNDRED}", number["more"], re.IGNORECASE)
    rough = " ".join((number["rough"] or "").lower().split())
    if digits := number["digits"]:
        plain = re.sub(r"[,\u00a0\u202f]", "", digits)
        is_year = not number["sign"] and re.fullmatch(r"\d{4}", digits) and int(digits) in YEARS
        # 1.200 is one and a fifth to some, and twelve hundred to others.
        two_ways = re.fullmatch(r"\d{1,3}\.\d{3}", digits)
        if number["rest"] or two_ways or is_year or len(plain) > MOST_DIGITS:
            return None
        scale = _LETTERS.get((number["letter"] or "").lower(), 1)
        value, step = float(plain) * scale, _step(plain) * scale
    elif number["half"]:
        value = step = 1.0 if number["half"].lower() == "a" else 0.5
        rough = rough or "about"
    else:
        value = _small(number["small"])
        step = _step(f"{value:.0f}")
        if value == 1 and not more:
            return None
    for word in more:
        if factor := _SCALES.get(word.lower()):
            value, step = value * factor, step * factor
        else:
            value, step = value + _small(word), _step(f"{_small(word):.0f}")
    return *_bounds(value, rough), step


def _bounds(value: float, rough: str) -> tuple[float, float]:
    if rough in _AT_LEAST:
        return value, inf
    if rough in _AT_MOST:
        return -inf, value
    return (
        value * (1 - ABOUT) if rough else value,
        value * (1 + ABOUT) if rough and rough not in _NOT_QUITE else value,
    )


def _small(words: str) -> float:
    return float(sum(SMALL[word] for word in re.split(r"[-\s]", words.lower())))


def _step(digits: str) -> float:
    """The place of the last digit that is not a zero: 100 for 300, a tenth for 3.5."""
    whole, _, decimals = digits.partition(".")
    if decimals:
        return float(10 ** -len(decimals))
    return float(10 ** (len(whole) - len(whole.rstrip("0")))) if whole.strip("0") else 1.0


def _is_no_count(before: list[str], after: list[str]) -> bool:
    """Whether a number is of a date, an hour or a name, or an age between commas."""
    left, right = before[-1] if before else "", after[0] if after else ""
    if left.lower() in _DATE_WORDS or right in _DATE_WORDS | _HOURS:
        return True
    if right in ("a", "p") and after[1:2] == ["."]:
        return True
    if left == "," and right in (",", "."):
        return True
    begins = len(before) < 2 or before[-2] in '.!?"“:'
    return (left[:1].isupper() and not begins) or left in ("#", "-", "–", "/", "+")


def _content(words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The nearest content words, up to where another clause begins, each with its place."""
    found = 0
    for at, word in enumerate(words):
        if word in _PARTED or found == NEAR:
            return
        if word not in _DATE_WORDS and (term := kind_of(word)):
            found += 1
            yield at, term


def _unit(term: str) -> str:
    """What a number counts; empty for people, dead or alive."""
    return "" if term in GENERIC or any(term in _terms_of(kind) for kind in _KINDS) else term


@cache
def kind_of(word: str) -> str:
    """The term of a word, and the same for all words for death; empty for a function word."""
    term = next(iter(content_terms(word)), "")
    return next((kind for kind in _KINDS if term in _terms_of(kind)), term)


def kinds_of(words: str) -> frozenset[str]:
    """The terms of some words, and the same for all words for death."""
    return frozenset(map(kind_of, words.split())) - {""}


@cache
def _terms_of(kind: str) -> frozenset[str]:
    return content_terms(_KINDS[kind])


# -- dates

MONTHS = (
    "January February March April May June July August September October November December"
).split()
_MONTHS = {name: number for number, name in enumerate(MONTHS, 1)} | {
    f"{name[:3]}.": number for number, name in enumerate(MONTHS, 1) if name != "May"
}
_MONTH = "(?:" + "|".join(map(re.escape, _MONTHS)) + ")"
_DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>{_MONTH})(?:,? (?P<y1>\d{{4}})\b)?"
    rf"|\b(?P<m2>{_MONTH}) (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:|\.\d)(?:,? (?P<y2>\d{{4}})\b)?"
    rf"|\b(?:(?P<m3>{_MONTH}) |(?:in|In|since|Since|of|until|Until|by|from) )(?P<y3>\d{{4}})\b"
    r"(?![,.]\d|[-–/])"
)
_EVENT_END = re.compile(r"[,;:.()“”\"–—]|\b(?:and|but|while|after|before)\b")


def dates(text: str) -> list[Date]:
    """The dates of a text, in order."""
    return [_date(text, found) for found in _DATE.finditer(text)]


def _date(text: str, found: re.Match[str]) -> Date:
    groups = found.groupdict()
    year, month, day = (
        next((groups[name] for name in names if groups.get(name)), None)
        for names in (("y1", "y2", "y3"), ("m1", "m2", "m3"), ("d1", "d2"))
    )
    begin = found.start("y3") if found["y3"] and not found["m3"] else found.start()
    before = _EVENT_END.split(text[max(0, begin - BEFORE_DATE) : begin])[-1]
    words = WORD.findall(before)
    # The first of them may have been cut.
    event = kinds_of(" ".join(words[1:] if begin > BEFORE_DATE else words))
    return Date(
        Span(begin, found.end()),
        int(year) if year else None,
        _MONTHS[month] if month else None,
        int(day) if day else None,
        event,
    )

"""The forms in which people write days, and which days each of them names; pure.

The grammar is our own: dateparser takes the words "may" and "the March on" for dates, and needs
0.6 s to be imported and seconds to refuse "yesteryear". python-dateutil does the arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

TO_WRITE = "write 2023-03-01, 1 March 2023, March 2023 or last week"
"""What a person is told whose day cannot be read."""


class Kind(Enum):
    """How days are named."""

    DAY = "day"  # 12 June, with or without its year
    MONTH = "month"  # March 2023; March
    YEAR = "year"  # 2023
    COUNTED = "counted"  # last week; yesterday; in the past three days
    LONG_AGO = "long ago"  # last year; last March; two months ago


class Period(NamedTuple):
    """A run of days, both ends included."""

    since: date
    until: date


# -- what each form names


def _iso(match: re.Match[str], today: date) -> Period:
    day = date.fromisoformat(match["all"][:10])
    return Period(day, day)


def _day(match: re.Match[str], today: date) -> Period:
    month, day = _number_of(match["month"]), int(match["day"])
    if match["year"]:
        exact = date(int(match["year"]), month, day)
    else:  # the last one, for an article tells what has been
        exact = date(today.year, month, day)
        exact = exact if exact <= today else date(today.year - 1, month, day)
    return Period(exact, exact)


def _days_of_month(match: re.Match[str], today: date) -> Period:
    """3–9 May 2021"""
    last = _day(match, today).since
    first = last.replace(day=int(match["first"]))
    if first > last:
        raise ValueError(f"{first} is after {last}")  # "30–3 May" is no run of days
    return Period(first, last)


def _month(match: re.Match[str], today: date) -> Period:
    month = _number_of(match["month"])
    told = match.groupdict().get("year")
    year = int(told) if told else today.year - (month > today.month)
    return _month_of(date(year, month, 1))


def _last_month_called(match: re.Match[str], today: date) -> Period:
    month = _number_of(match["month"])
    return _month_of(date(today.year - (month >= today.month), month, 1))


def _year(match: re.Match[str], today: date) -> Period:
    year = int(match["year"])
    return Period(date(year, 1, 1), date(year, 12, 31))


def _today(match: re.Match[str], today: date) -> Period:
    return Period(today, today)


def _yesterday(match: re.Match[str], today: date) -> Period:
    return Period(today - timedelta(1), today - timedelta(1))


def _calendar(match: re.Match[str], today: date) -> Period:
    """This or last week, month or year, as the calendar has them; weeks begin on Monday."""
    back = 0 if match["which"].lower() == "this" else 1
    return _around(_before(today, back, match["unit"]), match["unit"])


def _past(match: re.Match[str], today: date) -> Period:
    """The last three days; the past week."""
    return Period(_before(today, _count(match["number"]), match["unit"]), today)


def _ago(match: re.Match[str], today: date) -> Period:
    return _around(_before(today, _count(match["number"]), match["unit"]), match["unit"])


def _in_digits(match: re.Match[str], today: date) -> Period:
    """12.06.2019, where the day comes first, or 30/06/2019; not 12/06/2019: it may be two days."""
    day, month = int(match["one"]), int(match["other"])
    if match["between"] != "." and day <= 12:
        day, month = month, day
        if day <= 12 and day != month:
            raise ValueError(f"{match['all']} may be two days")
    exact = date(int(match["year"]), month, day)
    return Period(exact, exact)


def _weekday(match: re.Match[str], today: date) -> Period:
    back = (today.weekday() - _WEEKDAYS.index(match["weekday"].lower())) % 7 or 7
    return Period(today - timedelta(back), today - timedelta(back))


def _number_of(month: str) -> int:
    return int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1


def _count(number: str | None) -> int:
    number = (number or "a").lower()
    if number.isdigit():
        return int(number)
    if number in _NUMBERS:
        return _NUMBERS.index(number) + 1
    return 1 if number in ("a", "an") else 2 if "couple" in number else _SOME


def _before(today: date, count: int, unit: str) -> date:
    from dateutil.relativedelta import relativedelta

    unit = unit.lower()
    if unit == "hour":
        return today - timedelta(-(-count // 24))
    days = {"day": 1, "week": 7}.get(unit)
    if days:
        return today - timedelta(count * days)
    return today - (relativedelta(months=count) if unit == "month" else relativedelta(years=count))


def _around(day: date, unit: str) -> Period:
    """The week, month or year that a day lies in; the day itself for shorter ones."""
    unit = unit.lower()
    if unit == "week":
        monday = day - timedelta(day.weekday())
        return Period(monday, monday + timedelta(6))
    if unit == "month":
        return _month_of(day)
    if unit == "year":
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    return Period(day, day)


def _month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, (first + timedelta(31)).replace(day=1) - timedelta(1))


# -- the forms

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_SOME = 5
"""What "a few" is taken for: more than most people mean, as the days are told with the answer."""

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH = rf"\b(?P<month>{MONTH})\b\.?"
_ST = r"(?:st|nd|rd|th)?\b"
_DAY = rf"\b(?P<day>[0-3]?\d){_ST}"
_YEAR_OPENS = r"(?P<year>1[5-9]\d\d|20\d\d)"
_YEAR = rf"{_YEAR_OPENS}\b(?!%|[-–.,]\d| percent)"
_OF_YEAR = rf"(?:,? {_YEAR})?"
_UNIT = r"(?P<unit>hour|day|week|month|year)s?"
_COUNT = rf"(?P<number>\d{{1,3}}|an?|(?:a )?couple of|(?:a )?few|several|{'|'.join(_NUMBERS)})"
# "in May" and "since March", but neither "Theresa May" nor "the March on Washington".
_PART = r"(?:(?:early|mid|late|the (?:end|start|beginning|middle) of)[ -])?"
# A modal verb follows "and" and "to" as easily as a month does: "who came and may leave".
_BEFORE = (
    rf"\b(?:(?:in|since|during|until|till|after|before|between|from) {_PART}"
    r"|(?:to|and) (?-i:(?=[A-Z])))"
)
_BEFORE_YEAR = (
    rf"\b(?:(?:of|by|the|the year|in|since|during|until|till|after|before|between|from|to|and) "
    rf"{_PART})"
)
# What may stand between "as of" and its day: "as of 9 am on Monday, 3 June", "as of mid-2019".
WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
AS_OF = (
    r"\bas (?:of|at)(?:,?[ -](?:(?:the|year|start|beginning|early|mid|middle|late|end|close|morning"
    r"|afternoon|evening|night|noon|midday|midnight|business|of|on|in)\b"
    rf"|{WEEKDAY}|\d\d?(?:[:.]\d\d)? ?[ap]\.?m\b\.?|\d\d?:\d\d))*,?[ -]"
)
_OF_MONDAY = rf"(?! (?:after|before|of|in|following)\b|,? (?:the )?(?:\d|{_MONTH}))"

DATE_LIKE = re.compile(
    rf"\d|\b(?:(?:to|yester)day|last night|this|last|past|ago|as (?:of|at))\b|{_MONTH}",
    re.IGNORECASE,
)
FORMS: list[tuple[re.Pattern[str], Kind, Callable[[re.Match[str], date], Period]]] = [
    (re.compile(form, re.IGNORECASE), kind, read)
    for form, kind, read in (
        (r"\b(?P<all>\d{4}-\d\d-\d\d(?:T[\d:.Z]+(?:[+-]\d\d:\d\d)?)?)(?!\d)", Kind.DAY, _iso),
        (
            rf"\b(?P<all>(?P<first>[0-3]?\d){_ST} ?(?:[-–]|to|and) ?{_DAY} {_MONTH}{_OF_YEAR})",
            Kind.DAY,
            _days_of_month,
        ),
        (rf"(?P<all>{_DAY}(?: of)? {_MONTH}{_OF_YEAR})", Kind.DAY, _day),
        (rf"(?P<all>{_MONTH} {_DAY}{_OF_YEAR})(?![:%])", Kind.DAY, _day),
        (rf"(?P<all>{_MONTH}(?: of)?,? {_YEAR})", Kind.MONTH, _month),
        (r"\b(?P<all>today|this (?:morning|afternoon|evening))\b", Kind.COUNTED, _today),
        (
            r"\b(?P<all>yesterday(?: (?:morning|afternoon|evening))?|last night)\b",
            Kind.COUNTED,
            _yesterday,
        ),
        (rf"\b(?P<all>{_COUNT} {_UNIT} ago)\b", Kind.LONG_AGO, _ago),
        (rf"\b(?P<all>(?:the )?(?:last|past) {_COUNT} {_UNIT})\b", Kind.COUNTED, _past),
        (rf"\b(?P<all>(?:the|this) past(?P<number>) {_UNIT})\b", Kind.COUNTED, _past),
        (r"\b(?P<all>(?P<which>this|last) (?P<unit>week|month))\b", Kind.COUNTED, _calendar),
        (r"\b(?P<all>(?P<which>this|last) (?P<unit>year))\b", Kind.LONG_AGO, _calendar),
        (
            rf"\b(?P<all>(?:last|this past) (?P<weekday>{'|'.join(_WEEKDAYS)}))\b",
            Kind.LONG_AGO,
            _weekday,
        ),
        (rf"\b(?P<all>last {_MONTH})", Kind.LONG_AGO, _last_month_called),
        (
            rf"{AS_OF}(?P<all>(?P<one>\d\d?)(?P<between>[/.-])(?P<other>\d\d?)(?P=between){_YEAR})",
            Kind.DAY,
            _in_digits,
        ),
        (
            rf"{AS_OF}(?P<all>{_YEAR_OPENS}(?P<between>[/.])(?P<month>\d\d?)(?P=between)(?P<day>\d\d?)\b)",
            Kind.DAY,
            _day,
        ),
        (rf"{AS_OF}(?P<all>{_YEAR_OPENS}-(?P<month>\d\d)\b)(?!-)", Kind.MONTH, _month),
        (rf"{AS_OF}(?P<all>(?P<weekday>{'|'.join(_WEEKDAYS)})\b){_OF_MONDAY}", Kind.DAY, _weekday),
        (rf"(?:{_BEFORE}|{AS_OF})(?P<all>{_MONTH})(?! (?-i:[A-Z]))", Kind.MONTH, _month),
        (rf"(?:{_BEFORE_YEAR}|{AS_OF})(?P<all>{_YEAR})", Kind.YEAR, _year),
    )
]

"""Dates in a text, exact or relative to today: the one grammar of questions and options.

dateparser takes the words "may" and "the March on" for dates and needs 0.6 s to be imported, and
dateutil's parser guesses the parts that a date leaves out. dateutil does the arithmetic.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from retrieval.records import Span

HOW_TO_WRITE = "write 2023-03-01, 1 March 2023, March 2023 or last week"


class Kind(Enum):
    DAY = "day"  # 12 June, with or without its year
    MONTH = "month"  # March 2023; March
    YEAR = "year"  # 2023
    RECENT = "recent"  # yesterday; last week; in the past three days
    AGO = "ago"  # two months ago; last year; last March
    UNREAD = "unread"  # 03/05/2024; 31 June 2023; summer 2019


class Period(NamedTuple):
    since: date
    until: date


_ANY_DAY = Period(date.min, date.max)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date at `span` of a text, after a `lead` such as "mid-" or "the morning of Monday, ".

    An unread date, which is ambiguous or not in the calendar, has all days there are.
    """

    span: Span
    lead: str
    kind: Kind
    days: Period

    @property
    def start(self) -> int:
        return self.span.start - len(self.lead)

    @property
    def end_of_part(self) -> date:
        """The last day of the named part: of mid-2019, after two thirds of the year."""
        early = re.search(r"\b(?:early|start|beginning)\b", self.lead, re.IGNORECASE)
        middle = re.search(r"\bmid(?:dle)?\b", self.lead, re.IGNORECASE)
        thirds = 1 if early else 2 if middle else 3
        return self.days.since + (self.days.until - self.days.since) * thirds // 3


def find_dates(text: str, today: date) -> list[DateMention]:
    """The dates in a text, in order; "from 3 to 9 May" is one."""
    if not _MAY_HAVE_DATE.search(text):
        return []
    mentions: list[DateMention] = []
    for kind, form in _FORMS:
        for match in form.finditer(text):
            span = Span(*match.span("date"))
            if not any(span.overlaps(mention.span) for mention in mentions):
                mentions.append(_mention(span, match["lead"], kind, _period(match, today)))
    joined: list[DateMention] = []
    for mention in sorted(mentions, key=lambda mention: mention.span):
        if joined and _is_run(text, joined[-1], mention):
            first = joined.pop()
            span = Span(first.span.start, mention.span.end)
            mention = _mention(span, first.lead, mention.kind, _run(text, first, mention))
        joined.append(mention)
    return joined


def read_period(text: str, today: date) -> Period | None:
    """The days that a whole text names; None if it names none."""
    text = " ".join(text.split())
    for opening in ("", "since "):  # a month or a year alone is a date after such a word
        for mention in find_dates(opening + text, today):
            is_whole = (mention.start, mention.span.end) == (len(opening), len(opening + text))
            if is_whole and mention.kind is not Kind.UNREAD:
                return Period(mention.days.since, mention.end_of_part)
    return None


def _mention(span: Span, lead: str, kind: Kind, days: Period | None) -> DateMention:
    return DateMention(span, lead, kind if days else Kind.UNREAD, days or _ANY_DAY)


def _is_run(text: str, first: DateMention, last: DateMention) -> bool:
    """Whether two dates are the ends of "from … to …" or "between … and …"."""
    between = text[first.span.end : last.start].lower()
    if between == " and ":
        return text[: first.start].lower().endswith("between ")
    return re.fullmatch(r" ?(?:to|until|till|through|–|-) ?", between) is not None


def _run(text: str, first: DateMention, last: DateMention) -> Period | None:
    if Kind.UNREAD in (first.kind, last.kind):
        return None
    since, until = first.days.since, last.days.until
    if first.kind in (Kind.DAY, Kind.MONTH) and not _HAS_YEAR.search(text[slice(*first.span)]):
        earlier = (since.month, since.day) > (until.month, until.day)
        try:
            since = since.replace(year=until.year - earlier)
        except ValueError:
            return None  # 29 February of a year without one
    return Period(since, until) if since <= until else None


def _period(match: re.Match[str], today: date) -> Period | None:
    """The days of a match; None for 31 June, and for 03/05/2024, which may be two days."""
    parts = {name: text.lower() for name, text in match.groupdict().items() if text}
    try:
        if "unit" in parts:
            return _counted_period(parts, today)
        if "word" in parts:
            back = 2 if "before" in parts["word"] else parts["word"].startswith(("yes", "last"))
            return _around(today - timedelta(back), "day")
        if "weekday" in parts:
            back = (today.weekday() - _WEEKDAYS.index(parts["weekday"])) % 7 or 7
            return _around(today - timedelta(back), "day")
        return _calendar_period(parts, today)
    except (ValueError, OverflowError):
        return None


def _counted_period(parts: dict[str, str], today: date) -> Period:
    """Two weeks ago; the last three days; this month."""
    from dateutil.relativedelta import relativedelta

    unit, number = parts["unit"], parts.get("number", "a")
    count = 0 if parts.get("which") == "this" else 1
    if number.isdigit():
        count = int(number)
    elif number in _NUMBERS:
        count = _NUMBERS.index(number) + 1
    elif number not in ("a", "an"):
        count = 2 if "couple" in number else _A_FEW
    if unit == "hour":
        unit, count = "day", -(-count // 24)
    days, months = {"day": (1, 0), "week": (7, 0), "month": (0, 1), "year": (0, 12)}[unit]
    start = today - relativedelta(days=count * days, months=count * months)
    return Period(start, today) if "past" in parts else _around(start, unit)


def _calendar_period(parts: dict[str, str], today: date) -> Period | None:
    """12 June 2023; 12.06.2023; June; 2023."""
    if "year" not in parts and "month" not in parts:
        return None
    year = parts.get("year", "")
    if year.startswith(("'", "’", "‘")):  # the last year that ends so
        year = str(today.year - (today.year - int(year[1:])) % 100)
    month = parts.get("month", "1")
    month_number = int(month) if month.isdigit() else MONTHS.index(month[:3]) + 1
    day = int(parts.get("day", "1"))
    if "other" in parts:
        month_number = int(parts["other"])
        if parts["mark"] != ".":  # with dots, the day is first
            if day <= 12 and month_number <= 12 and day != month_number:
                return None
            day, month_number = max(day, month_number), min(day, month_number)
    start = date(int(year or today.year), month_number, day)
    is_passed = "which" not in parts or month_number != today.month  # "last May" is not this May
    if not year and (start > today or not is_passed):  # articles report the past
        start = start.replace(year=start.year - 1)
    if "first" in parts:
        first = start.replace(day=int(parts["first"]))
        return Period(first, start) if first <= start else None
    return _around(start, "day" if "day" in parts else "month" if "month" in parts else "year")


def _around(day: date, unit: str) -> Period:
    """The day, week, month or year that a day lies in; weeks begin on Monday."""
    if unit == "week":
        monday = day - timedelta(day.weekday())
        return Period(monday, monday + timedelta(6))
    if unit == "month":
        first = day.replace(day=1)
        return Period(first, (first + timedelta(31)).replace(day=1) - timedelta(1))
    if unit == "year":
        return Period(day.replace(month=1, day=1), day.replace(month=12, day=31))
    return Period(day, day)


# -- the forms

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_A_FEW = 5  # more than most people mean; the answer names the days

_MONTH_NAMES = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTH = rf"\b(?P<month>{_MONTH_NAMES})\b\.?"
_ST = r"(?:st|nd|rd|th)?\b"
_DAY = rf"\b(?:(?P<first>[0-3]?\d){_ST} ?(?:[-–]|to|and) ?)?\b(?P<day>[0-3]?\d){_ST}"
_2023 = r"(?:1[5-9]|20)[0-9]{2}"
_YEAR = rf"(?P<year>{_2023}\b(?!%|[-–.,]\d| percent)|['’‘][0-9]{{2}}\b)"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})\b"
_COUNT = rf"(?P<number>\d{{1,3}}|an?|(?:a )?couple of|(?:a )?few|several|{'|'.join(_NUMBERS)})"
_UNIT = r"(?P<unit>hour|day|week|month|year)s?\b"
_PART_OF_DAY = r"(?:morning|afternoon|evening|night)"
# "mid-", "the end of", "9 am on Monday, "
_LEAD = (
    r"(?P<lead>(?:the )?(?:(?:year|start|beginning|early|mid|middle|late|end|close|business|noon"
    rf"|midday|midnight|{_PART_OF_DAY}|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
    r"(?:day)?\b\.?|\d\d?(?:[:.]\d\d)? ?[ap]\.?m\b\.?|\d\d?:\d\d)"
    r"(?: (?:of|on))?(?: the)?,?[ -]){0,6})"
)
_IN = r"in|since|during|until|till|after|before|between|from|as of|as at"
# "in May" and "since March", but neither "Theresa May" nor "the March on Washington". A modal verb
# follows "and" as easily as a month does: "who came and may leave".
_IN_MONTH = rf"\b(?:(?:{_IN}),? |(?:to|and) (?-i:(?=[A-Z])))(?!the (?:\d|{_MONTH_NAMES}))"
_IN_YEAR = rf"\b(?:(?:{_IN}|of|by|to|and),? |(?=the (?:year )?\d))"
_ON = r"\b(?:as of|as at|since|from|until|on),? "
_SEASON = r"(?:spring|summer|autumn|fall|winter|easter|christmas)(?: of)?"
_QUARTER = r"(?:[qh][1-4]|(?:first|second|third|fourth|last) (?:quarter|half) of)"
_HAS_YEAR = re.compile(r"\d{4}|['’‘]\d\d")
_MAY_HAVE_DATE = re.compile(
    rf"(?i)\d|\b(?:(?:to|yester)day|this|last|past|ago|{'|'.join(_WEEKDAYS)}|{_MONTH_NAMES})\b"
)
_FORMS = [
    (kind, re.compile(rf"(?i)(?<!\w)(?<!\d[-/.]){before}{_LEAD}(?P<date>{form})"))
    for kind, before, form in (
        (
            Kind.DAY,
            "",
            rf"(?P<year>{_2023})(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)"
            r"(?:T[\d:.Z]+(?:[+-]\d\d:\d\d)?)?(?![-/.]?\d)",
        ),
        (
            Kind.DAY,
            "",
            rf"(?P<day>\d\d?)(?P<mark>[/.-])(?P<other>\d\d?)(?P=mark)(?P<year>{_2023})(?!\d)",
        ),
        (Kind.DAY, "", rf"{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?"),
        (Kind.DAY, "", rf"{_MONTH} {_DAY}(?:,? {_YEAR})?(?![:%])"),
        (Kind.DAY, _ON, rf"{_WEEKDAY}(?! (?:after|before|of|in|following)\b|,? (?:the )?\d)"),
        (Kind.MONTH, "", rf"{_MONTH}(?: of)?,? {_YEAR}"),
        (Kind.RECENT, "", rf"(?P<word>today|this {_PART_OF_DAY}|last night)\b"),
        (Kind.RECENT, "", rf"(?P<word>(?:the day before )?yesterday(?: {_PART_OF_DAY})?)\b"),
        (Kind.RECENT, "", r"(?P<which>this|last) (?P<unit>week|month)\b"),
        (Kind.RECENT, "", rf"(?P<past>(?:the |this )?past) (?:{_COUNT} )?{_UNIT}"),
        (Kind.RECENT, "", rf"(?P<past>(?:the )?last) {_COUNT} {_UNIT}"),
        (Kind.AGO, "", rf"{_COUNT} {_UNIT} ago\b"),
        (Kind.AGO, "", r"(?P<which>this|last) (?P<unit>year)\b"),
        (Kind.AGO, "", rf"(?:last|this past) {_WEEKDAY}"),
        (Kind.AGO, "", rf"(?P<which>last) {_MONTH}"),
        (Kind.UNREAD, "", rf"(?:{_SEASON}|{_QUARTER}),? {_2023}\b|\d{{3}}0s\b|{_2023}[0-9]{{4}}\b"),
        (Kind.UNREAD, "", r"\d\d?(?P<mark>[/.-])\d\d?(?P=mark)\d\d\b(?![/.-]\d)"),
        (Kind.UNREAD, "(?<!since )", r"\d\d?/\d\d?\b(?![/%]|\.\d)"),
        (Kind.MONTH, _IN_MONTH, rf"(?P<year>{_2023})-(?P<month>0[1-9]|1[0-2])\b(?!-)"),
        (Kind.MONTH, _IN_MONTH, rf"{_MONTH}(?! (?-i:[A-Z]))"),
        (Kind.YEAR, _IN_YEAR, _YEAR),
    )
]

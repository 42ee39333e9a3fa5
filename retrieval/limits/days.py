"""The days that a question names, exactly or counted from today; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from retrieval.limits.forms import DATE_LIKE, FORMS, Kind, Period
from retrieval.records import Span


@dataclass(frozen=True, slots=True)
class Days:
    """Days that the characters `span` of a question name; both ends are included."""

    since: date
    until: date
    kind: Kind
    span: Span


def named(question: str, today: date) -> list[Days]:
    """The days that a question names, in order; "from 3 to 9 May" names one run of them."""
    found: list[Days] = []
    if not DATE_LIKE.search(question):
        return found
    for form, kind, read in FORMS:
        for match in form.finditer(question):
            span = Span(*match.span("all"))
            if any(span.start < one.span.end and one.span.start < span.end for one in found):
                continue
            period = _checked(read, match, today)
            if period:
                found.append(Days(*period, kind, span))
    return list(_joined(question, sorted(found, key=lambda one: one.span)))


def _checked(
    read: Callable[[re.Match[str], date], Period], match: re.Match[str], today: date
) -> Period | None:
    """The days of a match; None where the calendar does not have them, as 31 June."""
    try:
        return read(match, today)
    except (ValueError, OverflowError):
        return None


def _joined(question: str, found: list[Days]) -> Iterator[Days]:
    """The days with each "from … to …" and "between … and …" made one."""
    before: Days | None = None
    for one in found:
        if before and _runs(question, before, one):
            since: date | None = before.since
            if before.kind is not Kind.COUNTED and not re.search(r"\d{4}", _told(question, before)):
                since = _in_year_of(before.since, one.until)
            if since is None:
                before = one
                continue
            if since <= one.until:
                before = Days(since, one.until, one.kind, Span(before.span.start, one.span.end))
                continue
        if before:
            yield before
        before = one
    if before:
        yield before


def _runs(question: str, one: Days, other: Days) -> bool:
    joint = question[one.span.end : other.span.start].lower()
    opening = question[: one.span.start].lower()
    return re.fullmatch(r" ?(?:to|until|till|through|–|-) ?", joint) is not None or (
        joint == " and " and opening.endswith("between ")
    )


def _told(question: str, days: Days) -> str:
    return question[days.span.start : days.span.end]


def _in_year_of(day: date, end: date) -> date | None:
    """A day whose year was left out, as the end of its run has one; None for 29 February 2023."""
    earlier = (day.month, day.day) > (end.month, end.day)
    try:
        return day.replace(year=end.year - earlier)
    except ValueError:
        return None

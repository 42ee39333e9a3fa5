"""When an article was published: its lines give evidence of different worth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from retrieval.reading import dates
from retrieval.reading.dates import DayOfYear
from retrieval.reading.header import Facts

_DATELINE = re.compile(
    r"(?P<place>(?-i:[A-Z]{2}[A-Z.'’-]*)[\w .,'’/-]{0,60}?)[\s,]+"
    r"(?:(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s+(?P<day>\d{1,2})"
    r"(?:,?\s+(?P<year>\d{4}))?\s*)?(?:[(/](?P<agency>[\w .&'’-]{2,40})[)/])?\s*(?:--|[–—-])\s",
    re.IGNORECASE,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True, slots=True)
class Dateline:
    """The place, day and agency that open a news text: `SEOUL, Oct. 7 (Yonhap) --`."""

    day: date | DayOfYear | None
    agency: str | None


def dateline(paragraph: str) -> Dateline | None:
    """The dateline a paragraph opens with."""
    match = _DATELINE.match(paragraph[:160])
    if match is None or not (match["month"] or match["agency"]):
        return None
    if not match["month"]:
        return Dateline(None, match["agency"])
    day = DayOfYear(_MONTHS.index(match["month"].lower()) + 1, int(match["day"]))
    full = dates.parsed(f"{match['year']}-{day.month:02}-{day.day:02}") if match["year"] else day
    return Dateline(full, match["agency"])


def best_date(
    facts: Facts, opening: Dateline | None, related: list[date], today: date
) -> date | None:
    """The best evidence of when an article was published.

    A line that says so wins; then dates in the header, in the link, and of related stories. When a
    page was saved says little: it counts only where nothing else does, and not against a dateline
    that names another day of the year.
    """
    day = opening.day if opening else None
    in_header = day if isinstance(day, date) and dates.plausible(day, today) else facts.dated
    in_link = dates.in_link(facts.url, today) if facts.url else None
    for certain in (facts.published, in_header, facts.updated, in_link):
        if certain is not None:
            return certain
    evidence = [max(dates.day_of(value) for value in related)] if related else []
    evidence += [dates.day_of(facts.stamped)] if facts.stamped else []
    if isinstance(day, DayOfYear):
        near = [dates.nearest(day, value, within=31) for value in evidence]
        return next((value for value in near if value), None)
    if related:
        return evidence[0]
    return facts.stamped

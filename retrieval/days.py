"""The days, months and years that a text tells outright, as values that can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.quantities import kinds_of
from retrieval.records import Span
from retrieval.words import WORD

BEFORE = 40
"""Characters before a date in which stands what happened then."""

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


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as a text tells it; `span` are its characters.

    `event` are the terms before it in its clause: what opened, closed or was built then.
    """

    span: Span
    year: int | None
    month: int | None
    day: int | None
    event: frozenset[str]

    @property
    def told(self) -> tuple[bool, bool, bool]:
        """Which of year, month and day are told."""
        return self.year is not None, self.month is not None, self.day is not None

    def allows(self, other: Day) -> bool:
        """Whether both can be the same time: nothing that both tell differs."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(one is None or two is None or one == two for one, two in pairs)


def days(text: str) -> list[Day]:
    """The dates of a text, in order."""
    return [_day(text, found) for found in _DATE.finditer(text)]


def _day(text: str, found: re.Match[str]) -> Day:
    year, month, day = (
        next((told for name in names if (told := found[name])), None)
        for names in (("y1", "y2", "y3"), ("m1", "m2", "m3"), ("d1", "d2"))
    )
    begin = found.start("y3") if found["y3"] and not found["m3"] else found.start()
    before = _EVENT_END.split(text[max(0, begin - BEFORE) : begin])[-1]
    words = WORD.findall(before)
    # The first of them may have been cut.
    event = kinds_of(" ".join(words[1:] if begin > BEFORE else words)) - {""}
    return Day(
        Span(begin, found.end()),
        int(year) if year else None,
        _MONTHS[month] if month else None,
        int(day) if day else None,
        event,
    )

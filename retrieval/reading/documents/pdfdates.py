"""When a PDF was published: its first page is believed before its file's day of making."""

from __future__ import annotations

import re
from datetime import date, timedelta

from retrieval.reading import dates, header
from retrieval.reading.documents.pdflines import Line

# In lines: from the head of the page and on either side of the title.
HEAD = 15
AROUND = 6
# In characters and words: longer lines are prose that names some day.
LONGEST_LINE = 70
MOST_BESIDE = 6
# In days: a printed date that lies further ahead of its file is that of an event to come.
LATEST_AFTER_MAKING = 31
# The format is of that year; programs without a clock write 1970.
FIRST_PDF = 1993

# What is printed from a browser was made when it was printed, not when it was written; what a
# typesetting program makes was made when the manual was last built.
_BUILT = re.compile(
    r"chrom|skia|firefox|mozilla|safari|webkit|quartz|wkhtml|edge"
    r"|\b(?:pdf|xe|lua|la)?tex\b|xdvipdfmx|groff|ghostscript|fop\b|docbook|sphinx|pandoc|doxygen|asciidoc|troff|dvips|dblatex",
    re.IGNORECASE,
)
_MADE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_ISSUED = re.compile(
    r"\b(?:published|issued|released|posted|publication date|date|dated)(?:\s(?:online|on))?\W*$",
    re.IGNORECASE,
)
_ANOTHER_DAY = re.compile(
    r"\b(?:updated|revised|modified|accessed|retrieved|printed|downloaded|received|accepted|submitted"
    r"|expir\w+|valid|until|due|deadline|effective|born|meeting|conference|held)\b",
    re.IGNORECASE,
)
_WITHIN_SENTENCE = re.compile(
    r"\b(?:on|in|by|since|until|from|of|at|the|to|between|before|after|and)\W*$", re.IGNORECASE
)
_TRIM = " \t:|–—-•·,;()[]/."


def published(
    page: list[Line], title: str | None, told: dict[str, str], today: date
) -> date | None:
    """The date near the title on the first page, else the day of making where that tells."""
    made = _day_made(told, today)
    latest = made + timedelta(days=LATEST_AFTER_MAKING) if made else today
    found = [day for day in _printed(page, title, today) if dates.day_of(day) <= latest]
    if found:
        return found[0]
    return None if _BUILT.search(f"{told.get('Creator')} {told.get('Producer')}") else made


def _day_made(told: dict[str, str], today: date) -> date | None:
    made = _MADE.match(told.get("CreationDate", ""))
    day = dates.parsed("-".join(made.groups())) if made else None
    if day is None or day.year < FIRST_PDF or not dates.plausible(day, today):
        return None
    return day


def _printed(page: list[Line], title: str | None, today: date) -> list[date]:
    """The dates near the title, those first that say they are of publication, then the nearest."""
    rows = sorted(page, key=lambda line: (round(line.y), line.left))
    of_title = [at for at, line in enumerate(rows) if title and line.text in title]
    first, last = (of_title[0], of_title[-1]) if of_title else (0, 0)
    ranked: list[tuple[bool, int, date]] = []
    for at, line in enumerate(rows):
        near = at < HEAD or first - AROUND <= at <= last + AROUND
        if not near or (title and line.text in title):
            continue
        distance = max(first - at, at - last, 0)
        ranked += [(not sure, distance, day) for sure, day in _told_by(line.text, today)]
    return [day for _, _, day in sorted(ranked, key=lambda one: one[:2])]


def _told_by(line: str, today: date) -> list[tuple[bool, date]]:
    """The dates of a line that may be those of publication, and whether it says so."""
    found = dates.written_in(line, today)
    issued = [one.value for one in found if _ISSUED.search(line[: one.start])]
    if issued:
        return [(True, issued[-1])]
    if len(found) != 1 or len(line) > LONGEST_LINE or _ANOTHER_DAY.search(line):
        return []
    if facts := header.facts_in(line, today):
        return [(False, facts.dated)] if facts.dated else []
    before, after = line[: found[0].start], line[found[0].end :]
    words = f"{before} {after}".split()
    aside = (not after.strip(_TRIM) and not _WITHIN_SENTENCE.search(before)) or (
        not before.strip(_TRIM) and not after.strip(_TRIM)[:1].islower()
    )
    prose = line.endswith((".", "!", "?")) and words
    return [(False, found[0].value)] if aside and len(words) <= MOST_BESIDE and not prose else []

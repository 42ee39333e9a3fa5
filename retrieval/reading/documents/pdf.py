"""A PDF becomes an article whose paragraphs know their pages; pdfium finds its letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import dates, drafts, header, plaintext
from retrieval.reading.documents import properties
from retrieval.reading.documents.pdflines import (
    Line,
    body_size,
    in_reading_order,
    without_furniture,
)
from retrieval.reading.documents.pdfpage import lines_of, pdfium
from retrieval.reading.documents.pdftext import Paragraph, paragraphs_of
from retrieval.reading.drafts import Draft

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

SCANNED = (
    "this PDF was scanned: it holds pictures of pages and no text; run text recognition (OCR) over"
    " it, for instance with `ocrmypdf`, and add the result."
)
BLANK = "the pages of this PDF are blank; check that it is the right file."
LOCKED = "this PDF is locked with a password; open it, save it without one, and add that."
DAMAGED = (
    "this PDF is damaged; open it and print or save it anew as PDF, or save its text as .txt, and"
    " add that."
)
EMPTY = "this PDF has no pages; check that it was downloaded whole."
PORTFOLIO = (
    "this PDF is a portfolio, a cover around other files; save those out of it and add them."
)
FORM = (
    "this PDF is a form that only Adobe's own programs show; print it to a PDF there and add that."
)
UNMAPPED = (
    "the letters of this PDF are drawn without saying which they are; run text recognition (OCR)"
    " over it, for instance with `ocrmypdf --force-ocr`, and add the result."
)

MOST_LOST = 50

# Replacement and private characters, which stand for glyphs nobody can name.
_NAMELESS = re.compile("[\ufffd\ue000-\uf8ff\x01-\x08\x0e-\x1f]")


def parse(data: bytes, *, name: str, today: str) -> list[dict[str, Any]]:
    """The draft of a PDF in JSON: what the sandbox runs."""
    return [drafts.to_json(drafted(data, name, date.fromisoformat(today)))]


def preload() -> None:
    """Import what reading a PDF needs."""
    pdfium()
    dates.parsed("1 May 2020")


def drafted(data: bytes, name: str, today: date) -> Draft:
    """The paragraphs of a PDF, and what its metadata, then its first lines, tell of it."""
    try:
        return _drafted(data, name, today)
    except pdfium().PdfiumError as error:
        raise UnreadableSource(name, DAMAGED) from error


def _drafted(data: bytes, name: str, today: date) -> Draft:
    document = _opened(data, name)
    pages = [lines_of(page, number) for number, page in enumerate(_pages(document))]
    if not any(pages):
        raise UnreadableSource(name, _why_empty(document))
    _check_letters(pages, name)
    body = body_size(pages)
    first = next(page for page in pages if page)
    told = _metadata(document)
    title = properties.title(told.get("Title")) or _biggest(first, body)
    pages = [in_reading_order(page) for page in without_furniture(pages, body)]
    paragraphs = paragraphs_of(pages, body)
    if not paragraphs:
        raise UnreadableSource(name, SCANNED)
    blocks = [[title]] if title else []
    draft = plaintext.of_blocks(blocks + [[one.text] for one in paragraphs], today, flowing=True)
    return replace(
        draft,
        title=title or draft.title,
        author=draft.author or properties.author(told.get("Author")),
        published=draft.published or date_published(first, title, told, today),
        pages=_page_places(draft.text, paragraphs, len(pages)),
    )


def _opened(data: bytes, name: str) -> Any:
    library = pdfium()
    try:
        document = library.PdfDocument(data)
        count = len(document)
    except library.PdfiumError as error:
        if "assword" in str(error) or "security" in str(error):
            raise UnreadableSource(name, LOCKED) from error
        raise
    if not count:
        raise UnreadableSource(name, EMPTY)
    if document.get_formtype() == library.raw.FORMTYPE_XFA_FULL:
        raise UnreadableSource(name, FORM)
    return document


def _pages(document: Any, most: int | None = None) -> Iterator[Any]:
    """The pages; None for one that is damaged beyond loading."""
    lost = 0
    for number in range(len(document) if most is None else min(most, len(document))):
        try:
            yield document[number]
        except pdfium().PdfiumError:
            # Each search for a page that is not there goes through all that are.
            lost += 1
            if lost > MOST_LOST:
                return
            yield None


def _metadata(document: Any) -> dict[str, str]:
    """The document's metadata, without values that are no valid UTF-16."""
    found: dict[str, str] = {}
    for key in document.METADATA_KEYS:
        with suppress(UnicodeDecodeError):
            found[key] = document.get_metadata_value(key)
    return found


def _why_empty(document: Any) -> str:
    if document.count_attachments():
        return PORTFOLIO
    drawn = any(page and any(True for _ in page.get_objects()) for page in _pages(document, 5))
    return SCANNED if drawn else BLANK


def _check_letters(pages: list[list[Line]], name: str) -> None:
    text = "".join(line.text for page in pages for line in page)
    if len(_NAMELESS.findall(text)) > len(text) / 5:
        raise UnreadableSource(name, UNMAPPED)


def _biggest(page: list[Line], body: float) -> str | None:
    """The words in the largest letters of the first page, if they stand out as a title does."""
    size = max(line.size for line in page)
    largest = [line for line in page if line.size > 0.95 * size]
    words = " ".join(line.text for line in largest)
    if size < 1.15 * body or len(words) > 250:
        return None
    return properties.title(words)


def _page_places(text: str, paragraphs: list[Paragraph], count: int) -> tuple[int, ...]:
    """Where each page begins in the text, of which a few paragraphs were left out."""
    begins: dict[int, int] = {}
    place = 0
    waiting = iter(paragraphs)
    for written in text.split("\n\n"):
        for paragraph in waiting:
            kept = paragraph.text == written
            for offset, page in paragraph.begins:
                begins.setdefault(page, place + (offset if kept else 0))
            if kept:
                break
        place += len(written) + 2
    places = []
    following = len(text)
    for page in reversed(range(count)):
        following = begins.get(page, following)
        places.append(following)
    places.reverse()
    return (0, *places[1:])


def date_published(
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

"""A PDF becomes an article whose paragraphs know their pages; pdfium finds its letters."""

from __future__ import annotations

import importlib
import os
import re
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import dates, header
from retrieval.reading.documents import layout, prose
from retrieval.reading.documents.layout import Line, Paragraph
from retrieval.reading.drafts import Draft

# In lines of the first page: the day of publication stands there, if it stands anywhere.
HEAD = 25
# A printed line ends in the day of publication.
_ISSUED = re.compile(
    r"\b(?:published|issued|released|posted|publication date|date|version\s[\w.]+)"
    r"(?:\s(?:online|on))?\W*$",
    re.IGNORECASE,
)
_OCR = "run text recognition (OCR) over it, for instance with `ocrmypdf"
SCANNED = (
    f"this PDF was scanned: it holds pictures of pages and no text; {_OCR}`, and add the result."
)
UNMAPPED = (
    "the letters of this PDF are drawn without saying which they are;"
    f" {_OCR} --force-ocr`, and add the result."
)
BLANK = "the pages of this PDF are blank; check that it is the right file."
LOCKED = "this PDF is locked with a password; open it, save it without one, and add that."
DAMAGED = (
    "this PDF is damaged; open it and print or save it anew as PDF, or save its text as .txt, and"
    " add that."
)
PORTFOLIO = (
    "this PDF is a portfolio, a cover around other files; save those out of it and add them."
)
FORM = (
    "this PDF is a form that only Adobe's own programs show; print it to a PDF there and add that."
)

# Replacement and private characters, which stand for glyphs nobody can name.
_NAMELESS = re.compile("[\ufffd\ue000-\uf8ff\x01-\x08\x0e-\x1f]")


def preload() -> None:
    """Import what reading a PDF needs."""
    _pdfium()
    dates.parsed("1 May 2020")
    layout.known_words()


def drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the paragraphs of a PDF, and what its properties and its first lines tell of it.

    Raises UnreadableSource for a PDF that is damaged or locked, and for one without text.
    """
    try:
        return _drafted(data, name, today)
    except _pdfium().PdfiumError as error:
        raise UnreadableSource(name, DAMAGED) from error


def _drafted(data: bytes, name: str, today: date) -> Draft:
    document = _opened(data, name)
    pages = [
        lines
        for number in range(len(document))
        for lines in layout.lines_of(_page(document, number), number)
    ]
    text = "".join(line.text for page in pages for line in page)
    if not text:
        raise UnreadableSource(name, _why_empty(document))
    if len(_NAMELESS.findall(text)) > len(text) / 5:
        raise UnreadableSource(name, UNMAPPED)
    body = layout.body_size(pages)
    title = _title(_property(document, "Title"), name) or _biggest(pages[0], body)
    paragraphs = layout.paragraphs_of(pages)
    kept, facts = prose.parted([one.text for one in paragraphs], today, title)
    return Draft(
        "\n\n".join(paragraphs[place].text for place in kept),
        title=title or facts.title,
        source=facts.source,
        author=facts.author or prose.author(_property(document, "Author")),
        published=facts.published or facts.dated or _published(pages[0], today),
        pages=_page_places([paragraphs[place] for place in kept], len(document)),
    )


def _pdfium() -> Any:
    """The bindings of pdfium, which ship no types."""
    return importlib.import_module("pypdfium2")


def _opened(data: bytes, name: str) -> Any:
    library = _pdfium()
    try:
        document = library.PdfDocument(data)
    except library.PdfiumError as error:
        if "assword" in str(error) or "security" in str(error):
            raise UnreadableSource(name, LOCKED) from error
        raise
    if document.get_formtype() == library.raw.FORMTYPE_XFA_FULL:
        raise UnreadableSource(name, FORM)
    return document


def _page(document: Any, number: int) -> Any | None:
    """A page, with what was filled in; None for one that is damaged beyond loading."""
    library = _pdfium()
    try:
        page = document[number]
        is_form = document.get_formtype() != library.raw.FORMTYPE_NONE
        if is_form and library.raw.FPDFPage_Flatten(page, library.raw.FLAT_NORMALDISPLAY):
            page = document[number]
    except library.PdfiumError:
        return None
    return page


def _property(document: Any, key: str) -> str | None:
    """A property of the document; None for a value that is no valid UTF-16."""
    try:
        return str(document.get_metadata_value(key))
    except UnicodeDecodeError:
        return None


def _why_empty(document: Any) -> str:
    if document.count_attachments():
        return PORTFOLIO
    first = (document[number] for number in range(min(5, len(document))))
    drawn = any(True for page in first for _ in page.get_objects())
    return SCANNED if drawn else BLANK


def _title(given: str | None, name: str) -> str | None:
    """The title in the properties, unless it is the name of the file."""
    title = prose.title(given)
    stem = os.path.splitext(os.path.basename(name))[0]
    is_name = title and " " not in title and title.casefold() == stem.casefold()
    return None if is_name else title


def _biggest(page: list[Line], body: float) -> str | None:
    """The words in the largest letters of the first page, if they stand out as a title does."""
    size = max(line.size for line in page)
    words = " ".join(line.text for line in page if line.size > 0.95 * size)
    return prose.title(words) if size >= 1.15 * body else None


def _published(page: list[Line], today: date) -> date | None:
    """The day at the head of the first page that is called that of publication, or is alone."""
    alone: list[date] = []
    for line in page[:HEAD]:
        for found in dates.written_in(line.text, today):
            if _ISSUED.search(line.text[: found.start]):
                return found.value
        facts = header.facts_in(line.text, today)
        if facts and (day := facts.published or facts.dated):
            alone.append(day)
    return alone[0] if alone else None


def _page_places(paragraphs: list[Paragraph], count: int) -> tuple[int, ...]:
    """Where in the text each page begins."""
    begins: dict[int, int] = {}
    place = 0
    for paragraph in paragraphs:
        for offset, page in paragraph.begins:
            begins.setdefault(page, place + offset)
        place += len(paragraph.text) + 2
    places: list[int] = []
    following = place - 2
    for page in reversed(range(count)):
        following = begins.get(page, following)
        places.append(following)
    return (0, *places[-2::-1])

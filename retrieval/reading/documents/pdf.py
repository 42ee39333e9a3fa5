"""A PDF becomes an article whose paragraphs know their pages; pdfium finds its letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import dates, drafts, plaintext
from retrieval.reading.documents import pdfdates, properties
from retrieval.reading.documents.pdflines import (
    Line,
    body_size,
    in_reading_order,
    without_furniture,
)
from retrieval.reading.documents.pdfpage import lines_of, pdfium
from retrieval.reading.documents.pdftext import Paragraph, paragraphs_of
from retrieval.reading.drafts import Draft

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
        published=draft.published or pdfdates.published(first, title, told, today),
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

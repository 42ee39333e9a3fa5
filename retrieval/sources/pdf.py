"""A PDF becomes an article whose paragraphs know their pages; pdfium finds its letters."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.sources import dates, pdf_layout, prose
from retrieval.sources.drafts import Draft
from retrieval.sources.pdf_layout import Line, Paragraph

NO_TEXT = (
    "this PDF was scanned or is blank: it holds no text; run text recognition (OCR) over it, for"
    " instance with `ocrmypdf --force-ocr`, and add the result."
)
UNOPENED = (
    "this PDF is locked with a password or damaged; open it, print or save it as PDF without a"
    " password, and add that."
)
BIGGER = 1.15  # than the usual size of lines: that of a title

# Replacement and private characters, which stand for glyphs nobody can name.
_NAMELESS = re.compile("[\ufffd\ue000-\uf8ff\x01-\x08\x0e-\x1f]")


def preload() -> None:
    """Import what reading a PDF needs."""
    import pypdfium2  # noqa: F401

    dates.parsed("1 May 2020")
    pdf_layout.known_words()


def drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the paragraphs of a PDF, and what its properties and its first lines say of it.

    Raises UnreadableSource for a PDF that is damaged or locked, and for one without text.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        raise UnreadableSource(name, UNOPENED) from error
    pages = list(_pages(document))
    text = "".join(line.text for page in pages for line in page)
    if len(_NAMELESS.findall(text)) >= len(text) / 5:
        raise UnreadableSource(name, NO_TEXT)
    title = prose.title(_property(document, "Title"))
    if not title or title.casefold() == os.path.splitext(os.path.basename(name))[0].casefold():
        title = _biggest(pages[0])
    paragraphs = pdf_layout.paragraphs_of(pages)
    author = prose.author(_property(document, "Author"))
    draft = prose.draft(
        [paragraph.text for paragraph in paragraphs], today, title=title, author=author
    )
    return replace(draft, pages=_page_places(paragraphs, len(draft.text), len(document)))


def _pages(document: Any) -> Iterator[list[Line]]:
    """The lines of the pages, with what was filled in, but for those damaged beyond loading."""
    from pypdfium2 import PdfiumError, raw

    is_form = document.get_formtype() != raw.FORMTYPE_NONE
    for number in range(len(document)):
        with suppress(PdfiumError):
            page = document[number]
            if is_form and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY):
                page = document[number]
            yield from pdf_layout.lines_of(page, number)


def _property(document: Any, key: str) -> str | None:
    """A property of the document; None for a value that is no valid UTF-16."""
    with suppress(UnicodeDecodeError):
        return str(document.get_metadata_value(key))
    return None


def _biggest(page: list[Line]) -> str | None:
    """The words in the largest letters of the first page, if they stand out as a title does."""
    size = max(line.size for line in page)
    words = " ".join(line.text for line in page if line.size > 0.95 * size)
    return prose.title(words) if size >= BIGGER * median(line.size for line in page) else None


def _page_places(paragraphs: list[Paragraph], length: int, count: int) -> tuple[int, ...]:
    """Where in a text each page begins; pages without text begin where the next does.

    The text ends in the paragraphs; those before it are about the article itself.
    """
    begins, place = [], length + 2 - sum(len(paragraph.text) + 2 for paragraph in paragraphs)
    for paragraph in paragraphs:
        begins += [(page, max(0, place + offset)) for page, offset in paragraph.pages]
        place += len(paragraph.text) + 2
    begins.append((count, length))
    return tuple(begins[bisect_left(begins, (page, 0))][1] for page in range(count))

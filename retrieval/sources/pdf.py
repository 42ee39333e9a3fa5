"""A PDF becomes an article whose paragraphs know their pages; pdfium finds its letters.

Letters become lines, columns and paragraphs again.
"""

from __future__ import annotations

import json
import math
import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from retrieval.errors import UnreadableSource
from retrieval.sources import drafts, plaintext
from retrieval.sources.drafts import Draft
from retrieval.sources.plaintext import ends_sentence

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


def drafted(data: bytes, name: str, today: date) -> Draft:
    """Return a PDF's paragraphs, title and author. Raises UnreadableSource if it has no text."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        raise UnreadableSource(name, UNOPENED) from error
    pages = list(_pages(document))
    text = "".join(line.text for page in pages for line in page)
    if len(_NAMELESS.findall(text)) >= len(text) / 5:
        raise UnreadableSource(name, NO_TEXT)
    title = drafts.given_title(_property(document, "Title"))
    if not title or title.casefold() == os.path.splitext(os.path.basename(name))[0].casefold():
        title = _biggest(pages[0])
    paragraphs = paragraphs_of(pages)
    texts = [paragraph.text for paragraph in paragraphs]
    author = drafts.given_author(_property(document, "Author"))
    draft = plaintext.of_paragraphs(texts, today, title=title, author=author)
    return replace(draft, pages=_page_places(paragraphs, len(draft.text), len(document)))


def _pages(document: Any) -> Iterator[list[Line]]:
    """The lines of the pages, with what was filled in, but for those damaged beyond loading."""
    from pypdfium2 import PdfiumError, raw

    for number in range(len(document)):
        with suppress(PdfiumError):
            page = document[number]
            if document.get_formtype() != raw.FORMTYPE_NONE:
                raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
                page = document[number]
            yield from lines_of(page, number)


def _property(document: Any, key: str) -> str | None:
    """A property of the document; None for a value that is no valid UTF-16."""
    with suppress(UnicodeDecodeError):
        return str(document.get_metadata_value(key))
    return None


def _biggest(page: list[Line]) -> str | None:
    """The words in the largest letters of the first page, if they stand out as a title does."""
    size = max(line.size for line in page)
    words = " ".join(line.text for line in page if line.size > 0.95 * size)
    is_title = size >= BIGGER * median(line.size for line in page)
    return drafts.given_title(words) if is_title else None


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


# Of the sentences of 24 e-books .844 stand in the PDFs of the same texts: .815 with 0.1 for
# ANOTHER_SIZE, .813 without the rule on quotations, .832 with columns of any share of the lines.
# In sizes of the letters: a wider gap may part columns; a further first letter begins a paragraph.
GAP = 1.1
INDENT = 0.7
SMALL = 0.92  # of the usual size: notes and captions
ANOTHER_SIZE = 0.15  # by so much a heading's or a note's differs from that of the text
FURTHEST = 1.6  # from line to line of a paragraph
WIDER = 1.5  # than a column: what stands across the page above columns
# A column has at least so many lines, of so many characters: cells of tables have fewer.
FEWEST_LINES = 3
SHORTEST_LINE = 12
OUTERMOST = 3  # of the first and last lines of a page: running heads and feet are among them
STAMP = 0.1  # of the other lines of a page: so few that run up its margin are no text

_ROW = re.compile("[^\r\n\ufffe]+")  # pdfium marks a hyphen at a line's end with U+FFFE
_CONTENTS = re.compile(r"(?:\. ?){5,}\s*(?:\d+|[ivxlc]+)$")  # a line of a table of contents
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Hebrew and Arabic
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # Chinese and Japanese


class Line(NamedTuple):
    """A line of a page. Its places are in points, `y` growing downwards; `page` counts from 0.

    `left` is where it begins: in right-to-left text pages are mirrored. `hyphen` says that it
    ended in one, which is no longer part of the text. `column` is where its column begins and ends.
    """

    text: str
    hyphen: bool
    left: float
    right: float
    y: float
    size: float
    page: int
    column: tuple[float, float] = (0, 0)


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text, and as pairs which pages begin in it and where."""

    text: str
    pages: list[tuple[int, int]]


# -- lines


def lines_of(page: Any, number: int) -> Iterator[list[Line]]:
    """Yield the lines of a page in the order in which they are drawn, each direction by itself."""
    by_turn: dict[int, list[Line]] = {}
    for turns, line in _turned_lines(page.get_textpage(), number):
        by_turn.setdefault(turns, []).append(line)
    for lines in by_turn.values():
        if len(lines) < STAMP * max(map(len, by_turn.values())):
            continue
        text = "".join(line.text for line in lines)
        if len(_RIGHT_TO_LEFT.findall(text)) > 0.4 * len(text):
            lines = [line._replace(left=-line.right, right=-line.left) for line in lines]
        yield lines


def _turned_lines(text_page: Any, number: int) -> Iterator[tuple[int, Line]]:
    """Yield by how many quarters each line is turned, and the line as if it were upright."""
    from pypdfium2 import raw

    count, page = text_page.count_chars(), text_page.raw
    text = text_page.get_text_range() if count else ""
    numbers: Sequence[int] = range(count)  # of the letters among all that are drawn
    if len(text) != count:
        numbers = [raw.FPDFText_GetCharIndexFromTextIndex(page, at) for at in range(len(text))]

    def box(place: int) -> Any:
        return text_page.get_charbox(numbers[place], loose=True)

    def is_wide(before: int, after: int) -> bool:
        left, bottom, right, top = box(before)
        next_left, _, next_right, _ = box(after)
        return bool(max(next_left - right, left - next_right) > GAP * (top - bottom) > 0)

    for row in _ROW.finditer(text):
        pieces: list[list[tuple[int, int]]] = []  # words between wide gaps
        for word in re.compile(r"\S+").finditer(text, *row.span()):
            if not pieces or is_wide(pieces[-1][-1][1] - 1, word.start()):
                pieces.append([])
            pieces[-1].append(word.span())
        for words in pieces:
            start, middle, end = words[0][0], words[len(words) // 2][0], words[-1][1]
            boxes = [box(place) for place in (start, middle, end - 1)]
            clockwise = raw.FPDFText_GetCharAngle(page, numbers[middle])
            turns = -round(math.degrees(clockwise) / 90) % 4
            for _ in range(turns):
                boxes = [(bottom, -right, top, -left) for left, bottom, right, top in boxes]
            left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
            line = " ".join(text[start:end].replace("\0", "").split())
            hyphen = words is pieces[-1] and text[row.end() : row.end() + 1] == "\ufffe"
            _, bottom, _, top = boxes[1]
            yield turns, Line(line, hyphen, left, right, -bottom, max(1.0, top - bottom), number)


# -- columns


def _in_order(lines: list[Line]) -> Iterator[Line]:
    """Down the columns between lines that cross the gutter; across, where there is no gutter."""
    gutter = _gutter(lines) if len(lines) < 1000 else None
    rows = sorted(lines, key=lambda line: (round(line.y), line.left))
    if gutter is None:
        yield from _column(rows) if rows else ()
        return
    for crossing, band in groupby(rows, key=lambda line: line.left < gutter < line.right):
        inside = list(band)
        if crossing:
            yield from _column(inside)
        else:
            yield from _in_order([line for line in inside if line.right <= gutter])
            yield from _in_order([line for line in inside if line.right > gutter])


def _gutter(lines: list[Line]) -> float | None:
    """The place between two columns: many long lines end before it, many begin after it."""
    worths: dict[float, int] = {}
    for place in {round(line.left) - 1 for line in lines}:
        before = [len(line.text) for line in lines if line.right <= place]
        after = [len(line.text) for line in lines if line.left > place]
        fewer = min(len(before), len(after))
        if fewer < FEWEST_LINES or len(lines) > 4 * fewer:
            continue
        if min(median(before), median(after)) >= SHORTEST_LINE:
            crossing = len(lines) - len(before) - len(after)
            worths[place] = fewer - crossing
    return max(worths, key=lambda place: worths[place], default=None)


def _column(region: list[Line]) -> list[Line]:
    """The lines of a region, with those put together that only a wide space parted."""
    column = min(line.left for line in region), max(line.right for line in region)
    rows: list[Line] = []
    for line in region:
        last = rows[-1] if rows else None
        if last and abs(line.y - last.y) < 0.3 * last.size and line.left > last.right:
            words = f"{last.text}{'-' if last.hyphen else ''} {line.text}"
            rows[-1] = line._replace(text=words, left=last.left, y=last.y, column=column)
        else:
            rows.append(line._replace(column=column))
    return rows


def _without_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """The pages without running heads, feet, page numbers and tables of contents."""
    rims = []
    for page in pages:
        order = sorted(page, key=lambda line: line.y)
        rims.append({*order[:OUTERMOST], *order[-OUTERMOST:]})
    seen = Counter(key for rim in rims for key in {_key(line) for line in rim})

    def is_body(line: Line, rim: set[Line]) -> bool:
        is_head = line in rim and seen[_key(line)] > 2
        return not is_head and not _CONTENTS.search(line.text)

    bodies = [
        [line for line in page if is_body(line, rim)] for page, rim in zip(pages, rims, strict=True)
    ]
    return bodies if any(bodies) else pages


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.casefold())


# -- paragraphs


def paragraphs_of(pages: list[list[Line]]) -> list[Paragraph]:
    pages = _without_heads(pages)
    lines = [line for page in pages for line in _in_order(page)]
    written = {word.casefold() for line in lines for word in _WORD.findall(line.text)}
    usual = median(line.size for line in lines for _ in line.text)
    paragraphs: list[Paragraph] = []
    last: dict[bool, tuple[Line, Paragraph]] = {}
    for line in lines:
        is_small = line.size < SMALL * usual  # a note does not end the paragraph above it
        before, paragraph = last.get(is_small, (None, None))
        if before and paragraph and _goes_on(before, line):
            paragraph.text += _joint(paragraph.text, before.hyphen, line.text, written)
            if line.page != before.page:
                paragraph.pages.append((line.page, len(paragraph.text)))
            paragraph.text += line.text
        else:
            paragraph = Paragraph(line.text, [(line.page, 0)])
            paragraphs.append(paragraph)
        last[is_small] = line, paragraph
    return paragraphs


def _goes_on(line: Line, next_line: Line) -> bool:
    if abs(line.size - next_line.size) > ANOTHER_SIZE * max(line.size, next_line.size):
        return False
    ended = ends_sentence([line.text])
    left, right = next_line.column
    if line.column is not next_line.column:  # the next column or the next page
        wider = line.column[1] - line.column[0] > WIDER * (right - left)
        return line.hyphen or next_line.text[:1].islower() or not (ended or wider)
    if (next_line.y - line.y) / line.size > FURTHEST:
        return False
    # Two of three signs part paragraphs: an indent, the end of a sentence, and room for the next
    # word. A quotation is indented line by line.
    indented = [each.left > left + INDENT * each.size for each in (line, next_line)]
    indent = indented[1] and (ended or not indented[0])
    letter = (line.right - line.left) / max(1, len(line.text))
    room = right - line.right > (len(next_line.text.split(" ", 1)[0]) + 2) * letter
    return line.hyphen or sum((indent, ended, room)) < 2


@cache
def known_words() -> frozenset[str]:
    """Return the English words that the reader's tokenizer knows as wholes."""
    path = Path(__file__).parents[1] / "models" / "files" / "tokenizer.json"
    vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(word for word in vocabulary if word.isalpha())


def _joint(text: str, hyphen: bool, next_line: str, written: set[str]) -> str:
    """What stands between two lines: a space, a hyphen or, in a word that was cut, nothing."""
    if not hyphen:
        glued = re.search(r"\w[-–—/]$", text[-2:]) and next_line[:1].isalnum()
        unspaced = _UNSPACED.match(text[-1:]) and _UNSPACED.match(next_line)
        return "" if glued or unspaced else " "
    before, after = re.search(rf"{_WORD.pattern}$", text[-100:]), _WORD.match(next_line)
    if not before or not after or (after[0][0].isupper() and not before[0].isupper()):
        return "-"
    first, second = before[0].casefold(), re.split("[-’']", after[0].casefold())[0]
    if first + second in written or first + second in known_words():
        return ""
    compound = min(len(first), len(second)) > 3 and {first, second} <= known_words()
    return "-" if compound or "-" in first or f"{first}-{second}" in written else ""

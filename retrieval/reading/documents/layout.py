"""The letters of PDF pages become lines, columns and paragraphs again."""

from __future__ import annotations

import ctypes
import importlib
import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, pairwise, takewhile
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from retrieval.reading.lines import ends_sentence

# In sizes of the letters: a wider gap may part columns; a further first letter begins a paragraph.
GAP = 1.1
INDENT = 0.7
SMALL = 0.92  # of the usual size: notes and captions
WIDER = 1.5  # than a column: what stands across the page above columns
WIDEST_LEADING = 1.35  # in usual distances of lines
# A column has at least so many lines, of so many characters: cells of tables have fewer.
FEWEST_LINES = 3
SHORTEST_LINE = 12
# Running heads and feet stand in so many of the first and last lines of a page, or pieces of lines.
OUTERMOST = 4
LONGEST_HEAD = 70  # characters; text that comes again is mostly longer
STAMP = 0.1  # of the other lines of a page

_BREAK = re.compile("\r\n|\n|\r|\ufffe")  # pdfium marks a hyphen at a line's end with U+FFFE
_PRINTED = re.compile(r"[^\W_]")
_CONTENTS = re.compile(r"(?:\. ?){5,}\s*(?:\d+|[ivxlc]+)$")  # a line of a table of contents
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
# Short first halves of compounds that keep their hyphen.
_SHORT = frozenset("ill ex pre non anti far all old new mid two one six ten low".split())


class Line(NamedTuple):
    """A line of a page. Its places are in points, `y` growing downwards; `page` counts from 0.

    `left` is where it begins: in right-to-left text pages are mirrored. `hyphen` says that it
    ended in one, which is no longer there.
    """

    text: str
    hyphen: bool
    left: float
    right: float
    y: float
    size: float
    page: int


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text, and at which places of it which pages begin."""

    text: str
    begins: list[tuple[int, int]]
    last: Line = field(repr=False)


def body_size(pages: list[list[Line]]) -> float:
    """Return the size in which most of the text is set."""
    letters: Counter[float] = Counter()
    for line in (line for page in pages for line in page):
        letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0]


# -- lines


def lines_of(page: Any, number: int) -> Iterator[list[Line]]:
    """Yield the lines of a page in the order in which they are drawn, each direction by itself."""
    text_page = page.get_textpage() if page else None
    if text_page is None or not text_page.count_chars():
        return
    letters = _Letters(text_page)
    found: dict[int, list[Line]] = {}
    for piece in letters.pieces():
        turned, line = letters.line(*piece, number)
        found.setdefault(turned, []).append(line)
    most = max(map(len, found.values()), default=0)
    for lines in found.values():
        if len(lines) < STAMP * most:
            continue  # a stamp that runs up the margin is no line of the text
        if sum(map(_is_right_to_left, lines)) > len(lines) / 2:
            lines = [line._replace(left=-line.right, right=-line.left) for line in lines]
        yield lines


def _is_right_to_left(line: Line) -> bool:
    kinds = Counter(map(unicodedata.bidirectional, line.text))
    return kinds["R"] + kinds["AL"] > kinds["L"]


class _Letters:
    """The letters of a page, which can be asked for their places."""

    def __init__(self, text_page: Any) -> None:
        self._raw = importlib.import_module("pypdfium2").raw
        self._page, self._handle = text_page, text_page.raw
        self._text = text_page.get_text_range(0, text_page.count_chars())
        self._is_whole = len(self._text) == text_page.count_chars()  # as most pages are
        self._rectangle = self._raw.FS_RECTF()
        self._there = ctypes.byref(self._rectangle)

    def pieces(self) -> Iterator[tuple[int, int, bool]]:
        """Where lines begin and end, parted at wide gaps, and whether a hyphen ended them."""
        start = 0
        for match in [*_BREAK.finditer(self._text), None]:
            end = match.start() if match else len(self._text)
            places = [
                (start + word.start(), start + word.end())
                for word in re.finditer(r"\S+", self._text[start:end])
            ]
            begin = places[0][0] if places else end
            for (_, before), (after, _) in pairwise(places):
                if self._is_wide(before - 1, after):
                    yield begin, before, False
                    begin = after
            if places:
                yield begin, places[-1][1], match is not None and match[0] == "\ufffe"
            start = match.end() if match else end

    def _is_wide(self, before: int, after: int) -> bool:
        one, other = self._box(before), self._box(after)
        gap = max(other[0] - one[2], one[0] - other[2])
        return gap > GAP * (one[3] - one[1]) > 0

    def line(self, start: int, end: int, hyphen: bool, number: int) -> tuple[int, Line]:
        """By how many quarters a line is turned, and the line as if it were upright."""
        letter = _PRINTED.search(self._text, (start + end) // 2, end)
        middle = letter.start() if letter else start
        boxes = [self._box(place) for place in (start, middle, end - 1)]
        clockwise = self._raw.FPDFText_GetCharAngle(self._handle, self._index(middle))
        turned = -round(math.degrees(clockwise) / 90) % 4
        for _ in range(turned):
            boxes = [(bottom, -right, top, -left) for left, bottom, right, top in boxes]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        words = " ".join(self._text[start:end].replace("\0", "").split())
        bottom, top = boxes[1][1], boxes[1][3]
        return turned, Line(words, hyphen, left, right, -bottom, max(1.0, top - bottom), number)

    def _index(self, place: int) -> int:
        """The number of a letter among all that are drawn, of which the text may lack some."""
        if self._is_whole:
            return place
        return int(self._raw.FPDFText_GetCharIndexFromTextIndex(self._handle, place))

    def _box(self, place: int) -> tuple[float, float, float, float]:
        """The left, bottom, right and top of a letter."""
        self._raw.FPDFText_GetLooseCharBox(self._handle, self._index(place), self._there)
        box = self._rectangle
        return box.left, box.bottom, box.right, box.top


# -- columns


@dataclass(frozen=True, slots=True)
class _Column:
    """Lines that follow one another downwards, and where most of them begin and the widest end."""

    lines: list[Line]
    left: float
    right: float

    def is_indented(self, line: Line) -> bool:
        return line.left > self.left + INDENT * line.size

    def has_room(self, line: Line, following: Line) -> bool:
        """Whether the next line's first word would have gone onto this one."""
        word = following.text.split(" ", 1)[0]
        letter = (line.right - line.left) / max(1, len(line.text))
        return self.right - line.right > (len(word) + 2) * letter


def _regions(lines: list[Line]) -> Iterator[list[Line]]:
    """Down the columns between lines that cross the gutter; across, where there is no gutter."""
    gutter = _gutter(lines) if len(lines) < 1000 else None
    rows = sorted(lines, key=lambda line: (round(line.y), line.left))
    if gutter is None:
        yield rows
        return
    for crossing, band in groupby(rows, key=lambda line: line.left < gutter < line.right):
        inside = list(band)
        if crossing:
            yield inside
            continue
        for side in (True, False):
            if part := [line for line in inside if (line.right <= gutter) is side]:
                yield from _regions(part)


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


def _column(lines: list[Line]) -> _Column:
    """The lines of a region, with those put together that only a wide space parted."""
    rows = lines[:1]
    for line in lines[1:]:
        last = rows[-1]
        if abs(line.y - last.y) < 0.3 * last.size and line.left > last.right:
            words = f"{last.text}{'-' if last.hyphen else ''} {line.text}"
            size = max(last, line, key=lambda one: len(one.text)).size
            rows[-1] = line._replace(text=words, left=last.left, y=last.y, size=size)
        else:
            rows.append(line)
    return _Column(rows, min(line.left for line in rows), max(line.right for line in rows))


def _without_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """The pages without running heads, feet, page numbers and tables of contents."""
    rims = [
        (order[:OUTERMOST], order[: -OUTERMOST - 1 : -1])
        for order in (sorted(page, key=lambda line: line.y) for page in pages)
    ]
    seen = Counter(key for pair in rims for key in {_key(line) for rim in pair for line in rim})

    def comes_again(line: Line) -> bool:
        return len(line.text) <= LONGEST_HEAD and seen[_key(line)] > 2

    kept = []
    for page, pair in zip(pages, rims, strict=True):
        gone = {line for rim in pair for line in takewhile(comes_again, rim)}
        kept.append([line for line in page if line not in gone and not _CONTENTS.search(line.text)])
    return kept if any(kept) else pages


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.casefold())


# -- paragraphs


def paragraphs_of(pages: list[list[Line]]) -> list[Paragraph]:
    """Return the paragraphs of all pages, which notes in small print do not interrupt."""
    body = body_size(pages)
    pages = _without_heads(pages)
    columns = [_column(region) for page in pages for region in _regions(page) if region]
    leading = _leading(columns)
    words = _Words(pages)
    found: list[Paragraph] = []
    notes: list[Paragraph] = []
    before: _Column | None = None
    for column in columns:
        for line in column.lines:
            small = line.size < SMALL * body
            kind = notes if small else found
            if kind and before and _goes_on(kind[-1].last, line, before, column, leading):
                words.append(kind[-1], line)
            else:
                if not small:
                    _settle(notes, found)
                kind.append(Paragraph(line.text, [(0, line.page)], line))
            before = column
    _settle(notes, found)
    return found


def _settle(notes: list[Paragraph], found: list[Paragraph]) -> None:
    """Put notes after the last paragraph, or before it, if it ran on over their page."""
    place = len(found)
    if notes and found and found[-1].last.page > notes[0].last.page:
        # The places of pages only grow.
        place -= found[-1].begins[0][1] == notes[0].begins[0][1]
    found[place:place] = notes
    notes.clear()


def _leading(columns: list[_Column]) -> float:
    """The usual distance of lines in sizes of their letters."""
    steps = [
        step
        for column in columns
        for one, other in pairwise(column.lines)
        if 0.6 < (step := (other.y - one.y) / one.size) < 3
    ]
    # The lower quartile: in a text of short paragraphs half of the steps are between them.
    return sorted(steps)[len(steps) // 4] if steps else 1.2


def _goes_on(one: Line, other: Line, before: _Column, column: _Column, leading: float) -> bool:
    """Whether a line goes on with the paragraph of the one before."""
    if abs(one.size - other.size) > 0.15 * max(one.size, other.size):
        return False
    ended = ends_sentence([one.text])
    if before is not column:  # the next column or the next page
        width = before.right - before.left
        wider = width > WIDER * (column.right - column.left)
        short = before.right - one.right > 0.4 * width
        return one.hyphen or other.text[:1].islower() or not (ended or short or wider)
    if (other.y - one.y) / one.size > WIDEST_LEADING * leading:
        return False
    if one.hyphen:
        return True
    room = column.has_room(one, other)
    # Two of three signs part paragraphs. A quotation is indented line by line.
    first = column.is_indented(other) and (ended or not column.is_indented(one))
    return sum((first, ended, room)) < 2


# -- words cut at the ends of lines


@cache
def known_words() -> frozenset[str]:
    """Return the English words that the reader's tokenizer knows as wholes."""
    path = Path(__file__).parents[2] / "reader" / "tokenizer.json"
    vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(word for word in vocabulary if word.isalpha())


class _Words:
    """Puts lines together; a word cut at a line's end is known by how it stands elsewhere."""

    def __init__(self, pages: list[list[Line]]) -> None:
        self._written = {
            word.casefold() for page in pages for line in page for word in _WORD.findall(line.text)
        }

    def append(self, paragraph: Paragraph, line: Line) -> None:
        """Add a line to a paragraph, with a space, a hyphen or nothing between."""
        if paragraph.last.hyphen:
            joint = self._joint(paragraph.text, line.text)
        else:
            glued = re.search(r"\w[-–—/]$", paragraph.text) and line.text[:1].isalnum()
            joint = "" if glued else " "
        if line.page != paragraph.last.page:
            paragraph.begins.append((len(paragraph.text) + len(joint), line.page))
        paragraph.text += joint + line.text
        paragraph.last = line

    def _joint(self, text: str, following: str) -> str:
        """What stands between the halves of a word: a hyphen of its own, or nothing."""
        one = re.search(rf"{_WORD.pattern}$", text[-100:])
        other = re.match(r"[^\W\d_]+", following)
        if not one or not other:
            return "-"
        if not other[0].islower() and not (one[0].isupper() and other[0].isupper()):
            return "-"
        first, second = one[0].casefold(), other[0].casefold()
        if first + second in self._written or first + second in known_words():
            return ""
        compound = min(len(first), len(second)) > 3 and {first, second} <= known_words()
        written = f"{first}-{second}" in self._written
        return "-" if written or compound or "-" in first or first in _SHORT else ""

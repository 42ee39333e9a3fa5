"""Lines of PDF pages become paragraphs again, across lines, columns and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from retrieval.reading.documents.pdflines import Line
from retrieval.reading.lines import ends_sentence

# In sizes of the letters.
INDENT = 0.7
# Of the usual size: notes and captions.
SMALL = 0.92
# In usual distances of lines.
WIDEST_LEADING = 1.35

_LIST_MARK = re.compile(r"(?:[-*•‣◦▪●■–—]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])\s")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# What a hyphen that was written, not set by a program, likely follows.
_COMPOUNDING = frozenset(
    "well self ill high low long short full half part all ever far near cross post pre non anti ex"
    " first second third fourth fifth one two three four five six seven eight nine ten twenty"
    " thirty forty fifty sixty seventy eighty ninety hard soft hand home old new old-fashioned mid"
    " semi quasi much so-called left right open free fast slow deep wide best better lesser great"
    " north south east west year day week month hour mile foot".split()
)


@dataclass(slots=True)
class Paragraph:
    """A paragraph's text, and at which places of it which pages begin."""

    text: str
    begins: list[tuple[int, int]]
    last: Line = field(repr=False)


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

    def is_short(self, line: Line) -> bool:
        return self.right - line.right > 0.4 * (self.right - self.left)


def paragraphs_of(pages: list[list[Line]], body: float) -> list[Paragraph]:
    """The paragraphs of all pages; small print that interrupts one stands before it."""
    columns = [column for page in pages for column in _columns(page)]
    joins = _Joins(columns, body)
    words = _Words(pages)
    found: list[Paragraph] = []
    asides: list[Paragraph] = []
    interrupted = False
    before: _Column | None = None
    for column in columns:
        for line in column.lines:
            small = line.size < SMALL * body
            kind = asides if small else found
            near = before is column or not small
            if kind and before and near and joins.go_on(kind[-1].last, line, before, column):
                words.append(kind[-1], line)
                interrupted = interrupted or (not small and bool(asides))
            else:
                if not small:
                    found = _with_asides(found, asides, interrupted)
                    asides, interrupted, kind = [], False, found
                kind.append(Paragraph(line.text, [(0, line.page)], line))
            before = column
    return _with_asides(found, asides, interrupted)


def _with_asides(
    found: list[Paragraph], asides: list[Paragraph], interrupted: bool
) -> list[Paragraph]:
    """The paragraphs with small print after the last of them, or before, if that went on."""
    # Small print of a later page cannot stand before: places of pages only grow.
    if interrupted and found[-1].begins[0][1] == asides[0].begins[0][1]:
        found[-1:] = [*asides, found[-1]]
    else:
        found += asides
    return found


def _columns(page: list[Line]) -> Iterator[_Column]:
    """The lines of a page, parted where they go up again or aside."""
    run: list[Line] = []
    for line in page:
        if run and (
            line.y < run[-1].y - 0.5 * line.size or line.left > max(one.right for one in run)
        ):
            yield _column(run)
            run = []
        run.append(line)
    if run:
        yield _column(run)


def _column(lines: list[Line]) -> _Column:
    lefts = sorted(line.left for line in lines)
    return _Column(lines, lefts[len(lefts) // 10], max(line.right for line in lines))


class _Joins:
    """Decides whether a line goes on with the paragraph of the one before."""

    def __init__(self, columns: list[_Column], body: float) -> None:
        steps = [
            (other.y - one.y) / one.size
            for column in columns
            for one, other in pairwise(column.lines)
            if abs(one.size - other.size) < 0.1 * body and 0.6 < (other.y - one.y) / one.size < 3
        ]
        # The lower quartile: in a text of short paragraphs half of the steps are between them.
        self.leading = sorted(steps)[len(steps) // 4] if steps else 1.2
        indented = sum(column.is_indented(line) for column in columns for line in column.lines)
        self.by_indents = indented > 0.05 * sum(len(column.lines) for column in columns)

    def go_on(self, one: Line, other: Line, before: _Column, column: _Column) -> bool:
        if abs(one.size - other.size) > 0.1 * max(one.size, other.size):
            return False
        if before is not column:
            return self._across(one, other, before, column)
        step = (other.y - one.y) / one.size
        if abs(step) < 0.3:
            return True  # words set apart on one line
        if step > WIDEST_LEADING * self.leading:
            return False
        return not self._begins(one, other, column)

    def _begins(self, one: Line, other: Line, column: _Column) -> bool:
        """Whether a line begins a paragraph though it stands close below the one before."""
        if one.hyphen:
            return False
        room = column.has_room(one, other)
        ended = ends_sentence([one.text])
        if _LIST_MARK.match(other.text) and (room or ended):
            return True
        # A quotation is indented line by line.
        first = not column.is_indented(one) or (ended and self.by_indents)
        if column.is_indented(other) and first and (room or ended):
            return True
        if room and ended:
            # Ragged lines have some room, too.
            return column.right - one.right > 0.1 * (column.right - column.left)
        return room and column.is_short(one) and not other.text[:1].islower()

    def _across(self, one: Line, other: Line, before: _Column, column: _Column) -> bool:
        """Whether a paragraph runs on in the next column or on the next page."""
        if one.hyphen or other.text[:1].islower():
            return True
        if _LIST_MARK.match(other.text) or column.is_indented(other):
            return False
        if not ends_sentence([one.text]):
            return not before.is_short(one)
        return self.by_indents and not before.has_room(one, other)


class _Words:
    """Puts lines together; a word parted at a line's end is known by how it stands elsewhere."""

    def __init__(self, pages: list[list[Line]]) -> None:
        self._written = {
            word.casefold() for page in pages for line in page for word in _WORD.findall(line.text)
        }

    def append(self, paragraph: Paragraph, line: Line) -> None:
        """Add a line to a paragraph, with a space, a hyphen or nothing between."""
        if paragraph.last.hyphen:
            joint = self._joint(paragraph.text, line.text)
        else:
            glued = (
                paragraph.text.endswith(("-", "–", "—", "/")) and paragraph.text[-2:-1].isalnum()
            )
            joint = "" if glued and line.text[:1].isalnum() else " "
        if line.page != paragraph.last.page:
            paragraph.begins.append((len(paragraph.text) + len(joint), line.page))
        paragraph.text += joint + line.text
        paragraph.last = line

    def _joint(self, text: str, following: str) -> str:
        """What stands between the halves of a word: a hyphen of its own, or nothing."""
        one, other = _LAST_WORD.search(text), _FIRST_WORD.match(following)
        if not one or not other:
            return "-"
        if not other[0].islower() and not (one[0].isupper() and other[0].isupper()):
            return "-"
        first, second = one[0].casefold(), other[0].casefold()
        if first + second in self._written:
            return ""
        if f"{first}-{second}" in self._written or "-" in first:
            return "-"
        return "-" if first in _COMPOUNDING else ""

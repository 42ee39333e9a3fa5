"""The lines of a PDF page with their places, as pdfium gives them."""

from __future__ import annotations

import ctypes
import importlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.reading.documents.pdflines import SHORTEST_HALF, Line

# Between columns that are drawn line by line across both, in sizes of the letters.
GUTTER = 1.1
SAMPLED = 6

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st", "\0": None}
)
_PRINTED = re.compile(r"[^\W_]")
_BREAK = re.compile("\r\n|\n|\r|\ufffe")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a page's text that pdfium takes for a line."""

    start: int
    end: int
    hyphen: bool


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    bottom: float
    right: float
    top: float


def pdfium() -> Any:
    """The bindings of pdfium, which ship no types."""
    return importlib.import_module("pypdfium2")


def lines_of(page: Any, number: int) -> list[Line]:
    """The lines of a page in the order in which they are drawn; none for a lost page."""
    if page is None:
        return []
    text_page = page.get_textpage()
    count = text_page.count_chars()
    if not count:
        return []
    drawn = _Drawn(text_page, text_page.get_text_range(0, count), number)
    pieces = list(drawn.pieces())
    gutter = drawn.gutter(pieces)
    if gutter is not None:
        pieces = [part for piece in pieces for part in drawn.parted(piece, gutter)]
    found = [drawn.line(piece) for piece in pieces]
    # A stamp that runs up the margin is no line of the text.
    usual = Counter(turned for turned, _ in found).most_common(1)
    return [line for turned, line in found if turned == usual[0][0]]


class _Drawn:
    """The text of a page, whose characters can be asked for their places."""

    def __init__(self, text_page: Any, text: str, number: int) -> None:
        self._raw = pdfium().raw
        self._page = text_page
        self._text = text
        self._number = number
        self._rectangle = self._raw.FS_RECTF()

    def pieces(self) -> Iterator[_Piece]:
        """The lines as pdfium parts them; it marks a hyphen at a line's end with U+FFFE."""
        start = 0
        for match in _BREAK.finditer(self._text):
            yield from self._piece(start, match.start(), match[0] == "\ufffe")
            start = match.end()
        yield from self._piece(start, len(self._text), False)

    def _piece(self, start: int, end: int, hyphen: bool) -> Iterator[_Piece]:
        """The stretch without white space around it, if anything is left of it."""
        words = self._text[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        if start < end:
            yield _Piece(start, end, hyphen)

    def line(self, piece: _Piece) -> tuple[int, Line]:
        """By how many quarters a line is turned, and the line as if it were upright."""
        words = self._text[piece.start : piece.end].translate(_LIGATURES)
        half = (piece.start + piece.end) // 2
        letter = _PRINTED.search(self._text, half, piece.end)
        middle = letter.start() if letter else piece.start
        first, telling, last = (self._box(at) for at in (piece.start, middle, piece.end - 1))
        angle = self._raw.FPDFText_GetCharAngle(self._page, self._index(middle))
        turned = round(math.degrees(angle) / 90) % 4
        sign = -1 if turned in (2, 3) else 1
        if turned % 2:
            size = telling.right - telling.left
            left, right, y = sign * first.bottom, sign * last.top, sign * telling.right
        else:
            size = telling.top - telling.bottom
            left, right, y = sign * first.left, sign * last.right, -sign * telling.bottom
        flat = " ".join(words.split())
        return turned, Line(flat, piece.hyphen, left, right, y, max(1.0, size), self._number)

    def gutter(self, pieces: list[_Piece]) -> float | None:
        """The place of a gap that most of the longest lines have; None where they have none."""
        longest = sorted(pieces, key=lambda piece: piece.start - piece.end)[:SAMPLED]
        # A number before a heading, or after it, is no column.
        gaps = [
            gap
            for piece in longest
            for gap in self._gaps(piece)
            if min(gap[0] - piece.start, piece.end - gap[0]) >= SHORTEST_HALF
        ]
        for _, left, right in gaps:
            place = (left + right) / 2
            having = sum(one < place < other for _, one, other in gaps)
            if len(longest) >= 3 and having > len(longest) / 2:
                return place
        return None

    def parted(self, piece: _Piece, gutter: float) -> Iterator[_Piece]:
        """A line's part before the gutter and its part after it."""
        for space, left, right in self._gaps(piece):
            if left < gutter < right:
                # A hyphen that ends the first half is still there.
                hyphen = self._text[space - 1] == "-" and self._text[space - 2].isalpha()
                yield from self._piece(piece.start, space - hyphen, hyphen)
                yield from self._piece(space, piece.end, piece.hyphen)
                return
        yield piece

    def _gaps(self, piece: _Piece) -> Iterator[tuple[int, float, float]]:
        """Spaces of a line that are wide: their places in the text and on the page."""
        for match in re.finditer(r"\s+", self._text[piece.start : piece.end]):
            space = piece.start + match.start()
            before, after = self._box(space - 1), self._box(piece.start + match.end())
            if after.left - before.right > GUTTER * (before.top - before.bottom) > 0:
                yield space, before.right, after.left

    def _index(self, place: int) -> int:
        return int(self._raw.FPDFText_GetCharIndexFromTextIndex(self._page, place))

    def _box(self, place: int) -> _Box:
        box = self._rectangle
        self._raw.FPDFText_GetLooseCharBox(self._page, self._index(place), ctypes.byref(box))
        return _Box(box.left, box.bottom, box.right, box.top)

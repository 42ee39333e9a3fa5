"""The lines of PDF pages: in reading order, without what every page repeats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

# Running heads and feet stand in the first and last lines of a page.
OUTERMOST = 4
# In sizes of their letters: how far they are from the text.
APART = 1.45
# In characters, of those that are as large as the text.
LONGEST_HEAD = 70
# And how close to one another.
TOGETHER = 3
# Two columns of a page have at least so many lines each.
SHORTEST_COLUMN = 3
# And their lines about so many characters.
SHORTEST_HALF = 12


class Line(NamedTuple):
    """A line of a page. Its places are in points, `y` growing downwards; `page` counts from 0.

    `hyphen` tells that it ended in one, which is no longer there.
    """

    text: str
    hyphen: bool
    left: float
    right: float
    y: float
    size: float
    page: int


_PAGE_NUMBER = re.compile(
    r"[-–—|\[(]?\s*(?:(?:page|p\.|seite|página|pagina|стр\.)\s*)?(?:#|[ivxlc]{1,7})"
    r"(?:\s*(?:of|/|von|de|sur|из)\s*#)?\s*[-–—|\])]?",
    re.IGNORECASE,
)


# A line of a table of contents.
_LEADER = re.compile(r"(?:\. ?){5,}\s*(?:\d+|[ivxlc]+)$")


def body_size(pages: list[list[Line]]) -> float:
    """The size in which most of the text is set."""
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page:
            letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0]


def without_furniture(pages: list[list[Line]], body: float) -> list[list[Line]]:
    """The pages without running heads, feet and page numbers."""
    outer = [_outermost(page) for page in pages]
    seen: Counter[tuple[str, int]] = Counter()
    for rims in outer:
        # A height is counted with the next, so that none falls between two.
        lines = [line for rim in rims for line in rim]
        seen.update({(_key(line), _height(line) + more) for line in lines for more in (0, 1)})
    enough = 2 if sum(map(bool, pages)) <= 4 else 3

    def comes_again(line: Line) -> bool:
        # A refrain or a form of words comes again, too, but in the size of the text.
        if len(line.text) > LONGEST_HEAD and line.size > 0.97 * body:
            return False
        times = max(seen[_key(line), _height(line)], seen[_key(line), _height(line) + 1])
        return times >= enough or _PAGE_NUMBER.fullmatch(_key(line)) is not None

    kept = []
    for page, rims in zip(pages, outer, strict=True):
        gone = {id(line) for rim in rims for line in _furniture(rim, comes_again)}
        kept.append(
            [line for line in page if id(line) not in gone and not _LEADER.search(line.text)]
        )
    return kept


def _furniture(rim: list[Line], comes_again: Callable[[Line], bool]) -> list[Line]:
    """The lines from the outermost inwards that come again, as far as the next gap allows."""
    found: list[Line] = []
    for line in takewhile(comes_again, rim[:OUTERMOST]):
        if found and abs(line.y - found[-1].y) > TOGETHER * line.size:
            break
        found.append(line)
    while found:
        inner = rim[len(found) : len(found) + 1]
        # What stands close to the text is text that comes again, such as a refrain.
        if not inner or abs(inner[0].y - found[-1].y) > APART * found[-1].size:
            return found
        found.pop()
    return found


def _outermost(page: list[Line]) -> tuple[list[Line], list[Line]]:
    """The first and the last lines of a page, from the rim inwards, and one more of each."""
    order = sorted(page, key=lambda line: line.y)
    return order[: OUTERMOST + 1], order[: -OUTERMOST - 2 : -1]


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.casefold())


def _height(line: Line) -> int:
    return round(line.y / 20)


def in_reading_order(page: list[Line]) -> list[Line]:
    """The lines as they are read: as they are drawn, unless that jumps about the page."""
    up = any(
        other.y < one.y - one.size and other.left < one.left + 2 * one.size
        for one, other in pairwise(page)
    )
    across = sum(
        abs(other.y - one.y) < 0.3 * one.size
        and other.left > one.right + one.size
        and min(len(one.text), len(other.text)) >= SHORTEST_HALF
        for one, other in pairwise(page)
    )
    return list(_by_columns(page)) if up or across >= SHORTEST_COLUMN else page


def _by_columns(lines: list[Line], depth: int = 0) -> Iterator[Line]:
    """Down the columns between lines that cross the gutter; across, where there is no gutter."""
    gutter = _gutter(lines) if depth < 4 else None
    rows = sorted(lines, key=lambda line: (round(line.y), line.left))
    if gutter is None:
        yield from rows
        return
    for crossing, band in groupby(rows, key=lambda line: line.left < gutter < line.right):
        if crossing:
            yield from band
            continue
        inside = list(band)
        yield from _by_columns([line for line in inside if line.right <= gutter], depth + 1)
        yield from _by_columns([line for line in inside if line.right > gutter], depth + 1)


def _gutter(lines: list[Line]) -> float | None:
    """The place between two columns: many lines end before it, many begin after it, few cross."""
    best, best_worth = None, 0
    for place in {round(line.left) - 1 for line in lines}:
        before = sum(line.right <= place for line in lines)
        after = sum(line.left > place for line in lines)
        crossing = len(lines) - before - after
        worth = min(before, after)
        if worth >= SHORTEST_COLUMN and crossing <= worth and worth > best_worth:
            best, best_worth = place, worth
    return best

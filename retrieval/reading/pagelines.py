"""A parsed page as the lines a reader sees, each with how much of it is link, and its heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.reading.lines import ends_sentence

_UNSEEN = frozenset(
    "head script style noscript template svg select option textarea iframe object canvas math"
    " title button".split()
)
WITHIN_LINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark meta nobr"
    " picture q rp rt ruby s samp small source span strike strong sub sup time tt u var wbr".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `linked` characters of `text` are links; `level` is 1 for h1, 0 for no heading.

    `listed` tells that it is an item of a list, or a quotation.
    """

    text: str
    linked: int
    level: int
    listed: bool

    @property
    def is_link(self) -> bool:
        """Whether the line leads elsewhere and says nothing besides."""
        return self.linked * 5 >= len(self.text) * 4

    @property
    def is_prose(self) -> bool:
        """Whether the line is a sentence of some length, as articles consist of."""
        return words_in(self.text) >= 9 and ends_sentence([self.text]) and not self.is_link


def words_in(text: str) -> int:
    """About how many words a text has; those of Chinese and Japanese have no space around them."""
    spaced = text.count(" ") + 1 if text else 0
    dense = sum(1 for ch in text if "\u3040" <= ch <= "\u9fff")
    return max(spaced, dense // 2)


def leads_away(link: Any) -> bool:
    """Whether a link leads to another page; headings often carry one to themselves."""
    href = (link.get("href") or "").strip()
    return bool(href) and not href.startswith("#")


@dataclass(frozen=True, slots=True)
class Placed:
    """The lines of a page, and for each of its elements the first of its lines and the end."""

    lines: list[Line]
    spans: dict[Any, tuple[int, int]]

    def within(self, element: Any) -> list[Line]:
        """The lines that stand in an element; of one inside a line, that whole line."""
        first, end = self.spans[element]
        return self.lines[first:end]


def of_tree(tree: Any) -> list[Line]:
    """The lines of a page in order; scripts, styles and hidden machinery are none."""
    return list(_lines(tree, {}))


def placed(tree: Any) -> Placed:
    """The lines of a page, and where its elements stand among them."""
    spans: dict[Any, tuple[int, int]] = {}
    lines = list(_lines(tree, spans))
    # What stands within a line ends where it does, if that line has any words.
    return Placed(lines, {one: (at, min(end, len(lines))) for one, (at, end) in spans.items()})


def _lines(tree: Any, spans: dict[Any, tuple[int, int]]) -> Iterator[Line]:
    from lxml import etree

    pieces: list[str] = []
    linked = level = unseen = within_link = within_list = before = 0

    def flushed() -> Iterator[Line]:
        nonlocal linked, before
        text = " ".join("".join(pieces).split())
        if text:
            before += 1
            yield Line(text, min(linked, len(text)), level, within_list > 0)
        pieces.clear()
        linked = 0

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        begins = event == "start"
        if tag not in WITHIN_LINE:
            yield from flushed()
        # What stands inside a line ends before the line does.
        end = before + 1 if tag in WITHIN_LINE else before
        spans[element] = (before, end) if begins else (spans[element][0], end)
        if tag in _UNSEEN:
            unseen += 1 if begins else -1
        elif tag == "a" and leads_away(element):
            within_link += 1 if begins else -1
        elif tag in ("li", "blockquote"):
            within_list += 1 if begins else -1
        elif tag in _HEADINGS:
            level = int(tag[1]) if begins else 0
        text = element.text if begins else element.tail
        # What follows an element that is not seen is seen.
        if text and not unseen:
            pieces.append(text)
            linked += len(" ".join(text.split())) if within_link else 0
    yield from flushed()

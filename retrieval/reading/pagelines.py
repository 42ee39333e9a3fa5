"""A parsed page as the lines a reader sees, each with its element, its links and its heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.reading import boxes
from retrieval.reading.lines import ends_sentence
from retrieval.reading.trees import INLINE

LINKED = 0.8  # of the characters of a line that leads elsewhere

_UNSEEN = frozenset(
    "head script style noscript template svg select option textarea iframe object canvas math"
    " title button".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and the element that its words begin in; `level` is 1 for h1, 0 for no heading.

    `is_link` says that it leads elsewhere and says little besides; `boxed`, that it stands in a box
    beside the article.
    """

    text: str
    is_link: bool
    level: int
    element: Any
    boxed: bool

    @property
    def is_prose(self) -> bool:
        """Whether the line is a sentence of some length, as articles consist of."""
        return is_prose(self.text) and not self.is_link


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph is a sentence of some length."""
    return words_in(paragraph) >= 9 and ends_sentence([paragraph])


def words_in(text: str) -> int:
    """Return about how many words a text has; those of Chinese and Japanese have no space."""
    spaced = text.count(" ") + 1 if text else 0
    dense = 0 if text.isascii() else sum(1 for ch in text if "\u3040" <= ch <= "\u9fff")
    return max(spaced, dense // 2)


def of_tree(tree: Any) -> Iterator[Line]:
    """Yield the lines of a page in order."""
    from lxml import etree

    beside = boxes.in_tree(tree)
    pieces: list[str] = []
    owner: Any = None
    linked = links = 0
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        begins = event == "start"
        if pieces and element.tag not in INLINE:
            text = " ".join("".join(pieces).split())
            around = [owner, *owner.iterancestors()]
            level = next((int(one.tag[1]) for one in around if one.tag in _HEADINGS), 0)
            is_link = linked >= LINKED * len(text)
            yield Line(text, is_link, level, owner, not beside.isdisjoint(around))
            pieces, linked = [], 0
        if begins and element.tag in _UNSEEN:
            walk.skip_subtree()
            continue
        # Headings often carry a link to themselves.
        if element.tag == "a" and not (element.get("href") or "#").strip().startswith("#"):
            links += 1 if begins else -1
        text = element.text if begins else element.tail
        if text and (pieces or not text.isspace()):
            if not pieces:
                owner = element if begins else element.getparent()
            pieces.append(text)
            linked += len(" ".join(text.split())) if links else 0

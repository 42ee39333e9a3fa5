"""A parsed page as the lines that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.sources import tables, trees
from retrieval.sources.lines import ends_sentence

LARGEST_SHARE = 0.3  # of the characters of a page; a box that holds more may be the article
LINKED = 0.8  # of the characters of a line that leads elsewhere

_BOXES = frozenset("nav aside footer dialog form button".split())
# Whole words of a class or id. Trafilatura knows many more, and takes some out of articles.
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:(?:newsletter|cookie|comment|advert|ad|breadcrumb|tag|recommendation|teaser)s?"
    r"|consent|respond|share|sharing|social|advertisement|sponsored|trending|recommended|related"
    r"|popular|promo|sidebar|nav|navbar|navigation|menu|footer|donate|bio|author-?(?:box|bio|info)"
    r"|about-?author|sign-?up|most-?read|read-(?:more|next|also)|more-(?:stories|on|from))(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|__")
_UNSEEN = frozenset(
    "head script style noscript template svg select option textarea iframe object canvas math"
    " title button".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_SENTENCE = re.compile(r"(?:[^\s.!?]+[\s.]){8,}[^.!?]*[.!?](?:\s|$)")
# A page may hide most of itself until it has loaded.
_UNLESS_LARGE = "[not(self::body or 2 * string-length() > string-length(//body))]"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and the element that its words begin in; `level` is 1 for h1, 0 for no heading.

    A line `is_link` if it leads elsewhere and says little besides, `boxed` if it stands in a box.
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


def prepare(tree: Any) -> None:
    """Change a tree: what no reader sees goes, tables and captions become paragraphs.

    Captions that are sentences cost .001 of F1 on 181 pages, whose text as counted has none; all
    captions would cost .003.
    """
    trees.put_right(tree)
    for element in tree.xpath(trees.HIDDEN + _UNLESS_LARGE):
        trees.remove(element)
    tables.write_out(tree)
    first = next(
        (paragraph for paragraph in tree.iter("p") if is_prose(trees.words(paragraph))), None
    )
    for caption in first.xpath("following::figcaption") if first is not None else []:
        if _SENTENCE.match(trees.words(caption)):
            for element in [*caption.iterancestors("figure"), caption]:
                element.tag = "p" if element is caption else "div"
                element.attrib.clear()


def _boxes(tree: Any) -> set[Any]:
    """The elements of a page whose tag or name says that they are no article."""
    largest = LARGEST_SHARE * tree.xpath("string-length()")
    boxes = set()
    for element in tree.iter(*_BOXES, "div", "section", "ul", "ol", "p"):
        names = _CAMEL.sub("-", f"{element.get('class', '')} {element.get('id', '')}")
        named = element.tag in _BOXES or _NAMES.search(names)
        if named and element.xpath("string-length() <= $most and not(.//h1)", most=largest):
            boxes.add(element)
    return boxes


def of_tree(tree: Any) -> Iterator[Line]:
    """Yield the lines of a page in order."""
    from lxml import etree

    beside = _boxes(tree)
    pieces: list[str] = []
    owner: Any = None
    linked = links = 0
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        begins = event == "start"
        if pieces and element.tag not in trees.INLINE:
            text = " ".join("".join(pieces).split())
            around = [owner, *owner.iterancestors()]
            level = next((int(outer.tag[1]) for outer in around if outer.tag in _HEADINGS), 0)
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

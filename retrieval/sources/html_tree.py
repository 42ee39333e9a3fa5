"""HTML as a tree: its words, lines and tables, with marks inside sentences as plain text."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from retrieval.sources import plaintext
from retrieval.sources.plaintext import ends_sentence
from retrieval.text.languages import words_counted

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font hi i img ins kbd label mark meta"
    " nobr picture q ref rp rt ruby s samp small source span strike strong sub sup time tt u var"
    " wbr".split()
)
"""Elements inside a line; every other one parts lines. Trafilatura's are `hi` and `ref`."""
HIDDEN = (
    "//*[@hidden or contains(translate(@style, ' ', ''), 'display:none')"
    " or contains(translate(@style, ' ', ''), 'visibility:hidden')"
    " or contains(@class, 'visually-hidden') or contains(@class, 'sr-only')"
    " or contains(@class, 'screen-reader-text') or contains(@class, 'print-only')]"
)
"""An XPath of what no reader of a page sees."""
LONGEST_RAISED = 12  # characters; what is longer is no exponent
MOST_COLUMNS = 50
LONGEST_CELL = 200  # characters; a longer cell is a box of a page that a table lays out
LARGEST_SHARE = 0.3  # of the characters of a page; a box that holds more may be the article
LINKED = 0.8  # of the characters of a line that leads elsewhere

_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§])[\])]?", re.IGNORECASE)
_NOTE = ".//a[contains(@href, '#')] or contains(@class, 'note') or contains(@class, 'reference')"
_UNSEEN = (
    "head script style noscript template svg select option textarea iframe object canvas math"
    " title button"
).split()
_NO_TEXT = (*_UNSEEN, "nav", "form", "audio", "video")
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_BOXES = ("nav", "aside", "footer", "dialog", "form", "button")
# Whole words of a class or id. Trafilatura knows many more, and takes some out of articles.
_NAMES = re.compile(
    r"(?<![a-z])(?:(?:newsletter|comment|advert|ad|breadcrumb|tag|recommendation|teaser)s?|share"
    r"|sharing|social|related|popular|promo|sidebar|nav|menu|footer|bio|author-?(?:box|bio|info)"
    r"|sign-?up|most-?read|read-?(?:more|next|also)|more-?(?:stories|on|from))(?![a-z])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:[^\s.!?]+[\s.]){8,}[^.!?]*[.!?](?:\s|$)")
# A page may hide most of itself until it has loaded.
_UNLESS_LARGE = "[not(self::body or 2 * string-length() > string-length(//body))]"


def parsed(page: str) -> Any | None:
    """Return the root of some HTML, without comments; None where there is nothing in it."""
    from lxml import etree, html

    # A walk through a tree that has comments would pass by the text that follows them.
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        # Bytes, because lxml refuses strings that declare an encoding, as XHTML does.
        return html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def paragraphs(root: Any) -> list[str]:
    """Return the paragraphs of a tree; line ends in its markup are spaces."""
    return [line.text for line in lines(root)]


def prose(root: Any, *without: str) -> list[str]:
    """Return the paragraphs and table rows of an HTML tree, which is changed."""
    put_right(root)
    for element in list(root.iter(*_NO_TEXT, *without)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()
    write_out(root)
    return paragraphs(root)


def put_right(tree: Any) -> None:
    """Change a tree: 10<sup>2</sup> to 10², and a line end inside a sentence to a space.

    Struck-out words go, and marks of footnotes, since their notes stand elsewhere.
    """
    for element in list(tree.iter("del", "s", "strike")):
        remove(element)
    for element in list(tree.iter("sup", "sub")):
        _shift(element)
    for element in list(tree.iter("br")):
        before, after = _before(element).strip(), (element.tail or "").lstrip()
        if before and after[:1].islower() and not ends_sentence([before]):
            _replace(element, " ")


def remove(element: Any) -> None:
    """Take an element out of its tree; the text that follows it stays."""
    _replace(element, "")
    try:
        element.drop_tree()
    except (ValueError, AssertionError):  # lxml refuses to write some characters that it has read
        element.text = " "


def _replace(element: Any, text: str) -> None:
    element.clear(keep_tail=True)
    element.tag = "span"
    element.text = text


def _before(element: Any) -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or "".join(previous.itertext())
    return (parent.text or "") if parent is not None else ""


def _shift(element: Any) -> None:
    """Raise or lower the words of an element by characters of their own, if all have them."""
    text, before = words(element), _before(element)[-1:]
    if not text or len(text) > LONGEST_RAISED:
        return
    if element.tag == "sub":
        # CO2 is written so anywhere; 10₂ is not 102.
        if before.isdigit():
            _replace(element, text.translate(_LOWERED))
    elif _NOTE_MARK.fullmatch(text) and element.xpath(_NOTE):
        remove(element)
    elif before.strip() and (text == "n" or not text.isalpha()):  # 21st is raised for looks
        raised = text.replace(" ", "").translate(_RAISED)
        _replace(element, f" {text}" if re.search("[ -~]", raised) else raised)


def as_lines(rows: list[list[str]], *, has_names: bool) -> list[str]:
    """Return a line for each row, such as "Blue Peter, load: 14 tonnes".

    With `has_names` the first row names the columns, in rows with as many cells.
    """
    names = rows[0] if has_names and len(rows[0]) in map(len, rows[1:]) else []
    written = []
    for cells in (row for row in rows if row != names):
        heads = ["", *names[1:]] if len(cells) == len(names) else []
        pairs = zip_longest(heads, cells[:MOST_COLUMNS], fillvalue="")
        named = [f"{head.rstrip(' :')}: {cell}" if head else cell for head, cell in pairs if cell]
        written.append(", ".join(named))
    return list(filter(None, written))


def write_out(tree: Any) -> None:
    """Change a tree: rows of tables become paragraphs; tables that lay out the page, boxes."""
    for table in reversed(list(tree.iter("table"))):
        rows = list(table.iter("tr"))
        texts = [[words(cell) for cell in row.iter("td", "th")] for row in rows]
        if _lays_out(table, texts):
            for element in table.iter("table", "tbody", "thead", "tfoot", "tr", "td", "th"):
                element.tag = "div"
            continue
        for line_end in list(table.iter("br")):
            _replace(line_end, " ")
        texts = [[words(cell) for cell in row.iter("td", "th")] for row in rows]
        is_head = rows[0].find("td") is None or rows[0].getparent().tag == "thead"
        # The first row names the columns, too, if it alone has no figure.
        have_figures = [re.search(r"\d", " ".join(row)) is not None for row in texts]
        is_named = not have_figures[0] and all(have_figures[1:]) and all(texts[0][1:])
        has_names = len(texts[0]) > 1 and (is_head or is_named)
        captions = [words(caption) for caption in table.iter("caption")][:1]
        table.clear(keep_tail=True)
        table.tag = "div"
        for line in [*filter(None, captions), *as_lines(texts, has_names=has_names)]:
            paragraph = table.makeelement("p")
            paragraph.text = line
            table.append(paragraph)


def _lays_out(table: Any, texts: list[list[str]]) -> bool:
    widest = max(map(len, texts), default=0)
    longest = max((len(cell) for row in texts for cell in row), default=0)
    return (
        not (1 < widest <= MOST_COLUMNS and len(texts) > 1 and longest <= LONGEST_CELL)
        or next(table.iter("h1", "form", "article"), None) is not None
        or table.get("role") == "presentation"
    )


# -- a page as its reader sees it


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
        return is_prose(self.text) and not self.is_link


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph is a sentence of some length, as articles consist of."""
    return words_counted(paragraph) >= 9 and ends_sentence([paragraph])


def prepare(tree: Any) -> None:
    """Change a tree: what no reader sees goes, tables and captions become paragraphs.

    Captions that are sentences cost .001 of F1 on 181 pages, whose text as counted has none; all
    captions would cost .003.
    """
    put_right(tree)
    for element in tree.xpath(HIDDEN + _UNLESS_LARGE):
        remove(element)
    write_out(tree)
    first = next((paragraph for paragraph in tree.iter("p") if is_prose(words(paragraph))), None)
    for caption in first.xpath("following::figcaption") if first is not None else []:
        if _SENTENCE.match(words(caption)):
            for element in [*caption.iterancestors("figure"), caption]:
                element.tag = "p" if element is caption else "div"
                element.attrib.clear()


def page_lines(tree: Any) -> Iterator[Line]:
    """Yield the lines of a page; boxes are elements whose tag or name says they are no article."""
    largest = LARGEST_SHARE * tree.xpath("string-length()")
    boxes = set()
    for element in tree.iter(*_BOXES, "div", "section", "ul", "ol", "p"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        named = element.tag in _BOXES or _NAMES.search(names)
        if named and element.xpath("string-length() <= $most and not(.//h1)", most=largest):
            boxes.add(element)
    return lines(tree, boxes, _UNSEEN)


def lines(tree: Any, boxes: Set[Any] = frozenset(), skipped: Sequence[str] = ()) -> Iterator[Line]:
    """Yield the lines of a tree in order, without those in elements that are skipped."""
    from lxml import etree

    pieces: list[str] = []
    owner: Any = None
    linked = links = 0
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        begins = event == "start"
        if pieces and element.tag not in INLINE:
            text = " ".join(plaintext.UNSEEN.sub("", "".join(pieces)).split())
            around = [owner, *owner.iterancestors()]
            level = next((int(outer.tag[1]) for outer in around if outer.tag in _HEADINGS), 0)
            is_link = linked >= LINKED * len(text)
            if text:
                yield Line(text, is_link, level, owner, not boxes.isdisjoint(around))
            pieces, linked = [], 0
        if begins and element.tag in skipped:
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

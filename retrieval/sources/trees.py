"""HTML as a tree: its words, and marks within a sentence as plain text has them."""

from __future__ import annotations

import re
from typing import Any

from retrieval.sources import lines

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

_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# What is raised for looks: 21st, 1er, Mme, nº.
_ORDINAL = re.compile(r"st|nd|rd|th|er?|re|ère|ème|mes?|lle|[oa]s?|TM|\W", re.IGNORECASE)
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§])[\])]?", re.IGNORECASE)
_NOTE = ".//a[contains(@href, '#')] or contains(@class, 'note') or contains(@class, 'reference')"


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
    """Return the words in an element on one line."""
    return " ".join("".join(element.itertext()).split())


def paragraphs(root: Any) -> list[str]:
    """Return the paragraphs of a tree; line ends in its markup are spaces."""
    from lxml import etree

    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        apart = "" if element.tag in INLINE else "\n\n"
        text = element.text if event == "start" else element.tail if element is not root else ""
        pieces += [apart, re.sub(r"\s+", " ", text or "")]
    return [line for block in lines.blocks("".join(pieces)) for line in block]


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
        if before and after[:1].islower() and not lines.ends_sentence([before]):
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
    """Return the text directly before an element."""
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
    elif before.strip() and not _ORDINAL.fullmatch(text):
        text = text.replace(" ", "")
        shifted = all(ord(character) in _RAISED for character in text)
        _replace(element, text.translate(_RAISED) if shifted else f" {text}")

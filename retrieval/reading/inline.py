"""Raised, lowered, struck-out and broken words inside a sentence, as plain text has them."""

from __future__ import annotations

import re
from typing import Any

from retrieval.reading import trees
from retrieval.reading.lines import ends_sentence

LONGEST_RAISED = 12  # characters; what is longer is no exponent

_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
# What is raised for looks: 21st, 1er, Mme, nº.
_ORDINAL = re.compile(
    r"st|nd|rd|th|e|er|re|ère|ème|me|mes|lle|o|os|a|as|TM|SM|[™®©℠*]", re.IGNORECASE
)
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§])[\])]?", re.IGNORECASE)
_NOTE_CLASS = re.compile(r"\b(?:foot|end)?(?:note|reference)", re.IGNORECASE)


def put_right(tree: Any) -> None:
    """Change a tree: 10<sup>2</sup> to 10², and a line end inside a sentence to a space.

    Struck-out words go, and marks of footnotes, since their notes stand elsewhere.
    """
    for element in list(tree.iter("del", "s", "strike")):
        remove(element)
    for element in list(tree.iter("sup", "sub")):
        if element.getparent() is not None:
            _shift(element)
    for element in list(tree.iter("br")):
        before, after = _before(element).strip(), (element.tail or "").lstrip()
        if before and after[:1].islower() and not ends_sentence([before]):
            _replace(element, " ")


def remove(element: Any) -> None:
    """Take an element out of its tree; the text that follows it stays.

    Trafilatura drops the text behind an element that is only emptied.
    """
    element.clear(keep_tail=True)
    element.tag = "span"
    try:
        element.drop_tree()
    except (ValueError, AssertionError):  # lxml refuses to write some characters that it has read
        element.text = " "


def _before(element: Any) -> str:
    """Return the text directly before an element."""
    previous = element.getprevious()
    if previous is None:
        return element.getparent().text or "" if element.getparent() is not None else ""
    return previous.tail or "".join(previous.itertext())


def _shift(element: Any) -> None:
    words = trees.words(element)
    before = _before(element)[-1:]
    if not words or len(words) > LONGEST_RAISED:
        return
    if element.tag == "sub":
        # CO2 is written so anywhere; 10₂ is not 102.
        if before.isdigit() or before in ("/", "⁄"):
            _put(element, words, _LOWERED)
    elif _is_note_mark(element, words):
        remove(element)
    elif before.strip() and not _ORDINAL.fullmatch(words):
        _put(element, words, _RAISED)


def _is_note_mark(element: Any, words: str) -> bool:
    if not _NOTE_MARK.fullmatch(words):
        return False
    leads = any("#" in (link.get("href") or "") for link in element.iter("a"))
    return leads or _NOTE_CLASS.search(element.get("class") or "") is not None


def _put(element: Any, words: str, forms: dict[int, int]) -> None:
    """Put words in characters of their own, if all have them; else a space before them."""
    words = words.replace(" ", "")
    shifted = all(ord(character) in forms for character in words)
    _replace(element, words.translate(forms) if shifted else f" {words}")


def _replace(element: Any, words: str) -> None:
    # Its tail stays where it is: lxml refuses to write some characters that it has read.
    element.clear(keep_tail=True)
    element.tag = "span"
    element.text = words

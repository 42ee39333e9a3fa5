"""What is raised, lowered or broken off inside a sentence of a page stands as plain text has it."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from retrieval.reading.lines import ends_sentence
from retrieval.reading.pagelines import WITHIN_LINE

# In characters: so much of what stands before is looked at, and what is longer is no exponent.
LOOKED_AT = 200
LONGEST_RAISED = 12
# In characters: a line of so many was broken off where its page was full.
FULL_LINE = 40

_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
# What is raised for looks: 21st, 1er, Mme, nº.
_ORDINAL = re.compile(
    r"st|nd|rd|th|e|er|re|ère|ème|me|mes|lle|o|os|a|as|TM|SM|[™®©℠*]", re.IGNORECASE
)
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§])[\])]?", re.IGNORECASE)
_NOTE_CLASS = re.compile(r"\b(?:foot|end)?(?:note|reference)", re.IGNORECASE)
_LEADS_ON = re.compile(
    r"\b(?:a|an|the|of|in|to|for|and|or|by|at|from|with|on|as|is|was|were|that)$", re.IGNORECASE
)


def put_right(tree: Any) -> None:
    """Change a tree: 10<sup>2</sup> to 10², and a line end inside a sentence to a space.

    Marks of footnotes go, since their notes stand elsewhere.
    """
    breaks, shifted = _found(tree)
    for element in breaks:
        _replace(element, " ")
    for element, before in shifted:
        _shift(element, before)


def _found(tree: Any) -> tuple[list[Any], list[tuple[Any, str]]]:
    """The line ends inside sentences, and what is raised or lowered, with what stands before it."""
    from lxml import etree

    breaks: list[Any] = []
    shifted: list[tuple[Any, str]] = []
    waiting = None
    before = ""
    in_link = False
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        tag = element.tag
        if tag == "br" and event == "start":
            # Of two line ends neither stands inside a sentence.
            before = "" if waiting is not None else before
            waiting = element
        elif tag != "br" and event in ("start", "end") and tag not in WITHIN_LINE:
            waiting, before = None, ""
        if event == "start" and tag in ("sup", "sub"):
            shifted.append((element, before[-1:]))
        words = element.text if event == "start" else element.tail
        if not words:
            continue
        if waiting is not None and words.strip():
            # Links below one another are a menu.
            menu = in_link and tag == "a" and event == "start"
            runs_on = not menu and _runs_on(before.strip(), words.lstrip()[:1])
            breaks += [waiting] if runs_on else []
            before = f"{before} " if runs_on else ""
            waiting = None
        if words.strip():
            in_link = tag == "a" and event == "start"
        before = (before + words[-LOOKED_AT:])[-LOOKED_AT:]
    return breaks, shifted


def _runs_on(before: str, first: str) -> bool:
    """Whether a sentence goes on after a line end; a line of verse or an address begins anew."""
    if not before or ends_sentence([before]):
        return False
    full = len(before) >= FULL_LINE
    return first.islower() or (full and first.isdigit()) or _LEADS_ON.search(before) is not None


def _shift(element: Any, before: str) -> None:
    # One that stood inside another is gone with it.
    if element.getparent() is None:
        return
    words = " ".join("".join(islice(element.itertext(), 2 * LONGEST_RAISED)).split())
    if not words or len(words) > LONGEST_RAISED:
        return
    if element.tag == "sub":
        # CO2 is written so anywhere; 10₂ is not 102.
        if before.isdigit() or before in tuple("/⁄"):
            _put(element, words, _LOWERED)
    elif _is_note_mark(element, words):
        _replace(element, "")
    elif before.strip() and not _ORDINAL.fullmatch(words):
        _put(element, words, _RAISED)


def _is_note_mark(element: Any, words: str) -> bool:
    if not _NOTE_MARK.fullmatch(words):
        return False
    leads = any((link.get("href") or "").find("#") >= 0 for link in element.iter("a"))
    return leads or _NOTE_CLASS.search(element.get("class") or "") is not None


def _put(element: Any, words: str, forms: dict[int, int]) -> None:
    """Put words in characters of their own, if all have them; else a space before them."""
    words = words.replace(" ", "")
    if all(ord(character) in forms for character in words):
        _replace(element, words.translate(forms))
    else:
        space = element.makeelement("span")
        space.text = " "
        element.addprevious(space)


def _replace(element: Any, words: str) -> None:
    # Its tail stays where it is: lxml refuses to write some characters that it has read.
    element.clear(keep_tail=True)
    element.tag = "span"
    element.text = words

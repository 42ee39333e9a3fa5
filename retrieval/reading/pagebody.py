"""The paragraphs of a page's article, which trafilatura finds."""

from __future__ import annotations

import logging
from bisect import bisect_left
from typing import Any

from retrieval.reading import lines
from retrieval.reading.pagelines import Line

# In lines: what stands between two paragraphs of an article.
LONGEST_GAP = 12
# In elements; ordinary pages have some thousand.
MOST_FOR_SECOND_OPINION = 10_000
# What trafilatura's body uses inside a paragraph; every other element is a paragraph of its own.
_INLINE = frozenset({"hi", "ref", "del", "span"})


def extracted(tree: Any) -> Any:
    """The body that trafilatura finds in a tree, which it changes; None where it finds nothing."""
    # Importing trafilatura takes a quarter of a second.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    # It logs a warning for each page without text, which the person is told anyway.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        # A second opinion takes time that grows with the square of the paragraphs.
        fast = sum(1 for _ in tree.iter()) > MOST_FOR_SECOND_OPINION
        document = bare_extraction(tree, include_comments=False, include_tables=False, fast=fast)
    except Exception:  # it raises whatever its dozen heuristics run into
        return None
    return document.body if isinstance(document, Document) else None


def guessed_authors(tree: Any) -> list[str]:
    """Whom trafilatura takes for the authors, by the names of what holds them."""
    from trafilatura.metadata import extract_author

    try:
        found = extract_author(tree)
    except Exception:  # as above
        return []
    return (found or "").split(";")


def paragraphs(body: Any, left: list[Line]) -> list[str]:
    """The paragraphs, headings and list items of trafilatura's body, each once if long.

    `left` are the lines of the page as a reader sees them.
    """
    pieces: list[str] = []
    _gather(body, pieces)
    found = [line for block in lines.blocks("".join(pieces)) for line in block]
    seen: set[str] = set()
    kept = []
    for line in _completed(_unglued(found, left), left):
        if len(line) < 40 or line not in seen:
            kept.append(line)
            seen.add(line)
    return kept


def _unglued(found: list[str], seen: list[Line]) -> list[str]:
    """The paragraphs, those that hold several lines of the page taken apart into these.

    Where trafilatura is at a loss it gives all the words of a page in one piece.
    """
    longest = max((len(line.text) for line in seen), default=0)
    apart: list[str] = []
    for paragraph in found:
        if len(paragraph) <= longest:
            apart.append(paragraph)
            continue
        held = [line for line in seen if line.text in paragraph and not line.is_link]
        apart += [line.text for line in held] or [paragraph]
    return apart


def _completed(found: list[str], left: list[Line]) -> list[str]:
    """The paragraphs, with the headings and sentences between them that are missing.

    Trafilatura leaves out a paragraph for the links in it.
    """
    places: list[int | None] = []
    after = 0
    index: dict[str, list[int]] = {}
    for number, line in enumerate(left):
        index.setdefault(line.text, []).append(number)
    place: int | None
    for paragraph in found:
        at = index.get(paragraph, [])
        place = at[later] if (later := bisect_left(at, after)) < len(at) else None
        places.append(place)
        after = after if place is None else place + 1
    whole: list[str] = []
    before: int | None = None
    for paragraph, place in zip(found, places, strict=True):
        if before is not None and place is not None and place - before <= LONGEST_GAP:
            between = left[before + 1 : place]
            whole += [line.text for line in between[:-1] if line.is_prose]
            whole += [line.text for line in between[-1:] if _belongs(line)]
        whole.append(paragraph)
        before = place
    return whole


def _belongs(line: Line) -> bool:
    """Whether a line directly above a paragraph of the article is part of it, too."""
    return (line.level > 1 and not line.is_link) or line.is_prose


def _gather(element: Any, pieces: list[str]) -> None:
    """Add the words of an element, with an empty line around all that is no inline markup."""
    apart = "" if element.tag in _INLINE else "\n\n"
    # Line ends in the markup are spaces to a reader.
    pieces += [apart, " ".join((element.text or "").splitlines())]
    for child in element:
        _gather(child, pieces)
        pieces.append(" ".join((child.tail or "").splitlines()))
    pieces.append(apart)

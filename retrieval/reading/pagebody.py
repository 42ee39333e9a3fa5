"""The paragraphs of a page's article, which trafilatura finds."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from retrieval.reading import lines
from retrieval.reading.pagelines import Line

if TYPE_CHECKING:
    from trafilatura.settings import Document

# What trafilatura's body uses inside a paragraph; every other element is a paragraph of its own.
_INLINE = frozenset({"hi", "ref", "del", "span"})


def extracted(tree: Any, today: date) -> Document | None:
    """What trafilatura makes of a tree, which it changes; None where it finds nothing."""
    # Importing trafilatura takes a quarter of a second.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    # It logs a warning for each page without text, which the person is told anyway.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = bare_extraction(
            tree,
            include_comments=False,
            include_tables=False,
            with_metadata=True,
            # The search of the whole text takes years out of copyright lines for dates.
            date_extraction_params={
                "extensive_search": False,
                "original_date": True,
                "max_date": today.isoformat(),
            },
        )
    except Exception:  # it raises whatever its dozen heuristics run into
        return None
    return document if isinstance(document, Document) else None


def paragraphs(body: Any) -> list[str]:
    """The paragraphs, headings and list items of trafilatura's body, each once if long."""
    pieces: list[str] = []
    _gather(body, pieces)
    found = (line for block in lines.blocks("".join(pieces)) for line in block)
    seen: set[str] = set()
    kept = []
    for line in found:
        if len(line) < 40 or line not in seen:
            kept.append(line)
            seen.add(line)
    return kept


def unglued(found: list[str], seen: list[Line]) -> list[str]:
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


def _gather(element: Any, pieces: list[str]) -> None:
    """Add the words of an element, with an empty line around all that is no inline markup."""
    apart = "" if element.tag in _INLINE else "\n\n"
    # Line ends in the markup are spaces to a reader.
    pieces += [apart, " ".join((element.text or "").splitlines())]
    for child in element:
        _gather(child, pieces)
        pieces.append(" ".join((child.tail or "").splitlines()))
    pieces.append(apart)

"""Prose that an extractor would drop for the name or kind of what holds it is put plainly.

Trafilatura takes a class with "bar" or an id with "nav" in it for furniture, as in `barley-prices`
and `naval-history`, and leaves out whatever stands in a table or an aside.
"""

from __future__ import annotations

from typing import Any

from retrieval.reading import boxnames
from retrieval.reading.pagelines import words_in
from retrieval.reading.pageprose import Prose, is_sentence

# In words; a line in a table that is shorter is an entry of it.
SHORTEST_TOLD = 9
# A table that holds more of what a page tells lays out the page.
LARGEST_SHARE = 0.5
_APART = ("table", "aside")


def spare(tree: Any) -> None:
    """Change a tree so that its sentences are found wherever they stand between paragraphs."""
    page = Prose(tree)
    by_headings = boxnames.makes_ids_of_headings(tree)
    for element in tree.iter("section", "div", "p", "span"):
        if (element.get("id") or element.get("class")) and page.is_told_in(element, sure=True):
            boxnames.take_misleading(element, by_headings=by_headings)
    for element in [one for one in tree.iter(*_APART) if _is_beside_prose(one, page)]:
        _put_as_paragraphs(element, page)


def _is_beside_prose(element: Any, page: Prose) -> bool:
    """Whether a table or an aside tells something, and stands next to a paragraph."""
    if not page.is_told_in(element, sure=True) or page.share(element) > LARGEST_SHARE:
        return False
    before = next(
        (one for one in element.itersiblings(preceding=True) if page.has_lines(one)), None
    )
    after = next((one for one in element.itersiblings() if page.has_lines(one)), None)
    return any(one is not None and page.is_paragraph(one) for one in (before, after))


def _put_as_paragraphs(element: Any, page: Prose) -> None:
    """Put the sentences of an element in its place; entries of a table are left out."""
    told = [
        line.text
        for line in page.within(element)
        if is_sentence(line) and words_in(line.text) >= SHORTEST_TOLD
    ]
    element.clear(keep_tail=True)
    element.tag = "div"
    for text in told:
        paragraph = element.makeelement("p")
        paragraph.text = text
        element.append(paragraph)

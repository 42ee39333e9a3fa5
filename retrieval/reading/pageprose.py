"""Where the sentences of a page stand: a box that tells something is no furniture."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from retrieval.reading.clutter import is_widget
from retrieval.reading.lines import ends_sentence
from retrieval.reading.pagelines import WITHIN_LINE, Line, placed, words_in

# In words: "He saved well." is a sentence, "Sign up." is a button.
SHORTEST_SENTENCE, SHORTEST_LINK = 3, 3
# A teaser is a headline that leads on, and a sentence or two on what it leads to.
LONGEST_TEASER = 4
# In characters, and in quotations: what is looked for in the page is looked for in all of it.
LONGEST_SEARCHED, MOST_SEARCHED = 200_000, 50


class Prose:
    """The sentences and links of a page, counted once, so that asking costs nothing."""

    def __init__(self, tree: Any) -> None:
        self._page = placed(tree)
        lines = self._page.lines
        self._told = [0, *accumulate(words_in(one.text) * is_sentence(one) for one in lines)]
        # A sentence may be half link: what stands in it is part of it all the same.
        self._says = [0, *accumulate(one.is_prose or is_sentence(one) for one in lines)]
        self._leads = [0, *accumulate(_leads(one) for one in lines)]
        self._whole = "\n".join(line.text for line in lines)
        self._searched = 0

    def is_told_in(self, element: Any, *, sure: bool) -> bool:
        """Whether an element holds sentences that are no teasers; `sure` if its name says so."""
        first, end = self._page.spans[element]
        if element.tag in WITHIN_LINE:
            own = " ".join("".join(element.itertext()).split())
            return self._says[end] > self._says[first] and not is_widget(own)
        told, leads = self._told[end] - self._told[first], self._leads[end] - self._leads[first]
        return told > leads * (LONGEST_TEASER if sure else 1)

    def within(self, element: Any) -> list[Line]:
        """The lines that stand in an element."""
        return self._page.within(element)

    def share(self, element: Any) -> float:
        """How much of what the page tells stands in an element."""
        first, end = self._page.spans[element]
        return (self._told[end] - self._told[first]) / max(1, self._told[-1])

    def has_lines(self, element: Any) -> bool:
        """Whether a reader sees anything of an element."""
        first, end = self._page.spans[element]
        return first < end

    def is_paragraph(self, element: Any) -> bool:
        """Whether an element is a paragraph of prose, or holds one and nothing else."""
        first, end = self._page.spans[element]
        return (element.tag == "p" or end == first + 1) and self._page.lines[first].is_prose

    def tells_elsewhere(self, element: Any) -> bool:
        """Whether the page tells everything that stands in an element a second time."""
        self._searched += 1
        if self._searched > MOST_SEARCHED or len(self._whole) > LONGEST_SEARCHED:
            return False
        own = (line.text.strip(" .…\"'“”‘’«»„") for line in self._page.within(element))
        return all(self._whole.count(one) > 1 for one in own if words_in(one) >= SHORTEST_SENTENCE)


def is_sentence(line: Line) -> bool:
    """Whether a line says something of its own: no heading, no link, no button."""
    return (
        words_in(line.text) >= SHORTEST_SENTENCE
        and not line.level
        and ends_sentence([line.text])
        and line.linked * 2 <= len(line.text)
        and not is_widget(line.text)
    )


def _leads(line: Line) -> int:
    words = words_in(line.text)
    return words if line.is_link and words >= SHORTEST_LINK else 0

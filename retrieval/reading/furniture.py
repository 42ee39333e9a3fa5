"""What stands around and between the paragraphs of a page is taken out of its tree.

Every rule asks for two signs: a name that says what a box is for, and that it holds no sentences
but those such boxes hold; a line that is nearly all link, and that is no sentence; or words
beside a picture that are told a second time, below it or in its markup.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

from retrieval.reading import boxnames
from retrieval.reading.boxes import is_report
from retrieval.reading.boxnames import Name
from retrieval.reading.clutter import is_widget
from retrieval.reading.lines import ends_sentence
from retrieval.reading.pagelines import WITHIN_LINE, Line, Placed, leads_away, placed, words_in

# In words: "He saved well." is a sentence, "Sign up." is a button.
SHORTEST_SENTENCE, SHORTEST_LINK = 3, 3
# A teaser is a headline that leads on, and a sentence or two on what it leads to.
LONGEST_LEAD = 4
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
        self._leads = [0, *accumulate(_leads_on(one) for one in lines)]
        self._whole = "\n".join(line.text for line in lines)
        self._searched = 0

    def is_told_in(self, element: Any, *, sure: bool) -> bool:
        """Whether an element holds sentences that are no teasers; `sure` if its name says so."""
        first, end = self._page.spans[element]
        if element.tag in WITHIN_LINE:
            own = " ".join("".join(element.itertext()).split())
            return self._says[end] > self._says[first] and not is_widget(own)
        told, leads = (
            self._told[end] - self._told[first],
            self._leads[end] - self._leads[first],
        )
        return told > leads * (LONGEST_LEAD if sure else 1)

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


_ROLES = frozenset("dialog alertdialog search navigation banner contentinfo".split())
_CUSTOM = frozenset(
    "amp-ad amp-embed amp-consent amp-sidebar amp-social-share amp-user-notification amp-iframe"
    " amp-video amp-analytics dialog form button figcaption noscript".split()
)
# A box of furniture holds little of what a page says; readers' comments may hold more.
LARGEST_SHARE = 0.25
SMALLEST_LIMIT = 400
LARGEST_COLUMN, FEWEST_IN_COLUMN = 0.75, 4
_CONTAINERS = frozenset("div section aside ul ol li nav".split())
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_LEAVES = frozenset("p li div span strong em".split())
LONGEST_TEASER = 250
_CAPTIONS = frozenset("p div span figcaption small".split())
LONGEST_CAPTION = 450
# In characters of markup text, white space and all.
LONGEST_LINE = 2000


def remove_boxes(tree: Any) -> None:
    """Take the boxes out of a tree that are there for other things than reading."""
    sizes = _sizes(tree)
    total = max(1, sizes[tree])
    page = Prose(tree)
    by_headings = boxnames.makes_ids_of_headings(tree)
    for element in _within(tree):
        size = sizes[element]
        thread = boxnames.is_thread(element, by_headings=by_headings)
        if size > LARGEST_COLUMN * total and not thread:
            continue
        small = size <= max(SMALLEST_LIMIT, LARGEST_SHARE * total) or thread
        boxed = small and (thread or _is_box(element, page, by_headings) or _holds_teasers(element))
        if (boxed and not _has_title(element)) or (not small and _is_column(element)):
            _drop(element)


def remove_lines(tree: Any) -> None:
    """Take single lines out of a tree: links to other articles, captions."""
    told = {" ".join(alt.split()) for alt in tree.xpath("//img/@alt | //amp-img/@alt")}
    sizes = _sizes(tree)
    page = placed(tree)
    lines = [one for one in _within(tree) if sizes[one] <= LONGEST_LINE]
    # All are chosen before any goes: a caption is known by its copy.
    for element in [one for one in lines if _is_teaser(one, page) or _is_caption(one, told)]:
        _drop(element)


def _sizes(tree: Any) -> dict[Any, int]:
    """How many characters each element holds, counted once from the innermost outwards."""
    sizes: dict[Any, int] = {}
    for element in reversed(list(tree.iter())):
        inner = sum(sizes[child] + len(child.tail or "") for child in element)
        sizes[element] = inner + len(element.text or "")
    return sizes


def _within(tree: Any) -> list[Any]:
    """The elements that may go, before any of them goes."""
    return [element for body in tree.iter("body") for element in body.iterdescendants()]


def _is_box(element: Any, page: Prose, by_headings: bool) -> bool:
    """Whether what an element is called, and what stands in it, make it a box."""
    if element.tag in _CUSTOM or (element.get("role") or "").lower() in _ROLES:
        return True
    match boxnames.said_of(element, by_headings=by_headings):
        case Name.NOTHING:
            return False
        case Name.SURE:
            return True
        case Name.PULLED:
            return page.tells_elsewhere(element)
        case name:
            return not page.is_told_in(element, sure=name is Name.IS_A_WORD)


def _holds_teasers(element: Any) -> bool:
    """Whether a box has headings that lead elsewhere, and no more than a paragraph for each."""
    if element.tag not in _CONTAINERS:
        return False
    headings = list(element.iter(*_HEADINGS))
    leading = [one for one in headings if _leads(one)]
    if len(leading) < 2 or len(headings) > len(leading) + 1:
        return False
    return sum(1 for _ in element.iter("p")) <= len(leading)


def _is_column(element: Any) -> bool:
    """Whether a box holds so many teasers of this site that it may be larger than the article.

    The headings of a list article may be links, too, but lead to other sites.
    """
    if element.tag not in _CONTAINERS or _has_title(element):
        return False
    links = [str(href) for one in element.iter(*_HEADINGS) for href in one.xpath(".//a/@href")]
    inside = [href for href in links if not re.match(r"https?:|//|#", href.strip())]
    return len(inside) >= FEWEST_IN_COLUMN and _holds_teasers(element)


def _leads(heading: Any) -> bool:
    """Whether a heading is a link, or stands in one."""
    text = _text(heading)
    around = heading.getparent()
    return bool(text) and (_linked(heading) == text or (around.tag == "a" and leads_away(around)))


def _has_title(element: Any) -> bool:
    return element.tag == "h1" or element.find(".//h1") is not None


def _is_teaser(element: Any, page: Placed) -> bool:
    """Whether a line is a link and little else: "Read more: Council split over pier repairs"."""
    if element.tag not in _LEAVES or element.find(".//a") is None:
        return False
    # Emphasis within a sentence may be all link, too.
    if element.tag in WITHIN_LINE and not all(line.is_link for line in page.within(element)):
        return False
    text = _text(element)
    if not 12 <= len(text) <= LONGEST_TEASER or ends_sentence([text.rstrip(":?")]):
        return False
    linked = _linked(element)
    beside = len(text) - len(linked)
    if len(linked) < 12:
        return False
    label = text.removesuffix(linked).rstrip()
    if beside <= 4:
        return not text.endswith("?") and not is_report(text)
    return beside <= 30 and text.endswith(linked) and label[-1:] in tuple(":：|»>")


def _is_caption(element: Any, told: set[str]) -> bool:
    """Whether a line says what a picture's markup says, or what the line below the picture does."""
    if element.tag not in _CAPTIONS:
        return False
    text = _text(element)
    if not 20 <= len(text) <= LONGEST_CAPTION:
        return False
    parent = element.getparent()
    pictured = len(parent) <= 5 and parent.find(".//img") is not None
    return text in told or (pictured and sum(_text(other) == text for other in parent) > 1)


def _linked(element: Any) -> str:
    """The words of an element that lead to another page."""
    return " ".join(_text(link) for link in element.iter("a") if leads_away(link))


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _drop(element: Any) -> None:
    """Empty an element; the text that follows it stays, apart from what stood before."""
    inline = element.tag in WITHIN_LINE
    # Removing it would mean to write its tail elsewhere, which lxml refuses for some characters.
    element.clear(keep_tail=True)
    element.tag = "span" if inline else "br"


def is_sentence(line: Line) -> bool:
    """Whether a line says something of its own: no heading, no link, no button."""
    return (
        words_in(line.text) >= SHORTEST_SENTENCE
        and not line.level
        and ends_sentence([line.text])
        and line.linked * 2 <= len(line.text)
        and not is_widget(line.text)
    )


def _leads_on(line: Line) -> int:
    words = words_in(line.text)
    return words if line.is_link and words >= SHORTEST_LINK else 0

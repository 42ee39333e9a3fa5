"""Pages for the tests, made by a generator, with what a right reading of each must give.

A page follows from its layout and its seed alone, and no two seeds share class names, wrappers,
order or words: a rule that helps one page only does not show.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from random import Random

from pages import abroad, crowded, formats, misnamed  # noqa: F401  each enters its layouts
from pages.heads import listed
from pages.layouts import LAYOUTS
from pages.markup import Site
from pages.prose import Writer

_WORDS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W\u3040-\u30ff\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what it is: `author` as a source line lists several, None where nobody signs."""

    layout: str
    seed: int
    html: str
    url: str
    title: str
    author: str | None
    publisher: str
    published: date
    paragraphs: tuple[str, ...]


def page(layout: str, seed: int) -> Page:
    """The page of a layout and a seed."""
    random = Random(f"{layout} {seed}")
    html, story = LAYOUTS[layout](Site(random, Writer(random)))
    return Page(
        layout, seed, html, story.url, story.title, listed(story.authors) or None, story.publisher,
        story.published, tuple(story.texts),
    )  # fmt: skip


def pages(seeds: range) -> list[Page]:
    """One page of every layout for each seed."""
    return [page(layout, seed) for layout in LAYOUTS for seed in seeds]


def word_f1(known: str, found: str) -> float:
    """The harmonic mean of precision and recall of words; a Chinese character counts as one."""
    one, other = Counter(_WORDS.findall(known.lower())), Counter(_WORDS.findall(found.lower()))
    shared = sum((one & other).values())
    return 2 * shared / (one.total() + other.total()) if shared else 0.0

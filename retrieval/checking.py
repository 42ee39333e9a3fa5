"""Check what is kept against itself, and make again what is made from the articles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from retrieval.catalog import Catalog
from retrieval.indexed import KeptPassage
from retrieval.indexes import Indexes
from retrieval.records import KeptArticle


def faults(catalog: Catalog, indexes: Indexes) -> list[str]:
    """What is wrong, a sentence each; empty if nothing is."""
    found = list(catalog.damage())
    if found:  # what is misshapen cannot be looked at more closely
        return found
    for library, number in catalog.libraries().items():
        found += _wrong_hashes(catalog, number)
        found += [fault for kept in catalog.articles(library) for fault in _wrong_paragraphs(kept)]
        found += [fault for kept in catalog.passages_of(number) for fault in _wrong_passage(kept)]
        for index in indexes.of([library]):
            found += [f"library {library}: {text}" for text in index.differences()]
    return found


def _wrong_hashes(catalog: Catalog, library: int) -> Iterator[str]:
    for id, text, sha256 in catalog.recorded_hashes(library):
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            yield f"article {id}: its text is not the text that was added"


def _wrong_paragraphs(kept: KeptArticle) -> Iterator[str]:
    last = 0
    for number, (start, end) in enumerate(kept.paragraphs, start=1):
        if not last <= start < end <= len(kept.article.text):
            yield f"article {kept.article.id}: paragraph {number} lies outside the text"
        last = end


def _wrong_passage(kept: KeptPassage) -> Iterator[str]:
    name = f"article {kept.article.id}, paragraph {kept.passage.paragraph}"
    last = kept.passage.start
    for sentence in kept.passage.sentences:
        if not last <= sentence.start < sentence.end <= kept.passage.end:
            yield f"{name}: a sentence lies outside its passage"
        last = sentence.end
    if kept.passage.end > len(kept.article.text):
        yield f"{name}: it ends after the text does"
    if abs(float(kept.passage.vector @ kept.passage.vector) - 1) > 0.01:
        yield f"{name}: its vector is damaged"


def compare_and_index_again(catalog: Catalog, indexes: Indexes) -> None:
    """Find the stories anew, then fill the indexes from nothing."""
    for library in catalog.libraries():
        catalog.compare_again(library)
    for one in indexes.of(catalog.libraries()):
        one.rebuild()

"""Check what is kept against itself, and make again what is made from the articles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from retrieval.index.indexes import Indexes
from retrieval.records import StoredArticle, StoredPassage
from retrieval.storage import Catalog


def faults(catalog: Catalog, indexes: Indexes) -> list[str]:
    """What is wrong, a sentence each; empty if nothing is."""
    messages = list(catalog.damage())
    if messages:  # what is misshapen cannot be looked at more closely
        return messages
    for library, number in catalog.libraries().items():
        messages += _wrong_hashes(catalog, number)
        messages += [
            fault for article in catalog.articles(library) for fault in _wrong_paragraphs(article)
        ]
        messages += [
            fault for passage in catalog.passages_of(number) for fault in _wrong_passage(passage)
        ]
        for index in indexes.of([library]):
            messages += [f"library {library}: {text}" for text in index.differences()]
    return messages


def _wrong_hashes(catalog: Catalog, library: int) -> Iterator[str]:
    for id, text, sha256 in catalog.recorded_hashes(library):
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            yield f"article {id}: its text is not the text that was added"


def _wrong_paragraphs(stored: StoredArticle) -> Iterator[str]:
    last = 0
    for number, (start, end) in enumerate(stored.paragraphs, start=1):
        if not last <= start < end <= len(stored.article.text):
            yield f"article {stored.article.id}: paragraph {number} lies outside the text"
        last = end


def _wrong_passage(stored: StoredPassage) -> Iterator[str]:
    name = f"article {stored.article.id}, paragraph {stored.passage.paragraph}"
    last = stored.passage.start
    for sentence in stored.passage.sentences:
        if not last <= sentence.start < sentence.end <= stored.passage.end:
            yield f"{name}: a sentence lies outside its passage"
        last = sentence.end
    if stored.passage.end > len(stored.article.text):
        yield f"{name}: it ends after the text does"
    if abs(float(stored.passage.vector @ stored.passage.vector) - 1) > 0.01:
        yield f"{name}: its vector is damaged"


def compare_and_index_again(catalog: Catalog, indexes: Indexes) -> None:
    """Find the stories anew, then fill the indexes from nothing."""
    for library in catalog.libraries():
        catalog.compare_again(library)
    for index in indexes.of(catalog.libraries()):
        index.rebuild()

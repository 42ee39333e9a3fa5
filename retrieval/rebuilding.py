"""What is made from the articles is made again: stories and indexes."""

from __future__ import annotations

from retrieval.catalog import Catalog
from retrieval.modelindexes import Indexes


def compare_and_index_again(catalog: Catalog, indexes: Indexes) -> None:
    """Find the stories anew, then fill the indexes from nothing."""
    for library in catalog.libraries():
        catalog.compare_again(library)
    for one in indexes.of(catalog.libraries()):
        one.rebuild()

"""Another model that is set takes the place of the one in use, which answers meanwhile."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.index.indexes import Models
from retrieval.ingest import chunking
from retrieval.records import ModelChange
from retrieval.storage import Catalog, NewArticle

TOGETHER = 32  # articles that are read in one go; a crash loses no more work than that

SETTLES_S = 1.0
"""How long a question that was begun before another model came into use may still be answered."""


@dataclass(frozen=True, slots=True)
class Changing:
    """The change to the model that is set, or, if that is in use, the end of any other."""

    catalog: Catalog
    models: Models

    def steps(self) -> Iterator[ModelChange]:
        """Change the model and report the progress after each step."""
        if self._is_in_use():
            self.catalog.models.drop()
        else:
            yield from self._read_all()
        while self.catalog.models.take_away():
            pass
        self.models.remove_other_indexes()

    def _is_in_use(self) -> bool:
        used = self.catalog.models.in_use()
        if used is None or used.name != self.models.is_set:
            return used is None
        return self.models.encoder(used.name).fingerprint == used.fingerprint

    def _read_all(self) -> Iterator[ModelChange]:
        encoder = self.models.encoder(self.models.is_set)
        next = self.catalog.models.begin(encoder.fingerprint)
        while not self.catalog.models.switch():
            after = 0
            while unread := self.catalog.models.unread(after, TOGETHER):
                stored = [item.stored for item in unread]
                new = [NewArticle(item.library, item.article, item.added) for item in stored]
                made = [read.passages for read in chunking.embedded(new, encoder)]
                if not self.catalog.models.put(next, list(zip(unread, made, strict=True))):
                    return
                if change := self.models.change():
                    yield change
                after = unread[-1].key
            self.models.prepare_indexes(next, encoder)
        time.sleep(SETTLES_S)


def already_changing(change: ModelChange | None) -> str:
    if change is None:
        return "Another process is just ending a change of the model: try again in a moment."
    return (
        f"Another process lets the model {change.after} read the articles already: {change.read:,} "
        f"of {change.articles:,} so far. It is used as soon as it has read them all."
    )

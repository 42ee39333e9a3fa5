"""Which model answers: the one that has read the articles, though another may be set by now."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval.catalog import Catalog, KeptModel
from retrieval.encoder import DEFAULT_MODEL, Encoder, open_encoder
from retrieval.errors import ModelGone, QuotewiseError
from retrieval.modelindexes import Indexes, remove_others
from retrieval.records import ModelChange


@dataclass(frozen=True, slots=True)
class Using:
    """A model at work, with all that belongs to it and to no other."""

    kept: KeptModel
    encoder: Encoder
    indexes: Indexes


class Models:
    """The model that is set, and the one in use, which is another until a change is done."""

    def __init__(self, catalog: Catalog, home: Path, model: str, copies: Path) -> None:
        self.is_set = _as_found_from_anywhere(model)
        self.copies = copies
        self._catalog = catalog
        self._indexes = home / "indexes"
        self._lock = threading.RLock()
        self._encoders: dict[str, Encoder] = {}
        self._using: Using | None = None

    def using(self) -> Using:
        """The model in use, which whatever process ends a change puts to use for all.

        A library without articles uses the one that is set. Raises ModelGone if the one that has
        read the articles cannot be opened any longer.
        """
        with self._lock:
            kept = self._catalog.models.in_use()  # here, or who waited would open the one before
            if self._using is None or self._using.kept != kept:
                self._using = self._opened(kept)
            return self._using

    def catch_up(self, libraries: Iterable[str]) -> None:
        """Bring the indexes of the model in use up to date with what some libraries have now."""
        for one in self.using().indexes.of(libraries):
            one.catch_up()

    def encoder(self, name: str) -> Encoder:
        """A model by its name or folder. Raises QuotewiseError if it cannot be opened."""
        with self._lock:
            if name not in self._encoders:
                self._encoders[name] = open_encoder(name, self.copies)
            return self._encoders[name]

    def close(self) -> None:
        """Close the indexes."""
        if self._using is not None:
            self._using.indexes.close()

    def change(self) -> ModelChange | None:
        """How far the change to the model that is set is, or to another that is under way.

        None where the model that is set is in use; nothing is opened to find out.
        """
        used, next = self._catalog.models.in_use(), self._catalog.models.next()
        if used is None:
            return None
        if next is not None:
            counts = self._catalog.models.counts()
            return ModelChange(used.name, next.name, *counts, next.name == self.is_set)
        if used.name == self.is_set or not self._catalog.models.has_articles():
            return None
        return ModelChange(used.name, self.is_set, 0, self._catalog.models.count_articles())

    def prepare_indexes(self, next: KeptModel, encoder: Encoder) -> None:
        """Bring the indexes of the next model up to date, so that no question waits for them."""
        for one in self._at_work(next, encoder).indexes.of(self._catalog.libraries()):
            one.catch_up()

    def remove_other_indexes(self) -> None:
        """Remove the indexes of models that are neither in use nor next."""
        remove_others(self._indexes, self._catalog)

    def _opened(self, kept: KeptModel | None) -> Using:
        if kept is None or not self._catalog.models.has_articles():
            kept = self._catalog.models.take(self.encoder(self.is_set).fingerprint)
        self.remove_other_indexes()
        encoder = self._encoder_of(kept)
        self._encoders = {kept.name: encoder}
        return self._at_work(kept, encoder)

    def _encoder_of(self, kept: KeptModel) -> Encoder:
        try:
            encoder = self.encoder(kept.name)
        except QuotewiseError as error:
            if kept.name == self.is_set:
                raise
            raise ModelGone(kept.name, "cannot be opened any longer", self.is_set) from error
        if encoder.fingerprint != kept.fingerprint:
            raise ModelGone(kept.name, "has been changed since", self.is_set)
        return encoder

    def _at_work(self, kept: KeptModel, encoder: Encoder) -> Using:
        indexes = Indexes(self._indexes, self._catalog, kept.number, encoder.dimension)
        return Using(kept, encoder, indexes)


def _as_found_from_anywhere(model: str) -> str:
    """A folder by its whole path, so that a process that is started elsewhere finds it as well."""
    folder = Path(model).expanduser()
    return str(folder.absolute()) if model != DEFAULT_MODEL and folder.is_dir() else model

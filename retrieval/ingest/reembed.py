"""Which model answers, and how another that is set takes its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval.errors import Busy, ModelGone, QuotewiseError
from retrieval.index.indexes import Indexes, remove_others
from retrieval.ingest import chunking
from retrieval.ingest.chunking import Drafted
from retrieval.models import DEFAULT_MODEL, Encoder, open_encoder
from retrieval.records import Arrival, ModelChange
from retrieval.storage import Catalog, StoredModel

LOOKED_AT = 16  # articles
TOGETHER = 256
"""Passages that are kept in one go; a crash loses no more work than that, or than one article's."""

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
        used, encoder = self.catalog.models.in_use(), self.models.encoder(self.models.is_set)
        assert used is not None
        next = self.catalog.models.begin(encoder.fingerprint)
        read, _ = self.catalog.models.counts()
        while not self.catalog.models.switch():
            for portion in self._portions(encoder):
                new = chunking.embedded([drafted for _, drafted in portion], encoder)
                made = [
                    (unread, made.passages) for (unread, _), made in zip(portion, new, strict=True)
                ]
                if not self.catalog.models.put(next, made):
                    return
                read += len(portion)
                total = max(read, self.catalog.models.count_articles())
                yield ModelChange(used.name, next.name, read, total)
            self.models.prepare_indexes(next, encoder)
        time.sleep(SETTLES_S)

    def _portions(self, encoder: Encoder) -> Iterator[list[tuple[Arrival, Drafted]]]:
        """The articles that the next model has not read, in portions worth a transaction each."""
        after, portion, size = 0, [], 0
        while unread_articles := self.catalog.models.unread(after, LOOKED_AT):
            for unread in unread_articles:
                stored = unread.stored
                drafted = chunking.drafted(stored.library, stored.article, stored.added, encoder)
                portion.append((unread, drafted))
                size += len(drafted.drafts)
                if size >= TOGETHER:
                    yield portion
                    portion, size = [], 0
            after = unread_articles[-1].key
        if portion:
            yield portion


@dataclass(frozen=True, slots=True)
class Using:
    """A model at work, with all that belongs to it and to no other."""

    model: StoredModel
    encoder: Encoder
    indexes: Indexes


class Models:
    """The model that is set, and the one in use, which is another until a change is done."""

    def __init__(self, catalog: Catalog, home: Path, model: str, copies: Path) -> None:
        self.is_set = _absolute(model)
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
            model = self._catalog.models.in_use()  # here, or who waited would open the one before
            if self._using is None or self._using.model != model:
                self._using = self._opened(model)
            return self._using

    def catch_up(self, libraries: Iterable[str]) -> None:
        """Bring the indexes of the model in use up to date with what some libraries have now."""
        for index in self.using().indexes.of(libraries):
            index.catch_up()

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
        if used.name == self.is_set or not self._catalog.latest():
            return None
        return ModelChange(used.name, self.is_set, 0, self._catalog.models.count_articles())

    def prepare_indexes(self, next: StoredModel, encoder: Encoder) -> None:
        """Bring the indexes of the next model up to date, so that no question waits for them."""
        indexes = self._at_work(next, encoder).indexes
        for name in self._catalog.libraries():  # those opened last stay in memory, not all of them
            indexes.of([name])[0].catch_up()

    def remove_other_indexes(self) -> None:
        """Remove the indexes of models that are neither in use nor next."""
        remove_others(self._indexes, self._catalog)

    def _opened(self, model: StoredModel | None) -> Using:
        if model is None or not self._catalog.latest():
            model = self._catalog.models.take(self.encoder(self.is_set).fingerprint)
        self.remove_other_indexes()
        encoder = self._encoder_of(model)
        self._encoders = {model.name: encoder}
        return self._at_work(model, encoder)

    def _encoder_of(self, model: StoredModel) -> Encoder:
        try:
            encoder = self.encoder(model.name)
        except QuotewiseError as error:
            if model.name == self.is_set:
                raise
            raise ModelGone(model.name, "cannot be opened any longer", self.is_set) from error
        if encoder.fingerprint != model.fingerprint:
            raise ModelGone(model.name, "has been changed since", self.is_set)
        return encoder

    def _at_work(self, model: StoredModel, encoder: Encoder) -> Using:
        indexes = Indexes(self._indexes, self._catalog, model.number, encoder.dimension)
        return Using(model, encoder, indexes)


def _absolute(model: str) -> str:
    """A folder by its whole path, so that a process that is started elsewhere finds it as well."""
    folder = Path(model).expanduser()
    return str(folder.absolute()) if model != DEFAULT_MODEL and folder.is_dir() else model


@contextmanager
def alone(path: Path, busy: Callable[[], str]) -> Iterator[None]:
    """Hold the lock at a path; raise Busy with a sentence if another process or thread has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, thread_local=False)  # another thread may close the generator
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy(busy()) from error
    try:
        yield
    finally:
        lock.release()


def already_changing(change: ModelChange | None) -> str:
    """Why the model cannot be changed while another process does so."""
    if change is None:
        return "Another process is just ending a change of the model: try again in a moment."
    return (
        f"Another process lets the model {change.after} read the articles already: {change.read:,} "
        f"of {change.articles:,} so far. It is used as soon as it has read them all."
    )

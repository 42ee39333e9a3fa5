"""Replace the model in use, which answers until the next one has read all articles.

The passages of the next model are kept beside those of the one in use, some articles a
transaction. When it has read all, one transaction puts it to use, and the old model's passages are
removed. A process that dies in between leaves what was read, and the next one goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval import passages
from retrieval.catalog import Catalog, Unread
from retrieval.encoder import Encoder
from retrieval.errors import Busy
from retrieval.models import Models
from retrieval.passages import Drafted
from retrieval.records import ModelChange

LOOKED_AT = 16  # articles
TOGETHER = 256
"""Passages that are kept in one go; a crash loses no more work than that, or than one article's."""

SETTLES_S = 1.0
"""How long a question that was begun before another model came into use may still be answered."""


@contextmanager
def alone(lock: Path, change: Callable[[], ModelChange | None]) -> Iterator[None]:
    """No two processes or threads change the model of one folder at a time."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    changing = FileLock(lock, thread_local=False)
    try:
        changing.acquire(timeout=0)
    except Timeout as error:
        raise Busy(_already(change())) from error
    try:
        yield
    finally:
        changing.release()


def _already(change: ModelChange | None) -> str:
    if change is None:
        return "Another process is just ending a change of the model: try again in a moment."
    return (
        f"Another process lets the model {change.after} read the articles already: {change.read:,} "
        f"of {change.articles:,} so far. It is used as soon as it has read them all."
    )


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
                new = passages.embedded([drafted for _, drafted in portion], encoder)
                made = [(one, made.passages) for (one, _), made in zip(portion, new, strict=True)]
                if not self.catalog.models.put(next, made):
                    return
                read += len(portion)
                there = max(read, self.catalog.models.count_articles())
                yield ModelChange(used.name, next.name, read, there)
            self.models.prepare_indexes(next, encoder)
        time.sleep(SETTLES_S)

    def _portions(self, encoder: Encoder) -> Iterator[list[tuple[Unread, Drafted]]]:
        """The articles that the next model has not read, in portions worth a transaction each."""
        after, portion, size = 0, [], 0
        while found := self.catalog.models.unread(after, LOOKED_AT):
            for one in found:
                drafted = passages.drafted(one.library, one.article, one.added, encoder)
                portion.append((one, drafted))
                size += len(drafted.drafts)
                if size >= TOGETHER:
                    yield portion
                    portion, size = [], 0
            after = found[-1].key
        if portion:
            yield portion

"""Another model takes the place of the one in use, which answers until all articles are read anew.

What the next model has read is kept beside what the one in use has, some articles a transaction.
When it has read all, one transaction puts it to use, and the old model's passages are taken away.
A process that dies in between leaves what was read; the next one goes on with what was not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval import passages
from retrieval.catalog import Catalog, KeptModel, Unread
from retrieval.encoder import Encoder, copy_apart, open_encoder
from retrieval.errors import Busy, Stopped
from retrieval.modelindexes import remove_others
from retrieval.models import Models
from retrieval.passages import Drafted
from retrieval.records import Floats, Integers, ModelChange

LOOKED_AT = 16  # articles
TOGETHER = 256
"""Passages that are kept in one go; a crash loses no more work than that, or than one article's."""
TOGETHER_GENTLY = 32  # so that a chat of some seconds brings it on as well

REST = 1.0
"""What the model rests after a batch where others are not to be held up, in times of its work."""

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


@dataclass(slots=True)
class Changing:
    """The change to the model that is set, or, if that is in use, the end of any other.

    It works `gently` where questions are answered meanwhile, and ends early when `stop` says so.
    """

    catalog: Catalog
    models: Models
    indexes: Path
    gently: bool
    stop: Callable[[], bool]

    def steps(self) -> Iterator[ModelChange]:
        """Do it, and tell how far it is after each step."""
        with suppress(Stopped):
            if self._is_in_use():
                self.catalog.models.drop()
            else:
                yield from self._read_all()
            self._clear_away()

    def _is_in_use(self) -> bool:
        used = self.catalog.models.in_use()
        if used is None or used.name != self.models.is_set:
            return used is None
        return self.models.encoder(used.name).fingerprint == used.fingerprint

    def _read_all(self) -> Iterator[ModelChange]:
        used, encoder = self.catalog.models.in_use(), self._encoder()
        assert used is not None
        next = self.catalog.models.begin(encoder.fingerprint)
        read, _ = self.catalog.models.counts()
        while not self.catalog.models.switch():
            for portion in self._portions(encoder):
                if not self._keep(next, portion, encoder):
                    return
                read += len(portion)
                there = max(read, self.catalog.models.count_articles())
                yield ModelChange(used.name, next.name, read, there)
            self.models.make_ready(next, anew=self.gently)
        self._wait(SETTLES_S)

    def _encoder(self) -> Encoder:
        """The model that is set, which is asked at each batch whether to stop."""
        name = self.models.is_set
        if self.gently:
            copy_apart(name, self.models.copies, self.stop)
            encoder = open_encoder(name, self.models.copies, threads=1)
        else:
            encoder = self.models.encoder(name)

        def forward(ids: Integers, mask: Integers) -> Floats:
            started = time.perf_counter()
            made = encoder.forward(ids, mask)
            self._wait(REST * (time.perf_counter() - started) if self.gently else 0)
            return made

        return replace(encoder, forward=forward)

    def _portions(self, encoder: Encoder) -> Iterator[list[tuple[Unread, Drafted]]]:
        """The articles that the next model has not read, in portions worth a transaction each."""
        after, portion, size = 0, [], 0
        while found := self.catalog.models.unread(after, LOOKED_AT):
            for one in found:
                drafted = passages.drafted(one.library, one.article, one.added, encoder)
                portion.append((one, drafted))
                size += len(drafted.drafts)
                if size >= (TOGETHER_GENTLY if self.gently else TOGETHER):
                    yield portion
                    portion, size = [], 0
            after = found[-1].key
        if portion:
            yield portion

    def _keep(
        self,
        next: KeptModel,
        portion: list[tuple[Unread, Drafted]],
        encoder: Encoder,
    ) -> bool:
        new = passages.embedded([drafted for _, drafted in portion], encoder)
        read = [(one, made.passages) for (one, _), made in zip(portion, new, strict=True)]
        return self.catalog.models.put(next, read)

    def _clear_away(self) -> None:
        while self.catalog.models.take_away():
            self._wait(SETTLES_S / 10 if self.gently else 0)
        remove_others(self.indexes, self.catalog)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stop() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        if self.stop():
            raise Stopped("The change of the model goes on another time.")

"""pgvector: PostgreSQL itself finds the passages nearest to a vector.

For archives whose vectors outgrow the memory of each process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
import sqlalchemy as sa

from retrieval.errors import Busy
from retrieval.records import Floats
from retrieval.storage.catalog import Changes
from retrieval.storage.schema import BEGINNING, Generation, vectors_index

INDEXED = 20_000
"""Passages of a library from which on an index finds them, which all passages of a model share: a
hierarchical navigable small world (Malkov and Yashunin, 2018). Fewer are compared one by one, which
takes 3 ms; PostgreSQL itself would take the index too early, and find less in more time."""

SETTINGS = "m = 16, ef_construction = 128"
"""Of that index: the neighbours of a vector, and the candidates for them."""

_STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"


class ServerVectors:
    """The vectors of one library's passages in PostgreSQL, which need not follow the catalog."""

    def __init__(self, changes: Changes, library: int, dimension: int) -> None:
        """Use the vectors of a library, whose catalog is in PostgreSQL."""
        self.generation = BEGINNING
        self._changes, self._library = changes, library
        self._catalog, self._type = changes.catalog, f"halfvec({dimension})"
        self._name = vectors_index(changes.model)
        self._count = 0
        self._making: sa.Connection | None = None

    def __len__(self) -> int:
        return self._count

    def follow(self, generation: Generation) -> None:
        """Note how many passages the library has at a generation."""
        if generation == self.generation:
            return
        self._count = self._changes.count_passages_at(self._library, generation.number)
        self.generation = generation

    def nearest(
        self, vector: Floats, limit: int, within: Collection[int] | None = None
    ) -> list[int]:
        """The ids of the passages nearest to a vector, nearest first; `within` these, if given."""
        passages = f"passages WHERE model = {self._changes.model} AND library = {self._library}"
        values: dict[str, object] = {"vector": str(vector.astype(np.float16).tolist())}
        if within is not None:
            # All of them are compared: the index might give up before it comes to one.
            passages = f"{passages} AND id = ANY(:ids)"
            values["ids"] = list(within)
        distance = f"(vector::{self._type} <#> CAST(:vector AS {self._type}))"
        if within is not None or self._count <= INDEXED:
            distance = f"{distance} + 0"  # which no index has
        query = f"SELECT id FROM {passages} ORDER BY {distance} LIMIT {limit}"
        return [id for (id,) in self._catalog.rows(sa.text(query), **values)]

    @cached_property
    def _is_indexed(self) -> bool:
        return bool(self._catalog.scalar(sa.text(_STATE), name=self._name))

    @property
    def needs_index(self) -> bool:
        """Whether `make_index` should be called."""
        return self._count > INDEXED and not self._is_indexed

    def make_index(self) -> None:
        """Make the index of all passages of the model; a million take some minutes.

        Articles can be added meanwhile. Nothing is done if another process makes it.
        """
        engine = self._catalog.engine
        with (
            suppress(Busy),
            engine.alone(self._name, str),
            engine.explained(),
            engine.current().connect() as connection,
        ):
            self._making = connection
            try:
                if not connection.scalar(sa.text(_STATE), {"name": self._name}):
                    for statement in self._statements():
                        connection.exec_driver_sql(statement)
                    engine.analyse()  # or PostgreSQL may not know that it is worth using
            finally:
                self._making = None
                connection.invalidate()  # its settings are not those of others
            del self.__dict__["_is_indexed"]

    def cancel(self) -> None:
        """Let `make_index`, in another thread, fail; another process makes the index then."""
        if self._making is not None:
            connection: Any = self._making.connection.driver_connection
            connection.cancel()

    def _statements(self) -> Iterator[str]:
        yield "SET lock_timeout = 0"  # it waits for transactions that read, such as a backup
        # One that a process did not finish is of no use.
        yield f"DROP INDEX CONCURRENTLY IF EXISTS {self._name}"
        yield (
            f"CREATE INDEX CONCURRENTLY {self._name} ON passages USING hnsw"
            f" ((vector::{self._type}) halfvec_ip_ops) WITH ({SETTINGS})"
            f" WHERE model = {self._changes.model}"
        )

"""A database of either engine: its transactions, and its errors in words for people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from retrieval.errors import ReadOnly
from retrieval.records import DatabaseServer
from retrieval.storage.migrations import Schema, check_version

VALUES_AT_ONCE = 5_000
"""Values in a query: SQLite takes 32,766, PostgreSQL 65,535."""

READ_TOGETHER = 64
"""Rows for which what belongs to them is read in one query."""

STREAMED = {"stream_results": True}

T = TypeVar("T")


class Engine(Protocol):
    """What differs between a SQLite file and a schema in PostgreSQL."""

    place: str
    """The file, or the server and its database, for people."""
    is_shared: bool
    """Whether processes on several machines may use it."""
    read_only: bool

    def current(self) -> sa.Engine:
        """The engine of SQLAlchemy, whose connections commit each statement."""

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that writes, of which there is one at a time."""

    def explained(self) -> AbstractContextManager[None]:
        """Turn errors of the engine and of the system into sentences that say what to do."""

    def version(self, connection: sa.Connection) -> int:
        """The version of the tables; 0 if there are none."""

    def set_version(self, connection: sa.Connection, version: int) -> None:
        """Set the version of the tables; a negative one says that they are being filled."""

    def last_numbers(self, connection: sa.Connection) -> dict[str, int]:
        """The last number that each table has given a row, of those whose rows it numbers."""

    def set_last_numbers(self, connection: sa.Connection, numbers: Mapping[str, int]) -> None:
        """Let such tables go on after these numbers."""

    def alone(self, name: str, busy: Callable[[], str]) -> AbstractContextManager[None]:
        """Hold the lock with a name, which ends with the process; raise Busy if it is held."""

    def damage(self, connection: sa.Connection) -> Iterator[str]:
        """What the engine itself finds damaged, a sentence each."""

    def as_bytes(self, text: sa.ColumnElement[Any]) -> sa.ColumnElement[bytes]:
        """The UTF-8 of a column, also where it is damaged."""

    def server(self) -> DatabaseServer | None:
        """The server, for people; None for a file."""

    def analyse(self) -> None:
        """Let the engine count what is in the tables, so that it plans queries well."""

    def close(self) -> None:
        """Close the connections that no query is using."""


class Database:
    """A SQLite file or a schema in PostgreSQL, safe for several threads and processes.

    Readers never wait for a writer.
    """

    def __init__(
        self, place: Path | str, schema: Schema, *, make: bool = True, filling: bool = False
    ) -> None:
        """Open the file at a path, or the database at a URL such as postgresql://host/name.

        What does not exist is made, or raises Missing if not to `make`. Raises QuotewiseError if
        it cannot be read or written, is of another version, or is only half copied from another
        archive, unless it is opened to go on `filling` it.
        """
        if isinstance(place, Path):
            from retrieval.storage.sqlite import SqliteFile

            self.engine: Engine = SqliteFile(place, schema, make=make, filling=filling)
        else:
            from retrieval.storage.postgresql import PostgresqlSchema

            self.engine = PostgresqlSchema(place, schema, make=make, filling=filling)
        self._schema, self._filling = schema, filling
        self._connection = threading.local()

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self.engine.read_only

    @property
    def is_shared(self) -> bool:
        """Whether processes on several machines may use it."""
        return self.engine.is_shared

    def close(self) -> None:
        """Close the connections that no query is using."""
        self.engine.close()

    def rows(self, query: sa.Executable, **values: object) -> Iterator[Any]:
        """The rows of a query; in a transaction, with its changes."""
        with (
            self.engine.explained(),
            self._connected() as connection,
            connection.execute(query, values) as result,
        ):
            yield from result

    def many_rows(self, query: sa.Executable, **values: object) -> Iterator[Any]:
        """The rows of a query that has more than fit into memory."""
        with (
            self.engine.explained(),
            self._connected() as connection,
        ):
            if connection is not self._used:
                # In which alone PostgreSQL gives rows one after the other.
                connection.exec_driver_sql("BEGIN")
            with connection.execute(query, values, execution_options=STREAMED) as result:
                yield from result

    def first_row(self, query: sa.Executable, **values: object) -> Any:
        """The first row of a query; None if it has none."""
        return next(self.rows(query, **values), None)

    def scalar(self, query: sa.Executable, **values: object) -> Any:
        """The first value of the first row; None if there is none."""
        row = self.first_row(query, **values)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """What is done inside is done wholly or not at all; one process at a time.

        Raises ReadOnly if nothing can be written, and QuotewiseError if another archive is being
        copied into it since it was opened.
        """
        self.check_writable()
        with self._begun(self.engine.begin) as connection:
            version = self.engine.version(connection)
            check_version(version, self._schema, self.engine.place, filling=self._filling)
            yield connection
            connection.commit()

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """What this thread reads inside is as of one moment."""
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if self.is_shared else "BEGIN"
        with self._begun(lambda connection: connection.exec_driver_sql(begin)) as connection:
            yield connection

    @contextmanager
    def _begun(self, begin: Callable[[sa.Connection], object]) -> Iterator[sa.Connection]:
        """A transaction of this thread, which is rolled back unless it is committed."""
        with self.engine.explained(), self.engine.current().connect() as connection:
            begin(connection)
            self._connection.used = connection
            try:
                yield connection
            finally:
                self._connection.used = None

    def execute(self, statement: sa.Executable, rows: Any = None) -> sa.CursorResult[Any]:
        """Change something inside a transaction."""
        connection: sa.Connection = self._connection.used
        return connection.execute(statement, rows)

    def change(self, statement: sa.Executable, rows: Any = None) -> int:
        """Execute a statement, which is on the disk then; return how many rows it changed."""
        with self.engine.explained(), self._connected() as connection:
            return connection.execute(statement, rows).rowcount

    def insert(self, table: sa.Table) -> postgresql.Insert:
        """An insertion that may say what happens `on_conflict`."""
        # Both engines take the same words, which SQLAlchemy gives to each of them separately.
        kind: Any = postgresql.insert if self.is_shared else sqlite.insert
        statement: postgresql.Insert = kind(table)
        return statement

    def damage(self) -> Iterator[str]:
        """What is not as it was written, a sentence each."""
        with self.engine.explained(), self.engine.current().connect() as connection:
            yield from self.engine.damage(connection)

    def check_writable(self) -> None:
        """Raise ReadOnly if nothing can be written."""
        if self.read_only:
            raise ReadOnly(self.engine.place)

    @property
    def _used(self) -> sa.Connection | None:
        """The connection of this thread's transaction, if one has begun."""
        used: sa.Connection | None = getattr(self._connection, "used", None)
        return used

    def _connected(self) -> AbstractContextManager[sa.Connection]:
        return nullcontext(self._used) if self._used else self.engine.current().connect()


def portions(values: Iterable[T], size: int = VALUES_AT_ONCE) -> Iterator[Sequence[T]]:
    """Values in lists that fit into one query each."""
    remaining = iter(values)
    while portion := list(islice(remaining, size)):
        yield portion

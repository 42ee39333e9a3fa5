"""The SQLite file: its engine, its transactions, and its errors in words for people."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, QueuePool, create_engine
from sqlalchemy.exc import DBAPIError

from retrieval.errors import Locked, QuotewiseError, ReadOnly
from retrieval.storage import migrations

IDLE_CONNECTIONS = 3
"""Connections that stay open for the next query; each caches some pages of the file."""

WAIT_SECONDS = 60
"""How long a writer waits for another process's transaction, which takes far less."""

VALUES_AT_ONCE = 5_000
"""Values in a query: SQLite takes 32,766."""

READ_TOGETHER = 64
"""Rows for which what belongs to them is read in one query."""

T = TypeVar("T")


class Database:
    """One SQLite file, safe for several threads; readers never wait for a writer.

    If the file is replaced by another, such as a backup, it is opened again. A file that cannot be
    written is only read.
    """

    engine: Engine

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises QuotewiseError if it cannot be read or written, or is of another version.
        """
        self.path = path
        self._opening = threading.Lock()
        self._writing = threading.local()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.read_only = path.exists() and not (
                os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
            )
            if not path.exists():
                path.touch()
            self._open()

    def close(self) -> None:
        """Close the connections that no query is using."""
        self.engine.dispose()

    def rows(self, query: Executable, **values: object) -> Iterator[Any]:
        """The rows of a query, one after the other; in a transaction, with its changes."""
        with (
            self._explained(),
            self._connected() as connection,
            connection.execute(query, values) as result,
        ):
            yield from result

    def first_row(self, query: Executable, **values: object) -> Any:
        """The first row of a query; None if it has none."""
        return next(self.rows(query, **values), None)

    def scalar(self, query: Executable, **values: object) -> Any:
        """The first value of the first row; None if there is none."""
        row = self.first_row(query, **values)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """What is done inside is done wholly or not at all; one process at a time.

        Raises ReadOnly if nothing can be written.
        """
        self.check_writable()
        # A connection that closes without a commit rolls back.
        with self._explained(), self._current_engine().connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            self._writing.connection = connection
            try:
                yield connection
                connection.commit()
            finally:
                self._writing.connection = None

    def execute(self, statement: Executable, rows: Any = None) -> CursorResult[Any]:
        """Change something inside a transaction."""
        connection: Connection = self._writing.connection
        return connection.execute(statement, rows)

    def check_writable(self) -> None:
        """Raise ReadOnly if nothing can be written."""
        if self.read_only:
            raise ReadOnly(self.path.parent)

    def _connected(self) -> AbstractContextManager[Connection]:
        writing: Connection | None = getattr(self._writing, "connection", None)
        return nullcontext(writing) if writing else self._current_engine().connect()

    def _current_engine(self) -> Engine:
        """The engine, opened again if another file has replaced the one it was opened for."""
        with self._opening:
            if self._state() not in (self._opened_in, None):
                self.engine.dispose()
                self._open()
            return self.engine

    def _open(self) -> None:
        state = self._state()
        with closing(self._connect()) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > migrations.SCHEMA_VERSION:
                raise QuotewiseError(
                    f"{self.path} was written by a later version of Quotewise (its format is "
                    f"{version}, this version reads {migrations.SCHEMA_VERSION}): update this one, "
                    "or add the articles to a new folder."
                )
            if version < migrations.SCHEMA_VERSION:
                if self.read_only:
                    raise QuotewiseError(
                        f"{self.path} was written by an earlier version of Quotewise: open it once "
                        "with this version where it can be written, which brings it up to date."
                    )
                migrations.bring_up_to_date(connection)
        self.engine = create_engine(
            "sqlite://", creator=self._connect, poolclass=QueuePool, pool_size=IDLE_CONNECTIONS,
            max_overflow=-1, pool_use_lifo=True,
        )  # fmt: skip
        self._opened_in = state

    def _state(self) -> object:
        """What changes when the file has to be opened again; None if there is no file."""
        try:
            status = self.path.stat()
            if not self.read_only:
                return status.st_dev, status.st_ino
            # Some ways to read a file that cannot be written do not see what others write to it.
            files = [status, *(log.stat() for log in [self._log] if log.exists())]
            return [(file.st_ino, file.st_size, file.st_mtime_ns) for file in files]
        except OSError:
            return None

    @property
    def _log(self) -> Path:
        """SQLite's write-ahead log, which may hold the last changes."""
        return self.path.with_name(f"{self.path.name}-wal")

    def _connect(self) -> sqlite3.Connection:
        if not self.read_only:
            return _opened(self.path, "rwc")
        with suppress(sqlite3.OperationalError):
            # This works while another process writes, and after one has crashed: both leave the
            # write-ahead log and the index of that log in the folder.
            return _opened(self.path, "ro")
        if not self._log.exists() or not self._log.stat().st_size:
            # Everything is in the file, and no process writes to it: that would need a log.
            return _opened(self.path, "ro&immutable=1")
        # SQLite makes the index of a log only where it can write.
        with TemporaryDirectory(prefix="quotewise-") as folder:
            for file in (self.path, self._log):
                shutil.copy(file, folder)
            # The files stay open although their folder is removed.
            return _opened(Path(folder, self.path.name), "rw")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn errors of SQLite and of the system into sentences that say what to do."""
        try:
            yield
        except DBAPIError as error:
            raise _explanation(self.path, error.orig or error) from error
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise _explanation(self.path, error) from error


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA user_version").fetchone()  # reads the file for the first time
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # what was reported as added is never lost
    return connection


def portions(values: Iterable[T], size: int = VALUES_AT_ONCE) -> Iterator[Sequence[T]]:
    """Values in lists that fit into one query each."""
    remaining = iter(values)
    while portion := list(islice(remaining, size)):
        yield portion


_EXPLANATIONS = {
    "locked": (
        "Another Quotewise process has been writing to {folder} for more than a minute: try again "
        "when it is done."
    ),
    "full|No space left": "The disk that holds {folder} is full: free some space and try again.",
    "readonly|unable to open|Permission denied|File exists|Not a directory": (
        "{folder} cannot be written: give yourself permission, or choose another folder."
    ),
    "not a database|malformed|decode|constraint": (
        "{path} is damaged and cannot be read ({message}): restore it from a backup, or add the "
        "articles to a new folder."
    ),
    "": "{path} cannot be used: {message}.",
}
"""What messages of SQLite and of the system contain, and what to say instead."""


def _explanation(path: Path, error: BaseException) -> QuotewiseError:
    message = getattr(error, "strerror", None) or str(error)
    message = message.partition(" with text")[0]  # which may be an article
    sentence = next(text for words, text in _EXPLANATIONS.items() if re.search(words, message))
    kind = Locked if "locked" in message else QuotewiseError
    return kind(sentence.format(path=path, folder=path.parent, message=message))

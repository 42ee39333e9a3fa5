"""A SQLite file as an engine."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError

from retrieval.errors import Busy, Locked, Missing, QuotewiseError
from retrieval.storage.migrations import Schema, bring_up_to_date, check_version

IDLE_CONNECTIONS = 3
"""Connections that stay open for the next query; each caches some pages of the file."""

WAIT_SECONDS = 60
"""How long a writer waits for another process's transaction, which takes far less."""


class SqliteFile:
    """One SQLite file.

    If the file is replaced by another, such as a backup, it is opened again. A file that cannot be
    written is only read.
    """

    is_shared = False

    def __init__(self, path: Path, schema: Schema, *, make: bool, filling: bool) -> None:
        """Open the file, or make it. Raises QuotewiseError as `Database` does."""
        if not make and not path.is_file():
            raise Missing(str(path))
        self.path, self.place = path, f"The folder {path.parent}"
        self._schema = schema
        self._filling = filling
        self._opening = threading.Lock()
        with self.explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.read_only = path.exists() and not (
                os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
            )
            if not path.exists():
                path.touch()
            self._open()

    def current(self) -> sa.Engine:
        """The engine, opened again if another file has replaced the one it was opened for."""
        with self._opening:
            if self._state() not in (self._opened_in, None):
                self._sqlalchemy.dispose()
                self._open()
            return self._sqlalchemy

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that writes, of which there is one at a time."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn errors of SQLite and of the system into sentences that say what to do."""
        try:
            yield
        except DBAPIError as error:
            raise _explanation(self.path, error.orig or error) from error
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise _explanation(self.path, error) from error

    def version(self, connection: sa.Connection) -> int:
        """The version of the tables; 0 if there are none."""
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())

    def set_version(self, connection: sa.Connection, version: int) -> None:
        """Set the version of the tables; a negative one says that they are being filled."""
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")

    def last_numbers(self, connection: sa.Connection) -> dict[str, int]:
        """The last number that each table has given, of those that never give one again."""
        if not self._numbered(connection):
            return {}
        rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        return dict(map(tuple, rows))

    def set_last_numbers(self, connection: sa.Connection, numbers: Mapping[str, int]) -> None:
        """Let the tables that never give a number again go on after these."""
        for table in self._numbered(connection) & numbers.keys():
            change = connection.exec_driver_sql
            change("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            change("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, numbers[table]))

    def _numbered(self, connection: sa.Connection) -> set[str]:
        """The tables whose numbers are never given again."""
        query = "SELECT name FROM sqlite_master WHERE sql LIKE '%PRIMARY KEY AUTOINCREMENT%'"
        return set(connection.exec_driver_sql(query).scalars())

    @contextmanager
    def alone(self, name: str, busy: Callable[[], str]) -> Iterator[None]:
        """Hold the lock of a file beside this one; raise Busy if it is held."""
        # Another thread may close the generator that holds it.
        lock = FileLock(self.path.with_name(f"{name}.lock"), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Busy(busy()) from error
        try:
            yield
        finally:
            lock.release()

    def damage(self, connection: sa.Connection) -> Iterator[str]:
        """What SQLite itself finds damaged, a sentence each."""
        for (problem,) in connection.exec_driver_sql("PRAGMA integrity_check(10)"):
            if problem != "ok":
                yield problem

    def as_bytes(self, text: sa.ColumnElement[Any]) -> sa.ColumnElement[bytes]:
        """The UTF-8 of a column, also where it is damaged."""
        return sa.cast(text, sa.LargeBinary)

    def server(self) -> None:
        """None, as a file has no server."""

    def analyse(self) -> None:
        """Do nothing: each query has one good plan."""

    def close(self) -> None:
        """Close the connections that no query is using."""
        self._sqlalchemy.dispose()

    def _open(self) -> None:
        state = self._state()
        with closing(self._connect()) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            check_version(version, self._schema, str(self.path), filling=self._filling)
            if 0 <= version < self._schema.version:
                if self.read_only:
                    raise QuotewiseError(
                        f"{self.path} was written by an earlier version of Quotewise: open it once "
                        "with this version where it can be written, which brings it up to date."
                    )
                bring_up_to_date(connection, self._schema, self.path.name)
        self._sqlalchemy = sa.create_engine(
            "sqlite://", creator=self._connect, poolclass=sa.QueuePool, pool_size=IDLE_CONNECTIONS,
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
            return self._opened(self.path, "rwc")
        with suppress(sqlite3.OperationalError):
            # This works while another process writes, and after one has crashed: both leave the
            # write-ahead log and the index of that log in the folder.
            return self._opened(self.path, "ro")
        if not self._log.exists() or not self._log.stat().st_size:
            # Everything is in the file, and no process writes to it: that would need a log.
            return self._opened(self.path, "ro&immutable=1")
        # SQLite makes the index of a log only where it can write.
        with TemporaryDirectory(prefix="quotewise-") as folder:
            for file in (self.path, self._log):
                shutil.copy(file, folder)
            # The files stay open although their folder is removed.
            return self._opened(Path(folder, self.path.name), "rw")

    def _opened(self, path: Path, mode: str) -> sqlite3.Connection:
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
        if self._schema.leaves_nothing:
            connection.execute("PRAGMA secure_delete = ON")
        return connection


_EXPLANATIONS = {
    "locked": (
        "Another Quotewise process has been writing to {folder} for more than a minute: try again "
        "when it is done."
    ),
    "full|No space left": "The disk that holds {folder} is full: free some space and try again.",
    "readonly|unable to open|Permission denied|File exists|Not a directory": (
        "{folder} cannot be written: give yourself permission, or choose another folder."
    ),
    "not a database|malformed|decode": (
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

"""The SQLite file itself: its connections, its transactions, and its errors in words for people."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakSet

from retrieval import links
from retrieval.catalog import rows
from retrieval.catalog.schema import SCHEMA_VERSION, SCHEMAS
from retrieval.errors import Locked, QuotewiseError, ReadOnly

WAIT_SECONDS = 60
"""How long a writer waits for another process's transaction, which takes far less."""


class Connection:
    """A connection to a file, which closes when nothing refers to it any more.

    One of sqlite3's own refers to itself, and would stay open until the garbage collector comes.
    """

    def __init__(self, path: Path, mode: str, state: Callable[[], object]) -> None:
        """Open the file, which has to be opened again when `state` returns something else."""
        self.db = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        self._state = state
        self._opened_in = state()
        self.db.create_function("link_of", 1, _link_of, deterministic=True)
        self.db.create_function("without_tokens", 1, rows.without_tokens, deterministic=True)
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA synchronous = FULL")  # what was reported as added stays

    def is_outdated(self) -> bool:
        """Whether the file has to be opened again."""
        try:
            return self._state() != self._opened_in
        except OSError:  # there is no file to open
            return False

    def __del__(self) -> None:
        with suppress(AttributeError):  # one that could not be opened
            self.db.close()


class Database:
    """One SQLite file, with a connection a thread: readers then never wait for a writer.

    A connection closes when its thread has ended. If the file is replaced by another, such as a
    backup, connections are made anew. A file that cannot be written is only read.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises QuotewiseError if it cannot be read or written, or is of another version.
        """
        self.path = path
        self._connections = WeakSet[Connection]()
        self._of_thread = threading.local()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.read_only = path.exists() and not (
                os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
            )
            self._prepare()

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in list(self._connections):
            connection.db.close()
        self._connections = WeakSet()
        self._of_thread = threading.local()

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one after the other."""
        with self._explained():
            connection = self._opened()  # which stays open until the last row
            yield from connection.db.execute(query, values)

    def one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query; None if it has none."""
        return next(self.rows(query, *values), None)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """What is done inside is done wholly or not at all; one process at a time.

        Raises ReadOnly if nothing can be written.
        """
        self.check_writable()
        with self._explained():
            db = self._connection
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def check_writable(self) -> None:
        """Raise ReadOnly if nothing can be written."""
        if self.read_only:
            raise ReadOnly(self.path.parent)

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise QuotewiseError(
                f"{self.path} was written by a later version of Quotewise (its format is "
                f"{version}, this version reads {SCHEMA_VERSION}): update this one, or add the "
                "articles to a new folder."
            )
        if version < SCHEMA_VERSION and self.read_only:
            raise QuotewiseError(
                f"{self.path} was written by an earlier version of Quotewise: open it once with "
                "this version where it can be written, which brings it up to date."
            )
        if version < SCHEMA_VERSION:
            self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction() as connection:
            # Another process may have made the tables while this one waited for its turn.
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for schema in SCHEMAS[version:]:
                for statement in schema.split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._opened().db

    def _opened(self) -> Connection:
        """The thread's connection."""
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._connected()
        elif not connection.db.in_transaction and connection.is_outdated():
            connection = self._connected()
            self._prepare()
        return connection

    def _connected(self) -> Connection:
        """Give the thread a connection of its own."""
        connect = _connected_to_read if self.read_only else _connected
        connection = self._of_thread.connection = connect(self.path)
        self._connections.add(connection)
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from error


def _connected(path: Path, mode: str = "mode=rwc") -> Connection:
    """A connection that sees what others write to the file, until another file replaces it."""

    def identity() -> tuple[int, int]:
        found = path.stat()
        return found.st_dev, found.st_ino

    return Connection(path, mode, identity)


def _connected_to_read(path: Path) -> Connection:
    """A connection to a file in a folder where SQLite cannot write."""
    log = path.with_name(f"{path.name}-wal")
    with suppress(sqlite3.OperationalError):
        # This works while another process writes, and after one has crashed: both leave the
        # write-ahead log and the index of that log in the folder.
        connection = _connected(path, "mode=ro")
        connection.db.execute("PRAGMA user_version").fetchone()
        return connection

    def state() -> list[tuple[int, ...]]:
        found = [one.stat() for one in (path, log) if one.exists()]
        return [(one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) for one in found]

    if not log.exists() or not log.stat().st_size:
        # Everything is in the file, and no process writes to it: that would need a log.
        return Connection(path, "mode=ro&immutable=1", state)
    # SQLite makes the index of a log only where it can write.
    with TemporaryDirectory(prefix="quotewise-") as folder:
        for one in (path, log):
            shutil.copy(one, folder)
        connection = Connection(Path(folder, path.name), "mode=rw", state)
        connection.db.execute("PRAGMA user_version").fetchone()
        return connection  # whose files stay open although their folder is removed


def _link_of(url: str | None) -> str | None:
    return links.normalised(url) if url else None


def _explained(path: Path, error: Exception) -> QuotewiseError:
    if "locked" in str(error):
        return Locked(
            f"Another Quotewise process has been writing to {path.parent} for more than a minute: "
            "try again when it is done."
        )
    return QuotewiseError(_explanation(path, error))


def _explanation(path: Path, error: Exception) -> str:
    text = str(error)
    if "full" in text or getattr(error, "errno", None) == errno.ENOSPC:
        return f"The disk that holds {path.parent} is full: free some space and try again."
    refused = isinstance(error, PermissionError | FileExistsError)
    if refused or "readonly" in text or "unable to open" in text:
        return (
            f"{path.parent} cannot be written: give yourself permission, or choose another folder."
        )
    if "not a database" in text or "malformed" in text:
        return (
            f"{path} is damaged and cannot be read ({text}): restore it from a backup, or add the "
            "articles to a new folder."
        )
    return f"{path} cannot be used: {text}."

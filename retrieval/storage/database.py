"""The SQLite file itself: its connections, its transactions, and its errors in words for people."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from retrieval.errors import Locked, QuotewiseError, ReadOnly
from retrieval.storage import connections, migration
from retrieval.storage.connections import Connection, connected, connected_to_read
from retrieval.storage.schema import SCHEMA_VERSION


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

    def first_row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query; None if it has none."""
        return next(self.rows(query, *values), None)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """What is done inside is done wholly or not at all; one process at a time.

        Raises ReadOnly if nothing can be written.
        """
        self.check_writable()
        with self._explained(), connections.transaction(self._connection) as db:
            yield db

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
            migration.bring_up_to_date(self.path)

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
        connect = connected_to_read if self.read_only else connected
        connection = self._of_thread.connection = connect(self.path)
        self._connections.add(connection)
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from error


def json_list(values: Collection[int] | Collection[str]) -> str:
    """A list as one value: SQLite takes only some thousand values a query."""
    return json.dumps(list(values))


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

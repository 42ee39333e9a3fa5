"""Connections to the SQLite file, and its transactions."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.storage import rows
from retrieval.text import links

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


def connected(path: Path, mode: str = "mode=rwc") -> Connection:
    """A connection that sees what others write to the file, until another file replaces it."""

    def identity() -> tuple[int, int]:
        status = path.stat()
        return status.st_dev, status.st_ino

    return Connection(path, mode, identity)


def connected_to_read(path: Path) -> Connection:
    """A connection to a file in a folder where SQLite cannot write."""
    log = path.with_name(f"{path.name}-wal")
    with suppress(sqlite3.OperationalError):
        # This works while another process writes, and after one has crashed: both leave the
        # write-ahead log and the index of that log in the folder.
        connection = connected(path, "mode=ro")
        connection.db.execute("PRAGMA user_version").fetchone()
        return connection

    def state() -> list[tuple[int, ...]]:
        statuses = [file.stat() for file in (path, log) if file.exists()]
        return [
            (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            for status in statuses
        ]

    if not log.exists() or not log.stat().st_size:
        # Everything is in the file, and no process writes to it: that would need a log.
        return Connection(path, "mode=ro&immutable=1", state)
    # SQLite makes the index of a log only where it can write.
    with TemporaryDirectory(prefix="quotewise-") as folder:
        for file in (path, log):
            shutil.copy(file, folder)
        connection = Connection(Path(folder, path.name), "mode=rw", state)
        connection.db.execute("PRAGMA user_version").fetchone()
        return connection  # whose files stay open although their folder is removed


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Do all that is done inside, or nothing; other processes wait until it is done."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _link_of(url: str | None) -> str | None:
    return links.normalised(url) if url else None

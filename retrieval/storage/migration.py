"""The migration of the SQLite file from an earlier version.

Versions up to the fourth kept codes of token vectors, which were most of the file. The catalog
without them is made in a file beside the old one, and when it is whole, it takes the old content's
place in one transaction. A process that dies in between leaves the old content as it was.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval.errors import Locked, QuotewiseError
from retrieval.storage.connections import connected, transaction
from retrieval.storage.schema import SCHEMAS, TOKEN_CODES_VERSION

log = logging.getLogger(__name__)

LOGGED_EVERY_S = 2.0
PASSAGES_AT_ONCE = 500
PAGES_AT_ONCE = 16  # far fewer than SQLite holds in memory before it writes to its log
COPYING = 80
"""Per cent of the work that copying is; the rest is putting the copy in the old one's place."""

FIELDS = 'id, article, paragraph, start, "end", library, generation, vector, model'


def bring_up_to_date(path: Path) -> None:
    """Make the tables of this version, with all that is in the file.

    Raises QuotewiseError, and leaves the file as it is, if there is too little room on the disk.
    """
    connection = connected(path)
    db = connection.db
    db.execute("PRAGMA journal_mode = WAL")
    if not _has_token_codes(db):
        _apply_schemas(db, len(SCHEMAS))
        return
    copy = path.with_name(f"{path.name}.new")
    with _alone(path, copy):
        if _has_token_codes(db):  # else another process has dropped them meanwhile
            _check_room(db, path)
            progress = Progress()
            _apply_schemas(db, TOKEN_CODES_VERSION)
            _replace(db, path, copy, progress)
            progress.log(100)


class Progress:
    """Logs how far the migration is: at its beginning and end, and every few seconds."""

    def __init__(self) -> None:
        self._logged = 0.0

    def log(self, per_cent: float) -> None:
        now = time.monotonic()
        if per_cent == 100 or now - self._logged >= LOGGED_EVERY_S:
            self._logged = now
            log.warning("Bringing the catalog up to date: %d %%", per_cent)


def _has_token_codes(db: sqlite3.Connection) -> bool:
    """Whether there are passages with codes; where there is none, no copy is needed."""
    columns = db.execute("SELECT 1 FROM pragma_table_info('passages') WHERE name = 'token_codes'")
    return bool(columns.fetchone() and db.execute("SELECT 1 FROM passages LIMIT 1").fetchone())


def _apply_schemas(db: sqlite3.Connection, version: int) -> None:
    with transaction(db):
        # Another process may have made the tables while this one waited for its turn.
        (current,) = db.execute("PRAGMA user_version").fetchone()
        for schema in SCHEMAS[current:version]:
            for statement in schema.split(";\n"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {max(current, version)}")


@contextmanager
def _alone(path: Path, copy: Path) -> Iterator[None]:
    """Do this in one process at a time, without a copy before and after it."""
    lock = FileLock(path.with_name("catalog.lock"))
    try:
        lock.acquire(timeout=LOGGED_EVERY_S)
    except Timeout:
        log.warning("Another process is bringing the catalog up to date: waiting until it is done.")
        lock.acquire()
    try:
        copy.unlink(missing_ok=True)
        yield
    finally:
        copy.unlink(missing_ok=True)
        lock.release()


def _check_room(db: sqlite3.Connection, path: Path) -> None:
    needed, free = _needed(db), shutil.disk_usage(path.parent).free
    if free < needed:
        raise QuotewiseError(
            f"{path} was written by an earlier version of Quotewise. Bringing it up to date takes "
            f"{_megabytes(needed)} MB more for a while, and the disk has {_megabytes(free)} MB: "
            f"free {_megabytes(needed - free)} MB and try again. Nothing was changed."
        )


def _needed(db: sqlite3.Connection) -> int:
    """The bytes that the copy takes, and as much again for the log of the transaction."""
    pages, unused, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    codes, others = db.execute(
        "SELECT total(length(token_codes)), total(length(vector) + length(sentences)) FROM passages"
    ).fetchone()
    # A page of passages is at least half full.
    copy = (pages - unused) * size - codes + others
    return int(2.02 * copy)  # the log has 24 bytes more a page


def _megabytes(size: int) -> str:
    return f"{-(-size // 1_000_000):,}"


def _replace(db: sqlite3.Connection, path: Path, copy: Path, progress: Progress) -> None:
    """Make the catalog without token codes and put it in the place of the old one."""
    connection = connected(copy)
    new = connection.db
    for pragma in (
        "page_size = {}".format(*db.execute("PRAGMA page_size").fetchone()),
        "journal_mode = MEMORY",
        "synchronous = OFF",
        "foreign_keys = OFF",
    ):
        new.execute(f"PRAGMA {pragma}")
    _apply_schemas(new, len(SCHEMAS))
    new.execute("ATTACH ? AS old", [str(path)])
    with transaction(new):  # in which no other process writes to the old one
        _copy(new, progress)
        (seen,) = new.execute("PRAGMA old.data_version").fetchone()

    checked = False

    def step(status: int, remaining: int, total: int) -> None:
        nonlocal checked
        if status == sqlite3.SQLITE_BUSY:
            raise Locked(_WRITTEN.format(path.parent))
        # From the first step on no other process can write, but one may have done so before it.
        if not checked and new.execute("PRAGMA old.data_version").fetchone() != (seen,):
            raise Locked(_WRITTEN.format(path.parent))
        checked = True
        progress.log(99 - (99 - COPYING) * remaining / total)

    new.backup(db, pages=PAGES_AT_ONCE, progress=step)
    with suppress(sqlite3.OperationalError):  # where somebody reads, the file shrinks later
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_WRITTEN = (
    "Another Quotewise process wrote to {} while its catalog was brought up to date: nothing was "
    "changed. Stop that process and try again."
)


def _copy(new: sqlite3.Connection, progress: Progress) -> None:
    tables = new.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name != 'passages'"
        " AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (table,) in tables:
        new.execute(f"INSERT INTO main.{table} SELECT * FROM old.{table}")
    (total,) = new.execute("SELECT count(*) FROM old.passages").fetchone()
    copied = last = 0
    while copied < total:
        progress.log(COPYING * copied / total)
        copied += new.execute(
            f"INSERT INTO main.passages ({FIELDS}, sentences)"
            f" SELECT {FIELDS}, without_tokens(sentences) FROM old.passages WHERE id > ?"
            " ORDER BY id LIMIT ?",
            (last, PASSAGES_AT_ONCE),
        ).rowcount
        (last,) = new.execute("SELECT max(id) FROM main.passages").fetchone()
    # The ids of removed passages and articles are not used again.
    new.execute("DELETE FROM main.sqlite_sequence")
    new.execute("INSERT INTO main.sqlite_sequence SELECT * FROM old.sqlite_sequence")

"""Backups: one ZIP file with a consistent copy of each SQLite file of a data folder.

Indexes and model copies are made again where the backup is restored.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from retrieval.errors import QuotewiseError
from retrieval.storage.catalog import Catalog

CATALOG = "catalog.sqlite"
FILES = (CATALOG, "telegram.sqlite")
"""What a backup may hold: the articles, and the state of the Telegram bot."""

QUICKLY = 1  # level of compression: vectors hardly shrink at any
NO_BACKUP = (
    "{} is not a backup of Quotewise, or it is damaged ({}): give a file that `quotewise backup` "
    "wrote."
)


def back_up(home: Path, target: Path) -> None:
    """Write a backup of a data folder to a new file, while other processes may use the folder.

    Raises QuotewiseError if there is nothing to back up, or if the file exists or cannot be
    written; then nothing is left of it.
    """
    if not (home / CATALOG).exists():
        raise QuotewiseError(f"There is nothing to back up in {home}: name its folder with --home.")
    if target.exists():
        raise QuotewiseError(f"{target} exists already: give the backup another name.")
    try:
        with TemporaryDirectory(prefix=".quotewise-", dir=target.absolute().parent) as folder:
            archive = Path(folder, target.name)
            with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=QUICKLY) as backup:
                for file in filter(Path.exists, map(home.joinpath, FILES)):
                    copy = Path(folder, f"copy of {file.name}")
                    _copy(file, copy)
                    backup.write(copy, file.name)
                    copy.unlink()
            with archive.open("rb+") as written:
                os.fsync(written.fileno())
            archive.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise QuotewiseError(f"The backup could not be written: {error}.") from error


def restore(archive: Path, home: Path, *, replace: bool = False) -> Path | None:
    """Put a backup into a data folder; return where the data went that it replaced, if it did.

    Raises QuotewiseError if the file is no sound backup, or if the folder has data and `replace` is
    false; then nothing has changed.
    """
    present = [file for name in FILES for file in home.glob(f"{name}*")]
    if present and not replace:
        raise QuotewiseError(
            f"{home} has articles already: name another folder with --home, or use --replace, "
            "which moves them aside."
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".quotewise-", dir=home) as folder:
            restored = _extracted(archive, Path(folder))
            name = f"replaced-{datetime.now(UTC):%Y-%m-%d}-"
            aside = Path(mkdtemp(prefix=name, dir=home)) if present else None
            if aside is not None:
                for file in present:
                    file.replace(aside / file.name)
            shutil.rmtree(home / "indexes", ignore_errors=True)  # those of other articles
            for file in restored:
                file.replace(home / file.name)
    except OSError as error:
        raise QuotewiseError(f"The backup could not be restored to {home}: {error}.") from error
    return aside


def _copy(file: Path, copy: Path) -> None:
    """Copy a SQLite file as of one moment; writers need not wait."""
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _extracted(archive: Path, folder: Path) -> list[Path]:
    """Extract the files of a backup, each checked, the catalog last."""
    try:
        with ZipFile(archive) as backup:
            names = backup.namelist()
            if CATALOG not in names or not set(names) <= set(FILES) or len(set(names)) < len(names):
                raise QuotewiseError(NO_BACKUP.format(archive, "it holds other files"))
            size = sum(member.file_size for member in backup.infolist())
            if size > shutil.disk_usage(folder).free:
                raise QuotewiseError(f"The backup needs {size / 1e6:,.0f} MB: free some space.")
            files = []
            for name in sorted(names, reverse=True):
                backup.extract(name, folder)  # fails if the content is not what was written
                _check(archive, folder / name)
                files.append(folder / name)
            return files
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, sqlite3.Error) as error:
        raise QuotewiseError(NO_BACKUP.format(archive, error)) from error


def _check(archive: Path, file: Path) -> None:
    """Raise QuotewiseError unless a file is a sound database that runs no code of its own."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        (state,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        ours = "type IN ('table', 'index') AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%'"
        strange = database.execute(f"SELECT name FROM sqlite_master WHERE NOT ({ours})").fetchone()
    if state != "ok" or strange:
        raise QuotewiseError(NO_BACKUP.format(archive, strange[0] if strange else state))
    if file.name == CATALOG:
        Catalog(file).close()  # which refuses what a later version wrote

"""A catalog that version 0.1 wrote, with codes of token vectors, is brought up to date."""

import contextlib
import hashlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, Readings, add, refusal, rows
from old_catalog import CODES, with_token_codes
from sqlalchemy import TableClause

from retrieval import Library
from retrieval.storage import schema
from retrieval.storage.migrations import SCHEMA_VERSION, TOKEN_CODES_VERSION

RAT = "What did the rat bite through?"
LOAF = "How many loaves does Ines Moller bake?"
CORRECTED = BAKERY | {"text": BAKERY["text"].replace("300", "320")}
MANY = 8_000
"""Passages: so many take long enough to be interrupted."""

OPENING = """
import sys
from retrieval import Library
with Library.open(sys.argv[1]) as library:
    print(len(library.ids()))
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory, copies) -> Path:
    """A closed home with an earlier version and two libraries; its last article is gone."""
    folder = tmp_path_factory.mktemp("filled")
    with Library.open(folder / "home", copies=copies) as library:
        add(library, folder, HARBOUR, BAKERY)
        add(library, folder, CORRECTED)
        add(library, folder, GLACIER, to="north")
        add(library, folder, {"id": "gone", "text": "The last tram left at nine."})
        library.remove("gone")
        library.answer(RAT, scope=["main", "north"])  # which brings the indexes up to date
    return folder / "home"


def test_the_tables_have_the_columns_that_queries_name(filled: Path):
    tables = [table for table in vars(schema).values() if isinstance(table, TableClause)]
    assert len(tables) == 10
    for table in tables:
        columns = {column for _, column, *_ in rows(filled, f"PRAGMA table_info({table.name})")}
        assert {column.name for column in table.columns} == columns


@pytest.fixture
def home(filled, tmp_path) -> Path:
    """That home, with a catalog of version 0.1."""
    return with_token_codes(shutil.copytree(filled, tmp_path / "home"))


@pytest.fixture(scope="module")
def large_master(filled, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    home = with_token_codes(shutil.copytree(filled, folder / "home"), copies=MANY)
    shutil.rmtree(home / "indexes")
    return home


@pytest.fixture
def large(large_master, tmp_path) -> Path:
    """A home with a catalog of 110 MB of version 0.1, without indexes."""
    return shutil.copytree(large_master, tmp_path / "home")


def contents(library: Library) -> str:
    """What a library holds and answers; vectors are compared by their text."""
    return repr(
        [
            [list(library.articles(library=name)) for name in ("main", "north")],
            library.versions("bakery-prize"),
            [list(library._catalog.passages_of(number)) for number in (1, 2)],
            [(one.quotes, one.closest, one.confidence) for one in map(library.answer, (RAT, LOAF))],
        ]
    )


def index_files(home: Path) -> dict[str, int]:
    return {str(one): one.stat().st_mtime_ns for one in (home / "indexes").rglob("*.*")}


def version_of(home: Path) -> int:
    return rows(home, "PRAGMA user_version")[0][0]


def is_whole_and_old(home: Path) -> bool:
    [(count, size)] = rows(home, "SELECT count(*), total(length(token_codes)) FROM passages")
    intact = rows(home, "PRAGMA integrity_check") == [("ok",)]
    return intact and count > MANY and size == count * CODES


def test_nothing_is_lost_changed_or_embedded_again(filled, home, copies):
    with Library.open(filled, copies=copies) as library:
        before = contents(library)
    files = index_files(home)
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert contents(library) == before
        assert readings.texts == 2  # the questions
        assert library.verify() == []
        assert index_files(home) == files
    assert version_of(home) == SCHEMA_VERSION
    assert {one.name for one in home.iterdir()} == {"catalog.sqlite", "indexes"}


def test_the_ids_of_removed_passages_are_not_used_again(home, tmp_path, copies):
    [(last,)] = rows(home, "SELECT max(passage) FROM removals")
    [(highest,)] = rows(home, "SELECT max(id) FROM passages")
    assert highest < last
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, {"id": "tram", "text": "The first tram left at six."})
        assert library.verify() == []
    assert rows(home, "SELECT max(id) FROM passages") == [(last + 1,)]


def test_of_processes_that_open_at_once_one_migrates_and_the_file_shrinks(large):
    assert (large / "catalog.sqlite").stat().st_size / MANY > 13_000
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", OPENING, large]
    opened = [subprocess.Popen(command, **pipes) for _ in range(3)]
    written = [one.communicate(timeout=120) for one in opened]
    assert [out for out, _ in written] == ["2\n"] * 3
    (progress,) = [
        errors for _, errors in written if "Bringing catalog.sqlite up to date" in errors
    ]
    assert "catalog.sqlite is up to date." in progress
    assert version_of(large) == SCHEMA_VERSION
    assert (large / "catalog.sqlite").stat().st_size / MANY < 1_500


def test_a_process_that_is_killed_leaves_the_old_catalog_to_the_next(large, copies):
    process = subprocess.Popen([sys.executable, "-c", OPENING, large], stdout=subprocess.PIPE)
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with contextlib.suppress(FileNotFoundError):
            if (large / "catalog.sqlite-wal").stat().st_size > 1_000_000:
                break
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert version_of(large) == TOKEN_CODES_VERSION
    assert is_whole_and_old(large)
    with Library.open(large, copies=copies) as library:
        assert len(library.ids()) == 2
        assert library.verify() == []
    assert version_of(large) == SCHEMA_VERSION


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A folder on a disk of its own, which may be remounted with another size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=140m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_without_room_is_named_and_the_catalog_stays_as_it_was(large, disk, copies):
    home = shutil.copytree(large, disk / "home")
    catalog = home / "catalog.sqlite"
    size = catalog.stat().st_size
    subprocess.run(["mount", "-o", f"remount,size={size + 1_000_000}", disk], check=True)
    digest = hashlib.sha256(catalog.read_bytes()).hexdigest()
    assert refusal(Library.open, home, copies=copies) == (
        f"The disk that holds {home} is full: free some space and try again."
    )
    assert hashlib.sha256(catalog.read_bytes()).hexdigest() == digest
    subprocess.run(["mount", "-o", f"remount,size={3 * size}", disk], check=True)
    Library.open(home, copies=copies).close()
    assert version_of(home) == SCHEMA_VERSION

"""Whatever happens to the files, no article is lost in silence, and the indexes heal."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event

import faiss
import numpy as np
import pytest
from article_library import BAKERY, GLACIER, HARBOUR, Readings, add, jsonl
from sqlalchemy import event

from retrieval import Library, QuotewiseError, Status
from retrieval.index import indexes, vectors
from retrieval.index.vectors import VectorIndex
from retrieval.index.words import FORMAT
from retrieval.storage.migrations import SCHEMA_VERSION

QUESTIONS = {
    "What did the rat bite through?": (
        "Keeper Olaf Brenn said a rat had bitten through the main cable."
    ),
    "Which bread won the regional prize?": (
        "The bakery of Ines Moller won the regional prize for its rye bread on Friday."
    ),
}


@pytest.fixture(scope="module")
def three(tmp_path_factory, copies) -> Path:
    folder = tmp_path_factory.mktemp("three")
    with Library.open(folder / "home", copies=copies) as library:
        add(library, folder, HARBOUR, BAKERY, GLACIER)
        answers(library)  # which makes the indexes
    return folder / "home"


@pytest.fixture
def home(three, tmp_path) -> Path:
    """The folder of a library with three articles in it, closed."""
    return shutil.copytree(three, tmp_path / "home")


def answers(library: Library) -> list[object]:
    return [(one.quotes, one.closest, one.confidence) for one in map(library.answer, QUESTIONS)]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scramble(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def segment(indexes: Path, suffix: str) -> Path:
    [path] = (indexes / "words").glob(f"*.{suffix}")
    return path


DAMAGE: dict[str, Callable[[Path], object]] = {
    "an earlier version saved vectors": lambda at: (at / "vectors-99.faiss").write_bytes(b"old"),
    "meta.json is garbage": lambda at: (at / "words/meta.json").write_text("garbage"),
    "the documents are cut": lambda at: cut(segment(at, "store")),
    "the terms are random": lambda at: scramble(segment(at, "term")),
    "one bit of the ids is flipped": lambda at: flip(segment(at, "fast")),
    "a segment is gone": lambda at: segment(at, "idx").unlink(),
    "the words are gone": lambda at: shutil.rmtree(at / "words"),
    "the generation is too high": lambda at: (at / "words/generation").write_text(f"{FORMAT} 99"),
    "the words are of an earlier format": lambda at: (at / "words/generation").write_text("1"),
    "all indexes are gone": lambda at: shutil.rmtree(at.parent),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_index_is_rebuilt_without_embedding(home, copies, damage):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
    damage(home / "indexes" / "model-1" / "1")
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert answers(library) == before
        assert library.verify() == []
        assert readings.texts == len(QUESTIONS)  # the questions themselves
    assert list(home.rglob("vectors-*")) == []


def test_indexes_are_rebuilt_while_the_old_word_index_is_still_being_written(
    home, copies, monkeypatch
):
    def rmtree(folder, **_):  # as if a thread wrote another file meanwhile
        for path in Path(folder).iterdir():
            path.unlink()
        (Path(folder) / "late.del").touch()

    with Library.open(home, copies=copies) as library:
        before = answers(library)
        monkeypatch.setattr("retrieval.index.indexes.shutil.rmtree", rmtree)
        library.rebuild()
        monkeypatch.undo()
        assert answers(library) == before
        library.rebuild()
        assert library.verify() == []
    assert [path.name for path in home.glob("indexes/*/*/words*")] == ["words"]


def is_clustered(home: Path) -> bool:
    """Whether the saved vectors have clusters."""
    saved = home.glob("indexes/*/*/vectors-*.faiss")
    return any(isinstance(faiss.read_index(str(path)), faiss.IndexIVF) for path in saved)


@pytest.mark.parametrize("damage", [None, cut, scramble, flip])
def test_vectors_of_a_large_library_are_saved_and_read_again_unless_damaged(
    home, tmp_path, copies, monkeypatch, damage
):
    monkeypatch.setattr(vectors, "EXACT", 1)
    with Library.open(home, copies=copies) as library:
        before = answers(library)
    [saved] = home.glob("indexes/*/*/vectors-*.faiss")
    if damage is not None:
        damage(saved)
    written = saved.stat().st_mtime_ns
    with Library.open(home, copies=copies) as library:
        assert answers(library) == before
        assert library.verify() == []
        assert (saved.stat().st_mtime_ns == written) is (damage is None)
        add(library, tmp_path, HARBOUR | {"id": "new"})
        assert library.verify() == []


def test_a_library_that_grows_large_answers_the_same_while_and_after_its_vectors_are_clustered(
    home, tmp_path, copies, monkeypatch
):
    trams = [{"id": f"{n}", "text": f"Tram {n} has {7 * n} seats."} for n in range(60)]
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, *trams)
        before = answers(library)
    monkeypatch.setattr(vectors, "EXACT", 1)
    monkeypatch.setattr(vectors, "CLUSTERED", 2)
    monkeypatch.setattr(indexes, "BEGINS_AFTER", 0.0)
    reading, goes_on, clustered = Event(), Event(), VectorIndex.clustered

    def slowly(dimension, count, portions, is_stopped):
        def slow():
            reading.set()
            assert goes_on.wait(60)
            yield from portions()

        return clustered(dimension, count, slow, is_stopped)

    monkeypatch.setattr(VectorIndex, "clustered", slowly)
    with Library.open(home, copies=copies) as library:
        assert answers(library) == before
        assert reading.wait(60)
        library.remove(BAKERY["id"])
        add(library, tmp_path, HARBOUR | {"id": "new"}, BAKERY)
        as_small = answers(library)
        goes_on.set()
        deadline = time.monotonic() + 60
        while not is_clustered(home):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert answers(library) == as_small
        assert library.verify() == []
    with Library.open(home, copies=copies) as library:
        assert answers(library) == as_small
        assert library.verify() == []


def test_vectors_that_cannot_be_saved_are_clustered_once(home, tmp_path, copies, monkeypatch):
    monkeypatch.setattr(vectors, "EXACT", 1)
    trams = [{"id": f"{n}", "text": f"Tram {n} has {7 * n} seats."} for n in range(60)]
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, *trams)
        before = answers(library)  # and an index without clusters is saved
    monkeypatch.setattr(vectors, "CLUSTERED", 2)
    monkeypatch.setattr(indexes, "BEGINS_AFTER", 0.0)
    times, clustered = [], VectorIndex.clustered

    def counted(*given):
        times.append(1)
        return clustered(*given)

    def full(*given):
        raise OSError("No space left on device")

    monkeypatch.setattr(VectorIndex, "clustered", counted)
    monkeypatch.setattr(VectorIndex, "save", full)
    with Library.open(home, copies=copies) as library:
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            assert answers(library) == before
    assert times == [1]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (
            lambda path: path.write_bytes(b"This is no database at all." * 400),
            "is damaged and cannot be read (file is not a database): restore it from a backup, or "
            "add the articles to a new folder.",
        ),
        (
            lambda path: path.write_bytes(path.read_bytes()[:8192] + b"\xaa" * 80_000),
            "restore it from a backup",
        ),
        (
            lambda path: execute(path, "UPDATE articles SET text = CAST(x'ff' AS TEXT)"),
            "is damaged and cannot be read (Could not decode to UTF-8 column 'text'): restore it",
        ),
        (
            lambda path: execute(path, "UPDATE articles SET added = '2026-11-x9'"),
            "The catalog is damaged: it has '2026-11-x9' for a date or for pages. Restore it",
        ),
        (
            lambda path: execute(path, "PRAGMA user_version = 7"),
            "was written by a later version of Quotewise (its format is 7, this version reads "
            f"{SCHEMA_VERSION}): update this one, or add the articles to a new folder.",
        ),
    ],
)
def test_a_catalog_that_cannot_be_read_is_named_with_what_to_do(home, copies, damage, reason):
    damage(home / "catalog.sqlite")
    with pytest.raises(QuotewiseError) as raised, Library.open(home, copies=copies) as library:
        library.answer("What did the rat bite through?")
        list(library.articles())
    assert str(raised.value).startswith((f"{home / 'catalog.sqlite'} ", "The catalog is damaged"))
    assert reason in str(raised.value)


def execute(path: Path, statement: str) -> int:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(statement).rowcount


TAMPERING = {
    "UPDATE articles SET text = replace(text, '412', '512') WHERE id = 'harbour-light'": [
        "article harbour-light: its text is not the text that was added"
    ],
    "UPDATE articles SET title = 'Harbour lights go out' WHERE id = 'harbour-light'": [
        "article harbour-light: its title, source, link or date is not what was added"
    ],
    "UPDATE articles SET source = CAST(x'ff41' AS TEXT) WHERE id = 'harbour-light'": [
        "article harbour-light: its title, source, link or date is not what was added"
    ],
    "UPDATE passages SET start = 90 WHERE id = 2": [
        "article harbour-light: its passage 2 is not what was stored"
    ],
    "UPDATE passages SET vector = zeroblob(768) WHERE id = 2": [
        "article harbour-light: its passage 2 is not what was stored"
    ],
    "UPDATE passages SET sentences = zeroblob(12) WHERE id = 1": [
        "article harbour-light: its passage 1 is not what was stored"
    ],
    "UPDATE passages SET article = 2 WHERE id = 2": [
        "article bakery-prize: its passage 2 is not what was stored"
    ],
    "UPDATE passages SET article = 99 WHERE id = 2": [
        "article None: its passage 2 is not what was stored"
    ],
    "DELETE FROM passages WHERE id = 2": [
        "library main: the vector index lacks 0 passages and has 1 too many",
        "library main: the word index lacks 0 passages and has 1 too many",
    ],
}


@pytest.mark.parametrize(("tampering", "faults"), TAMPERING.items())
def test_verify_says_what_was_tampered_with(home, copies, tampering, faults):
    with Library.open(home, copies=copies) as library:
        assert library.verify() == []
        assert execute(home / "catalog.sqlite", tampering) == 1
        assert library.verify() == faults


def open_unprivileged(folder: Path) -> str:
    """What a user who may only read the folder gets; the child drops root after its imports.

    First come the ids of the articles, if there are any, and then why none can be removed.
    """
    replied = folder.parent / "reply"
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            with Library.open(folder) as library:
                replied.write_text(f"{' '.join(library.ids())}\n")
                library.remove("glacier-lake")
        except QuotewiseError as error:
            with replied.open("a") as reply:
                reply.write(str(error))
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    return replied.read_text()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("has_library", [True, False])
def test_a_folder_that_may_not_be_written_is_named(home, has_library):
    # pytest's own folders are shut to others, so this one is beside them.
    place = Path(tempfile.mkdtemp(prefix="locked", dir="/tmp"))
    place.chmod(0o777)
    folder = place / "home"
    if has_library:
        shutil.copytree(home, folder)
    else:
        folder.mkdir()
    for one in [*folder.rglob("*"), folder]:
        one.chmod(0o555 if one.is_dir() else 0o444)
    try:
        assert open_unprivileged(folder) == (
            "harbour-light bakery-prize glacier-lake\n"
            f"The folder {folder} is read-only: you can search and list its articles, but to add "
            "or change anything you need permission to write there."
            if has_library
            else f"{folder} cannot be written: give yourself permission, or choose another folder."
        )
    finally:
        for one in [folder, *folder.rglob("*")]:
            one.chmod(0o755)
        shutil.rmtree(place)


def test_a_full_disk_fails_the_new_articles_and_keeps_the_earlier_ones(home, tmp_path, copies):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
        with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
            [pages] = db.execute("PRAGMA page_count").fetchone()

        def limit(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(library._catalog.engine.current(), "checkout", limit)
        many = [{"id": f"note-{n}", "text": f"Note {n} tells of boat {n}."} for n in range(40)]
        outcomes = list(library.add(jsonl(tmp_path, HARBOUR, *many)))
        assert [one.status for one in outcomes] == [Status.UNCHANGED] + [Status.FAILED] * 40
        assert {one.reason for one in outcomes[1:]} == {
            f"The disk that holds {home} is full: free some space and try again."
        }
        assert answers(library) == before
        assert library.verify() == []
        pages = 1_000_000
        assert add(library, tmp_path, *many) == [Status.ADDED] * 40

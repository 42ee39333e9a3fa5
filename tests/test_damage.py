"""Whatever happens to the files, no article is lost in silence, and the indexes heal."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tantivy
from shelf import BAKERY, GLACIER, HARBOUR, Readings, add, found, jsonl
from sqlalchemy import event

from retrieval.errors import QuotewiseError
from retrieval.index.words import FORMAT
from retrieval.library import Library
from retrieval.records import Article, Status
from retrieval.storage.migrations import FIRST_SCHEMA, SCHEMA_VERSION

QUESTIONS = {
    "What did the rat bite through?": (
        "Keeper Olaf Brenn said a rat had bitten through the main cable."
    ),
    "Which bread won the regional prize?": (
        "The bakery of Ines Moller won the regional prize for its rye bread on Friday."
    ),
}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, copies: Path) -> Path:
    """The folder of a library with three articles in it, closed, that is only copied."""
    folder = tmp_path_factory.mktemp("three")
    with Library.open(folder / "home", copies=copies) as library:
        add(library, folder, HARBOUR, BAKERY, GLACIER)
    return folder / "home"


@pytest.fixture
def home(three: Path, tmp_path: Path) -> Path:
    """The folder of a library with three articles in it, closed."""
    return shutil.copytree(three, tmp_path / "home")


def answers(library: Library) -> list[object]:
    return [(one.quotes, one.closest, one.confidence) for one in map(library.answer, [*QUESTIONS])]


# -- indexes


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scramble(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))


def earlier_words(indexes: Path) -> None:
    """A word index as it was made before languages were told apart: stemmed by tantivy itself."""
    folder = indexes / "words"
    shutil.rmtree(folder)
    folder.mkdir()
    builder = tantivy.SchemaBuilder().add_integer_field("id", indexed=True, fast=True)
    for field in ("body", "title", "source"):
        builder.add_text_field(field, tokenizer_name="words", index_option="freq")
    index = tantivy.Index(builder.build(), path=str(folder))
    steps = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    index.register_tokenizer("words", steps.filter(tantivy.Filter.lowercase()).build())
    writer = index.writer()
    with sqlite3.connect(indexes.parents[2] / "catalog.sqlite") as catalog:
        for (id,) in catalog.execute("SELECT id FROM passages"):
            writer.add_document(tantivy.Document(id=id, body="light", title="", source=""))
        (generation,) = catalog.execute("SELECT generation FROM libraries").fetchone()
    catalog.close()
    writer.commit()
    writer.wait_merging_threads()
    (folder / "generation").write_text(str(generation))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def vectors(indexes: Path) -> Path:
    [path] = indexes.glob("vectors-*.faiss")
    return path


def segment(indexes: Path, suffix: str) -> Path:
    [path] = (indexes / "words").glob(f"*.{suffix}")
    return path


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "the vectors are cut": lambda indexes: cut(vectors(indexes)),
    "the vectors are random": lambda indexes: scramble(vectors(indexes)),
    "one bit of the vectors is flipped": lambda indexes: flip(vectors(indexes)),
    "the vectors are gone": lambda indexes: vectors(indexes).unlink(),
    "the vectors are empty": lambda indexes: vectors(indexes).write_bytes(b""),
    "the vectors claim a later change": lambda indexes: vectors(indexes).rename(
        indexes / "vectors-000000000099.faiss"
    ),
    "meta.json is garbage": lambda indexes: (indexes / "words/meta.json").write_text("garbage"),
    "meta.json is empty": lambda indexes: (indexes / "words/meta.json").write_text(""),
    "the documents are cut": lambda indexes: cut(segment(indexes, "store")),
    "the postings are cut": lambda indexes: cut(segment(indexes, "idx")),
    "the terms are cut": lambda indexes: cut(segment(indexes, "term")),
    "the terms are random": lambda indexes: scramble(segment(indexes, "term")),
    "the postings are random": lambda indexes: scramble(segment(indexes, "idx")),
    "the lengths are random": lambda indexes: scramble(segment(indexes, "fieldnorm")),
    "the ids are random": lambda indexes: scramble(segment(indexes, "fast")),
    "one bit of the ids is flipped": lambda indexes: flip(segment(indexes, "fast")),
    "one bit of the postings is flipped": lambda indexes: flip(segment(indexes, "idx")),
    "a segment is gone": lambda indexes: segment(indexes, "idx").unlink(),
    "the words are emptied": lambda indexes: empty(indexes / "words"),
    "the words are gone": lambda indexes: shutil.rmtree(indexes / "words"),
    "the generation is garbage": lambda indexes: (indexes / "words/generation").write_bytes(
        b"\xff\x00"
    ),
    "the generation is too high": lambda indexes: (indexes / "words/generation").write_text(
        f"{FORMAT} 99"
    ),
    "the generation is too low": lambda indexes: (indexes / "words/generation").write_text(
        f"{FORMAT} 0"
    ),
    "the generation is negative": lambda indexes: (indexes / "words/generation").write_text(
        f"{FORMAT} -4"
    ),
    "the words are of an earlier version": earlier_words,
    "all indexes are gone": lambda indexes: shutil.rmtree(indexes.parent),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_index_is_made_again_without_embedding(
    home: Path, copies: Path, damage: Callable[[Path], object]
):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
    damage(home / "indexes" / "model-1" / "1")
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert answers(library) == before
        assert readings.texts == len(QUESTIONS)  # the questions themselves
        assert library.verify() == []
        assert readings.texts == len(QUESTIONS)
    with Library.open(home, copies=copies) as library:
        assert answers(library) == before


def test_rebuild_makes_the_indexes_again_without_embedding(home: Path, copies: Path):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
        readings = Readings(library)
        library.rebuild()
        assert readings.texts == 0
        assert answers(library) == before
        assert library.verify() == []


def test_an_open_library_outlives_the_loss_of_its_indexes(home: Path, tmp_path: Path, copies: Path):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
        shutil.rmtree(home / "indexes")
        assert answers(library) == before
        library.remove("glacier-lake")
        assert add(library, tmp_path, GLACIER) == [Status.ADDED]
        assert [one.article.id for one in library.articles()][-1] == "glacier-lake"
        assert "A lake on the Vorn glacier" in found(library, "Which lake drained?")[0]
        assert library.verify() == []


# -- the catalog


def test_a_catalog_that_is_no_database_is_named(home: Path, copies: Path):
    catalog = home / "catalog.sqlite"
    catalog.write_bytes(b"This is no database at all." * 400)
    with pytest.raises(QuotewiseError) as raised:
        Library.open(home, copies=copies)
    assert str(raised.value) == (
        f"{catalog} is damaged and cannot be read (file is not a database): restore it from a "
        "backup, or add the articles to a new folder."
    )


def test_a_catalog_of_a_later_version_is_named_and_left_alone(home: Path, copies: Path):
    with sqlite3.connect(home / "catalog.sqlite") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(QuotewiseError) as raised:
        Library.open(home, copies=copies)
    assert str(raised.value) == (
        f"{home / 'catalog.sqlite'} was written by a later version of Quotewise (its format is 7, "
        f"this version reads {SCHEMA_VERSION}): update this one, or add the articles to a new "
        "folder."
    )


def test_a_catalog_of_the_first_version_is_brought_up_to_date_with_all_it_holds(tmp_path: Path):
    with sqlite3.connect(tmp_path / "catalog.sqlite") as db:
        db.executescript(FIRST_SCHEMA)
        db.execute("INSERT INTO libraries (name) VALUES ('main')")
        db.execute(
            "INSERT INTO articles (library, id, title, text, sha256, added) VALUES"
            " (1, 'pier', 'Pier opens', 'It opens.', 'f', '2024-03-02T10:00:00+00:00')"
        )
        db.execute("PRAGMA user_version = 1")
    db.close()
    with Library.open(tmp_path) as library:
        (kept,) = library.articles()
    assert kept.article == Article("pier", "Pier opens", "It opens.")
    with sqlite3.connect(tmp_path / "catalog.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    db.close()


def test_a_catalog_whose_pages_are_overwritten_says_so(home: Path, copies: Path):
    catalog = home / "catalog.sqlite"
    data = bytearray(catalog.read_bytes())
    data[8192:] = b"\xaa" * (len(data) - 8192)
    catalog.write_bytes(data)
    with pytest.raises(QuotewiseError) as raised, Library.open(home, copies=copies) as library:
        library.answer("What did the rat bite through?")
    assert "restore it from a backup" in str(raised.value)


def test_a_home_that_is_a_file_is_named(tmp_path: Path):
    home = tmp_path / "home"
    home.write_text("a shopping list")
    with pytest.raises(QuotewiseError, match=f"{home} .*choose another folder"):
        Library.open(home)
    assert home.read_text() == "a shopping list"


def test_indexes_that_cannot_be_written_are_named(home: Path, copies: Path):
    shutil.rmtree(home / "indexes")
    (home / "indexes").write_text("a shopping list")
    with Library.open(home, copies=copies) as library, pytest.raises(QuotewiseError) as raised:
        library.answer("What did the rat bite through?")
    assert str(home / "indexes") in str(raised.value)


PROBE = """
import sys
from pathlib import Path
from retrieval.storage.migrations import FIRST_SCHEMA, SCHEMA_VERSION
from retrieval.errors import QuotewiseError
from retrieval.library import Library
try:
    with Library.open(sys.argv[1], copies=Path(sys.argv[2])) as library:
        for outcome in library.add(sys.argv[3:]):
            print(outcome.status, outcome.reason)
except QuotewiseError as error:
    print("QuotewiseError:", error)
"""


def open_unprivileged(folder: Path) -> str:
    """What a user who may only read the folder is told; the child drops root after its imports.

    First come the ids of the articles, if any are there, and then why none can be removed.
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
@pytest.mark.parametrize("there", [True, False], ids=["a library", "a folder"])
def test_a_folder_that_may_not_be_written_is_named(home: Path, tmp_path: Path, there: bool):
    # pytest's own folders are shut to others, so this one stands beside them.
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    place.chmod(0o777)
    folder = place / "home"
    if there:
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
            if there
            else f"{folder} cannot be written: give yourself permission, or choose another folder."
        )
    finally:
        for one in [folder, *folder.rglob("*")]:
            one.chmod(0o755)
        shutil.rmtree(place)


# -- a full disk


def test_a_full_disk_fails_the_new_articles_and_keeps_the_earlier_ones(
    home: Path, tmp_path: Path, copies: Path
):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
        with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
            [pages] = db.execute("PRAGMA page_count").fetchone()

        def limit(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(library._catalog._db.engine, "checkout", limit)
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
        assert library.verify() == []


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_files_that_may_not_grow_fail_the_new_articles_and_keep_the_earlier_ones(
    home: Path, tmp_path: Path, copies: Path
):
    many = [
        {"id": f"note-{n}", "text": f"Note {n} tells of boat {n} and its cargo of salt. " * 30}
        for n in range(60)
    ]
    run = subprocess.run(
        [sys.executable, "-c", PROBE, str(home), str(copies), jsonl(tmp_path, *many)],
        preexec_fn=limit_files,
        capture_output=True,
        text=True,
        check=True,
    )
    statuses = [line.split(maxsplit=1) for line in run.stdout.splitlines()]
    assert len(statuses) == 60, run.stdout + run.stderr
    failed = {reason for status, reason in statuses if status == "failed"}
    assert failed == {f"{home / 'catalog.sqlite'} cannot be used: disk I/O error."}
    with Library.open(home, copies=copies) as library:
        assert library.verify() == []
        kept = [one.article.id for one in library.articles()]
        added = sum(status == "added" for status, _ in statuses)
        assert kept[:3] == ["harbour-light", "bakery-prize", "glacier-lake"]
        assert len(kept) == 3 + added < 63
        for question, sentence in QUESTIONS.items():
            assert found(library, question)[0] == sentence


# -- verify


TAMPERING = {
    "UPDATE articles SET text = replace(text, '412', '512') WHERE id = 'harbour-light'": [
        "article harbour-light: its text is not the text that was added"
    ],
    "UPDATE articles SET text = 'Short.' WHERE id = 'harbour-light'": [
        "article harbour-light: its text is not the text that was added",
        "article harbour-light: paragraph 1 lies outside the text",
        "article harbour-light: paragraph 2 lies outside the text",
        "article harbour-light, paragraph 1: it ends after the text does",
        "article harbour-light, paragraph 2: it ends after the text does",
    ],
    "UPDATE paragraphs SET start = 5 WHERE article = 1 AND number = 2": [
        "article harbour-light: paragraph 2 lies outside the text"
    ],
    "UPDATE passages SET start = 90 WHERE id = 2": [
        "article harbour-light, paragraph 2: a sentence lies outside its passage"
    ],
    'UPDATE passages SET "end" = 9999 WHERE id = 2': [
        "article harbour-light, paragraph 2: it ends after the text does"
    ],
    "UPDATE passages SET vector = zeroblob(768) WHERE id = 2": [
        "article harbour-light, paragraph 2: its vector is damaged"
    ],
    "UPDATE passages SET sentences = zeroblob(12) WHERE id = 1": [
        "passage 1: its vector or its sentences have the wrong length"
    ],
    "DELETE FROM passages WHERE id = 2": [
        "library main: the vector index lacks 0 passages and has 1 too many",
        "library main: the word index lacks 0 passages and has 1 too many",
    ],
}


@pytest.mark.parametrize(("tampering", "faults"), TAMPERING.items())
def test_verify_says_what_was_tampered_with(
    home: Path, copies: Path, tampering: str, faults: list[str]
):
    with Library.open(home, copies=copies) as library:
        assert library.verify() == []
        db = sqlite3.connect(home / "catalog.sqlite")
        with db:
            assert db.execute(tampering).rowcount == 1
        db.close()
        assert library.verify() == faults


def test_a_file_that_an_earlier_version_kept_under_a_shorter_id_is_still_one_article(
    tmp_path: Path, copies: Path
):
    note = tmp_path / "note.txt"
    note.write_text("The lock\n\nThe lock at Orr was painted green in March.\n")
    home = tmp_path / "home"
    with Library.open(home, copies=copies) as library:
        (before,) = library.add(str(note))
    with sqlite3.connect(home / "catalog.sqlite") as db:
        db.execute("UPDATE articles SET id = substr(id, 1, 10)")
    db.close()
    with Library.open(home, copies=copies) as library:
        assert [one.status for one in library.add(str(note))] == [Status.UNCHANGED]
        (kept,) = library.articles()
        assert before.article and kept.article.text == before.article.text

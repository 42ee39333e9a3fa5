"""A catalog that version 0.1 wrote, with codes of token vectors, is brought up to date."""

import contextlib
import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from old_catalog import CODES, with_token_codes
from shelf import BAKERY, GLACIER, HARBOUR, Readings, add

from retrieval import Library, QuotewiseError
from retrieval.models import onnx, open_encoder
from retrieval.storage.migrations import SCHEMA_VERSION, TOKEN_CODES_VERSION

QUOTEWISE = Path(sys.executable).with_name("quotewise")
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
def filled(tmp_path_factory: pytest.TempPathFactory, copies: Path) -> Path:
    """A closed home with an earlier version, two libraries and a feed; its last article is gone."""
    folder = tmp_path_factory.mktemp("filled")
    with Library.open(folder / "home", copies=copies) as library:
        add(library, folder, HARBOUR, BAKERY)
        add(library, folder, CORRECTED)
        add(library, folder, GLACIER, to="north")
        add(library, folder, {"id": "gone", "text": "The last tram left at nine."})
        library.remove("gone")
        library.answer(RAT, scope=["main", "north"])  # which brings the indexes up to date
    return folder / "home"


def test_new_and_migrated_catalogs_have_the_same_tables(filled: Path, home: Path):
    def tables_and_indexes(home: Path) -> dict[str, set[tuple[object, ...]]]:
        Library.open(home).close()
        with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master")]
            columns = {
                name: {
                    (column, kind, bool(not_null or key), key)
                    for _, column, kind, not_null, _, key in db.execute(
                        f"PRAGMA table_info({name})"
                    )
                }
                for name in names
            }
            indexed = {
                name: {row[2] for row in db.execute(f"PRAGMA index_info({name})")} for name in names
            }
        return {name: columns[name] or indexed[name] for name in names}

    assert tables_and_indexes(home) == tables_and_indexes(filled)


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    """That home, with a catalog of version 0.1."""
    return with_token_codes(shutil.copytree(filled, tmp_path / "home"))


@pytest.fixture
def large(filled: Path, tmp_path: Path) -> Path:
    """A home with a catalog of 110 MB of version 0.1, without indexes."""
    home = with_token_codes(shutil.copytree(filled, tmp_path / "home"), copies=MANY)
    shutil.rmtree(home / "indexes")
    return home


def contents(library: Library) -> list[object]:
    """What a library holds and answers."""
    return [
        [list(library.articles(library=name)) for name in ("main", "north")],
        library.versions("bakery-prize"),
        [list(library._catalog.passages_of(number)) for number in (1, 2)],
        [(one.quotes, one.closest, one.confidence) for one in map(library.answer, (RAT, LOAF))],
    ]


def comparable(passages: object) -> str:
    return repr(passages)  # vectors are arrays, which == compares number by number


def index_files(home: Path) -> dict[str, int]:
    return {str(one): one.stat().st_mtime_ns for one in (home / "indexes").rglob("*.*")}


def version_of(home: Path) -> int:
    with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def is_whole_and_old(home: Path) -> bool:
    with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
        sizes = db.execute("SELECT count(*), total(length(token_codes)) FROM passages").fetchone()
        damage = db.execute("PRAGMA integrity_check").fetchall()
    return sizes[0] > MANY and sizes[1] == sizes[0] * CODES and damage == [("ok",)]


def test_nothing_is_lost_changed_or_embedded_again(filled: Path, home: Path, copies: Path):
    with Library.open(filled, copies=copies) as library:
        before = comparable(contents(library))
    files = index_files(home)
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert comparable(contents(library)) == before
        assert readings.texts == 2  # the questions
        assert library.verify() == []
        assert index_files(home) == files
    assert version_of(home) == SCHEMA_VERSION
    assert {one.name for one in home.iterdir()} == {"catalog.sqlite", "indexes"}


def test_the_ids_of_removed_passages_are_not_used_again(home: Path, tmp_path: Path, copies: Path):
    with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
        (last,) = db.execute("SELECT max(passage) FROM removals").fetchone()
        (highest,) = db.execute("SELECT max(id) FROM passages").fetchone()
    assert highest < last
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, {"id": "tram", "text": "The first tram left at six."})
        assert library.verify() == []
    with contextlib.closing(sqlite3.connect(home / "catalog.sqlite")) as db:
        assert db.execute("SELECT max(id) FROM passages").fetchone() == (last + 1,)


def test_the_file_shrinks_to_what_articles_and_vectors_take(large: Path):
    catalog = large / "catalog.sqlite"
    assert catalog.stat().st_size / MANY > 13_000
    Library.open(large).close()
    assert catalog.stat().st_size / MANY < 1_500


def test_people_see_that_it_is_migrated(large: Path):
    done = subprocess.run(
        [QUOTEWISE, "--home", large, "articles"], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines() == [
        "quotewise: Bringing the catalog up to date, which may take some minutes.",
        "quotewise: The catalog is up to date.",
    ]
    assert "Harbour light goes out" in done.stdout


def test_processes_that_open_at_once_do_it_once_and_all_go_on(large: Path):
    opened = [
        subprocess.Popen(
            [sys.executable, "-c", OPENING, large],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    written = [one.communicate(timeout=120) for one in opened]
    assert [out for out, _ in written] == ["2\n"] * 3
    assert sum("Bringing the catalog" in error for _, error in written) == 1
    assert version_of(large) == SCHEMA_VERSION


def test_a_process_that_is_killed_leaves_the_old_catalog_to_the_next(large: Path, copies: Path):
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


def test_what_another_process_writes_meanwhile_is_not_lost(large: Path):
    written: list[str] = []
    done = threading.Event()

    def write() -> None:
        with contextlib.closing(
            sqlite3.connect(large / "catalog.sqlite", timeout=60, isolation_level=None)
        ) as db:
            while not done.is_set():
                db.execute("INSERT INTO facts VALUES (?, '')", [f"fact {len(written)}"])
                written.append(f"fact {len(written)}")
                done.wait(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    while not written:
        time.sleep(0.001)
    try:
        # Either it is seen in time that the other one writes, or all of it is in the new catalog.
        with contextlib.suppress(QuotewiseError):
            Library.open(large).close()
    finally:
        done.set()
        writer.join()
    Library.open(large).close()
    assert version_of(large) == SCHEMA_VERSION
    with contextlib.closing(sqlite3.connect(large / "catalog.sqlite")) as db:
        kept = {name for (name,) in db.execute("SELECT name FROM facts")}
    assert kept >= set(written)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, which may be remounted with another size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=140m", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_without_room_is_named_and_the_catalog_stays_as_it_was(
    large: Path, disk: Path, copies: Path
):
    home = shutil.copytree(large, disk / "home")
    size = (home / "catalog.sqlite").stat().st_size
    subprocess.run(["mount", "-o", f"remount,size={size + 1_000_000}", disk], check=True)
    digest = hashlib.sha256((home / "catalog.sqlite").read_bytes()).hexdigest()
    with pytest.raises(QuotewiseError) as raised:
        Library.open(home, copies=copies)
    assert str(raised.value) == (
        f"The disk that holds {home} is full: free some space and try again."
    )
    assert hashlib.sha256((home / "catalog.sqlite").read_bytes()).hexdigest() == digest
    assert is_whole_and_old(home)
    subprocess.run(["mount", "-o", f"remount,size={3 * size}", disk], check=True)
    Library.open(home, copies=copies).close()
    assert version_of(home) == SCHEMA_VERSION
    assert (home / "catalog.sqlite").stat().st_size < size / 5


def test_the_copy_of_a_model_that_gives_token_vectors_as_well_is_not_made_again(
    tmp_path: Path, other_model: str
):
    new = open_encoder(other_model, tmp_path)
    (folder,) = tmp_path.iterdir()
    export_with_token_vectors(other_model, folder / "model.onnx")
    facts = json.loads((folder / "copy.json").read_text("utf-8"))
    facts["sha256"] = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    (folder / "copy.json").write_text(json.dumps(facts), "utf-8")
    old = open_encoder(other_model, tmp_path)
    assert old.fingerprint == new.fingerprint
    texts = [HARBOUR["text"], BAKERY["text"], "A tram."]
    vectors = [one.encode_documents(texts) for one in (old, new)]
    assert np.abs(vectors[0] - vectors[1]).max() < 1e-3
    assert (folder / "copy.json").read_text("utf-8") == json.dumps(facts)


def export_with_token_vectors(model: str, path: Path) -> None:
    """Write a copy of a model as version 0.1 did."""
    import torch
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(model, device="cpu")
    assert loaded.transformers_model is not None
    loaded.transformers_model.set_attn_implementation("eager")

    class BothOutputs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = loaded

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            made = self.model({"input_ids": ids, "attention_mask": mask})
            return made["token_embeddings"], made["sentence_embedding"]

    ids = torch.ones((2, 6), dtype=torch.int64)
    inputs = {"ids": ids, "mask": torch.ones_like(ids)}
    onnx.export(BothOutputs().eval(), inputs, {"tokens": 3, "pooled": 1}, path)

"""Another model takes the place of the one in use, which answers until it has read everything."""

import itertools
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from old_catalog import with_token_codes
from shelf import BAKERY, GLACIER, HARBOUR, Readings, add, found

from bot.reporting import start_model
from retrieval import (
    Article,
    Busy,
    Filters,
    Library,
    ModelChange,
    ModelGone,
    QuotewiseError,
    Status,
)
from retrieval.ingest import reembed as changing_room
from retrieval.ingest.pipeline import Adding
from retrieval.records import Floats, Integers
from retrieval.storage import StoredModel
from retrieval.storage.schema import SCHEMA_VERSION

DEFAULT = "all-MiniLM-L6-v2"
RAT = "What did the rat bite through?"
RAT_SENTENCE = "Keeper Olaf Brenn said a rat had bitten through the main cable."
STORM = HARBOUR | {"text": "A storm broke the main cable, keeper Olaf Brenn said.\n\nIt is lit."}
TRAM = {"id": "tram", "title": "Tram opens", "text": "The tram to Kelm opened on Monday."}


@pytest.fixture
def home(tmp_path: Path, copies: Path) -> Path:
    """The folder of a library whose three articles the default model has read, closed."""
    home = tmp_path / "home"
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, HARBOUR, BAKERY)
        add(library, tmp_path, GLACIER, to="north")
    return home


@pytest.fixture
def an_article_at_a_time(monkeypatch):
    """Each article is kept in a transaction of its own, so that a change has three steps."""
    monkeypatch.setattr(changing_room, "TOGETHER", 1)


def counted(home: Path, query: str) -> list[tuple[int | str, ...]]:
    with sqlite3.connect(home / "catalog.sqlite") as db:
        rows = db.execute(query).fetchall()
    db.close()
    return rows


def passages_of_models(home: Path) -> dict[int, int]:
    return dict(counted(home, "SELECT model, count(*) FROM passages GROUP BY model"))


def answers(library: Library) -> list[tuple[list[float], list[str]]]:
    """The quotes for some questions, and the cosines of the model in use for all passages."""
    using = library._models.using()
    scope, told = ("main", "north"), []
    for question in (RAT, "Which bread won the prize?", "the lake on the glacier"):
        answer = library.answer(question, scope=scope)
        vector = using.encoder.encode_query(question)
        indexes = using.indexes.of(scope)
        cosines = [hit.cosine for one in indexes for hit in one.hits(question, vector, 10)]
        told.append((sorted(cosines), [quote.text for quote in answer.quotes or answer.closest]))
    return told


def as_read_by(model: str, folder: Path, copies: Path) -> list[object]:
    """What a library answers whose articles no other model has ever read."""
    with Library.open(folder / "fresh", copies=copies, model=model) as library:
        add(library, folder, HARBOUR, BAKERY)
        add(library, folder, GLACIER, to="north")
        # In another batch, a text's vectors differ in the fifth digit.
        return [(pytest.approx(cosines, abs=1e-3), texts) for cosines, texts in answers(library)]


# -- the change itself


@pytest.mark.usefixtures("an_article_at_a_time")
def test_the_old_model_answers_until_the_new_one_has_read_all(
    home: Path, tmp_path: Path, copies: Path, other_model: str
):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
    with Library.open(home, copies=copies, model=other_model) as library:
        assert library.change() == ModelChange(DEFAULT, other_model, 0, 3)
        steps = library.change_model()
        for read in (1, 2, 3):
            assert next(steps) == ModelChange(DEFAULT, other_model, read, 3)
            assert library.change() == ModelChange(DEFAULT, other_model, read, 3)
            assert (library.model(), answers(library)) == (DEFAULT, before)
        assert list(steps) == []
        # No question waits for the new model's indexes: they are on the disk already.
        assert len(list(home.glob("indexes/model-2/*/vectors-*.faiss"))) == 2
        assert (library.model(), library.change()) == (other_model, None)
        assert answers(library) == as_read_by(other_model, tmp_path, copies) != before
        assert library.verify() == []
    assert passages_of_models(home) == {2: 6}
    assert [one.name for one in (home / "indexes").iterdir()] == ["model-2"]


def test_two_models_of_one_dimension_are_not_mistaken_for_each_other(
    tmp_path: Path, copies: Path, other_model: str, third_model: str
):
    home = tmp_path / "home"
    with Library.open(home, copies=copies, model=other_model) as library:
        add(library, tmp_path, HARBOUR, BAKERY)
        add(library, tmp_path, GLACIER, to="north")
        before = answers(library)
    with Library.open(home, copies=copies, model=third_model) as library:
        assert answers(library) == before
        assert library.rebuild() == ModelChange(other_model, third_model, 3, 3)
        assert answers(library) == as_read_by(third_model, tmp_path, copies) != before
        assert library.verify() == []


@pytest.mark.usefixtures("an_article_at_a_time")
def test_what_comes_changes_or_goes_meanwhile_is_read_by_the_new_model_too(
    home: Path, tmp_path: Path, copies: Path, other_model: str
):
    with Library.open(home, copies=copies, model=other_model) as library:
        steps = library.change_model()
        assert next(steps).read == 1
        assert add(library, tmp_path, STORM, TRAM) == [Status.UPDATED, Status.ADDED]
        library.remove("bakery-prize")
        assert found(library, "Who opened the tram to Kelm?")[0] == TRAM["text"]
        *_, last = steps
        assert (last.after, library.model()) == (other_model, other_model)
        assert sorted(library.ids()) == ["harbour-light", "tram"]
        assert TRAM["text"] in found(library, "tram Kelm opened Monday")
        assert all(one not in found(library, RAT) for one in (RAT_SENTENCE, BAKERY["text"]))
        assert library.verify() == []
    assert passages_of_models(home) == {2: 5}


def test_an_article_whose_reading_the_switch_overtakes_is_read_again(
    home: Path, copies: Path, other_model: str
):
    now = datetime.now(UTC)
    with (
        Library.open(home, copies=copies) as old,
        Library.open(home, copies=copies, model=other_model) as new,
    ):
        adding = Adding(old._catalog, old._models, "main", now, old._fetcher)
        assert list(adding.offer("tram", Article("tram", "Tram opens", TRAM["text"]))) == []
        new.rebuild()
        assert [one.status for one in adding.finish()] == [Status.ADDED]
        assert TRAM["text"] in found(old, "tram Kelm opened Monday")
        assert old.verify() == []
    assert passages_of_models(home) == {2: 7}


# -- broken off


CHANGING = """
import sys
from pathlib import Path
from retrieval import Library
from retrieval.ingest import reembed
reembed.TOGETHER = 1
with Library.open(sys.argv[1], copies=Path(sys.argv[2]), model=sys.argv[3]) as library:
    for step in library.change_model():
        print(step.read, flush=True)
"""


def test_a_process_that_is_killed_loses_nothing_and_the_next_goes_on(
    tmp_path: Path, copies: Path, other_model: str
):
    home = tmp_path / "home"
    notes = [
        {"id": f"note-{n}", "text": f"The ferry had {n + 2} passengers on day {n}."}
        for n in range(300)
    ]
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, *notes)
        before = answers(library)
    command = [sys.executable, "-c", CHANGING, str(home), str(copies), other_model]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(5)]
        child.kill()
        lines += [one for one in child.stdout.readlines() if one.endswith("\n")]
    reported = int(lines[-1])
    with Library.open(home, copies=copies, model=other_model) as library:
        assert (library.model(), answers(library)) == (DEFAULT, before)
        change = library.change()
        assert change is not None
        assert reported <= change.read < 300
        readings = Readings(library)
        *_, last = library.change_model()
        assert readings.texts == 300 - change.read
        assert last == ModelChange(DEFAULT, other_model, 300, 300)
        assert library.model() == other_model
        assert library.verify() == []


def test_questions_are_answered_while_another_process_changes_the_model_and_after_its_crash(
    home: Path, tmp_path: Path, copies: Path, other_model: str
):
    """It is killed after the switch, before the old model's passages are removed."""
    waiting = CHANGING.replace("TOGETHER = 1", "SETTLES_S = 600")
    command = [sys.executable, "-c", waiting, str(home), str(copies), other_model]
    with Library.open(home, copies=copies) as library:
        before = answers(library)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            while library.model() == DEFAULT:
                assert answers(library) == before or library.model() == other_model
                assert child.poll() is None
            child.kill()
        assert answers(library) == as_read_by(other_model, tmp_path, copies)
    assert passages_of_models(home) == {1: 6, 2: 6}
    with Library.open(home, copies=copies, model=other_model) as library:
        assert library.verify() == []
        assert list(library.change_model()) == []
        assert library.verify() == []
    assert passages_of_models(home) == {2: 6}


# -- another mind


@pytest.mark.usefixtures("an_article_at_a_time")
def test_set_back_to_the_old_model_the_change_is_dropped(
    home: Path, copies: Path, other_model: str
):
    with Library.open(home, copies=copies, model=other_model) as library:
        next(library.change_model())
    assert passages_of_models(home) == {1: 6, 2: 2}
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert library.change() == ModelChange(DEFAULT, other_model, 1, 3, is_set=False)
        assert list(library.change_model()) == []
        assert (library.change(), library.model(), readings.texts) == (None, DEFAULT, 0)
        assert found(library, RAT)[0] == RAT_SENTENCE
        assert library.verify() == []
    assert passages_of_models(home) == {1: 6}


@pytest.mark.usefixtures("an_article_at_a_time")
def test_a_third_model_begins_anew(home: Path, copies: Path, other_model: str, third_model: str):
    with Library.open(home, copies=copies, model=other_model) as library:
        next(library.change_model())
    with Library.open(home, copies=copies, model=third_model) as library:
        assert [one.read for one in library.change_model()] == [1, 2, 3]
        assert library.model() == third_model
        assert library.verify() == []
    assert passages_of_models(home) == {3: 6}


def test_a_library_without_articles_takes_the_model_that_is_set_at_once(
    home: Path, tmp_path: Path, copies: Path, other_model: str
):
    with Library.open(home, copies=copies) as library:
        library.remove_all()
        library.remove_all(library="north")
    with Library.open(home, copies=copies, model=other_model) as library:
        assert library.change() is None
        assert library.model() == other_model
        assert add(library, tmp_path, HARBOUR) == [Status.ADDED]
        assert library.verify() == []


def test_a_folder_is_known_by_its_whole_path(
    tmp_path: Path, copies: Path, other_model: str, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    monkeypatch.chdir(Path(other_model).parent)
    with Library.open(home, copies=copies, model=Path(other_model).name) as library:
        add(library, tmp_path, HARBOUR)
    monkeypatch.chdir(tmp_path)
    with Library.open(home, copies=copies) as library:
        assert library.model() == other_model


# -- several processes


@pytest.mark.usefixtures("an_article_at_a_time")
def test_one_does_the_work_and_the_others_switch_over_when_it_is_done(
    home: Path, tmp_path: Path, copies: Path, other_model: str
):
    with (
        Library.open(home, copies=copies, model=other_model) as working,
        Library.open(home, copies=copies, model=other_model) as other,
        Library.open(home, copies=copies) as older,
    ):
        steps = working.change_model()
        next(steps)
        for one in (other, older):
            with pytest.raises(Busy) as raised:
                one.rebuild()
            assert str(raised.value) == (
                f"Another process lets the model {other_model} read the articles already: 1 of 3 "
                "so far. It is used as soon as it has read them all."
            )
        assert [one.model() for one in (working, other, older)] == [DEFAULT] * 3
        before = [answers(one) for one in (other, older)]
        list(steps)
        assert [one.model() for one in (working, other, older)] == [other_model] * 3
        after = as_read_by(other_model, tmp_path, copies)
        assert [answers(one) for one in (working, other, older)] == [after] * 3
        assert before[0] == before[1] != after
        assert other.change() is None
        # One that is set to the old model has been told nothing yet of wanting it back.
        assert older.change() == ModelChange(other_model, DEFAULT, 0, 3)


def test_the_model_in_use_is_asked_for_by_one_at_a_time_and_the_one_before_is_let_go(
    home: Path, copies: Path, other_model: str, monkeypatch: pytest.MonkeyPatch
):
    with (
        Library.open(home, copies=copies) as library,
        Library.open(home, copies=copies, model=other_model) as other,
    ):
        models, in_use = library._models, library._catalog.models.in_use
        library.warm_up()
        other.rebuild()

        def alone() -> StoredModel | None:
            with ThreadPoolExecutor(1) as another:
                assert not another.submit(models._lock.acquire, blocking=False).result()
            return in_use()

        monkeypatch.setattr(library._catalog.models, "in_use", alone)
        assert models.using().model.name == other_model
        assert list(models._encoders) == [other_model]


def test_verify_takes_no_longer_for_each_passage_while_two_models_have_some(
    home: Path, copies: Path, other_model: str
):
    with Library.open(home, copies=copies, model=other_model) as library:
        next(library.change_model())
        db = library._catalog._db._connection
        columns = [row[1] for row in db.execute("PRAGMA table_info(passages)")][1:]
        names = ", ".join(f'"{one}"' for one in columns)
        twice = f"INSERT INTO passages ({names}) SELECT {names} FROM passages WHERE model = "
        for _ in range(8):
            db.execute(f"{twice} 1")
        # All that the next model has made comes after what the first one has.
        db.execute("UPDATE passages SET id = id + 10000 WHERE model = 2")
        for _ in range(8):
            db.execute(f"{twice} 2")
        (count,) = db.execute("SELECT count(*) FROM passages").fetchone()
        steps = itertools.count()
        db.set_progress_handler(lambda: next(steps) and None, 100)
        assert library._catalog._misshapen() == []
        db.set_progress_handler(None, 0)
        assert next(steps) < count


def test_others_may_write_while_the_model_reads(library: Library, tmp_path: Path):
    library.warm_up()
    models = library._models
    encoder = models.encoder(models.is_set)
    written = []

    def forward(ids: Integers, mask: Integers) -> Floats:
        with sqlite3.connect(tmp_path / "home" / "catalog.sqlite", timeout=0) as db:
            db.execute("INSERT OR IGNORE INTO libraries (name) VALUES ('other')")
        db.close()
        written.append(len(ids))
        return encoder.forward(ids, mask)

    models._encoders[models.is_set] = replace(encoder, forward=forward)
    models._using = None
    assert add(library, tmp_path, HARBOUR) == [Status.ADDED]
    assert written


def test_a_model_that_cannot_be_loaded_is_named_and_the_old_one_goes_on(home: Path, copies: Path):
    with Library.open(home, copies=copies, model="/nowhere/model") as library:
        with pytest.raises(QuotewiseError, match="The model /nowhere/model could not be loaded"):
            list(library.change_model())
        assert found(library, RAT)[0] == RAT_SENTENCE
    assert passages_of_models(home) == {1: 6}


# -- the old model is gone


@pytest.mark.parametrize(
    ("fingerprint", "trouble"),
    [
        ("/nowhere/model@123456789abc", "/nowhere/model, which cannot be opened any longer"),
        (f"{DEFAULT}@123456789abc", f"{DEFAULT}, which has been changed since"),
    ],
)
def test_where_the_old_model_is_gone_it_is_said_what_to_do(
    home: Path, copies: Path, fingerprint: str, trouble: str
):
    with sqlite3.connect(home / "catalog.sqlite") as db:
        db.execute("UPDATE models SET fingerprint = ?", (fingerprint,))
    db.close()
    with Library.open(home, copies=copies) as library:
        for attempt in (lambda: library.answer(RAT), library.verify, library.warm_up):
            with pytest.raises(ModelGone) as raised:
                attempt()
            assert str(raised.value) == (
                f"The articles were embedded with the model {trouble}: put it back as it was, or "
                f"run `quotewise rebuild` to embed them again with {DEFAULT}."
            )
        start_model(library)
        assert found(library, RAT)[0] == RAT_SENTENCE
        assert library.verify() == []


# -- an earlier version's file


def test_a_catalog_of_the_second_version_answers_as_before_and_can_change_its_model(
    home: Path, tmp_path: Path, copies: Path, other_model: str
):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
    as_of_version_2(home)
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert (library.model(), library.change()) == (DEFAULT, None)
        assert answers(library) == before
        assert library.verify() == []
        assert readings.texts == 6  # the questions, each for its quotes and for the cosines
        limited = library.answer(RAT, filters=Filters(sources=("The Skerry Post",)))
        assert (limited.inside, limited.shown[0].text) == (2, RAT_SENTENCE)
    assert counted(home, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    indexes = counted(home, "SELECT name FROM sqlite_master WHERE name LIKE 'articles_by_%'")
    assert ("articles_by_publication",) in indexes
    assert counted(home, "SELECT delay FROM feed_entries") == []
    assert [one.name for one in (home / "indexes").iterdir()] == ["model-1"]
    with Library.open(home, copies=copies, model=other_model) as library:
        library.remove("harbour-light")
        assert library.rebuild() == ModelChange(DEFAULT, other_model, 2, 2)
        assert library.verify() == []


def as_of_version_2(home: Path) -> None:
    """Make a catalog what the second version would have written, and its indexes as well."""
    with_token_codes(home, version=2)
    for library in (home / "indexes" / "model-1").iterdir():
        shutil.move(library, home / "indexes" / library.name)
    (home / "indexes" / "model-1").rmdir()

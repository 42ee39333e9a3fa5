"""Another model replaces the one in use, which answers until everything is embedded again."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, Readings, add, found, rows
from old_catalog import with_token_codes
from postgresql_server import executed, on_both_engines

from bot.reporting import start_model
from retrieval import (
    Busy,
    Filters,
    Library,
    ModelChange,
    ModelGone,
    QuotewiseError,
    Status,
    migrate,
)
from retrieval.ingest import reembed
from retrieval.storage.migrations import SCHEMA_VERSION

DEFAULT = "all-MiniLM-L6-v2"
RAT = "What did the rat bite through?"
RAT_SENTENCE = "Keeper Olaf Brenn said a rat had bitten through the main cable."
STORM = HARBOUR | {"text": "A storm broke the main cable, keeper Olaf Brenn said.\n\nIt is lit."}
TRAM = {"id": "tram", "title": "Tram opens", "text": "The tram to Kelm opened on Monday."}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, copies) -> Path:
    folder = tmp_path_factory.mktemp("embedded")
    with Library.open(folder / "home", copies=copies) as library:
        fill(library, folder)
        answers(library)
    return folder / "home"


@pytest.fixture
def home(embedded, tmp_path) -> Path:
    """The folder of a library whose three articles the default model has embedded, closed."""
    return shutil.copytree(embedded, tmp_path / "home")


@pytest.fixture
def opened(home, copies, database) -> Callable[..., Library]:
    """Opens that library, or one with the same articles in the database."""
    if database is not None:
        migrate(home, database)
    return partial(Library.open, home, copies=copies, database=database)


def fill(library: Library, folder: Path) -> None:
    add(library, folder, HARBOUR, BAKERY)
    add(library, folder, GLACIER, to="north")


@pytest.fixture
def article_by_article(monkeypatch):
    """Each article is embedded in a transaction of its own, so that a change has three steps."""
    monkeypatch.setattr(reembed, "TOGETHER", 1)


def passages_of_models(home: Path, database: str | None = None, **more: Path) -> dict[int, int]:
    query = "SELECT model, count(*) FROM {}passages GROUP BY model"
    if database is not None:
        return dict(map(tuple, executed(database, query.format("quotewise."))))
    return dict(rows(home, query.format("")))


def answers(library: Library) -> list[tuple[list[float], list[str]]]:
    """The quotes for some questions, and the cosines of the model in use for all passages."""
    using = library._models.using()
    scope, replies = ("main", "north"), []
    for question in (RAT, "Which bread won the prize?", "the lake on the glacier"):
        answer = library.answer(question, scope=scope)
        vector = using.encoder.encode_query(question)
        indexes = using.indexes.of(scope)
        cosines = [hit.cosine for one in indexes for hit in one.hits(question, vector, 10)]
        replies.append((sorted(cosines), [quote.text for quote in answer.quotes or answer.closest]))
    return replies


def as_embedded_by(model: str, folder: Path, copies: Path) -> list[object]:
    """What a library answers whose articles no other model has ever embedded."""
    with Library.open(folder / "fresh", copies=copies, model=model) as library:
        fill(library, folder)
        # In another batch, a text's vectors differ in the fifth digit.
        return [(pytest.approx(cosines, abs=1e-3), texts) for cosines, texts in answers(library)]


@on_both_engines
@pytest.mark.usefixtures("article_by_article")
def test_the_old_model_answers_until_the_new_has_embedded_all(
    home, opened, tmp_path, copies, other_model
):
    with opened() as library:
        before = answers(library)
    with opened(model=other_model) as library:
        assert library.change() == ModelChange(DEFAULT, other_model, 0, 3)
        steps = library.change_model()
        for count in (1, 2, 3):
            assert next(steps) == library.change() == ModelChange(DEFAULT, other_model, count, 3)
            assert (library.model(), answers(library)) == (DEFAULT, before)
        assert list(steps) == []
        # No question waits for the new model's word indexes: they are on the disk already.
        assert len(list(home.glob("indexes/model-2/*/words/*.term"))) == 2
        assert (library.model(), library.change()) == (other_model, None)
        assert answers(library) == as_embedded_by(other_model, tmp_path, copies) != before
        assert library.verify() == []
    assert passages_of_models(home, **opened.keywords) == {2: 6}
    assert [one.name for one in (home / "indexes").iterdir()] == ["model-2"]


@on_both_engines
@pytest.mark.usefixtures("article_by_article")
def test_what_changes_meanwhile_is_embedded_by_the_new_model(
    home, opened, tmp_path, copies, other_model
):
    with opened(model=other_model) as library:
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
    assert passages_of_models(home, **opened.keywords) == {2: 5}


@on_both_engines
@pytest.mark.usefixtures("article_by_article")
def test_set_back_to_the_old_model_the_change_is_dropped(home, opened, other_model, database):
    with opened(model=other_model) as library:
        next(library.change_model())
    assert passages_of_models(home, **opened.keywords) == {1: 6, 2: 2}
    with opened() as library:
        readings = Readings(library)
        assert library.change() == ModelChange(DEFAULT, other_model, 1, 3, is_set=False)
        assert list(library.change_model()) == []
        assert (library.change(), library.model(), readings.texts) == (None, DEFAULT, 0)
        assert library.verify() == []
    assert passages_of_models(home, **opened.keywords) == {1: 6}


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


def test_a_process_that_is_killed_loses_nothing_and_the_next_goes_on(tmp_path, copies, other_model):
    home = tmp_path / "home"
    text = "The ferry had {} passengers on day {}."
    notes = [{"id": f"note-{n}", "text": text.format(n + 2, n)} for n in range(150)]
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, *notes)
        before = answers(library)
    command = [sys.executable, "-c", CHANGING, str(home), str(copies), other_model]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        lines = [child.stdout.readline() for _ in range(5)]
        child.kill()
        lines += [one for one in child.stdout.readlines() if one.endswith("\n")]
    with Library.open(home, copies=copies, model=other_model) as library:
        assert (library.model(), answers(library)) == (DEFAULT, before)
        count = library.change().read
        assert int(lines[-1]) <= count < 150
        readings = Readings(library)
        *_, last = library.change_model()
        assert readings.texts == 150 - count
        assert last == ModelChange(DEFAULT, other_model, 150, 150)
        assert library.model() == other_model
        assert library.verify() == []


def test_a_change_by_a_process_that_crashes_stops_no_answer(home, tmp_path, copies, other_model):
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
        assert answers(library) == as_embedded_by(other_model, tmp_path, copies)
    assert passages_of_models(home) == {1: 6, 2: 6}
    with Library.open(home, copies=copies, model=other_model) as library:
        assert library.verify() == []
        assert list(library.change_model()) == []
        assert library.verify() == []
    assert passages_of_models(home) == {2: 6}


@on_both_engines
@pytest.mark.usefixtures("article_by_article")
def test_one_process_changes_the_model_and_the_others_follow(
    home, opened, tmp_path, copies, other_model
):
    with (
        opened(model=other_model) as working,
        opened(model=other_model) as other,
        opened() as older,
    ):
        every = (working, other, older)
        steps = working.change_model()
        next(steps)
        for one in (other, older):
            with pytest.raises(Busy) as raised:
                one.rebuild()
            assert str(raised.value) == (
                f"Another process lets the model {other_model} read the articles already: 1 of 3 "
                "so far. It is used as soon as it has read them all."
            )
        assert [one.model() for one in every] == [DEFAULT] * 3
        list(steps)
        assert [one.model() for one in every] == [other_model] * 3
        after = as_embedded_by(other_model, tmp_path, copies)
        assert [answers(one) for one in every] == [after] * 3
        assert other.change() is None
        assert older.change() == ModelChange(other_model, DEFAULT, 0, 3)


def test_a_model_that_cannot_be_loaded_is_named_and_the_old_one_goes_on(home, copies):
    with Library.open(home, copies=copies, model="/nowhere/model") as library:
        with pytest.raises(QuotewiseError, match="The model /nowhere/model could not be loaded"):
            list(library.change_model())
        assert found(library, RAT)[0] == RAT_SENTENCE
    assert passages_of_models(home) == {1: 6}


def test_where_the_old_model_is_gone_the_message_says_what_to_do(home, copies):
    rows(home, f"UPDATE models SET fingerprint = '{DEFAULT}@123456789abc'")
    with Library.open(home, copies=copies) as library:
        for attempt in (lambda: library.answer(RAT), library.verify, library.warm_up):
            with pytest.raises(ModelGone) as raised:
                attempt()
            assert str(raised.value) == (
                f"The articles were embedded with the model {DEFAULT}, which has been changed "
                "since: put it back as it was, or "
                f"run `quotewise rebuild` to embed them again with {DEFAULT}."
            )
        start_model(library)
        assert found(library, RAT)[0] == RAT_SENTENCE
        assert library.verify() == []


def test_a_catalog_of_version_2_answers_as_before_and_changes_its_model(home, copies, other_model):
    with Library.open(home, copies=copies) as library:
        before = answers(library)
    with_token_codes(home, version=2)
    for folder in (home / "indexes" / "model-1").iterdir():
        shutil.move(folder, home / "indexes" / folder.name)
    (home / "indexes" / "model-1").rmdir()
    with Library.open(home, copies=copies) as library:
        readings = Readings(library)
        assert (library.model(), library.change()) == (DEFAULT, None)
        assert answers(library) == before
        assert library.verify() == []
        assert readings.texts == 6  # the questions, each for its quotes and for the cosines
        limited = library.answer(RAT, filters=Filters(sources=("The Skerry Post",)))
        assert (limited.inside, limited.shown[0].text) == (2, RAT_SENTENCE)
    assert rows(home, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert [one.name for one in (home / "indexes").iterdir()] == ["model-1"]
    with Library.open(home, copies=copies, model=other_model) as library:
        assert library.rebuild() == ModelChange(DEFAULT, other_model, 3, 3)
        assert library.verify() == []

"""`migrate` copies an archive whole, between files and PostgreSQL, or nothing opens the copy."""

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from article_library import BAKERY, GLACIER, HARBOUR, add, refusal, rows
from postgresql_server import Databases
from quotewise_command import environment, exit_status, in_terminal, new_home, printed, run
from test_samples import QUESTIONS
from test_stories import COURIER, EDITED, POST

from bot.telegram.store import STORE, Access, Subscriptions, opened
from retrieval import Article, Library, migrate
from retrieval.records import Entry, Feed
from retrieval.storage import Catalog, NewArticle, copying
from retrieval.storage.database import Database
from retrieval.storage.migrations import CATALOG, Schema

WHEN = datetime(2026, 11, 1, 9, 5, 7, tzinfo=UTC)
FEED = "https://post.example/feed.xml"
CORRECTED = HARBOUR | {"text": HARBOUR["text"].replace("412", "421")}
ODD = (
    {"id": "emoji 🛶", "title": "🛶 wins", "text": "The canoe 🛶 of Ana Ruiz won. 👩🏽‍🚀 waved."},
    {"id": "العبّارة", "title": "غرق العبّارة", "text": "غرقت العبّارة «نورة».\n\nنجا الجميع."},
    {"id": "q", "title": 'O\'Neil \\ "said"', "text": "It’s 100 % ‘so’; \\N \t tab.\x01\r\nEnd."},
)
LONG = Article("long", "Long", "The ferry carried cars to the island. " * 27_000)

NOTES = sa.MetaData()
STATE = Schema(
    "quotewise_state",
    NOTES,
    ["CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, note TEXT, made REAL NOT NULL);\n"],
)
notes = sa.Table(
    "notes",
    NOTES,
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("note", sa.Text),
    sa.Column("made", sa.Double, nullable=False),
)
OTHERS = {"state.sqlite": STATE}


@pytest.fixture(scope="module")
def archive(tmp_path_factory, stocked) -> Path:
    """A home with samples, stories, earlier versions, two libraries, a feed, and odd texts.

    The last article, the last passage and the last library are gone.
    """
    folder = tmp_path_factory.mktemp("archive")
    home = stocked(folder / "home")
    with Library.open(home) as library:
        assert "failed" not in add(library, folder, HARBOUR, BAKERY, *ODD, COURIER, POST, EDITED)
        assert add(library, folder, CORRECTED) == ["updated"]
        add(library, folder, GLACIER, HARBOUR, to="north")
        add(library, folder, BAKERY, to="of a chat")
        library.remove("bakery-prize")
        fingerprint = library._models.using().encoder.fingerprint
        catalog = library._catalog
        catalog.put([NewArticle("north", LONG, WHEN)], model=fingerprint)
        add(library, folder, {"id": "gone", "text": "The last tram left at nine."})
        library.remove("gone")
        catalog.feeds.follow("north", FEED, "The Skerry Post", WHEN)
        (followed,) = catalog.feeds.followed()
        entries = (Entry("1", title="A\0B", content="<p>Tide.</p>"), Entry("2", link=FEED))
        catalog.feeds.polled(followed, Feed("The Skerry Post", entries), WHEN, None)
        catalog.feeds.settled(catalog.feeds.waiting(WHEN)[0], "glacier-lake")
    with closing(Database(home / "state.sqlite", STATE)) as state:
        for number, id in enumerate(product("aBzÄé_🛶", repeat=2)):
            made = 1793523907.123456789 + number
            note = None if number % 5 else "🛶\n"
            state.change(sa.insert(notes).values(id="".join(id), note=note, made=made))
    return home


@pytest.fixture
def home(archive, tmp_path) -> Path:
    """That home, to be changed."""
    return shutil.copytree(archive, tmp_path / "changed", symlinks=True)


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def place_in(place: Path | str, file: str) -> Path | str:
    return place / file if isinstance(place, Path) else place


def content(place: Path | str, made_by: Schema = CATALOG, file: str = "catalog.sqlite") -> dict:
    """All rows of each table, and the last numbers of those that never give one again."""
    with closing(Database(place_in(place, file), made_by, make=False, filling=True)) as database:
        tables = {
            table.name: list(
                map(tuple, database.rows(sa.select(table).order_by(*table.primary_key)))
            )
            for table in made_by.tables.sorted_tables
        }
        with database.transaction() as connection:
            numbers = database.engine.last_numbers(connection)
    if made_by is CATALOG:
        tables["numbers"] = {
            name: numbers.get(name, 0) for name in ("articles", "passages", "models")
        }
    return tables


def answers(home: Path, copies: Path, database: str | None = None) -> list[tuple]:
    """What the samples' questions get: quotes, their places and scores, and the status."""
    with Library.open(home, copies=copies, database=database) as library:
        found = []
        for question in QUESTIONS:
            answer = library.answer(question["question"], scope=["main", "north"])
            quotes = [
                (one.article.id, one.start, one.end, one.text)
                for one in (*answer.quotes, *answer.closest)
            ]
            scores = [one.score for one in (*answer.quotes, *answer.closest)]
            found.append((answer.status, quotes, scores))
    return found


def test_an_archive_goes_to_postgresql_and_back_and_every_row_is_the_same(
    archive, tmp_path, databases: Databases, monkeypatch
):
    monkeypatch.setattr(copying, "ROWS_TOGETHER", 10)
    url, back = databases.new(), tmp_path / "back"
    migrated = migrate(archive, url, others=OTHERS)
    assert migrated.articles == len(content(archive)["articles"]) == 23
    before = content(archive)
    assert all(before.values())
    assert content(url) == before
    migrate(url, back, others=OTHERS)
    assert content(back) == before
    for place in (url, back):
        notes_there = content(place, STATE, "state.sqlite")
        assert notes_there == content(archive, STATE, "state.sqlite")
        assert len(notes_there["notes"]) == 49


def test_it_goes_from_folder_to_folder_and_from_database_to_database(
    archive, tmp_path, databases: Databases
):
    other, first, second = tmp_path / "other", databases.new(), databases.new()
    for source, target in ((archive, other), (other, first), (first, second)):
        migrate(source, target)
        assert content(target) == content(archive)


def test_the_copy_answers_as_the_archive_does(home, tmp_path, copies, databases: Databases):
    url = databases.new()
    migrate(home, url)
    # An index that was made in steps still counts words of articles that are gone.
    shutil.rmtree(home / "indexes")
    pairs = zip(answers(home, copies), answers(tmp_path / "home", copies, url), strict=True)
    for (status, quotes, scores), there in pairs:
        assert there == (status, quotes, pytest.approx(scores, abs=1e-6))
    with Library.open(tmp_path / "home", copies=copies, database=url) as library:
        assert library.verify() == []


def test_no_number_is_given_again_in_the_copy(archive, tmp_path, copies, databases: Databases):
    url, back = databases.new(), tmp_path / "back"
    migrate(archive, url)
    migrate(url, back)
    before = content(archive)
    assert before["numbers"]["articles"] > before["articles"][-1][0], "the last one is gone"
    for database in (url, None):
        with Library.open(back, copies=copies, database=database) as library:
            assert add(library, tmp_path, GLACIER, to="new") == ["added"]
        after = content(database or back)
        for table in ("articles", "passages"):
            assert after[table][-1][0] > before["numbers"][table]
        assert after["libraries"][-1][0] == before["libraries"][-1][0] + 1


COPYING = """
import sys
from pathlib import Path
from retrieval.storage import copying

def place(text):
    return text if "://" in text else Path(text)

copying.ROWS_TOGETHER = 4
print("begun", flush=True)
copying.migrate(place(sys.argv[1]), place(sys.argv[2]))
print("done", flush=True)
"""


def copied_until(seconds: float, source: Path | str, target: Path | str) -> bool:
    """Copy in another process, which is killed after some time; return whether it was done."""
    process = subprocess.Popen(
        [sys.executable, "-c", COPYING, str(source), str(target)],
        env=environment(None),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.communicate()[0] == "done\n"


@pytest.mark.parametrize("to", ["postgresql", "sqlite"])
def test_a_killed_copy_opens_for_nobody_and_goes_on(
    archive, tmp_path, copies, databases: Databases, to
):
    url = databases.new()
    source, target = archive, url
    if to == "sqlite":
        migrate(archive, url)
        source, target = url, tmp_path / "target"
    where = {"database": url} if to == "postgresql" else {}
    chance, refused = random.Random(21), 0
    for _ in range(8):
        if copied_until(chance.uniform(0.02, 0.5), source, target):
            break
        try:
            with Library.open(tmp_path / "target", copies=copies, **where) as library:
                assert library.ids() == [], "the first instants only"
        except copying.QuotewiseError as error:
            assert "run the same `quotewise migrate` again" in str(error)
            refused += 1
    assert refused >= 2
    migrate(source, target)
    assert content(target) == content(archive)


def test_the_next_copy_takes_over_what_has_changed_in_the_source(
    home, tmp_path, copies, databases: Databases
):
    url = databases.new()
    migrate(home, url)
    with Library.open(home, copies=copies) as library:
        record = library.remove("harbour-light").record
        library.rename("north", "south")
        add(library, tmp_path, BAKERY | {"text": "The bakery was sold."}, to="of a chat")
        library.remove_feed(FEED, library="south")
    migrate(home, url)
    assert content(url) == content(home)
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, HARBOUR)
        migrate(home, url)
        library.remove("harbour-light")
        library.restore(record)
        list(library.change_model())
    migrate(home, url)
    assert content(url) == content(home)


def test_names_that_pass_from_one_library_to_another_are_copied(tmp_path, databases: Databases):
    source, target = tmp_path / "source", databases.new()
    with closing(Catalog(source / "catalog.sqlite")) as catalog:
        for name in ("first", "second"):
            catalog.put([NewArticle(name, Article(name, name, "Text."), WHEN)], model="none")
        migrate(source, target)
        assert catalog.rename("second", "third") and catalog.rename("first", "second")
    migrate(source, target)
    assert content(target) == content(source)


def test_what_changes_meanwhile_is_copied_too(home, tmp_path, copies, databases: Databases):
    url = databases.new()
    with Library.open(home, copies=copies) as library:
        more = iter([GLACIER | {"id": "late"}, BAKERY | {"id": "later"}])

        def add_more(compared: int, total: int) -> None:
            if compared > total / 2 and (new := next(more, None)):
                add(library, tmp_path, new)

        migrate(home, url, report=add_more)
        assert {"late", "later"} <= {row[2] for row in content(url)["articles"]}
        assert content(url) == content(home)

        def add_always(compared: int, total: int) -> None:
            if compared == total:
                library._catalog.feeds.follow("main", f"{FEED}?{time.time_ns()}", None, WHEN)

        add(library, tmp_path, BAKERY | {"text": "The bakery was sold."})
        assert "changes all the time: stop what writes to it" in refusal(
            migrate, home, url, report=add_always
        )
    with Library.open(home, copies=copies) as library:
        assert "is being filled" in refusal(Library.open, home, copies=copies, database=url)
    migrate(home, url)
    assert content(url) == content(home)


def test_the_command_copies_both_ways_and_prints_no_password(
    archive, tmp_path, copies, databases: Databases
):
    url = sa.make_url(databases.new()).set(password="s3cret")
    written = text_of(url)
    place = f"database {url.database} on this machine has 23 articles (114 passages)"
    assert printed(None, "migrate", archive, written) == f"The {place}, equal to the source's.\n"
    assert f"The folder {tmp_path / 'back'} has" in printed(
        None, "migrate", written, tmp_path / "back"
    )
    assert content(tmp_path / "back") == content(archive)
    home = new_home(tmp_path / "home", copies)
    missing = text_of(url.set(database="none"))
    for arguments, sentence in (
        (("migrate", missing, tmp_path / "none"), "check that PostgreSQL runs there"),
        (("migrate", "mysql://ann:s3cret@db/news", home), "of a PostgreSQL database: write it"),
        (("backup", tmp_path / "b.zip"), "use pg_dump and pg_restore, or copy them to a folder"),
        (("restore", __file__), "use pg_dump and pg_restore, or copy them to a folder"),
    ):
        done = run(home, *arguments, QUOTEWISE_DATABASE=written)
        assert (done.returncode, done.stdout) == (1, "")
        assert sentence in done.stderr and "s3cret" not in done.stderr
    child = in_terminal(None, "migrate", written, str(tmp_path / "third"))
    child.expect("copying and comparing")
    assert exit_status(child) == 0


def test_the_command_copies_the_state_of_the_bot(home, tmp_path, databases: Databases):
    with closing(opened(home / "telegram.sqlite")) as store:
        Access(store, ()).use_code(Access(store, ()).new_code(0), 7, "Ada 🛶", 0)
        Subscriptions(store).watch(7, None, "Who won?", 3)
    url, back = databases.new(), tmp_path / "back"
    for source, target in ((home, url), (url, back)):
        printed(None, "migrate", source, target)
    assert content(back, STORE, "telegram.sqlite") == content(home, STORE, "telegram.sqlite")
    for place in (url, back / "telegram.sqlite"):
        with closing(opened(place)) as store:
            assert Access(store, ()).members() == {7: "Ada 🛶"}
            Subscriptions(store).watch(7, None, "Who lost?", 3)
            assert [watch.id for watch in Subscriptions(store).of_chat(7)] == [1, 2]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_of_another_archive_is_overwritten(
    archive, tmp_path, copies, databases: Databases, engine
):
    target = tmp_path / "other" if engine == "sqlite" else databases.new()
    database = None if engine == "sqlite" else target
    with Library.open(tmp_path / "other", copies=copies, database=database) as library:
        add(library, tmp_path, GLACIER, to="its own")
        before = content(target)
        assert "has an archive of its own already" in refusal(migrate, archive, target)
        assert content(target) == before
        library.remove("glacier-lake", library="its own")
    migrate(archive, target)
    assert content(target) == content(archive)
    with Library.open(tmp_path / "other", copies=copies, database=database) as library:
        add(library, tmp_path, GLACIER)
    before = content(target)
    assert "has an archive of its own already" in refusal(migrate, archive, target)
    assert content(target) == before


def test_a_state_of_another_archive_is_not_overwritten(archive, home, databases: Databases):
    url = databases.new()
    migrate(archive, url, others=OTHERS)
    migrate(archive, url, others=OTHERS)
    with closing(Database(home / "state.sqlite", STATE)) as state:
        state.change(sa.insert(notes).values(id="new", note=None, made=1))
    assert "has an archive of its own already" in refusal(migrate, home, url, others=OTHERS)
    assert content(url, STATE) == content(archive, STATE, "state.sqlite")
    with Library.open(archive, database=url) as library:
        assert library.ids()


def test_a_copy_that_another_archive_has_begun_is_refused(
    archive, tmp_path, copies, databases: Databases
):
    url, other = databases.new(), tmp_path / "other"
    with Library.open(other, copies=copies) as library:
        add(library, tmp_path, GLACIER)

    def die(compared: int, total: int) -> None:
        if compared > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(other, url, report=die)
    assert "has an archive of its own already" in refusal(migrate, archive, url)
    assert "is being filled" in refusal(migrate, url, tmp_path / "third")
    assert not (tmp_path / "third").exists()
    migrate(other, url)
    assert content(url) == content(other)


def test_a_text_with_nul_of_an_earlier_version_is_named(home, tmp_path, databases: Databases):
    url = databases.new()
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        article = Article("nul", "Nul", "A\0B")
        catalog.put([NewArticle("main", article, WHEN)], model=catalog.models.in_use().fingerprint)
    assert "nul in the table articles has a NUL character" in refusal(migrate, home, url)
    assert "is being filled" in refusal(Library.open, home, database=url)
    migrate(home, tmp_path / "folder")
    assert content(tmp_path / "folder") == content(home)
    with Library.open(home) as library:
        library.remove("nul")
    migrate(home, url)
    assert content(url) == content(home)


def test_a_damaged_or_missing_archive_is_not_copied(home, tmp_path, databases: Databases):
    rows(home, "UPDATE articles SET text = 'forged' WHERE id = 'harbour-light'")
    target = tmp_path / "target"
    assert refusal(migrate, home, target) == (
        f"The folder {home} is damaged (article harbour-light: its text is not the text that was "
        "added): restore it from a backup, or remove what is damaged and add it again."
    )
    for missing in (tmp_path / "none", databases.new()):
        assert "There are no articles of Quotewise in " in refusal(migrate, missing, target)
    assert not target.exists() and not (tmp_path / "none").exists()
    url = sa.make_url(databases.new())
    with Library.open(home, database=text_of(url)) as library:
        add(library, tmp_path, GLACIER)
    twice = [text_of(url), text_of(url.update_query_dict({"keepalives": "1"}))]
    assert "are one database: name another" in refusal(migrate, *twice)
    assert content(text_of(url))["articles"]
    assert "are one folder" in refusal(migrate, home, home / ".." / home.name)

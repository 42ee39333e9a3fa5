"""A backup holds everything, is made while others write, and is restored wholly or not at all."""

import re
import shutil
import sqlite3
import threading
import zipfile
from contextlib import closing

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, add, jsonl
from quotewise_command import as_json, new_home, printed, run

from bot.telegram.store import Access, opened
from retrieval import Library

ASKED = "What did the rat bite through?"


@pytest.fixture
def home(tmp_path, copies):
    """A home with three articles and a member of the bot."""
    home = new_home(tmp_path / "home", copies)
    with Library.open(home) as library:
        add(library, tmp_path, HARBOUR, BAKERY, GLACIER)
    with closing(opened(home / "telegram.sqlite")) as store:
        access = Access(store, ())
        access.use_code(access.new_code(0), 7, "Ada", 0)
    return home


@pytest.fixture
def other(tmp_path, copies):
    """A home on another machine, where nothing is yet."""
    return new_home(tmp_path / "other", copies)


def without_time(answer):
    return {name: value for name, value in answer.items() if name != "took_ms"}


def test_a_restored_home_gives_the_same_answers_and_knows_the_same_people(home, other, tmp_path):
    file = tmp_path / "backup.zip"
    assert re.search(r"backup\.zip \(\d+ KB\)$", printed(home, "backup", file))
    assert printed(other, "restore", file) == "3 articles restored.\n"
    answers = [as_json(folder, "ask", "--json", ASKED)[0] for folder in (home, other)]
    assert without_time(answers[0]) == without_time(answers[1])
    assert "bitten through" in answers[0]["quotes"][0]["text"]
    with closing(opened(other / "telegram.sqlite")) as store:
        assert Access(store, ()).may_ask(7, 7)
    assert printed(other, "verify") == "Everything is as it should be.\n"


def test_a_backup_made_while_articles_are_added_is_consistent(home, other, tmp_path):
    lines = [
        GLACIER | {"id": f"g{n}", "text": f"Glacier {n} melts. {n} is its length."}
        for n in range(300)
    ]
    with Library.open(home) as library:
        adding = threading.Thread(target=lambda: list(library.add([jsonl(tmp_path, *lines)])))
        adding.start()
        sizes = []
        for number in range(20):
            file = tmp_path / f"{number}.zip"
            printed(home, "backup", file)
            sizes.append(file)
            if not adding.is_alive():
                break
        adding.join()
    counts = []
    for file in sizes:
        printed(other, "restore", file, "--replace")
        assert printed(other, "verify") == "Everything is as it should be.\n"
        with Library.open(other) as library:
            counts.append(len(library.ids()))
    assert counts == sorted(counts) and counts[0] >= 3


def test_restoring_replaces_nothing_without_replace_and_moves_it_aside_with_it(home, tmp_path):
    file = tmp_path / "backup.zip"
    printed(home, "backup", file)
    printed(home, "remove", "harbour-light")
    refused = run(home, "restore", file)
    assert refused.returncode == 1 and "has articles already" in refused.stderr
    assert len(as_json(home, "articles", "--json")) == 2
    said = printed(home, "restore", file, "--replace")
    assert said.startswith("3 articles restored.\nWhat was there before is in ")
    assert as_json(home, "ask", "--json", ASKED)[0]["quotes"]
    with Library.open(said.split(" is in ")[1].strip().removesuffix(".")) as before:
        assert len(before.ids()) == 2


def test_a_damaged_catalog_is_mended_by_restoring(home, tmp_path):
    file = tmp_path / "backup.zip"
    printed(home, "backup", file)
    catalog = home / "catalog.sqlite"
    catalog.write_bytes(b"x" * catalog.stat().st_size)
    assert "restore it from a backup" in run(home, "verify").stderr
    assert printed(home, "restore", file, "--replace").startswith("3 articles restored.")
    assert printed(home, "verify") == "Everything is as it should be.\n"


def test_no_backup_overwrites_a_file_or_is_made_of_nothing(home, other, tmp_path):
    file = tmp_path / "there.zip"
    file.write_text("mine")
    assert "exists already" in run(home, "backup", file).stderr
    assert file.read_text() == "mine"
    assert "nothing to back up" in run(other, "backup", tmp_path / "new.zip").stderr
    assert "could not be written" in run(home, "backup", tmp_path / "no" / "b.zip").stderr


def with_trigger(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TRIGGER t AFTER DELETE ON articles BEGIN SELECT 1; END")
        database.commit()


def with_flipped_bytes(path):
    data = bytearray(path.read_bytes())
    for place in range(5000, len(data), 4096):
        data[place] ^= 255
    path.write_bytes(data)


def of_later_version(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9999")


@pytest.mark.parametrize("damage", [with_trigger, with_flipped_bytes, of_later_version])
def test_a_backup_with_a_hostile_or_damaged_catalog_is_refused(home, other, tmp_path, damage):
    file, catalog = tmp_path / "bad.zip", tmp_path / "catalog.sqlite"
    printed(home, "verify")
    with Library.open(home):
        shutil.copy(home / "catalog.sqlite", catalog)
    damage(catalog)
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(catalog, "catalog.sqlite")
    assert run(other, "restore", file).returncode == 1
    assert [path.name for path in other.iterdir()] == ["models"]


@pytest.mark.parametrize("name", ["../catalog.sqlite", "/tmp/evil", "models/model.onnx"])
def test_a_backup_that_holds_other_files_is_refused(home, other, tmp_path, name):
    file = tmp_path / "bad.zip"
    printed(home, "backup", file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "evil")
    refused = run(other, "restore", file)
    assert (refused.returncode, "it holds other files" in refused.stderr) == (1, True)
    assert [path.name for path in other.iterdir()] == ["models"]


def test_a_backup_cut_off_or_altered_is_refused(home, other, tmp_path):
    file = tmp_path / "backup.zip"
    printed(home, "backup", file)
    whole = file.read_bytes()
    middle = len(whole) // 2
    for broken in (whole[:middle], b"", whole[:middle] + b"\0" * 64 + whole[middle + 64 :]):
        file.write_bytes(broken)
        assert "is not a backup" in run(other, "restore", file).stderr
        assert [path.name for path in other.iterdir()] == ["models"]

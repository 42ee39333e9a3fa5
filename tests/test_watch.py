"""A library follows a folder: new and changed files are read, articles without a file removed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from queue import Queue
from threading import Event, Thread

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, jsonl
from telegram_bot import QUOTEWISE, new_home

from retrieval.errors import QuotewiseError
from retrieval.ingest.watch import QUIET_S
from retrieval.library import Library
from retrieval.records import Outcome

LIGHT = "The lighthouse at Skerry Point went dark on Tuesday for the first time in 90 years."
BREAD = "The bakery of Ines Moller won the regional prize for its rye bread on Friday."
LAKE = "A lake on the Vorn glacier drained overnight, raising the river by two metres."
NEW_BREAD = "The bakery of Ines Moller won nothing this year, to the surprise of the village."
CLOSED = "The village has no bakery any longer, and buys its bread in Orr."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two articles, written a while ago."""
    (tmp_path / "news" / "north").mkdir(parents=True)
    write(tmp_path / "news" / "light.txt", LIGHT)
    write(tmp_path / "news" / "north" / "lake.txt", LAKE)
    return tmp_path / "news"


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def in_step(library: Library, folder: Path) -> list[tuple[str, str]]:
    """Bring a library into step once: what became of which file."""
    return [told(one, folder) for one in library.in_step(str(folder), once=True)]


def told(outcome: Outcome, folder: Path) -> tuple[str, str]:
    return outcome.status.value, os.path.relpath(outcome.source, folder)


def texts(library: Library) -> list[str]:
    return sorted(one.article.text for one in library.articles())


@contextmanager
def watching(library: Library, folder: Path) -> Iterator["Queue[tuple[str, str]]"]:
    """Follow a folder in another thread; what happens comes out of a queue."""
    stop, happened = Event(), Queue[tuple[str, str]]()

    def follow() -> None:
        try:
            for outcome in library.in_step(str(folder), stop=stop):
                happened.put(told(outcome, folder))
        except QuotewiseError as error:
            happened.put(("error", str(error)))

    thread = Thread(target=follow)
    thread.start()
    try:
        yield happened
    finally:
        stop.set()
        thread.join()


def test_once_adds_what_is_new_updates_what_changed_and_removes_what_is_gone(
    library: Library, folder: Path
):
    assert in_step(library, folder) == [("added", "light.txt"), ("added", "north/lake.txt")]
    assert in_step(library, folder) == []
    write(folder / "bread.txt", BREAD)
    (folder / "light.txt").unlink()
    assert in_step(library, folder) == [("added", "bread.txt"), ("removed", "light.txt")]
    write(folder / "bread.txt", NEW_BREAD)
    assert in_step(library, folder) == [("updated", "bread.txt")]
    assert texts(library) == [LAKE, NEW_BREAD]
    assert library.verify() == []


def test_an_article_that_is_taken_out_of_a_file_is_removed(library: Library, folder: Path):
    jsonl(folder, HARBOUR, BAKERY, GLACIER, name="all.jsonl")
    in_step(library, folder)
    jsonl(folder, HARBOUR, GLACIER, name="all.jsonl")
    assert in_step(library, folder) == [("removed", "all.jsonl")]
    assert {one.article.id for one in library.articles()} >= {"harbour-light", "glacier-lake"}
    assert "bakery-prize" not in {one.article.id for one in library.articles()}


def test_a_file_that_cannot_be_read_is_told_and_its_articles_are_kept(
    library: Library, folder: Path
):
    jsonl(folder, HARBOUR, BAKERY, name="all.jsonl")
    in_step(library, folder)
    (folder / "all.jsonl").write_text('{"id": "harbour-li', "utf-8")
    (folder / "light.txt").write_bytes(b"")
    assert in_step(library, folder) == [("failed", "all.jsonl line 1"), ("failed", "light.txt")]
    assert len(list(library.articles())) == 4


def test_links_that_lead_out_of_the_folder_are_told_and_not_followed(
    library: Library, folder: Path, tmp_path: Path
):
    write(tmp_path / "secret.txt", BREAD)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "away.txt").symlink_to(Path("..", "secret.txt"))
    (folder / "in.txt").symlink_to(folder / "light.txt")
    (folder / "up").symlink_to(tmp_path)
    with watching(library, folder) as happened:
        told = [happened.get(timeout=120) for _ in range(4)]
        assert told == [
            ("failed", "away.txt"),
            ("failed", "out.txt"),
            ("added", "in.txt"),  # the same text as light.txt
            ("added", "north/lake.txt"),
        ]
        write(folder / "new.txt", NEW_BREAD)
        assert happened.get(timeout=120) == ("added", "new.txt")
    assert happened.empty()
    assert BREAD not in texts(library)
    (away, _) = library.in_step(str(folder), once=True)
    assert away.reason == (
        "this link leads out of the folder and is not followed; put the file itself there, or add "
        "it with `quotewise add`."
    )


@pytest.mark.parametrize(("goes", "stays"), [("light.txt", "copy.txt")])
@pytest.mark.parametrize("once", [True, False])
def test_a_text_goes_only_with_the_last_file_that_has_it(
    library: Library, folder: Path, goes: str, stays: str, once: bool
):
    write(folder / "copy.txt", LIGHT)
    with runs(library, folder, once=once) as run:
        assert run(2) == [("added", "copy.txt"), ("added", "north/lake.txt")]
        (folder / goes).unlink()
        write(folder / "bread.txt", BREAD)
        assert run(1) == [("added", "bread.txt")]
        assert texts(library) == [LAKE, BREAD, LIGHT]
        (folder / stays).unlink()
        assert run(1) == [("removed", stays)]
    assert texts(library) == [LAKE, BREAD]


@pytest.mark.parametrize(("edited", "other"), [("z.txt", "a.txt")])
@pytest.mark.parametrize("once", [True, False])
def test_where_one_of_two_files_with_one_text_is_edited_both_texts_are_there(
    library: Library, folder: Path, edited: str, other: str, once: bool
):
    write(folder / "z.txt", BREAD)
    in_step(library, folder)
    write(folder / "a.txt", BREAD)
    with runs(library, folder, once=once) as run:
        assert run(0) == []
        write(folder / edited, NEW_BREAD)
        told = [("added", "a.txt")] + [("updated", "z.txt")] * (edited == "z.txt")
        assert run(len(told)) == told
        assert texts(library) == [LAKE, NEW_BREAD, BREAD, LIGHT]
        write(folder / other, CLOSED)
        assert run(1) == [("updated", other)]
        (folder / edited).unlink()
        assert run(1) == [("removed", edited)]
    assert texts(library) == [LAKE, LIGHT, CLOSED]


@contextmanager
def runs(
    library: Library, folder: Path, *, once: bool
) -> Iterator[Callable[[int], list[tuple[str, str]]]]:
    """Bring a library into step whenever it is asked, or follow the folder all the time.

    What is yielded waits for so many outcomes, and returns them in the order of their files.
    """
    if once:
        yield lambda _: sorted(in_step(library, folder), key=itemgetter(1))
        return
    with watching(library, folder) as happened:

        def run(count: int) -> list[tuple[str, str]]:
            told = [happened.get(timeout=120) for _ in range(count)]
            time.sleep(4 * QUIET_S)
            assert happened.empty()
            return sorted(told, key=itemgetter(1))

        yield run


def test_an_empty_folder_that_had_articles_removes_none(library: Library, folder: Path):
    in_step(library, folder)
    shutil.rmtree(folder)
    with pytest.raises(QuotewiseError, match=r"news: there is no such file or folder; check"):
        in_step(library, folder)
    folder.mkdir()
    with pytest.raises(QuotewiseError) as caught:
        in_step(library, folder)
    assert str(caught.value) == (
        f"{folder} is empty, but 2 files were read from it before. Nothing was removed: if its "
        "disk is not connected, connect it; else remove the articles with `quotewise remove`."
    )
    assert texts(library) == [LAKE, LIGHT]


def test_what_happens_in_a_folder_is_followed(library: Library, folder: Path):
    with watching(library, folder) as happened:
        assert happened.get(timeout=120) == ("added", "light.txt")
        assert happened.get(timeout=120) == ("added", "north/lake.txt")
        write(folder / "bread.txt", BREAD)
        assert happened.get(timeout=120) == ("added", "bread.txt")
        write(folder / "bread.txt", NEW_BREAD)
        assert happened.get(timeout=120) == ("updated", "bread.txt")
        (folder / "light.txt").unlink()
        assert happened.get(timeout=120) == ("removed", "light.txt")
    assert happened.empty()
    assert texts(library) == [LAKE, NEW_BREAD]


def test_a_file_is_read_once_it_is_written_to_its_end(library: Library, folder: Path):
    with watching(library, folder) as happened:
        for _ in range(2):
            happened.get(timeout=120)
        written = [time.monotonic()]
        with (folder / "bread.txt").open("w") as file:
            for word in BREAD.split(" "):
                file.write(word + " ")
                file.flush()
                time.sleep(0.15)
                written.append(time.monotonic())
        assert happened.get(timeout=120) == ("added", "bread.txt")
    if max(later - one for one, later in pairwise(written)) < QUIET_S:  # else it paused for long
        assert happened.empty()
        assert BREAD in texts(library)


def test_a_folder_that_vanishes_while_it_is_watched_removes_nothing(library: Library, folder: Path):
    with watching(library, folder) as happened:
        for _ in range(2):
            happened.get(timeout=120)
        folder.rename(folder.with_name("elsewhere"))
        assert happened.get(timeout=120) == (
            "error",
            f"{folder}: this folder is gone, or another has taken its place: its articles are "
            "kept; put it back, or connect its disk, and start again.",
        )
    assert texts(library) == [LAKE, LIGHT]


def test_the_command_follows_a_folder_until_it_is_told_to_end(
    folder: Path, tmp_path: Path, copies: Path
):
    home = new_home(tmp_path / "home", copies)
    command = [QUOTEWISE, "--home", home, "watch", folder]
    environment = os.environ | {"LANG": "C.UTF-8"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout and watching.stderr
        assert watching.stderr.readline() == f"Watching {folder}: Ctrl-C ends it.\n"
        assert watching.stdout.readline().startswith(f"added  {folder}/light.txt: ")
        assert watching.stdout.readline().startswith(f"added  {folder}/north/lake.txt: ")
        (folder / "light.txt").unlink()
        assert watching.stdout.readline().startswith(f"removed  {folder}/light.txt: ")
        watching.send_signal(signal.SIGTERM)
        assert watching.communicate(timeout=120) == ("", "")
        assert watching.returncode == 0
    once = subprocess.run(
        [*command, "--once"], env=environment, capture_output=True, text=True, check=False
    )
    assert (once.returncode, once.stdout, once.stderr) == (0, "Everything is in step.\n", "")
    (folder / "north" / "lake.txt").unlink()
    empty = subprocess.run(
        [*command, "--once"], env=environment, capture_output=True, text=True, check=False
    )
    assert (empty.returncode, empty.stdout) == (1, "")
    assert empty.stderr.startswith(f"quotewise: {folder} is empty, but 1 files were read from it")

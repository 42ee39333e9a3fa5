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
from article_library import BAKERY, GLACIER, HARBOUR, jsonl, refusal
from quotewise_command import QUOTEWISE, environment, printed, run

from retrieval import Library, Outcome, QuotewiseError
from retrieval.ingest.watch import QUIET_S

LIGHT = "The lighthouse at Skerry Point went dark on Tuesday for the first time in 90 years."
BREAD = "The bakery of Ines Moller won the regional prize for its rye bread on Friday."
LAKE = "A lake on the Vorn glacier drained overnight, raising the river by two metres."
NEW_BREAD = "The bakery of Ines Moller won nothing this year, to the surprise of the village."
CLOSED = "The village has no bakery any longer, and buys its bread in Orr."
BOTH = [("added", "light.txt"), ("added", "north/lake.txt")]


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with two articles."""
    (tmp_path / "news" / "north").mkdir(parents=True)
    (tmp_path / "news" / "light.txt").write_text(LIGHT)
    (tmp_path / "news" / "north" / "lake.txt").write_text(LAKE)
    return tmp_path / "news"


def sync(library: Library, folder: Path) -> list[tuple[str, str]]:
    """Sync a library with a folder once: the status and the file of each outcome."""
    return [as_pair(one, folder) for one in library.in_step(str(folder), once=True)]


def as_pair(outcome: Outcome, folder: Path) -> tuple[str, str]:
    return outcome.status.value, os.path.relpath(outcome.source, folder)


def texts(library: Library) -> list[str]:
    return sorted(one.article.text for one in library.articles())


Outcomes = Callable[[int], list[tuple[str, str]]]
"""Waits for so many outcomes, and returns the status and the file of each."""


@contextmanager
def watching(library: Library, folder: Path) -> Iterator[Outcomes]:
    """Follow a folder in another thread."""
    stop, queue = Event(), Queue[tuple[str, str]]()

    def follow() -> None:
        try:
            for outcome in library.in_step(str(folder), stop=stop):
                queue.put(as_pair(outcome, folder))
        except QuotewiseError as error:
            queue.put(("error", str(error)))

    thread = Thread(target=follow)
    thread.start()
    try:
        yield lambda count: [queue.get(timeout=120) for _ in range(count)]
    finally:
        stop.set()
        thread.join()
    assert queue.empty()


def test_once_adds_what_is_new_updates_what_changed_and_removes_what_is_gone(library, folder):
    assert sync(library, folder) == BOTH
    assert sync(library, folder) == []
    (folder / "bread.txt").write_text(BREAD)
    (folder / "light.txt").unlink()
    assert sync(library, folder) == [("added", "bread.txt"), ("removed", "light.txt")]
    (folder / "bread.txt").write_text(NEW_BREAD)
    assert sync(library, folder) == [("updated", "bread.txt")]
    assert texts(library) == [LAKE, NEW_BREAD]
    assert library.verify() == []


def test_a_file_that_is_renamed_keeps_its_article_and_its_versions(library, folder):
    sync(library, folder)
    (folder / "light.txt").write_text(NEW_BREAD)
    sync(library, folder)
    (before,) = [one.article for one in library.articles() if one.article.text == NEW_BREAD]
    (folder / "light.txt").rename(folder / "north" / "bread.txt")
    assert sync(library, folder) == []
    after = library.article(before.id).article
    assert (after.text, after.origin) == (NEW_BREAD, str(folder / "north" / "bread.txt"))
    assert [one.article.text for one in library.versions(before.id)] == [LIGHT]
    (folder / "light.txt").write_text(BREAD)
    assert sync(library, folder) == [("added", "light.txt")], "an article of its own"


def test_an_article_that_is_taken_out_of_a_file_is_removed(library, folder):
    jsonl(folder, HARBOUR, BAKERY, GLACIER, name="all.jsonl")
    sync(library, folder)
    jsonl(folder, HARBOUR, GLACIER, name="all.jsonl")
    assert sync(library, folder) == [("removed", "all.jsonl")]
    ids = library.ids()
    assert {"harbour-light", "glacier-lake"} < set(ids) and "bakery-prize" not in ids


def test_articles_from_elsewhere_or_whose_file_cannot_be_read_stay(library, folder, tmp_path):
    (tmp_path / "news-of-old").mkdir()
    (tmp_path / "news-of-old" / "bread.txt").write_text(BREAD)
    list(library.add([str(tmp_path / "news-of-old"), str(folder)]))
    list(library.add(str(folder / "light.txt"), library="other"))
    (tmp_path / "news-of-old" / "bread.txt").unlink()
    (folder / "light.txt").unlink()
    (folder / "north" / "lake.txt").write_bytes(b"")
    assert sync(library, folder) == [("failed", "north/lake.txt"), ("removed", "light.txt")]
    assert texts(library) == [LAKE, BREAD]
    assert [one.article.text for one in library.articles(library="other")] == [LIGHT]


def test_links_that_lead_out_of_the_folder_are_reported_and_not_followed(library, folder, tmp_path):
    (tmp_path / "secret.txt").write_text(BREAD)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "in.txt").symlink_to(folder / "light.txt")
    (folder / "up").symlink_to(tmp_path)
    # in.txt has the same text as light.txt.
    same = [("failed", "out.txt"), ("added", "in.txt"), ("added", "north/lake.txt")]
    with watching(library, folder) as outcomes:
        assert outcomes(3) == same
    assert BREAD not in texts(library)
    (out,) = library.in_step(str(folder), once=True)
    assert out.reason == (
        "this link leads out of the folder and is not followed; put the file itself there, or add "
        "it with `quotewise add`."
    )


@contextmanager
def syncing(library: Library, folder: Path, *, once: bool) -> Iterator[Outcomes]:
    """Sync a library whenever outcomes are waited for, or follow the folder all the time."""
    if once:
        yield lambda _: sorted(sync(library, folder), key=itemgetter(1))
        return
    with watching(library, folder) as outcomes:

        def wait(count: int) -> list[tuple[str, str]]:
            found = outcomes(count)
            time.sleep(2 * QUIET_S)
            return sorted(found, key=itemgetter(1))

        yield wait


@pytest.mark.parametrize(("goes", "stays"), [("light.txt", "copy.txt"), ("copy.txt", "light.txt")])
def test_a_text_goes_only_with_the_last_file_that_has_it(library, folder, goes, stays):
    (folder / "copy.txt").write_text(LIGHT)
    assert sync(library, folder) == [("added", "copy.txt"), ("added", "north/lake.txt")]
    (folder / goes).unlink()
    assert sync(library, folder) == []
    (folder / stays).unlink()
    assert sync(library, folder) == [("removed", stays)]


@pytest.mark.parametrize("once", [True, False])
def test_where_one_of_two_files_with_one_text_is_edited_both_texts_are_there(library, folder, once):
    (folder / "z.txt").write_text(BREAD)
    sync(library, folder)
    (folder / "a.txt").write_text(BREAD)
    with syncing(library, folder, once=once) as outcomes:
        assert outcomes(0) == []
        (folder / "z.txt").write_text(NEW_BREAD)
        assert outcomes(2) == [("added", "a.txt"), ("updated", "z.txt")]
        assert texts(library) == [LAKE, NEW_BREAD, BREAD, LIGHT]
        (folder / "a.txt").write_text(CLOSED)
        assert outcomes(1) == [("updated", "a.txt")]
        (folder / "z.txt").unlink()
        assert outcomes(1) == [("removed", "z.txt")]
    assert texts(library) == [LAKE, LIGHT, CLOSED]


def test_an_empty_folder_that_had_articles_removes_none(library, folder):
    sync(library, folder)
    shutil.rmtree(folder)
    with pytest.raises(QuotewiseError, match=r"news: there is no such file or folder; check"):
        sync(library, folder)
    folder.mkdir()
    assert refusal(sync, library, folder) == (
        f"{folder} is empty or gone, but 2 files were read from it before. Nothing was removed: if "
        "its disk is not connected, connect it; else remove the articles with `quotewise remove`."
    )
    assert texts(library) == [LAKE, LIGHT]


def test_a_folder_is_followed_and_a_file_read_once_it_is_written_to_its_end(library, folder):
    with watching(library, folder) as outcomes:
        assert outcomes(2) == BOTH
        written = [time.monotonic()]
        with (folder / "bread.txt").open("w") as file:
            for word in BREAD.split(" "):
                file.write(word + " ")
                file.flush()
                time.sleep(0.1)
                written.append(time.monotonic())
        assert outcomes(1) == [("added", "bread.txt")]
        if max(later - one for one, later in pairwise(written)) < QUIET_S:  # else it paused
            assert BREAD in texts(library)
        (folder / "light.txt").rename(folder / "dark.txt")  # which keeps its article
        (folder / "bread.txt").write_text(NEW_BREAD)
        while outcomes(1) != [("updated", "bread.txt")]:
            pass
        (folder / "dark.txt").unlink()
        assert outcomes(1) == [("removed", "dark.txt")]
    assert texts(library) == [LAKE, NEW_BREAD]


def test_a_folder_that_vanishes_while_it_is_watched_removes_nothing(library, folder):
    with watching(library, folder) as outcomes:
        outcomes(2)
        folder.rename(folder.with_name("elsewhere"))
        ((kind, gone),) = outcomes(1)
        assert (kind, gone.partition(",")[0]) == ("error", f"{folder} is empty or gone")
    assert texts(library) == [LAKE, LIGHT]


def test_the_command_follows_a_folder_until_it_is_stopped(empty_home, folder):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [QUOTEWISE, "watch", folder]
    with subprocess.Popen(command, env=environment(empty_home), **pipes) as watching:
        assert watching.stderr.readline() == f"Watching {folder}: Ctrl-C ends it.\n"
        assert watching.stdout.readline().startswith(f"added  {folder}/light.txt: ")
        assert watching.stdout.readline().startswith(f"added  {folder}/north/lake.txt: ")
        (folder / "light.txt").unlink()
        assert watching.stdout.readline().startswith(f"removed  {folder}/light.txt: ")
        watching.send_signal(signal.SIGTERM)
        assert watching.communicate(timeout=120) == ("", "")
        assert watching.returncode == 0
    assert printed(empty_home, "watch", "--once", folder) == "Everything is in step.\n"
    (folder / "north" / "lake.txt").unlink()
    empty = run(empty_home, "watch", "--once", folder)
    assert (empty.returncode, empty.stdout) == (1, "")
    assert empty.stderr.startswith(
        f"quotewise: {folder} is empty or gone, but 1 file was read from it"
    )

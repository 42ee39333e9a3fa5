"""What only reads works in a folder that cannot be written, and leaves it as it is."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from article_library import BAKERY, HARBOUR, add, jsonl
from old_catalog import with_token_codes
from quotewise_command import QUOTEWISE, environment, printed

from retrieval import Library

BREAD = "Which bread won the regional prize?"
ORGAN = {
    "id": "organ",
    "title": "Organ tuned",
    "text": "Tuner Edda Kroll counted 1,904 pipes in the organ of Sankt Jost.",
}
PIPES = "How many pipes did Edda Kroll count?"
NOTICE = (
    "quotewise: The folder {home} is read-only: you can search and list its articles, but to add "
    "or change anything you need permission to write there.\n"
)
MOUNTED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" "$0" && exec "$@"'


def read_only(home, *command):
    """The command that runs another in a mount namespace where a folder is mounted read-only."""
    return ["unshare", "-m", "sh", "-c", MOUNTED, str(home), *map(str, command)]


@pytest.fixture(scope="module", autouse=True)
def mounts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mounted")
    try:
        done = subprocess.run(read_only(folder, "true"), capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here to mount a folder read-only")
    if done.returncode:
        pytest.skip("no folder may be mounted read-only here")


@pytest.fixture(scope="module")
def filled(tmp_path_factory, copies):
    """A home with two articles, which is only copied."""
    folder = tmp_path_factory.mktemp("filled")
    with Library.open(folder / "home", copies=copies) as library:
        add(library, folder, BAKERY, HARBOUR)
    (folder / "home" / "models").symlink_to(copies)
    return folder / "home"


@pytest.fixture
def home(filled, tmp_path):
    return shutil.copytree(filled, tmp_path / "home", symlinks=True)


def contents(home):
    """The hash of each file in a folder."""
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run(home, *command, input=""):
    """Run a command on a home that is mounted read-only, and see that the home stays as it is."""
    before = contents(home)
    done = subprocess.run(
        read_only(home, *command),
        input=input,
        capture_output=True,
        env=environment(home),
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert contents(home) == before
    return done


@pytest.mark.parametrize("command", [("ask", BREAD), ("articles",), ("verify",)])
def test_a_command_that_reads_prints_the_same_and_one_line_about_the_folder(home, command):
    expected = printed(home, *command)
    done = run(home, QUOTEWISE, *command)
    assert (done.returncode, done.stderr) == (0, NOTICE.format(home=home))
    assert done.stdout == expected


@pytest.mark.parametrize("command", [("add", "new.txt"), ("feed", "poll"), ("rebuild",)])
def test_a_command_that_writes_fails_with_one_sentence(home, command):
    done = run(home, QUOTEWISE, *command)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", NOTICE.format(home=home))


def test_a_chat_answers_and_refuses_to_add(home):
    done = run(home, QUOTEWISE, "chat", input=f"{BREAD}\n/add {home}\n")
    assert (done.returncode, done.stderr) == (0, NOTICE.format(home=home))
    assert "the regional prize for its rye bread" in done.stdout
    assert f"The folder {home} is read-only" in done.stdout


def test_a_missing_index_is_built_without_being_saved(home):
    whole = run(home, QUOTEWISE, "ask", "--json", BREAD)
    shutil.rmtree(home / "indexes")
    done = run(home, QUOTEWISE, "ask", "--json", BREAD)
    answers = [json.loads(one.stdout) | {"took_ms": 0} for one in (whole, done)]
    assert answers[0] == answers[1]
    assert done.stderr == NOTICE.format(home=home)


LEFT = """
import os, sys
from pathlib import Path
from retrieval import Library
library = Library.open(sys.argv[1], copies=Path(sys.argv[2]))
print(*(outcome.status for outcome in library.add(sys.argv[3])), flush=True)
os._exit(0)
"""


def test_what_a_crash_left_in_the_write_ahead_log_is_read(home, tmp_path, copies):
    command = [sys.executable, "-c", LEFT, home, copies, jsonl(tmp_path, ORGAN)]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"added\n"
    assert (home / "catalog.sqlite-wal").stat().st_size
    (home / "catalog.sqlite-shm").unlink()
    done = run(home, QUOTEWISE, "ask", PIPES)
    assert ORGAN["text"] in done.stdout
    assert done.stderr == NOTICE.format(home=home)


ASKING = """
import sys
from pathlib import Path
from retrieval import Library
with Library.open(sys.argv[1], copies=Path(sys.argv[2])) as library:
    print(library.read_only, flush=True)
    for line in sys.stdin:
        print(library.answer(line).shown[0].text, flush=True)
"""


def test_what_another_process_adds_through_a_second_mount_is_seen(home, tmp_path, copies):
    command = read_only(home, sys.executable, "-c", ASKING, home, copies)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment(home), **pipes) as reader:

        def ask(question):
            print(question, file=reader.stdin, flush=True)
            return reader.stdout.readline().strip()

        assert reader.stdout.readline() == "True\n"
        assert "rye bread" in ask(BREAD)
        with Library.open(home, copies=copies) as library:
            add(library, tmp_path, ORGAN)
            assert ask(PIPES) == ORGAN["text"]  # while the writer runs
            library.remove("organ")
            assert ask(PIPES) != ORGAN["text"]
            add(library, tmp_path, ORGAN)
        assert ask(PIPES) == ORGAN["text"]  # and after it has ended
        reader.stdin.close()


def test_a_catalog_of_an_earlier_version_must_be_opened_where_it_can_be_written(home):
    with_token_codes(home)
    done = run(home, QUOTEWISE, "ask", BREAD)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"quotewise: {home / 'catalog.sqlite'} was written by an earlier version of Quotewise: "
        "open it once with this version where it can be written, which brings it up to date.\n"
    )

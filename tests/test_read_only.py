"""What only reads works in a folder that cannot be written, and leaves it as it is."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from article_library import BAKERY, HARBOUR, add, jsonl
from old_catalog import with_token_codes
from telegram_bot import IMPORTED_FROM, QUOTEWISE

from retrieval.library import Library

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

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **IMPORTED_FROM}


def read_only(home: Path, *command: str | Path) -> list[str]:
    """The command that runs another in a mount namespace where a folder is mounted read-only."""
    return ["unshare", "-m", "sh", "-c", MOUNTED, str(home), *map(str, command)]


@pytest.fixture(scope="module", autouse=True)
def mounts(tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("mounted")
    try:
        done = subprocess.run(read_only(folder, "true"), capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here to mount a folder read-only")
    if done.returncode:
        pytest.skip("no folder may be mounted read-only here")


@pytest.fixture(scope="module")
def filled(tmp_path_factory, copies) -> Path:
    """A home with two articles, which is only copied."""
    folder = tmp_path_factory.mktemp("filled")
    with Library.open(folder / "home", copies=copies) as library:
        add(library, folder, BAKERY, HARBOUR)
    (folder / "home" / "models").symlink_to(copies)
    return folder / "home"


@pytest.fixture
def home(filled, tmp_path) -> Path:
    return shutil.copytree(filled, tmp_path / "home", symlinks=True)


def contents(home: Path) -> dict[str, str]:
    """The hash of each file in a folder."""
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run(
    command: list[str], home: Path, input: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=input,
        capture_output=True,
        env={**ENVIRONMENT, "QUOTEWISE_HOME": str(home), **environment},
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def quotewise(
    home: Path, *arguments: str, input: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run quotewise on a home that is mounted read-only, and see that the home stays as it is."""
    before = contents(home)
    done = run(read_only(home, QUOTEWISE, *arguments), home, input, **environment)
    assert contents(home) == before
    return done


@pytest.mark.parametrize(
    "command", [("ask", BREAD), ("articles",), ("verify",)], ids=lambda command: command[0]
)
def test_a_command_that_reads_prints_the_same_and_one_line_about_the_folder(home, command):
    written = run([str(QUOTEWISE), *command], home)
    assert (written.returncode, written.stderr) == (0, "")
    done = quotewise(home, *command)
    assert (done.returncode, done.stderr) == (0, NOTICE.format(home=home))
    assert done.stdout == written.stdout


@pytest.mark.parametrize(
    "command",
    [("add", "new.txt"), ("feed", "poll"), ("rebuild",)],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_that_writes_fails_with_one_sentence(home, command):
    done = quotewise(home, *command)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", NOTICE.format(home=home))


@pytest.mark.parametrize("lost", ["the indexes"])
def test_a_missing_index_is_built_without_being_saved(home, lost):
    whole = quotewise(home, "ask", "--json", BREAD).stdout
    indexes = home / "indexes" / "model-1" / "1"
    if lost == "the indexes":
        shutil.rmtree(home / "indexes")
    elif lost == "the words":
        shutil.rmtree(indexes / "words")
    else:
        next(indexes.glob("vectors-*")).unlink()
    done = quotewise(home, "ask", "--json", BREAD)
    answers = [json.loads(one) | {"took_ms": 0} for one in (whole, done.stdout)]
    assert answers[0] == answers[1]
    assert done.stderr == NOTICE.format(home=home)


LEFT = """
import os, sys
from pathlib import Path
from retrieval.library import Library
library = Library.open(sys.argv[1], copies=Path(sys.argv[2]))
print(*(outcome.status for outcome in library.add(sys.argv[3])), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("index", ["without its index"])
def test_what_a_crash_left_in_the_write_ahead_log_is_read(home, tmp_path, copies, index):
    source = jsonl(tmp_path, ORGAN, name="organ.jsonl")
    left = run([sys.executable, "-c", LEFT, str(home), str(copies), source], home)
    assert (left.stdout, left.stderr) == ("added\n", "")
    assert (home / "catalog.sqlite-wal").stat().st_size
    if index == "without its index":
        (home / "catalog.sqlite-shm").unlink()
    done = quotewise(home, "ask", PIPES)
    assert ORGAN["text"] in done.stdout
    assert done.stderr == NOTICE.format(home=home)
    assert ORGAN["id"] in quotewise(home, "articles").stdout


ASKING = """
import sys
from pathlib import Path
from retrieval.library import Library
with Library.open(sys.argv[1], copies=Path(sys.argv[2])) as library:
    print(library.read_only, flush=True)
    for line in sys.stdin:
        answer = library.answer(line)
        print((answer.quotes or answer.closest)[0].text, flush=True)
"""


def test_what_another_process_adds_through_a_second_mount_is_seen(home, tmp_path, copies):
    command = read_only(home, sys.executable, "-c", ASKING, home, copies)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, text=True
    ) as reader:
        assert reader.stdin and reader.stdout

        def asked(question: str) -> str:
            assert reader.stdin and reader.stdout
            print(question, file=reader.stdin, flush=True)
            return reader.stdout.readline().strip()

        assert reader.stdout.readline() == "True\n"
        assert "rye bread" in asked(BREAD)
        with Library.open(home, copies=copies) as library:
            add(library, tmp_path, ORGAN)
            assert asked(PIPES) == ORGAN["text"]  # while the writer runs
            library.remove("organ")
            assert asked(PIPES) != ORGAN["text"]
            add(library, tmp_path, ORGAN)
        assert asked(PIPES) == ORGAN["text"]  # and after it has ended
        with Library.open(home, copies=copies) as library:
            library.remove("organ")
        assert asked(PIPES) != ORGAN["text"]
        reader.stdin.close()


def test_a_catalog_of_an_earlier_version_is_to_be_opened_where_it_can_be_written(home):
    with_token_codes(home)
    done = quotewise(home, "ask", BREAD)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"quotewise: {home / 'catalog.sqlite'} was written by an earlier version of Quotewise: "
        "open it once with this version where it can be written, which brings it up to date.\n"
    )

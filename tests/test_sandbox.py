"""A hostile file is read in a process with limits, and takes nothing down but that."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sandbox_tasks

from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.sources import sandbox
from retrieval.sources.sandbox import Sandbox


@pytest.fixture
def own() -> Iterator[Sandbox]:
    own = Sandbox()
    yield own
    own.stop()


def echo(own: Sandbox, data: bytes) -> str:
    return json.loads(own.call(sandbox_tasks.echo, data, {}))["results"][0]


def asked(task: str, data: bytes = b"", **facts: object) -> list[object]:
    return sandbox.parsed(getattr(sandbox_tasks, task), data, name="pier.pdf", **facts)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for_end(pid: int) -> None:
    """Wait until a process has ended; a zombie has."""
    status = Path(f"/proc/{pid}/status")
    deadline = time.monotonic() + 60
    with suppress(FileNotFoundError, ProcessLookupError):
        while "\nState:\tZ" not in status.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_function_is_called_with_bytes_and_facts_and_gives_what_json_can_say():
    data = "Ferry ✓".encode() * 100_000
    assert asked("echo", data, today="2026-11-01") == [
        data.decode(),
        {"name": "pier.pdf", "today": "2026-11-01"},
    ]


AS_TEXT = "save its text as .txt and add that."
BREAKS_DOWN = (
    "the reader breaks down over this, so it is damaged or asks for too much; open it, save it"
    " anew, or save its text as .txt and add that."
)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("compute", f"this takes longer than 5 seconds to read; {AS_TEXT}"),
        ("grow", f"this takes more than 300 MB of memory to read; {AS_TEXT}"),
        ("recurse", f"this is nested too deeply to be read; {AS_TEXT}"),
        ("segfault", BREAKS_DOWN),
        ("flood", "this holds more than 8 MB of text; split it."),
    ],
)
def test_what_a_child_does_not_survive_is_refused_in_a_sentence(task, reason):
    started = time.monotonic()
    with pytest.raises(UnreadableSource) as caught:
        asked(task)
    assert str(caught.value) == f"pier.pdf: {reason}"
    assert not isinstance(caught.value, ReaderDefect)
    assert time.monotonic() - started < 30
    assert children(sandbox._sandbox.process.pid) == []
    assert asked("echo") == ["", {"name": "pier.pdf"}]


def test_an_unexpected_exception_is_reported_as_a_defect_and_logged_with_its_traceback(caplog):
    with pytest.raises(ReaderDefect) as caught:
        asked("fail", b"text of an article", secret="123456789:AAE")
    assert str(caught.value) == f"pier.pdf: {sandbox.DEFECT}"
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    first, *_, last = record.getMessage().splitlines()
    assert first == "reading pier.pdf failed because of a defect in Quotewise:"
    assert "sandbox_tasks.py" in caplog.text and last == "KeyError: 'trailer'"
    assert "text of an article" not in caplog.text and "AAE" not in caplog.text


@pytest.mark.parametrize("reply", [b"{", b"[" * 200_000, b'{"results": 7}'])
def test_a_child_that_was_taken_over_can_reply_nothing_but_json(reply, caplog):
    with pytest.raises(ReaderDefect):
        asked("rewrite_reply", reply)
    assert "Traceback" not in caplog.text


def test_a_child_inherits_no_secret_and_no_open_file(monkeypatch, tmp_path):
    monkeypatch.setenv("QUOTEWISE_TELEGRAM_TOKEN", "123456789:AAE")
    sandbox._sandbox.stop()
    with open(tmp_path / "kept.txt", "w") as kept:
        os.set_inheritable(kept.fileno(), True)
        environment, files = asked("surroundings")
    assert set(environment) <= {
        *("PYTHONPATH", "PYTHONHOME", "LC_CTYPE", "LD_LIBRARY_PATH"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"),
    }
    assert files[:3] == ["/dev/null"] * 3
    (reply,) = files[3:]
    assert reply.startswith("pipe:")


def test_a_child_may_write_no_file_and_leaves_no_core(tmp_path):
    with pytest.raises(UnreadableSource):
        asked("write", b"words", path=str(tmp_path / "a"))
    assert not (tmp_path / "a").exists() or (tmp_path / "a").stat().st_size == 0
    assert asked("limits", kinds=["CPU", "CORE", "FSIZE", "NOFILE"]) == [5, 0, 0, 32]


def test_no_document_can_spoil_the_next():
    assert asked("spoil") == asked("spoil") == ["spoilt"]
    assert asked("echo") == ["", {"name": "pier.pdf"}]


def test_after_an_interrupted_call_the_next_one_gets_its_own_reply(own):
    echo(own, b"1")
    assert os.getpgid(own.process.pid) == own.process.pid  # a terminal's Ctrl-C is not for it
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            own.call(sandbox_tasks.sleep, b"", {})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    assert echo(own, b"2") == "2"


STARTED = """
import sys, time
import sandbox_tasks
from retrieval.sources import sandbox
assert sandbox._sandbox.process is None, "importing starts nothing"
print(sandbox.parsed(sandbox_tasks.echo, b"x", name="a")[0], flush=True)
print(sandbox._sandbox.process.pid, flush=True)
if sys.argv[1] == "stay":
    sandbox.parsed(sandbox_tasks.sleep, b"", name="a")
"""


@pytest.mark.parametrize("then", ["end", "stay"])
def test_nothing_is_left_behind_by_a_script_without_a_guard_that_ends_or_is_killed(then):
    here = os.pathsep.join([os.getcwd(), str(Path(__file__).parent)])
    script = subprocess.Popen(
        [sys.executable, "-c", STARTED, then],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": here},
        text=True,
    )
    assert script.stdout.readline() == "x\n"
    pid = int(script.stdout.readline())
    if then == "stay":
        while not (child := next(iter(children(pid)), None)):
            time.sleep(0.01)
        script.kill()
        wait_for_end(child)
    script.wait()
    script.stdout.close()
    wait_for_end(pid)

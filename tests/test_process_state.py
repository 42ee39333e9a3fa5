"""The library leaves the process that uses it as it found it."""

import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest
import sandbox_tasks
from shelf import BAKERY, HARBOUR, add, found

from retrieval.library import Library
from retrieval.sources.sandbox import Sandbox

BREAD = "Which bread won the regional prize?"

STATE = """
import atexit, json, logging, os, pkgutil, signal, sys, threading
import faiss, numpy
from threadpoolctl import threadpool_info

hooks = []

def recorded(register):
    def record(*args, **named):
        if sys._getframe(1).f_globals["__name__"].startswith("retrieval"):
            hooks.append(register.__name__)
        return register(*args, **named)
    return record

atexit.register = recorded(atexit.register)
os.register_at_fork = recorded(os.register_at_fork)

def state():
    return {
        "environment": dict(os.environ),
        "pools": {one["filepath"]: one["num_threads"] for one in threadpool_info()},
        "faiss": faiss.omp_get_max_threads(),
        "threads": [one.name for one in threading.enumerate()],
        "logging": [logging.root.level, len(logging.root.handlers), logging.lastResort.level],
        "signals": [str(signal.getsignal(one)) for one in signal.valid_signals()],
        "hooks": hooks,
    }

before = json.dumps(state())
"""
IMPORTED = """
import retrieval
for module in pkgutil.walk_packages(retrieval.__path__, "retrieval."):
    __import__(module.name)
"""
USED = """
from pathlib import Path
from retrieval.library import Library
with Library.open(sys.argv[1], copies=Path(sys.argv[2])) as library:
    for path in sys.argv[3:]:
        assert [one.status for one in library.add(path)] == ["added"]
    assert library.answer("Which bread won the regional prize?").shown
"""
COMPARED = """
after = state()
before = json.loads(before)
after["pools"] = {path: after["pools"][path] for path in before["pools"]}
print(json.dumps({name: [before[name], after[name]] for name in before
                  if before[name] != after[name]}, indent=1))
"""


def changed(doing: str, *arguments: str | Path) -> str:
    """What is not as before in a process that has done something."""
    threads = {"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3"}
    done = subprocess.run(
        [sys.executable, "-c", STATE + doing + COMPARED, *map(str, arguments)],
        capture_output=True,
        env={**os.environ, **threads},
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_library_and_all_its_modules_changes_nothing():
    assert changed(IMPORTED) == "{}"


def test_answering_leaves_threads_and_environment_as_they_were(tmp_path: Path, copies: Path):
    note = tmp_path / "note.txt"
    note.write_text(BAKERY["text"])
    assert changed(USED, tmp_path / "home", copies, note) == "{}"


def test_nothing_holds_on_to_a_sandbox_that_was_stopped():
    sandbox = Sandbox()
    assert sandbox.call(sandbox_tasks.echo, b"bread", {}) == b'{"results": ["bread", {}]}'
    sandbox.stop()
    gone = weakref.ref(sandbox)
    del sandbox
    gc.collect()
    assert gone() is None


def open_files(path: Path) -> int:
    """How many of this process's file descriptors lead to a file."""
    there = [os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
    return there.count(str(path.resolve()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_connections_to_the_catalog_close_with_their_threads(tmp_path: Path, copies: Path):
    catalog = tmp_path / "home" / "catalog.sqlite"
    with Library.open(tmp_path / "home", copies=copies) as library:
        add(library, tmp_path, BAKERY, HARBOUR)
        replies: list[str] = []
        for _ in range(25):
            threads = [
                threading.Thread(target=lambda: replies.append(found(library, BREAD)[0]))
                for _ in range(2)
            ]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
        assert replies == [replies[0]] * 50
        # Of connections that overlapped, SQLite keeps the files for the next ones.
        assert 1 <= open_files(catalog) <= 3
    assert open_files(catalog) == 0

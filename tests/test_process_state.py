"""The library leaves the process that uses it as it found it."""

import os
import subprocess
import sys
from pathlib import Path

from article_library import BAKERY

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


def test_answering_leaves_threads_and_environment_as_they_were(tmp_path, copies):
    note = tmp_path / "note.txt"
    note.write_text(BAKERY["text"])
    assert changed(USED, tmp_path / "home", copies, note) == "{}"

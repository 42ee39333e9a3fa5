"""The parent's side: starts the process that forks, calls it, and replaces it when it dies."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

from retrieval.reading.sandbox.reply import Ending, Reply, from_wire, receive, send

# The child is ended after its seconds by the process that forked it; this one is ended, if it
# hangs itself, after so many more: it may be importing parsers, on a busy machine.
PATIENCE_S = 60.0

# All that a Python may need to start; tokens and passwords stay behind.
_INHERITED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
_OWN = {
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    # Threads and forks do not go together, and nothing is computed here.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


class Keeper:
    """The one process that forks, if it runs; threads take turns.

    `forks` is False where each call has a fresh process.
    """

    def __init__(self, *, forks: bool = hasattr(os, "fork")) -> None:
        self._forks = forks
        self._owner = os.getpid()
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: bytes | None = None

    def ask(self, task: str, data: bytes, facts: dict[str, Any], *, keep: bool = False) -> Reply:
        """Make a call; a process that was killed meanwhile is replaced once."""
        self._forget_another_process()
        with self._turn:
            for _ in range(2):
                process = self._running()
                late = threading.Event()
                watchdog = threading.Timer(PATIENCE_S, _end_late, [process, late])
                watchdog.daemon = True
                watchdog.start()
                try:
                    return self._exchange(process, task, data, facts, keep)
                except (OSError, EOFError, ValueError):
                    self._end()
                    if late.is_set():
                        return Reply(Ending.TIME)
                except BaseException:  # such as Ctrl-C: the next call must not read this reply
                    self._end()
                    raise
                finally:
                    watchdog.cancel()
                    if not self._forks:
                        self._end()
            return Reply(Ending.CRASH, told="the process that forks was ended twice")

    def stop(self) -> None:
        """End the process."""
        self._forget_another_process()
        with self._turn:
            self._end()

    def _forget_another_process(self) -> None:
        """Let go of a process that belongs to the process from which this one was forked."""
        if self._owner == os.getpid():
            return
        process, self._process, self._kept = self._process, None, None
        self._turn = threading.Lock()  # another thread may have held the lock during the fork
        self._owner = os.getpid()
        if process is not None:
            # It goes on; only the other one may wait for it.
            process.returncode = 0
            for pipe in (process.stdin, process.stdout):
                # Not the buffer above it, whose lock another thread may have held.
                cast(io.BufferedReader, pipe).raw.close()

    def _exchange(
        self,
        process: subprocess.Popen[bytes],
        task: str,
        data: bytes,
        facts: dict[str, Any],
        keep: bool,
    ) -> Reply:
        again = self._kept is data
        head = {"task": task, "facts": facts, "keep": keep, "again": again, "fork": self._forks}
        self._kept = data if keep and self._forks else None
        replies = cast(BinaryIO, process.stdout)
        send(cast(BinaryIO, process.stdin), json.dumps(head).encode(), b"" if again else data)
        peak_bytes = int(receive(replies))
        return from_wire(receive(replies), peak_bytes)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = _started()
            atexit.register(self.stop)
        return self._process

    def _end(self) -> None:
        process, self._process, self._kept = self._process, None, None
        atexit.unregister(self.stop)
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    cast(BinaryIO, pipe).close()
            _kill(process)
            process.wait()


def _end_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it forked."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _started() -> subprocess.Popen[bytes]:
    """A process of its own group, so that Ctrl-C reaches only the one that may handle it."""
    start = Path(__file__).with_name("start.py")
    root = str(start.parents[3])
    given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = os.pathsep.join([root, *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-P", "-s", str(start)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**_OWN, **given, "PYTHONPATH": path},
        cwd=root,
        start_new_session=True,
    )

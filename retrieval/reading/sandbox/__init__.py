"""Hostile files are parsed in a process with limits, so that no document can take the bot down.

`parsed(webpage.parse, data, name=…)` calls `webpage.parse(data, name=…)` in a child process that
has five seconds of processor time, 300 MB, no environment and no open files. A module that needs
slow imports has a function `preload()` that makes them: it runs once.

The first call starts a fork server, which imports the parsers and forks a fresh child for each
call, so that no document can spoil the next; it ends with this process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.reading.sandbox.forkserver import (
    MEMORY_BYTES,
    MOST_BYTES,
    SECONDS,
    Parser,
    receive,
    send,
)
from retrieval.reading.sources import in_megabytes

__all__ = ["Parser", "Sandbox", "parsed"]

log = logging.getLogger(__name__)

_AS_TEXT = "save its text as .txt and add that."
_WHY = {
    "time": f"this takes longer than {SECONDS} seconds to read; {_AS_TEXT}",
    "memory": f"this takes more than {in_megabytes(MEMORY_BYTES)} of memory to read; {_AS_TEXT}",
    "depth": f"this is nested too deeply to be read; {_AS_TEXT}",
    "size": f"this holds more than {in_megabytes(MOST_BYTES)} of text; split it.",
    "crash": "the reader breaks down over this, so it is damaged or asks for too much; open it,"
    " save it anew, or save its text as .txt, and add that.",
    "start": "the reader of this kind of file does not start; install Quotewise anew, or save its"
    " text as .txt and add that.",
}
DEFECT = (
    "reading this failed because of a defect in Quotewise, not in the file; report it with the"
    " traceback in Quotewise's log (standard error)."
)

# The fork server ends a child after its seconds; it is ended itself, should it hang, after these.
# It may be importing parsers, on a busy machine.
_LONGEST_S = 60.0
# All that a Python may need to start; tokens and passwords stay behind.
_INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    # Threads and forks do not go together, and nothing is computed here.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


class Sandbox:
    """A fork server, started when it is first needed; threads take turns.

    `peak_bytes` is the most memory that a child has had.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._turn = threading.Lock()
        self._kept: bytes | None = None  # what the fork server has from the last call

    def call(
        self, parser: Parser, data: bytes, facts: dict[str, Any], *, keep: bool = False
    ) -> Any:
        """The reply to a call, from JSON; a fork server that was killed is replaced once.

        With `keep` the same object need not be sent again in the next call.
        """
        self._leave_to_parent()
        with self._turn:
            for _ in range(2):
                if self.process is None or self.process.poll() is not None:
                    self._end()
                    self.process = _started()
                    atexit.register(self.stop)
                try:
                    return self._exchange(self.process, parser, data, facts, keep)
                except TimeoutError:
                    self._end()
                    return {"failed": "time"}
                except (OSError, EOFError):
                    self._end()
                except BaseException:  # such as Ctrl-C: the next call must not read this reply
                    self._end()
                    raise
            return {"failed": "crash", "detail": "the fork server was ended twice"}

    def stop(self) -> None:
        """End the fork server, if it runs; the next call starts another."""
        self._leave_to_parent()
        with self._turn:
            self._end()

    def _leave_to_parent(self) -> None:
        """In a forked process, let go of the fork server: it is the parent's."""
        if self._owner != os.getpid():
            if self.process:
                self.process.returncode = 0  # only the parent may wait for it
            Sandbox.__init__(self)

    def _exchange(
        self,
        process: subprocess.Popen[bytes],
        parser: Parser,
        data: bytes,
        facts: dict[str, Any],
        keep: bool,
    ) -> Any:
        requests, replies = (
            cast(BinaryIO, one).fileno() for one in (process.stdin, process.stdout)
        )
        again = data is self._kept
        self._kept = data if keep else None
        send(requests, pickle.dumps((parser, facts)), b"again" * again, b"" if again else data)
        if not select.select([replies], [], [], _LONGEST_S)[0]:
            raise TimeoutError
        self.peak_bytes = max(self.peak_bytes, int(receive(replies)))
        reply = receive(replies)
        try:
            return json.loads(reply)
        except (ValueError, RecursionError, MemoryError):
            return None

    def _end(self) -> None:
        """End the fork server and its child."""
        process, self.process, self._kept = self.process, None, None
        atexit.unregister(self.stop)
        if process:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            with process:  # closes the pipes and waits
                process.kill()


def _started() -> subprocess.Popen[bytes]:
    """A fork server in a group of its own, so that Ctrl-C does not reach it."""
    script = Path(__file__).with_name("forkserver.py")
    root = str(script.parents[3])
    given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = os.pathsep.join([root, *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-P", "-s", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**_ENVIRONMENT, **given, "PYTHONPATH": path},
        cwd=root,
        start_new_session=True,
    )


_sandbox = Sandbox()


def parsed(
    parser: Parser, data: bytes, *, name: str, keep: bool = False, **facts: Any
) -> list[Any]:
    """What a parser, a function of a module, makes of bytes in a process with limits.

    With `keep` the fork server holds on to the bytes for the next call with the same object.
    Raises UnreadableSource, about `name`, if it refuses them or does not survive them, and
    ReaderDefect if it raises anything else; that is logged with its traceback.
    """
    match reply := _sandbox.call(parser, data, {"name": name, **facts}, keep=keep):
        case {"results": list(results)}:
            return results
        case {"refused": str(reason)}:
            raise UnreadableSource(name, reason)
        case {"failed": str(how)} if how in _WHY:
            level = logging.ERROR if how == "start" else logging.INFO
            log.log(level, "%s could not be read (%s): %s", name, how, reply.get("detail"))
            raise UnreadableSource(name, _WHY[how])
    detail = reply.get("defect") if isinstance(reply, dict) else "its reply is no JSON"
    log.error("reading %s failed because of a defect in Quotewise:\n%s", name, str(detail).rstrip())
    raise ReaderDefect(name, DEFECT)

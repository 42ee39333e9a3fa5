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
import signal
import subprocess
import sys
import threading
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.sources.sandbox.forkserver import MEMORY_BYTES, MOST_BYTES, SECONDS, Parser, failed
from retrieval.sources.source import in_megabytes

__all__ = ["Parser", "Sandbox", "parsed"]

log = logging.getLogger(__name__)

_AS_TEXT = "save its text as .txt and add that."
_WHY = {
    "time": f"this takes longer than {SECONDS} seconds to read; {_AS_TEXT}",
    "memory": f"this takes more than {in_megabytes(MEMORY_BYTES)} of memory to read; {_AS_TEXT}",
    "depth": f"this is nested too deeply to be read; {_AS_TEXT}",
    "size": f"this holds more than {in_megabytes(MOST_BYTES)} of text; split it.",
    "crash": "the reader breaks down over this, so it is damaged or asks for too much; open it,"
    f" save it anew, or {_AS_TEXT}",
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


class Sandbox:
    """A fork server, started when it is first needed; threads take turns."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._turn = threading.Lock()
        self._sent: bytes | None = None  # what the fork server has from the last call

    def call(self, parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
        """The reply to a call in JSON; a fork server that was killed is replaced once.

        The same object as in the last call is not sent again.
        """
        if self._owner != os.getpid():  # in a forked process: the fork server is the parent's
            if self.process:
                self.process.returncode = 0  # nobody else may wait for it
            Sandbox.__init__(self)
        call = pickle.dumps((parser, facts))
        with self._turn:
            for _ in range(2):
                try:
                    return self._exchange(call, data)
                except (OSError, EOFError):
                    self.stop()
                except BaseException:  # such as Ctrl-C: the next call must not read this reply
                    self.stop()
                    raise
        return failed("crash")

    def stop(self) -> None:
        """End the fork server and its child; the next call starts another."""
        process, self.process, self._sent = self.process, None, None
        atexit.unregister(self.stop)
        if process and self._owner == os.getpid():
            self._connection.close()
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _exchange(self, call: bytes, data: bytes) -> bytes:
        if self.process is None:
            self._start()
        self._connection.send((call, None if data is self._sent else data))
        self._sent = data
        if not self._connection.poll(_LONGEST_S):
            self.stop()
            return failed("time")
        return self._connection.recv_bytes()

    def _start(self) -> None:
        given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        given |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # threads do not fork
        given["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        self._connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-BPs", "-Xutf8", Path(__file__).with_name("forkserver.py")],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=given,
                start_new_session=True,  # Ctrl-C does not reach it
            )
        atexit.register(self.stop)


_sandbox = Sandbox()


def parsed(parser: Parser, data: bytes, *, name: str, **facts: Any) -> list[Any]:
    """What a parser, a function of a module, makes of bytes in a process with limits.

    Raises UnreadableSource, about `name`, if it refuses them or does not survive them, and
    ReaderDefect if it raises anything else; that is logged with its traceback.
    """
    try:
        reply = json.loads(_sandbox.call(parser, data, {"name": name, **facts}))
    except (ValueError, RecursionError):
        reply = "its reply is no JSON"
    match reply:
        case {"results": list(results)}:
            return results
        case {"refused": str(reason)}:
            raise UnreadableSource(name, reason)
        case {"failed": str(limit)} if limit in _WHY:
            log.info("%s could not be read (%s)", name, limit)
            raise UnreadableSource(name, _WHY[limit])
        case {"defect": str(detail)}:
            reply = detail
    log.error("reading %s failed because of a defect in Quotewise:\n%s", name, str(reply).rstrip())
    raise ReaderDefect(name, DEFECT)

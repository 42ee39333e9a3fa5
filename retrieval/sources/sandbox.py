"""Hostile files are parsed in a process with limits, so that no document can take the bot down.

`parsed(html.parse, data, name=…)` calls `html.parse(data, name=…)` in a child process that has five
seconds of processor time, 300 MB, no environment and no open files. A module that needs slow
imports has a function `preload()` that makes them: it runs once.

The first call starts a fork server, which imports the parsers and forks a fresh child for each
call, so that no document can spoil the next; it ends with this process. It is not that of
`multiprocessing`, which would pass on all of the environment and run the main script of the program
that uses the library a second time.
"""

import atexit
import gc
import json
import logging
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.sources.source import in_megabytes

log = logging.getLogger(__name__)

Parser = Callable[..., list[Any]]

SECONDS = 5  # of processor time; of the clock twice as many, for the machine may have other work
MEMORY_BYTES = 300_000_000
MOST_BYTES = 8_000_000  # of text that one call may return
DEFECT = (
    "reading this failed because of a defect in Quotewise, not in the file; report it with the"
    " traceback in Quotewise's log (standard error)."
)

_ADDRESS_BYTES = 285_000_000  # the rest is what shared libraries come to as they are used
_OPEN_FILES = 32  # the reply, and what a parser looks up in its own package
# The fork server ends a child after its seconds; it is ended itself, should it hang, after these.
# It may be importing parsers, on a busy machine.
_LONGEST_S = 60.0
# All that a Python may need to start; tokens and passwords stay behind.
_INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
# Importing `retrieval` itself would bring faiss and tantivy along, which no document needs.
_FORK_SERVER = """
import sys, types
sys.modules["retrieval"] = package = types.ModuleType("retrieval")
package.__path__ = sys.argv[1:]
from retrieval.sources.sandbox import serve
serve()
"""


def _refusal(reason: str) -> bytes:
    return json.dumps({"refused": reason}).encode()


def _defect() -> bytes:
    return json.dumps({"defect": traceback.format_exc()[-20_000:]}).encode()


# Made beforehand: there may be no memory left to make one with.
_AS_TEXT = "save its text as .txt and add that."
_TOO_SLOW = _refusal(f"this takes longer than {SECONDS} seconds to read; {_AS_TEXT}")
_TOO_GREEDY = _refusal(
    f"this takes more than {in_megabytes(MEMORY_BYTES)} of memory to read; {_AS_TEXT}"
)
_TOO_DEEP = _refusal(f"this is nested too deeply to be read; {_AS_TEXT}")
_TOO_LONG = _refusal(f"this holds more than {in_megabytes(MOST_BYTES)} of text; split it.")
_CRASHED = _refusal(
    "the reader breaks down over this, so it is damaged or asks for too much; open it, save it"
    f" anew, or {_AS_TEXT}"
)


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
        case {"defect": str(detail)}:
            reply = detail
    log.error("reading %s failed because of a defect in Quotewise:\n%s", name, str(reply).rstrip())
    raise ReaderDefect(name, DEFECT)


class Sandbox:
    """A fork server, started when it is first needed; threads take turns."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._turn = threading.Lock()

    def call(self, parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
        """The reply to a call in JSON; a fork server that was killed is replaced once."""
        if self._owner != os.getpid():  # in a forked process: the fork server is the parent's
            if self.process:
                self.process.returncode = 0  # nobody else may wait for it
            Sandbox.__init__(self)
        call = pickle.dumps((parser, facts, data))
        with self._turn:
            for _ in range(2):
                try:
                    if self.process is None:
                        self._start()
                    self._connection.send_bytes(call)
                    if self._connection.poll(_LONGEST_S):
                        return self._connection.recv_bytes()
                    self.stop()
                    return _TOO_SLOW
                except (OSError, EOFError):
                    self.stop()
                except BaseException:  # such as Ctrl-C: the next call must not read this reply
                    self.stop()
                    raise
        return _CRASHED

    def stop(self) -> None:
        """End the fork server and its child; the next call starts another."""
        process, self.process = self.process, None
        atexit.unregister(self.stop)
        if process and self._owner == os.getpid():
            self._connection.close()
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self) -> None:
        given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        given |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # threads do not fork
        given["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        self._connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-BPs", "-Xutf8", "-c", _FORK_SERVER, Path(__file__).parents[1]],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=given,
                start_new_session=True,  # Ctrl-C does not reach it
            )
        atexit.register(self.stop)


_sandbox = Sandbox()


# -- in the fork server


def serve() -> None:
    """Answer calls that come on standard input until the process that makes them ends."""
    connection = Connection(0)
    with suppress(EOFError, OSError):
        while True:
            call = connection.recv_bytes()
            try:
                parser, facts, data = pickle.loads(call)  # from our own process
                _preload(parser.__module__)
                reply = _forked(parser, data, facts)
            except Exception:  # a parser that is not installed, or does not start
                reply = _defect()
            connection.send_bytes(reply)


@cache
def _preload(module: str) -> None:
    getattr(sys.modules[module], "preload", lambda: None)()


def _forked(parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
    gc.freeze()  # what a collection touches would be copied
    source, target = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _limit(target)
            os.write(target, _reply(parser, data, facts))
        finally:
            os._exit(0)
    os.close(target)
    with open(source, "rb") as pipe:
        reply = pipe.read(MOST_BYTES + 1)
    os.kill(pid, signal.SIGKILL)  # the status of a child that has ended by now stays
    _, status, usage = os.wait4(pid, 0)
    if len(reply) > MOST_BYTES:
        return _TOO_LONG
    if -os.waitstatus_to_exitcode(status) in (signal.SIGALRM, signal.SIGXCPU):
        return _TOO_SLOW
    peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    # Libraries give up in ways of their own where memory ends.
    if peak_bytes > 0.9 * MEMORY_BYTES and (not reply or reply.startswith(b'{"defect"')):
        return _TOO_GREEDY
    return reply or _CRASHED


def _reply(parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
    """The results of a parser, or why there are none, in JSON.

    Never a pickle: a process that has read a hostile file is not trusted.
    """
    try:
        results = json.dumps({"results": parser(data, **facts)}, ensure_ascii=False)
        return results.encode("utf-8", "replace")  # no file can store half a character
    except UnreadableSource as error:
        return _refusal(error.reason)
    except MemoryError:
        return _TOO_GREEDY
    except RecursionError:
        return _TOO_DEEP
    except Exception:  # a defect: parsers turn what their libraries raise into UnreadableSource
        return _defect()


def _limit(target: int) -> None:
    """Leave this process one pipe, and little time and memory."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.closerange(3, target)
    os.closerange(target + 1, _OPEN_FILES)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 2 * SECONDS)
    limits = {"CPU": SECONDS, "CORE": 0, "FSIZE": 0, "NOFILE": _OPEN_FILES}
    # macOS limits no address space.
    with suppress(OSError):
        # What is mapped by now but not resident, such as unused parts of shared libraries, says
        # nothing of the document, so it is granted on top.
        mapped, resident = map(int, Path("/proc/self/statm").read_text().split()[:2])
        limits["AS"] = _ADDRESS_BYTES + (mapped - resident) * os.sysconf("SC_PAGE_SIZE")
    for name, most in limits.items():
        # A lower limit that somebody set stays.
        with suppress(OSError, ValueError):
            # At the hard limit of time it would be killed, and the reason unknown.
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most + (name == "CPU")))

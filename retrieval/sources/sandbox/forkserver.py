"""The fork server: imports the parsers once and forks a child with limits for each call.

It runs as a script and not by `multiprocessing`, whose own fork server would pass on all of the
environment and run the main script of the program that uses the library a second time.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

Parser = Callable[..., list[Any]]

SECONDS = 5
"""Of processor time; of the clock twice as many, for the machine may have other work."""
MEMORY_BYTES = 300_000_000
MOST_BYTES = 8_000_000
"""Of text that one call may return."""

_ADDRESS_BYTES = 285_000_000  # the rest is what shared libraries come to as they are used
_OPEN_FILES = 32  # the reply, and what a parser looks up in its own package


def failed(limit: str) -> bytes:
    """The reply that says that a document went beyond a limit, and which."""
    return json.dumps({"failed": limit}).encode()


_NO_MEMORY = failed("memory")  # made beforehand: there may be no memory left to make it with


def serve(connection: Connection) -> None:
    """Answer calls until the process that makes them ends."""
    data = b""
    with contextlib.suppress(EOFError, OSError):
        while True:
            call, sent = connection.recv()
            data = data if sent is None else sent
            try:
                parser, facts = pickle.loads(call)  # from our own process
                _preload(parser.__module__)
                reply = _forked(parser, data, facts)
            except Exception:  # a parser that is not installed, or does not start
                reply = _defect()
            connection.send_bytes(reply)


@cache
def _preload(module: str) -> None:
    getattr(sys.modules[module], "preload", lambda: None)()


def _defect() -> bytes:
    return json.dumps({"defect": traceback.format_exc()[-20_000:]}).encode()


def _reply(parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
    """The results of a parser, or why there are none, in JSON.

    Never a pickle: a process that has read a hostile file is not trusted.
    """
    from retrieval.errors import UnreadableSource

    try:
        results = json.dumps({"results": parser(data, **facts)}, ensure_ascii=False)
        return results.encode("utf-8", "replace")  # no file can store half a character
    except UnreadableSource as error:
        return json.dumps({"refused": error.reason}).encode()
    except MemoryError:
        return _NO_MEMORY
    except RecursionError:
        return failed("depth")
    except Exception:  # a defect: parsers turn what their libraries raise into UnreadableSource
        return _defect()


def _forked(parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
    """The reply of a child process."""
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
        return failed("size")
    if -os.waitstatus_to_exitcode(status) in (signal.SIGALRM, signal.SIGXCPU):
        return failed("time")
    peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    # Libraries give up in ways of their own where memory ends.
    if peak_bytes > 0.9 * MEMORY_BYTES and (not reply or reply.startswith(b'{"defect"')):
        return _NO_MEMORY
    return reply or failed("crash")


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
    with contextlib.suppress(OSError):
        # What is mapped by now but not resident, such as unused parts of shared libraries, says
        # nothing of the document, so it is granted on top.
        mapped, resident = map(int, Path("/proc/self/statm").read_text().split()[:2])
        limits["AS"] = _ADDRESS_BYTES + (mapped - resident) * os.sysconf("SC_PAGE_SIZE")
    for name, most in limits.items():
        # A lower limit that somebody set stays.
        with contextlib.suppress(OSError, ValueError):
            # At the hard limit of time it would be killed, and the reason unknown.
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most + (name == "CPU")))


if __name__ == "__main__":
    # Importing `retrieval` itself would bring faiss and tantivy along, which no document needs.
    package = ModuleType("retrieval")
    package.__path__ = [str(Path(__file__).parents[2])]
    sys.modules["retrieval"] = package
    serve(Connection(0))

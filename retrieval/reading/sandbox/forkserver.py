"""The fork server: imports the parsers once and forks a child with limits for each call.

It runs as a script, `python forkserver.py`, and not by `multiprocessing`, which would pass on all
of the environment and run the main script of the program that uses the library a second time.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
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
_LONGEST_TRACEBACK = 20_000  # characters
# Made beforehand: there may be no memory left to make them with.
_NO_MEMORY = b'{"failed": "memory"}'
_TOO_DEEP = b'{"failed": "depth"}'


def send(pipe: int, *frames: bytes) -> None:
    """Write frames to a pipe, each after its length."""
    for frame in frames:
        _write(pipe, len(frame).to_bytes(8, "big"))
        _write(pipe, frame)


def _write(pipe: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def receive(pipe: int) -> bytes:
    """Read the next frame from a pipe. Raises EOFError where the other process has ended."""
    return _read(pipe, int.from_bytes(_read(pipe, 8), "big"))


def _read(pipe: int, size: int) -> bytes:
    blocks = []
    while size:
        blocks.append(os.read(pipe, min(size, 1 << 20)))
        size -= len(blocks[-1])
        if not blocks[-1]:
            raise EOFError("the other process has ended")
    return b"".join(blocks)


def serve(requests: int, replies: int) -> None:
    """Answer calls until the process that makes them ends."""
    ready: set[str] = set()
    data = b""
    while True:
        try:
            call, again, sent = (receive(requests) for _ in range(3))
        except EOFError:
            return
        data = data if again else sent
        try:
            parser, facts = pickle.loads(call)  # from our own process
            if parser.__module__ not in ready:
                getattr(sys.modules[parser.__module__], "preload", lambda: None)()
                ready.add(parser.__module__)
        except Exception:  # a parser that is not installed, or does not start
            send(replies, b"0", _failed("start", traceback.format_exc()))
            continue
        reply, peak_bytes = _forked(parser, data, facts)
        send(replies, b"%d" % peak_bytes, reply)


def _failed(how: str, detail: str = "") -> bytes:
    return json.dumps({"failed": how, "detail": detail}).encode()


def _reply(parser: Parser, data: bytes, facts: dict[str, Any]) -> bytes:
    """The results of a parser, or why there are none, in JSON.

    Never a pickle: a process that has read a hostile file is not trusted.
    """
    from retrieval.errors import UnreadableSource

    try:
        found = json.dumps({"results": parser(data, **facts)}, ensure_ascii=False)
        return found.encode("utf-8", "replace")  # no file can store half a character
    except UnreadableSource as error:
        return json.dumps({"refused": error.reason}).encode()
    except MemoryError:
        return _NO_MEMORY
    except RecursionError:
        return _TOO_DEEP
    except Exception:  # a defect: parsers turn what their libraries raise into UnreadableSource
        return json.dumps({"defect": traceback.format_exc()[-_LONGEST_TRACEBACK:]}).encode()


def _forked(parser: Parser, data: bytes, facts: dict[str, Any]) -> tuple[bytes, int]:
    """The reply of a child, and the most memory that it had in bytes."""
    gc.freeze()  # what a collection touches would be copied
    source, target = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _shut_in(target)
            _write(target, _reply(parser, data, facts))
        finally:
            os._exit(0)
    os.close(target)
    reply = bytearray()
    while (block := os.read(source, 1 << 16)) and len(reply) <= MOST_BYTES:
        reply += block
    os.close(source)
    os.kill(pid, signal.SIGKILL)  # the status of a child that has ended by now stays
    _, status, usage = os.wait4(pid, 0)
    peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if len(reply) > MOST_BYTES:
        return _failed("size"), peak_bytes
    if ended_by in (signal.SIGALRM, signal.SIGXCPU):
        return _failed("time"), peak_bytes
    crashed = not reply or ended_by not in (0, signal.SIGKILL)
    # Libraries give up in ways of their own where memory ends.
    if peak_bytes > 0.9 * MEMORY_BYTES and (crashed or reply.startswith(b'{"defect"')):
        return _failed("memory"), peak_bytes
    return _failed("crash", f"signal {ended_by}") if crashed else bytes(reply), peak_bytes


def _shut_in(kept: int) -> None:
    """Leave this process one pipe and its limits: both are for good."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, _OPEN_FILES)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 2 * SECONDS)
    import resource

    limits = {"CPU": SECONDS, "CORE": 0, "FSIZE": 0, "NOFILE": _OPEN_FILES, "AS": _address_space()}
    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS limits no address space
            # At the hard limit of time it would be killed, and the reason unknown.
            resource.setrlimit(kind, (most, most + (name == "CPU")))


def _address_space() -> int:
    """The address space at which resident memory can reach its limit.

    What is mapped by now but not resident, such as unused parts of shared libraries, is granted
    on top: it says nothing of the document.
    """
    try:
        mapped, resident = map(int, Path("/proc/self/statm").read_text().split()[:2])
    except OSError:
        return MEMORY_BYTES
    return _ADDRESS_BYTES + (mapped - resident) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    # Importing `retrieval` itself would bring faiss and tantivy along, which no document needs.
    package = ModuleType("retrieval")
    package.__path__ = [str(Path(__file__).parents[2])]
    sys.modules["retrieval"] = package
    replies = os.dup(1)
    os.dup2(2, 1)  # a parser that prints must not be taken for a reply
    serve(0, replies)

"""What tests/test_sandbox.py lets a child process do."""

import ctypes
import os
import resource
import time
from contextlib import suppress


def echo(data: bytes, **facts: object) -> list[object]:
    return [data.decode(), facts]


def surroundings(data: bytes, **facts: object) -> list[object]:
    numbers = [number for number in range(100) if os.path.islink(f"/proc/self/fd/{number}")]
    return [dict(os.environ), [os.readlink(f"/proc/self/fd/{number}") for number in numbers]]


def limits(data: bytes, *, kinds: list[str], **facts: object) -> list[int]:
    return [resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))[0] for kind in kinds]


def compute(data: bytes, **facts: object) -> None:
    while True:
        pass


def sleep(data: bytes, **facts: object) -> None:
    time.sleep(60)


def grow(data: bytes, **facts: object) -> None:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def grow_and_fail(data: bytes, **facts: object) -> None:
    try:
        grow(data)
    except MemoryError:
        raise OSError("cannot allocate memory") from None


def grow_and_measure(data: bytes, **facts: object) -> list[int]:
    """The most memory that a child comes to, in bytes."""
    with suppress(MemoryError):
        grow(data)
    return [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]


def recurse(data: bytes, **facts: object) -> object:
    return recurse(data)


def segfault(data: bytes, **facts: object) -> None:
    ctypes.string_at(0)


def leave(data: bytes, **facts: object) -> None:
    os._exit(0)


def fail(data: bytes, **facts: object) -> None:
    raise KeyError("trailer")


def flood(data: bytes, **facts: object) -> list[str]:
    return ["x" * 20_000_000]


def halves(data: bytes, **facts: object) -> list[str]:
    return ["half \ud800 of it"]


def rewrite_reply(data: bytes, **facts: object) -> None:
    """Answer with these bytes, as a document may that has taken the process over."""
    for number in range(3, 32):
        with suppress(OSError):
            os.write(number, data)
    os._exit(0)


spoilt: list[str] = []


def spoil(data: bytes, **facts: object) -> list[str]:
    """Change what a later call would use, as a document may that has taken a library over."""
    globals().pop("echo")
    spoilt.append("spoilt")
    return spoilt


def write(data: bytes, *, path: str, **facts: object) -> None:
    with open(path, "wb") as file:
        file.write(data)

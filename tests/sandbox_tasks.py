"""What tests/test_sandbox.py lets a child process do."""

import ctypes
import os
import resource
import time


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


def recurse(data: bytes, **facts: object) -> object:
    return recurse(data)


def segfault(data: bytes, **facts: object) -> None:
    ctypes.string_at(0)


def leave(data: bytes, **facts: object) -> None:
    os._exit(0)


def fail(data: bytes, **facts: object) -> None:
    raise KeyError("trailer")


def grow_and_fail(data: bytes, **facts: object) -> None:
    try:
        grow(data)
    except MemoryError:
        raise OSError("cannot allocate memory") from None


def flood(data: bytes, **facts: object) -> list[str]:
    return ["x" * 20_000_000]


def halves(data: bytes, **facts: object) -> list[str]:
    return ["half \ud800 of it"]


spoilt: list[str] = []


def spoil(data: bytes, **facts: object) -> list[str]:
    """Change what a later call would use, as a library that a document has taken over may."""
    globals().pop("echo")
    spoilt.append("spoilt")
    return spoilt


def write(data: bytes, *, path: str, **facts: object) -> None:
    with open(path, "wb") as file:
        file.write(data)

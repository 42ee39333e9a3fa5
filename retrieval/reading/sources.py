"""An opened file or standard input, with the name people know it by."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from retrieval.errors import UnreadableSource

LIMIT_BYTES = 10_000_000
PIPE_S = 2.0


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes on their way to becoming articles.

    `name` is what the person typed; `origin` the absolute path, None for standard input. `today`
    is the day of reading: later dates found in a text are not believed. `url` is the address of
    what came from the web.
    """

    name: str
    origin: str | None
    stream: BinaryIO
    today: date
    url: str | None = None


def whole(source: Source) -> bytes:
    """All bytes of a source that holds a single article; longer sources are refused unread."""
    return whole_file(source.stream, source.name)


def whole_file(stream: BinaryIO, name: str) -> bytes:
    """All bytes of a stream, if they are not too many for one source."""
    data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(
            name,
            f"this is larger than {in_megabytes(LIMIT_BYTES)}, too long for one article;"
            " split it, or put one article a line into a .jsonl file.",
        )
    if not data or data.isspace():
        raise UnreadableSource(name, "this is empty; nothing was read.")
    return data


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The bytes of a file, closed at the end; a file that will not open says why."""
    try:
        stream = open(file, "rb", opener=_descriptor)  # noqa: SIM115  closed by the `with` below
    except (OSError, ValueError) as error:
        raise UnreadableSource(file, why_unopened(error)) from error
    with stream:
        yield stream


def _descriptor(file: str, flags: int) -> int:
    """Open what has an end: no device, no socket, and no pipe that nobody writes to."""
    # To open a pipe waits for somebody who writes to it, unless told not to.
    number = os.open(file, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        mode = os.fstat(number).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            raise UnreadableSource(file, "this is a device, not a file; save its text as a file.")
        if stat.S_ISFIFO(mode) and not select.select([number], [], [], PIPE_S)[0]:
            raise UnreadableSource(file, "nothing comes out of this pipe; save its text as a file.")
        if hasattr(os, "set_blocking"):
            os.set_blocking(number, True)
    except BaseException:
        os.close(number)
        raise
    return number


def why_unopened(error: OSError | ValueError) -> str:
    """What keeps a file or folder shut, and what a person can do about it."""
    match error:
        case FileNotFoundError():
            return "there is no such file or folder; check the path."
        case PermissionError():
            return "this may not be read; give yourself permission to read it, then try again."
        case IsADirectoryError():
            return "this is a folder, not a file."
        case OSError():
            return (
                f"this could not be read ({error.strerror or error}); check the path and the disk."
            )
        case _:
            return "this is no path of a file; check its spelling."


def origin_of(file: str) -> str:
    """The absolute path as text that any store takes, even where its name is not UTF-8."""
    return os.fsencode(os.path.abspath(file)).decode("utf-8", "replace")


def in_megabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1_000_000:.3g} MB"

"""An opened file or standard input, with the name people know it by."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from typing import BinaryIO

from retrieval.errors import UnreadableSource

LIMIT_BYTES = 10_000_000
EMPTY = "this is empty; nothing was read."
NO_FILE = "this is a device or a pipe, not a file; pipe its text into `quotewise add -`."


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes on their way to becoming articles.

    `name` is what the person typed; `origin` the absolute path, None for standard input. `today`
    is the day of reading: later dates in a text are not believed. `url` is the address of what
    came from the web.
    """

    name: str
    origin: str | None
    stream: BinaryIO
    today: date
    url: str | None = None


def whole_file(stream: BinaryIO, name: str) -> bytes:
    """All bytes of a stream that holds a single article; longer ones are refused unread."""
    data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(
            name,
            f"this is larger than {in_megabytes(LIMIT_BYTES)}, too long for one article;"
            " split it, or put one article a line into a .jsonl file.",
        )
    if not data.strip():
        raise UnreadableSource(name, EMPTY)
    return data


@contextmanager
def opened(file: str) -> Iterator[BufferedReader]:
    """The bytes of a file; raises UnreadableSource if it will not open, or is no file."""
    try:
        # Opening a pipe would wait for somebody who writes to it.
        if stat.S_IFMT(os.stat(file).st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
            raise UnreadableSource(file, NO_FILE)
        stream = open(file, "rb")  # noqa: SIM115  closed by the `with` below
    except (OSError, ValueError) as error:
        raise UnreadableSource(file, why_unopened(error)) from error
    with stream:
        yield stream


def why_unopened(error: OSError | ValueError) -> str:
    """What keeps a file or folder shut, and what a person can do about it."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder; check the path."
    reason = getattr(error, "strerror", None) or error
    return f"this could not be read ({reason}); check the path and your permission to read it."


def origin_of(file: str) -> str:
    """The absolute path as text that any store takes, even where its name is not UTF-8."""
    return os.fsencode(os.path.abspath(file)).decode("utf-8", "replace")


def in_megabytes(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1_000_000:.3g} MB"

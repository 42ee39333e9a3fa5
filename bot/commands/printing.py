"""Standard input, output and error: streams prepared, text for people, JSON for programs."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

_FULL = "the disk is full"

OUTSIDE = frozenset(
    getattr(errno, name)
    for name in "EACCES EDQUOT EFBIG EIO EMFILE ENFILE ENOSPC EPERM EROFS ESTALE".split()
    if hasattr(errno, name)
)
"""What the system refuses although the program is right."""


def console() -> Console:
    """Standard output as it is, without colours for what looks like a number or a path."""
    from rich.console import Console

    return Console(highlight=False)


def print_json(fields: dict[str, Any]) -> None:
    """Print one JSON object on a line of its own, at once."""
    click.echo(json.dumps(fields, ensure_ascii=not holds_all_characters(sys.stdout)))


def prepare() -> None:
    """Let standard streams take every character, and stand in for those that are closed.

    ASCII is what Python takes where no locale is set: UTF-8 is meant. In other encodings, what
    cannot be written is escaped, and what cannot be read is replaced.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        # A file that cannot be written: a command that prints fails, and no other file gets the
        # number of standard output.
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if is_ascii else None, errors=errors)


def holds_all_characters(stream: TextIO) -> bool:
    """Whether a stream writes UTF-8, as every reader of JSON expects."""
    return codecs.lookup(stream.encoding).name == "utf-8"


def flushed(stream: TextIO | None) -> OSError | None:
    """Write what a stream holds back; what went wrong if that cannot be done."""
    if stream is None:
        return None
    try:
        stream.flush()
    except OSError as error:
        with suppress(OSError):  # else the interpreter tries it once more at its end, and complains
            stream.close()
        return error
    return None


def reason(error: OSError) -> str:
    """Why the system refused something."""
    return _FULL if error.errno == errno.ENOSPC else error.strerror or str(error)

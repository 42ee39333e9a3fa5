"""Standard streams that take every character, and the sentences for what goes wrong."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import tempfile
import traceback

REFUSALS = frozenset(
    getattr(errno, name)
    for name in "EACCES EDQUOT EFBIG EIO EMFILE ENFILE ENOSPC EPERM EROFS ESTALE".split()
    if hasattr(errno, name)
)
"""What the system refuses although the program is right."""

UNWRITTEN = "the output cannot be written"


def prepare_streams() -> None:
    """Let the standard streams take every character, and replace those that are closed.

    Python assumes ASCII where no locale is set: UTF-8 is used instead. In other encodings, what
    cannot be written is escaped, and what cannot be read is replaced.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        # A file that cannot be written, so that a command that prints fails.
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            errors = "replace" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding="utf-8" if is_ascii else None, errors=errors)


def flush_output() -> None:
    """Write what standard output holds back. Raises QuotewiseError if that fails."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from retrieval import QuotewiseError

        raise QuotewiseError(f"{UNWRITTEN}: {_reason(error)}.") from error


def error_message(error: Exception) -> str:
    """Return the sentence for an error; the traceback of a defect is written to a file."""
    from bot.telegram.redaction import cleaned
    from retrieval import QuotewiseError

    if isinstance(error, QuotewiseError):
        return cleaned(str(error))
    if isinstance(error, OSError) and error.errno in REFUSALS:
        # Output that is not buffered has no name.
        what = f"{error.filename} cannot be used" if error.filename else UNWRITTEN
        return f"{what}: {_reason(error)}."
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="quotewise-", suffix=".log", delete=False
    ) as file:
        file.write(cleaned("".join(traceback.format_exception(error))))
    summary = cleaned(f"{type(error).__name__}: {error}")
    return (
        f"something is wrong with Quotewise itself ({summary}). Nothing you added is lost. Please "
        f"report it with {file.name}."
    )


def _reason(error: OSError) -> str:
    return "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)

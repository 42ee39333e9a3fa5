"""The command line: `quotewise COMMAND`."""

from __future__ import annotations

import codecs
import errno
import io
import logging
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import TextIO

import click

from bot.commands import articles, maintenance, questions
from bot.commands.questions import SAMPLES
from bot.settings import settings_options

__all__ = ["SAMPLES", "main", "quotewise"]

REFUSALS = frozenset(
    getattr(errno, name)
    for name in "EACCES EDQUOT EFBIG EIO EMFILE ENFILE ENOSPC EPERM EROFS ESTALE".split()
    if hasattr(errno, name)
)
"""What the system refuses although the program is right."""


def main() -> None:
    """Run the command line; an error ends it with one sentence and a status of 1."""
    prepare_streams()
    logging.basicConfig(level=logging.WARNING, format="quotewise: %(message)s")
    raised: Exception | None = None
    status = 1
    try:
        status = quotewise(obj={}, standalone_mode=False) or 0
    except click.ClickException as error:
        status = error.exit_code
        with suppress(OSError):
            error.show()
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except Exception as error:
        raised = error
    unwritten = _flush(sys.stdout)
    if unwritten is not None:
        status = 1
    if unwritten is not None and (raised is None or isinstance(raised, OSError)):
        if not isinstance(unwritten, BrokenPipeError):  # else the reader of the output has left
            _print_error(_unwritten(unwritten))
    elif raised is not None:
        _print_error(_message(raised))
    _flush(sys.stderr)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="quotewise")
@settings_options
def quotewise() -> None:
    """Asks your articles, and answers in their own words, with the source."""


for module in (articles, questions, maintenance):
    for command in module.COMMANDS:
        quotewise.add_command(command)


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


def _flush(stream: TextIO | None) -> OSError | None:
    """Write what a stream holds back, and return the error if that fails."""
    if stream is None:
        return None
    try:
        stream.flush()
    except OSError as error:
        with suppress(OSError):  # else the interpreter tries again when it ends, and complains
            stream.close()
        return error
    return None


def _print_error(sentence: str) -> None:
    with suppress(OSError):
        click.echo(f"quotewise: {sentence}", err=True)


def _message(error: Exception) -> str:
    """Return the sentence for an error; the traceback of a defect is written to a file."""
    from bot.telegram.redaction import cleaned
    from retrieval import QuotewiseError

    if isinstance(error, QuotewiseError):
        return cleaned(str(error))
    if isinstance(error, OSError) and error.errno in REFUSALS:
        if error.filename is None:  # as when output that is not buffered cannot be written
            return _unwritten(error)
        return f"{error.filename} cannot be used: {_reason(error)}."
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="quotewise-", suffix=".log", delete=False
    ) as file:
        file.write(cleaned("".join(traceback.format_exception(error))))
    summary = cleaned(f"{type(error).__name__}: {error}")
    return (
        f"something is wrong with Quotewise itself ({summary}). Nothing you added is lost. Please "
        f"report it with {file.name}."
    )


def _unwritten(error: OSError) -> str:
    return f"the output cannot be written: {_reason(error)}."


def _reason(error: OSError) -> str:
    return "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)

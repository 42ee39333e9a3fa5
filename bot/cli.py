"""The command line: `quotewise COMMAND`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from bot.commands import (
    articles,
    asking,
    evaluating,
    feeds,
    printing,
    upkeep,
)
from bot.commands.asking import SAMPLES
from bot.commands.options import settings_options

__all__ = ["SAMPLES", "main", "quotewise"]


def main() -> None:
    """Run the command line; whatever goes wrong ends in one sentence and a status of 1."""
    printing.prepare()
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
    unwritten = printing.flushed(sys.stdout)
    if unwritten is not None:
        status = 1
    if unwritten is not None and (raised is None or isinstance(raised, OSError)):
        if not isinstance(unwritten, BrokenPipeError):  # else the reader has gone away
            _print_error(_unwritten(unwritten))
    elif raised is not None:
        _print_error(_sentence(raised))
    printing.flushed(sys.stderr)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="quotewise")
@settings_options
def quotewise() -> None:
    """Asks your articles, and answers in their own words, with the source."""


for command in (
    articles.add,
    articles.articles,
    articles.show,
    articles.remove,
    asking.ask,
    asking.chat,
    upkeep.proof,
    feeds.feed,
    articles.watch,
    upkeep.verify,
    upkeep.rebuild,
    evaluating.evaluate,
    asking.telegram,
):
    quotewise.add_command(command)


def _print_error(sentence: str) -> None:
    with suppress(OSError):
        click.echo(f"quotewise: {sentence}", err=True)


def _sentence(error: Exception) -> str:
    """What a person is told of an error; a defect is written to a file as well."""
    from bot.telegram.redaction import cleaned
    from retrieval import QuotewiseError

    if isinstance(error, QuotewiseError):
        return cleaned(str(error))
    if isinstance(error, OSError) and error.errno in printing.OUTSIDE:
        if error.filename is None:  # as when output that is not buffered cannot be written
            return _unwritten(error)
        return f"{error.filename} cannot be used: {printing.reason(error)}."
    return _written_down(error, cleaned)


def _unwritten(error: OSError) -> str:
    return f"the output cannot be written: {printing.reason(error)}."


def _written_down(error: Exception, cleaned: Callable[[str], str]) -> str:
    """Write a defect's traceback to a file, without secrets, and say so."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="quotewise-", suffix=".log", delete=False
    ) as file:
        file.write(cleaned("".join(traceback.format_exception(error))))
    said = cleaned(f"{type(error).__name__}: {error}")
    return (
        f"something is wrong with Quotewise itself ({said}). Nothing you added is lost. Please "
        f"report it with {file.name}."
    )

"""The command line: `quotewise COMMAND`."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable

import click

from bot.commands import (
    articles,
    asking,
    calibrating,
    evaluating,
    feeds,
    proving,
    serving,
    upkeep,
    watching,
)
from bot.commands.asking import SAMPLES
from bot.commands.options import settings_options

__all__ = ["SAMPLES", "main", "quotewise"]


def main() -> None:
    """Run the command line; whatever goes wrong ends in one sentence and a status of 1."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # a stray byte must not end a list of questions
    logging.basicConfig(level=logging.WARNING, format="quotewise: %(message)s")
    try:
        sys.exit(quotewise(obj={}, standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        from bot.telegram.secrecy import cleaned
        from retrieval import QuotewiseError

        told = isinstance(error, QuotewiseError)
        _fail(cleaned(str(error)) if told else _written_down(error, cleaned))


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
    proving.proof,
    feeds.feed,
    watching.watch,
    upkeep.verify,
    upkeep.rebuild,
    evaluating.evaluate,
    calibrating.calibrate,
    serving.telegram,
):
    quotewise.add_command(command)


def _fail(reason: str) -> None:
    click.echo(f"quotewise: {reason}", err=True)
    sys.exit(1)


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

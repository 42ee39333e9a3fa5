"""The commands that answer: `ask` and `chat`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO, Unpack

import click

from bot.commands.limiting import LimitsFlags, limits_of_flags, limits_options
from bot.commands.options import settings_of, settings_options, tell_of_change

SAMPLES = Path(__file__).parent.parent / "samples" / "articles.jsonl"


@click.command()
@click.argument("question", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
@click.option(
    "--limit",
    type=click.IntRange(1, 20),
    help="Quotes; without it, of the best three those that are likely to answer.",
)
@click.option(
    "--export",
    type=click.File("w", encoding="utf-8"),
    help="A file for the answer and its articles, which `proof` checks anywhere.",
)
@limits_options
@settings_options
@click.pass_context
def ask(
    context: click.Context,
    question: tuple[str, ...],
    as_json: bool,
    limit: int | None,
    export: TextIO | None,
    **flags: Unpack[LimitsFlags],
) -> None:
    """Answer QUESTION, or one question a line from standard input.

    Succeeds if all could be asked, whether or not they are answered: --json has the `status`.
    """
    from bot.asking import ask_lines, ask_one

    settings = settings_of(context)
    with settings.opened() as library:
        limits = limits_of_flags(library, settings.library, **flags)
        library.warm_up()
        tell_of_change(library)
        if question:
            # An argument in another encoding holds halves of characters, which no model reads.
            readable = " ".join(question).encode(errors="replace").decode()
            ask_one(
                library, settings, readable, limit, as_json=as_json, limits=limits, export=export
            )
            return
        failed = ask_lines(
            library, settings, sys.stdin, limit, as_json=as_json, limits=limits, export=export
        )
    context.exit(1 if failed else 0)


@click.command()
@click.option("--samples", is_flag=True, help="Begin with sample articles if there are none yet.")
@limits_options
@settings_options
@click.pass_context
def chat(context: click.Context, samples: bool, **flags: Unpack[LimitsFlags]) -> None:
    """Ask and answer in the terminal; without one, answer each line of standard input."""
    from bot.console import talk
    from bot.reporting import add_and_report, start_model

    settings = settings_of(context)
    with settings.opened() as library:
        start_model(library)
        if samples and next(library.articles(library=settings.library), None) is None:
            click.echo("Reading the sample articles …", err=True)
            add_and_report(library, [str(SAMPLES)], settings.library, quiet=True)
        limits = limits_of_flags(library, settings.library, **flags)
        talk(library, settings, limits)

"""The commands that answer: `ask`, `chat` and `telegram`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO, Unpack

import click

from bot.commands.filters import FilterFlags, filter_options, filters_of_flags
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
@filter_options
@settings_options
@click.pass_context
def ask(
    context: click.Context,
    question: tuple[str, ...],
    as_json: bool,
    limit: int | None,
    export: TextIO | None,
    **flags: Unpack[FilterFlags],
) -> None:
    """Answer QUESTION, or one question a line from standard input.

    With --json each question gives one object. Its `status` is `answer`, `probable` or `none`;
    `answered` is true for the first only; `confidence` is the probability that the first quote
    answers. A quote's `start` and `end` are places in the article's text, whose SHA-256 stands
    beside them, and its `answer` gives the words that answer: {text, start, end}.

    A question may filter the articles by its words: "according to X and Y", "in an article by Z",
    "last week", "in March 2023", "since the summit on 12 June", "as of 3 May 2021". Articles
    without a date are left out then, and counted. The day of an event filters nothing: "the 1904
    flood". With --since, --until, --source or --article the question's own words filter nothing.

    Succeeds if all questions could be asked, whether or not they are answered.
    """
    from bot.asking import ask_lines, print_answer

    settings = settings_of(context)
    with settings.opened() as library:
        filters = filters_of_flags(library, settings.library, **flags)
        library.warm_up()
        tell_of_change(library)
        if question:
            # An argument in another encoding holds halves of characters, which no model reads.
            readable = " ".join(question).encode(errors="replace").decode()
            print_answer(
                library, settings, readable, limit, as_json=as_json, filters=filters, export=export
            )
            return
        failed = ask_lines(
            library, settings, sys.stdin, limit, as_json=as_json, filters=filters, export=export
        )
    context.exit(1 if failed else 0)


@click.command()
@click.option("--samples", is_flag=True, help="Begin with sample articles if there are none yet.")
@filter_options
@settings_options
@click.pass_context
def chat(context: click.Context, samples: bool, **flags: Unpack[FilterFlags]) -> None:
    """Ask and answer in the terminal; without one, answer each line of standard input.

    A question may build on those before it: "where did he live?", "and in Peru?", "why?". Type
    /help for what else can be typed.
    """
    from bot.console import talk
    from bot.reporting import add_and_report, start_model

    settings = settings_of(context)
    with settings.opened() as library:
        start_model(library)
        if samples and next(library.articles(library=settings.library), None) is None:
            click.echo("Reading the sample articles …", err=True)
            add_and_report(library, [str(SAMPLES)], settings.library, quiet=True)
        filters = filters_of_flags(library, settings.library, **flags)
        talk(library, settings, filters)


@click.command()
@click.option("--token", help="The bot's token; safer in the environment or in .env.")
@click.option("--admins", help="User ids of the administrators, separated by commas.")
@click.option("--api-url", help="A Bot API server; else Telegram's own.")
@click.option("--webhook-url", help="Receive updates at this address instead of fetching them.")
@click.option("--webhook-host", help="The local host behind that address: 127.0.0.1.")
@click.option("--webhook-port", help="The local port behind that address.")
@click.option("--webhook-secret", help="The secret that Telegram sends along.")
@click.option("--health-host", help="The local host for /health and /metrics: 127.0.0.1.")
@click.option("--health-port", help="Serve /health and /metrics on this local port.")
@click.option("--log-level", help="How much is logged: DEBUG, INFO, WARNING or ERROR.")
@settings_options
@click.pass_context
def telegram(context: click.Context, /, **flags: str | None) -> None:
    """Run the Telegram bot. Each option has a variable, as in QUOTEWISE_TELEGRAM_API_URL.

    bot/OPERATIONS.md tells how to run it for others.
    """
    from bot.telegram.app import run
    from bot.telegram.settings import TelegramSettings

    settings = settings_of(context)
    run(settings, TelegramSettings.of(flags))

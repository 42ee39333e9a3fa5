"""The commands that answer: `ask`, `chat` and `telegram`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from bot.settings import QUOTES_SHOWN, settings_of, settings_options

if TYPE_CHECKING:
    from retrieval import Filters, Library

Command = TypeVar("Command", bound=Callable[..., Any])

SAMPLES = Path(__file__).parent.parent / "samples" / "articles.jsonl"


def filter_options(command: Command) -> Command:
    """Add the flags for filters, which replace those that a question sets by its own words."""
    since = "Only articles published since this day: 2023-03-01, March 2023, last week."
    for option in (
        click.option("--all", "everything", is_flag=True, help="All articles, whatever is asked."),
        click.option("--article", multiple=True, metavar="ID", help="Only this article."),
        click.option("--source", multiple=True, metavar="NAME", help="Only this publisher."),
        click.option("--until", metavar="DAY", help="Only articles published until this day."),
        click.option("--since", metavar="DAY", help=since),
    ):
        command = option(command)
    return command


def filters_of(library: Library, name: str, flags: dict[str, Any]) -> Filters | None:
    """Return the filters that flags set; None if there are none, so that questions set their own.

    Raises QuotewiseError if a day cannot be read, if there is no such publisher or article, or if
    they contradict each other.
    """
    from retrieval import Filters, QuotewiseError, filters_given

    filters = filters_given(
        datetime.now().astimezone(),
        since=flags["since"],
        until=flags["until"],
        sources=flags["source"],
        articles=flags["article"],
    )
    if filters == Filters():
        return filters if flags["everything"] else None
    if flags["everything"]:
        raise QuotewiseError("--all means all articles: leave it out, or the other limits.")
    return library.checked(filters, scope=[name])


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
    /,
    question: tuple[str, ...],
    as_json: bool,
    limit: int | None,
    export: TextIO | None,
    **flags: Any,
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
    from rich.text import Text

    from bot import rendering
    from bot.reporting import print_json, print_text, warn_of_other_model
    from retrieval import QuotewiseError

    settings = settings_of(context)
    with settings.opened() as library:
        filters = filters_of(library, settings.library, flags)
        library.warm_up()
        warn_of_other_model(library)
        failed = False
        # An argument in another encoding has half characters, which no model reads.
        argument = " ".join(question).encode(errors="replace").decode()
        for line in [argument] if question else filter(str.strip, sys.stdin):
            if not question and not as_json:
                print_text(Text(f"› {rendering.plain(' '.join(line.split()))}", style="bold"))
            try:
                answer = library.answer(
                    line,
                    scope=[settings.library],
                    limit=limit or QUOTES_SHOWN,
                    filters=filters,
                    risk=settings.risk,
                )
            except QuotewiseError as error:
                if question:
                    raise
                failed = True
                if as_json:
                    print_json({"question": line.strip(), "error": str(error)})
                else:
                    click.echo(f"quotewise: {error}", err=True)
                continue
            if export is not None:
                exported = json.dumps(rendering.export_fields(answer), ensure_ascii=False)
                print(exported, file=export)
            if as_json:
                print_json(rendering.answer_fields(answer))
            elif not answer.shown and answer.inside is None:
                click.echo(rendering.NO_ARTICLES)
            else:  # without a limit, those of the best quotes that are likely to answer
                print_text(rendering.answer_text(answer, None if limit else QUOTES_SHOWN), end="")
    context.exit(1 if failed else 0)


@click.command()
@click.option("--samples", is_flag=True, help="Begin with sample articles if there are none yet.")
@filter_options
@settings_options
@click.pass_context
def chat(context: click.Context, /, samples: bool, **flags: Any) -> None:
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
        talk(library, settings, filters_of(library, settings.library, flags))


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


COMMANDS = (ask, chat, telegram)

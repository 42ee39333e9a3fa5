"""The command line: `quotewise COMMAND`."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.settings import DEFAULT_MODEL, Settings, default_home

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval import Library

# What takes time to import is imported by the command that needs it, so that --help is instant.

Command = TypeVar("Command", bound=Callable[..., Any])

SAMPLES = Path(__file__).with_name("samples") / "articles.jsonl"


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


def settings_options(command: Command) -> Command:
    """The settings, which may stand before the command or after it."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            context.find_root().obj[parameter.name] = value

    for name, kind, told in (
        ("home", click.Path(file_okay=False, path_type=Path), "The folder that holds all data."),
        ("model", str, "The sentence-transformers model that reads, by name or folder."),
        ("library", str, "The library that is meant; the first is called main."),
        ("allow_hosts", str, "Private hosts whose links may be read, separated by commas."),
    ):
        told = f"{told} Else: QUOTEWISE_{name.upper()}."
        option = click.option(
            f"--{name.replace('_', '-')}", type=kind, help=told, callback=keep, expose_value=False
        )
        command = option(command)
    return command


def _settings(context: click.Context) -> Settings:
    """What was set by flags, else by the environment, else what holds by default."""
    chosen = context.find_root().obj
    environment = {
        name: os.environ.get(f"QUOTEWISE_{name.upper()}")
        for name in ("home", "model", "library", "allow_hosts")
    }
    set_to = {**{name: value for name, value in environment.items() if value}, **chosen}
    return Settings(
        Path(set_to.get("home") or default_home()).expanduser(),
        set_to.get("model") or DEFAULT_MODEL,
        set_to.get("library") or "main",
        tuple(filter(None, map(str.strip, set_to.get("allow_hosts", "").split(",")))),
    )


def _opened(settings: Settings) -> Library:
    from retrieval import Library

    return Library.open(
        settings.home,
        model=settings.model,
        copies=settings.model_copies,
        allow_hosts=settings.allow_hosts,
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="quotewise")
@settings_options
def quotewise() -> None:
    """Asks your articles, and answers in their own words, with the source."""


@quotewise.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--quiet", is_flag=True, help="Print failures and the total only.")
@settings_options
@click.pass_context
def add(context: click.Context, sources: tuple[str, ...], quiet: bool) -> None:
    """Add articles: links, text, Markdown, HTML and .jsonl files, folders of them, - for input."""
    from bot.reporting import add_and_report

    settings = _settings(context)
    with _opened(settings) as library:
        failed = add_and_report(library, sources, settings.library, quiet=quiet)
    context.exit(1 if failed else 0)


@quotewise.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
@click.option("--limit", type=click.IntRange(1, 20), default=3, show_default=True, help="Quotes.")
@settings_options
@click.pass_context
def ask(context: click.Context, question: str | None, as_json: bool, limit: int) -> None:
    """Answer QUESTION, or one question a line from standard input."""
    from bot.asking import ask_lines, ask_one

    settings = _settings(context)
    with _opened(settings) as library:
        library.warm_up()
        if question is not None:
            # An argument in another encoding holds halves of characters, which no model reads.
            readable = question.encode(errors="replace").decode()
            ask_one(library, settings.library, readable, limit, as_json=as_json)
            return
        failed = ask_lines(library, settings.library, sys.stdin, limit, as_json=as_json)
    context.exit(1 if failed else 0)


@quotewise.command()
@click.option("--samples", is_flag=True, help="Begin with sample articles if there are none yet.")
@settings_options
@click.pass_context
def chat(context: click.Context, samples: bool) -> None:
    """Ask and answer in the terminal; without one, answer each line of standard input."""
    from bot.console import talk
    from bot.reporting import add_and_report

    settings = _settings(context)
    with _opened(settings) as library:
        if samples and next(library.articles(library=settings.library), None) is None:
            click.echo("Reading the sample articles …", err=True)
            add_and_report(library, [str(SAMPLES)], settings.library, quiet=True)
        library.warm_up()
        talk(library, settings)


@quotewise.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an article.")
@settings_options
@click.pass_context
def articles(context: click.Context, as_json: bool) -> None:
    """List the articles, in the order in which they were added."""
    from bot import rendering

    settings = _settings(context)
    with _opened(settings) as library:
        empty = True
        for kept in library.articles(library=settings.library):
            empty = False
            if as_json:
                _print_json(rendering.article_fields(kept))
            else:
                _console().print(rendering.article_line(kept), soft_wrap=True)
    if empty and not as_json:
        click.echo(rendering.NO_ARTICLES)


@quotewise.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--version", "number", type=click.IntRange(1), help="An earlier version, from 1.")
@settings_options
@click.pass_context
def show(context: click.Context, id: str, as_json: bool, number: int | None) -> None:
    """Print the article with this ID, its paragraphs numbered, or what it said before."""
    from bot import rendering
    from retrieval.history import as_kept, numbered

    settings = _settings(context)
    with _opened(settings) as library:
        kept = library.article(id, library=settings.library)
        earlier = library.versions(id, library=settings.library)
    replaced = None
    if number is not None:
        version = numbered(earlier, number)
        kept, earlier, replaced = as_kept(settings.library, version), [], version.replaced
    if as_json:
        _print_json(rendering.article_fields(kept, with_text=True, versions=earlier))
    else:
        _console().print(rendering.article_text(kept, earlier, replaced), soft_wrap=True)


@quotewise.command()
@click.argument("id")
@settings_options
@click.pass_context
def remove(context: click.Context, id: str) -> None:
    """Remove the article with this ID."""
    settings = _settings(context)
    with _opened(settings) as library:
        kept = library.remove(id, library=settings.library)
    click.echo(f"removed  {kept.article.title} [{kept.article.id}]")


@quotewise.command()
@settings_options
@click.pass_context
def verify(context: click.Context) -> None:
    """Check offsets, hashes and indexes against the catalog, and say what is wrong."""
    with _opened(_settings(context)) as library:
        faults = library.verify()
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults found." if faults else "Everything is as it should be.")
    context.exit(1 if faults else 0)


@quotewise.command()
@settings_options
@click.pass_context
def rebuild(context: click.Context) -> None:
    """Make the indexes again; and the vectors, if another model is set."""
    with _opened(_settings(context)) as library:
        library.rebuild()
    click.echo("The indexes have been made again.")


@quotewise.command()
@click.option("--token", help="The bot's token; safer in the environment or in .env.")
@click.option("--admins", help="User ids of the administrators, separated by commas.")
@click.option("--api-url", help="A Bot API server; else Telegram's own.")
@click.option("--webhook-url", help="Receive updates at this address instead of fetching them.")
@click.option("--webhook-port", help="The local port behind that address.")
@click.option("--webhook-secret", help="The secret that Telegram sends along.")
@click.option("--health-port", help="Serve /health and /metrics on this local port.")
@click.option("--log-level", help="How much is logged: DEBUG, INFO, WARNING or ERROR.")
@settings_options
@click.pass_context
def telegram(context: click.Context, /, **flags: str | None) -> None:
    """Run the Telegram bot. Each option has a variable, as in QUOTEWISE_TELEGRAM_API_URL."""
    from bot.telegram.application import run
    from bot.telegram.settings import TelegramSettings, values_given

    settings = _settings(context)
    run(settings, TelegramSettings.of(values_given(flags)))


@quotewise.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as a JSON object.")
@settings_options
@click.pass_context
def evaluate(context: click.Context, folder: Path, as_json: bool) -> None:
    """Measure how well DIR/questions.jsonl are answered from DIR/articles.jsonl."""
    from bot import rendering
    from bot.reporting import progress
    from retrieval.evaluation import Evaluation, figures

    settings = _settings(context)
    with Evaluation(folder, model=settings.model, copies=settings.model_copies) as evaluation:
        with progress() as bar:
            task = bar.add_task("reading", total=None)
            reading = evaluation.read()
            bar.update(task, description="asking", total=len(evaluation.questions))
            asked = []
            for one in evaluation.ask():
                asked.append(one)
                bar.advance(task)
        found = figures(reading, asked)
    if as_json:
        _print_json({"set": folder.name, **asdict(found)})
    else:
        _console().print(rendering.figures_table(folder.name, found))


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)


def _print_json(fields: dict[str, Any]) -> None:
    click.echo(json.dumps(fields, ensure_ascii=False))


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


# At the end, because these commands are made with what stands above.
from bot.feeds_cli import feed, watch  # noqa: E402

quotewise.add_command(feed)
quotewise.add_command(watch)

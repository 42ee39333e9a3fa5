"""The command line: `quotewise COMMAND`.

A command imports what takes time to load when it runs, so that --help is instant.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click
from click.shell_completion import shell_complete

from bot import completion
from bot.decorators import opened, with_library, with_settings
from bot.help import CommandLine
from bot.settings import QUOTES_SHOWN, Settings, settings_options
from bot.streams import error_message, flush_output, prepare_streams

if TYPE_CHECKING:
    from retrieval import Library, QuotewiseError, Status

SAMPLES = Path(__file__).parent / "samples" / "articles.jsonl"
SCHEMAS = ("ask", "export", "articles", "show", "feed", "proof", "evaluate")


def main() -> None:
    """Run the command line; an error ends it with one sentence and a status of 1."""
    prepare_streams()
    logging.basicConfig(level=logging.WARNING, format="quotewise: %(message)s")
    status = 1
    try:
        try:
            status = int(quotewise(obj={}, standalone_mode=False) or 0)
        finally:
            flush_output()
    except click.ClickException as error:
        status = error.exit_code
        with suppress(OSError):
            error.show()
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:  # the reader of the output has left
        status = 1
    except Exception as error:
        status = 1
        with suppress(OSError):
            click.echo(f"quotewise: {error_message(error)}", err=True)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # else the interpreter tries again when it ends, and complains
            stream.close()
    sys.exit(status)


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="quotewise")
@settings_options
def quotewise() -> None:
    """Asks your articles, and answers in their own words, with the source."""


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
quiet_option = click.option("--quiet", is_flag=True, help="Print failures and notes only.")
links_option = click.option(
    "--links", is_flag=True, help="Print the address of each quote in a terminal, too."
)


# -- articles


@quotewise.command()
@click.argument(
    "sources", nargs=-1, required=True, metavar="SOURCE...", shell_complete=completion.files
)
@quiet_option
@click.option("--verbose", is_flag=True, help="Print a line for each article, however many.")
@with_library(to_write=True, model=True)
def add(
    library: Library, settings: Settings, sources: tuple[str, ...], quiet: bool, verbose: bool
) -> bool:
    """Add articles: links, files, folders, or - for standard input.

    Files are web pages, text, Markdown, PDF, DOCX, ODT, EPUB, e-mail (.eml), saved pages (.mhtml),
    ZIP archives of these, and .jsonl with an article a line: {"id", "title", "text", "url",
    "source", "author", "published"}, of which only "text" is needed.

    An article with the same id or link, or from the same file, replaces the earlier version. What
    is not an article is refused with the reason. Ctrl-C keeps what was added until then.
    """
    from bot.reporting import add_and_report, warn_of_other_model

    warn_of_other_model(library)
    return add_and_report(library, sources, settings.library, quiet=quiet, verbose=verbose)


@quotewise.command()
@click.argument("word", default="")
@json_option
@with_library()
def articles(library: Library, settings: Settings, word: str, as_json: bool) -> None:
    """List the articles, in the order in which they were added.

    With WORD, only those that have it in their title, publisher, author or id.
    """
    from bot.rendering.text import names
    from bot.reporting import print_articles, print_each

    if as_json:
        from bot.rendering.fields import article_fields

        every = library.articles(library=settings.library)
        print_each((stored for stored in every if names(stored.article, word)), article_fields)
    else:
        print_articles(library, settings.library, word)


@quotewise.command()
@click.argument("id", shell_complete=completion.ids)
@json_option
@click.option("--version", "number", type=click.IntRange(1), metavar="N", help="Version N, from 1.")
@with_library()
def show(library: Library, settings: Settings, id: str, as_json: bool, number: int | None) -> None:
    """Print an article, with its paragraphs numbered, or an earlier version of it.

    The beginning of an ID is enough, if no other begins so.
    """
    from bot.rendering import terminal
    from bot.reporting import print_json, print_text

    if number is None:
        article, replaced = library.article(id, library=settings.library), None
        versions = library.versions(id, library=settings.library)
    else:
        article, replaced = library.version(id, number, library=settings.library)
        versions = []
    if as_json:
        from bot.rendering.fields import article_fields

        print_json(article_fields(article, with_text=True, versions=versions))
    else:
        print_text(terminal.article_text(article, versions, replaced))


@quotewise.command()
@click.argument("id", shell_complete=completion.ids)
@with_library(to_write=True)
def remove(library: Library, settings: Settings, id: str) -> None:
    """Remove an article.

    The beginning of an ID is enough, if no other begins so.
    """
    removed = library.remove(id, library=settings.library)
    click.echo(f"removed  {removed.article.title} [{removed.article.id}]")


@quotewise.command()
@click.argument("folder", shell_complete=completion.folders)
@click.option("--once", is_flag=True, help="Sync once, and end.")
@quiet_option
@with_library(to_write=True, model=True)
def watch(library: Library, settings: Settings, folder: str, once: bool, quiet: bool) -> bool:
    """Sync the library with a folder: add and update its articles, remove what is gone.

    A folder that is empty or missing removes nothing. Ctrl-C ends the command.
    """
    from bot.rendering.text import plain, total_line
    from bot.reporting import report, report_left_out

    stop = _stop_on_signals()
    if not once:
        click.echo(f"Watching {plain(folder)}: Ctrl-C ends it.", err=True)
    if not quiet:
        report_left_out(library, [folder])
    counted: Counter[Status] = Counter()
    outcomes = library.in_step(folder, library=settings.library, once=once, stop=stop)
    report(outcomes, counted, quiet=quiet)
    if once:
        click.echo(total_line(counted) or "Everything is in step.")
    return once and "failed" in counted


def _stop_on_signals() -> Event:
    """Return an event that Ctrl-C or SIGTERM sets; a second signal ends the process at once."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop


# -- feeds


@quotewise.group()
def feed() -> None:
    """Follow feeds: RSS, Atom, JSON Feed and news sitemaps.

    The running bot reads what is new in them, and so does `quotewise feed poll`.
    """


@feed.command("add")
@click.argument("sources", nargs=-1, required=True, metavar="LINK_OR_OPML...")
@with_library(to_write=True)
def add_feed(library: Library, settings: Settings, sources: tuple[str, ...]) -> bool:
    """Follow the feed at a link, the feed of a site, or all feeds of an OPML file."""
    from bot.rendering.terminal import feed_name
    from bot.rendering.text import plain
    from retrieval import QuotewiseError

    refused: list[QuotewiseError] = []
    new = 0

    def refuse(error: QuotewiseError) -> None:
        refused.append(error)
        click.echo(f"failed  {plain(str(error))}")

    for source in sources:
        before = {feed.url for feed in library.feeds(library=settings.library)}
        try:
            added = library.add_feed(source, library=settings.library, refused=refuse)
        except QuotewiseError as error:
            refuse(error)
            continue
        for feed in added:
            is_new = feed.url not in before
            click.echo(f"{'added' if is_new else 'unchanged'}  {feed_name(feed)}")
            new += is_new
    if new:
        click.echo("`quotewise feed poll` reads what is in them; the running bot does so, too.")
    return bool(refused)


@feed.command("list")
@json_option
@click.option("--opml", "as_opml", is_flag=True, help="Print OPML, for other feed readers.")
@with_library()
def list_feeds(library: Library, settings: Settings, as_json: bool, as_opml: bool) -> None:
    """List the feeds, what was read of each, and any trouble with it."""
    from bot.rendering import terminal
    from bot.reporting import print_each
    from retrieval import opml

    followed = library.feeds(library=settings.library)
    if as_opml:
        click.echo(opml(followed), nl=False)  # UTF-8, as its XML declaration says
    elif as_json:
        from bot.rendering.fields import feed_fields

        print_each(followed, feed_fields)
    else:
        print_each(followed, terminal.feed_line, terminal.NO_FEEDS)


@feed.command("remove")
@click.argument("url")
@with_library(to_write=True)
def remove_feed(library: Library, settings: Settings, url: str) -> None:
    """Stop following a feed; its articles stay."""
    from bot.rendering.terminal import feed_name

    gone = library.remove_feed(url, library=settings.library)
    click.echo(f"removed  {feed_name(gone)} (its articles are kept)")


@feed.command()
@click.option("--all-now", is_flag=True, help="Poll all feeds, not only those that are due.")
@click.option("--quiet", is_flag=True, help="Print failures, notes and the total only.")
@with_library(to_write=True, model=True)
def poll(library: Library, settings: Settings, all_now: bool, quiet: bool) -> bool:
    """Add what is new in the feeds that are due."""
    from bot.rendering.terminal import NO_FEEDS
    from bot.rendering.text import total_line
    from bot.reporting import report

    now = datetime.now(UTC)
    counted: Counter[Status] = Counter()
    report(library.poll(now, library=settings.library, all_now=all_now), counted, quiet=quiet)
    next_poll = library.next_poll(library=settings.library)
    line = total_line(counted) or ("Nothing is new." if next_poll else NO_FEEDS)
    if next_poll and next_poll <= now:
        line += " More waits to be read: `quotewise feed poll` goes on with it."
    elif next_poll and not quiet:
        line += f" (next poll {next_poll:%Y-%m-%d %H:%M} UTC)"
    click.echo(line)
    return "failed" in counted


# -- questions


def filter_options(command: Any) -> Any:
    """Add the flags for filters, which replace those that a question sets by its own words."""
    since = "Only articles published since DAY: 2023-03-01, March 2023, last week."
    for option in (
        click.option("--all", "everything", is_flag=True, help="All articles, whatever is asked."),
        click.option(
            "--article",
            "articles",
            multiple=True,
            metavar="ID",
            help="Only this article; may be repeated.",
            shell_complete=completion.ids,
        ),
        click.option(
            "--source",
            "sources",
            multiple=True,
            metavar="NAME",
            help="Only this publisher; may be repeated.",
            shell_complete=completion.publishers,
        ),
        click.option("--until", metavar="DAY", help="Only articles published until DAY."),
        click.option("--since", metavar="DAY", help=since),
    ):
        command = option(command)
    return command


@quotewise.command()
@click.argument("question", nargs=-1)
@json_option
@click.option(
    "--limit",
    type=click.IntRange(1, 20),
    metavar="N",
    help="The best N quotes, likely or not; else the likely ones of the best three.",
)
@click.option(
    "--export",
    type=click.File("w", encoding="utf-8"),
    metavar="FILE",
    help="Write the answer and its articles to FILE, which `proof` checks on any machine.",
)
@links_option
@filter_options
@with_library(model=True)
def ask(
    library: Library,
    settings: Settings,
    *,
    question: tuple[str, ...],
    as_json: bool,
    limit: int | None,
    export: TextIO | None,
    links: bool,
    **flags: Any,
) -> bool:
    """Answer a question, or each line of standard input.

    A question may say itself which articles count: "according to X and Y", "in an article by Z",
    "last week", "in March 2023", "since the summit on 12 June", "as of 3 May 2021". Articles
    without a date are left out then. --since, --until, --source and --article replace such words,
    and --all ignores them. The day of an event filters nothing: "the 1904 flood".

    `quotewise schema ask` describes what --json prints.

    It succeeds if all questions could be asked, whether or not they are answered.
    """
    from bot.rendering.terminal import answer_text
    from bot.rendering.text import words
    from bot.reporting import print_json, print_text, warn_of_other_model
    from retrieval import QuotewiseError

    if not question and sys.stdin.isatty():
        raise click.UsageError(
            'Give a question, such as quotewise ask "Who signed it?"; or ask in `quotewise chat`.'
        )
    if as_json or export is not None:
        from bot.rendering import fields

    filters = settings.filters(library, **flags)
    library.warm_up()
    warn_of_other_model(library)
    failed = False
    # An argument in another encoding has half characters, which no model reads.
    argument = " ".join(question).encode(errors="replace").decode()
    for line in [argument] if question else filter(str.strip, sys.stdin):
        if not question and not as_json:
            print_text(words(f"› {' '.join(line.split())}", "bold"))
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
            print(json.dumps(fields.export_fields(answer), ensure_ascii=False), file=export)
        if as_json:
            print_json(fields.answer_fields(answer))
        else:  # without a limit, those of the best quotes that are likely to answer
            text = answer_text(
                answer, None if limit else QUOTES_SHOWN, links=links or not sys.stdout.isatty()
            )
            print_text(text, end="")
    return failed


@quotewise.command()
@click.option("--samples", is_flag=True, help="Begin with sample articles if there are none yet.")
@links_option
@filter_options
@with_library(model=True)
def chat(library: Library, settings: Settings, samples: bool, links: bool, **flags: Any) -> None:
    """Ask question after question in the terminal.

    A question may build on those before it: "where did he live?", "and in Peru?", "why?". Type
    /help for what else can be typed. Without a terminal, each line of standard input is asked.
    """
    from bot.console import talk
    from bot.reporting import add_and_report, start_model

    start_model(library)
    if samples and not library.ids(library=settings.library):
        click.echo("Reading the sample articles …", err=True)
        add_and_report(library, [str(SAMPLES)], settings.library, quiet=True)
    talk(library, settings, settings.filters(library, **flags), links=links)


@quotewise.command()
@click.option("--token", help="The bot's token; safer in the environment or in .env.")
@click.option("--admins", help="User ids of the administrators, separated by commas.")
@click.option("--api-url", help="A Bot API server; else Telegram's own.")
@click.option("--webhook-url", help="Receive updates at this address instead of fetching them.")
@click.option("--webhook-host", help="The local host behind that address, else 127.0.0.1.")
@click.option("--webhook-port", help="The local port behind that address.")
@click.option("--webhook-secret", help="The secret that Telegram sends along.")
@click.option("--health-host", help="The local host for /health and /metrics, else 127.0.0.1.")
@click.option("--health-port", help="Serve /health and /metrics on this local port.")
@click.option("--log-level", help="How much is logged: DEBUG, INFO, WARNING or ERROR.")
@with_settings
def telegram(settings: Settings, /, **flags: str | None) -> None:
    """Run the Telegram bot.

    Each option has a variable in the environment or in .env, such as QUOTEWISE_TELEGRAM_API_URL.
    bot/OPERATIONS.md says how to run the bot for others.
    """
    from bot.telegram.app import run
    from bot.telegram.settings import TelegramSettings

    run(settings, TelegramSettings.of(flags))


@quotewise.command()
@click.option(
    "--allow-add",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Let the assistant add links, and files in this folder.",
)
@with_settings
def mcp(settings: Settings, allow_add: Path | None) -> None:
    """Serve an assistant: let it ask, list, show and check, over the Model Context Protocol.

    The assistant starts this command and talks to it over standard input and output. What it asks
    and the quotes it gets are read by its model, which may be a cloud service. It reaches the
    articles of one library, that of --library, and changes nothing without --allow-add. Most
    assistants are configured by a file with these lines:

    \b
    {"mcpServers": {"quotewise":
      {"command": "quotewise", "args": ["mcp"]}
    }}
    """
    from bot.mcp import serve

    with opened(settings, to_write=allow_add is not None, model=True) as library:
        if sys.stdin.isatty():
            click.echo("An assistant starts this command: see --help. Ctrl-C ends it.", err=True)
        serve(library, settings, allow_add)


# -- checks and measurements


@quotewise.command()
@with_library()
def verify(library: Library, settings: Settings) -> bool:
    """Check the offsets, hashes and indexes of all articles, and report what is wrong."""
    faults = library.verify()
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults found." if faults else "Everything is as it should be.")
    return bool(faults)


@quotewise.command()
@with_library(to_write=True, model=True)
def rebuild(library: Library, settings: Settings) -> None:
    """Rebuild the indexes, and embed all articles again if another model is set.

    The old model answers until the new one has read all articles.
    """
    from bot.rendering.text import plain
    from bot.reporting import change_progress

    with change_progress() as report:
        change = library.rebuild(report)
    if change is not None:
        model = plain(change.after)
        click.echo(f"The model {model} has read all articles and answers from now on.")
    click.echo("The indexes have been made again.")


@quotewise.command()
@with_settings
def doctor(settings: Settings) -> bool:
    """Check the settings, the articles, the model, the disk, the bot's token and the clock."""
    from bot.doctor import checks
    from bot.rendering.terminal import check_line
    from bot.reporting import print_each

    done = print_each(checks(settings), check_line)
    return any(check.verdict == "failed" for check in done)


@quotewise.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_settings
def backup(settings: Settings, file: Path) -> None:
    """Write all articles and the state of the bot to FILE, a ZIP archive.

    The bot and other commands may go on meanwhile.
    """
    from retrieval import back_up

    _check_files(settings)
    back_up(settings.home, file)
    click.echo(f"{file} ({file.stat().st_size / 1e3:,.0f} KB)")


def _check_files(settings: Settings) -> None:
    """Raise QuotewiseError unless the articles are in files."""
    from retrieval import QuotewiseError

    if settings.database is not None:
        raise QuotewiseError(
            "The articles are in PostgreSQL: use pg_dump and pg_restore, or copy them to a folder "
            "with `quotewise migrate`, and back that up without QUOTEWISE_DATABASE."
        )


@quotewise.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Move the articles that are there aside.")
@with_settings
def restore(settings: Settings, file: Path, replace: bool) -> None:
    """Put what `backup` wrote to FILE into the data folder, while no bot runs in it."""
    from bot.rendering.text import counted
    from retrieval import restore as restore_backup

    _check_files(settings)
    aside = restore_backup(file, settings.home, replace=replace)
    with settings.opened() as library:
        number = sum(len(library.ids(library=name)) for name in library.names())
    click.echo(f"{counted(number, 'article')} restored.")
    if aside is not None:
        click.echo(f"What was there before is in {aside}.")


@quotewise.command()
@click.argument("source", shell_complete=completion.folders)
@click.argument("target", shell_complete=completion.folders)
def migrate(source: str, target: str) -> None:
    """Copy all articles and the state of the bot from SOURCE to TARGET, and check the copy.

    Each is a data folder or a PostgreSQL database: postgresql://user@host/name. Stop what uses
    TARGET; what uses SOURCE may go on, until the last changes are copied. A copy that was broken
    off cannot be used: run the same command again, which goes on with it. SOURCE stays as it is.
    """
    from bot.rendering.text import counted
    from bot.reporting import migration_progress
    from bot.telegram.store import STORE
    from retrieval import migrate as copy

    with migration_progress() as report:
        others = {"telegram.sqlite": STORE}
        done = copy(_place(source), _place(target), others=others, report=report)
    articles, passages = counted(done.articles, "article"), counted(done.passages, "passage")
    click.echo(f"{done.place} has {articles} ({passages}), equal to the source's.")


def _place(written: str) -> Path | str:
    return written if "://" in written else Path(written).expanduser()


@quotewise.command()
@click.argument("file", type=click.File("rb"))
@json_option
@with_settings
def proof(settings: Settings, file: BinaryIO, as_json: bool) -> bool:
    """Check the quotes of an answer, word for word.

    FILE is what `ask --export` or `ask --json` wrote; - is standard input. A quote must stand at
    its place in a text with its SHA-256; the words said to answer must stand in it; and title,
    publisher, author, date, link, paragraph and page must be the article's. An export is checked
    without a library, on any machine. Quotes of `ask --json` are checked in the library that each
    names, unless --library is given.

    It succeeds only if all quotes do. It proves that they are in the texts, not that the texts are
    what was published: compare the SHA-256 with that of a copy that you trust.
    """
    from bot.rendering import fields, terminal
    from bot.reporting import print_each
    from retrieval import QuotewiseError
    from retrieval.proof import LARGEST, WHAT_TO_GIVE, Texts, Verdict, checked, read

    name = getattr(file, "name", "-")
    answers = read(file.read(LARGEST + 1), name)
    enclosed = all(exhibit.articles is not None for exhibit in answers)
    line = partial(terminal.proof_line, of_several=len(answers) > 1)
    checks = []
    with ExitStack() as stack:
        texts = None
        if not enclosed:
            library = stack.enter_context(settings.opened())
            texts = Texts(library.history, settings.library if settings.names_library else None)
        for exhibit in answers:
            checks += print_each(checked(exhibit, texts), fields.proof_fields if as_json else line)
    if not checks:
        raise QuotewiseError(f"There is no quote in {name}: {WHAT_TO_GIVE}")
    if not as_json:
        click.echo(terminal.proof_total(checks, enclosed=enclosed))
    return any(check.verdict is not Verdict.STANDS for check in checks)


@quotewise.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--half",
    type=click.Choice(["fit", "report"]),
    help="Ask only the questions of this half; all articles stay.",
)
@json_option
@click.option(
    "--without-gold",
    is_flag=True,
    help="Ask each answerable question again, with the articles that answer it left out.",
)
@click.option(
    "--articles",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the articles.jsonl of conversations is, if it is not beside their turns.jsonl.",
)
@with_settings
def evaluate(
    settings: Settings,
    folder: Path,
    *,
    half: str | None,
    as_json: bool,
    without_gold: bool,
    articles: Path | None,
) -> None:
    """Measure answers: ask the questions.jsonl of a folder about its articles.jsonl.

    In the tables, ± is two standard errors. If the folder has conversations in a turns.jsonl, their
    questions are asked instead.
    """
    from bot.rendering import terminal
    from bot.reporting import print_json, print_text, progress
    from retrieval import QuotewiseError, evaluation

    is_dialogues = (folder / "turns.jsonl").is_file()
    if is_dialogues and (without_gold or half or settings.risk is not None):
        raise QuotewiseError(
            f"{folder} holds dialogues, which are asked without --without-gold, --half and "
            "--risk: leave them out, and QUOTEWISE_RISK as well."
        )
    reader = settings.reader
    models: Any = {"model": settings.model, "copies": settings.model_copies, "reader": reader}
    figures: evaluation.Figures | evaluation.DialogueFigures
    with progress() as bar:
        task = bar.add_task("reading", total=None)
        if is_dialogues:
            with evaluation.Dialogues(folder, articles=articles, **models) as dialogues:
                reading = dialogues.read()
                bar.update(task, description="asking")
                results = bar.track(dialogues.ask(), len(dialogues.dialogues), task_id=task)
                turns = list(chain.from_iterable(results))
                topic_changes = list(dialogues.change_topic())
            figures = evaluation.dialogue_figures(reading, turns, topic_changes)
        else:
            with evaluation.Evaluation(folder, half=half, **models) as measured:
                reading = measured.read()
                bar.update(task, description="asking")
                asking = measured.ask(without_gold=without_gold, risk=settings.risk)
                answers = list(bar.track(asking, len(measured.questions), task_id=task))
            figures = evaluation.figures(reading, answers, reader)
    if as_json:
        print_json({"set": folder.name, **asdict(figures)})
        return
    print_text(terminal.figures_table(folder.name, figures))
    if not isinstance(figures, evaluation.DialogueFigures):
        print_text(terminal.risks_table(figures.risks))


# -- for programs and shells


@quotewise.command()
@click.argument("name", required=False, metavar="[NAME]", type=click.Choice(SCHEMAS))
def schema(name: str | None) -> None:
    """Print the JSON Schema of what a command prints as JSON.

    \b
    ask       `ask --json`
    export    `ask --export`
    articles  `articles --json`
    show      `show --json`
    feed      `feed list --json`
    proof     `proof --json`
    evaluate  `evaluate --json`

    Without NAME, print one JSON object with the schemas by these names.
    """
    from bot.rendering.fields import schema

    shown = schema(name) if name else {each: schema(each) for each in SCHEMAS}
    click.echo(json.dumps(shown, indent=2))


@quotewise.command("completion")
@click.argument("shell", type=click.Choice(completion.SHELLS))
def print_completion(shell: str) -> None:
    """Print a script that lets a shell complete words with the Tab key.

    It completes commands, options, files, and the ids and publishers of your articles. Run the line
    below for your shell once, and start a new shell.
    """
    shell_complete(quotewise, {}, "quotewise", "_QUOTEWISE_COMPLETE", f"{shell}_source")

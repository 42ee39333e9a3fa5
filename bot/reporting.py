"""What commands print while they work: JSON, a line per source, progress bars."""

from __future__ import annotations

import codecs
import json
import logging
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from bot.rendering import terminal
from bot.rendering.text import change_line, names, total_line
from retrieval import Interrupt, Library, ModelChange, ModelGone, Outcome, Status

log = logging.getLogger(__name__)

Item = TypeVar("Item")

FEW = 20  # articles that are added with a line each


def print_text(text: Text | Table, end: str = "\n", *, console: Console | None = None) -> None:
    """Print a text on standard output; its lines are broken, at words, in a terminal only."""
    console = console or Console(highlight=False)
    if console.is_terminal and isinstance(text, Text):
        text = terminal.hanging(text, console)
    console.print(text, soft_wrap=isinstance(text, Text), end=end)


def print_json(fields: Mapping[str, object]) -> None:
    """Print one JSON object on one line, at once."""
    is_utf8 = codecs.lookup(sys.stdout.encoding).name == "utf-8"  # as every reader of JSON expects
    click.echo(json.dumps(fields, ensure_ascii=not is_utf8))


def print_each(
    items: Iterable[Item], show: Callable[[Item], Text | Mapping[str, object]], if_empty: str = ""
) -> list[Item]:
    """Print items as they come, as text or as JSON, and return them; or print that none are."""
    printed = []
    for item in items:
        shown = show(item)
        if isinstance(shown, Text):
            print_text(shown)
        else:
            print_json(shown)
        printed.append(item)
    if if_empty and not printed:
        click.echo(if_empty)
    return printed


def print_articles(
    library: Library, name: str, word: str, *, console: Console | None = None
) -> None:
    """Print the articles that name a word: as a table in a terminal, else a line for each."""
    console = console or Console(highlight=False)
    every = library.articles(library=name)
    articles = (stored for stored in every if names(stored.article, word))
    if console.is_terminal and (listed := list(articles)):
        print_text(terminal.articles_table(listed, console.width), console=console)
        return
    nothing = terminal.no_articles(word, is_empty=not library.ids(library=name))
    print_each(articles, terminal.article_line, nothing)


def add_and_report(
    library: Library,
    sources: Sequence[str],
    name: str,
    *,
    quiet: bool = False,
    verbose: bool = False,
) -> bool:
    """Add sources with a progress bar and a line for all, and return whether any failed.

    Failures, articles with a note, and few articles get a line each, and all if it is `verbose`.
    Raises KeyboardInterrupt at Ctrl-C, after what was read is stored and its number is printed.
    """
    counted: Counter[Status] = Counter()
    began = time.monotonic()
    if not quiet:
        report_left_out(library, sources)
    total = 0
    try:
        with _handling_ctrl_c() as interrupt, progress() as bar:
            task = bar.add_task("adding", total=None)
            total = library.count(sources)
            bar.update(task, total=total)
            read = partial(bar.advance, task)
            outcomes = library.add(sources, library=name, read=read, interrupt=interrupt)
            # If standard output is a terminal, the bar's console keeps the two apart.
            console = bar.console if sys.stdout.isatty() else None
            is_brief = quiet or (total > FEW and not verbose)
            report(outcomes, counted, quiet=is_brief, console=console)
    except KeyboardInterrupt:
        # Not all archives can be counted beforehand.
        of_all = f" of {total}" if total >= counted.total() else ""
        click.echo(f"Stopped: {counted[Status.ADDED]}{of_all} added.", err=True)
        raise
    if not quiet:
        seconds = round(time.monotonic() - began)
        took = f" in {seconds} s" if seconds and sys.stdout.isatty() else ""
        click.echo(f"{total_line(counted)}{took}")
    return Status.FAILED in counted


def report(
    outcomes: Iterable[Outcome],
    counted: Counter[Status],
    *,
    quiet: bool,
    console: Console | None = None,
) -> None:
    """Print a line for each outcome as it comes, and count it in `counted`."""
    console = console or Console(highlight=False)
    for outcome in outcomes:
        counted[outcome.status] += 1
        noted = outcome.article is not None and outcome.article.note
        if not quiet or noted or outcome.status is Status.FAILED:
            print_text(terminal.outcome_line(outcome), console=console)
            sys.stdout.flush()


def report_left_out(library: Library, sources: Sequence[str]) -> None:
    if line := terminal.left_out_line(library.left_out(sources)):
        click.echo(line)


@contextmanager
def _handling_ctrl_c() -> Iterator[Interrupt]:
    """Handle Ctrl-C for a while, unless this process ignores it or handles it otherwise."""
    interrupt = Interrupt()
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def change_progress() -> Iterator[Callable[[ModelChange], None]]:
    """Show a progress bar for a change of the model, from its first step on."""
    with progress() as bar:
        task = bar.add_task("embedding again", total=None, visible=False)
        yield lambda change: bar.update(
            task, completed=change.read, total=change.articles, visible=True
        )


@contextmanager
def migration_progress() -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar for each round in which an archive is copied and compared."""
    with progress() as bar:
        task = bar.add_task("copying and comparing", total=None)
        yield lambda rows, total: bar.update(task, completed=rows, total=total)


def start_model(library: Library) -> None:
    """Load the model that answers; if it is gone, the model in the settings embeds all first."""
    try:
        library.warm_up()
    except ModelGone as gone:
        log.warning("%s", gone.at_once)
        with change_progress() as show:
            for change in library.change_model():
                show(change)
        library.warm_up()


def warn_of_other_model(library: Library) -> None:
    change = library.change()
    if change is not None and change.is_set and not library.read_only:
        click.echo(f"quotewise: {change_line(change)}", err=True)


class RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "", "progress.data.speed")


def progress() -> Progress:
    """Return a progress bar, which is shown in a terminal only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=not sys.stdout.isatty()),
        transient=True,
        disable=not sys.stderr.isatty(),
    )

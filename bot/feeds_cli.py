"""The commands that follow feeds and folders: `quotewise feed …` and `quotewise watch`."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterable
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

import click

from bot import cli

if TYPE_CHECKING:
    from retrieval import Outcome, Status


@click.group()
def feed() -> None:
    """Follow feeds: RSS, Atom, JSON Feed and news sitemaps."""


@feed.command()
@click.argument("sources", nargs=-1, required=True, metavar="LINK_OR_OPML...")
@cli.settings_options
@click.pass_context
def add(context: click.Context, sources: tuple[str, ...]) -> None:
    """Follow the feed at a link, or that a site names, or all of an OPML list."""
    from bot import rendering
    from retrieval import QuotewiseError

    settings = cli._settings(context)
    new, failed = 0, 0
    with cli._opened(settings) as library:
        for source in sources:
            before = {one.url for one in library.feeds(library=settings.library)}
            try:
                found = library.add_feed(source, library=settings.library)
            except QuotewiseError as error:
                click.echo(f"failed  {rendering.plain(str(error))}")
                failed += 1
                continue
            for one in found:
                is_new = one.url not in before
                click.echo(f"{'added' if is_new else 'unchanged'}  {rendering.feed_name(one)}")
                new += is_new
    if new:
        click.echo("`quotewise feed poll` reads what is in them; the running bot does so, too.")
    context.exit(1 if failed else 0)


@feed.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a feed.")
@click.option("--opml", "as_opml", is_flag=True, help="Print a list that other readers take.")
@cli.settings_options
@click.pass_context
def list_(context: click.Context, as_json: bool, as_opml: bool) -> None:
    """List the feeds, what was read of each, and what is the trouble with it."""
    from bot import rendering
    from retrieval.entries import Listed
    from retrieval.reading.feeds import opml

    settings = cli._settings(context)
    with cli._opened(settings) as library:
        followed = library.feeds(library=settings.library)
    if as_opml:
        click.echo(opml.written(Listed(one.url, one.title) for one in followed), nl=False)
        return
    for one in followed:
        if as_json:
            cli._print_json(rendering.feed_fields(one))
        else:
            cli._console().print(rendering.feed_line(one), soft_wrap=True)
    if not followed and not as_json:
        click.echo(rendering.NO_FEEDS)


@feed.command()
@click.argument("url")
@cli.settings_options
@click.pass_context
def remove(context: click.Context, url: str) -> None:
    """Follow the feed at URL no longer; its articles are kept."""
    from bot import rendering

    settings = cli._settings(context)
    with cli._opened(settings) as library:
        gone = library.remove_feed(url, library=settings.library)
    click.echo(f"removed  {rendering.feed_name(gone)} (its articles are kept)")


@feed.command()
@click.option("--all-now", is_flag=True, help="Poll all feeds, not only those that are due.")
@click.option("--quiet", is_flag=True, help="Print failures and the total only.")
@cli.settings_options
@click.pass_context
def poll(context: click.Context, all_now: bool, quiet: bool) -> None:
    """Read what is new in the feeds that are due."""
    from datetime import UTC, datetime

    from bot import rendering

    settings = cli._settings(context)
    with cli._opened(settings) as library:
        now = datetime.now(UTC)
        outcomes = library.poll(now, library=settings.library, all_now=all_now)
        counted = _report(outcomes, quiet=quiet)
        again = library.next_poll(library=settings.library)
    told = rendering.total_line(counted) or "Nothing is new."
    if again is None:
        told = rendering.total_line(counted) or rendering.NO_FEEDS
    elif not quiet:
        told += f" (next poll {again:%Y-%m-%d %H:%M} UTC)"
    click.echo(told)
    context.exit(1 if any(status == "failed" for status in counted) else 0)


@click.command()
@click.argument("folder")
@click.option("--once", is_flag=True, help="Bring the library into step, and end.")
@click.option("--quiet", is_flag=True, help="Print failures only.")
@cli.settings_options
@click.pass_context
def watch(context: click.Context, folder: str, once: bool, quiet: bool) -> None:
    """Keep the library in step with FOLDER: add and update its articles, remove what is gone."""
    from bot import rendering

    settings = cli._settings(context)
    stop = _stop_on_signals()
    with cli._opened(settings) as library:
        if not once:
            click.echo(f"Watching {rendering.plain(folder)}: Ctrl-C ends it.", err=True)
        outcomes = library.in_step(folder, library=settings.library, once=once, stop=stop)
        counted = _report(outcomes, quiet=quiet)
    if once:
        click.echo(rendering.total_line(counted) or "Everything is in step.")
        context.exit(1 if any(status == "failed" for status in counted) else 0)


def _report(outcomes: Iterable[Outcome], *, quiet: bool) -> Counter[Status]:
    """Print a line for each outcome as it comes, and count them."""
    from bot import rendering
    from retrieval import Status

    counted: Counter[Status] = Counter()
    for outcome in outcomes:
        counted[outcome.status] += 1
        if not quiet or outcome.status is Status.FAILED:
            cli._console().print(rendering.outcome_line(outcome), soft_wrap=True)
            sys.stdout.flush()
    return counted


def _stop_on_signals() -> Event:
    """What is set by Ctrl-C or a request to end; a second one ends everything at once."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop

"""The commands for articles and the feeds they come from."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from threading import Event
from types import FrameType

import click

from bot.settings import settings_of, settings_options


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--quiet", is_flag=True, help="Print failures only.")
@settings_options
@click.pass_context
def add(context: click.Context, sources: tuple[str, ...], quiet: bool) -> None:
    """Add articles: links, folders, - for input, or files: page, text, PDF, DOCX, EPUB, mail.

    Files may also be Markdown, ODT, saved pages (.mhtml), ZIP archives of all these, and .jsonl
    with one article a line: {"id", "title", "text", "url", "source", "author", "published"}, of
    which only "text" is needed.

    An article that comes again with the same id or link, or from the same file, replaces the
    earlier version. What is not an article is refused with the reason. Ctrl-C ends the command
    and keeps what was added until then.
    """
    from bot.reporting import add_and_report, warn_of_other_model

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        warn_of_other_model(library)
        failed = add_and_report(library, sources, settings.library, quiet=quiet)
    context.exit(1 if failed else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an article.")
@settings_options
@click.pass_context
def articles(context: click.Context, as_json: bool) -> None:
    """List the articles, in the order in which they were added."""
    from bot import rendering
    from bot.reporting import print_json, print_text

    settings = settings_of(context)
    with settings.opened() as library:
        empty = True
        for article in library.articles(library=settings.library):
            empty = False
            if as_json:
                print_json(rendering.article_fields(article))
            else:
                print_text(rendering.article_line(article))
    if empty and not as_json:
        click.echo(rendering.NO_ARTICLES)


@click.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--version", "number", type=click.IntRange(1), help="An earlier version, from 1.")
@settings_options
@click.pass_context
def show(context: click.Context, id: str, as_json: bool, number: int | None) -> None:
    """Print the article with this ID, its paragraphs numbered, or what it said before."""
    from bot import rendering
    from bot.reporting import print_json, print_text

    settings = settings_of(context)
    with settings.opened() as library:
        if number is None:
            article, replaced = library.article(id, library=settings.library), None
            versions = library.versions(id, library=settings.library)
        else:
            article, replaced = library.version(id, number, library=settings.library)
            versions = []
    if as_json:
        print_json(rendering.article_fields(article, with_text=True, versions=versions))
    else:
        print_text(rendering.article_text(article, versions, replaced))


@click.command()
@click.argument("id")
@settings_options
@click.pass_context
def remove(context: click.Context, id: str) -> None:
    """Remove the article with this ID."""
    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        removed = library.remove(id, library=settings.library)
    click.echo(f"removed  {removed.article.title} [{removed.article.id}]")


@click.command()
@click.argument("folder")
@click.option("--once", is_flag=True, help="Sync the library with the folder once, and end.")
@click.option("--quiet", is_flag=True, help="Print failures only.")
@settings_options
@click.pass_context
def watch(context: click.Context, folder: str, once: bool, quiet: bool) -> None:
    """Sync the library with FOLDER: add and update its articles, remove what is gone.

    A folder that is empty or gone removes nothing.
    """
    from bot import rendering
    from bot.reporting import report, report_left_out

    settings = settings_of(context)
    stop = _stop_on_signals()
    with settings.opened(to_write=True) as library:
        if not once:
            click.echo(f"Watching {rendering.plain(folder)}: Ctrl-C ends it.", err=True)
        if not quiet:
            report_left_out(library, [folder])
        outcomes = library.in_step(folder, library=settings.library, once=once, stop=stop)
        counted = report(outcomes, quiet=quiet)
    if once:
        click.echo(rendering.total_line(counted) or "Everything is in step.")
        context.exit(1 if any(status == "failed" for status in counted) else 0)


def _stop_on_signals() -> Event:
    """Return an event that Ctrl-C or SIGTERM sets; a second signal ends the process at once."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop


@click.group()
def feed() -> None:
    """Follow feeds: RSS, Atom, JSON Feed and news sitemaps.

    The running bot polls them, and so does `quotewise feed poll`.
    """


@feed.command("add")
@click.argument("sources", nargs=-1, required=True, metavar="LINK_OR_OPML...")
@settings_options
@click.pass_context
def add_feed(context: click.Context, sources: tuple[str, ...]) -> None:
    """Follow the feed at a link, the feed of a site, or all feeds of an OPML file."""
    from bot import rendering
    from retrieval import QuotewiseError

    settings = settings_of(context)
    refused: list[QuotewiseError] = []
    new = reported = 0
    with settings.opened(to_write=True) as library:
        for source in sources:
            before = {feed.url for feed in library.feeds(library=settings.library)}
            added = []
            try:
                added = library.add_feed(source, library=settings.library, refused=refused.append)
            except QuotewiseError as error:
                refused.append(error)
            for refusal in refused[reported:]:
                click.echo(f"failed  {rendering.plain(str(refusal))}")
            reported = len(refused)
            for feed in added:
                is_new = feed.url not in before
                click.echo(f"{'added' if is_new else 'unchanged'}  {rendering.feed_name(feed)}")
                new += is_new
    if new:
        click.echo("`quotewise feed poll` reads what is in them; the running bot does so, too.")
    context.exit(1 if refused else 0)


@feed.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a feed.")
@click.option("--opml", "as_opml", is_flag=True, help="Print a list that other readers take.")
@settings_options
@click.pass_context
def list_feeds(context: click.Context, as_json: bool, as_opml: bool) -> None:
    """List the feeds, what was read of each, and what is the trouble with it."""
    from bot import rendering
    from bot.reporting import print_json, print_text
    from retrieval import opml

    settings = settings_of(context)
    with settings.opened() as library:
        followed = library.feeds(library=settings.library)
    if as_opml:
        click.echo(opml(followed), nl=False)  # UTF-8, as its XML declaration says
        return
    for feed in followed:
        if as_json:
            print_json(rendering.feed_fields(feed))
        else:
            print_text(rendering.feed_line(feed))
    if not followed and not as_json:
        click.echo(rendering.NO_FEEDS)


@feed.command("remove")
@click.argument("url")
@settings_options
@click.pass_context
def remove_feed(context: click.Context, url: str) -> None:
    """Stop following the feed at URL; its articles stay."""
    from bot import rendering

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        gone = library.remove_feed(url, library=settings.library)
    click.echo(f"removed  {rendering.feed_name(gone)} (its articles are kept)")


@feed.command()
@click.option("--all-now", is_flag=True, help="Poll all feeds, not only those that are due.")
@click.option("--quiet", is_flag=True, help="Print failures and the total only.")
@settings_options
@click.pass_context
def poll(context: click.Context, all_now: bool, quiet: bool) -> None:
    """Read what is new in the feeds that are due."""
    from bot import rendering
    from bot.reporting import report

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        now = datetime.now(UTC)
        outcomes = library.poll(now, library=settings.library, all_now=all_now)
        counted = report(outcomes, quiet=quiet)
        next_poll = library.next_poll(library=settings.library)
    line = rendering.total_line(counted) or "Nothing is new."
    if next_poll is None:
        line = rendering.total_line(counted) or rendering.NO_FEEDS
    elif next_poll <= now:
        line += " More waits to be read: `quotewise feed poll` goes on with it."
    elif not quiet:
        line += f" (next poll {next_poll:%Y-%m-%d %H:%M} UTC)"
    click.echo(line)
    context.exit(1 if any(status == "failed" for status in counted) else 0)


COMMANDS = (add, articles, show, remove, watch, feed)

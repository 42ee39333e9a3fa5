"""The commands that follow feeds: `quotewise feed …`."""

from __future__ import annotations

import click

from bot.commands.options import settings_of, settings_options
from bot.commands.printing import console, print_json


@click.group()
def feed() -> None:
    """Follow feeds: RSS, Atom, JSON Feed and news sitemaps.

    The running bot polls them, and so does `quotewise feed poll`.
    """


@feed.command()
@click.argument("sources", nargs=-1, required=True, metavar="LINK_OR_OPML...")
@settings_options
@click.pass_context
def add(context: click.Context, sources: tuple[str, ...]) -> None:
    """Follow the feed at a link, the feed of a site, or all feeds of an OPML file."""
    from bot import rendering
    from retrieval import QuotewiseError

    settings = settings_of(context)
    new, failed = 0, 0

    def refused(error: QuotewiseError) -> None:
        nonlocal failed
        failed += 1
        click.echo(f"failed  {rendering.plain(str(error))}")

    with settings.opened(to_write=True) as library:
        for source in sources:
            before = {feed.url for feed in library.feeds(library=settings.library)}
            try:
                added = library.add_feed(source, library=settings.library, refused=refused)
            except QuotewiseError as error:
                refused(error)
                continue
            for feed in added:
                is_new = feed.url not in before
                click.echo(f"{'added' if is_new else 'unchanged'}  {rendering.feed_name(feed)}")
                new += is_new
    if new:
        click.echo("`quotewise feed poll` reads what is in them; the running bot does so, too.")
    context.exit(1 if failed else 0)


@feed.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a feed.")
@click.option("--opml", "as_opml", is_flag=True, help="Print a list that other readers take.")
@settings_options
@click.pass_context
def list_(context: click.Context, as_json: bool, as_opml: bool) -> None:
    """List the feeds, what was read of each, and what is the trouble with it."""
    from bot import rendering
    from retrieval.feeds import parsing

    settings = settings_of(context)
    with settings.opened() as library:
        followed = library.feeds(library=settings.library)
    if as_opml:
        click.echo(parsing.opml(followed), nl=False)  # UTF-8, as it says of itself
        return
    for feed in followed:
        if as_json:
            print_json(rendering.feed_fields(feed))
        else:
            console().print(rendering.feed_line(feed), soft_wrap=True)
    if not followed and not as_json:
        click.echo(rendering.NO_FEEDS)


@feed.command()
@click.argument("url")
@settings_options
@click.pass_context
def remove(context: click.Context, url: str) -> None:
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
    from datetime import UTC, datetime

    from bot import rendering
    from bot.reporting import report

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        now = datetime.now(UTC)
        outcomes = library.poll(now, library=settings.library, all_now=all_now)
        counted = report(outcomes, quiet=quiet)
        again = library.next_poll(library=settings.library)
    line = rendering.total_line(counted) or "Nothing is new."
    if again is None:
        line = rendering.total_line(counted) or rendering.NO_FEEDS
    elif again <= now:
        line += " More waits to be read: `quotewise feed poll` goes on with it."
    elif not quiet:
        line += f" (next poll {again:%Y-%m-%d %H:%M} UTC)"
    click.echo(line)
    context.exit(1 if any(status == "failed" for status in counted) else 0)

"""The commands for articles: `add`, `articles`, `show`, `remove` and `watch`."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType

import click

from bot.commands.options import settings_of, settings_options, tell_of_change
from bot.commands.printing import console, print_json


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
    from bot.reporting import add_and_report

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        tell_of_change(library)
        failed = add_and_report(library, sources, settings.library, quiet=quiet)
    context.exit(1 if failed else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an article.")
@settings_options
@click.pass_context
def articles(context: click.Context, as_json: bool) -> None:
    """List the articles, in the order in which they were added."""
    from bot import rendering

    settings = settings_of(context)
    with settings.opened() as library:
        empty = True
        for article in library.articles(library=settings.library):
            empty = False
            if as_json:
                print_json(rendering.article_fields(article))
            else:
                console().print(rendering.article_line(article), soft_wrap=True)
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
    from retrieval.storage.history import as_article, numbered

    settings = settings_of(context)
    with settings.opened() as library:
        article = library.article(id, library=settings.library)
        earlier = library.versions(id, library=settings.library)
    replaced = None
    if number is not None:
        version = numbered(earlier, number)
        article, earlier, replaced = as_article(settings.library, version), [], version.replaced
    if as_json:
        print_json(rendering.article_fields(article, with_text=True, versions=earlier))
    else:
        console().print(rendering.article_text(article, earlier, replaced), soft_wrap=True)


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
@click.option("--once", is_flag=True, help="Bring the library into step, and end.")
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
    """What is set by Ctrl-C or a request to end; a second one ends everything at once."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop

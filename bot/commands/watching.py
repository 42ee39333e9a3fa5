"""`quotewise watch`: a folder is followed."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType

import click

from bot.commands.options import settings_of, settings_options


@click.command()
@click.argument("folder")
@click.option("--once", is_flag=True, help="Bring the library into step, and end.")
@click.option("--quiet", is_flag=True, help="Print failures only.")
@settings_options
@click.pass_context
def watch(context: click.Context, folder: str, once: bool, quiet: bool) -> None:
    """Keep the library in step with FOLDER: add and update its articles, remove what is gone."""
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

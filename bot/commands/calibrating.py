"""`quotewise calibrate`: fit the confidence to a library's own articles."""

from __future__ import annotations

import click

from bot.commands.options import settings_of, settings_options
from bot.commands.printing import console


@click.command()
@click.option(
    "--questions",
    type=click.IntRange(20, 10_000),
    default=300,
    show_default=True,
    help="Questions to make at most.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Another seed asks other questions."
)
@click.option("--reset", is_flag=True, help="Use the calibration that comes with Quotewise again.")
@settings_options
@click.pass_context
def calibrate(context: click.Context, questions: int, seed: int, reset: bool) -> None:
    """Fit the confidence to the library, by questions made from its articles.

    Each is asked twice, with its article and without it. This cannot show how often an article
    about a subject is taken for one that answers: look whether you like the answers afterwards,
    and take --reset if you do not.
    """
    from bot import rendering
    from bot.reporting import progress
    from retrieval import calibrating

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        if reset:
            had = library.calibrations.forget(settings.library)
            again = "The calibration that comes with Quotewise holds again."
            click.echo(again if had else "The library has no calibration of its own.")
            return
        library.warm_up()
        name = settings.library
        with progress() as bar:
            task = bar.add_task("asking", total=None)
            made = calibrating.made(library, name, questions, seed)
            asking = calibrating.tried(library, name, made)
            tried = list(bar.track(asking, len(made), task_id=task))
        before = library.calibrations.of([name])
        own = calibrating.fitted(tried)
        library.calibrations.keep(name, own)
    click.echo(rendering.calibration_line(tried))
    console().print(rendering.calibration_table(tried, before, own, settings.risk))

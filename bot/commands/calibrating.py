"""`quotewise calibrate`: what confidences mean in a library, found out from its own articles."""

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
@click.option("--seed", type=int, default=0, show_default=True, help="Another one asks others.")
@click.option("--reset", is_flag=True, help="Use the calibration that comes with Quotewise again.")
@settings_options
@click.pass_context
def calibrate(context: click.Context, questions: int, seed: int, reset: bool) -> None:
    """Fit the confidence to the library, by questions made from its articles.

    Each is asked with its article there and left out. What that cannot tell is how often an
    article that speaks of something is taken for one that answers: look whether you like the
    answers afterwards, and else take --reset.
    """
    from bot import rendering
    from bot.asking import off_topic_questions
    from bot.reporting import progress
    from retrieval import Limits, calibrating

    settings = settings_of(context)
    with settings.opened(to_write=True) as library:
        if reset:
            had = library.calibrations.forget(settings.library)
            told = "The calibration that comes with Quotewise holds again."
            click.echo(told if had else "The library has no calibration of its own.")
            return
        library.warm_up()
        name = settings.library
        with progress() as bar:
            task = bar.add_task("asking", total=None)
            made = calibrating.made(library, name, questions, seed)
            elsewhere = off_topic_questions(library, name)
            bar.update(task, total=len(made) + len(elsewhere))
            tried = []
            for one in calibrating.tried(library, name, made):
                tried.append(one)
                bar.advance(task)
            off_topic = []
            for question in elsewhere:
                answer = library.answer(question, scope=[name], limit=1, limits=Limits())
                off_topic.append(answer.raw)
                bar.advance(task)
        before = library.calibrations.of([name])
        own = calibrating.fitted(tried, off_topic)
        library.calibrations.keep(name, own)
    click.echo(rendering.calibration_line(tried))
    console().print(rendering.calibration_table(tried, before, own, settings.risk))

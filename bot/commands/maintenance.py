"""The commands that check and measure: `verify`, `rebuild`, `proof` and `evaluate`."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from bot.settings import Settings, settings_of, settings_options


@click.command()
@settings_options
@click.pass_context
def verify(context: click.Context) -> None:
    """Check offsets, hashes and indexes against the catalog, and report what is wrong."""
    with settings_of(context).opened() as library:
        faults = library.verify()
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults found." if faults else "Everything is as it should be.")
    context.exit(1 if faults else 0)


@click.command()
@settings_options
@click.pass_context
def rebuild(context: click.Context) -> None:
    """Rebuild the indexes, and embed all articles again if another model is set.

    The old model answers until the new one has read all articles.
    """
    from bot import rendering
    from bot.reporting import change_progress

    with settings_of(context).opened(to_write=True) as library:
        with change_progress() as report:
            change = library.rebuild(report)
        if change is not None:
            click.echo(rendering.changed_line(change))
    click.echo("The indexes have been made again.")


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a quote.")
@settings_options
@click.pass_context
def proof(context: click.Context, file: BinaryIO, as_json: bool) -> None:
    """Check the quotes of FILE, which `ask --json` or `ask --export` made; - for input.

    A quote must stand, word for word, at its place in a text with its SHA-256; the words said to
    answer must stand in it; and title, publisher, author, date, link, paragraph and page must be
    the article's. What `ask --export` wrote is checked without a library, on any machine. Quotes of
    `ask --json` are checked in the library that each names, unless --library is given.

    The command succeeds only if all quotes do. It proves that they are in the texts, not that the
    texts are what was published: compare the SHA-256 with that of a copy that you trust.
    """
    from bot import rendering
    from bot.reporting import print_json, print_text
    from retrieval import QuotewiseError
    from retrieval.proof import LARGEST, WHAT_TO_GIVE, Texts, Verdict, checked, read

    settings = settings_of(context)
    name = getattr(file, "name", "-")
    checks = []
    answers = read(file.read(LARGEST + 1), name)
    enclosed = all(exhibit.articles is not None for exhibit in answers)
    with ExitStack() as stack:
        texts = None
        if not enclosed:
            library = stack.enter_context(settings.opened())
            named = context.find_root().obj.get("library") or os.environ.get("QUOTEWISE_LIBRARY")
            texts = Texts(library.history, named)
        for exhibit in answers:
            for check in checked(exhibit, texts):
                checks.append(check)
                if as_json:
                    print_json(rendering.proof_fields(check))
                else:
                    print_text(rendering.proof_line(check, of_several=len(answers) > 1))
    if not checks:
        raise QuotewiseError(f"There is no quote in {name}: {WHAT_TO_GIVE}")
    if not as_json:
        click.echo(rendering.proof_total(checks, enclosed=enclosed))
    context.exit(0 if all(check.verdict is Verdict.STANDS for check in checks) else 1)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--half",
    type=click.Choice(["fit", "report"]),
    help="Ask only the questions of this half; all articles stay.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as a JSON object.")
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
@settings_options
@click.pass_context
def evaluate(
    context: click.Context,
    folder: Path,
    *,
    half: str | None,
    as_json: bool,
    without_gold: bool,
    articles: Path | None,
) -> None:
    """Measure how well DIR/questions.jsonl are answered from DIR/articles.jsonl.

    In the tables, ± is two standard errors. If DIR has conversations in a turns.jsonl, their
    questions are asked instead.
    """
    from bot import rendering
    from bot.reporting import print_json, print_text, progress
    from retrieval import QuotewiseError, evaluation

    settings = settings_of(context)
    if (folder / "turns.jsonl").is_file():
        if without_gold or half or settings.risk is not None:
            raise QuotewiseError(
                f"{folder} holds dialogues, which are asked without --without-gold, --half and "
                "--risk: leave them out, and QUOTEWISE_RISK as well."
            )
        _evaluate_dialogues(folder, settings, articles=articles, as_json=as_json)
        return
    model, copies, reader = settings.model, settings.model_copies, settings.reader
    opened = evaluation.Evaluation(folder, model=model, copies=copies, reader=reader, half=half)
    with opened as measured, progress() as bar:
        task = bar.add_task("reading", total=None)
        reading = measured.read()
        bar.update(task, description="asking")
        asking = measured.ask(without_gold=without_gold, risk=settings.risk)
        results = list(bar.track(asking, len(measured.questions), task_id=task))
    figures = evaluation.figures(reading, results, reader)
    if as_json:
        print_json({"set": folder.name, **asdict(figures)})
        return
    print_text(rendering.figures_table(folder.name, figures))
    print_text(rendering.risks_table(figures.risks))


def _evaluate_dialogues(
    folder: Path, settings: Settings, *, articles: Path | None, as_json: bool
) -> None:
    """Print how well the questions of conversations are answered."""
    from bot import rendering
    from bot.reporting import print_json, print_text, progress
    from retrieval.evaluation import Dialogues, dialogue_figures

    model, copies, reader = settings.model, settings.model_copies, settings.reader
    opened = Dialogues(folder, model=model, copies=copies, reader=reader, articles=articles)
    with opened as dialogues, progress() as bar:
        task = bar.add_task("reading", total=None)
        reading = dialogues.read()
        bar.update(task, description="asking")
        asking = bar.track(dialogues.ask(), len(dialogues.dialogues), task_id=task)
        results = [result for dialogue in asking for result in dialogue]
        topic_changes = list(dialogues.change_topic())
    figures = dialogue_figures(reading, results, topic_changes)
    if as_json:
        print_json({"set": folder.name, **asdict(figures)})
    else:
        print_text(rendering.figures_table(folder.name, figures))


COMMANDS = (verify, rebuild, proof, evaluate)

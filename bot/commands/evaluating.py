"""`quotewise evaluate`: how good the answers are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bot.commands.options import settings_of, settings_options
from bot.commands.printing import console, print_json
from bot.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--half",
    type=click.Choice(["fit", "report"]),
    help="Ask only the questions of this half; all articles stay.",
)
@click.option("--by-kind", is_flag=True, help="Show how well each kind of question is answered.")
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
    by_kind: bool,
    as_json: bool,
    without_gold: bool,
    articles: Path | None,
) -> None:
    """Measure how well DIR/questions.jsonl are answered from DIR/articles.jsonl.

    In the tables, ± is two standard errors. If DIR has conversations in a turns.jsonl, their
    questions are asked instead.
    """
    from bot import rendering
    from bot.reporting import progress
    from retrieval.errors import QuotewiseError
    from retrieval.evaluation import Evaluation, figures
    from retrieval.evaluation import by_kind as figures_by_kind
    from retrieval.search.calibration import of_reader

    settings = settings_of(context)
    if (folder / "turns.jsonl").is_file():
        if without_gold or half or by_kind or settings.risk is not None:
            raise QuotewiseError(
                f"{folder} holds dialogues, which are asked without --without-gold, --half, "
                "--by-kind and --risk: leave them out, and QUOTEWISE_RISK as well."
            )
        evaluate_dialogues(folder, settings, articles=articles, as_json=as_json)
        return
    with Evaluation(
        folder,
        model=settings.model,
        copies=settings.model_copies,
        reader=settings.reader,
        half=half,
    ) as evaluation:
        with progress() as bar:
            task = bar.add_task("reading", total=None)
            reading = evaluation.read()
            bar.update(task, description="asking")
            asking = evaluation.ask(without_gold=without_gold, risk=settings.risk)
            results = list(bar.track(asking, len(evaluation.questions), task_id=task))
        measured = figures(reading, results, of_reader(settings.reader))
    kinds = figures_by_kind(results) if by_kind else []
    if as_json:
        of_kinds = {"kinds": [asdict(kind) for kind in kinds]} if by_kind else {}
        print_json({"set": folder.name, **asdict(measured), **of_kinds})
    else:
        console().print(rendering.figures_table(folder.name, measured))
        console().print(rendering.risks_table(measured.risks))
        if by_kind:
            console().print(rendering.kinds_table(kinds))


def evaluate_dialogues(
    folder: Path, settings: Settings, *, articles: Path | None, as_json: bool
) -> None:
    """Print how well the questions of conversations are answered."""
    from bot import rendering
    from bot.reporting import progress
    from retrieval.evaluation import Dialogues, dialogue_figures

    with Dialogues(
        folder,
        model=settings.model,
        copies=settings.model_copies,
        reader=settings.reader,
        articles=articles,
    ) as dialogues:
        with progress() as bar:
            task = bar.add_task("reading", total=None)
            reading = dialogues.read()
            bar.update(task, description="asking")
            asking = bar.track(dialogues.ask(), len(dialogues.dialogues), task_id=task)
            results = [result for dialogue in asking for result in dialogue]
            topic_changes = list(dialogues.change_topic())
        measured = dialogue_figures(reading, results, topic_changes)
    if as_json:
        print_json({"set": folder.name, **asdict(measured)})
    else:
        console().print(rendering.figures_table(folder.name, measured))

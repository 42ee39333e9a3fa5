"""Makes retrieval/calibration.json anew: `python tests/make_calibration.py SET... [--own] [--dry]`.

Run it whenever the ranking or the raw confidence has changed. It is fitted to one half of each
set, whose questions are asked with and without the articles that answer them; the table is of the
other half, and under "others" of what the other sets alone would have made, which know nothing of
it. Sets of few articles are halved by article, others by question. With `--own` the table tells,
too, what `quotewise calibrate` makes of the articles alone; with `--dry` nothing is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from halves import is_tuned_on

from bot.settings import DEFAULT_MODEL, default_home
from retrieval import Limits, calibrating, calibration
from retrieval.calibrating import Tried
from retrieval.calibration import Calibration, Trial
from retrieval.evaluation import Asked, Evaluation
from retrieval.evaluation.sets import Question, lines_of, questions_of
from retrieval.fitting import auroc, fitted
from retrieval.library import MAIN

WRITTEN = Path(calibration.__file__).with_name("calibration.json")
OFF_TOPIC = 100  # questions that each set is asked of each other
MADE = 300  # questions from a set's own articles
RISKS = (0.01, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a set: the halves of its questions, off-topic ones, and its own articles'."""

    name: str
    tuned_on: list[Asked]
    held_out: list[Asked]
    off_topic: list[float]
    own: list[Tried]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sets", nargs="+", type=Path, help="folders with a set each")
    arguments.add_argument("--model", default=DEFAULT_MODEL)
    arguments.add_argument("--copies", type=Path, default=default_home() / "models")
    arguments.add_argument("--own", action="store_true")
    arguments.add_argument("--dry", action="store_true")
    chosen = arguments.parse_args()
    measured = [
        measure(folder, chosen.sets, chosen.model, chosen.copies, chosen.own)
        for folder in chosen.sets
    ]
    made = fitted_to(measured, chosen.model)
    print("set          calibration  risk  false  left out  answered  right  error  AUROC  without")
    for one in measured:
        report(one, "this", made)
        others = [other for other in measured if other is not one]
        if others:
            report(one, "others", fitted_to(others, chosen.model))
        if one.own:
            own = fitted([calibrating.trials(one.own)], [], "")
            report(one, "own", own)
            report(one, "halfway", calibration.halfway(own, made))
    print(f"nothing below {made.nothing_below}")
    if not chosen.dry:
        WRITTEN.write_text(f"{made.to_json()}\n", "utf-8")


def fitted_to(measured: Sequence[Measured], model: str) -> Calibration:
    """The calibration that the halves of some sets make."""
    return fitted(
        [trials(one.tuned_on) for one in measured],
        [raw for one in measured for raw in one.off_topic],
        f"halves of {', '.join(one.name for one in measured)}, with {model}",
    )


def measure(folder: Path, sets: Sequence[Path], model: str, copies: Path, own: bool) -> Measured:
    """Ask a set all that is to be known of it."""
    others = [other for other in sets if other.name != folder.name]
    off_topic = [one.question for other in others for one in some_of(other)]
    with Evaluation(folder, model=model, copies=copies) as evaluation:
        evaluation.read()
        asked = list(evaluation.ask(without_gold=True))
        ask = partial(evaluation.library.answer, limit=1, limits=Limits())
        elsewhere = [ask(one).raw for one in off_topic]
        tried: list[Tried] = []
        if own:
            made = calibrating.made(evaluation.library, MAIN, MADE)
            tried = list(calibrating.tried(evaluation.library, MAIN, made))
    titles = {line["id"]: line["title"] for line in lines_of(folder / "articles.jsonl")}
    halves: dict[bool, list[Asked]] = {True: [], False: []}
    for one in asked:
        halves[is_tuned_on(one.question, titles)].append(one)
    return Measured(folder.name, halves[True], halves[False], elsewhere, tried)


def some_of(folder: Path) -> list[Question]:
    """Some of a set's questions, from all over it."""
    questions = questions_of(folder / "questions.jsonl")
    return questions[:: -(-len(questions) // OFF_TOPIC)]


def trials(asked: Sequence[Asked]) -> list[Trial]:
    """What a calibration learns from questions, with their articles there and left out."""
    left_out = [one.without_gold for one in asked if one.without_gold]
    return [
        *(one.trial for one in asked),
        *(Trial(answer.raw, False, False, left_out=True) for answer in left_out),
    ]


def report(one: Measured, name: str, made: Calibration) -> None:
    """Print what a calibration gives on the half that it was not fitted to."""
    found = trials(one.held_out)
    answerable = [trial for trial in found if trial.answerable]
    left_out = [trial for trial in found if trial.left_out]
    open_ones = [trial for trial in found if not trial.answerable and not trial.left_out]
    errors = [(made.probability(t.raw) - t.right) ** 2 for t in found if not t.left_out]
    told = [auroc([t.raw for t in answerable], [t.raw for t in o]) for o in (open_ones, left_out)]
    for risk in RISKS:
        right = [trial.right for trial in answerable if made.answers(trial.raw, risk)]
        shares = [answered(kind, made, risk) for kind in (open_ones, left_out, answerable)]
        figures = [*shares, np.mean(right) if right else None, np.mean(errors), *told]
        columns = ("–" if figure is None else f"{figure:.3f}" for figure in figures)
        print(f"{one.name:12} {name:11} {risk:5}", *(f"{column:>7}" for column in columns))


def answered(kind: Sequence[Trial], made: Calibration, risk: float) -> float | None:
    """The share of some questions that is answered."""
    return sum(made.answers(one.raw, risk) for one in kind) / len(kind) if kind else None


if __name__ == "__main__":
    main()

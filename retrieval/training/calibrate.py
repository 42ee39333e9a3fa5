"""Fit a calibration to sets of questions, and measure how well others are answered with it.

`python -m retrieval.training.calibrate SETS... [--only-measure SETS...]` asks the product the
questions of each set, the answerable ones again without the articles that answer, and some
questions of the other sets. It fits the shipped calibration to the `fit` halves, or to the whole of
a set without halves, and prints how well the `report` half is answered: with a calibration fitted
to the other sets, and with the one it wrote. Sets given to --only-measure are never fitted to, such
as those on whose fit half the reader was trained. For another reader, `--reader FOLDER --out
FOLDER/calibration.json` writes the one that it is used with. Answers are cached for each reader,
so that fitting again takes seconds; after a change of the search, such as other weights, delete the
cache or name another with `--cache`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from retrieval.evaluation import (
    Evaluation,
    Question,
    auroc,
    calibration_error,
    questions_of,
    share,
)
from retrieval.models import DEFAULT_MODEL, open_reader
from retrieval.search import calibration
from retrieval.search.calibration import DEFAULT_RISK, PROBABLE_RISK, Calibration, Trial

SHIPPED = Path(calibration.__file__).with_name(calibration.FILE)
OFF_TOPIC = 60  # questions of other sets that each set is asked
DIGITS = 5  # of the numbers written
FEWEST = 50  # near misses of a set that are a kind of their own


class Record(NamedTuple):
    """A question of a half of a set with its raw confidence, and whether the quotes are right.

    With `left_out` nothing answers it because the articles that do were not searched, or because
    it belongs to another set.
    """

    half: str | None
    raw: float
    answerable: bool
    left_out: bool = False
    article: bool = False
    first: bool = False
    three: bool = False

    @property
    def trial(self) -> Trial:
        """The outcome that a calibration is fitted to."""
        return Trial(self.raw, self.answerable, self.answerable and self.first, self.left_out)


# -- asking


def ask(
    folder: Path,
    off_topic: Sequence[Question],
    *,
    copies: Path,
    reader: str | None = None,
    most: int | None = None,
) -> list[Record]:
    """Ask all or `most` of a set's questions, and questions that have nothing to do with it."""
    records = []
    with Evaluation(folder, model=DEFAULT_MODEL, copies=copies, reader=reader) as evaluation:
        evaluation.read()
        questions = spread(evaluation.questions, most)
        results = evaluation.ask(questions, without_gold=True)
        for result in track(results, folder.name, len(questions)):
            half, answerable = result.question.half, result.question.answerable
            records.append(
                Record(
                    half,
                    result.answer.raw,
                    answerable,
                    article=result.names_article_in(1),
                    first=result.is_answered_in(1),
                    three=result.is_answered_in(3),
                )
            )
            if result.without_gold:
                records.append(Record(half, result.without_gold.raw, False, left_out=True))
        halves = sorted({record.half for record in records}, key=str)
        for number, result in enumerate(evaluation.ask(off_topic)):
            half = halves[number % len(halves)]
            records.append(Record(half, result.answer.raw, False, left_out=True))
    return records


def spread(questions: Sequence[Question], most: int | None) -> Sequence[Question]:
    """At most so many questions, from all over a set."""
    return questions[:: -(-len(questions) // most)] if most and questions else questions


def store(path: Path, records: Sequence[Record]) -> None:
    """Write the answers to a set to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records), "utf-8")


def stored(path: Path) -> list[Record] | None:
    """The answers that `store` wrote; None if there are none."""
    if not path.is_file():
        return None
    return [Record(*fields) for fields in json.loads(path.read_text("utf-8"))]


def half_of(records: Sequence[Record], half: str) -> Sequence[Record]:
    """One half of the questions of a set, or all of them where it has no such half."""
    return [record for record in records if record.half == half] or records


# -- fitting


def fit(sets: Mapping[str, Sequence[Record]]) -> Calibration:
    """The calibration fitted to the fit halves of some sets."""
    trials = [[record.trial for record in half_of(records, "fit")] for records in sets.values()]
    return fitted(trials, f"questions of {', '.join(sets)}")


def fitted(sets: Sequence[Sequence[Trial]], made_from: str) -> Calibration:
    """Fit a calibration to sets of questions, each of which counts the same."""
    return Calibration(_knots(sets), _unanswerable(sets), made_from)


def _unanswerable(sets: Sequence[Sequence[Trial]]) -> tuple[tuple[float, ...], ...]:
    """The raw confidences of each kind of unanswerable questions.

    The near misses of a set are a kind, unless they are few. Questions whose articles were left out
    are easier, and are one kind, together with those few.
    """
    unanswerable = [[trial for trial in trials if not trial.answerable] for trials in sets]
    near = [[trial.raw for trial in trials if not trial.left_out] for trials in unanswerable]
    kinds = [kind for kind in near if len(kind) >= FEWEST]
    kinds.append([raw for kind in near if len(kind) < FEWEST for raw in kind])
    kinds[-1] += [trial.raw for trials in unanswerable for trial in trials if trial.left_out]
    return tuple(tuple(round(raw, DIGITS) for raw in sorted(kind)) for kind in kinds if kind)


def _knots(sets: Sequence[Sequence[Trial]]) -> tuple[tuple[float, float], ...]:
    """Isotonic regression of what was right on the raw confidence, made to rise everywhere.

    Each of its steps becomes one point at its middle (Oron and Flournoy, "Centered isotonic
    regression", 2017), so that of two confidences the higher one stays higher. Only answerable
    questions count: nobody knows how many of a library's questions it does not answer, and the
    risk covers those.
    """
    from sklearn.isotonic import IsotonicRegression

    sets = [[trial for trial in trials if trial.answerable] for trials in sets]
    raw = np.array([trial.raw for trials in sets for trial in trials])
    right = np.array([float(trial.right) for trials in sets for trial in trials])
    weight = np.concatenate([np.full(len(trials), 1 / max(len(trials), 1)) for trials in sets])
    weight *= len(raw) / weight.sum()
    level = IsotonicRegression().fit_transform(raw, right, sample_weight=weight)
    knots = [(0.0, 0.0)]
    for value, group in groupby(sorted(zip(level, raw, weight, strict=True)), itemgetter(0)):
        _, places, weights = (np.array(part) for part in zip(*group, strict=True))
        # Another half-right question keeps a short step from certainty.
        height = (value * weights.sum() + 0.5) / (weights.sum() + 1)
        knot = round(np.average(places, weights=weights), DIGITS), round(height, DIGITS)
        if knots[-1][0] < knot[0] < 1 and knots[-1][1] < knot[1] < 1:
            knots.append((float(knot[0]), float(knot[1])))
    return (*knots, (1.0, 1.0))


# -- measuring


def measures(records: Sequence[Record], made: Calibration) -> dict[str, float | None]:
    """How well questions are answered with a calibration, and how well they are ranked."""
    answerable = [record for record in records if record.answerable]
    others = [r.raw for r in records if not r.answerable and not r.left_out]
    left_out = [record.raw for record in records if record.left_out]
    sure = [record for record in answerable if made.risk(record.raw) <= DEFAULT_RISK]
    probable = [r for r in answerable if DEFAULT_RISK < made.risk(r.raw) <= PROBABLE_RISK]
    raw = [record.raw for record in answerable]
    return {
        "false": share([made.answers(other, DEFAULT_RISK) for other in others]),
        "left out": share([made.answers(other, DEFAULT_RISK) for other in left_out]),
        "answered": len(sure) / len(answerable),
        "right": share([record.first for record in sure]),
        "probable": len(probable) / len(answerable),
        "right of them": share([record.first for record in probable]),
        "ECE": calibration_error([(made.probability(r.raw), r.first) for r in answerable]),
        "first": share([record.first for record in answerable]),
        "three": share([record.three for record in answerable]),
        "article": share([record.article for record in answerable]),
        "AUROC": auroc(raw, others),
        "AUROC left out": auroc(raw, left_out),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with a set each")
    parser.add_argument("--only-measure", nargs="*", type=Path, default=[], metavar="SET")
    parser.add_argument("--reader")
    parser.add_argument("--copies", type=Path, default=Path(".training/models"))
    parser.add_argument("--cache", type=Path, default=Path(".training/calibration"))
    parser.add_argument("--most", type=int, help="questions to ask of a set; else all")
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="FILE")
    parser.add_argument("--dry", action="store_true", help="print the table and write nothing")
    options = parser.parse_args()
    folders = [*options.sets, *options.only_measure]
    questions = {folder: questions_of(folder / "questions.jsonl") for folder in folders}
    reader, copies = options.reader, options.copies
    fingerprint = open_reader(reader, copies).fingerprint
    by_set: dict[str, list[Record]] = {}
    for folder in folders:
        path = options.cache / f"{folder.name}-{fingerprint}-{options.most or 'all'}.json"
        records = stored(path)
        if records is None:
            others = [q for other in folders if other != folder for q in questions[other]]
            off_topic = spread(others, OFF_TOPIC)
            records = ask(folder, off_topic, copies=copies, reader=reader, most=options.most)
            store(path, records)
        by_set[folder.name] = records
    fitted_to = {folder.name: by_set[folder.name] for folder in options.sets}
    made = fit(fitted_to)
    rows = []
    for name, records in by_set.items():
        report = half_of(records, "report")
        if rest := {other: fitted_to[other] for other in fitted_to if other != name}:
            rows.append((name, "by others", measures(report, fit(rest))))
        rows.append((name, "by all", measures(report, made)))
    table = Table("set", "", *rows[0][2])
    for name, what, figures in rows:
        table.add_row(name, what, *("–" if x is None else f"{x:.3f}" for x in figures.values()))
    Console(width=140).print(table)
    if not options.dry:
        options.out.write_text(f"{made.to_json()}\n", "utf-8")


if __name__ == "__main__":
    main()

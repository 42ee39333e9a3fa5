"""Fit a calibration to sets of questions.

`python -m retrieval.training.calibrate SETS...` asks the product the questions of the `fit` half of
each set, or of the whole of a set without halves; the answerable ones again without the articles
that answer; and some questions of the other sets. It writes the shipped calibration, which
`quotewise evaluate SET --half report` measures. For another reader, `--reader FOLDER --out
FOLDER/calibration.json` writes the one that it is used with.
"""

import argparse
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from retrieval.evaluation import Evaluation, Question, questions_of
from retrieval.models import DEFAULT_MODEL
from retrieval.search import calibration
from retrieval.search.calibration import Calibration

SHIPPED = Path(calibration.__file__).with_name(calibration.FILE)
OFF_TOPIC = 60  # questions of other sets that each set is asked
DIGITS = 5  # of the numbers written
FEWEST = 50  # near misses of a set that are a kind of their own


class Record(NamedTuple):
    """The outcome of a question; with `left_out`, no article that was searched answers it."""

    raw: float
    answerable: bool
    right: bool = False
    left_out: bool = False


def ask(
    folder: Path,
    questions: Sequence[Question],
    off_topic: Sequence[Question],
    *,
    copies: Path,
    reader: str | None = None,
) -> list[Record]:
    """Ask some questions of a set, and questions that have nothing to do with it."""
    records = []
    with Evaluation(folder, model=DEFAULT_MODEL, copies=copies, reader=reader) as evaluation:
        evaluation.read()
        results = evaluation.ask(questions, without_gold=True)
        for result in track(results, folder.name, len(questions)):
            answerable = result.question.answerable
            records.append(Record(result.answer.raw, answerable, result.is_right))
            if result.without_gold:
                records.append(Record(result.without_gold.raw, False, left_out=True))
        for result in evaluation.ask(off_topic):
            records.append(Record(result.answer.raw, False, left_out=True))
    return records


def spread(questions: Sequence[Question], most: int | None) -> Sequence[Question]:
    return questions[:: -(-len(questions) // most)] if most and questions else questions


def fit_half(folder: Path) -> Sequence[Question]:
    """The questions of a set's fit half, or all of them where it has no halves."""
    questions = questions_of(folder / "questions.jsonl")
    return [question for question in questions if question.half == "fit"] or questions


def fit(sets: Mapping[str, Sequence[Record]]) -> Calibration:
    """Fit a calibration to sets of questions, each of which counts the same."""
    records = list(sets.values())
    made_from = f"questions of {', '.join(sets)}"
    return Calibration(_knots(records), _unanswerable(records), made_from)


def _unanswerable(sets: Sequence[Sequence[Record]]) -> tuple[tuple[float, ...], ...]:
    """The raw confidences of each kind of unanswerable questions.

    The near misses of a set are a kind, unless they are few. Questions whose articles were left out
    are easier, and are one kind, together with those few.
    """
    unanswerable = [[record for record in records if not record.answerable] for records in sets]
    near = [[record.raw for record in records if not record.left_out] for records in unanswerable]
    kinds = [kind for kind in near if len(kind) >= FEWEST]
    kinds.append([raw for kind in near if len(kind) < FEWEST for raw in kind])
    kinds[-1] += [record.raw for records in unanswerable for record in records if record.left_out]
    return tuple(tuple(round(raw, DIGITS) for raw in sorted(kind)) for kind in kinds if kind)


def _knots(sets: Sequence[Sequence[Record]]) -> tuple[tuple[float, float], ...]:
    """Isotonic regression of what was right on the raw confidence, made to rise everywhere.

    Each of its steps becomes one point at its middle (Oron and Flournoy, "Centered isotonic
    regression", 2017), so that of two confidences the higher one stays higher. Only answerable
    questions count: nobody knows how many of a library's questions it does not answer, and the
    risk covers those.
    """
    from sklearn.isotonic import IsotonicRegression

    sets = [[record for record in records if record.answerable] for records in sets]
    raw = np.array([record.raw for records in sets for record in records])
    right = np.array([float(record.right) for records in sets for record in records])
    weight = np.concatenate([np.full(len(records), 1 / max(len(records), 1)) for records in sets])
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with a set each")
    parser.add_argument("--reader")
    parser.add_argument("--copies", type=Path, default=Path(".training/models"))
    parser.add_argument("--most", type=int, help="questions to ask of a set; else all")
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="FILE")
    options = parser.parse_args()
    questions = {folder: spread(fit_half(folder), options.most) for folder in options.sets}
    by_set = {}
    for folder, own in questions.items():
        others = [q for other in questions if other != folder for q in questions[other]]
        off_topic = spread(others, OFF_TOPIC)
        by_set[folder.name] = ask(
            folder, own, off_topic, copies=options.copies, reader=options.reader
        )
    options.out.write_text(f"{fit(by_set).to_json()}\n", "utf-8")


if __name__ == "__main__":
    main()

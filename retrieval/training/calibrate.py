"""Fit the shipped calibration, and compare weights of the fused score.

`python -m retrieval.training.calibrate SETS... [--only-measure SETS...]` asks the product the
questions of each set, the answerable ones also with their articles left out, and questions of the
other sets. It fits retrieval/calibration.json to the `fit` halves, or to the whole of a set that is
not halved, and prints how well each set is answered: with thresholds fitted to the other sets, and
with the calibration it wrote. Sets given to --only-measure are never fitted to, such as those
whose fit half the reader was trained on. Answers are cached for each reader, so that fitting again
takes seconds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from retrieval import calibration
from retrieval.calibration import (
    DEFAULT_RISK,
    PROBABLE_RISK,
    Calibration,
    Trial,
    raw_confidence,
)
from retrieval.encoder import DEFAULT_MODEL
from retrieval.evaluation import Evaluation, Question
from retrieval.evaluation.curve import calibration_error
from retrieval.evaluation.sets import questions_of
from retrieval.fitting import LEFT_OUT, auroc, fitted
from retrieval.library import MAIN, Library
from retrieval.reader import open_reader
from retrieval.search.candidates import FUSED_WEIGHT, fused_scores
from retrieval.search.pipeline import Found, Request
from retrieval.search.quotes import chosen

WRITTEN = Path(calibration.__file__).with_name("calibration.json")
WEIGHTS = tuple(sorted({0.0, 1.0, 2.0, 3.0, 4.0, 6.0, FUSED_WEIGHT}))
OFF_TOPIC = 60  # questions of other sets that each set is asked
QUOTES = 3


@dataclass(frozen=True, slots=True)
class Ranking:
    """The result at one weight of the fused score: the best score, and which quotes are right.

    `article` says whether the first quote is of an article that answers, and `right` of each of the
    first quotes whether it holds an answer.
    """

    score: float
    article: bool
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its result at each of the weights.

    With `left_out` nothing answers it because the articles that do were not searched, or because
    it belongs to another set.
    """

    question: str
    half: str | None
    answerable: bool
    left_out: bool
    rankings: tuple[Ranking, ...]

    def trial(self, weight: float) -> Trial:
        """The outcome that a calibration is fitted to."""
        ranking = self.rankings[WEIGHTS.index(weight)]
        right = self.answerable and ranking.right[:1] == (True,)
        return Trial(raw_confidence(ranking.score), self.answerable, right, self.left_out)


@dataclass(frozen=True, slots=True)
class AskedSet:
    """A set with all that was asked of it."""

    name: str
    asked: tuple[Asked, ...]

    @property
    def fit(self) -> list[Asked]:
        """The questions that may be fitted to: all, where the set is not halved."""
        return [one for one in self.asked if one.half == "fit"] or list(self.asked)

    @property
    def report(self) -> list[Asked]:
        """The questions to measure: all, where the set is not halved."""
        return [one for one in self.asked if one.half == "report"] or list(self.asked)


def ask(
    folder: Path,
    off_topic: Sequence[Question],
    *,
    model: str = DEFAULT_MODEL,
    copies: Path,
    reader: str | None = None,
    most: int | None = None,
) -> AskedSet:
    """Ask all or some of a set's questions, and questions that have nothing to do with it."""
    with Evaluation(folder, model=model, copies=copies, reader=reader) as evaluation:
        evaluation.read()
        now = evaluation.now or datetime.now().astimezone()
        library = evaluation.library

        def rankings(question: Question, only: Collection[int] | None) -> tuple[Ranking, ...]:
            return tuple(_rankings(question, _find(library, question, now, only)))

        def asked(question: Question) -> Iterator[Asked]:
            text, half = question.question, question.half
            yield Asked(text, half, question.answerable, False, rankings(question, None))
            if question.answerable:
                left = rankings(question, evaluation.others(question))
                yield Asked(text, half, False, True, left)

        found = [
            one
            for question in track(_spread(evaluation.questions, most), folder.name)
            for one in asked(question)
        ]
        for number, question in enumerate(off_topic):
            half = ("fit", "report")[number % 2] if found[0].half else None
            found.append(Asked(question.question, half, False, True, rankings(question, None)))
    return AskedSet(folder.name, tuple(found))


def _find(
    library: Library, question: Question, now: datetime, only: Collection[int] | None
) -> Found:
    request = Request([MAIN], QUOTES, None, DEFAULT_RISK, now, only)
    return library._pipeline(request).find(question.question)


def _rankings(question: Question, found: Found) -> Iterator[Ranking]:
    """The first quotes at each weight of the fused score, and the best candidate's score."""
    fused = fused_scores(found.hits)
    for weight in WEIGHTS:
        ranked = [
            replace(one, score=one.score + (weight - FUSED_WEIGHT) * fused[one.kept.id])
            for one in found.candidates
        ]
        ranked.sort(key=lambda one: (-one.score, one.kept.id, one.place))
        quotes = [quote for quote, _ in chosen(question.question, ranked, QUOTES, {})]
        yield Ranking(
            round(ranked[0].score, 4) if ranked else -100.0,
            any(quote.article.id in question.article_ids for quote in quotes[:1]),
            tuple(question.is_answered_by(quote.text) for quote in quotes),
        )


def cached(path: Path) -> AskedSet | None:
    """A set that was asked before with the same reader; None if it was not."""
    if not path.is_file():
        return None
    kept = json.loads(path.read_text("utf-8"))
    if kept["weights"] != list(WEIGHTS):
        return None
    return AskedSet(
        kept["name"],
        tuple(
            Asked(**{**one, "rankings": tuple(_ranking(each) for each in one["rankings"])})
            for one in kept["asked"]
        ),
    )


def _ranking(fields: dict[str, object]) -> Ranking:
    return Ranking(**{**fields, "right": tuple(fields["right"])})  # type: ignore[arg-type]


def keep(path: Path, asked: AskedSet) -> None:
    """Write what was asked of a set to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"weights": WEIGHTS, **asdict(asked)}), "utf-8")


def fit(sets: Sequence[AskedSet], weight: float, left_out: float) -> Calibration:
    """The calibration fitted to what may be fitted to of some sets."""
    names = ", ".join(one.name for one in sets)
    trials = [[asked.trial(weight) for asked in one.fit] for one in sets]
    return fitted(trials, f"questions of {names}", left_out)


def measures(asked: Sequence[Asked], made: Calibration, weight: float) -> dict[str, float | None]:
    """How well questions are answered with a calibration, as columns of a table."""
    trials = [one.trial(weight) for one in asked]
    answerable = [one for one in trials if one.answerable]
    left_out = [one for one in trials if one.left_out]
    others = [one for one in trials if not one.answerable and not one.left_out]
    sure = [one for one in answerable if made.risk(one.raw) <= DEFAULT_RISK]
    probable = [one for one in answerable if DEFAULT_RISK < made.risk(one.raw) <= PROBABLE_RISK]
    return {
        "first": _share([one.right for one in answerable]),
        "false": _share([made.answers(one.raw, DEFAULT_RISK) for one in others]),
        "left out": _share([made.answers(one.raw, DEFAULT_RISK) for one in left_out]),
        "answered": len(sure) / len(answerable),
        "right": _share([one.right for one in sure]),
        "probable": len(probable) / len(answerable),
        "right too": _share([one.right for one in probable]),
        "ECE": calibration_error(
            [(made.probability(one.raw), one.right) for one in trials if not one.left_out]
        ),
        **_areas(answerable, others, left_out),
    }


def weighed(asked: Sequence[Asked], weight: float) -> dict[str, float | None]:
    """How well questions are ranked at a weight of the fused score, as columns of a table."""
    rankings = [one.rankings[WEIGHTS.index(weight)] for one in asked if one.answerable]
    trials = [one.trial(weight) for one in asked]
    answerable = [one for one in trials if one.answerable]
    others = [one for one in trials if not one.answerable and not one.left_out]
    return {
        "first": _share([any(one.right[:1]) for one in rankings]),
        "three": _share([any(one.right) for one in rankings]),
        "article": _share([one.article for one in rankings]),
        **_areas(answerable, others, [one for one in trials if one.left_out]),
    }


def _areas(
    answerable: Sequence[Trial], others: Sequence[Trial], left_out: Sequence[Trial]
) -> dict[str, float | None]:
    surest = [one.raw for one in answerable]
    return {
        "AUROC": auroc(surest, [one.raw for one in others]),
        "left-out AUROC": auroc(surest, [one.raw for one in left_out]),
    }


def _share(truths: Sequence[bool]) -> float | None:
    return float(np.mean(truths)) if truths else None


def _spread(questions: Sequence[Question], most: int | None) -> Sequence[Question]:
    """At most so many questions, from all over a set."""
    return questions[:: -(-len(questions) // most)] if most and questions else questions


def print_table(rows: Sequence[tuple[str, str, dict[str, float | None]]]) -> None:
    """Print rows of a set's name, what was measured, and the figures."""
    table = Table("set", "", *rows[0][2])
    for name, what, figures in rows:
        columns = ("–" if one is None else f"{one:.3f}" for one in figures.values())
        table.add_row(name, what, *columns)
    Console(width=140).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with a set each")
    parser.add_argument("--only-measure", nargs="*", type=Path, default=[], metavar="SET")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--reader")
    parser.add_argument("--copies", type=Path, default=Path(".training/models"))
    parser.add_argument("--cache", type=Path, default=Path(".training/calibration"))
    parser.add_argument("--most", type=int, help="questions to ask of a set; else all")
    parser.add_argument("--weights", action="store_true", help="compare weights and write nothing")
    parser.add_argument("--weight", type=float, choices=WEIGHTS, default=FUSED_WEIGHT)
    parser.add_argument("--left-out", type=float, default=LEFT_OUT, metavar="WEIGHT")
    parser.add_argument("--dry", action="store_true", help="print the table and write nothing")
    chosen = parser.parse_args()
    folders = [*chosen.sets, *chosen.only_measure]
    questions = {one: questions_of(one / "questions.jsonl") for one in folders}
    fingerprint = open_reader(chosen.reader, chosen.copies).fingerprint
    asked = []
    for folder in folders:
        path = chosen.cache / f"{folder.name}-{fingerprint}-{chosen.most or 'all'}.json"
        found = cached(path)
        if found is None:
            others = [one for other in folders if other != folder for one in questions[other]]
            found = ask(
                folder,
                _spread(others, OFF_TOPIC),
                model=chosen.model,
                copies=chosen.copies,
                reader=chosen.reader,
                most=chosen.most,
            )
            keep(path, found)
        asked.append(found)
    fitted_to = asked[: len(chosen.sets)]
    if chosen.weights:
        rows = [(s.name, f"{w:g}", weighed(s.fit, w)) for s in fitted_to for w in WEIGHTS]
        print_table(rows)
        return
    made = fit(fitted_to, chosen.weight, chosen.left_out)
    rows = []
    for one in asked:
        other_sets = [other for other in fitted_to if other.name != one.name]
        if other_sets:
            apart = fit(other_sets, chosen.weight, chosen.left_out)
            rows.append((one.name, "fitted to others", measures(one.report, apart, chosen.weight)))
        rows.append((one.name, "fitted to all", measures(one.report, made, chosen.weight)))
    print_table(rows)
    if not chosen.dry:
        WRITTEN.write_text(f"{made.to_json()}\n", "utf-8")


if __name__ == "__main__":
    main()

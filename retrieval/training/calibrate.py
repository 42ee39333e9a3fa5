"""Fit a calibration, and compare weights of the BM25 score.

`python -m retrieval.training.calibrate SETS... [--only-measure SETS...]` asks the product the
questions of each set, the answerable ones also with their articles left out, and some questions of
the other sets. It fits the shipped calibration to the `fit` halves, or to the whole of a set
without one, and prints how well the other half is answered: with thresholds fitted to the other
sets, and with the calibration it wrote. Sets given to --only-measure are never fitted to, such as
those on whose fit half the reader was trained. For another reader, `--reader FOLDER --out
FOLDER/calibration.json` writes the one that it is used with. Answers are cached for each reader,
so that fitting again takes seconds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

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
from retrieval.fitting import auroc, fitted
from retrieval.library import MAIN
from retrieval.reader import open_reader
from retrieval.search.candidates import BM25
from retrieval.search.pipeline import Found, Request
from retrieval.search.quotes import chosen

SHIPPED = Path(calibration.__file__).with_name(calibration.FILE)
WEIGHTS = tuple(sorted({0.0, 0.5, 1.0, 1.5, 2.0, 3.0, BM25}))
OFF_TOPIC = 60  # questions of other sets that each set is asked
QUOTES = 3

Figures = dict[str, float | None]


class Ranking(NamedTuple):
    """The best candidate's odds, and which of the first quotes answer or are of the article."""

    odds: float
    article: bool
    first: bool
    three: bool


class Asked(NamedTuple):
    """A question with its ranking at each of the weights.

    With `left_out` nothing answers it because the articles that do were not searched, or because
    it belongs to another set.
    """

    question: str
    half: str | None
    answerable: bool
    left_out: bool
    rankings: tuple[Ranking, ...]

    def ranking(self, weight: float) -> Ranking:
        return self.rankings[WEIGHTS.index(weight)]

    def trial(self, weight: float) -> Trial:
        """The outcome that a calibration is fitted to."""
        ranking = self.ranking(weight)
        right = self.answerable and ranking.first
        return Trial(raw_confidence(ranking.odds), self.answerable, right, self.left_out)


def ask(
    folder: Path,
    off_topic: Sequence[Question],
    *,
    copies: Path,
    reader: str | None = None,
    most: int | None = None,
) -> list[Asked]:
    """Ask all or some of a set's questions, and questions that have nothing to do with it."""
    with Evaluation(folder, model=DEFAULT_MODEL, copies=copies, reader=reader) as evaluation:
        evaluation.read()
        now = evaluation.now or datetime.now().astimezone()

        def rankings(question: Question, only: Collection[int] | None) -> tuple[Ranking, ...]:
            request = Request([MAIN], QUOTES, None, DEFAULT_RISK, now, only)
            found = evaluation.library._pipeline(request).find(question.question)
            return tuple(_rankings(question, found))

        asked = []
        for one in track(_spread(evaluation.questions, most), folder.name):
            text, half = one.question, one.half
            asked.append(Asked(text, half, one.answerable, False, rankings(one, None)))
            if one.answerable:
                left = rankings(one, evaluation.others(one))
                asked.append(Asked(text, half, False, True, left))
        halves = sorted({one.half for one in asked}, key=str)
        for number, one in enumerate(off_topic):
            half = halves[number % len(halves)]
            asked.append(Asked(one.question, half, False, True, rankings(one, None)))
    return asked


def _rankings(question: Question, found: Found) -> Iterator[Ranking]:
    bm25 = {hit.passage_id: hit.bm25 for hit in found.hits}
    for weight in WEIGHTS:
        ranked = [
            replace(one, score=one.score + (weight - BM25) * bm25[one.kept.id])
            for one in found.candidates
        ]
        ranked.sort(key=lambda one: (-one.score, one.kept.id, one.place))
        quotes = [quote for quote, _ in chosen(question.question, ranked, QUOTES, {})]
        right = [question.is_answered_by(quote.text) for quote in quotes]
        of_article = [quote.article.id in question.article_ids for quote in quotes]
        odds = round(ranked[0].odds, 4) if ranked else -100.0
        yield Ranking(odds, any(of_article[:1]), any(right[:1]), any(right))


def keep(path: Path, asked: Sequence[Asked]) -> None:
    """Write what was asked of a set to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"weights": WEIGHTS, "asked": asked}), "utf-8")


def cached(path: Path) -> list[Asked] | None:
    """What `keep` wrote; None if there is nothing, or something of other weights."""
    if not path.is_file():
        return None
    kept = json.loads(path.read_text("utf-8"))
    if kept["weights"] != list(WEIGHTS):
        return None
    return [
        Asked(text, half, answerable, left_out, tuple(Ranking(*one) for one in rankings))
        for text, half, answerable, left_out, rankings in kept["asked"]
    ]


def half_of(asked: Sequence[Asked], half: str) -> Sequence[Asked]:
    """One half of the questions of a set, or all of them where it has no such half."""
    return [one for one in asked if one.half == half] or asked


def fit(sets: dict[str, list[Asked]], weight: float) -> Calibration:
    """The calibration fitted to the fit halves of some sets."""
    trials = [[one.trial(weight) for one in half_of(asked, "fit")] for asked in sets.values()]
    return fitted(trials, f"questions of {', '.join(sets)}")


def measures(asked: Sequence[Asked], made: Calibration, weight: float) -> Figures:
    """How well questions are answered with a calibration."""
    trials = [one.trial(weight) for one in asked]
    answerable, others, left_out = _by_kind(trials)
    pairs = [(made.probability(one.raw), one.right) for one in answerable]
    sure = [one for one in answerable if made.risk(one.raw) <= DEFAULT_RISK]
    probable = [one for one in answerable if DEFAULT_RISK < made.risk(one.raw) <= PROBABLE_RISK]
    return {
        "false": _share([made.answers(one.raw, DEFAULT_RISK) for one in others]),
        "left out": _share([made.answers(one.raw, DEFAULT_RISK) for one in left_out]),
        "answered": len(sure) / len(answerable),
        "right": _share([one.right for one in sure]),
        "probable": len(probable) / len(answerable),
        "right of them": _share([one.right for one in probable]),
        "ECE": calibration_error(pairs),
    }


def weighed(asked: Sequence[Asked], weight: float) -> Figures:
    """How well questions are ranked at a weight of the BM25 score."""
    rankings = [one.ranking(weight) for one in asked if one.answerable]
    answerable, others, left_out = (
        [one.raw for one in kind] for kind in _by_kind([one.trial(weight) for one in asked])
    )
    return {
        "first": _share([one.first for one in rankings]),
        "three": _share([one.three for one in rankings]),
        "article": _share([one.article for one in rankings]),
        "AUROC": auroc(answerable, others),
        "AUROC left out": auroc(answerable, left_out),
    }


def _by_kind(trials: Sequence[Trial]) -> tuple[list[Trial], list[Trial], list[Trial]]:
    """The answerable questions, the unanswerable ones, and those whose articles were left out."""
    others = [one for one in trials if not one.answerable]
    return (
        [one for one in trials if one.answerable],
        [one for one in others if not one.left_out],
        [one for one in others if one.left_out],
    )


def _share(truths: Sequence[bool]) -> float | None:
    return float(np.mean(truths)) if truths else None


def _spread(questions: Sequence[Question], most: int | None) -> Sequence[Question]:
    """At most so many questions, from all over a set."""
    return questions[:: -(-len(questions) // most)] if most and questions else questions


def print_table(rows: Sequence[tuple[str, str, Figures]]) -> None:
    """Print rows of a set's name, what was measured, and the figures."""
    table = Table("set", "", *rows[0][2])
    for name, what, figures in rows:
        table.add_row(name, what, *("–" if x is None else f"{x:.3f}" for x in figures.values()))
    Console(width=140).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with a set each")
    parser.add_argument("--only-measure", nargs="*", type=Path, default=[], metavar="SET")
    parser.add_argument("--reader")
    parser.add_argument("--copies", type=Path, default=Path(".training/models"))
    parser.add_argument("--cache", type=Path, default=Path(".training/calibration"))
    parser.add_argument("--most", type=int, help="questions to ask of a set; else all")
    parser.add_argument("--weights", action="store_true", help="compare weights and write nothing")
    parser.add_argument("--weight", type=float, choices=WEIGHTS, default=BM25)
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="FILE")
    parser.add_argument("--dry", action="store_true", help="print the table and write nothing")
    options = parser.parse_args()
    folders = [*options.sets, *options.only_measure]
    questions = {folder: questions_of(folder / "questions.jsonl") for folder in folders}
    fingerprint = open_reader(options.reader, options.copies).fingerprint
    asked: dict[str, list[Asked]] = {}
    for folder in folders:
        path = options.cache / f"{folder.name}-{fingerprint}-{options.most or 'all'}.json"
        found = cached(path)
        if found is None:
            others = [one for other in folders if other != folder for one in questions[other]]
            off_topic = _spread(others, OFF_TOPIC)
            found = ask(
                folder, off_topic, copies=options.copies, reader=options.reader, most=options.most
            )
            keep(path, found)
        asked[folder.name] = found
    fitted_to = {folder.name: asked[folder.name] for folder in options.sets}
    rows: list[tuple[str, str, Figures]] = []
    if options.weights:
        for name, one in fitted_to.items():
            rows += [(name, f"{w:g} × BM25", weighed(half_of(one, "fit"), w)) for w in WEIGHTS]
        print_table(rows)
        return
    weight = options.weight
    made = fit(fitted_to, weight)
    for name, one in asked.items():
        report = half_of(one, "report")
        ranked = weighed(report, weight)
        rest = {other: fitted_to[other] for other in fitted_to if other != name}
        if rest:
            apart = measures(report, fit(rest, weight), weight)
            rows.append((name, "by others", apart | ranked))
        rows.append((name, "by all", measures(report, made, weight) | ranked))
    print_table(rows)
    if not options.dry:
        options.out.write_text(f"{made.to_json()}\n", "utf-8")


if __name__ == "__main__":
    main()

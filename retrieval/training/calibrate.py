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

from retrieval.evaluation import Evaluation, Question
from retrieval.evaluation.curve import calibration_error
from retrieval.evaluation.fitting import auroc, fitted
from retrieval.evaluation.sets import questions_of
from retrieval.library import MAIN
from retrieval.models import DEFAULT_MODEL, open_reader
from retrieval.search import calibration
from retrieval.search.calibration import (
    DEFAULT_RISK,
    PROBABLE_RISK,
    Calibration,
    Trial,
    raw_confidence,
)
from retrieval.search.candidates import BM25
from retrieval.search.pipeline import Request, find
from retrieval.search.quotes import chosen
from retrieval.search.records import SearchResult

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


class Record(NamedTuple):
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
) -> list[Record]:
    """Ask all or some of a set's questions, and questions that have nothing to do with it."""
    with Evaluation(folder, model=DEFAULT_MODEL, copies=copies, reader=reader) as evaluation:
        evaluation.read()
        now = evaluation.now or datetime.now().astimezone()

        def rankings(question: Question, only: Collection[int] | None) -> tuple[Ranking, ...]:
            request = Request(question.question, [MAIN], QUOTES, None, DEFAULT_RISK, now, only)
            result = find(evaluation.library._tools([MAIN]), request)
            return tuple(_rankings(question, result))

        records = []
        for question in track(_spread(evaluation.questions, most), folder.name):
            text, half = question.question, question.half
            records.append(Record(text, half, question.answerable, False, rankings(question, None)))
            if question.answerable:
                left = rankings(question, evaluation.others(question))
                records.append(Record(text, half, False, True, left))
        halves = sorted({record.half for record in records}, key=str)
        for number, question in enumerate(off_topic):
            half = halves[number % len(halves)]
            records.append(Record(question.question, half, False, True, rankings(question, None)))
    return records


def _rankings(question: Question, result: SearchResult) -> Iterator[Ranking]:
    bm25 = {hit.passage_id: hit.bm25 for hit in result.hits}
    for weight in WEIGHTS:
        ranked = [
            replace(candidate, score=candidate.score + (weight - BM25) * bm25[candidate.stored.id])
            for candidate in result.candidates
        ]
        ranked.sort(key=lambda candidate: (-candidate.score, candidate.stored.id, candidate.place))
        quotes = [quote for quote, _ in chosen(question.question, ranked, QUOTES, {})]
        right = [question.is_answered_by(quote.text) for quote in quotes]
        of_article = [quote.article.id in question.article_ids for quote in quotes]
        odds = round(ranked[0].odds, 4) if ranked else -100.0
        yield Ranking(odds, any(of_article[:1]), any(right[:1]), any(right))


def keep(path: Path, records: Sequence[Record]) -> None:
    """Write what was asked of a set to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"weights": WEIGHTS, "asked": records}), "utf-8")


def cached(path: Path) -> list[Record] | None:
    """What `keep` wrote; None if there is nothing, or something of other weights."""
    if not path.is_file():
        return None
    stored = json.loads(path.read_text("utf-8"))
    if stored["weights"] != list(WEIGHTS):
        return None
    return [
        Record(text, half, answerable, left_out, tuple(Ranking(*ranking) for ranking in rankings))
        for text, half, answerable, left_out, rankings in stored["asked"]
    ]


def half_of(records: Sequence[Record], half: str) -> Sequence[Record]:
    """One half of the questions of a set, or all of them where it has no such half."""
    return [record for record in records if record.half == half] or records


def fit(sets: dict[str, list[Record]], weight: float) -> Calibration:
    """The calibration fitted to the fit halves of some sets."""
    trials = [
        [record.trial(weight) for record in half_of(records, "fit")] for records in sets.values()
    ]
    return fitted(trials, f"questions of {', '.join(sets)}")


def measures(records: Sequence[Record], made: Calibration, weight: float) -> Figures:
    """How well questions are answered with a calibration."""
    trials = [record.trial(weight) for record in records]
    answerable, others, left_out = _by_kind(trials)
    pairs = [(made.probability(trial.raw), trial.right) for trial in answerable]
    sure = [trial for trial in answerable if made.risk(trial.raw) <= DEFAULT_RISK]
    probable = [
        trial for trial in answerable if DEFAULT_RISK < made.risk(trial.raw) <= PROBABLE_RISK
    ]
    return {
        "false": _share([made.answers(trial.raw, DEFAULT_RISK) for trial in others]),
        "left out": _share([made.answers(trial.raw, DEFAULT_RISK) for trial in left_out]),
        "answered": len(sure) / len(answerable),
        "right": _share([trial.right for trial in sure]),
        "probable": len(probable) / len(answerable),
        "right of them": _share([trial.right for trial in probable]),
        "ECE": calibration_error(pairs),
    }


def weighed(records: Sequence[Record], weight: float) -> Figures:
    """How well questions are ranked at a weight of the BM25 score."""
    rankings = [record.ranking(weight) for record in records if record.answerable]
    answerable, others, left_out = (
        [trial.raw for trial in kind]
        for kind in _by_kind([record.trial(weight) for record in records])
    )
    return {
        "first": _share([ranking.first for ranking in rankings]),
        "three": _share([ranking.three for ranking in rankings]),
        "article": _share([ranking.article for ranking in rankings]),
        "AUROC": auroc(answerable, others),
        "AUROC left out": auroc(answerable, left_out),
    }


def _by_kind(trials: Sequence[Trial]) -> tuple[list[Trial], list[Trial], list[Trial]]:
    """The answerable questions, the unanswerable ones, and those whose articles were left out."""
    others = [trial for trial in trials if not trial.answerable]
    return (
        [trial for trial in trials if trial.answerable],
        [trial for trial in others if not trial.left_out],
        [trial for trial in others if trial.left_out],
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
    records_by_set: dict[str, list[Record]] = {}
    for folder in folders:
        path = options.cache / f"{folder.name}-{fingerprint}-{options.most or 'all'}.json"
        records = cached(path)
        if records is None:
            others = [
                question for other in folders if other != folder for question in questions[other]
            ]
            off_topic = _spread(others, OFF_TOPIC)
            records = ask(
                folder, off_topic, copies=options.copies, reader=options.reader, most=options.most
            )
            keep(path, records)
        records_by_set[folder.name] = records
    fitted_to = {folder.name: records_by_set[folder.name] for folder in options.sets}
    rows: list[tuple[str, str, Figures]] = []
    if options.weights:
        for name, set_records in fitted_to.items():
            rows += [
                (name, f"{w:g} × BM25", weighed(half_of(set_records, "fit"), w)) for w in WEIGHTS
            ]
        print_table(rows)
        return
    weight = options.weight
    made = fit(fitted_to, weight)
    for name, set_records in records_by_set.items():
        report = half_of(set_records, "report")
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

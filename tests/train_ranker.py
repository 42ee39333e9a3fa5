"""Trains retrieval/trained/*.onnx anew: `python tests/train_ranker.py SET... [--kept FILE]`.

Needs lightgbm and onnxmltools (`pip install ".[train]"`). Run it whenever the signals have changed,
and `python tests/make_calibration.py` after it. One half of each set is trained on; the table is of
the other. With `--kept` the signals are read from a file, if it is there, or else written to it.
"""

from __future__ import annotations

import argparse
import pickle
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from halves import is_tuned_on
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from bot.settings import DEFAULT_MODEL, default_home
from retrieval import trained
from retrieval.evaluation import Evaluation, Question, normalised
from retrieval.evaluation.sets import lines_of, questions_of
from retrieval.fitting import auroc
from retrieval.inquiry import Signalled
from retrieval.library import Library
from retrieval.records import Floats
from retrieval.signals import Signals

FOLDER = Path(trained.__file__).parent
FOLDS = 3
OFF_TOPIC = 30  # questions that each set is asked of each other
MOST = 1_500  # questions of a set
MOST_TRANSLATED = 300  # the same of XQuAD in another language than English
LEFT_OUT = 400  # questions of a set that are asked without their articles, too
ALONE = 600  # and of these articles alone, as of a library that has no others
ANSWERS = ("plain", "alone")
"""The kinds of examples that an article answers, if one answers the question."""

WEIGHTS = {"clapnq": 2.0, "news-facts": 2.0}
"""What a question of a small set counts; of others, 1."""

RANKER = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 5,
    "num_leaves": 6,
    "learning_rate": 0.04,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
}
RANKER_TREES = 350
CONFIDENCE = {
    "objective": "binary",
    "num_leaves": 4,
    "learning_rate": 0.04,
    "min_data_in_leaf": 60,
    "lambda_l2": 10.0,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}
CONFIDENCE_TREES = 250
ALWAYS = {"verbose": -1, "num_threads": 1, "seed": 1, "deterministic": True}


@dataclass(frozen=True, slots=True)
class Example:
    """A question and the sentences the ranker is asked of it.

    `kind` is how it was asked: as it is ("plain"), with its articles left out ("left out"), of
    these alone ("alone"), or of a set about something else ("elsewhere"). `right` tells which
    sentences hold an answer.
    """

    set: str
    id: str
    tuned_on: bool
    answerable: bool
    kind: str
    fold: int
    signals: Floats
    right: np.ndarray
    articles: tuple[str, ...]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sets", nargs="+", type=Path, help="folders with a set each")
    arguments.add_argument("--model", default=DEFAULT_MODEL)
    arguments.add_argument("--copies", type=Path, default=default_home() / "models")
    arguments.add_argument("--kept", type=Path)
    chosen = arguments.parse_args()
    if chosen.kept and chosen.kept.exists():
        examples = pickle.loads(chosen.kept.read_bytes())
    else:
        examples = [
            one
            for folder in chosen.sets
            for one in examples_of(folder, chosen.sets, chosen.model, chosen.copies)
        ]
        if chosen.kept:
            chosen.kept.write_bytes(pickle.dumps(examples))
    tuned_on = [one for one in examples if one.tuned_on and len(one.right)]
    held_out = [one for one in examples if not one.tuned_on and len(one.right)]
    ranker = fitted_ranker(tuned_on)
    confidence = fitted_confidence(tuned_on, scores_of_others(tuned_on))
    report(held_out, ranker, confidence)
    for model, name in ((ranker, trained.RANKER), (confidence, trained.CONFIDENCE)):
        (FOLDER / name).write_bytes(as_onnx(model))


def examples_of(folder: Path, sets: Sequence[Path], model: str, copies: Path) -> Iterator[Example]:
    """Ask a set its questions, with and without their articles, and some of other sets."""
    titles = {line["id"]: line["title"] for line in lines_of(folder / "articles.jsonl")}
    with Evaluation(folder, model=model, copies=copies) as evaluation:
        evaluation.read()
        library, now = evaluation.library, evaluation.now
        keys = {one.kept.article.id: one.key for one in library.arrivals(0)}
        translated = folder.name.startswith("xquad-") and folder.name != "xquad-en"
        questions = some(evaluation.questions, MOST_TRANSLATED if translated else MOST)
        for one in questions:
            seen = library.signalled(one.question, now=now)
            yield _example(folder.name, one, seen, kind="plain", tuned_on=is_tuned_on(one, titles))
        for one in some([one for one in questions if one.answerable], LEFT_OUT):
            others = [key for id, key in keys.items() if id not in one.article_ids]
            seen = library.signalled(one.question, only=others, now=now)
            yield _example(
                folder.name, one, seen, kind="left out", tuned_on=is_tuned_on(one, titles)
            )
        for one in some([one for one in questions if one.article_ids], ALONE):
            these = [key for id, key in keys.items() if id in one.article_ids]
            seen = library.signalled(one.question, only=these, now=now)
            yield _example(folder.name, one, seen, kind="alone", tuned_on=is_tuned_on(one, titles))
        yield from _elsewhere(folder, sets, library)
    print(f"{folder.name} was asked", flush=True)


def _elsewhere(folder: Path, sets: Sequence[Path], library: Library) -> Iterator[Example]:
    for other in sets:
        if other.name.partition("-")[0] == folder.name.partition("-")[0]:
            continue
        questions = questions_of(other / "questions.jsonl")
        titles = {line["id"]: line["title"] for line in lines_of(other / "articles.jsonl")}
        for one in some(questions, OFF_TOPIC):
            seen = library.signalled(one.question)
            yield _example(
                folder.name, one, seen, kind="elsewhere", tuned_on=is_tuned_on(one, titles)
            )


def some(questions: Sequence[Question], most: int) -> Sequence[Question]:
    """At most so many questions, from all over a set."""
    return questions[:: -(-len(questions) // most)] if questions else questions


def _example(
    name: str, question: Question, seen: Signalled, *, kind: str, tuned_on: bool
) -> Example:
    wanted = [told for told in map(normalised, question.answers) if told]
    articles = [one.ranked.kept.article for one in seen.sentences]
    told = [
        normalised(article.text[one.sentence.start : one.sentence.end])
        for article, one in zip(articles, seen.sentences, strict=True)
    ]
    right = [
        kind in ANSWERS and article.id in question.article_ids and any(w in t for w in wanted)
        for article, t in zip(articles, told, strict=True)
    ]
    return Example(
        name,
        question.id,
        tuned_on,
        question.answerable and kind in ANSWERS,
        kind,
        zlib.crc32(question.question.encode()) % FOLDS,
        seen.signals,
        np.array(right, dtype=bool),
        tuple(article.id for article in articles),
    )


def fitted_ranker(examples: Sequence[Example]) -> lightgbm.Booster:
    """A ranker of the sentences of questions that one of them answers."""
    used = [one for one in examples if one.right.any()]
    return lightgbm.train(
        {**RANKER, **ALWAYS},
        lightgbm.Dataset(
            np.concatenate([one.signals for one in used]),
            np.concatenate([one.right for one in used]).astype(float),
            group=[len(one.right) for one in used],
            weight=np.concatenate(
                [np.full(len(one.right), WEIGHTS.get(one.set, 1.0)) for one in used]
            ),
            feature_name=list(Signals._fields),
        ),
        RANKER_TREES,
    )


def scores_of_others(examples: Sequence[Example]) -> list[Floats]:
    """The scores of each example by a ranker that has not seen its question."""
    rankers = [
        fitted_ranker([one for one in examples if one.fold != fold]) for fold in range(FOLDS)
    ]
    return [scores(rankers[one.fold], one) for one in examples]


def scores(ranker: lightgbm.Booster, example: Example) -> Floats:
    """As `trained.scores` gives them."""
    told = np.asarray(ranker.predict(example.signals, raw_score=True), dtype=np.float32)
    return trained.mixed(told, example.signals)


def fitted_confidence(examples: Sequence[Example], scores: Sequence[Floats]) -> lightgbm.Booster:
    """Whether the best sentence answers, from the signals of all."""
    rows = [
        trained.standing(one.signals, told, one.articles)
        for one, told in zip(examples, scores, strict=True)
    ]
    right = [bool(one.right[np.argmax(told)]) for one, told in zip(examples, scores, strict=True)]
    return lightgbm.train(
        {**CONFIDENCE, **ALWAYS},
        lightgbm.Dataset(np.stack(rows), np.array(right, dtype=float), weight=_balanced(examples)),
        CONFIDENCE_TREES,
    )


def _balanced(examples: Sequence[Example]) -> np.ndarray:
    """Each set counts the same, and in it each kind of question."""
    kinds = [(one.set, one.kind, one.answerable) for one in examples]
    return np.array([len(kinds) / kinds.count(kind) / 10 for kind in kinds])


def report(
    examples: Sequence[Example], ranker: lightgbm.Booster, confidence: lightgbm.Booster
) -> None:
    """Print how good both are on questions that they have not seen."""
    print("set         kind       questions  right first  in three  AUROC")
    raw: dict[tuple[str, str, bool], list[float]] = {}
    for one in examples:
        told = scores(ranker, one)
        row = trained.standing(one.signals, told, one.articles)
        key = one.set, one.kind, one.answerable
        raw.setdefault(key, []).append(float(confidence.predict(row[None], raw_score=True)[0]))
    for (name, kind, answerable), values in raw.items():
        found = [
            one.right[np.argsort(-scores(ranker, one), kind="stable")]
            for one in examples
            if (one.set, one.kind, one.answerable) == (name, kind, answerable)
        ]
        if answerable:
            first, three = (np.mean([one[:n].any() for one in found]) for n in (1, 3))
            print(f"{name:11} {kind:10} {len(found):9} {first:12.3f} {three:9.3f}")
        else:
            told = auroc(raw[name, "alone" if kind == "alone" else "plain", True], values)
            print(f"{name:11} {kind:10} {len(found):9} {'':22} {told:6.3f}")


def as_onnx(model: lightgbm.Booster) -> bytes:
    """The model as onnxruntime runs it, with its raw score: trees of a regression give that."""
    text = model.model_to_string().replace("objective=binary sigmoid:1", "objective=regression")
    text = text.replace("[objective: binary]", "[objective: regression]")
    plain = lightgbm.Booster(model_str=text)
    shape = [None, plain.num_feature()]
    made = convert_lightgbm(plain, initial_types=[(trained.INPUT, FloatTensorType(shape))])
    return bytes(made.SerializeToString())


if __name__ == "__main__":
    main()

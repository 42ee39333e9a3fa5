"""The trained models: signals of sentences become scores, and those of the best a confidence.

MODEL_CARD.md tells what they were trained on and how to make them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from retrieval.records import Floats
from retrieval.runtime import onnxruntime
from retrieval.scoring import SHARPNESS
from retrieval.signals import Signals

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

RANKER = "ranker.onnx"
CONFIDENCE = "confidence.onnx"

INPUT = "signals"

RANKER_SHARE = 0.4
"""What the trees' scores count beside the first ones, with a sum of one."""

FIRST = Signals._fields.index("first")


def scores(signals: Floats) -> Floats:
    """How well each sentence answers, float32 of shape (sentences,): a logarithm of its odds.

    `signals` is float32 of shape (sentences, signals); the odds are among these sentences only.
    """
    return mixed(_run(RANKER, signals), signals) if len(signals) else np.zeros(0, dtype=np.float32)


def mixed(ranker: Floats, signals: Floats) -> Floats:
    """The ranker's scores with the first ones, float32 of shape (sentences,).

    The trees know what tells news apart, and the first scores, which were not trained, do better
    where the words of the question are not those of the answer, and in small libraries.
    """
    first = signals[:, FIRST] / SHARPNESS
    return np.asarray(RANKER_SHARE * ranker + (1 - RANKER_SHARE) * first, dtype=np.float32)


def probabilities(scores: Floats) -> Floats:
    """The probability of each sentence to be the one that answers, if any does; (sentences,)."""
    odds = np.exp(scores - scores.max()) if len(scores) else scores
    return np.asarray(odds / odds.sum() if len(odds) else odds, dtype=np.float32)


def confidence(signals: Floats, scores: Floats, articles: Sequence[object]) -> float:
    """How sure it is that the best sentence answers, 0 to 1, yet to be calibrated.

    `articles` tells which article each sentence is of. 0 where there is no sentence.
    """
    if not len(scores):
        return 0.0
    odds = _run(CONFIDENCE, standing(signals, scores, articles)[None])[0]
    return float(1 / (1 + np.exp(-odds)))


def standing(signals: Floats, scores: Floats, articles: Sequence[object]) -> Floats:
    """The signals of the best sentence, and how far it stands out among the others."""
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    others = [scores[i] for i in order[1:]]
    elsewhere = [scores[i] for i in order if articles[i] != articles[best]]
    share = probabilities(scores)
    same = sum(float(share[i]) for i in order if articles[i] == articles[best])
    far = float(scores[order[-1]])
    more = [
        scores[best],
        scores[best] - (others[0] if others else far),
        scores[best] - (elsewhere[0] if elsewhere else far),
        np.mean(scores[order[:5]]),
        share[best],
        same,
        len({articles[i] for i in order[:5]}),
    ]
    return np.concatenate([signals[best], np.array(more, dtype=np.float32)]).astype(np.float32)


def _run(name: str, rows: Floats) -> Floats:
    (told,) = _session(name).run(None, {INPUT: rows})
    return np.asarray(told, dtype=np.float32).ravel()


@cache
def _session(name: str) -> InferenceSession:
    ort = onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # thirty rows are done before other threads have begun
    return ort.InferenceSession(
        files(__package__).joinpath(name).read_bytes(), options, providers=["CPUExecutionProvider"]
    )

"""Fit calibrations to questions whose answers are known; the only module with scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from retrieval.search.calibration import Calibration, Trial

DIGITS = 5  # of the numbers written
FEWEST = 50  # near misses of a set that are a kind of their own


def fitted(sets: Sequence[Sequence[Trial]], made_from: str) -> Calibration:
    """Fit a calibration to sets of questions, each of which counts the same."""
    return Calibration(_knots(sets), _unanswerable(sets), made_from)


def auroc(answerable: Sequence[float], others: Sequence[float]) -> float | None:
    """How well confidences tell two kinds of questions apart; None if one kind is missing."""
    from sklearn.metrics import roc_auc_score

    if not answerable or not others:
        return None
    truths = [1] * len(answerable) + [0] * len(others)
    return float(roc_auc_score(truths, [*answerable, *others]))


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
    questions count: how many of a library's questions it does not answer, nobody knows, and the
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

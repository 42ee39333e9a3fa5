"""Calibrations are fitted to questions whose answers are known; the only room with scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from retrieval.calibration import Calibration, Trial, Unanswerable

DIGITS = 5  # of what is written down


def fitted(
    sets: Sequence[Sequence[Trial]], off_topic: Sequence[float], made_from: str
) -> Calibration:
    """A calibration from sets of questions, each of which counts the same.

    `off_topic` are raw confidences of questions that have nothing to do with the articles.
    """
    trials = [one for trials in sets for one in trials]
    told = [sorted(one.raw for one in trials if not one.answerable) for trials in sets]
    told = [raws for raws in told if raws]
    return Calibration(
        _knots(sets),
        tuple(
            Unanswerable(1 / len(told), tuple(round(raw, DIGITS) for raw in raws)) for raws in told
        ),
        _boundary(off_topic, [one.raw for one in trials if not one.left_out]),
        made_from,
    )


def auroc(answerable: Sequence[float], others: Sequence[float]) -> float | None:
    """How well confidences tell two kinds of questions apart; None where there is but one."""
    from sklearn.metrics import roc_auc_score

    if not answerable or not others:
        return None
    truths = [1] * len(answerable) + [0] * len(others)
    return float(roc_auc_score(truths, [*answerable, *others]))


def _knots(sets: Sequence[Sequence[Trial]]) -> tuple[tuple[float, float], ...]:
    """Isotonic regression of what was right on the raw confidence, made to rise everywhere.

    Each of its steps becomes one point at its middle (Oron and Flournoy, "Centered isotonic
    regression", 2017), so that of two confidences the higher one stays higher.
    """
    from sklearn.isotonic import IsotonicRegression

    raw = np.array([one.raw for trials in sets for one in trials])
    right = np.array([float(one.right) for trials in sets for one in trials])
    weight = np.concatenate([np.full(len(trials), 1 / len(trials)) for trials in sets])
    weight *= len(raw) / weight.sum()
    level = IsotonicRegression().fit_transform(raw, right, sample_weight=weight)
    knots = [(0.0, 0.0)]
    for value, group in groupby(sorted(zip(level, raw, weight, strict=True)), itemgetter(0)):
        _, places, weights = (np.array(part) for part in zip(*group, strict=True))
        # One question more, half right, keeps a short step from certainty.
        height = (value * weights.sum() + 0.5) / (weights.sum() + 1)
        knot = round(np.average(places, weights=weights), DIGITS), round(height, DIGITS)
        if knots[-1][0] < knot[0] < 1 and knots[-1][1] < knot[1] < 1:
            knots.append((float(knot[0]), float(knot[1])))
    return (*knots, (1.0, 1.0))


def _boundary(off_topic: Sequence[float], others: Sequence[float]) -> float:
    """The raw confidence that best parts questions off topic from all others.

    Both kinds count the same, however many there are of either.
    """
    places = np.unique([0.0, *off_topic, *others])
    below, under = (np.searchsorted(np.sort(told), places) for told in (off_topic, others))
    gain = below / max(len(off_topic), 1) - under / max(len(others), 1)
    return round(float(places[int(np.argmax(gain))]), DIGITS)

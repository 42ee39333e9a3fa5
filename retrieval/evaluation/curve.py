"""How much is answered at which risk, and how far the confidences can be believed; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.calibration import Calibration
from retrieval.evaluation.asking import Asked
from retrieval.records import Answer

RISKS = (0.01, 0.02, 0.05, 0.1, 0.2)
BINS = 10


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What is answered at a stated risk; shares lie between 0 and 1.

    Answered is what is surer than `threshold`. `answered` is the share of answerable questions,
    `right` the share of those whose first quote holds the answer, and `false_answers` the share
    of unanswerable ones that are answered. `within_reach` is the share of answerable ones that
    would be answered if the set's own unanswerable questions were known and exactly the risk
    taken. A share of nothing is None.
    """

    risk: float
    threshold: float
    answered: float
    right: float | None
    false_answers: float | None
    within_reach: float | None


def risk_points(asked: Sequence[Asked], calibration: Calibration) -> tuple[RiskPoint, ...]:
    """What this set gets at each risk."""
    answerable = [one for one in asked if one.question.answerable]
    unanswerable = [one for one in asked if not one.question.answerable]
    return tuple(_at_risk(risk, answerable, unanswerable, calibration) for risk in RISKS)


def steps(answerable: Sequence[Answer], others: Sequence[Answer]) -> list[tuple[float, float]]:
    """The curve itself: the false answers, and what is answered, from none to all of both."""
    truths = np.array([True] * len(answerable) + [False] * len(others))
    told = np.array([one.confidence for one in (*answerable, *others)])
    order = np.argsort(-told, kind="stable")
    last = np.append(np.diff(told[order]) != 0, True)  # equally sure ones come together
    answered = np.cumsum(truths[order])[last] / max(truths.sum(), 1)
    false = np.cumsum(~truths[order])[last] / max((~truths).sum(), 1)
    return [(0.0, 0.0), *zip(false.tolist(), answered.tolist(), strict=True)]


def brier(asked: Sequence[Asked]) -> float:
    """The mean squared distance of confidences from what was right; 0 is best."""
    return float(np.mean([(one.answer.confidence - one.is_right) ** 2 for one in asked]))


def bins(asked: Sequence[Asked]) -> list[tuple[float, float, int]]:
    """Equally large groups by confidence: their mean confidence, the share right, how many."""
    told = sorted((one.answer.confidence, one.is_right) for one in asked)
    groups = [group for group in np.array_split(np.array(told), BINS) if len(group)]
    return [(float(g[:, 0].mean()), float(g[:, 1].mean()), len(g)) for g in groups]


def calibration_error(asked: Sequence[Asked]) -> float:
    """How far confidences lie from the share that is right, over groups of like confidence (ECE).

    The groups are equally large (Nguyen and O'Connor, 2015): of equally wide ones most are empty.
    """
    distances = [abs(told - right) * number for told, right, number in bins(asked)]
    return sum(distances) / len(asked)


def _at_risk(
    risk: float, answerable: Sequence[Asked], unanswerable: Sequence[Asked], found: Calibration
) -> RiskPoint:
    told = [one for one in answerable if found.answers(one.answer.raw, risk)]
    false = [one for one in unanswerable if found.answers(one.answer.raw, risk)]
    reach = None
    if unanswerable:
        falling = sorted((one.answer.confidence for one in unanswerable), reverse=True)
        bound = falling[int(risk * len(falling))]
        reach = _share(sum(one.answer.confidence > bound for one in answerable), len(answerable))
    return RiskPoint(
        risk,
        found.threshold(risk),
        _share(len(told), len(answerable)) or 0.0,
        _share(sum(one.is_right for one in told), len(told)),
        _share(len(false), len(unanswerable)),
        reach,
    )


def _share(some: int, total: int) -> float | None:
    return some / total if total else None

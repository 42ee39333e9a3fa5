"""How much is answered at each risk, and how far the confidences lie from the truth; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.evaluation.asking import QuestionResult
from retrieval.search.calibration import Calibration

RISKS = (0.01, 0.02, 0.05, 0.1, 0.2)
BINS = 10


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What is answered at a stated risk; shares lie between 0 and 1.

    Questions with a confidence above `threshold` are answered. `answered` is the share of the
    answerable ones, `right` the share of those whose first quote holds the answer, and
    `false_answers` the share of unanswerable ones that are answered. `within_reach` is the share of
    answerable ones that would be answered if the set's own unanswerable questions were known and
    exactly the risk taken. A share of nothing is None.
    """

    risk: float
    threshold: float
    answered: float
    right: float | None
    false_answers: float | None
    within_reach: float | None


def risk_points(
    results: Sequence[QuestionResult], calibration: Calibration
) -> tuple[RiskPoint, ...]:
    """The figures of a set at each risk."""
    answerable = [result for result in results if result.question.answerable]
    unanswerable = [result for result in results if not result.question.answerable]
    return tuple(_at_risk(risk, answerable, unanswerable, calibration) for risk in RISKS)


def confidences(results: Sequence[QuestionResult]) -> list[tuple[float, bool]]:
    """The confidence of each answerable question, and whether its first quote was right."""
    return [
        (result.answer.confidence, result.is_right)
        for result in results
        if result.question.answerable
    ]


def brier(pairs: Sequence[tuple[float, bool]]) -> float:
    """The mean squared distance of confidences from what was right; 0 is best."""
    return float(np.mean([(confidence - right) ** 2 for confidence, right in pairs]))


def bins(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Ten equally large groups by confidence: mean confidence, share right, number."""
    groups = [group for group in np.array_split(np.array(sorted(pairs)), BINS) if len(group)]
    return [(float(g[:, 0].mean()), float(g[:, 1].mean()), len(g)) for g in groups]


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error: how far confidences lie from the share right, by groups.

    The groups are equally large (Nguyen and O'Connor, 2015): of equally wide ones most are empty.
    """
    distances = [abs(confidence - right) * number for confidence, right, number in bins(pairs)]
    return sum(distances) / len(pairs)


def _at_risk(
    risk: float,
    answerable: Sequence[QuestionResult],
    unanswerable: Sequence[QuestionResult],
    calibration: Calibration,
) -> RiskPoint:
    surer = [result for result in answerable if calibration.answers(result.answer.raw, risk)]
    false = [result for result in unanswerable if calibration.answers(result.answer.raw, risk)]
    reach = None
    if unanswerable:
        falling = sorted((result.answer.raw for result in unanswerable), reverse=True)
        bound = falling[int(risk * len(falling))]
        reach = _share(sum(result.answer.raw > bound for result in answerable), len(answerable))
    return RiskPoint(
        risk,
        calibration.threshold(risk),
        _share(len(surer), len(answerable)) or 0.0,
        _share(sum(result.is_right for result in surer), len(surer)),
        _share(len(false), len(unanswerable)),
        reach,
    )


def _share(some: int, total: int) -> float | None:
    return some / total if total else None

"""Whether what was found is an answer, and why not; pure."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.calibration import DEFAULT_RISK, Calibration
from retrieval.records import Silence


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a raw confidence means: the probability, whether that is enough, and if not, why."""

    confidence: float
    answered: bool
    silence: Silence | None


def verdict(raw: float, calibration: Calibration, risk: float | None) -> Verdict:
    """Judge by a calibration; where no risk is stated, by the default one."""
    answered = calibration.answers(raw, DEFAULT_RISK if risk is None else risk)
    silence = Silence.NOTHING if raw < calibration.nothing_below else Silence.CLOSE
    return Verdict(calibration.probability(raw), answered, None if answered else silence)

"""Whether what was found is an answer, and why not; pure."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.calibration import DEFAULT_RISK, Calibration
from retrieval.records import Silence

SPEAKS_OF_IT = 0.6
"""The share of a question's content from which on a paragraph speaks of what is asked, however
little confidence there is in an answer: "Who is Ines?" is short, and an article that names her
is not about nothing. Of off-topic questions on halves of the evaluation sets, 1 in 50 has it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a raw confidence means: the probability, whether that is enough, and if not, why."""

    confidence: float
    answered: bool
    silence: Silence | None


def verdict(
    raw: float,
    calibration: Calibration,
    risk: float | None,
    *,
    covered: float = 0.0,
    told: bool = False,
) -> Verdict:
    """Judge by a calibration; where no risk is stated, by the default one.

    `covered` is the largest share of the question's content that a paragraph has, with what is
    known of its article. `told` tells that it is a story that is asked for, and the articles have
    it: that is enough where no risk is stated.
    """
    answered = calibration.answers(raw, DEFAULT_RISK if risk is None else risk)
    answered = answered or (told and risk is None)
    speaks = raw >= calibration.nothing_below or covered >= SPEAKS_OF_IT
    silence = Silence.CLOSE if speaks else Silence.NOTHING
    return Verdict(calibration.probability(raw), answered, None if answered else silence)

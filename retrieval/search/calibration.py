"""Calibration: what a raw confidence means, and whether it is enough at a risk.

The risk is the share of unanswerable questions that may get an answer. If an unanswerable question
is drawn as those of a calibration set were, the share of them with at least its confidence, itself
included, is at most `risk` with a probability of at most `risk`: the conformal p-value of Bates,
Candès, Lei, Romano and Sesia, "Testing for outliers with conformal p-values" (Annals of Statistics,
2023). Each kind of unanswerable questions has the same weight; the new question counts as one of
the kind with the fewest (Tibshirani, Barber, Candès and Ramdas, "Conformal prediction under
covariate shift", NeurIPS 2019, give it the weight of its own kind, which is unknown here).
"""

import json
import math
from bisect import bisect_left
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, pairwise
from pathlib import Path
from typing import Self

from retrieval.errors import QuotewiseError

FILE = "calibration.json"  # file with a calibration, in this package or beside another reader
DEFAULT_RISK = 0.05  # share of unanswerable questions that may get an answer
PROBABLE_RISK = 0.2  # and of those that may get an answer or a probable one

SCALE = 4.0
"""The divisor of logarithms of odds in a raw confidence. Undivided, most confidences would lie
between .9999 and 1, as the reader's odds are far from even and the search adds to them."""


def raw_confidence(score: float) -> float:
    """The raw confidence, from 0 to 1, for a logarithm of odds."""
    return 1 / (1 + math.exp(-score / SCALE))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The meaning of raw confidences.

    `knots` are pairs of a raw confidence and its probability, both rising, with straight lines
    between them. `unanswerable` has the rising raw confidences of each kind of unanswerable
    questions.
    """

    knots: tuple[tuple[float, float], ...]
    unanswerable: tuple[tuple[float, ...], ...]
    made_from: str

    def probability(self, raw: float) -> float:
        """The probability that the best quote answers."""
        for (left, low), (right, high) in pairwise(self.knots):
            if raw <= right:
                return low + max(raw - left, 0.0) / (right - left) * (high - low)
        return self.knots[-1][1]

    def risk(self, raw: float) -> float:
        """The least risk at which a raw confidence is enough for an answer."""
        if not self.unanswerable:
            return 1.0
        as_sure = [(len(kind) - bisect_left(kind, raw)) / len(kind) for kind in self.unanswerable]
        itself = 1 / min(map(len, self.unanswerable)) / len(self.unanswerable)
        return (itself + sum(as_sure) / len(as_sure)) / (itself + 1)

    def answers(self, raw: float, risk: float) -> bool:
        return self.risk(raw) <= risk

    def threshold(self, risk: float) -> float:
        """The probability above which there is an answer at a risk; 1 if there is none."""
        places = sorted({0.0, *chain.from_iterable(self.unanswerable)})
        # A confidence just above a place has the risk of the next place.
        above = [*(self.risk(place) for place in places[1:]), self.risk(2.0)]
        enough = [place for place, its_risk in zip(places, above, strict=True) if its_risk <= risk]
        return self.probability(enough[0]) if enough else 1.0

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse what `to_json` wrote; fields of older versions are ignored."""
        fields = json.loads(text)
        return cls(
            tuple((float(raw), float(probability)) for raw, probability in fields["knots"]),
            tuple(tuple(map(float, kind)) for kind in fields["unanswerable"]),
            str(fields["made_from"]),
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


@cache
def default() -> Calibration:
    return Calibration.from_json(files("retrieval.search").joinpath(FILE).read_text("utf-8"))


def of_reader(reader: str | None) -> Calibration:
    """The calibration in a reader's folder, or the shipped one. Raises QuotewiseError."""
    if reader is None or not (own := Path(reader, FILE)).is_file():
        return default()
    try:
        return Calibration.from_json(own.read_text("utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise QuotewiseError(
            f"The calibration {own} cannot be read ({type(error).__name__}: {error}): write it "
            "again with python -m retrieval.training.calibrate, or remove it."
        ) from error


def checked_risk(text: str) -> float:
    """Parse a risk, written as 0.05 or 5%. Raises QuotewiseError if it is not one."""
    number, percent, rest = text.strip().partition("%")
    try:
        risk = float(number) / (100 if percent else 1)
    except ValueError:
        risk = 0.0
    if rest or not 0 < risk < 1:
        raise QuotewiseError(
            "The risk should be the share of questions without an answer that may get one all the "
            f"same, such as 0.05 or 5%, and {text.strip()!r} is none."
        )
    return risk

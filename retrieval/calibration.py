"""A raw confidence becomes the probability that the best quote answers, and yes or no at a risk.

Which raw confidence is enough follows from the risk of a false answer that a person allows. Let a
question that nothing answers be drawn as those of a calibration set were. The share of them that
are at least as sure as it, itself counted, is then at most `risk` with a probability of at most
`risk`, however few they are: this is the conformal p-value of Bates, Candès, Lei, Romano and
Sesia, "Testing for outliers with conformal p-values" (Annals of Statistics, 2023), and the (n + 1)
quantile of split conformal prediction. Of several sets, each counts with its weight, as if so many
of the questions that nothing answers were of its kind.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Self

from retrieval.errors import QuotewiseError

DEFAULT_RISK = 0.05
"""The share of the questions that nothing answers which may be answered all the same."""

PROBABLE_RISK = 0.2
"""The same share for what is called a probable answer."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A question of which it is known whether anything answers it, and what came of it.

    `raw` is the confidence before calibration, and `right` tells that the first quote answers.
    `left_out` tells that it is not answerable only as its articles were left out.
    """

    raw: float
    answerable: bool
    right: bool
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """The raw confidences, rising, of a set's questions that nothing answers, and their weight."""

    weight: float
    raw: tuple[float, ...]

    def risk(self, raw: float) -> float:
        """The share of these that are at least as sure, with one more that is."""
        as_sure = len(self.raw) - bisect_left(self.raw, raw)
        return (1 + as_sure) / (1 + len(self.raw))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What raw confidences have meant.

    `knots` are pairs of a raw confidence and its probability, rising in both; between them lie
    straight lines. `unanswerable` are the sets that tell the risk, whose weights have the sum one.
    Below the raw confidence `nothing_below` no article speaks of what is asked.
    """

    knots: tuple[tuple[float, float], ...]
    unanswerable: tuple[Unanswerable, ...]
    nothing_below: float
    made_from: str

    def probability(self, raw: float) -> float:
        """The probability that the best quote answers."""
        for (left, low), (right, high) in pairwise(self.knots):
            if raw <= right:
                return low + max(raw - left, 0.0) / (right - left) * (high - low)
        return self.knots[-1][1]

    def risk(self, raw: float) -> float:
        """The least risk at which this is an answer."""
        if not self.unanswerable:
            return 1.0
        return sum(told.weight * told.risk(raw) for told in self.unanswerable)

    def answers(self, raw: float, risk: float) -> bool:
        """Whether that is enough at a risk."""
        return self.risk(raw) <= risk

    def threshold(self, risk: float) -> float:
        """The probability above which there is an answer at a risk; 1 where there never is."""
        places = sorted({0.0, *(raw for told in self.unanswerable for raw in told.raw)})
        # What lies just above a place has the risk of the next one.
        above = [*(self.risk(place) for place in places[1:]), self.risk(2.0)]
        enough = [place for place, told in zip(places, above, strict=True) if told <= risk]
        return self.probability(enough[0]) if enough else 1.0

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The calibration that `to_json` wrote."""
        kept = json.loads(text)
        return cls(
            tuple((float(raw), float(probability)) for raw, probability in kept["knots"]),
            tuple(
                Unanswerable(float(told["weight"]), tuple(map(float, told["raw"])))
                for told in kept["unanswerable"]
            ),
            float(kept["nothing_below"]),
            str(kept["made_from"]),
        )

    def to_json(self) -> str:
        """All of it as a JSON object on a line."""
        return json.dumps(asdict(self), ensure_ascii=False)


@cache
def default() -> Calibration:
    """The calibration that comes with Quotewise."""
    return Calibration.from_json(files("retrieval").joinpath("calibration.json").read_text("utf-8"))


def halfway(one: Calibration, other: Calibration) -> Calibration:
    """A calibration for people whose questions are half like the one's, half like the other's."""
    places = sorted({raw for raw, _ in (*one.knots, *other.knots)})
    return Calibration(
        tuple((raw, (one.probability(raw) + other.probability(raw)) / 2) for raw in places),
        tuple(
            Unanswerable(told.weight / 2, told.raw)
            for told in (*one.unanswerable, *other.unanswerable)
        ),
        (one.nothing_below + other.nothing_below) / 2,
        f"{one.made_from}; {other.made_from}",
    )


def checked_risk(told: str) -> float:
    """A risk as people write it: 0.05, or 5%. Raises QuotewiseError if it is none."""
    number, percent, rest = told.strip().partition("%")
    try:
        risk = float(number) / (100 if percent else 1)
    except ValueError:
        risk = 0.0
    if rest or not 0 < risk < 1:
        raise QuotewiseError(
            "The risk should be the share of questions without an answer that may get one all the "
            f"same, such as 0.05 or 5%, and {told.strip()!r} is none."
        )
    return risk

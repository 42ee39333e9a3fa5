"""The result of calibrating a library, as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from retrieval.calibration import DEFAULT_RISK, Calibration, Trial

if TYPE_CHECKING:
    from retrieval.calibrating import Tried


def calibration_line(tried: Sequence[Tried]) -> str:
    """How many questions were asked, and how well they were answered."""
    articles = len({one.made.id for one in tried})
    right = sum(one.there.right for one in tried) / len(tried)
    return (
        f"{len(tried)} questions from {articles} articles. The first quote was the sentence that "
        f"was asked for in {right:.0%}."
    )


def calibration_table(
    tried: Sequence[Tried], before: Calibration, now: Calibration, risk: float | None
) -> Table:
    """The shares that were answered before, and are answered from now on."""
    risk = DEFAULT_RISK if risk is None else risk
    table = Table(f"at a risk of {risk:.3g}", "before", "now")
    rows = {
        "answered above a confidence of": [f"{one.threshold(risk):.2f}" for one in (before, now)],
        "answered, with the source there": [
            _answered([one.there for one in tried], each, risk) for each in (before, now)
        ],
        "answered, with the source left out": [
            _answered([one.left_out for one in tried], each, risk) for each in (before, now)
        ],
    }
    for name, columns in rows.items():
        table.add_row(name, *columns)
    return table


def _answered(trials: Sequence[Trial], calibration: Calibration, risk: float) -> str:
    return f"{sum(calibration.answers(one.raw, risk) for one in trials) / len(trials):.1%}"

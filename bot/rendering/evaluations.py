"""The figures of evaluations and calibrations, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table

from retrieval.calibration import DEFAULT_RISK, Calibration, Trial

if TYPE_CHECKING:
    from retrieval.calibrating import Tried
    from retrieval.evaluation import Figures, KindFigures, RiskPoint
    from retrieval.evaluation.dialogues import DialogueFigures


def figures_table(name: str, figures: Figures | DialogueFigures) -> Table:
    """The figures of a set; ± is two standard errors."""
    fields = asdict(figures)
    errors = fields.pop("two_standard_errors", {})
    table = Table("figure", name)
    for key, value in fields.items():
        if key != "risks":
            error = f" ± {errors[key]:.3f}" if key in errors else ""
            table.add_row(key.replace("_", " "), _figure(key, value) + error)
    return table


def kinds_table(kinds: Sequence[KindFigures]) -> Table:
    """How well each kind of question is answered; ± is two standard errors."""
    table = Table("kind of question", "questions", "answer in first quote", "in first three")
    for one in kinds:
        first, three = f"{one.first:.3f} ± {one.first_error:.3f}", f"{one.three:.3f}"
        table.add_row(one.kind, str(one.questions), first, f"{three} ± {one.three_error:.3f}")
    return table


def risks_table(points: Sequence[RiskPoint]) -> Table:
    """The figures of a set at each risk."""
    table = Table(
        "risk", "answered above", "false answers", "answered", "of these right", "in reach"
    )
    for one in points:
        shares = (one.threshold, one.false_answers, one.answered, one.right, one.within_reach)
        table.add_row(f"{one.risk:.0%}", *(_figure("", share) for share in shares))
    return table


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


def _figure(key: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if key.endswith(("_ms", "quote_words", "_second")) else f"{value:.3f}"


def _answered(trials: Sequence[Trial], calibration: Calibration, risk: float) -> str:
    return f"{sum(calibration.answers(one.raw, risk) for one in trials) / len(trials):.1%}"

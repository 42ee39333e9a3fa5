"""The figures of evaluations, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from retrieval.evaluation import DialogueFigures, Figures, KindFigures, RiskPoint


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
    for row in kinds:
        first, three = f"{row.first:.3f} ± {row.first_error:.3f}", f"{row.three:.3f}"
        table.add_row(row.kind, str(row.questions), first, f"{three} ± {row.three_error:.3f}")
    return table


def risks_table(points: Sequence[RiskPoint]) -> Table:
    """The figures of a set at each risk."""
    table = Table(
        "risk", "answered above", "false answers", "answered", "of these right", "in reach"
    )
    for point in points:
        shares = (
            point.threshold,
            point.false_answers,
            point.answered,
            point.right,
            point.within_reach,
        )
        table.add_row(f"{point.risk:.0%}", *(_figure("", share) for share in shares))
    return table


def _figure(key: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if key.endswith(("_ms", "quote_words", "_second")) else f"{value:.3f}"

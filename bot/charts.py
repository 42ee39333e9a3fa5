"""An evaluation as a picture: how much is answered at which risk, and how true confidences are.

The only file that imports matplotlib, and without a window of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval import QuotewiseError
from retrieval.evaluation import Asked, Figures, curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, ACCENT, SECOND, FAINT = "#222222", "#1f5fa8", "#c2571a", "#b8b8b8"
SIZE = (11, 5.2)  # inches
DOTS = 150  # an inch
APART = 0.05  # of an axis, so that two names do not cover each other


def ready(path: Path) -> None:
    """See before a long evaluation that a picture can be drawn. Raises QuotewiseError if not."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise QuotewiseError(
            "Drawing needs matplotlib: install it with `pip install 'quotewise[plot]'`, or leave "
            "--plot away."
        ) from error
    if path.suffix.lower() != ".png":
        raise QuotewiseError(
            f"{path} is no name for a picture: --plot takes one that ends in .png."
        )
    if not path.parent.is_dir():
        raise QuotewiseError(f"There is no folder {path.parent}: make it, or choose another.")


def draw(path: Path, name: str, asked: Sequence[Asked], figures: Figures) -> None:
    """Write the picture to a PNG file. Raises QuotewiseError if it cannot be written."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    left, right = picture.subplots(1, 2)
    counts = f"{figures.questions:,} questions, {figures.answerable:,} answerable"
    picture.suptitle(f"{name}: {counts}", color=INK, fontsize=13)
    _draw_curve(left, asked, figures)
    _draw_confidences(right, asked, figures)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color=FAINT, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.xaxis.set_major_formatter("{x:.0%}")
    try:
        picture.savefig(path)
    except OSError as error:
        raise QuotewiseError(f"{path} cannot be written ({error.strerror}).") from error


def _draw_curve(axes: Axes, asked: Sequence[Asked], figures: Figures) -> None:
    """How much is answered at each share of false answers, with the stated risks as points."""
    axes.set_title("Risk and coverage", color=INK, fontsize=11)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.03))
    axes.set_ylabel("answerable questions that are answered")
    if figures.auroc is None and figures.auroc_without_gold is None:
        axes.set_axis_off()
        told = "The set has no unanswerable questions:\n--without-gold makes some."
        axes.text(0.5, 0.5, told, ha="center", color=INK)
        return
    axes.set_xlabel("questions without an answer that are answered")
    answerable = [one.answer for one in asked if one.question.answerable]
    open_ones = [one.answer for one in asked if not one.question.answerable]
    left_out = [one.without_gold for one in asked if one.without_gold]
    for others, area, style, name in (
        (open_ones, figures.auroc, "-", "that the articles leave open"),
        (left_out, figures.auroc_without_gold, ":", "whose articles were left out"),
    ):
        if area is not None:
            line = list(zip(*curve.steps(answerable, others), strict=True))
            label = f"{name}: AUROC {area:.2f}"
            axes.step(*line, where="post", color=ACCENT, linestyle=style, label=label)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--", label="by chance")
    _draw_risks(axes, figures)
    axes.legend(loc="lower right", frameon=False, fontsize=9)


def _draw_risks(axes: Axes, figures: Figures) -> None:
    """The stated risks on the curve, each with its name where there is room for it."""
    named: list[tuple[float, float]] = []
    label = "at a stated risk"
    for one in reversed(figures.risks):
        if one.false_answers is None:
            return
        at = (one.false_answers, one.answered)
        axes.plot(*at, "o", color=SECOND, markersize=5, label=label)
        label = "_nolegend_"
        if all(abs(at[0] - x) + abs(at[1] - y) > APART for x, y in named):
            place = (8, -4 if at[1] < APART else -11)
            axes.annotate(f"{one.risk:.0%}", at, place, textcoords="offset points", fontsize=8)
            named.append(at)


def _draw_confidences(axes: Axes, asked: Sequence[Asked], figures: Figures) -> None:
    """How often the first quote was right, for groups of like confidence."""
    axes.set_title("Can the confidence be believed?", color=INK, fontsize=11)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.03))
    axes.set_xlabel("confidence (tenths of all questions)")
    axes.set_ylabel("first quotes that answer")
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--", label="as it should be")
    confidences, right, _ = zip(*curve.bins(curve.confidences(asked)), strict=True)
    error = f"calibration error {figures.calibration_error:.2f}, Brier {figures.brier:.2f}"
    axes.plot(confidences, right, "o-", color=ACCENT, markersize=5, label=error)
    axes.legend(loc="upper left", frameon=False, fontsize=9)

"""What people are told of the limits within which an answer was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.rendering.sources import counted, day
from retrieval import Answer, AnswerStatus, Limits, Silence


def limited_line(answer: Answer) -> str | None:
    """Which articles an answer is from: "Only articles of The Verge of 1–31 March 2023."

    Where these do not surely answer, it says whether others do. None without limits.
    """
    if answer.inside is None:
        return None
    these = limits_told(answer.limits)
    if answer.status is not AnswerStatus.NONE:
        others = "; others answer that" if answer.silence is Silence.OUTSIDE else ""
        told = f"Only {these}{others}."
    elif answer.silence is Silence.OUTSIDE:
        told = f"No {_one_of(these)} answers that; others do."
        if not answer.inside:
            told = f"There is no {_one_of(these)} here; others answer that."
    else:
        told = f"No {_one_of(these)} answers that, nor does any other."
        if not answer.inside:
            told = f"There is no {_one_of(these)} here, and no other answers that."
    if answer.undated:
        left_out = "is left out" if answer.undated == 1 else "are left out"
        told += f" {counted(answer.undated, 'article')} without a date {left_out}."
    return told


def can_be_lifted(answer: Answer) -> bool:
    """Whether the question itself set the limits, so that it can be asked without them."""
    return answer.inside is not None and bool(answer.limits.words)


def limits_told(limits: Limits) -> str:
    """The articles that limits admit: articles by Bridie Nunn of The Verge since 12 June 2023."""
    by = f" by {_any_of(limits.authors)}" if limits.authors else ""
    source = f" of {_any_of(limits.sources)}" if limits.sources else ""
    named = f" with the id {_any_of(limits.articles)}" if limits.articles else ""
    return f"articles{named}{by}{source}{_when(limits.since, limits.until)}"


def _one_of(these: str) -> str:
    return these.replace("articles", "article", 1)


def _any_of(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _when(since: date | None, until: date | None) -> str:
    if since is None or until is None:
        after = f" since {day(since)}" if since else ""
        return after + (f" until {day(until)}" if until else "")
    if since == until:
        return f" of {day(since)}"
    if (since.year, since.month) == (until.year, until.month):
        return f" of {since.day}–{day(until)}"
    if since.year == until.year:
        return f" of {since.day} {since:%B} – {day(until)}"
    return f" of {day(since)} – {day(until)}"

"""The wording of the limits of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.rendering.sources import counted, day, silence_line
from retrieval import Answer, AnswerStatus, Limits, Silence
from retrieval.text.dates import HOW_TO_WRITE


def limits_line(answer: Answer) -> str:
    """Which articles an answer is from: "Only articles of The Verge of 1–31 March 2023."

    Where nothing surely answers, also whether other articles do; and which dates of the question
    could not be read.
    """
    return " ".join(filter(None, (_limited(answer) or silence_line(answer), _unread(answer))))


def _limited(answer: Answer) -> str:
    if answer.inside is None:
        return ""
    these = limits_told(answer.limits)
    is_outside = answer.silence is Silence.OUTSIDE
    if answer.status is not AnswerStatus.NONE:
        line = f"Only {these}{'; others answer that' if is_outside else ''}."
    elif answer.inside:
        others = "; others do" if is_outside else ", nor does any other"
        line = f"No {_one_of(these)} answers that{others}."
    else:
        others = "; others answer that" if is_outside else ", and no other answers that"
        line = f"There is no {_one_of(these)} here{others}."
    if answer.undated:
        left_out = "is left out" if answer.undated == 1 else "are left out"
        line += f" {counted(answer.undated, 'article')} without a date {left_out}."
    return line


def _unread(answer: Answer) -> str:
    dates = [f"“{answer.question[start:end]}”" for start, end in answer.limits.unread]
    if not dates:
        return ""
    return f"Could not read the date {' and '.join(dates)}, which sets no limit: {HOW_TO_WRITE}."


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

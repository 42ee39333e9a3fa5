"""What a question says of time and source: which articles may answer it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from retrieval.limits import days, names
from retrieval.limits.given import limits_given, limits_written
from retrieval.limits.holdings import Holdings
from retrieval.limits.reading import limits_of

__all__ = ["Holdings", "limits_given", "limits_of", "limits_written", "named_days", "named_sources"]


def named_sources(question: str, publishers: Sequence[str]) -> tuple[str, ...]:
    """The publishers that a question names, in whatever role, as they are spelled in the list."""
    found = names.publishers_in(question, publishers)
    return tuple(dict.fromkeys(name for one in found if one.surely for name in one.names))


def named_days(question: str, now: datetime) -> list[tuple[date, date]]:
    """The runs of days that a question names, in whatever role; both ends are included."""
    return [(one.since, one.until) for one in days.named(question, now.date())]

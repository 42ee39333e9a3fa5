"""What a question's limits are read against: who published what is kept, and when."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Holdings:
    """The publishers, authors and days of publication of all articles that may be quoted.

    Names are as the catalog spells them, each once; `days` are in order, each once. `dated` and
    `undated` count articles.
    """

    publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    dated: int = 0
    undated: int = 0

    def begins_before(self, day: date) -> bool:
        """Whether an article was published before a day."""
        return bool(self.days) and self.days[0] < day

    def has_any(self, since: date | None, until: date | None) -> bool:
        """Whether an article was published from one day to another, both included."""
        place = bisect_left(self.days, since) if since else 0
        return place < len(self.days) and (until is None or self.days[place] <= until)

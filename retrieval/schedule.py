"""When a feed is polled again: often while it brings news, seldom while it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

SHORTEST = timedelta(minutes=30)
LONGEST = timedelta(days=1)
FIRST_INTERVAL = timedelta(hours=1)
LONGEST_ROUND = timedelta(minutes=5)
"""A round of polling ends then, whatever is left, so that feeds which fell due are polled."""
MOST_WAITING = 10_000
"""A feed with more entries that wait is asked for no others; a site gives some 3,000 an hour."""
LONGEST_REST = timedelta(days=7)
"""No server is believed that wants to be left alone for longer: its clock may be wrong."""

MOST_ATTEMPTS = 4
"""So often the page of an entry is asked for, over three and a half hours."""
MOST_FAILURES = 3
"""So many pages in a row that a host does not give, and it is asked for no more in one round."""
MOST_RESTS = 12
"""And so often where its site asked to come again another time, over a week."""


def interval_after(interval: timedelta, *, news: bool) -> timedelta:
    """The time to the next poll, after one that brought news or none."""
    return min(max(interval / 2 if news else interval * 3 / 2, SHORTEST), LONGEST)


def next_try(failures: int, now: datetime, come_again: datetime | None = None) -> datetime:
    """When to ask a server again that failed so often in a row, or asked for some rest."""
    wait: timedelta = min(SHORTEST * 2 ** min(failures - 1, 10), LONGEST)
    if come_again is None:
        return now + wait
    return max(now + wait, min(come_again, now + LONGEST_REST))

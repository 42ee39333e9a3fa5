"""What can go wrong between a link and its page, each as a clause that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from retrieval.errors import ComeAgain, Gone, Unreachable, UnreadableSource

LONGEST_WAIT = timedelta(days=7)
"""A server that wants to be left alone for longer is asked again after this."""

NO_LINK = "this is no web link that can be followed; check its spelling."
BY_HAND = "save the page in your browser and add the .html file."


class Trouble(Exception):
    """Why an address gave nothing, and which kind of error that is."""

    def __init__(
        self,
        reason: str,
        kind: Callable[[str, str], UnreadableSource] = UnreadableSource,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind

    def about(self, link: str) -> UnreadableSource:
        """The error that people see."""
        return self.kind(link, self.reason)


def of_status(status: int, headers: Mapping[str, str], now: datetime) -> Trouble:
    """The trouble that a status other than success or a redirect means."""
    match status:
        case 401 | 402 | 407:
            return Trouble(
                f"the site shows this only to its subscribers ({status}); open it in a browser"
                " where you are signed in, save it there and add the .html file."
            )
        case 403 | 451:
            return Trouble(f"the site refuses to give this to programs ({status}); {BY_HAND}")
        case 404:
            return Trouble("the site has no such page (404); check the link.")
        case 410:
            return Trouble(
                "the site has taken this page away for good (410); remove the link.", Gone
            )
        case 429:
            return later("the site asks for fewer requests (429)", retry_after(headers, now))
        case 503:
            return later("the site is out of service for now (503)", retry_after(headers, now))
        case _ if status >= 500:
            reason = f"the site has a fault of its own ({status}); try again later."
            return Trouble(reason, Unreachable)
        case _:
            return Trouble(f"the site gives no page but the status {status}; {BY_HAND}")


def later(reason: str, after: datetime | None) -> Trouble:
    """The trouble with a site that should be left alone for now."""
    when = f"after {after.astimezone(UTC):%H:%M on %-d %B %Y} (UTC)" if after else "later"
    return Trouble(f"{reason}; try again {when}.", partial(ComeAgain, after=after))


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server wants to be asked again: after so many seconds, or at a date."""
    wanted = headers.get("retry-after", "").strip()
    if wanted.isdecimal():
        # More digits than any date has would overflow.
        wait = timedelta(seconds=int(wanted[:9])) if len(wanted) < 10 else LONGEST_WAIT
    else:
        try:
            until = parsedate_to_datetime(wanted)
        except ValueError:
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return now + min(max(wait, timedelta()), LONGEST_WAIT)

"""What can go wrong between a link and its page, each as a clause that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=7)
"""A server that wants to be left alone for longer is asked again after this."""

NO_LINK = "this is no web link that can be followed; check its spelling."
BY_HAND = "save the page in your browser and add the .html file."


class Trouble(Exception):
    """Why an address gave nothing; the fetcher says of which link."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Later(Trouble):
    """The server is there, and asks to be left alone until `after`, if it says until when."""

    def __init__(self, reason: str, after: datetime | None) -> None:
        super().__init__(reason)
        self.after = after


class GoneForGood(Trouble):
    """The server says that the page will not come back."""


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
            return GoneForGood("the site has taken this page away for good (410); remove the link.")
        case 429:
            after = retry_after(headers, now)
            return Later(f"the site asks for fewer requests (429); {again(after)}", after)
        case 503:
            after = retry_after(headers, now)
            return Later(f"the site is out of service for now (503); {again(after)}", after)
        case _ if status >= 500:
            return Trouble(f"the site has a fault of its own ({status}); try again later.")
        case _:
            return Trouble(f"the site gives no page but the status {status}; {BY_HAND}")


def again(after: datetime | None) -> str:
    """When to try again, as a clause."""
    if after is None:
        return "try again later."
    return f"try again after {after.astimezone(UTC):%H:%M on %-d %B %Y} (UTC)."


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server wants to be asked again: after seconds, or at an hour of its own clock."""
    told = headers.get("retry-after", "").strip()
    if told.isdecimal():
        # More digits than any date has would overflow.
        wait = timedelta(seconds=int(told[:9])) if len(told) < 10 else LONGEST_WAIT
    else:
        until = _hour(told)
        if until is None:
            return None
        # The server's clock may be wrong; its own Date header tells by how much.
        wait = until - (_hour(headers.get("date", "")) or now)
    return now + min(max(wait, timedelta()), LONGEST_WAIT)


def _hour(told: str) -> datetime | None:
    try:
        hour = parsedate_to_datetime(told)
    except ValueError:
        return None
    return hour if hour.tzinfo else hour.replace(tzinfo=UTC)

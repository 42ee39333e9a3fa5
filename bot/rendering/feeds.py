"""The feeds that are followed, as terminal text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.text import Text

from bot.rendering.characters import plain
from bot.rendering.sources import counted
from retrieval import FollowedFeed

NO_FEEDS = "No feeds are followed: `quotewise feed add LINK` follows one."


def feed_name(feed: FollowedFeed) -> str:
    """A feed's title and link."""
    return plain(" ".join(filter(None, (feed.title, feed.url))))


def feed_line(feed: FollowedFeed) -> Text:
    """One line of the list of feeds: what was read of it, what waits, and what the trouble is."""
    text = Text(plain(feed.url), style="bold cyan")
    text.append(f"  {plain(feed.title)}" if feed.title else "", style="default not bold")
    told = [f"{feed.settled} read"]
    delayed = feed.delayed
    waiting = feed.waiting - (delayed.number if delayed else 0)
    told += [f"{waiting} to be read by the next poll"] if waiting else []
    if delayed:
        told.append(f"{delayed.number} to be tried again after {_minute(delayed.next_try)}")
    told += [f"next poll {_minute(feed.next_poll)}"] if feed.next_poll else ["polled no more"]
    text.append(f"  ({', '.join(told)})", style="dim not bold")
    if delayed:
        text.append(f"  {plain(delayed.why)}", style="yellow not bold")
    if feed.trouble:
        text.append(f"  {plain(feed.trouble)}", style="red not bold")
        if feed.failures > 1:
            text.append(f" ({counted(feed.failures, 'time')} in a row)", style="red not bold")
    return text


def feed_fields(feed: FollowedFeed) -> dict[str, Any]:
    """All that is known of a feed."""
    return asdict(feed) | {
        "added": feed.added.isoformat(),
        "next_poll": feed.next_poll.isoformat() if feed.next_poll else None,
        "delayed": feed.delayed
        and asdict(feed.delayed) | {"next_try": feed.delayed.next_try.isoformat()},
        "interval": int(feed.interval.total_seconds()),
    }


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"

"""What a site's robots.txt lets us read, and how fast (RFC 9309)."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retrieval.reading.web.troubles import BY_HAND, Later, Trouble, again, retry_after

if TYPE_CHECKING:
    from protego import Protego

    from retrieval.reading.web.exchange import Response

LARGEST = 500 * 1024
"""The bytes of a robots.txt that are looked at, as the RFC asks."""

KEPT = timedelta(hours=12)
# What cannot be read forbids all for now, and is not asked for again before each of many links.
KEPT_UNREADABLE = timedelta(minutes=1)
SLOWEST = 10.0
"""The longest pause in seconds that a site may ask for."""

MOST_SITES = 1_000


@dataclass(frozen=True, slots=True)
class Rules:
    """A site's rules until `expires`: none, or those of its robots.txt, or why there are none."""

    expires: datetime
    parsed: Protego | None = None
    unreadable: Trouble | None = None

    def pause_for(self, url: str, name: str) -> float | None:
        """The seconds to leave between pages, if told. Raises Trouble if a page may not be read."""
        if self.unreadable:
            # Kept and raised again, it would drag all earlier tracebacks along.
            raise self.unreadable.with_traceback(None)
        if self.parsed is None:
            return None
        if not self.parsed.can_fetch(url, name):
            raise Trouble(f"the site's robots.txt asks programs not to read this; {BY_HAND}")
        delay = self.parsed.crawl_delay(name)
        return None if delay is None else min(max(delay, 0.0), SLOWEST)


@dataclass(slots=True)
class _Site:
    turn: threading.Lock = field(default_factory=threading.Lock)
    rules: Rules | None = None


class Robots:
    """The rules of the sites that were met lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sites: defaultdict[str, _Site] = defaultdict(_Site)

    def rules(self, site: str, now: datetime, read: Callable[[str], Response]) -> Rules:
        """The rules of a site, such as `https://post.example`, read if they are not at hand."""
        with self._lock:
            if len(self._sites) >= MOST_SITES and site not in self._sites:
                del self._sites[next(iter(self._sites))]
            entry = self._sites[site]
        with entry.turn:
            if entry.rules is None or now >= entry.rules.expires:
                entry.rules = _read(f"{site}/robots.txt", now, read)
            return entry.rules


def _read(url: str, now: datetime, read: Callable[[str], Response]) -> Rules:
    try:
        response = read(url)
    except Trouble as error:
        return Rules(now + KEPT_UNREADABLE, unreadable=error)
    if response.status == 429 or response.status >= 500:
        return _unreadable(response, now)
    if response.status != 200:
        return Rules(now + KEPT)  # there is none, or none that we may see: all is allowed
    # A hundredth of a second to import.
    from protego import Protego

    return Rules(now + KEPT, Protego.parse(response.content.decode("utf-8", "replace")))


def _unreadable(response: Response, now: datetime) -> Rules:
    after = retry_after(response.headers, now) or now + KEPT_UNREADABLE
    reason = (
        f"the site's robots.txt cannot be read for now ({response.status}), so what it allows is"
        f" unknown; {again(after)}"
    )
    return Rules(min(after, now + KEPT), unreadable=Later(reason, after))

"""Fetch a link: politely, within limits, and from public addresses only."""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urldefrag

from protego import Protego

from retrieval.errors import ComeAgain, Gone, Stopped, Unreachable, UnreadableSource
from retrieval.sources.fetch.client import BY_HAND, NAME, NO_LINK, Client, Guard, Response, port_of

LIMIT_BYTES = 50_000_000
SECONDS = 20.0
"""How long all requests for a link may take together."""
MOST_REDIRECTS = 10

PAUSE_SECONDS = 1.0
"""What is left between two pages of a site, where its robots.txt names nothing else."""
LONGEST_PAUSE_SECONDS = 10.0
"""The longest pause that a robots.txt may ask for."""
STOP_SECONDS = 0.5
"""How long it may take until who waits for a site sees that it should stop."""

ROBOTS_BYTES = 500 * 1024
"""The bytes of a robots.txt that are looked at, as RFC 9309 asks."""
ROBOTS_LAST = timedelta(hours=12)
CLOSED_FOR = timedelta(minutes=1)
"""What cannot be read forbids all for so long: a robots.txt is not asked for before each link."""
LONGEST_WAIT = timedelta(days=7)
"""A server that wants to be left alone for longer is asked again after this."""
MOST_SITES = 1_000
"""So many sites are remembered: those that were asked last."""

_LONG_AGO = datetime.fromtimestamp(0, UTC)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server gave for a link.

    `url` is the address after all redirects; `moved_to` is set where every redirect on the way was
    permanent. `unchanged` means that the server said 304 and `content` is empty. `charset` is that
    of the Content-Type header, if it names one.
    """

    url: str
    content: bytes
    content_type: str
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None
    moved_to: str | None = None
    unchanged: bool = False


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(eq=False)
class _Site:
    """What is known of a scheme, host and port; `free_at` is by the monotonic clock.

    `rules` are those of its robots.txt, or why nothing may be read; they hold until `expires`.
    """

    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    rules: Protego | UnreadableSource = field(default_factory=Protego)
    expires: datetime = _LONG_AGO


class Fetcher:
    """Fetches links, one at a time from each site; may be called from several threads.

    `allow_hosts` names hosts, as `host` or `host:port`, that are read although they are not on the
    public web. They are the owner's own, so there is no pause between their pages, unless their
    robots.txt asks for one. `now` says the time.
    """

    def __init__(
        self,
        allow_hosts: Iterable[str] = (),
        *,
        limit_bytes: int = LIMIT_BYTES,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._guard = Guard(allow_hosts)
        self._limit = limit_bytes
        self._seconds = seconds
        self._now = now
        self._stop: Callable[[], bool] = lambda: False
        self._lock = threading.Lock()
        self._sites = lru_cache(MOST_SITES)(lambda address: _Site())

    def stopped_by(self, stop: Callable[[], bool]) -> Fetcher:
        """The same fetcher for somebody who may be told to stop: it raises Stopped in a pause."""
        other = copy.copy(self)
        other._stop = stop
        return other

    def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What is at a link, or that it is unchanged since it had this ETag or Last-Modified.

        Raises ComeAgain if the site asks to be left alone for now, Gone if it says that nothing
        will come back, Unreachable if it does not answer, and UnreadableSource, of which these are
        kinds, for all other troubles.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        client = Client(self._guard, self._seconds)
        moves: list[int] = []
        try:
            response = self._politely(client, urldefrag(url.strip())[0], headers)
            while response.location:
                if len(moves) == MOST_REDIRECTS:
                    reason = f"the site sends on more than {MOST_REDIRECTS} times; {BY_HAND}"
                    raise UnreadableSource(url, reason)
                moves.append(response.status)
                response = self._politely(client, response.location, headers)
            if response.status not in (200, 304):
                raise self._refusal(response)
        except UnreadableSource as error:
            error.source = url  # not where the redirects led
            raise
        except ValueError as error:
            raise UnreadableSource(url, NO_LINK) from error
        kind = response.headers.get("content-type", "")
        charset = _CHARSET.search(kind)
        return Fetched(
            url=response.url,
            content=response.content,
            content_type=kind.partition(";")[0].strip().lower(),
            charset=charset[1].lower() if charset else None,
            etag=_to_send_back(response.headers["etag"]),
            modified=_to_send_back(response.headers["last-modified"]),
            moved_to=response.url if moves and {301, 308}.issuperset(moves) else None,
            unchanged=response.status == 304,
        )

    def _politely(self, client: Client, url: str, headers: Mapping[str, str]) -> Response:
        """Ask for a page when its site is free, and leave that alone for a pause afterwards.

        Raises Stopped if asked to stop meanwhile.
        """
        parts = self._guard.checked(url)
        own = self._guard.allows(parts.hostname or "", port_of(parts))
        address = f"{parts.scheme}://{parts.netloc.lower()}"
        with self._lock:
            site = self._sites(address)
        with site.turn:
            if self._now() >= site.expires:
                site.rules, site.expires = self._rules(client, f"{address}/robots.txt")
            if isinstance(site.rules, UnreadableSource):
                raise copy.copy(site.rules)
            if not site.rules.can_fetch(url, NAME):
                reason = f"the site's robots.txt asks programs not to read this; {BY_HAND}"
                raise UnreadableSource(url, reason)
            while (left := site.free_at - time.monotonic()) > 0:
                if self._stop():
                    raise Stopped
                time.sleep(min(left, STOP_SECONDS))
            pause = site.rules.crawl_delay(NAME)
            if pause is None:
                pause = 0.0 if own else PAUSE_SECONDS
            try:
                response = client.get(url, headers, limit=self._limit)
            finally:
                site.free_at = time.monotonic() + min(pause, LONGEST_PAUSE_SECONDS)
            if response.status == 429 and not own:
                site.rules = self._refusal(response)
                site.expires = self._retry_after(response) or self._now()
            return response

    def _rules(self, client: Client, url: str) -> tuple[Protego | UnreadableSource, datetime]:
        """The rules of a site from its robots.txt, wherever that has moved to (RFC 9309)."""
        again = self._now() + CLOSED_FOR
        try:
            response = client.get(url, {}, limit=ROBOTS_BYTES, cut=True)
            for _ in range(MOST_REDIRECTS):
                if response.location:
                    response = client.get(response.location, {}, limit=ROBOTS_BYTES, cut=True)
        except UnreadableSource as error:
            return copy.copy(error), again
        if response.status == 429 or response.status >= 500:
            again = self._retry_after(response) or again
            reason = f"the site's robots.txt cannot be read for now ({response.status})"
            return _later(url, reason, again), again
        # Where there is none that we may see, there is no content, and all is allowed.
        rules = Protego.parse(response.content.decode("utf-8-sig", "replace"))
        return rules, self._now() + ROBOTS_LAST

    def _refusal(self, response: Response) -> UnreadableSource:
        """What a status means that is neither success nor a redirect."""
        url, status = response.url, response.status
        if status in (429, 503):
            reason = f"the site asks for fewer requests ({status})"
            return _later(url, reason, self._retry_after(response))
        if status >= 500:
            return Unreachable(url, f"the site has a fault of its own ({status}); try again later.")
        if status == 410:
            return Gone(url, "the site has taken this page away for good (410); remove the link.")
        if status == 404:
            return UnreadableSource(url, "the site has no such page (404); check the link.")
        reason = f"the site does not give this to programs ({status}); {BY_HAND}"
        return UnreadableSource(url, reason)

    def _retry_after(self, response: Response) -> datetime | None:
        """When a server wants to be asked again: after so many seconds, or at a date."""
        now, wanted = self._now(), response.headers.get("retry-after", "").strip()
        with suppress(ValueError, OverflowError):
            if wanted.isdecimal():
                until = now + timedelta(seconds=int(wanted))
            else:
                until = parsedate_to_datetime(wanted).astimezone(UTC)
            return min(max(until, now), now + LONGEST_WAIT)
        return None


def _later(url: str, reason: str, after: datetime | None) -> ComeAgain:
    """The trouble with a site that should be left alone for now."""
    when = f"after {after.astimezone(UTC):%H:%M on %-d %B %Y} (UTC)" if after else "later"
    return ComeAgain(url, f"{reason}; try again {when}.", after)


def _to_send_back(value: str | None) -> str | None:
    """A header's value if a request may have it, too; servers send what they like."""
    return value if value and value.isascii() and value.isprintable() else None

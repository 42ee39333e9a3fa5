"""A link becomes bytes: politely, within limits, and from public addresses only."""

from __future__ import annotations

import copy
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urldefrag, urljoin
from weakref import WeakValueDictionary

from retrieval.errors import Stopped
from retrieval.reading.web import troubles
from retrieval.reading.web.addresses import Guard, Resolve, port_of, system_resolve
from retrieval.reading.web.troubles import BY_HAND, Trouble

if TYPE_CHECKING:
    from httpcore import NetworkBackend
    from protego import Protego

    from retrieval.reading.web.client import Client, Response

LIMIT_BYTES = 50_000_000
SECONDS = 20.0
"""How long a link may take, from the first connection to the last byte."""
MOST_REDIRECTS = 10
ROBOTS_REDIRECTS = 5

PAUSE_SECONDS = 1.0
"""What is left between two pages of a host, where its robots.txt names nothing else."""
LONGEST_PAUSE_SECONDS = 10.0
"""The longest pause that a robots.txt may ask for."""
STOP_SECONDS = 0.5
"""How long it may take until who waits for a host sees that it should stop."""

ROBOTS_BYTES = 500 * 1024
"""The bytes of a robots.txt that are looked at, as RFC 9309 asks."""
ROBOTS_KEPT = timedelta(hours=12)
# What cannot be read forbids all for now, and is not asked for again before each of many links.
UNREADABLE_KEPT = timedelta(minutes=1)
MOST_HOSTS = 1_000
"""So many hosts are remembered: those that were asked last."""

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


def _to_send_back(value: str | None) -> str | None:
    """A header's value if a request may have it, too; servers send what they like."""
    return value if value and value.isascii() and value.isprintable() else None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Rules:
    """A site's rules until `expires`: none, or those of its robots.txt, or why there are none."""

    expires: datetime
    parsed: Protego | None = None
    trouble: Trouble | None = None


@dataclass(eq=False)
class _Host:
    """What is known of a host; `free_at` is by the monotonic clock."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    closed_until: datetime | None = None
    reading_rules: threading.Lock = field(default_factory=threading.Lock)
    rules: dict[str, _Rules] = field(default_factory=dict)  # by scheme and port


class Fetcher:
    """Fetches links, one at a time from each host; may be called from several threads.

    `allow_hosts` names hosts, as `host` or `host:port`, that are read although they are not on the
    public web. They are the owner's own, so there is no pause between their pages, unless their
    robots.txt asks for one. `resolve` finds the addresses of a name, `now` the time, and `sockets`
    connects to an address.
    """

    def __init__(
        self,
        allow_hosts: Iterable[str] = (),
        *,
        limit_bytes: int = LIMIT_BYTES,
        seconds: float = SECONDS,
        resolve: Resolve = system_resolve,
        now: Callable[[], datetime] = _now,
        sockets: NetworkBackend | None = None,
    ) -> None:
        self._guard = Guard(allow_hosts, resolve)
        self._limit = limit_bytes
        self._seconds = seconds
        self._now = now
        self._sockets = sockets
        self._stop: Callable[[], bool] = lambda: False
        self._lock = threading.Lock()
        # A host stays known while it is waited for, however many others come meanwhile.
        self._hosts: WeakValueDictionary[str, _Host] = WeakValueDictionary()
        self._latest: deque[_Host] = deque(maxlen=MOST_HOSTS)

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
        try:
            return self._fetched(*self._followed(urldefrag(url.strip())[0], headers))
        except Trouble as error:
            raise error.about(url) from error
        except ValueError as error:
            raise Trouble(troubles.NO_LINK).about(url) from error

    def _followed(
        self, url: str, headers: Mapping[str, str], *, robots: bool = False
    ) -> tuple[Response, bool]:
        """The answer at the end of all redirects, and whether every one of them was permanent.

        Each is checked as the link was. After too many the answer is a redirect. `robots` says that
        this is a robots.txt, for which no other is asked.
        """
        client = self._client(self._seconds / 2 if robots else self._seconds)
        limit = ROBOTS_BYTES if robots else self._limit
        moved = []
        for _ in range(1 + (ROBOTS_REDIRECTS if robots else MOST_REDIRECTS)):
            parts = self._guard.checked(url)
            own = self._guard.allows(parts.hostname or "", port_of(parts))
            pause = 0.0 if robots else self._pause_after(url, parts, own)
            with self._turn(parts, pause) as host:
                response = client.get(url, headers, limit=limit, cut=robots)
                if response.status == 429 and not own and not robots:
                    host.closed_until = troubles.retry_after(response.headers, self._now())
            if response.location is None:
                break
            moved.append(response.status in (301, 308))
            url = urldefrag(urljoin(url, response.location))[0]
        return response, bool(moved) and all(moved)

    @contextmanager
    def _turn(self, parts: SplitResult, pause: float) -> Iterator[_Host]:
        """Wait for a host to be free, then keep it; it is free again a pause after the end.

        Raises Trouble if the host wants to be left alone, and Stopped if asked to stop meanwhile.
        """
        host = self._host(parts)
        with host.turn:
            if host.closed_until and self._now() < host.closed_until:
                raise troubles.later("the site asked for fewer requests", host.closed_until)
            while (left := host.free_at - time.monotonic()) > 0:
                if self._stop():
                    raise Stopped
                time.sleep(min(left, STOP_SECONDS))
            try:
                yield host
            finally:
                host.free_at = time.monotonic() + pause

    def _host(self, parts: SplitResult) -> _Host:
        with self._lock:
            host = self._hosts.setdefault(parts.hostname or "", _Host())
            self._latest.append(host)
            return host

    def _pause_after(self, url: str, parts: SplitResult, own: bool) -> float:
        """The seconds between a page of a site and the next, by its robots.txt or else our own.

        Raises Trouble if the page may not be read.
        """
        from retrieval.reading.web.client import NAME

        host = self._host(parts)
        site = f"{parts.scheme}://{parts.netloc.lower()}"
        with host.reading_rules:
            rules = host.rules.get(site)
            if rules is None or self._now() >= rules.expires:
                rules = host.rules[site] = self._rules(f"{site}/robots.txt")
        if rules.trouble:
            raise Trouble(rules.trouble.reason, rules.trouble.kind)
        if rules.parsed and not rules.parsed.can_fetch(url, NAME):
            raise Trouble(f"the site's robots.txt asks programs not to read this; {BY_HAND}")
        delay = rules.parsed.crawl_delay(NAME) if rules.parsed else None
        if delay is None:
            return 0.0 if own else PAUSE_SECONDS
        return min(max(delay, 0.0), LONGEST_PAUSE_SECONDS)

    def _rules(self, url: str) -> _Rules:
        """The rules of a site from its robots.txt, wherever that has moved to (RFC 9309)."""
        try:
            response, _ = self._followed(url, {}, robots=True)
        except Trouble as error:
            return _Rules(self._now() + UNREADABLE_KEPT, trouble=Trouble(error.reason, error.kind))
        now = self._now()
        if response.status == 429 or response.status >= 500:
            after = troubles.retry_after(response.headers, now) or now + UNREADABLE_KEPT
            trouble = troubles.later(
                f"the site's robots.txt cannot be read for now ({response.status}), so what it"
                " allows is unknown",
                after,
            )
            return _Rules(min(after, now + ROBOTS_KEPT), trouble=trouble)
        if response.status != 200:
            return _Rules(now + ROBOTS_KEPT)  # there is none that we may see: all is allowed
        # A hundredth of a second to import.
        from protego import Protego

        parsed = Protego.parse(response.content.decode("utf-8-sig", "replace"))
        return _Rules(now + ROBOTS_KEPT, parsed)

    def _fetched(self, response: Response, moved: bool) -> Fetched:
        headers = response.headers
        if response.location:
            raise Trouble(
                f"the site sends on more than {MOST_REDIRECTS} times; open the link in your browser"
                " and give the address where that ends."
            )
        if response.status not in (200, 304):
            raise troubles.of_status(response.status, headers, self._now())
        # One that came twice is joined by a comma.
        kind = headers.get("content-type", "").partition(",")[0]
        charset = _CHARSET.search(kind)
        return Fetched(
            url=response.url,
            content=response.content,
            content_type=kind.partition(";")[0].strip().lower(),
            charset=charset[1].lower() if charset else None,
            etag=_to_send_back(headers.get("etag")),
            modified=_to_send_back(headers.get("last-modified")),
            moved_to=response.url if moved else None,
            unchanged=response.status == 304,
        )

    def _client(self, seconds: float) -> Client:
        # A fifth of a second to import.
        from retrieval.reading.web.client import Client

        return Client(self._guard, seconds, self._sockets)

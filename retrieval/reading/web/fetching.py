"""A link becomes bytes: politely, within limits, and from public addresses only."""

from __future__ import annotations

import copy
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlunsplit

from retrieval.errors import ComeAgain, Gone, Stopped, UnreadableSource
from retrieval.reading.web import troubles
from retrieval.reading.web.addresses import Guard, Resolve, port_of, system_resolve
from retrieval.reading.web.troubles import BY_HAND, GoneForGood, Later, Trouble, again, retry_after

if TYPE_CHECKING:
    from protego import Protego

    from retrieval.reading.web.exchange import Exchange, Response


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


MOST_HOSTS = 1_000
"""Hosts that are remembered at a time, as long as nobody waits for more."""

LOOK_S = 0.5
"""How long it may take until who waits for a host sees that it should stop."""


@dataclass(slots=True)
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    free_at: float = 0.0  # by the monotonic clock
    closed_until: datetime | None = None


class Pacing:
    """Whose turn it is at each host, and which hosts asked to be left alone for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    @contextmanager
    def turn(
        self, name: str, now: datetime, *, pause: float, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """Wait for a host to be free, then keep it; raises Later if it wants to be left alone.

        The host is free again `pause` seconds after the turn has ended. Raises Stopped if `stop`
        says so before it has begun.
        """
        host = self._entered(name)
        try:
            with host.turn:
                if host.closed_until and now < host.closed_until:
                    raise Later(
                        f"the site asked for fewer requests; {again(host.closed_until)}",
                        host.closed_until,
                    )
                while (left := host.free_at - time.monotonic()) > 0:
                    if stop():
                        raise Stopped
                    time.sleep(min(left, LOOK_S))
                try:
                    yield
                finally:
                    host.free_at = time.monotonic() + pause
        finally:
            with self._lock:
                host.waiting -= 1

    def close(self, name: str, until: datetime) -> None:
        """Leave a host alone until a time that it named."""
        with self._lock:
            self._hosts[name].closed_until = until

    def _entered(self, name: str) -> _Host:
        with self._lock:
            if len(self._hosts) >= MOST_HOSTS:
                self._forget_idle()
            host = self._hosts[name]
            host.waiting += 1
            return host

    def _forget_idle(self) -> None:
        idle = [
            name
            for name, host in self._hosts.items()
            if not host.waiting and not host.closed_until and host.free_at <= time.monotonic()
        ]
        for name in idle:
            del self._hosts[name]


LIMIT_BYTES = 50_000_000
SECONDS = 20.0
"""How long a link may take, from the first connection to the last byte."""

PAUSE_SECONDS = 1.0
"""What is left between two pages of a host, where its robots.txt names nothing else."""

MOST_REDIRECTS = 10
_PERMANENT = frozenset({301, 308})
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


class Fetcher:
    """Fetches links, one at a time from each host; may be called from several threads.

    `allow_hosts` names hosts, as `host` or `host:port`, that are read although they are not on the
    public web. They are the owner's own, so there is no pause between their pages, unless their
    robots.txt asks for one. `resolve` finds the addresses of a name, and `now` the time.
    """

    def __init__(
        self,
        allow_hosts: Iterable[str] = (),
        *,
        limit_bytes: int = LIMIT_BYTES,
        seconds: float = SECONDS,
        resolve: Resolve = system_resolve,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._guard = Guard(allow_hosts, resolve)
        self._limit = limit_bytes
        self._seconds = seconds
        self._now = now
        self._pacing = Pacing()
        self._robots = Robots()
        self._stop: Callable[[], bool] = lambda: False

    def stopped_by(self, stop: Callable[[], bool]) -> Fetcher:
        """The same fetcher for somebody who may be told to stop: it raises Stopped in a pause."""
        other = copy.copy(self)
        other._stop = stop
        return other

    def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What is at a link, or that it is unchanged since it had this ETag or Last-Modified.

        Raises ComeAgain if the site asks to be left alone for now, Gone if it says that nothing
        will come back, and UnreadableSource, of which these are kinds, for all other troubles.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        try:
            return self._followed(urldefrag(url.strip())[0], headers)
        except Later as error:
            raise ComeAgain(url, error.reason, error.after) from error
        except GoneForGood as error:
            raise Gone(url, error.reason) from error
        except Trouble as error:
            raise UnreadableSource(url, error.reason) from error
        except ValueError as error:
            raise UnreadableSource(url, troubles.NO_LINK) from error

    def _followed(self, url: str, headers: Mapping[str, str]) -> Fetched:
        """The page at the end of all redirects."""
        permanent = True
        seen: set[tuple[str, str]] = set()
        with self._exchange(self._seconds) as exchange:
            while len(seen) <= MOST_REDIRECTS:
                # The same address may do for who brings the cookie that it has set.
                asked = (url, exchange.cookies(url))
                if asked in seen:
                    raise Trouble(
                        "the site sends from one address to the next in a circle; open the link"
                        " in your browser and give the address where that ends."
                    )
                seen.add(asked)
                response = self._page(exchange, url, headers)
                if response.location is None:
                    moved = permanent and len(seen) > 1
                    return self._fetched(response, moved_to=url if moved else None)
                permanent = permanent and response.status in _PERMANENT
                url = urldefrag(urljoin(url, response.location))[0]
        raise Trouble(
            f"the site sends on more than {MOST_REDIRECTS} times; open the link in your browser and"
            " give the address where that ends."
        )

    def _page(self, exchange: Exchange, url: str, headers: Mapping[str, str]) -> Response:
        """What one address answers, if its site lets us ask."""
        from retrieval.reading.web.exchange import NAME

        parts = self._guard.checked(url)
        host, own = parts.hostname or "", self._guard.allows(parts.hostname or "", port_of(parts))
        site = urlunsplit((parts.scheme, parts.netloc.lower(), "", "", ""))
        asked = self._robots.rules(site, self._now(), self._read_robots).pause_for(url, NAME)
        pause = asked if asked is not None else 0.0 if own else PAUSE_SECONDS
        with self._pacing.turn(host, self._now(), pause=pause, stop=self._stop):
            response = exchange.get(url, headers, limit=self._limit)
        after = troubles.retry_after(response.headers, self._now())
        if response.status == 429 and after and not own:
            self._pacing.close(host, after)
        return response

    def _read_robots(self, url: str) -> Response:
        """A robots.txt, wherever it has moved to; one that moves on and on does not exist."""
        with self._exchange(self._seconds / 2) as exchange:
            for _ in range(6):
                parts = self._guard.checked(url)
                with self._pacing.turn(
                    parts.hostname or "", self._now(), pause=0.0, stop=self._stop
                ):
                    response = exchange.get(url, {}, limit=LARGEST, cut=True)
                if response.location is None:
                    break
                url = urldefrag(urljoin(url, response.location))[0]
        return response

    def _fetched(self, response: Response, moved_to: str | None) -> Fetched:
        headers = response.headers
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
            moved_to=moved_to,
            unchanged=response.status == 304,
        )

    def _exchange(self, seconds: float) -> Exchange:
        # A fifth of a second to import.
        from retrieval.reading.web.exchange import Exchange

        return Exchange(self._guard, seconds)


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

    return Rules(now + KEPT, Protego.parse(response.content.decode("utf-8-sig", "replace")))


def _unreadable(response: Response, now: datetime) -> Rules:
    after = retry_after(response.headers, now) or now + KEPT_UNREADABLE
    reason = (
        f"the site's robots.txt cannot be read for now ({response.status}), so what it allows is"
        f" unknown; {again(after)}"
    )
    return Rules(min(after, now + KEPT), unreadable=Later(reason, after))

"""A link becomes bytes: politely, within limits, and from public addresses only."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlunsplit

from retrieval.errors import ComeAgain, Gone, UnreadableSource
from retrieval.reading.web import robots, troubles
from retrieval.reading.web.addresses import Guard, Resolve, port_of, system_resolve
from retrieval.reading.web.pacing import Pacing
from retrieval.reading.web.robots import Robots
from retrieval.reading.web.troubles import GoneForGood, Later, Trouble

if TYPE_CHECKING:
    from retrieval.reading.web.exchange import Exchange, Response

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
                    response = exchange.get(url, {}, limit=robots.LARGEST, cut=True)
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

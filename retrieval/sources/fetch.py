"""Fetch a link: politely, within limits, and from public addresses only.

The public web may be read, and those hosts that were allowed by name.
"""

from __future__ import annotations

import copy
import os
import re
import socket
import ssl
import string
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache, partial
from gzip import BadGzipFile, GzipFile
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from http.cookiejar import CookieJar
from importlib.metadata import version
from io import BufferedReader, RawIOBase
from ipaddress import IPv4Address, ip_address, ip_network
from typing import cast
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit
from urllib.request import Request

import certifi
from protego import Protego

from retrieval.errors import ComeAgain, Gone, QuotewiseError, Stopped, Unreachable, UnreadableSource
from retrieval.sources.source import in_megabytes

LIMIT_BYTES = 50_000_000
SECONDS = 20.0  # for all requests of a link together
CONNECT_SECONDS = 5.0  # for a name to be resolved, and for an address to answer
MOST_REDIRECTS = 10
PAUSE_SECONDS = 1.0  # between two pages of a site whose robots.txt names nothing else
LONGEST_PAUSE_SECONDS = 10.0  # that a robots.txt may ask for
STOP_SECONDS = 0.5  # until who waits for a site sees that it should stop
ROBOTS_BYTES = 500 * 1024  # of a robots.txt that are looked at, as RFC 9309 asks
ROBOTS_LAST = timedelta(hours=12)
CLOSED_FOR = timedelta(minutes=1)  # where a robots.txt cannot be read
LONGEST_WAIT = timedelta(days=7)  # however much longer a server wants to be left alone
MOST_SITES = 1_000  # that are remembered: those that were asked last

NO_LINK = (
    "this is no web link that can be followed: it begins with http:// or https:// and a host, and"
    " holds no password; check it."
)
BY_HAND = "save the page in your browser and add the .html file."

NAME = "Quotewise"
_HEADERS = {
    "User-Agent": f"{NAME}/{version('quotewise')} (+https://quotewise.example/bot)",
    "Accept": "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml,"
    " */*;q=0.8",
    # The standard library unpacks no more of it than it is asked for.
    "Accept-Encoding": "gzip",
    "Connection": "close",
}

# News stands on the first two; the others are what people choose instead. Any port at all would let
# a link make this machine knock at mail servers and databases of others.
PORTS = frozenset({80, 443, 8080, 8443})
# What `is_global` grants in some releases of Python, or although it is not reachable by all.
_CLOSED = [
    ip_network("192.0.0.0/24"),  # among them where Oracle's machines find their keys
    ip_network("168.63.129.16"),  # public by number, but Azure's machines find theirs there
    ip_network("2001::/23"),  # Teredo and its neighbours
    ip_network("2002::/16"),  # 6to4, whose addresses lead to any IPv4 address
]
_GLOBAL_V6 = ip_network("2000::/3")
# Where a network has no IPv4, its name servers give every IPv4 site an address in here (RFC 6052).
_NAT64 = ip_network("64:ff9b::/96")

_NOW = partial(datetime.now, UTC)
_NO_HOST = re.compile(r"[^\w.:\[\]-]")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered for a link; only a 200 has content, and a 304 says it is unchanged.

    `url` is the address after all redirects; `moved_to`, too, where each of them was permanent.
    """

    url: str
    status: int
    headers: Message
    content: bytes
    moved_to: str | None = None

    @property
    def location(self) -> str | None:
        """Where the server sends us on, None where it does not."""
        location = self.headers["location"] if self.status in (301, 302, 303, 307, 308) else None
        return location and urldefrag(urljoin(self.url, _escaped(location, "latin-1")))[0]

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the Content-Type header names."""
        charset = _CHARSET.search(self.headers.get("content-type", ""))
        return charset[1].lower() if charset else None


class _Site:
    """What is known of a scheme, host and port; `free_at` is by the monotonic clock.

    `rules` are those of its robots.txt, or why nothing may be read; they hold until `expires`.
    """

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.free_at = 0.0
        self.rules: Protego | UnreadableSource = Protego()
        self.expires = datetime.min.replace(tzinfo=UTC)


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
        now: Callable[[], datetime] = _NOW,
    ) -> None:
        self._guard = Guard(allow_hosts)
        self._limit = limit_bytes
        self._seconds = seconds
        self._now = now
        self._stop: Callable[[], bool] = lambda: False
        self._lock = threading.Lock()
        self._sites = lru_cache(MOST_SITES)(lambda address: _Site())

    def stopped_by(self, stop: Callable[[], bool]) -> Fetcher:
        """The same fetcher for a caller who may have to stop: it raises Stopped in a pause."""
        other = copy.copy(self)
        other._stop = stop
        return other

    def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What is at a link, or that it is unchanged since it had this ETag or Last-Modified.

        Raises UnreadableSource, and of its kinds ComeAgain if the site asks to be left alone for
        now, Gone if nothing will come back, and Unreachable if the site does not answer.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        # Servers send what they like, and that is not to be sent back.
        given = ((name, value) for name, value in conditions.items() if value)
        headers = {name: value for name, value in given if value.isascii() and value.isprintable()}
        client, moves = Client(self._guard, self._seconds), list[int]()
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
        is_permanent = moves and {301, 308}.issuperset(moves)
        return replace(response, moved_to=response.url if is_permanent else None)

    def _politely(self, client: Client, url: str, headers: Mapping[str, str]) -> Fetched:
        """Ask for a page when its site is free. Raises Stopped if asked to stop meanwhile."""
        parts, host, port = self._guard.checked(url)
        address = f"{parts.scheme}://{parts.netloc.lower()}"
        is_own = self._guard.allows(host, port)
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
            delay = site.rules.crawl_delay(NAME)
            usual = 0.0 if is_own else PAUSE_SECONDS
            pause = min(usual if delay is None else delay, LONGEST_PAUSE_SECONDS)
            try:
                response = client.get(url, headers, self._limit)
            finally:
                site.free_at = time.monotonic() + pause
            if response.status == 429 and not is_own:
                site.rules = self._refusal(response)
                site.expires = self._retry_after(response) or self._now()
        if len(response.content) > self._limit:
            raise UnreadableSource(
                url,
                f"this is larger than {in_megabytes(self._limit)}, too long to be read; save the"
                " part that matters as a file and add that.",
            )
        return response

    def _rules(self, client: Client, url: str) -> tuple[Protego | UnreadableSource, datetime]:
        """The rules of a site from its robots.txt, wherever that has moved to (RFC 9309)."""
        again = self._now() + CLOSED_FOR
        try:
            response = client.get(url, {}, ROBOTS_BYTES)
            for _ in range(MOST_REDIRECTS):
                if response.location:
                    response = client.get(response.location, {}, ROBOTS_BYTES)
        except UnreadableSource as error:
            return copy.copy(error), again
        if response.status == 429 or response.status >= 500:
            again = self._retry_after(response) or again
            reason = f"the site's robots.txt cannot be read for now ({response.status})"
            return _later(url, reason, again), again
        # Where there is none that we may see, there is no content, and all is allowed.
        rules = Protego.parse(response.content.decode("utf-8-sig", "replace"))
        return rules, self._now() + ROBOTS_LAST

    def _refusal(self, response: Fetched) -> UnreadableSource:
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
        return UnreadableSource(
            url, f"the site does not give this to programs ({status}); {BY_HAND}"
        )

    def _retry_after(self, response: Fetched) -> datetime | None:
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
    when = f"after {after.astimezone(UTC):%H:%M on %-d %B %Y} (UTC)" if after else "later"
    return ComeAgain(url, f"{reason}; try again {when}.", after)


# -- requests


class Client:
    """The requests that one link takes, which share cookies and a limit of time.

    Proxies and passwords in the environment are left alone: a proxy would resolve names where they
    cannot be checked, and .netrc would send passwords to who is named in a link.
    """

    def __init__(self, guard: Guard, seconds: float) -> None:
        self._guard = guard
        self._seconds = self._left = seconds
        self._cookies = CookieJar()

    def get(self, url: str, headers: Mapping[str, str], limit: int) -> Fetched:
        """Ask for a page, at most a byte over the limit. Raises UnreadableSource or Unreachable."""
        ends = time.monotonic() + self._left
        try:
            with self._connection(url, ends) as http:
                request = Request(url, headers={**_HEADERS, **headers})  # as cookies look at it
                self._cookies.add_cookie_header(request)
                sent = dict(request.header_items())
                http.request("GET", _escaped(request.selector), headers=sent)
                with http.getresponse() as answer:
                    self._cookies.extract_cookies(answer, request)
                    content = _content(url, answer, limit) if answer.status == 200 else b""
                    return Fetched(url, answer.status, answer.headers, content)
        except (HTTPException, zlib.error, BadGzipFile, EOFError) as error:
            reason = "the site's answer is damaged or incomplete; try again later."
            raise UnreadableSource(url, reason) from error
        except ssl.SSLError as error:
            why = getattr(error, "verify_message", error.reason)
            reason = f"no secure connection to the site is possible ({why}); check the link."
            raise Unreachable(url, reason) from error
        except OSError as error:
            reason = "the site does not answer; check the link, and that this machine is online."
            raise Unreachable(url, reason) from error
        finally:
            self._left = ends - time.monotonic()
            if self._left <= 0:  # whatever else has come of it
                reason = f"the site took longer than {self._seconds:.3g} seconds; try again later."
                raise Unreachable(url, reason)

    @contextmanager
    def _connection(self, url: str, ends: float) -> Iterator[HTTPConnection]:
        """A connection to the site of a link, which is shut down at a time.

        A time limit for each read would let a server that sends a byte now and then keep us for
        days. The certificate is checked against the name, not the address.
        """
        parts, host, port = self._guard.checked(url)
        with self._guard.connected(host, port, self._left) as sock, sock.dup() as same:
            timer = threading.Timer(ends - time.monotonic(), _shut_down, [same])
            timer.start()
            try:
                if parts.scheme == "https":
                    sock = certificates().wrap_socket(sock, server_hostname=host)
                with sock:
                    http = HTTPConnection(parts.netloc)
                    http.sock = sock
                    yield http
            finally:
                timer.cancel()


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        sock.shutdown(socket.SHUT_RDWR)


def _content(url: str, answer: HTTPResponse, limit: int) -> bytes:
    """The content, never more in memory than a byte over the limit, where a bomb is left alone."""
    coding = answer.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise UnreadableSource(url, f"the site sends this packed as {coding[:20]}; {BY_HAND}")
    # Not `answer.read`, which reads all that comes of a chunk whose size is negative.
    packed = BufferedReader(cast(RawIOBase, answer))
    stream = GzipFile(fileobj=packed) if coding.endswith("gzip") else packed
    content = stream.read(limit + 1)
    if answer.length and len(content) <= limit:
        raise IncompleteRead(content)
    return content


def _escaped(link: str, encoding: str = "utf-8") -> str:
    return quote(link, safe=string.punctuation, encoding=encoding)


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted: those of SSL_CERT_FILE if it is set, else Mozilla's."""
    # Reading them takes some hundredths of a second.
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


# -- addresses


class Guard:
    """Which hosts may be connected to. Raises QuotewiseError for a name that is none."""

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._allowed = {_host_and_port(host.strip()) for host in allow_hosts if host.strip()}

    def allows(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        return not self._allowed.isdisjoint({(name, None), (name, port)})

    def checked(self, url: str) -> tuple[SplitResult, str, int]:
        """The parts of a link that may be tried, its host and port.

        Its addresses are checked at each connection. Raises UnreadableSource if it may not be
        tried, and ValueError if it is none.
        """
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if port is None:
            port = 443 if parts.scheme == "https" else 80
        # A password would be kept with the article and shown with every quote.
        if parts.scheme not in ("http", "https") or not host or _NO_HOST.search(parts.netloc):
            raise UnreadableSource(url, NO_LINK)
        if port not in PORTS and not self.allows(host, port):
            raise UnreadableSource(
                url,
                f"web pages are not served on port {port}; check the link. Whoever runs Quotewise"
                f" can allow it with QUOTEWISE_ALLOW_HOSTS={host}:{port}.",
            )
        return parts, host, port

    def connected(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection to one of the addresses of a host, which were all checked just before.

        So nothing lies between the check and the connection: a name that leads elsewhere the next
        moment (DNS rebinding) gains nothing. Raises UnreadableSource where an address is not
        public, Unreachable if the name has none, and OSError if none answers.
        """
        seconds = min(seconds, CONNECT_SECONDS)
        addresses: list[str] = []

        def resolve() -> None:
            with suppress(OSError, ValueError):  # no such name, or none that could be one
                results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                addresses.extend([str(address[0]) for *_, address in results])

        # The resolver knows no time limit, so it is left behind when it takes too long.
        thread = threading.Thread(target=resolve, daemon=True)
        thread.start()
        thread.join(seconds)
        if not addresses:
            reason = f"no site called {host} can be found; check the spelling, and your network."
            raise Unreachable(host, reason)
        # One that is private beside a public one is how a name is bent to lead inside.
        if not self.allows(host, port) and not all(map(is_public, addresses)):
            # Which address it is would tell a stranger about the network.
            raise UnreadableSource(
                host,
                f"this leads to an address that is not on the public web; {BY_HAND} Whoever runs"
                f" Quotewise can allow it with QUOTEWISE_ALLOW_HOSTS={host}.",
            )
        for address in addresses:
            with suppress(OSError):  # where IPv6 is broken, IPv4 may do
                sock = socket.create_connection((address, port), seconds)
                sock.settimeout(None)
                return sock
        raise ConnectionError


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet's, and can lead nowhere else."""
    ip = ip_address(address)
    if ip in _NAT64:
        return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    if ip.version == 6 and ip not in _GLOBAL_V6:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _CLOSED)


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """A host that is allowed, and its port if only that is."""
    with suppress(ValueError):
        is_bare_ipv6 = entry.count(":") > 1 and not entry.startswith("[")
        parts = urlsplit(f"//[{entry}]" if is_bare_ipv6 else f"//{entry}")
        if parts.hostname and parts.port != 0 and not _NO_HOST.search(entry):
            return parts.hostname.rstrip("."), parts.port
    raise QuotewiseError(
        "The allowed hosts (allow_hosts) should be names such as wiki.example or "
        f"wiki.example:8080, with a port from 1 to 65535, and {entry!r} is none."
    )

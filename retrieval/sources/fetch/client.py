"""HTTP requests to checked addresses only, within limits of size and time.

The public web may be read, and those hosts that were allowed by name.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import string
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from functools import cache
from gzip import BadGzipFile, GzipFile
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from http.cookiejar import CookieJar
from importlib.metadata import version
from io import BufferedReader, RawIOBase
from ipaddress import IPv4Address, ip_address, ip_network
from threading import Timer
from time import monotonic
from typing import cast
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit
from urllib.request import Request

import certifi

from retrieval.errors import QuotewiseError, Unreachable, UnreadableSource
from retrieval.sources.source import in_megabytes

# News stands on the first two; the others are what people choose instead. Any port at all would let
# a link make this machine knock at mail servers and databases of others.
PORTS = frozenset({80, 443, 8080, 8443})

NO_LINK = (
    "this is no web link that can be followed: it begins with http:// or https:// and a host, and"
    " holds no password; check it."
)
BY_HAND = "save the page in your browser and add the .html file."
CONNECT_SECONDS = 5.0
"""How long a name may take to be resolved, and an address to answer."""

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

_NO_HOST = re.compile(r"[^\w.:\[\]-]")


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet's, and can lead nowhere else."""
    ip = ip_address(address)
    if ip in _NAT64:
        return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    if ip.version == 6 and ip not in _GLOBAL_V6:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _CLOSED)


class Guard:
    """Who may be connected to. Hosts allowed by name, as `host` or `host:port`, always may.

    Raises QuotewiseError if such a name is none.
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._allowed = {_host_and_port(host.strip()) for host in allow_hosts if host.strip()}

    def allows(self, host: str, port: int) -> bool:
        """Whether a host was allowed by name."""
        name = host.lower().rstrip(".")
        return not self._allowed.isdisjoint({(name, None), (name, port)})

    def checked(self, url: str) -> SplitResult:
        """The parts of a link that may be tried; its addresses are checked at each connection.

        Raises UnreadableSource if it may not, and ValueError if it is none.
        """
        parts = urlsplit(url)
        host, port = parts.hostname, port_of(parts)
        # A password would be kept with the article and shown with every quote.
        if parts.scheme not in ("http", "https") or not host or _NO_HOST.search(parts.netloc):
            raise UnreadableSource(url, NO_LINK)
        if port not in PORTS and not self.allows(host, port):
            raise UnreadableSource(
                url,
                f"web pages are not served on port {port}; check the link. Whoever runs Quotewise"
                f" can allow it with QUOTEWISE_ALLOW_HOSTS={host}:{port}.",
            )
        return parts

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


def port_of(parts: SplitResult) -> int:
    """The port of a link, also where it is the scheme's own."""
    return parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80


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


NAME = "Quotewise"
_HEADERS = {
    "User-Agent": f"{NAME}/{version('quotewise')} (+https://quotewise.example/bot)",
    "Accept": "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml,"
    " */*;q=0.8",
    # The standard library unpacks no more of it than it is asked for.
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered. Only a 200 has content."""

    url: str
    status: int
    headers: Message
    content: bytes

    @property
    def location(self) -> str | None:
        """Where the server sends us on, None where it does not."""
        location = self.headers["location"] if self.status in (301, 302, 303, 307, 308) else None
        return location and urldefrag(urljoin(self.url, _escaped(location, "latin-1")))[0]


class Client:
    """The requests that one link takes, which share cookies and a limit of time.

    Proxies and passwords in the environment are left alone: a proxy would resolve names where they
    cannot be checked, and .netrc would send passwords to who is named in a link.
    """

    def __init__(self, guard: Guard, seconds: float) -> None:
        self._guard = guard
        self._seconds = self._left = seconds
        self._cookies = CookieJar()

    def get(
        self, url: str, headers: Mapping[str, str], *, limit: int, cut: bool = False
    ) -> Response:
        """Ask for a page; one that is larger than the limit is refused, or else cut.

        Raises UnreadableSource if the link or its answer cannot be used, and Unreachable if other
        pages of the site will do no better.
        """
        ends = monotonic() + self._left
        try:
            with self._connection(url, ends) as http:
                request = Request(url, headers={**_HEADERS, **headers})  # as cookies look at it
                self._cookies.add_cookie_header(request)
                sent = dict(request.header_items())
                http.request("GET", _escaped(request.selector), headers=sent)
                with http.getresponse() as answer:
                    self._cookies.extract_cookies(answer, request)
                    content = _content(url, answer, limit, cut) if answer.status == 200 else b""
                    return Response(url, answer.status, answer.headers, content)
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
            self._left = ends - monotonic()
            if self._left <= 0:  # whatever else has come of it
                reason = f"the site took longer than {self._seconds:.3g} seconds; try again later."
                raise Unreachable(url, reason)

    @contextmanager
    def _connection(self, url: str, ends: float) -> Iterator[HTTPConnection]:
        """A connection to the site of a link, which is shut down at a time.

        A time limit for each read would let a server that sends a byte now and then keep us for
        days. The certificate is checked against the name, not the address.
        """
        parts = self._guard.checked(url)
        host = parts.hostname or ""
        with self._guard.connected(host, port_of(parts), self._left) as sock, sock.dup() as same:
            timer = Timer(ends - monotonic(), _shut_down, [same])
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


def _content(url: str, answer: HTTPResponse, limit: int, cut: bool) -> bytes:
    """The content, never more of it in memory than the limit: a bomb is refused half unpacked."""
    coding = answer.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise UnreadableSource(url, f"the site sends this packed as {coding[:20]}; {BY_HAND}")
    # Not `answer.read`, which reads all that comes of a chunk whose size is negative.
    packed = BufferedReader(cast(RawIOBase, answer))
    stream = GzipFile(fileobj=packed) if coding.endswith("gzip") else packed
    content = stream.read(limit + 1)
    if len(content) > limit and not cut:
        raise UnreadableSource(
            url,
            f"this is larger than {in_megabytes(limit)}, too long to be read; save the part that"
            " matters as a file and add that.",
        )
    if answer.length and len(content) <= limit:
        raise IncompleteRead(content)
    return content[:limit]


def _escaped(link: str, encoding: str = "utf-8") -> str:
    """A link that has ASCII only."""
    return quote(link, safe=string.punctuation, encoding=encoding)


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted: those of SSL_CERT_FILE if it is set, else Mozilla's."""
    # Reading them takes some hundredths of a second.
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())

"""HTTP requests to checked addresses only, within filters of size and time."""

from __future__ import annotations

import os
import socket
import ssl
import string
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from functools import cache
from gzip import BadGzipFile, GzipFile
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from http.cookiejar import CookieJar
from importlib.metadata import version
from io import BufferedReader, RawIOBase
from threading import Timer
from time import monotonic
from typing import cast
from urllib.parse import quote, urldefrag, urljoin
from urllib.request import Request

import certifi

from retrieval.errors import Unreachable, UnreadableSource
from retrieval.sources.fetch.addresses import BY_HAND, Guard, port_of
from retrieval.sources.source import in_megabytes

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

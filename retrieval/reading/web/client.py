"""HTTP requests to checked addresses only, within limits of size and time."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from gzip import BadGzipFile, GzipFile
from importlib.metadata import version
from io import BytesIO
from typing import Any, cast

import httpcore
import httpx

from retrieval.errors import Unreachable
from retrieval.reading.sources import in_megabytes
from retrieval.reading.web.addresses import Guard
from retrieval.reading.web.troubles import BY_HAND, NO_LINK, Trouble

CONNECT_SECONDS = 5.0
NAME = "Quotewise"
_HEADERS = {
    "User-Agent": f"{NAME}/{version('quotewise')} (+https://quotewise.example/bot)",
    "Accept": "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml,"
    " */*;q=0.8",
    # The standard library unpacks no more of it than it is asked for.
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


class Deadline:
    """How long a link may take in all; it runs inside a `with` block.

    A time limit for each read would let a server that sends a byte now and then keep us for days.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = self._unused = seconds

    def __enter__(self) -> None:
        self._end = time.monotonic() + self._unused

    def __exit__(self, *_: object) -> None:
        self._unused = self._end - time.monotonic()

    def left(self, at_most: float | None = None) -> float:
        """The seconds that are left. Raises `httpcore.ReadTimeout` when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return seconds if at_most is None else min(seconds, at_most)


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a name, has all its addresses checked, and connects to one of just these.

    So nothing lies between the check and the connection: a name that leads elsewhere the next
    moment (DNS rebinding) gains nothing. TLS goes on checking the certificate against the name.
    """

    def __init__(self, guard: Guard, deadline: Deadline, sockets: httpcore.NetworkBackend) -> None:
        self._guard = guard
        self._deadline = deadline
        self._sockets = sockets

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers."""
        addresses = self._guard.addresses(host, port, self._deadline.left(CONNECT_SECONDS))
        for number, address in enumerate(addresses, 1):
            limit = self._deadline.left(CONNECT_SECONDS)
            try:
                stream = self._sockets.connect_tcp(address, port, timeout=limit)
                return cast(httpcore.NetworkStream, _TimedStream(stream, self._deadline))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):  # where IPv6 is broken, IPv4 may do
                    raise
        raise httpcore.ConnectError("no address")


class _TimedStream:
    """A connection that waits for its peer no longer than the deadline allows."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None, timeout: float | None = None
    ) -> _TimedStream:
        limit = self._deadline.left(timeout)
        secure = self._stream.start_tls(ssl_context, server_hostname, limit)
        return _TimedStream(secure, self._deadline)


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered. Only a 200 has content."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def location(self) -> str | None:
        """Where the server sends us on, None where it does not."""
        redirects = self.status in (301, 302, 303, 307, 308)
        return self.headers.get("location") or None if redirects else None


class Client:
    """The requests that one link takes, which share cookies and a limit of time.

    Proxies and passwords in the environment are left alone: a proxy would resolve names where they
    cannot be checked, and .netrc would send passwords to who is named in a link.
    """

    def __init__(self, guard: Guard, seconds: float, sockets: httpcore.NetworkBackend | None):
        self._deadline = Deadline(seconds)
        self._cookies = httpx.Cookies()
        backend = GuardedBackend(guard, self._deadline, sockets or httpcore.SyncBackend())
        self._pool = httpcore.ConnectionPool(certificates(), network_backend=backend)

    def get(
        self, url: str, headers: Mapping[str, str], *, limit: int, cut: bool = False
    ) -> Response:
        """Ask for a page; one that is larger than the limit is refused, or else cut.

        Raises Trouble if there is no answer that can be read.
        """
        try:
            request = httpx.Request("GET", url, headers={**_HEADERS, **headers})
            self._cookies.set_cookie_header(request)
            address = httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            )
            stream = self._pool.stream("GET", address, headers=request.headers.raw)
            with self._deadline, stream as answer:
                head = httpx.Response(answer.status, headers=answer.headers, request=request)
                self._cookies.extract_cookies(head)
                ok = answer.status == 200
                coding = head.headers.get("content-encoding", "").strip().lower()
                content = _content(answer.iter_stream(), coding, limit, cut) if ok else b""
                return Response(url, answer.status, head.headers, content)
        except httpcore.TimeoutException as error:
            reason = f"the site took longer than {self._deadline.seconds:.3g} seconds"
            raise Trouble(f"{reason}; try again later.", Unreachable) from error
        except httpcore.ConnectError as error:
            raise _unconnected(error) from error
        except httpcore.NetworkError as error:
            reason = "the site hung up in the middle; try again later."
            raise Trouble(reason, Unreachable) from error
        except (httpcore.ProtocolError, zlib.error, BadGzipFile, EOFError) as error:
            reason = "the site's answer is damaged or incomplete; try again later."
            raise Trouble(reason) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Trouble(NO_LINK) from error


def _unconnected(error: Exception) -> Trouble:
    """Why there was no connection: the certificate, or the network."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Trouble(
            f"the site's certificate cannot be trusted ({cause.verify_message}); check the link,"
            " and this machine's clock.",
            Unreachable,
        )
    reason = "the site does not answer; check the link, and that this machine is online."
    if isinstance(cause, ssl.SSLError):
        reason = "no secure connection to the site is possible; try the link with http://."
    return Trouble(reason, Unreachable)


def _content(chunks: Iterable[bytes], coding: str, limit: int, cut: bool) -> bytes:
    """The content, never more of it in memory than the limit: a bomb is refused half unpacked."""
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise Trouble(f"the site sends this packed as {coding[:20]}; {BY_HAND}")
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > limit:
            break
    if coding.endswith("gzip") and (cut or len(content) <= limit):
        content = bytearray(GzipFile(fileobj=BytesIO(content)).read(limit + 1))
    if len(content) > limit and not cut:
        raise Trouble(
            f"this is larger than {in_megabytes(limit)}, too long to be read; save the part that"
            " matters as a file and add that."
        )
    return bytes(content[:limit])


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted: those of SSL_CERT_FILE if it is set, else Mozilla's."""
    # Reading them takes some hundredths of a second.
    return httpx.create_ssl_context()

"""One request and its answer, within limits of size and time; what goes wrong has a sentence."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Self

import httpcore
import httpx

from retrieval.reading.sources import in_megabytes
from retrieval.reading.web.addresses import Guard
from retrieval.reading.web.troubles import BY_HAND, NO_LINK, Trouble

CONNECT_SECONDS = 5.0


class Deadline:
    """How long a link may take in all, counted while it is entered.

    A time limit for each read would let a server that sends a byte now and then keep us for days.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._unused = seconds
        self._end = 0.0

    def __enter__(self) -> Self:
        self._end = time.monotonic() + self._unused
        return self

    def __exit__(self, *_: object) -> None:
        self._unused = self._end - time.monotonic()

    def left(self, at_most: float | None = None) -> float:
        """The seconds that are left. Raises `httpcore.ReadTimeout` when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return seconds if at_most is None else min(seconds, at_most)


class GuardedTransport(httpx.BaseTransport):
    """Sends requests over connections of a `GuardedBackend`, one at a time and none kept open."""

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=certificates(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=GuardedBackend(guard, deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; errors are httpcore's own."""
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the connection, if one is open."""
        self._pool.close()


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a name, has all its addresses checked, and connects to one of just these.

    So nothing lies between the check and the connection: a name that leads elsewhere the next
    moment (DNS rebinding) gains nothing. TLS goes on checking the certificate against the name.
    """

    def __init__(
        self, guard: Guard, deadline: Deadline, sockets: httpcore.NetworkBackend | None = None
    ) -> None:
        self._guard = guard
        self._deadline = deadline
        self._sockets = sockets or httpcore.SyncBackend()

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
        for address in addresses[:-1]:
            try:
                return self._connected(address, port, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # where IPv6 is broken, IPv4 may do
        return self._connected(addresses[-1], port, socket_options)

    def _connected(
        self, address: str, port: int, options: Iterable[Any] | None
    ) -> httpcore.NetworkStream:
        limit = self._deadline.left(CONNECT_SECONDS)
        stream = self._sockets.connect_tcp(address, port, timeout=limit, socket_options=options)
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore.NetworkStream):
    """A connection that waits for its peer no longer than the deadline allows."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = self._deadline.left(timeout)
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if close := getattr(self._stream, "close", None):
            close()


NAME = "Quotewise"
USER_AGENT = f"{NAME}/{version('quotewise')} (+https://quotewise.example/bot)"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml,"
    " */*;q=0.8",
    # The only one whose output can be bounded while it is unpacked, with Python's own means.
    "Accept-Encoding": "gzip",
    "Connection": "close",
}
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS + 32


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered; header names are in small letters. Only a 200 has content."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def location(self) -> str | None:
        """Where the server sends us on, None where it does not."""
        sent_on = self.status in (301, 302, 303, 307, 308)
        return self.headers.get("location") or None if sent_on else None


class Exchange:
    """The requests that one link takes, which share cookies and a limit of time."""

    def __init__(self, guard: Guard, seconds: float) -> None:
        self._deadline = Deadline(seconds)
        # Proxies and passwords in the environment are left alone: a proxy would resolve names where
        # they cannot be checked, and .netrc would send passwords to who is named in a link.
        self._client = httpx.Client(
            transport=GuardedTransport(guard, self._deadline),
            trust_env=False,
            headers=_HEADERS,
            timeout=seconds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def cookies(self, url: str) -> str:
        """What a request for this address would send of what the servers gave before."""
        try:
            return str(self._client.build_request("GET", url).headers.get("cookie", ""))
        except (httpx.InvalidURL, ValueError) as error:
            raise Trouble(NO_LINK) from error

    def get(
        self, url: str, headers: Mapping[str, str], *, limit: int, cut: bool = False
    ) -> Response:
        """Ask for a page; one that is larger than the limit is refused, or else cut."""
        try:
            with self._deadline, self._client.stream("GET", url, headers=headers) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                ok = response.status_code == 200
                content = _unpacked(response.iter_raw(), told, limit, cut=cut) if ok else b""
                return Response(url, response.status_code, told, content)
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise Trouble(
                f"the site took longer than {self._deadline.seconds:.3g} seconds; try again later."
            ) from error
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise Trouble(_unconnected(error)) from error
        except (httpcore.NetworkError, httpx.NetworkError) as error:
            raise Trouble("the site hung up in the middle; try again later.") from error
        except (httpcore.ProtocolError, httpx.ProtocolError, zlib.error) as error:
            reason = "the site's answer is damaged or incomplete; try again later."
            raise Trouble(reason) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Trouble(NO_LINK) from error


def _unconnected(error: Exception) -> str:
    """Why there was no connection: the certificate, or the network."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the site's certificate cannot be trusted ({cause.verify_message}); check the link,"
            " and this machine's clock."
        )
    if isinstance(cause, ssl.SSLError):
        return "no secure connection to the site is possible; try the link with http://."
    return "the site does not answer; check the link, and that this machine is online."


def _unpacked(
    chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, *, cut: bool
) -> bytes:
    """The content, never more of it in memory than the limit: a bomb is refused half unpacked."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", *_COMPRESSED):
        raise Trouble(f"the site sends this packed as {coding[:20]}; {BY_HAND}")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:15]) > limit and not cut:
        raise _too_large(limit)
    content = bytearray()
    for piece in _inflated(chunks, limit) if coding in _COMPRESSED else chunks:
        content += piece
        if len(content) > limit:
            if cut:
                break
            raise _too_large(limit)
    return bytes(content[:limit])


def _inflated(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The unpacked pieces of gzip or zlib data, none larger than a megabyte."""
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:  # empty blocks without end unpack to nothing
            raise _too_large(limit)
        while chunk:
            if unpacking.eof:
                if not chunk.startswith(b"\x1f\x8b"):
                    return  # some servers pad what they send
                unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
            yield unpacking.decompress(chunk, 1_000_000)
            chunk = unpacking.unconsumed_tail or unpacking.unused_data
    if received and not unpacking.eof:
        raise zlib.error("the data ends too early")


def _too_large(limit: int) -> Trouble:
    return Trouble(
        f"this is larger than {in_megabytes(limit)}, too long to be read; save the part that"
        " matters as a file and add that."
    )


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted: those of SSL_CERT_FILE if it is set, else Mozilla's."""
    # Reading them takes some hundredths of a second.
    return httpx.create_ssl_context()

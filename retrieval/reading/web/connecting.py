"""Connections that are made only to addresses that were checked, and end by a deadline."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any, Self

import httpcore
import httpx

from retrieval.reading.web.addresses import Guard

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

    def __init__(self, guard: Guard, deadline: Deadline, context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
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

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

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

"""A web site of the tests' own, on 127.0.0.1: it says what it is told to and records who asked.

    with Website() as site:
        site.set("/story", Reply("<html>…"))
        site.set("/feed", Reply(RSS, type="application/rss+xml", etag='"1"'))  # answers 304, too
        site.set("/busy", Reply(status=429, headers={"Retry-After": "60"}), Reply("now"))
        fetcher = Fetcher([site.host])
        fetcher.fetch(site.url("/story"))
        assert site.asked("/story") == 1 and site.faults == []

Paths that were not set are 404, `/robots.txt` among them.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpcore


@dataclass(frozen=True)
class Reply:
    """What the site says to a request.

    With an `etag` or `modified` it says 304 to who has that already. `delay` are seconds before it
    says anything, `drip` seconds before each byte of the body. `raw` goes over the wire in place of
    all else, and `pieces` in place of the body, without its length. `length` is what the site says
    the length is.
    """

    body: str | bytes = b""
    status: int = 200
    type: str | None = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None
    gzipped: bool = False
    delay: float = 0
    drip: float = 0
    raw: bytes | None = None
    pieces: Callable[[], Iterable[bytes]] | None = None
    length: int | None = None


def redirect(to: str, status: int = 302, **more: object) -> Reply:
    """A reply that sends on to another address."""
    return Reply(status=status, headers={"Location": to}, **more)  # type: ignore[arg-type]


def robots(rules: str, **more: object) -> Reply:
    """A robots.txt with these rules."""
    return Reply(rules, type="text/plain", **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Seen:
    """A request: `at` is the second it came, `headers` have names in small letters."""

    path: str
    headers: Mapping[str, str]
    at: float

    @property
    def host(self) -> str:
        """The host that was asked for, without its port."""
        return self.headers.get("host", "").rpartition(":")[0]


class Website:
    """The site; `port` is its own, and every host name that leads to 127.0.0.1 is its."""

    host = "127.0.0.1"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Seen] = []
        self.faults: list[str] = []
        self.connections = 0
        self._tls = tls
        self._replies: dict[str, list[Reply | Callable[[Seen], Reply]]] = {}
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        self._busiest: Counter[str] = Counter()
        self._closing = threading.Event()
        self._server = _Server((self.host, 0), _handler_of(self))
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def set(self, path: str, *replies: Reply | Callable[[Seen], Reply]) -> None:
        """Say these one after the other to who asks for a path, and the last from then on."""
        with self._lock:
            self._replies[path] = list(replies)

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of a path, under any name of this machine."""
        return f"{'https' if self._tls else 'http'}://{host or self.host}:{self.port}{path}"

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one.path == path for one in self.requests)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [one.path for one in self.requests]

    def most_at_once(self, host: str | None = None) -> int:
        """The most requests to one host name that were under way at the same time."""
        return self._busiest[host or self.host]

    def wait(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the site."""
        self._closing.wait(seconds)

    @contextmanager
    def answering(self, seen: Seen) -> Iterator[Reply]:
        """The reply to a request, which is under way until it begins to be given.

        Not until its end: who has read that may ask for more before this thread runs again.
        """
        with self._lock:
            self.requests.append(seen)
            self._busy[seen.host] += 1
            self._busiest[seen.host] = max(self._busiest[seen.host], self._busy[seen.host])
            line = self._replies.get(seen.path) or self._replies.get(seen.path.partition("?")[0])
            reply = (line.pop(0) if len(line) > 1 else line[0]) if line else Reply("", 404)
        try:
            yield reply if isinstance(reply, Reply) else reply(seen)
        finally:
            with self._lock:
                self._busy[seen.host] -= 1


class Connections(httpcore.SyncBackend):
    """Records which addresses are connected to, and connects to a site in their place."""

    def __init__(self, site: Website) -> None:
        self.addresses: list[str] = []
        self._port = site.port

    def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> httpcore.NetworkStream:
        self.addresses.append(host)
        return super().connect_tcp("127.0.0.1", self._port, *args, **more)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up early has his reasons."""


def _handler_of(site: Website) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 2

        def setup(self) -> None:
            super().setup()
            site.connections += 1

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.faults += _faults(self, headers)
            with site.answering(Seen(self.path, headers, time.monotonic())) as reply:
                site.wait(reply.delay)
            self._send(reply, headers)

        def _send(self, reply: Reply, asked: Mapping[str, str]) -> None:
            if reply.raw is not None:
                self.close_connection = True
                self.wfile.write(reply.raw)
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_WR)
                return
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            body = gzip.compress(body) if reply.gzipped else body
            fresh = _has_it(reply, asked)
            self.send_response(304 if fresh else reply.status)
            for name, value in _headers(reply, b"" if fresh else body).items():
                self.send_header(name, value)
            self.end_headers()
            self._send_body(reply, b"" if fresh else body)

        def _send_body(self, reply: Reply, body: bytes) -> None:
            self.close_connection = bool(reply.pieces or reply.length)
            if reply.pieces:
                for piece in reply.pieces():
                    self.wfile.write(piece)
                    if site._closing.is_set():
                        return
            elif reply.drip:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    site.wait(reply.drip)
                    if site._closing.is_set():
                        return
            else:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The site records; it does not print."""

    return Handler


def _headers(reply: Reply, body: bytes) -> dict[str, str]:
    given = {"Content-Type": reply.type, "ETag": reply.etag, "Last-Modified": reply.modified}
    told = {name: value for name, value in given.items() if value}
    if reply.gzipped:
        told["Content-Encoding"] = "gzip"
    if not reply.pieces:
        told["Content-Length"] = str(len(body) if reply.length is None else reply.length)
    return {**told, **reply.headers}


def _has_it(reply: Reply, asked: Mapping[str, str]) -> bool:
    """Whether who asks has this very version; with both headers only the ETag counts (RFC 9110)."""
    if reply.status != 200:
        return False
    if "if-none-match" in asked:
        return reply.etag is not None and asked["if-none-match"] == reply.etag
    return reply.modified is not None and asked.get("if-modified-since") == reply.modified


def _faults(handler: BaseHTTPRequestHandler, headers: Mapping[str, str]) -> list[str]:
    """What a well-behaved reader would not do."""
    told = []
    if not headers.get("user-agent", "").startswith("Quotewise/"):
        told.append(f"who asks for {handler.path} calls itself {headers.get('user-agent')!r}")
    if "host" not in headers or handler.request_version != "HTTP/1.1":
        told.append(f"the request for {handler.path} is not of HTTP/1.1")
    if "authorization" in headers or "proxy-authorization" in headers:
        told.append(f"the request for {handler.path} carries credentials")
    return told

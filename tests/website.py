"""A web site on 127.0.0.1 that gives the replies that a test sets, and records the requests.

    with Website() as site:
        site.set("/story", Reply("<html>…", etag='"1"'))  # answers 304, too
        site.set("/busy", Reply(status=429, headers={"Retry-After": "60"}), Reply("now"))
        Fetcher([site.host]).fetch(site.url("/story"))
        assert site.asked("/story") == 1 and site.faults == []

Paths that were not set are 404, `/robots.txt` among them.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest


@dataclass(frozen=True)
class Reply:
    """The answer to a request.

    With an `etag` or `modified` it is 304 for a client that has that already. `delay` are seconds
    before it comes. `raw` replaces all of it, and `pieces` the body, without a length.
    """

    body: str | bytes = b""
    status: int = 200
    type: str | None = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None
    delay: float = 0
    raw: bytes | Callable[[], Iterable[bytes]] | None = None
    pieces: Callable[[], Iterable[bytes]] | None = None


def redirect(to: str, status: int = 302, **more: Any) -> Reply:
    """A reply that sends on to another address."""
    return Reply(status=status, headers={"Location": to}, **more)


def robots(rules: str) -> Reply:
    """A robots.txt with these rules."""
    return Reply(rules, type="text/plain")


@dataclass(frozen=True)
class Seen:
    """A request: `at` is the second it came, `headers` have names in small letters."""

    path: str
    headers: Mapping[str, str]
    at: float


class Website:
    """The site; `port` is its own, and every host name that leads to 127.0.0.1 is its."""

    host = "127.0.0.1"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Seen] = []
        self.faults: list[str] = []
        self.closing = threading.Event()
        self._scheme = "https" if tls else "http"
        self._replies: dict[str, list[Reply | Callable[[Seen], Reply]]] = {}
        self._lock = threading.Lock()
        self._server = _Server((self.host, 0), partial(_Handler, self))
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
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def set(self, path: str, *replies: Reply | Callable[[Seen], Reply]) -> None:
        """Reply to requests for a path with these, one after the other; the last is repeated."""
        with self._lock:
            self._replies[path] = list(replies)

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of a path, under any name of this machine."""
        return f"{self._scheme}://{host or self.host}:{self.port}{path}"

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return self.paths.count(path)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [one.path for one in self.requests]

    def reply(self, seen: Seen) -> Reply:
        """The next reply to a request, which is recorded."""
        with self._lock:
            self.requests.append(seen)
            line = self._replies.get(seen.path) or self._replies.get(seen.path.partition("?")[0])
            reply = (line.pop(0) if len(line) > 1 else line[0]) if line else Reply(status=404)
        return reply if isinstance(reply, Reply) else reply(seen)


class Internet:
    """Names lead to the addresses that were set, and every connection to a site; both are recorded.

    Every look-up of a name has the next of the answers, and the last from then on.
    """

    def __init__(self, site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers = [["8.8.8.8"]]
        self.names: list[str] = []
        self.addresses: list[str] = []
        self._port = site.port
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(socket, "create_connection", self._connect)

    def _look_up(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        self.names.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answer]

    def _connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.addresses.append(address[0])
        if address[0] == "9.9.9.9":
            raise ConnectionRefusedError
        sock = socket.socket()
        sock.settimeout(timeout)
        sock.connect(("127.0.0.1", self._port))
        return sock


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may hang up early."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 2

    def __init__(self, site: Website, *args: Any) -> None:
        self.site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        if not asked.get("user-agent", "").startswith("Quotewise/") or "authorization" in asked:
            self.site.faults.append(f"a request for {self.path} has the headers {asked}")
        reply = self.site.reply(Seen(self.path, asked, time.monotonic()))
        self.site.closing.wait(reply.delay)
        self.close_connection = bool(reply.raw is not None or reply.pieces)
        if reply.raw is not None:
            self._write([reply.raw] if isinstance(reply.raw, bytes) else reply.raw())
            self.connection.shutdown(socket.SHUT_WR)
            return
        unchanged = _has_it(reply, asked)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        body = b"" if unchanged else body
        self.send_response(304 if unchanged else reply.status)
        named = {"Content-Type": reply.type, "ETag": reply.etag, "Last-Modified": reply.modified}
        if not reply.pieces:
            named["Content-Length"] = str(len(body))
        for name, value in {**named, **reply.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self._write(reply.pieces() if reply.pieces else [body])

    def _write(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.wfile.write(piece)
            if self.site.closing.is_set():
                break

    def log_message(self, format: str, *args: object) -> None:
        """The site records; it does not print."""


def _has_it(reply: Reply, asked: Mapping[str, str]) -> bool:
    """Whether a client has this version; with both headers only the ETag counts (RFC 9110)."""
    if reply.status != 200:
        return False
    if "if-none-match" in asked:
        return asked["if-none-match"] == reply.etag
    return reply.modified is not None and asked.get("if-modified-since") == reply.modified

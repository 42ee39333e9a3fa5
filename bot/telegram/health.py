"""Whether the bot is well, for a machine that looks after it: /health and /metrics."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tornado.httpserver import HTTPServer
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler

from bot.telegram.desk import Desk
from bot.telegram.listening import Listening, listen
from bot.telegram.polling import Polling

if TYPE_CHECKING:
    from telegram.ext import Application


class Health:
    """A small server on the host and port that the settings name; none without a port."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        source: Polling | Listening,
    ) -> None:
        self._desk: Desk = application.bot_data["desk"]
        self._application = application
        self._source = source
        self._server: HTTPServer | None = None

    async def __aenter__(self) -> Self:
        settings = self._desk.settings
        if settings.health_port is not None:
            routes = [
                ("/health", _State, {"health": self}),
                ("/metrics", _Metrics, {"health": self}),
            ]
            self._server = HTTPServer(WebApplication(routes))
            listen(self._server, "health", settings.health_host, settings.health_port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.stop()

    def receiving(self) -> bool:
        """Whether updates are being received."""
        return self._source.receiving(time.monotonic())

    def figures(self) -> dict[str, int]:
        """What is counted, by its name."""
        counts = self._application.bot.rate_limiter.counts
        return {
            "quotewise_updates_waiting": self._desk.inbox.waiting(),
            "quotewise_requests_repeated_total": counts.repeated,
            "quotewise_messages_perhaps_twice_total": counts.perhaps_twice,
            "quotewise_receiving": int(self.receiving()),
        }


class _State(RequestHandler):
    def initialize(self, health: Health) -> None:
        self._health = health

    def get(self) -> None:
        well = self._health.receiving()
        self.set_status(200 if well else 503)
        self.write("ok\n" if well else "not receiving\n")


class _Metrics(RequestHandler):
    def initialize(self, health: Health) -> None:
        self._health = health

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; version=0.0.4")
        self.write("".join(f"{name} {value}\n" for name, value in self._health.figures().items()))

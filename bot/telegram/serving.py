"""The running bot, from its first connection to its last answer, with /health and /metrics."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Coroutine
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application
from tornado.httpserver import HTTPServer
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler

from bot.telegram import additions
from bot.telegram.alerts import rounds
from bot.telegram.commands import keep_menus
from bot.telegram.receivers import Polling, Webhook, listen
from bot.telegram.services import Services
from retrieval import QuotewiseError

if TYPE_CHECKING:
    from telegram.ext import Application


class Health:
    """A small server on the host and port that the settings name; none without a port."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        source: Polling | Webhook,
    ) -> None:
        self._services: Services = application.bot_data["services"]
        self._application = application
        self._source = source
        self._server: HTTPServer | None = None

    async def __aenter__(self) -> Self:
        settings = self._services.settings
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
            "quotewise_updates_waiting": self._services.queue.waiting(),
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


log = logging.getLogger(__name__)

STOP_S = 5.0  # seconds in which what is in work may end after SIGTERM
STOPS = (signal.SIGTERM, signal.SIGINT)

Bot = Application[Any, Any, Any, Any, Any, Any]


def end_on_signal() -> None:
    """Until `serve` runs there is nothing to finish: a signal ends the process at once."""

    def end(number: int, frame: FrameType | None) -> None:
        # An exception could be caught by whatever is just being imported.
        os._exit(0)

    for number in STOPS:
        signal.signal(number, end)


async def serve(application: Bot) -> None:
    """Run until a signal says to stop. Raises QuotewiseError if the bot cannot run, or no longer.

    A signal that comes while nothing can be reached ends the bot as well.
    """
    stop = asyncio.Event()
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    services = application.bot_data["services"]
    source: Polling | Webhook = Polling(application.bot, services.queue)
    if services.settings.webhook_url:
        source = Webhook(application.bot, services.queue, services.settings)
    async with Health(application, source):
        try:
            await _first_of(stop.wait(), _work(application, source))
        except InvalidToken as error:
            raise QuotewiseError(
                "Telegram refuses the token: it was revoked, or copied wrongly. Ask @BotFather "
                "for a new one and set QUOTEWISE_TELEGRAM_TOKEN to it."
            ) from error
        finally:
            await _end(application)


async def _first_of(*works: Coroutine[Any, Any, Any]) -> None:
    """Do several things until one of them is done or fails; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=1)


async def _work(application: Bot, source: Polling | Webhook) -> None:
    """Begin, and go on until Telegram refuses the token."""
    services = application.bot_data["services"]
    try:
        await application.initialize()
    except InvalidToken:
        raise
    except TelegramError as error:
        raise QuotewiseError(f"Telegram cannot be reached: {error}.") from error
    additions.forget_old_submissions(services)
    await application.start()
    left = await services.queue.recover()
    if left:
        log.info("%d updates of an earlier run are worked off", left)
    additions.resume(services, application)
    await source.begin()
    services.queue.receiving = True
    log.info("the bot is ready")
    await _first_of(
        _refused(application),
        keep_menus(application.bot, services),
        rounds(services, application.bot),
        source.run(),
    )


async def _refused(application: Bot) -> None:
    """Wait until some request was refused for its token, and raise InvalidToken."""
    await application.bot.rate_limiter.refused.wait()
    raise InvalidToken


async def _end(application: Bot) -> None:
    """Finish what is in work, for some seconds; the rest waits in the queue."""
    services = application.bot_data["services"]
    services.queue.close()
    additions.keep_for_the_next_process(services)
    try:
        async with asyncio.timeout(STOP_S):
            if application.running:
                await application.stop()
            await application.shutdown()
    except TimeoutError:
        log.warning("what was still in work is done after the next start")

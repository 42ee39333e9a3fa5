"""The running bot: polling or a webhook, /health and /metrics, from the first request to the end.

python-telegram-bot's own receivers do not fit: its polling hides that the token was revoked, and
its webhook answers an update that it cannot read with an error, so that Telegram sends it again
and again. It also parses a whole batch or none of it, and cannot write each update as JSON.
"""

from __future__ import annotations

import asyncio
import errno
import hmac
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import FrameType
from typing import Any

from telegram import Bot as TelegramBot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest
from tornado.httpserver import HTTPServer
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler

from bot.telegram import alerts
from bot.telegram.context import Bot, Services
from bot.telegram.handlers import additions
from bot.telegram.settings import PREFIX, TelegramSettings
from bot.telegram.update_queue import UpdateQueue
from retrieval import QuotewiseError

log = logging.getLogger(__name__)

UPDATES = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
PATH = "/telegram"
POLL_S = 30  # seconds for which Telegram holds a request for updates
SLACK_S = 10  # seconds after that until the request is given up
AT_ONCE = 64  # connections
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two attempts
STOP_S = 5.0  # seconds in which what is in work may end after SIGTERM
STOPS = (signal.SIGTERM, signal.SIGINT)


class QuietRequests(HTTPXRequest):
    """Requests whose answer may be a proxy's page: an error like others, without a traceback."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=AT_ONCE)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse Telegram's answer. Raises TelegramError if it is not JSON."""
        try:
            answer: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise TelegramError("Invalid server response") from error
        return answer


class RawUpdates(HTTPXRequest):
    """Requests for updates, whose answers keep each update as Telegram sent it."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=1, read_timeout=SLACK_S)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Wrap each update, so that it arrives in the `api_kwargs` of an empty `Update`.

        Raises TelegramError if the updates have no ids: then none could ever be confirmed.
        """
        answer = QuietRequests.parse_json_payload(payload)
        if result := answer.get("result"):
            updates = [update for update in result if _has_id(update)]
            if not updates:
                raise TelegramError("Invalid server response")
            answer["result"] = [
                {"update_id": update["update_id"], "raw": update} for update in updates
            ]
        return answer


def _has_id(update: object) -> bool:
    """Return whether this is an update that can be confirmed and stored by its id."""
    id = update.get("update_id") if isinstance(update, dict) else None
    return type(id) is int and 0 <= id < 2**63


class Retries:
    """Makes requests until Telegram grants them, and logs each kind of trouble once."""

    def __init__(self) -> None:
        self._reported: set[type[TelegramError]] = set()

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return bool(self._reported)

    async def until_granted(self, request: Callable[[], Awaitable[object]]) -> None:
        """Make a request until Telegram grants it. Raises InvalidToken."""
        pause = FIRST_PAUSE
        while True:
            try:
                await request()
            except InvalidToken:
                raise
            except TelegramError as error:
                self._report(error)
                wait = error._retry_after.total_seconds() if isinstance(error, RetryAfter) else 0
                await asyncio.sleep(max(pause, wait))
                pause = min(1.5 * pause, LONGEST_PAUSE)
            else:
                self._reported.clear()
                return

    def _report(self, error: TelegramError) -> None:
        if type(error) in self._reported:
            return
        self._reported.add(type(error))
        if isinstance(error, Conflict):
            log.error("another process polls with this token: stop one of the two")
        elif isinstance(error, NetworkError):
            log.warning("Telegram cannot be reached; trying again: %s", error)
        else:
            log.warning("Telegram answers with an error; trying again: %s", error)


class Polling:
    """Fetches updates and puts them into the queue, until it is cancelled."""

    def __init__(self, bot: TelegramBot, queue: UpdateQueue) -> None:
        self._bot = bot
        self._queue = queue
        self._offset = 0
        self._retries = Retries()
        self._answered = float("-inf")

    def receiving(self) -> bool:
        """Return whether the last request for updates was answered, and not too long ago."""
        recently = time.monotonic() - self._answered < POLL_S + 2 * SLACK_S
        return recently and not self._retries.failing

    async def begin(self) -> None:
        """Tell Telegram that updates are polled from now on. Raises InvalidToken."""
        await self._retries.until_granted(self._bot.delete_webhook)
        self._answered = time.monotonic()

    async def run(self) -> None:
        """Fetch updates. Raises InvalidToken when Telegram no longer takes the token."""
        while True:
            await self._retries.until_granted(self._fetch)
            self._answered = time.monotonic()

    async def _fetch(self) -> None:
        held = 0 if self._retries.failing else POLL_S  # to know at once whether it is over
        updates = await self._bot.get_updates(self._offset, timeout=held, allowed_updates=UPDATES)
        for update in updates:
            await self._queue.put(update.api_kwargs["raw"])
            self._offset = update.update_id + 1  # the next request confirms it


class Webhook:
    """Takes updates from Telegram and puts them into the queue, until it is cancelled."""

    def __init__(self, bot: TelegramBot, queue: UpdateQueue, settings: TelegramSettings) -> None:
        self._bot = bot
        self._settings = settings
        self._is_set = False
        given = {"queue": queue, "secret": settings.webhook_secret.encode()}
        routes = [(PATH, _Updates, given)]
        self._server = HTTPServer(WebApplication(routes, log_function=lambda handler: None))

    def receiving(self) -> bool:
        """Return whether Telegram knows where to send updates."""
        return self._is_set

    async def begin(self) -> None:
        """Listen, and tell Telegram where. Raises InvalidToken, or QuotewiseError if it cannot."""
        settings = self._settings
        _listen(self._server, "WEBHOOK", settings.webhook_host, settings.webhook_port)
        await Retries().until_granted(self._set)
        self._is_set = True

    async def run(self) -> None:
        """Take updates until this is cancelled; Telegram keeps what comes after it."""
        try:
            await asyncio.Event().wait()
        finally:
            self._is_set = False
            self._server.stop()
            await self._server.close_all_connections()

    async def _set(self) -> None:
        await self._bot.set_webhook(
            f"{self._settings.webhook_url}{PATH}",
            allowed_updates=UPDATES,
            secret_token=self._settings.webhook_secret,
        )


class _Updates(RequestHandler):
    def initialize(self, queue: UpdateQueue, secret: bytes) -> None:
        self._queue = queue
        self._secret = secret

    async def post(self) -> None:
        """Acknowledge an update once it is stored, and at once what can never be stored."""
        given = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._secret):
            self.set_status(403)
            return
        try:
            update = json.loads(self.request.body)
        except (ValueError, RecursionError):
            update = None
        if not _has_id(update):
            log.error("what came by the webhook is no update")
            return
        try:
            await self._queue.put(update)
        except NetworkError as error:
            log.error("%s; Telegram sends it again", error)
            self.set_status(503)


class _Health(RequestHandler):
    def initialize(self, running: Bot, receiver: Polling | Webhook) -> None:
        self._bot = running.bot
        self._services: Services = running.bot_data["services"]
        self._receiver = receiver

    def get(self, page: str) -> None:
        receiving = self._receiver.receiving()
        if page == "health":
            self.set_status(200 if receiving else 503)
            self.write("ok\n" if receiving else "not receiving\n")
            return
        counts = self._bot.rate_limiter.counts
        figures = {
            "quotewise_updates_waiting": self._services.queue.waiting(),
            "quotewise_requests_repeated_total": counts.repeated,
            "quotewise_messages_perhaps_twice_total": counts.perhaps_twice,
            "quotewise_receiving": int(receiving),
        }
        self.set_header("Content-Type", "text/plain; version=0.0.4")
        self.write("".join(f"{name} {value}\n" for name, value in figures.items()))


def _listen(server: HTTPServer, name: str, host: str, port: int) -> None:
    """Listen on the host and port of the settings that begin with `name`.

    Raises QuotewiseError, which names the setting, if the host or the port cannot be listened on.
    """
    setting = f"{PREFIX}{name}"
    try:
        server.listen(port, host)
    except (OSError, UnicodeError) as error:
        if isinstance(error, socket.gaierror | UnicodeError) or error.errno == errno.EADDRNOTAVAIL:
            raise QuotewiseError(
                f"This machine has no address {host} to listen on: set {setting}_HOST to "
                "127.0.0.1, or to 0.0.0.0 for all of its own."
            ) from error
        raise QuotewiseError(
            f"Port {port} cannot be listened on ({error.strerror or error}): set {setting}_PORT "
            "to a free one."
        ) from error


def end_on_signal() -> None:
    """Let a signal end the process at once: until `serve` runs, there is nothing to finish."""

    def end(number: int, frame: FrameType | None) -> None:
        # An exception could be caught by whatever is just being imported.
        os._exit(0)

    for number in STOPS:
        signal.signal(number, end)


async def serve(application: Bot) -> None:
    """Run until a signal says to stop. Raises QuotewiseError if the bot cannot run any longer."""
    stop = asyncio.Event()
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    services: Services = application.bot_data["services"]
    settings = services.settings
    receiver: Polling | Webhook = Polling(application.bot, services.queue)
    if settings.webhook_url:
        receiver = Webhook(application.bot, services.queue, settings)
    given = {"running": application, "receiver": receiver}
    health = HTTPServer(WebApplication([("/(health|metrics)", _Health, given)]))
    if settings.health_port is not None:
        _listen(health, "HEALTH", settings.health_host, settings.health_port)
    try:
        await _first_of(stop.wait(), _work(application, services, receiver))
    except InvalidToken as error:
        raise QuotewiseError(
            "Telegram refuses the token: it was revoked, or copied wrongly. Ask @BotFather "
            "for a new one and set QUOTEWISE_TELEGRAM_TOKEN to it."
        ) from error
    finally:
        await _end(application, services)
        health.stop()


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


async def _work(application: Bot, services: Services, receiver: Polling | Webhook) -> None:
    """Begin, and go on until Telegram refuses the token."""
    try:
        await application.initialize()
    except InvalidToken:
        raise
    except TelegramError as error:
        raise QuotewiseError(f"Telegram cannot be reached: {error}.") from error
    await application.start()
    left = await services.queue.recover()
    if left:
        log.info("%d updates of an earlier run are worked off", left)
    additions.resume(services, application)
    await receiver.begin()
    services.queue.receiving = True
    log.info("the bot is ready")
    alerts.schedule(application)
    await _first_of(_refused(application), receiver.run())


async def _refused(application: Bot) -> None:
    """Wait until some request was refused for its token, and raise InvalidToken."""
    await application.bot.rate_limiter.refused.wait()
    raise InvalidToken


async def _end(application: Bot, services: Services) -> None:
    """Finish what is in work, for some seconds; the rest waits in the queue."""
    services.queue.close()
    additions.forgive_attempts(services)
    try:
        async with asyncio.timeout(STOP_S):
            if application.running:
                await application.stop()
            await application.shutdown()
    except TimeoutError:
        log.warning("what was still in work is done after the next start")

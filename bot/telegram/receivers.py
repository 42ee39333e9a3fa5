"""Receive updates: fetch them from Telegram, or listen where the webhook's address leads."""

from __future__ import annotations

import asyncio
import errno
import hmac
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable

from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.telegram.requests import SLACK_S, UPDATES, has_id
from bot.telegram.settings import TelegramSettings
from bot.telegram.update_queue import UpdateQueue
from retrieval import QuotewiseError

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0  # seconds


class Trouble:
    """Logs each kind of trouble with Telegram once, until it is over."""

    def __init__(self) -> None:
        self._reported: set[type[TelegramError]] = set()
        self.now = False

    def over(self) -> None:
        """Record that all is well: the next trouble is logged again."""
        self._reported.clear()
        self.now = False

    def tell(self, error: TelegramError) -> None:
        """Log what a person can do about an error, if that is not known yet."""
        self.now = True
        if type(error) in self._reported:
            return
        self._reported.add(type(error))
        if isinstance(error, Conflict):
            log.error("another process polls with this token: stop one of the two")
        elif isinstance(error, NetworkError):
            log.warning("Telegram cannot be reached; trying again: %s", error)
        else:
            log.warning("Telegram answers with an error; trying again: %s", error)


POLL_S = 30  # seconds for which Telegram holds a request for updates


class Polling:
    """Fetches updates and puts them into the queue, until it is cancelled.

    python-telegram-bot's own loop keeps from us that the token was revoked, and ends.
    """

    def __init__(self, bot: Bot, queue: UpdateQueue) -> None:
        self._bot = bot
        self._queue = queue
        self._offset = 0
        self._trouble = Trouble()
        self._answered: float | None = None

    def receiving(self, now: float) -> bool:
        """Whether the last request for updates was answered, and not too long ago."""
        if self._answered is None or self._trouble.now:
            return False
        return now - self._answered < POLL_S + 2 * SLACK_S

    async def begin(self) -> None:
        """Tell Telegram that updates are fetched from now on. Raises InvalidToken."""
        await with_retries(self._bot.delete_webhook, self._trouble)
        self._answered = time.monotonic()

    async def run(self) -> None:
        """Fetch updates. Raises InvalidToken when Telegram no longer takes the token."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._fetch()
            except InvalidToken:
                raise
            except TelegramError as error:
                self._trouble.tell(error)
                retry_after = (
                    error._retry_after.total_seconds() if isinstance(error, RetryAfter) else 0
                )
                await asyncio.sleep(max(pause, retry_after))
                pause = min(1.5 * pause, LONGEST_PAUSE)
            else:
                self._trouble.over()
                self._answered = time.monotonic()
                pause = FIRST_PAUSE

    async def _fetch(self) -> None:
        held = 0 if self._trouble.now else POLL_S  # whether it is over is known at once
        updates = await self._bot.get_updates(self._offset, timeout=held, allowed_updates=UPDATES)
        for update in updates:
            await self._queue.put(update.api_kwargs["raw"])
            self._offset = update.update_id + 1  # the next request confirms it


log = logging.getLogger(__name__)

PATH = "/telegram"


class Webhook:
    """Takes updates from Telegram and puts them into the queue, until it ends.

    python-telegram-bot's own server answers an update that it cannot read with an error, so that
    Telegram sends it again and again and those after it wait, and writes it to the log.
    """

    def __init__(self, bot: Bot, queue: UpdateQueue, settings: TelegramSettings) -> None:
        self._bot = bot
        self._settings = settings
        self._is_set = False
        given = {"queue": queue, "secret": settings.webhook_secret.encode()}
        self._server = HTTPServer(Application([(PATH, _Updates, given)], log_function=_unsaid))

    def receiving(self, now: float) -> bool:
        """Whether Telegram knows where to send updates."""
        return self._is_set

    async def begin(self) -> None:
        """Listen, and tell Telegram where. Raises InvalidToken, or QuotewiseError if it cannot."""
        settings = self._settings
        listen(self._server, "webhook", settings.webhook_host, settings.webhook_port)
        await with_retries(self._set, Trouble())
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
            f"{(self._settings.webhook_url or '').rstrip('/')}{PATH}",
            allowed_updates=UPDATES,
            secret_token=self._settings.webhook_secret,
        )


def _unsaid(request: RequestHandler) -> None:
    """That a request came is no news for the log."""


class _Updates(RequestHandler):
    def initialize(self, queue: UpdateQueue, secret: bytes) -> None:
        self._queue = queue
        self._secret = secret

    async def post(self) -> None:
        """Acknowledge an update once it is stored, and what is no update, which never will be."""
        given = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._secret):
            self.set_status(403)
            return
        try:
            update = json.loads(self.request.body)
        except (ValueError, RecursionError):
            update = None
        if not has_id(update):
            log.error("what came by the webhook is no update")
            return
        try:
            await self._queue.put(update)
        except NetworkError as error:
            log.error("%s; Telegram sends it again", error)
            self.set_status(503)


def listen(server: HTTPServer, name: str, host: str, port: int) -> None:
    """Let a server listen, on the host and port of the settings that begin with `name`.

    Raises QuotewiseError, which names the setting, if the host or the port cannot be listened on.
    """
    setting = f"QUOTEWISE_TELEGRAM_{name.upper()}"
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


async def with_retries(request: Callable[[], Awaitable[object]], trouble: Trouble) -> None:
    """Make a request until Telegram grants it. Raises InvalidToken."""
    pause = FIRST_PAUSE
    while True:
        try:
            await request()
        except InvalidToken:
            raise
        except TelegramError as error:
            trouble.tell(error)
        else:
            trouble.over()
            return
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)

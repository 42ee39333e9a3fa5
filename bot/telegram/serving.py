"""Receive updates by polling or at a webhook, and serve /health and /metrics.

python-telegram-bot's own receivers do not fit: its polling hides that the token was revoked, and
its webhook answers an update that it cannot read with an error, so that Telegram sends it again
and again. It also parses a whole batch or none of it, and cannot write each update as JSON.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import math
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler

from bot.telegram.settings import PREFIX, TelegramSettings
from bot.telegram.update_queue import UpdateQueue
from retrieval import Answer, QuotewiseError

log = logging.getLogger(__name__)

UPDATES = [
    *("message", "edited_message", "callback_query", "inline_query", "my_chat_member"),
    "message_reaction",
]
PATH = "/telegram"
POLL_S = 30  # seconds for which Telegram holds a request for updates
SLACK_S = 10  # seconds after that until the request is given up
STANDBY_S = 0.1  # seconds between two looks whether this process may poll
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two attempts
SECONDS = (0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
"""Bounds of the histograms: an answer takes some 60 ms, and people wait for seconds at most."""


def has_id(update: object) -> bool:
    """Return whether this is an update that can be confirmed and stored by its id."""
    id = update.get("update_id") if isinstance(update, dict) else None
    return type(id) is int and 0 <= id < 2**63


class Receiver:
    def __init__(self, bot: ExtBot[Any], queue: UpdateQueue, settings: TelegramSettings) -> None:
        self._bot, self._queue, self._settings = bot, queue, settings
        self.is_standby = False
        """Whether another process of the bot receives updates, and this one would if that ended."""
        self._offset = 0  # of the next update to poll
        self._granted = -math.inf  # when Telegram granted the last request
        self._troubles: set[type[TelegramError]] = set()  # since then, each logged once

    def receiving(self) -> bool:
        """Return whether Telegram granted the last request; if the bot polls, not long ago."""
        valid = math.inf if self._settings.webhook_url else POLL_S + 2 * SLACK_S
        return not self._troubles and time.monotonic() - self._granted < valid

    async def begin(self) -> None:
        """Let Telegram know how updates are received from now on.

        Raises InvalidToken, and QuotewiseError if the webhook cannot be listened on.
        """
        settings, bot = self._settings, self._bot
        if not settings.webhook_url:
            await self._until_granted(bot.delete_webhook)
            return
        pages = WebApplication(
            [(PATH, _Webhook)], queue=self._queue, secret=settings.webhook_secret
        )
        listen(pages, "WEBHOOK", settings.webhook_host, settings.webhook_port)
        url = f"{settings.webhook_url}{PATH}"
        await self._until_granted(
            partial(bot.set_webhook, url, None, None, UPDATES, secret_token=settings.webhook_secret)
        )

    async def run(self, may_poll: Callable[[], bool]) -> None:
        """Receive updates. Raises InvalidToken when Telegram no longer takes the token."""
        if self._settings.webhook_url:
            await asyncio.Event().wait()
        while True:
            if may_poll():
                await self._until_granted(partial(self._poll, may_poll))
            else:
                await asyncio.sleep(STANDBY_S)

    async def _poll(self, may_poll: Callable[[], bool]) -> None:
        if not may_poll():
            return
        held = 0 if self._troubles else POLL_S  # to know at once whether they are over
        # The public method parses a batch, and forgets what Telegram sent.
        updates = await self._bot._post(
            "getUpdates",
            {"offset": self._offset, "timeout": held, "allowed_updates": UPDATES},
            read_timeout=held + SLACK_S,
        )
        if not may_poll():
            return  # the process that may gets them again
        with_id = [update for update in updates if has_id(update)]
        if updates and not with_id:
            raise TelegramError("Invalid server response")  # none could ever be confirmed
        for update in with_id:
            self._queue.put(update)
            self._offset = update["update_id"] + 1  # the next request confirms it

    async def _until_granted(self, request: Callable[[], Awaitable[object]]) -> None:
        """Make a request until Telegram grants it. Raises InvalidToken."""
        pause = FIRST_PAUSE
        while True:
            try:
                await request()
            except InvalidToken:
                raise
            except TelegramError as error:
                self._log_once(error)
                wait = error._retry_after.total_seconds() if isinstance(error, RetryAfter) else 0
                await asyncio.sleep(max(pause, wait))
                pause = min(1.5 * pause, LONGEST_PAUSE)
            else:
                self._troubles.clear()
                self._granted = time.monotonic()
                return

    def _log_once(self, error: TelegramError) -> None:
        if isinstance(error, Conflict):
            trouble = "another process polls with this token: stop one of the two"
        elif isinstance(error, NetworkError):
            trouble = f"Telegram cannot be reached; trying again: {error}"
        else:
            trouble = f"Telegram answers with an error; trying again: {error}"
        if type(error) not in self._troubles:
            self._troubles.add(type(error))
            log.warning("%s", trouble)


class _Webhook(RequestHandler):
    async def post(self) -> None:
        """Acknowledge an update once it is stored, and at once what can never be stored."""
        given = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not secrets.compare_digest(given.encode(), self.settings["secret"].encode()):
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
            self.settings["queue"].put(update)
        except NetworkError as error:
            log.error("%s; Telegram sends it again", error)
            self.set_status(503)


class Metrics:
    """What is counted for Prometheus; `docker/grafana.json` shows it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "quotewise_questions",
            "Questions by the status of the answer",
            ["status"],
            registry=self.registry,
        )
        self._search = Histogram(
            "quotewise_search_seconds",
            "Time to find an answer",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._wait = Histogram(
            "quotewise_wait_seconds",
            "Time from when a question was sent until its answer was",
            buckets=SECONDS,
            registry=self.registry,
        )

    def show(self, name: str, description: str, value: Callable[[], float]) -> None:
        gauge = Gauge(f"quotewise_{name}", description, registry=self.registry)
        gauge.set_function(value)

    def answered(self, answer: Answer, waited: float) -> None:
        self._questions.labels(answer.status.value).inc()
        self._search.observe(answer.took_ms / 1000)
        self._wait.observe(waited)


class Health(RequestHandler):
    """/health and /metrics."""

    def get(self, page: str) -> None:
        if page == "health":
            receiver = self.settings["receiver"]
            state = "ok" if receiver.receiving() else "not receiving"
            state = "standing by" if receiver.is_standby else state
            self.set_status(503 if state == "not receiving" else 200)
            self.write(f"{state}\n")
            return
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.write(generate_latest(self.settings["metrics"].registry))


def listen(pages: WebApplication, name: str, host: str, port: int) -> None:
    """Serve on the host and port of the settings that begin with `name`.

    Raises QuotewiseError, which names the setting, if the host or the port cannot be listened on.
    """
    setting = f"{PREFIX}{name}"
    try:
        pages.listen(port, host)
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

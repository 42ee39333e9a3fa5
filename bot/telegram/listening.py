"""Updates are received where the webhook's address leads."""

from __future__ import annotations

import asyncio
import errno
import hmac
import json
import logging
import socket

from telegram import Bot
from telegram.error import NetworkError
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.telegram.inbox import Inbox
from bot.telegram.polling import Trouble, heard
from bot.telegram.requests import UPDATES, has_id
from bot.telegram.settings import TelegramSettings
from retrieval import QuotewiseError

log = logging.getLogger(__name__)

PATH = "/telegram"


class Listening:
    """Takes updates from Telegram and puts them into the inbox, until it ends.

    python-telegram-bot's own server answers an update that it cannot read with an error, so that
    Telegram sends it again and again and those after it wait, and writes it to the log.
    """

    def __init__(self, bot: Bot, inbox: Inbox, settings: TelegramSettings) -> None:
        self._bot = bot
        self._settings = settings
        self._is_set = False
        told = {"inbox": inbox, "secret": settings.webhook_secret.encode()}
        self._server = HTTPServer(Application([(PATH, _Updates, told)], log_function=_unsaid))

    def receiving(self, now: float) -> bool:
        """Whether Telegram knows where to send updates."""
        return self._is_set

    async def begin(self) -> None:
        """Listen, and tell Telegram where. Raises InvalidToken, or QuotewiseError if it cannot."""
        settings = self._settings
        listen(self._server, "webhook", settings.webhook_host, settings.webhook_port)
        await heard(self._set, Trouble())
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
    def initialize(self, inbox: Inbox, secret: bytes) -> None:
        self._inbox = inbox
        self._secret = secret

    async def post(self) -> None:
        """Acknowledge an update once it is stored, and what is no update, which never will be."""
        told = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(told.encode(), self._secret):
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
            await self._inbox.put(update)
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

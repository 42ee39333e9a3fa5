"""Updates are fetched from Telegram, and trouble with that is told in one line each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.telegram.inbox import Inbox
from bot.telegram.requests import SLACK_S, UPDATES

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0  # seconds


class Trouble:
    """Each kind of trouble with Telegram is told once, until it is over."""

    def __init__(self) -> None:
        self._told: set[type[TelegramError]] = set()
        self.now = False

    def over(self) -> None:
        """Note that all is well: what comes after this is told again."""
        self._told.clear()
        self.now = False

    def tell(self, error: TelegramError) -> None:
        """Log what a person can do about an error, if that is not known yet."""
        self.now = True
        if type(error) in self._told:
            return
        self._told.add(type(error))
        if isinstance(error, Conflict):
            log.error("another process polls with this token: stop one of the two")
        elif isinstance(error, NetworkError):
            log.warning("Telegram cannot be reached; trying again: %s", error)
        else:
            log.warning("Telegram answers with an error; trying again: %s", error)


POLL_S = 30  # seconds for which Telegram holds a request for updates


class Polling:
    """Fetches updates and puts them into the inbox, until it is cancelled.

    python-telegram-bot's own loop keeps from us that the token was revoked, and ends.
    """

    def __init__(self, bot: Bot, inbox: Inbox) -> None:
        self._bot = bot
        self._inbox = inbox
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
        await heard(self._bot.delete_webhook, self._trouble)
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
                asked = error._retry_after.total_seconds() if isinstance(error, RetryAfter) else 0
                await asyncio.sleep(max(pause, asked))
                pause = min(1.5 * pause, LONGEST_PAUSE)
            else:
                self._trouble.over()
                self._answered = time.monotonic()
                pause = FIRST_PAUSE

    async def _fetch(self) -> None:
        held = 0 if self._trouble.now else POLL_S  # whether it is over is known at once
        updates = await self._bot.get_updates(self._offset, timeout=held, allowed_updates=UPDATES)
        for update in updates:
            await self._inbox.put(update.api_kwargs["raw"])
            self._offset = update.update_id + 1  # the next request confirms it


async def heard(request: Callable[[], Awaitable[object]], trouble: Trouble) -> None:
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

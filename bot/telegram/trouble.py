"""Trouble with Telegram is told in one line each, and gone through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

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

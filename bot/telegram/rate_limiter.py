"""Requests to Telegram are spaced out, and made again where that may help."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.ext import AIORateLimiter

log = logging.getLogger(__name__)

Result = bool | dict[str, Any] | list[dict[str, Any]]
Callback = Callable[..., Coroutine[Any, Any, Result]]

MOST_ATTEMPTS = 8
MOST_FLOODS = 20  # times that a request is told to wait
FIRST_PAUSE = 0.5  # seconds; each pause is twice the one before, up to the longest
LONGEST_PAUSE = 30.0
COUNTED = ("send", "edit", "forward", "copy")
"""How the methods begin that Telegram filters to so many a second, and a minute in a group."""
IN_VAIN = (BadRequest, Forbidden, InvalidToken, Conflict)
"""Errors that another attempt would meet again."""


def is_temporary(error: BaseException | None) -> bool:
    """Whether what failed may go well later, as it stands: Telegram did not refuse the request."""
    if isinstance(error, BadRequest | Forbidden | ChatMigrated):
        return False
    return isinstance(error, NetworkError | RetryAfter | InvalidToken)


@dataclass(slots=True)
class Counts:
    """What was met on the way to Telegram since the process began."""

    repeated: int = 0
    perhaps_twice: int = 0
    """Messages sent again though the first may have arrived: the API does not tell."""


class RateLimiter(AIORateLimiter):
    """Waits as long as Telegram asks, and makes a request again after a failure of the network.

    An edit or a deletion may be made twice without harm. A message whose request failed after it
    was sent may be in the chat already, and the API has no way to ask: a lost answer is worse
    than one that comes twice, so it is sent again, and counted. While nothing reaches Telegram at
    all, as when the network is gone, attempts go on without end.

    Where Telegram asks to wait, only the chat that it was asked in waits.
    """

    def __init__(self, first_pause: float = FIRST_PAUSE) -> None:
        super().__init__()
        self.counts = Counts()
        self.refused = asyncio.Event()
        """Set when Telegram refuses the token."""
        self._first_pause = first_pause
        self._quiet_until: dict[object, float] = {}

    async def process_request(  # noqa: PLR0917 - the signature is python-telegram-bot's
        self,
        callback: Callback,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Result:
        """Make a request; raises what the last of several attempts raised."""
        if endpoint == "sendChatAction":
            # Nobody misses it: it is not repeated, and no message ever waits because of it.
            return await callback(*args, **kwargs)
        chat = data.get("chat_id", endpoint)
        if not endpoint.startswith(COUNTED):
            chat = (endpoint, chat)
        pause = self._first_pause
        arrived = 0  # attempts that may have reached Telegram
        floods = 0
        for attempt in count(1):
            await self._quiet_over(chat)
            try:
                return await self._once(callback, args, kwargs, endpoint, data)
            except RetryAfter as error:
                floods += 1
                if floods == MOST_FLOODS:
                    raise
                # Its public name gives seconds, with a warning that it is going to give this.
                seconds = error._retry_after.total_seconds()
                self._quiet_until[chat] = time.monotonic() + seconds + 0.1
                log.info("%s waits for %.0f s, as Telegram asks", endpoint, seconds)
                continue
            except ChatMigrated as error:
                # The group became a supergroup while this was on its way; once is enough.
                if not endpoint.startswith("send") or data["chat_id"] == error.new_chat_id:
                    raise
                chat = data["chat_id"] = error.new_chat_id
                continue
            except InvalidToken:
                self.refused.set()
                raise
            except NetworkError as error:
                if attempt > 1 and "message is not modified" in str(error).lower():
                    return True  # the edit before this one did arrive
                arrived += not _never_arrived(error)
                if isinstance(error, IN_VAIN) or arrived == MOST_ATTEMPTS:
                    raise
                self.counts.repeated += 1
                if endpoint.startswith("send"):
                    self.counts.perhaps_twice += not _never_arrived(error)
                log.info("%s is made again in %.1f s: %s", endpoint, pause, type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError("attempts are counted without end")

    async def _once(
        self,
        callback: Callback,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
    ) -> Result:
        """One attempt, spaced out from others if Telegram counts them."""
        if not endpoint.startswith(COUNTED):
            return await callback(*args, **kwargs)
        floods: list[RetryAfter] = []

        async def attempt(*args: Any, **kwargs: Any) -> Result:
            # python-telegram-bot's limiter would hold up every chat for the one that must wait.
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                floods.append(error)
                return False

        result: Result = await super().process_request(attempt, args, kwargs, endpoint, data, None)
        for error in floods:
            raise error
        return result

    async def _quiet_over(self, chat: object) -> None:
        """Wait while a chat is to hear nothing."""
        while (left := self._quiet_until.get(chat, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self._quiet_until.pop(chat, None)


def _never_arrived(error: NetworkError) -> bool:
    return isinstance(
        error.__cause__, httpx.ConnectError | httpx.PoolTimeout | httpx.ConnectTimeout
    )

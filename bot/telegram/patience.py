"""Requests to Telegram are spaced out, and made again where that may help."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
)
from telegram.ext import AIORateLimiter

log = logging.getLogger(__name__)

Result = bool | dict[str, Any] | list[dict[str, Any]]

MOST_ATTEMPTS = 8
FIRST_PAUSE = 0.5  # seconds; each pause is twice the one before, up to the longest
LONGEST_PAUSE = 30.0
IN_VAIN = (BadRequest, Forbidden, InvalidToken, Conflict)
"""Errors that another attempt would meet again."""


@dataclass(slots=True)
class Counts:
    """What was met on the way to Telegram since the process began."""

    repeated: int = 0
    perhaps_twice: int = 0
    """Messages sent again though the first may have arrived: the API does not tell."""


class Patience(AIORateLimiter):
    """Waits as long as Telegram asks, and makes a request again after a failure of the network.

    An edit or a deletion may be made twice without harm. A message whose request failed after it
    was sent may be in the chat already, and the API has no way to ask: a lost answer is worse
    than one that comes twice, so it is sent again, and counted. While nothing reaches Telegram at
    all, as when the network is gone, attempts go on without end.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=20)
        self.counts = Counts()

    async def process_request(  # noqa: PLR0917 - the signature is python-telegram-bot's
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Result:
        """Make a request; raises what the last of several attempts raised."""
        pause = FIRST_PAUSE
        arrived = 0  # attempts that may have reached Telegram
        for attempt in count(1):
            try:
                return await super().process_request(
                    callback, args, kwargs, endpoint, data, rate_limit_args
                )
            except NetworkError as error:
                if attempt > 1 and "message is not modified" in str(error).lower():
                    return True  # the edit before this one did arrive
                arrived += not _never_arrived(error)
                if isinstance(error, IN_VAIN) or arrived == MOST_ATTEMPTS:
                    raise
                self.counts.repeated += 1
                if endpoint.startswith("send") and endpoint != "sendChatAction":
                    self.counts.perhaps_twice += not _never_arrived(error)
                log.info("%s is made again in %.1f s: %s", endpoint, pause, type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError("attempts are counted without end")


def _never_arrived(error: NetworkError) -> bool:
    return isinstance(
        error.__cause__, httpx.ConnectError | httpx.PoolTimeout | httpx.ConnectTimeout
    )

"""Rate limits both ways: on requests to Telegram, and on what people send (throttles)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

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
MOST_PEOPLE = 2_000
"""People that a throttle remembers; within a minute at most 1,800 get an answer, as a bot may send
30 messages a second."""
LIGHTER = 3
"""How many times as often as questions a person may send what costs less or comes in bunches."""
IN_VAIN = (BadRequest, Forbidden, InvalidToken, Conflict)
"""Errors that another attempt would meet again."""


def is_temporary(error: BaseException | None) -> bool:
    """Return whether the same request may succeed later: Telegram did not refuse it."""
    if isinstance(error, BadRequest | Forbidden | ChatMigrated):
        return False
    return isinstance(error, NetworkError | RetryAfter | InvalidToken)


@dataclass(slots=True)
class Counts:
    """Requests that were made again since the process began."""

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

    def __init__(self) -> None:
        super().__init__()
        self.counts = Counts()
        self.refused = asyncio.Event()
        """Set when Telegram refuses the token."""
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
        pause = FIRST_PAUSE
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
        """Make one attempt, spaced out from others if Telegram counts them."""
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
        if floods:
            raise floods[0]
        return result

    async def _quiet_over(self, chat: object) -> None:
        """Wait as long as Telegram asked to for this chat."""
        while (left := self._quiet_until.get(chat, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self._quiet_until.pop(chat, None)


def _never_arrived(error: NetworkError) -> bool:
    return isinstance(
        error.__cause__, httpx.ConnectError | httpx.PoolTimeout | httpx.ConnectTimeout
    )


@dataclass(slots=True)
class Throttle:
    """Limits how often a person or a chat does something in a minute."""

    most: int
    done: OrderedDict[int, OrderedDict[Hashable, float]] = field(default_factory=OrderedDict)
    """When each person or chat did what, oldest first; who did something last comes last."""

    def wait(self, who: int, when: float, what: Hashable) -> float:
        """Return how many seconds too early it comes; if 0, it counts.

        `when` is the time in seconds, always by the same clock. `what` identifies it: it counts
        once, however often it is begun.
        """
        done = self.done.setdefault(who, OrderedDict())
        self.done.move_to_end(who)
        if len(self.done) > MOST_PEOPLE:
            self.done.popitem(last=False)
        while done and next(iter(done.values())) <= when - 60:
            done.popitem(last=False)
        if what in done:
            return 0.0
        if len(done) >= self.most:
            return max(next(iter(done.values())) + 60 - when, 1.0)
        done[what] = when
        return 0.0


@dataclass(frozen=True, slots=True)
class Throttles:
    """A throttle for each thing that people do."""

    person: Throttle
    chat: Throttle
    commands: Throttle
    sources: Throttle
    buttons: Throttle
    inline: Throttle

    @classmethod
    def of(cls, person_rate: int, chat_rate: int) -> Self:
        """Make throttles for so many questions a minute."""
        lighter = (Throttle(LIGHTER * person_rate) for _ in range(4))
        return cls(Throttle(person_rate), Throttle(chat_rate), *lighter)

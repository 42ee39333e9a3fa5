"""Rate limits both ways: on requests to Telegram, and on what people send (throttles)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
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

MOST_ATTEMPTS = 8
MOST_FLOODS = 20  # times that Telegram asks a request to wait
FIRST_PAUSE = 0.5  # seconds; each pause is twice the one before, up to the longest
LONGEST_PAUSE = 30.0
COUNTED = ("send", "edit", "forward", "copy")
"""How the methods begin that Telegram limits to so many a second, and a minute in a group."""
MOST_PEOPLE = 2_000
"""People that a throttle remembers; within a minute at most 1,800 get an answer, as a bot may send
30 messages a second."""
LIGHTER = 3
"""How many times as often as questions a person may send what costs less or comes in bunches."""
IN_VAIN = (BadRequest, Forbidden, InvalidToken, Conflict)
"""Errors that another attempt would meet again."""
NEVER_ARRIVED = (httpx.ConnectError, httpx.PoolTimeout, httpx.ConnectTimeout)


def is_temporary(error: BaseException | None) -> bool:
    """Return whether the same request may succeed later: Telegram did not refuse it."""
    if isinstance(error, BadRequest | Forbidden | ChatMigrated):
        return False
    return isinstance(error, NetworkError | RetryAfter | InvalidToken)


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
        self.repeated: Counter[str] = Counter()
        """How many `requests` were repeated, and how many `messages` may have come twice."""
        self.refused = asyncio.Event()
        """Set when Telegram refuses the token."""
        self._quiet_until: dict[object, float] = {}

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
        if endpoint == "sendChatAction":
            # Nobody misses it: it is not repeated, and no message ever waits because of it.
            return await callback(*args, **kwargs)
        chat, counted = data.get("chat_id", 0), endpoint.startswith(COUNTED)
        pause = FIRST_PAUSE
        arrived = floods = 0  # attempts that may have reached Telegram, and those asked to wait
        for attempt in count(1):
            place = chat if counted else (endpoint, chat)
            await asyncio.sleep(self._quiet_until.get(place, 0.0) - time.monotonic())
            try:
                # Without the wait of `super().process_request` that would hold up every chat.
                return await self._run_request(
                    counted, counted and chat < 0 and chat, False, callback, args, kwargs
                )
            except RetryAfter as error:
                floods += 1
                if floods == MOST_FLOODS:
                    raise
                # Its public name gives seconds, with a warning that it is going to give this.
                seconds = error._retry_after.total_seconds()
                self._quiet_until[place] = time.monotonic() + seconds + 0.1
                log.info("%s waits for %.0f s, as Telegram asks", endpoint, seconds)
            except ChatMigrated as error:
                # The group became a supergroup while this was on its way; once is enough.
                if not endpoint.startswith("send") or chat == error.new_chat_id:
                    raise
                chat = data["chat_id"] = error.new_chat_id
            except InvalidToken:
                self.refused.set()
                raise
            except NetworkError as error:
                if attempt > 1 and "message is not modified" in str(error).lower():
                    return True  # the edit before this one did arrive
                may_have_arrived = not isinstance(error.__cause__, NEVER_ARRIVED)
                arrived += may_have_arrived
                if isinstance(error, IN_VAIN) or arrived == MOST_ATTEMPTS:
                    raise
                self.repeated["requests"] += 1
                self.repeated["messages"] += may_have_arrived and endpoint.startswith("send")
                log.info("%s is made again in %.1f s: %s", endpoint, pause, type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError("attempts are counted without end")


@dataclass(slots=True)
class Throttle:
    """Limits how often a person or a chat does something in a minute."""

    most: int
    done: OrderedDict[int, dict[Hashable, float]] = field(default_factory=OrderedDict)
    """When each person or chat did what; who did something last comes last."""

    def wait(self, who: int, when: float, what: Hashable) -> float:
        """Return how many seconds too early it comes; if 0, it counts.

        `when` is the time in seconds, always by the same clock. `what` identifies it: it counts
        once, however often it is begun.
        """
        done = self.done.pop(who, {})
        done = {name: moment for name, moment in done.items() if moment > when - 60}
        self.done[who] = done
        if len(self.done) > MOST_PEOPLE:
            self.done.popitem(last=False)
        if what in done:
            return 0.0
        if len(done) >= self.most:
            return max(min(done.values()) + 60 - when, 1.0)
        done[what] = when
        return 0.0


def throttles(person_rate: int, chat_rate: int) -> dict[str, Throttle]:
    """Make a throttle for each thing that people do, for so many questions a minute."""
    lighter = dict.fromkeys(("buttons", "commands", "sources", "inline"), LIGHTER * person_rate)
    limits = {"person": person_rate, "chat": chat_rate, **lighter}
    return {kind: Throttle(most) for kind, most in limits.items()}

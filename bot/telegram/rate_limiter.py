"""Rate limits both ways: on requests to Telegram, and on what people send (throttles)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import sqlalchemy as sa
from telegram.constants import FloodLimit
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

from bot.telegram.store import Store, requests

log = logging.getLogger(__name__)

Result = bool | dict[str, Any] | list[dict[str, Any]]

MOST_ATTEMPTS = 8
MOST_FLOODS = 20  # times that Telegram asks a request to wait
FIRST_PAUSE = 0.5  # seconds; each pause is twice the one before, up to the longest
LONGEST_PAUSE = 30.0
COUNTED = ("send", "edit", "forward", "copy")
"""How the methods begin that Telegram limits to so many a second, and a minute in a group."""
IN_ALL = int(FloodLimit.MESSAGES_PER_SECOND), 1.0
IN_GROUP = int(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP), 60.0
"""How many messages in how many seconds."""
ALL_CHATS = 0  # in place of a chat's id
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

    If several processes may use the `store`, their messages are counted together.
    """

    def __init__(self, store: Store | None = None) -> None:
        super().__init__()
        self._shared = SharedLimits(store) if store is not None and store.is_shared else None
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
                if counted and self._shared:
                    await self._shared.wait(chat)
                    return await callback(*args, **kwargs)
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
                if counted and self._shared:
                    self._shared.pause(chat, seconds + 0.1)
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


@dataclass(frozen=True, slots=True)
class SharedLimits:
    """Telegram's limits on the messages of a bot, counted for all processes that serve it.

    A message reserves the next moment that is free in its chat and then in all chats. The
    reservation locks their row, so the moments of two processes are never the same ones.
    """

    store: Store
    in_all: tuple[int, float] = IN_ALL
    in_group: tuple[int, float] = IN_GROUP

    async def wait(self, chat: int) -> None:
        """Wait until a message may be sent to a chat."""
        for place in dict.fromkeys((chat, ALL_CHATS)):
            await asyncio.sleep(self.reserve(place))

    def reserve(self, chat: int) -> float:
        """Reserve a moment for a message; return in how many seconds it comes."""
        return float(self.store.scalar(_RESERVE, **self._limit(chat)))

    def pause(self, chat: int, seconds: float) -> None:
        """Leave no moment free in a chat for some seconds."""
        self.store.change(_PAUSE, self._limit(chat) | {"seconds": seconds})

    def _limit(self, chat: int) -> dict[str, float]:
        most, window = self.in_group if chat < 0 else self.in_all
        return {"chat": chat, "most": most, "window": window}


# `moments` are the last so many that were reserved, latest first. A count that a crash of the
# server loses harms nobody, so nothing waits until it is on the disk.
_RESERVE = sa.text("""
    INSERT INTO outgoing VALUES (:chat, ARRAY[clock_timestamp()])
    ON CONFLICT (chat) DO UPDATE SET moments = (array_prepend(
        greatest(clock_timestamp(), outgoing.moments[:most] + make_interval(secs => :window)),
        outgoing.moments
    ))[1 : :most]
    RETURNING
        extract(epoch FROM moments[1] - clock_timestamp()),
        set_config('synchronous_commit', 'off', true)
""")
_PAUSE = sa.text("""
    INSERT INTO outgoing VALUES (:chat, array_fill(
        clock_timestamp() + make_interval(secs => :seconds - :window), ARRAY[:most]
    ))
    ON CONFLICT (chat) DO UPDATE SET moments = ARRAY(
        SELECT moment FROM unnest(outgoing.moments || excluded.moments) AS moment
        ORDER BY moment DESC LIMIT :most
    )
""")


@dataclass(frozen=True, slots=True)
class Throttle:
    """Limits how often a person or a chat does something in a minute, in any process."""

    store: Store
    kind: str
    most: int

    def wait(self, who: int, when: float, what: object) -> float:
        """Return how many seconds too early it comes; if 0, it counts.

        `when` is the time in seconds, for one kind always by the same clock. `what` identifies it:
        it counts once, however often it is begun.
        """
        what = str(what)
        query = sa.select(requests.c.what, requests.c.moment).where(
            requests.c.kind == self.kind,
            requests.c.who == who,
            requests.c.moment > when - 60,
            requests.c.moment < when + 60,  # later ones are of a clock that was wrong
        )
        done: dict[str, float] = {row.what: row.moment for row in self.store.rows(query)}
        if what in done:
            return 0.0
        if len(done) >= self.most:
            return max(min(done.values()) + 60 - when, 1.0)
        self.store.put(requests, kind=self.kind, who=who, what=what, moment=when)
        return 0.0


def throttles(store: Store, person_rate: int, chat_rate: int) -> dict[str, Throttle]:
    """Make a throttle for each thing that people do, for so many questions a minute."""
    lighter = dict.fromkeys(("buttons", "commands", "sources", "inline"), LIGHTER * person_rate)
    limits = {"person": person_rate, "chat": chat_rate, **lighter}
    return {kind: Throttle(store, kind, most) for kind, most in limits.items()}

"""What goes wrong on the way, as a test orders it, and how fast a bot may write."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from botapi.refusals import Refused

USUAL = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request;"
    " make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
}
LIMITED = "sendMessage sendDocument editMessageText editMessageReplyMarkup".split()


@dataclass(slots=True)
class Fault:
    """What happens to the next requests of a method to a chat; to any, if it names none."""

    method: str | None
    chat: int | None
    times: int | None
    """None: until healed."""
    skip: int = 0
    every: int = 1
    """Of the requests it could meet, it meets each tenth if this is 10."""
    passed: int = 0
    refusal: Refused | None = None
    before: bool = False
    after: bool = False
    seconds: float = 0


class Faults:
    """The faults that are still to happen, and the flood filters."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._clock = clock
        self._filters: tuple[int | None, int | None] = (None, None)
        self._sent: dict[object, deque[float]] = defaultdict(deque)
        self._banned: dict[object, float] = {}

    def fail(
        self,
        method: str | None = None,
        *,
        times: int | None = 1,
        chat: int | None = None,
        code: int = 500,
        description: str | None = None,
        retry_after: int | None = None,
        skip: int = 0,
        every: int = 1,
    ) -> None:
        """Answer with an error; a 502 comes as a proxy's page of HTML."""
        if code == 429:
            refusal = too_many(retry_after or 1)
        else:
            refusal = Refused(code, description or USUAL[code])
        self._order(Fault(method, chat, times, skip, every, refusal=refusal))

    def drop_before(
        self,
        method: str | None = None,
        *,
        times: int | None = 1,
        chat: int | None = None,
        every: int = 1,
    ) -> None:
        """Close the connection; the request has no effect."""
        self._order(Fault(method, chat, times, every=every, before=True))

    def drop_after(
        self,
        method: str | None = None,
        *,
        times: int | None = 1,
        chat: int | None = None,
        every: int = 1,
    ) -> None:
        """Close the connection without an answer; the request has its effect."""
        self._order(Fault(method, chat, times, every=every, after=True))

    def slow(
        self,
        seconds: float,
        method: str | None = None,
        *,
        times: int | None = None,
        chat: int | None = None,
    ) -> None:
        """Let requests wait before they have their effect."""
        self._order(Fault(method, chat, times, seconds=seconds))

    def flood(self, per_second: int | None = None, per_chat: int | None = None) -> None:
        """Refuse what is over so many messages a second, in all and in each chat."""
        self._filters = (per_second, per_chat)

    def heal(self) -> None:
        """Let nothing go wrong any longer."""
        with self._lock:
            self._faults.clear()
            self._filters = (None, None)
            self._banned.clear()

    def met(self, method: str, chat: object) -> list[Fault]:
        """The faults that this request meets; raises Refused where it is over a limit."""
        with self._lock:
            met: list[Fault] = []
            for one in self._faults:
                # Delays add up; of what ends a request, each request meets one.
                ended = any(not other.seconds for other in met)
                if (one.seconds or not ended) and self._meets(one, method, chat):
                    met.append(one)
            self._faults = [one for one in self._faults if one.times != 0]
            if method in LIMITED and not met:
                self._count(chat)
            return met

    def _order(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def _meets(self, fault: Fault, method: str, chat: object) -> bool:
        if fault.method not in (None, method) or fault.chat not in (None, chat) or fault.times == 0:
            return False
        if fault.skip:
            fault.skip -= 1
            return False
        fault.passed += 1
        if fault.passed % fault.every:
            return False
        if fault.times is not None:
            fault.times -= 1
        return True

    def _count(self, chat: object) -> None:
        now = self._clock()
        counted = [(key, most) for key, most in zip(("", chat), self._filters, strict=True) if most]
        for key, most in counted:
            times = self._sent[key]
            while times and times[0] <= now - 1:
                times.popleft()
            if len(times) >= most and self._banned.get(key, 0) <= now:
                self._banned[key] = now + 1
            left = self._banned.get(key, 0) - now
            if left > 0:
                raise too_many(math.ceil(left))
        for key, _ in counted:
            self._sent[key].append(now)


def too_many(seconds: int) -> Refused:
    """The refusal of a flood."""
    description = f"Too Many Requests: retry after {seconds}"
    return Refused(429, description, retry_after=seconds)

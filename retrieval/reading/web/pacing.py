"""One request to a host at a time, with a pause after each."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from retrieval.errors import Stopped
from retrieval.reading.web.troubles import Later, again

MOST_HOSTS = 1_000
"""Hosts that are remembered at a time, as long as nobody waits for more."""

LOOK_S = 0.5
"""How long it may take until who waits for a host sees that it should stop."""


@dataclass(slots=True)
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    free_at: float = 0.0  # by the monotonic clock
    closed_until: datetime | None = None


class Pacing:
    """Whose turn it is at each host, and which hosts asked to be left alone for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    @contextmanager
    def turn(
        self, name: str, now: datetime, *, pause: float, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """Wait for a host to be free, then keep it; raises Later if it wants to be left alone.

        The host is free again `pause` seconds after the turn has ended. Raises Stopped if `stop`
        says so before it has begun.
        """
        host = self._entered(name)
        try:
            with host.turn:
                if host.closed_until and now < host.closed_until:
                    raise Later(
                        f"the site asked for fewer requests; {again(host.closed_until)}",
                        host.closed_until,
                    )
                while (left := host.free_at - time.monotonic()) > 0:
                    if stop():
                        raise Stopped
                    time.sleep(min(left, LOOK_S))
                try:
                    yield
                finally:
                    host.free_at = time.monotonic() + pause
        finally:
            with self._lock:
                host.waiting -= 1

    def close(self, name: str, until: datetime) -> None:
        """Leave a host alone until a time that it named."""
        with self._lock:
            self._hosts[name].closed_until = until

    def _entered(self, name: str) -> _Host:
        with self._lock:
            if len(self._hosts) >= MOST_HOSTS:
                self._forget_idle()
            host = self._hosts[name]
            host.waiting += 1
            return host

    def _forget_idle(self) -> None:
        idle = [
            name
            for name, host in self._hosts.items()
            if not host.waiting and not host.closed_until and host.free_at <= time.monotonic()
        ]
        for name in idle:
            del self._hosts[name]

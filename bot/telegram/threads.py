"""The threads that work on the library, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Threads:
    """One thread for questions, so that no question waits for an archive, and four for the rest."""

    asking: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "asking"))
    working: Executor = field(default_factory=partial(ThreadPoolExecutor, 4, "working"))
    undone: set[Future[Any]] = field(default_factory=set)

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Do something short in the thread that answers questions."""
        return await self._done(self.asking.submit(work))

    async def do(self, work: Callable[[], Result]) -> Result:
        """Do what may take minutes, or waits for servers or for another process."""
        return await self._done(self.working.submit(work))

    async def _done(self, future: Future[Result]) -> Result:
        self.undone.add(future)
        future.add_done_callback(self.undone.discard)
        return await asyncio.wrap_future(future)

    def end(self, within: float) -> bool:
        """Begin no more work; return whether all work in progress ended `within` seconds."""
        for threads in (self.asking, self.working):
            threads.shutdown(wait=False, cancel_futures=True)
        return not wait(list(self.undone), within).not_done

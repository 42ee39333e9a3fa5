"""The threads that work on the library, so that the event loop never does."""

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
    """One thread for questions, which wait for nothing else, and some for longer work."""

    asking: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "asking"))
    working: Executor = field(default_factory=partial(ThreadPoolExecutor, 4, "working"))
    undone: set[Future[Any]] = field(default_factory=set)

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Do something short, where questions are answered."""
        return await self._done(self.asking.submit(work))

    async def do(self, work: Callable[[], Result]) -> Result:
        """Do what may take minutes, or waits for servers or for another process."""
        return await self._done(self.working.submit(work))

    async def _done(self, future: Future[Result]) -> Result:
        self.undone.add(future)
        future.add_done_callback(self.undone.discard)
        return await asyncio.wrap_future(future)

    def end(self, within: float) -> bool:
        """Begin no more work, and say whether what is begun was done within some seconds."""
        for threads in (self.asking, self.working):
            threads.shutdown(wait=False, cancel_futures=True)
        return not wait(list(self.undone), within).not_done

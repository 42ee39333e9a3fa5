"""The threads that work on the library, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

Result = TypeVar("Result")


class Threads:
    """One thread for questions, so that no question waits for an archive, and four for the rest."""

    def __init__(self) -> None:
        self._asking, self._working = ThreadPoolExecutor(1), ThreadPoolExecutor(4)
        self._undone: set[Future[Any]] = set()

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Do something short in the thread that answers questions."""
        return await self._done(self._asking, work)

    async def do(self, work: Callable[[], Result]) -> Result:
        """Do what may take minutes, or waits for servers or for another process."""
        return await self._done(self._working, work)

    async def _done(self, threads: Executor, work: Callable[[], Result]) -> Result:
        future = threads.submit(work)
        self._undone.add(future)
        future.add_done_callback(self._undone.discard)
        return await asyncio.wrap_future(future)

    def end(self, within: float) -> bool:
        """Begin no more work; return whether all work in progress ended `within` seconds."""
        for threads in (self._asking, self._working):
            threads.shutdown(wait=False, cancel_futures=True)
        return not wait(list(self._undone), within).not_done

"""The threads that work on the library, so that the event loop never does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Threads:
    """One for each kind of work: no question waits for an archive that is being added."""

    asking: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "asking"))
    adding: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "adding"))
    removing: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "removing"))
    polling: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "polling"))
    changing: Executor = field(default_factory=partial(ThreadPoolExecutor, 1, "changing"))

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Do something short, where questions are answered."""
        return await asyncio.get_running_loop().run_in_executor(self.asking, work)

    async def add(self, work: Callable[[], Result]) -> Result:
        """Do what may take minutes."""
        return await asyncio.get_running_loop().run_in_executor(self.adding, work)

    async def poll(self, work: Callable[[], Result]) -> Result:
        """Do what waits for servers."""
        return await asyncio.get_running_loop().run_in_executor(self.polling, work)

    async def change(self, work: Callable[[], Result]) -> Result:
        """Do what may take hours and leaves room for everything else."""
        return await asyncio.get_running_loop().run_in_executor(self.changing, work)

    async def remove(self, work: Callable[[], Result]) -> Result:
        """Do what waits for whoever else changes the catalog."""
        return await asyncio.get_running_loop().run_in_executor(self.removing, work)

    def end(self, within: float) -> bool:
        """Begin no more work, and say whether what is begun was done within some seconds."""
        every = (self.asking, self.adding, self.removing, self.polling, self.changing)
        last = [threads.submit(int) for threads in every]
        undone = wait(last, within).not_done
        for threads in every:
            threads.shutdown(wait=False, cancel_futures=True)
        return not undone

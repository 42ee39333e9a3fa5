"""Ctrl-C that waits until what is being kept is kept and reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Interrupt:
    """What a handler of SIGINT calls, so that no report is lost between disk and reader.

    It raises KeyboardInterrupt at once, or at the end of a `delayed` block; in such a block, the
    second one is raised at once.
    """

    def __init__(self) -> None:
        self._delayed = False
        self._waits = False

    def __call__(self, *_: object) -> None:
        if not self._delayed or self._waits:
            raise KeyboardInterrupt
        self._waits = True

    @contextmanager
    def delayed(self) -> Iterator[None]:
        """Put off a KeyboardInterrupt to the end of the outermost of these blocks."""
        outer, self._delayed = self._delayed, True
        try:
            yield
        finally:
            self._delayed = outer
        if self._waits and not outer:
            self._waits = False
            raise KeyboardInterrupt

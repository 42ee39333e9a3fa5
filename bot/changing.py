"""Another model is let read the articles while the one in use answers, in a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from bot import rendering
from retrieval import Busy, Library, ModelChange, ModelGone, QuotewiseError
from retrieval.errors import Locked

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 5.0
"""Seconds after which it is looked whether another process, which does the same, is done."""

TOLD_EVERY_S = 5.0  # in a log


@dataclass(slots=True)
class ChangeOfModel:
    """The change to the model that is set, if any is wanted; `with` it goes on in a thread.

    `now` is how far it is, and `news` what is to be told of its end; both may be read at any time.
    """

    library: Library
    now: ModelChange | None = None
    news: str | None = None
    _end: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def work(self) -> None:
        """Go on until it is done, whoever does it, or until it is to stop."""
        try:
            while not self._end.is_set() and not self._is_done():
                self._end.wait(LOOKS_EVERY_S)
        except QuotewiseError as error:
            self.news = str(error)
            log.warning("%s", error)
        except Exception:  # a defect must not end whoever answers
            log.exception("the change of the model could not be gone on with")

    def stop(self) -> None:
        """Go on no longer; what the model has read is kept."""
        self._end.set()

    def _is_done(self) -> bool:
        """Do what there is to do; False while another process does it, or lets none write."""
        self.now = self.library.change() or self.now
        try:
            with suppress(Busy):
                for change in self.library.change_model(gently=True, stop=self._end.is_set):
                    self.now = change
        except Locked as error:
            log.warning("%s", error)
            return False
        if self.library.change() is not None:
            return False
        done, self.now = self.now, None
        if done is not None and done.is_set:
            self.news = rendering.changed_line(done)
        return True

    def __enter__(self) -> Self:
        self._thread = Thread(target=self.work, name="changing")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        if self._thread is not None:
            self._thread.join()


def start(library: Library, told: Callable[[ModelChange], None]) -> None:
    """Start the model that answers; where it is gone, the one that is set reads all first."""
    try:
        library.warm_up()
    except ModelGone as gone:
        log.warning("%s", gone.at_once)
        for change in library.change_model():
            told(change)
        library.warm_up()


def logged() -> Callable[[ModelChange], None]:
    """Tells the log how far a change is, every few seconds."""
    last = time.monotonic()

    def told(change: ModelChange) -> None:
        nonlocal last
        if time.monotonic() - last >= TOLD_EVERY_S:
            last = time.monotonic()
            log.warning("%d of %d articles are read", change.read, change.articles)

    return told

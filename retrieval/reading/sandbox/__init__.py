"""Hostile files are parsed in a process with limits, so that no document can take the bot down.

`parsed("retrieval.reading.webpage.parse", data, name=…)` calls `parse(data, name=…)` of that
module in a child process that has five seconds, 300 MB, no environment and no open files. It
returns a list of what JSON can say, or raises UnreadableSource, whose reason crosses. Any other
exception is a defect of Quotewise: a reader wraps what its library raises over a damaged file.
A module that needs slow imports has a function `preload()` that makes them: it runs once.

The first call starts a small process, which imports parsers and forks a child for each call; it
ends with this one. Where processes cannot be forked, each call starts a fresh one: slower, and
with the limit of time only.
"""

from __future__ import annotations

import logging
from typing import Any

from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.reading.sandbox.keeper import Keeper
from retrieval.reading.sandbox.limits import MEMORY_BYTES, MOST_BYTES, SECONDS
from retrieval.reading.sandbox.reply import Ending
from retrieval.reading.sources import in_megabytes

__all__ = ["parsed", "stop"]

log = logging.getLogger(__name__)

_WHY = {
    Ending.TIME: f"this takes longer than {SECONDS} seconds to read; save its text as .txt and add"
    " that.",
    Ending.MEMORY: f"this takes more than {in_megabytes(MEMORY_BYTES)} of memory to read; save its"
    " text as .txt and add that.",
    Ending.DEPTH: "this is nested too deeply to be read; save its text as .txt and add that.",
    Ending.SIZE: f"this holds more than {in_megabytes(MOST_BYTES)} of text; split it.",
    Ending.CRASH: "the reader breaks down over this, so it is damaged or asks for too much; open"
    " it, save it anew, or save its text as .txt, and add that.",
    Ending.FAULT: "the reader of this kind of file does not start; install Quotewise anew, or save"
    " its text as .txt and add that.",
}

DEFECT = (
    "reading this failed because of a defect in Quotewise, not in the file; report it with the"
    " traceback in Quotewise's log (standard error)."
)

_keeper = Keeper()


def parsed(task: str, data: bytes, *, name: str, keep: bool = False, **facts: Any) -> list[Any]:
    """What the function `task` of this room makes of bytes, in a process with limits.

    Raises UnreadableSource, about `name`, if it makes nothing of them or does not survive them,
    and ReaderDefect if it raises anything else; that is logged with its traceback.
    With `keep` the process holds on to the bytes for the next call with the same object.
    """
    reply = _keeper.ask(task, data, {"name": name, **facts}, keep=keep)
    if reply.ending is Ending.REFUSED:
        raise UnreadableSource(name, reply.told)
    if reply.ending is Ending.DEFECT:
        log.error("reading %s failed because of a defect in Quotewise:\n%s", name, reply.told)
        raise ReaderDefect(name, DEFECT)
    if reply.ending is not Ending.DONE:
        level = logging.ERROR if reply.ending is Ending.FAULT else logging.INFO
        log.log(level, "%s could not be read (%s): %s", name, reply.ending.name, reply.told)
        raise UnreadableSource(name, _WHY[reply.ending])
    return reply.results


def stop() -> None:
    """End the process that forks, if there is one; the next call starts another."""
    _keeper.stop()

"""One call, made in the process that is limited to it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading.sandbox import limits
from retrieval.reading.sandbox.reply import Ending, to_wire

Task = Callable[..., list[Any]]

LONGEST_TRACEBACK = 20_000  # characters

# Made beforehand: there may be no memory left to make it with.
_NO_MEMORY = to_wire(Ending.MEMORY)
_TOO_DEEP = to_wire(Ending.DEPTH)


def outcome(task: Task, data: bytes, facts: dict[str, Any]) -> bytes:
    """The reply on the wire, whatever becomes of the call."""
    try:
        return to_wire(Ending.DONE, task(data, **facts))
    except UnreadableSource as error:
        return to_wire(Ending.REFUSED, error.reason)
    except MemoryError:
        return _NO_MEMORY
    except RecursionError:
        return _TOO_DEEP
    except Exception:  # a defect: readers turn what their libraries raise into UnreadableSource
        return to_wire(Ending.DEFECT, traceback.format_exc().rstrip()[-LONGEST_TRACEBACK:])


def run(task: Task, data: bytes, facts: dict[str, Any], out: int) -> None:
    """Make the call with nothing at hand but its bytes, write the reply, and end the process."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nothing, standard)
        os.closerange(3, out)
        os.closerange(out + 1, limits.OPEN_FILES)
        limits.set_here()
        wire = memoryview(outcome(task, data, facts))
        while wire:
            wire = wire[os.write(out, wire) :]
    finally:
        os._exit(0)

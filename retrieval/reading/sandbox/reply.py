"""What came back from a child process, and the frames in which it travels.

Only JSON travels, never a pickle: a child that read a hostile file is not trusted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO


class Ending(StrEnum):
    """How a call ended; the values are what stands on the wire."""

    DONE = "d"
    REFUSED = "r"
    DEFECT = "e"
    DEPTH = "n"
    MEMORY = "m"
    TIME = "t"
    SIZE = "s"
    CRASH = "c"
    FAULT = "f"


@dataclass(frozen=True, slots=True)
class Reply:
    """The results of a call, or what is told of why there are none.

    `peak_bytes` is the most memory the child had; 0 where that is not known.
    """

    ending: Ending
    results: list[Any] = field(default_factory=list)
    told: str = ""
    peak_bytes: int = 0


def from_wire(wire: bytes, peak_bytes: int) -> Reply:
    """The reply that a child wrote; a defect if it is none."""
    try:
        ending = Ending(wire[:1].decode())
        content = json.loads(wire[1:]) if wire[1:] else None
    except (ValueError, RecursionError, MemoryError):
        return Reply(Ending.DEFECT, told="its reply is no JSON", peak_bytes=peak_bytes)
    if ending is Ending.DONE and isinstance(content, list):
        return Reply(ending, results=content, peak_bytes=peak_bytes)
    if ending is Ending.DONE:
        return Reply(Ending.DEFECT, told="its reply is no list", peak_bytes=peak_bytes)
    return Reply(ending, told=str(content or ""), peak_bytes=peak_bytes)


def to_wire(ending: Ending, content: Any = None) -> bytes:
    """A child's reply as bytes; halves of characters, which no file can store, are replaced."""
    written = json.dumps(content, ensure_ascii=False)
    return ending.encode() + written.encode("utf-8", "replace")


def send(stream: BinaryIO, *frames: bytes) -> None:
    """Write frames, each after its length, and flush them."""
    for frame in frames:
        stream.write(len(frame).to_bytes(8, "big"))
        stream.write(frame)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """The next frame. Raises EOFError where the stream has ended."""
    size = stream.read(8)
    frame = stream.read(int.from_bytes(size, "big")) if len(size) == 8 else b""
    if len(size) < 8 or len(frame) < int.from_bytes(size, "big"):
        raise EOFError("the other process has ended")
    return frame

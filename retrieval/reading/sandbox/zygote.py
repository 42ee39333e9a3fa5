"""The process that forks: it imports parsers once, and watches over a child for each call."""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import threading
import time
import traceback
from functools import cache
from typing import BinaryIO

from retrieval.reading.sandbox import child, limits
from retrieval.reading.sandbox.child import Task
from retrieval.reading.sandbox.reply import Ending, receive, send, to_wire

BLOCK_BYTES = 1 << 16


def serve(calls: BinaryIO, replies: BinaryIO) -> None:
    """Answer calls until the process that makes them ends, or after one where nothing forks."""
    kept = b""
    while True:
        try:
            head, data = json.loads(receive(calls)), receive(calls)
        except EOFError:
            return
        data = kept if head["again"] else data
        kept = data if head["keep"] else b""
        try:
            task = _task(head["task"])
        except Exception:  # a parser that is not installed, or does not start
            send(replies, b"0", to_wire(Ending.FAULT, traceback.format_exc()))
            continue
        if not head["fork"]:
            threading.Timer(limits.SECONDS, os._exit, [1]).start()
            send(replies, b"0", child.outcome(task, data, head["facts"]))
            os._exit(0)
        wire, peak_bytes = _watched(task, data, head["facts"], calls.fileno())
        send(replies, b"%d" % peak_bytes, wire)


@cache
def _task(name: str) -> Task:
    """The function with this name, once its module has made its slow imports."""
    name, _, function = name.rpartition(".")
    module = importlib.import_module(name)
    if preload := getattr(module, "preload", None):
        preload()
    task: Task = getattr(module, function)
    return task


def _watched(task: Task, data: bytes, facts: dict[str, object], calls: int) -> tuple[bytes, int]:
    """A child's reply, or how it ended without one; and its peak of memory in bytes."""
    gc.freeze()  # what a collection touches would be copied
    back, out = os.pipe()
    pid = os.fork()
    if pid == 0:
        child.run(task, data, facts, out)
    os.close(out)
    try:
        wire, ending = _heard(back, calls)
    finally:
        os.close(back)
        # It has said what it had to say. The status of one that has ended by now stays.
        os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        ending = Ending.TIME
    elif ending is None and not wire:
        ending = Ending.CRASH
    # Libraries give up in ways of their own where memory ends.
    full = usage.ru_maxrss * 1024 > 0.9 * limits.MEMORY_BYTES
    if full and (ending is Ending.CRASH or wire.startswith(Ending.DEFECT.encode())):
        ending = Ending.MEMORY
    told = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else None
    return to_wire(ending, told) if ending else wire, usage.ru_maxrss * 1024


def _heard(back: int, calls: int) -> tuple[bytes, Ending | None]:
    """All that a child says in its time, and how it was stopped if it had to be."""
    ears = select.poll()
    ears.register(back, select.POLLIN)
    ears.register(calls, 0)  # tells only that the other end hung up
    heard = bytearray()
    deadline = time.monotonic() + limits.SECONDS
    while (left := deadline - time.monotonic()) > 0:
        ready = dict(ears.poll(left * 1e3))
        if calls in ready:
            raise SystemExit  # nobody waits for the reply
        if back in ready:
            block = os.read(back, BLOCK_BYTES)
            if not block:
                return bytes(heard), None
            heard += block
            if len(heard) > limits.MOST_BYTES:
                return b"", Ending.SIZE
    return b"", Ending.TIME

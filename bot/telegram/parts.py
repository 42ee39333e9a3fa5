"""Long texts that the sender's Telegram client splits into several messages."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise
from typing import Any

from telegram import Message, MessageOrigin, Update
from telegram.constants import MessageLimit

from bot.rendering import units
from bot.telegram.update_queue import UpdateQueue

LONGEST = MessageLimit.MAX_TEXT_LENGTH.value  # UTF-16 units of a message
SPLIT_FROM = LONGEST // 2
"""UTF-16 units of each part but the last, at least: Telegram Desktop splits at the last paragraph
break of a message's second half. Other clients split later."""
WAIT_S = 2.0
"""Seconds within which the next part must be sent and arrive: clients send them all at once."""
LOOK_AGAIN_S = 0.1


async def parts_of(queue: UpdateQueue, update: Update) -> list[Update]:
    """The updates with all parts of a message's text, in order; the update alone if it is whole.

    Empty if the bot ends before the next part arrives: the next process begins again.
    """
    parts = [update]
    while (last := parts[-1].message) and units(last.text or "") > SPLIT_FROM:
        next_update = await _next(queue, parts[-1])
        if queue.closing:
            queue.put_off(update.update_id)
            return []
        if not (next_update and next_update.message and _continues(last, next_update.message)):
            break
        parts.append(next_update)
    return parts


def text_of(parts: list[Update]) -> str:
    """The text whose parts these are, or a caption."""
    messages = [part.message for part in parts if part.message]
    return joined([message.text or message.caption or "" for message in messages])


def joined(parts: list[str]) -> str:
    """A text from its parts. Clients drop the white space where they split it."""
    between = [_between(before, after) for before, after in pairwise(parts)]
    return "".join(text for pair in zip(["", *between], parts, strict=True) for text in pair)


def _between(before: str, after: str) -> str:
    if units(before) == LONGEST or before[-1:].isspace() or after[:1].isspace():
        return ""  # split within a word, or nothing was dropped
    # Clients prefer the end of a paragraph, then that of a sentence.
    return " " if after[:1].islower() or before.endswith(",") else "\n"


async def _next(queue: UpdateQueue, update: Update) -> Update | None:
    """The next message of the same person in the same chat, if it arrives in time."""
    end = time.monotonic() + WAIT_S
    while (next_update := queue.next_message(update)) is None and not queue.closing:
        if not queue.receiving:
            end = time.monotonic() + WAIT_S
        elif time.monotonic() >= end:
            break
        await queue.pause(LOOK_AGAIN_S)
    return next_update


def _continues(before: Message, after: Message) -> bool:
    """Whether a message has the next part of a text."""
    return (
        after.text is not None
        and not after.text.startswith("/")
        and before.message_thread_id == after.message_thread_id
        and after.date - before.date <= timedelta(seconds=WAIT_S)
        and _same_origin(before.forward_origin, after.forward_origin)
        and units(joined([before.text or "", after.text])) > LONGEST
    )


def _same_origin(origin: MessageOrigin | None, other: MessageOrigin | None) -> bool:
    """Whether two posts are by the same author and of the same time, or both not forwarded."""
    if origin is None or other is None:
        return origin is other
    return _author(origin) == _author(other) and other.date - origin.date <= timedelta(
        seconds=WAIT_S
    )


def _author(origin: MessageOrigin) -> dict[str, Any]:
    fields = origin.to_dict()
    return {name: fields[name] for name in fields if name not in ("date", "message_id")}

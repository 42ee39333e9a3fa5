"""The durable queue of updates: each is stored before Telegram may forget it, until it is done.

Also joins the long texts that the sender's Telegram client splits into several messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from telegram import Bot, Message, MessageOrigin, Update
from telegram.constants import MessageLimit
from telegram.error import NetworkError
from telegram.ext import BaseUpdateProcessor

from bot.rendering.text import units

log = logging.getLogger(__name__)

MOST_AT_ONCE = 10_000  # updates in the process; those of one chat wait for each other anyway
MOST_ATTEMPTS = 3
"""How often an update is begun: one that ends the process each time must not end it for ever."""
AGAIN_AFTER = 15.0
"""Seconds after which an update is begun again that failed for a reason that passes."""
REMEMBERED = 3 * 24 * 3600
"""Seconds for which a done update is known by its number; Telegram itself forgets after a day."""

LONGEST = MessageLimit.MAX_TEXT_LENGTH.value  # UTF-16 units of a message
SPLIT_FROM = LONGEST // 2
"""UTF-16 units of each part but the last, at least: Telegram Desktop splits at the last paragraph
break of a message's second half. Other clients split later."""
PART_WAIT_S = 2.0
"""Seconds within which the next part must be sent and arrive: clients send them all at once."""
PART_LOOK_S = 0.1


class UpdateQueue(asyncio.Queue[object]):
    """The queue between Telegram and the handlers, which survives the process.

    Polling confirms an update, and a webhook acknowledges it, only after `put` has returned. An
    update that comes again is not queued again.
    """

    def __init__(self, store: sqlite3.Connection) -> None:
        super().__init__()
        self._store = store
        self.bot: Bot | None = None
        """The bot of the updates that are queued."""
        self._put_off: set[int] = set()
        self._newest: dict[int, int] = {}
        """The update with the last inline query of each person, until it is done."""
        self._closed = asyncio.Event()
        self.receiving = True
        """Whether updates can arrive; not while the bot works off an earlier run."""

    @property
    def closing(self) -> bool:
        """Whether the bot is about to end: the next process does what is not begun."""
        return self._closed.is_set()

    def close(self) -> None:
        """Begin nothing any more. An update that a planned stop interrupts loses no attempt."""
        self._closed.set()
        self._store.execute("UPDATE updates SET attempts = 0 WHERE payload IS NOT NULL")

    async def put(self, item: object) -> None:
        """Store an update, which is JSON with an id, as Telegram sent it; then queue it.

        Raises NetworkError, and nothing else, if it could not be stored and must be sent again.
        """
        if not isinstance(item, dict):
            # The signal to stop: the next process does what still waits.
            self.close()
            while not self.empty():
                self.get_nowait()
                self.task_done()
            await super().put(item)
            return
        id = item["update_id"]
        try:
            payload = json.dumps(item)
        except RecursionError:
            payload = "null"  # which cannot be read either
        try:
            stored = self._store.execute(
                "INSERT OR IGNORE INTO updates (id, payload, received) VALUES (?, ?, ?)",
                (id, payload, time.time()),
            )
            if stored.rowcount:
                await self._line_up(id, payload)
        except sqlite3.Error as error:
            raise NetworkError(f"an update could not be stored: {error}") from error

    async def recover(self) -> int:
        """Queue what an earlier process left undone, in order; return how many updates."""
        self.receiving = False
        self._store.execute(
            "DELETE FROM updates WHERE payload IS NULL AND received < ?",
            (time.time() - REMEMBERED,),
        )
        left = self._store.execute(
            "SELECT id, payload, attempts FROM updates WHERE payload IS NOT NULL ORDER BY id"
        ).fetchall()
        for id, payload, attempts in left:
            if attempts >= MOST_ATTEMPTS:
                log.error("update %d was begun %d times and is given up", id, attempts)
                self.done(id)
                continue
            await self._line_up(id, payload)
        return len(left)

    async def _line_up(self, id: int, payload: str) -> None:
        """Queue an update; drop it if it cannot be read."""
        update = parsed(id, payload, self.bot)
        if update is None:
            self.done(id)
            return
        if update.inline_query is not None:
            self._newest[update.inline_query.from_user.id] = id
        await super().put(update)

    def is_overtaken(self, update: Update) -> bool:
        """Return whether the person has typed on, so that nobody waits for this inline query."""
        person = update.effective_user
        return person is not None and self._newest.get(person.id, 0) > update.update_id

    def begun(self, id: int) -> None:
        """Count that an update is being worked on."""
        self._store.execute("UPDATE updates SET attempts = attempts + 1 WHERE id = ?", (id,))

    def put_off(self, id: int) -> None:
        """Begin an update again later, which failed for a reason that passes."""
        self._put_off.add(id)
        self._store.execute("UPDATE updates SET attempts = 0 WHERE id = ?", (id,))

    def take_put_off(self, id: int) -> bool:
        """Return whether an update was put off since the last call."""
        was = id in self._put_off
        self._put_off.discard(id)
        return was

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the bot runs."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    def answered(self, update: Update) -> None:
        """Mark an update done that was handled."""
        query = update.inline_query
        if query is not None and self._newest.get(query.from_user.id) == update.update_id:
            del self._newest[query.from_user.id]
        self.done(update.update_id)

    def next_message(self, update: Update) -> Update | None:
        """Return the sender's next message in the same chat; None if none has arrived."""
        message = update.message
        if message is None or message.from_user is None:
            return None
        row = self._store.execute(
            "SELECT id, payload FROM updates WHERE id > ? AND payload IS NOT NULL"
            " AND json_extract(payload, '$.message.chat.id') = ?"
            " AND json_extract(payload, '$.message.from.id') = ? ORDER BY id LIMIT 1",
            (update.update_id, message.chat_id, message.from_user.id),
        ).fetchone()
        return parsed(row[0], row[1], self.bot) if row else None

    def done(self, *ids: int) -> None:
        """Mark updates done in one transaction, and delete their content."""
        marks = ", ".join("?" * len(ids))
        self._store.execute(f"UPDATE updates SET payload = NULL WHERE id IN ({marks})", ids)

    def is_done(self, id: int) -> bool:
        """Return whether an update is done, perhaps together with an earlier update."""
        row = self._store.execute("SELECT payload FROM updates WHERE id = ?", (id,)).fetchone()
        return row is not None and row[0] is None

    def waiting(self) -> int:
        """Count the updates that are not done."""
        counted = self._store.execute("SELECT count(*) FROM updates WHERE payload IS NOT NULL")
        return int(counted.fetchone()[0])


class InOrderPerChat(BaseUpdateProcessor):
    """Processes the updates of a chat in order, and different chats at the same time.

    `again` repeats an update that fails for a reason that passes; later updates wait for it.
    """

    def __init__(self, queue: UpdateQueue) -> None:
        super().__init__(MOST_AT_ONCE)
        self._queue = queue
        self._lanes: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._in_lane: defaultdict[int, int] = defaultdict(int)
        self._was: dict[int, int] = {}
        """The id a supergroup had as a group, while updates of the group are not done."""
        self.again: Callable[[object], Awaitable[None]] | None = None

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Process an update when the earlier updates of its chat are done, and mark it done."""
        if not isinstance(update, Update):
            await coroutine
            return
        lane = self._lane(update)
        self._in_lane[lane] += 1
        try:
            async with self._lanes[lane]:
                if self._queue.closing or self._queue.is_done(update.update_id):
                    coroutine.close()  # type: ignore[attr-defined]
                    return
                self._queue.begun(update.update_id)
                await coroutine
                while self._queue.take_put_off(update.update_id):
                    await self._queue.pause(AGAIN_AFTER)
                    if self._queue.closing or self.again is None:
                        return
                    await self.again(update)
                self._queue.answered(update)
        finally:
            self._in_lane[lane] -= 1
            if not self._in_lane[lane]:
                del self._in_lane[lane], self._lanes[lane]
                self._was = {new: old for new, old in self._was.items() if old != lane}

    async def initialize(self) -> None:
        """Nothing needs to be started."""

    async def shutdown(self) -> None:
        """Nothing needs to be stopped."""

    def _lane(self, update: Update) -> int:
        """Return the chat, or the person where there is no chat, as with an inline query."""
        message = update.message
        if message is not None and message.migrate_from_chat_id is not None:
            self._was[message.chat_id] = message.migrate_from_chat_id
        if update.effective_chat:
            chat = update.effective_chat.id
            return self._was.get(chat, chat)
        return update.effective_user.id if update.effective_user else 0


def parsed(id: int, payload: str, bot: Bot | None) -> Update | None:
    """Parse the JSON of an update; if that fails, log its id, but not its content."""
    try:
        update = Update.de_json(json.loads(payload), bot)
        chat, person = update.effective_chat, update.effective_user
        hash((chat and chat.id, person and person.id))  # updates are queued by these
    except Exception as error:  # python-telegram-bot raises anything
        log.error("update %d is left out: it cannot be read (%s)", id, type(error).__name__)
        return None
    return update


async def parts_of(queue: UpdateQueue, update: Update) -> list[Update]:
    """Return the updates with all parts of a message's text, in order.

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
    """Join the text of these parts, or take the caption."""
    messages = [part.message for part in parts if part.message]
    return joined([message.text or message.caption or "" for message in messages])


def joined(parts: list[str]) -> str:
    """Join the parts of a text. Clients drop the white space where they split it."""
    between = [_between(before, after) for before, after in pairwise(parts)]
    return "".join(text for pair in zip(["", *between], parts, strict=True) for text in pair)


def _between(before: str, after: str) -> str:
    if units(before) == LONGEST or before[-1:].isspace() or after[:1].isspace():
        return ""  # split within a word, or nothing was dropped
    # Clients prefer the end of a paragraph, then that of a sentence.
    return " " if after[:1].islower() or before.endswith(",") else "\n"


async def _next(queue: UpdateQueue, update: Update) -> Update | None:
    """Return the next message of the same person in the same chat, if it arrives in time."""
    end = time.monotonic() + PART_WAIT_S
    while (next_update := queue.next_message(update)) is None and not queue.closing:
        if not queue.receiving:
            end = time.monotonic() + PART_WAIT_S
        elif time.monotonic() >= end:
            break
        await queue.pause(PART_LOOK_S)
    return next_update


def _continues(before: Message, after: Message) -> bool:
    """Return whether a message has the next part of a text."""
    return (
        after.text is not None
        and not after.text.startswith("/")
        and before.message_thread_id == after.message_thread_id
        and after.date - before.date <= timedelta(seconds=PART_WAIT_S)
        and _same_origin(before.forward_origin, after.forward_origin)
        and units(joined([before.text or "", after.text])) > LONGEST
    )


def _same_origin(origin: MessageOrigin | None, other: MessageOrigin | None) -> bool:
    """Return whether two posts have the same author and time, or neither is forwarded."""
    if origin is None or other is None:
        return origin is other
    return _author(origin) == _author(other) and other.date - origin.date <= timedelta(
        seconds=PART_WAIT_S
    )


def _author(origin: MessageOrigin) -> dict[str, Any]:
    fields = origin.to_dict()
    return {name: fields[name] for name in fields if name not in ("date", "message_id")}

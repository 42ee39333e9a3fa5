"""What reached the bot is on the disk before Telegram is told that it did, until it is done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Bot, Update
from telegram.error import NetworkError
from telegram.ext import BaseUpdateProcessor

from bot.telegram.requests import parsed

log = logging.getLogger(__name__)

MOST_AT_ONCE = 10_000  # updates in the process; those of one chat wait for each other anyway
MOST_ATTEMPTS = 3
"""How often an update is begun: one that ends the process each time must not end it for ever."""
AGAIN_AFTER = 15.0
"""Seconds after which an update is begun again that failed for a reason that passes."""
REMEMBERED = 3 * 24 * 3600
"""Seconds for which a done update is known by its number; Telegram itself forgets after a day."""


class UpdateQueue(asyncio.Queue[object]):
    """The queue between Telegram and the handlers, which outlives the process.

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
        """Whether updates can arrive; not while the bot begins with what was left undone."""

    @property
    def closing(self) -> bool:
        """Whether the bot is about to end: what is not begun is done by the next process."""
        return self._closed.is_set()

    def close(self) -> None:
        """Begin nothing any more. Who is told to stop is no danger: no attempt counts for that."""
        self._closed.set()
        self._store.execute("UPDATE updates SET attempts = 0 WHERE payload IS NOT NULL")

    async def put(self, item: object) -> None:
        """Store an update, which is JSON with an id, as Telegram sent it; then queue it.

        Raises NetworkError, and nothing else, if it could not be stored and must be sent again.
        """
        if not isinstance(item, dict):
            # The signal to stop: what still waits is kept, and is done by the next process.
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
        """Queue what an earlier process left undone, in order, and return how many those are."""
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
        """Queue an update; nothing can be done about one that cannot be read."""
        update = parsed(id, payload, self.bot)
        if update is None:
            self.done(id)
            return
        if update.inline_query is not None:
            self._newest[update.inline_query.from_user.id] = id
        await super().put(update)

    def is_overtaken(self, update: Update) -> bool:
        """Whether the person has typed on since, so that nobody waits for this inline query."""
        person = update.effective_user
        return person is not None and self._newest.get(person.id, 0) > update.update_id

    def begun(self, id: int) -> None:
        """Count that an update is being worked on."""
        self._store.execute("UPDATE updates SET attempts = attempts + 1 WHERE id = ?", (id,))

    def put_off(self, id: int) -> None:
        """Note that an update in work failed for a reason that passes: it is to be begun again."""
        self._put_off.add(id)
        self._store.execute("UPDATE updates SET attempts = 0 WHERE id = ?", (id,))

    def take_put_off(self, id: int) -> bool:
        """Whether an update was put off since this was asked last."""
        was = id in self._put_off
        self._put_off.discard(id)
        return was

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the bot runs."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    def answered(self, update: Update) -> None:
        """Note that an update was worked on; if it was the person's last, nothing overtakes it."""
        query = update.inline_query
        if query is not None and self._newest.get(query.from_user.id) == update.update_id:
            del self._newest[query.from_user.id]
        self.done(update.update_id)

    def next_message(self, update: Update) -> Update | None:
        """The message that its sender wrote next in the same chat; None if none has arrived."""
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
        """Note that updates are done, all at once; what they said is forgotten."""
        marks = ", ".join("?" * len(ids))
        self._store.execute(f"UPDATE updates SET payload = NULL WHERE id IN ({marks})", ids)

    def is_done(self, id: int) -> bool:
        """Whether an update is done, be it together with one before it."""
        row = self._store.execute("SELECT payload FROM updates WHERE id = ?", (id,)).fetchone()
        return row is not None and row[0] is None

    def waiting(self) -> int:
        """How many updates are not done."""
        counted = self._store.execute("SELECT count(*) FROM updates WHERE payload IS NOT NULL")
        return int(counted.fetchone()[0])


class InOrderPerChat(BaseUpdateProcessor):
    """Updates of one chat follow each other; those of different chats do not wait.

    One that fails for a reason that passes is begun again by `again`, and those after it wait.
    """

    def __init__(self, queue: UpdateQueue, again_after: float = AGAIN_AFTER) -> None:
        super().__init__(MOST_AT_ONCE)
        self._queue = queue
        self._again_after = again_after
        self._lanes: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._in_lane: defaultdict[int, int] = defaultdict(int)
        self._was: dict[int, int] = {}
        """What number a supergroup had as a group, while updates of the group are not done."""
        self.again: Callable[[object], Awaitable[None]] | None = None

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Work on an update when those before it in its chat are done, and mark it done."""
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
                    await self._queue.pause(self._again_after)
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
        """The chat, or the person where there is no chat, as with an inline query."""
        message = update.message
        if message is not None and message.migrate_from_chat_id is not None:
            self._was[message.chat_id] = message.migrate_from_chat_id
        if update.effective_chat:
            chat = update.effective_chat.id
            return self._was.get(chat, chat)
        return update.effective_user.id if update.effective_user else 0

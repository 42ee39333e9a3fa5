"""The durable queue of updates: each is stored before Telegram may forget it, until it is done.

Also joins the long texts that the sender's Telegram client splits into several messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import sqlalchemy as sa
from telegram import Bot, Message, Update
from telegram.constants import MessageLimit
from telegram.error import NetworkError
from telegram.ext import Application

from bot.rendering.text import units
from bot.telegram.store import Store, updates
from retrieval import QuotewiseError

log = logging.getLogger(__name__)

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


class BotEnds(Exception):
    """The bot ends before something is done; the next process goes on with it."""


class UpdateQueue:
    """The queue between Telegram and the handlers, which survives the process.

    Polling confirms an update, and a webhook acknowledges it, only after `put` has returned. An
    update that comes again is not queued again. The updates of a chat are processed in order, and
    different chats at the same time.
    """

    application: Application[Any, Any, Any, Any, Any, Any]
    """Its handlers process the updates. Set once it is built."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._put_off: set[int] = set()
        self._lanes: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """The lock of each chat that has updates."""
        self._closed = asyncio.Event()
        self.receiving = False
        """Whether updates can arrive; not while the bot works off an earlier run."""

    @property
    def closing(self) -> bool:
        """Whether the bot is about to end: the next process does what is not begun."""
        return self._closed.is_set()

    def close(self) -> None:
        """Begin nothing any more. An update that a planned stop interrupts loses no attempt."""
        self._closed.set()
        self._store.update(updates, updates.c.payload.is_not(None), attempts=0)

    def put(self, update: dict[str, Any]) -> None:
        """Store an update with an id as Telegram sent it; then begin it when its chat is free.

        Raises NetworkError, and nothing else, if it could not be stored and must be sent again.
        """
        try:
            payload = json.dumps(update)
        except RecursionError:
            payload = "null"  # which cannot be read either
        try:
            new = {"id": update["update_id"], "payload": payload, "received": time.time()}
            insert = self._store.insert(updates).values(new)
            is_new = self._store.change(insert.on_conflict_do_nothing())
            if is_new and not self.closing:
                self._begin(update["update_id"], payload)
        except QuotewiseError as error:
            raise NetworkError(f"an update could not be stored: {error}") from error

    def recover(self) -> int:
        """Begin what an earlier process left undone, in order; return how many updates."""
        forgotten = time.time() - REMEMBERED
        self._store.delete(updates, updates.c.payload.is_(None), updates.c.received < forgotten)
        query = sa.select(updates.c.id, updates.c.payload, updates.c.attempts).order_by(
            updates.c.id
        )
        left = list(self._store.rows(query.where(updates.c.payload.is_not(None))))
        for id, payload, attempts in left:
            if attempts < MOST_ATTEMPTS:
                self._begin(id, payload)
            else:
                log.error("update %d was begun %d times and is given up", id, attempts)
                self.done(id)
        return len(left)

    def _begin(self, id: int, payload: str) -> None:
        """Process an update after those before it in its chat; drop it if it cannot be read."""
        update = parsed(id, payload, self.application.bot)
        if update is None:
            self.done(id)
            return
        # An inline query has no chat.
        place = update.effective_chat or update.effective_user
        key = place.id if place else 0
        lane = self._lanes.setdefault(key, asyncio.Lock())
        if update.message and (old := update.message.migrate_from_chat_id):
            # What came from the group before it became a supergroup goes first.
            lane = self._lanes[key] = self._lanes.setdefault(old, lane)
        self.application.create_task(self._process(update, lane), update)

    async def _process(self, update: Update, lane: asyncio.Lock) -> None:
        """Process an update, again if it is put off, and mark it done; later ones wait for it."""
        id = update.update_id
        async with lane:
            while not self.closing and not self._is_done(id):
                self._put_off.discard(id)
                self._store.update(updates, updates.c.id == id, attempts=updates.c.attempts + 1)
                await self.application.process_update(update)
                if id in self._put_off:
                    await self.pause(AGAIN_AFTER)
                else:
                    self.done(id)

    def put_off(self, id: int) -> None:
        """Begin an update again later, which failed for a reason that passes."""
        self._put_off.add(id)
        self._store.update(updates, updates.c.id == id, attempts=0)

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the bot runs."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    def is_overtaken(self, update: Update) -> bool:
        """Return whether the person has typed on, so that nobody waits for this inline query."""
        person = update.effective_user
        return person is not None and bool(self._later(update, {"inline_query.from.id": person.id}))

    async def next_message(self, update: Update, within: float = PART_WAIT_S) -> Update | None:
        """Return the sender's next message in the same chat; None if none arrives in time.

        Raises BotEnds, with which the update is begun again by the next process.
        """
        message = update.message
        if message is None or message.from_user is None:
            return None
        wanted = {"message.chat.id": message.chat_id, "message.from.id": message.from_user.id}
        end = time.monotonic() + within
        while not self.closing:
            for id, payload in self._later(update, wanted):
                return parsed(id, payload, self.application.bot)
            if not self.receiving:
                end = time.monotonic() + within
            elif time.monotonic() >= end:
                return None
            await self.pause(PART_LOOK_S)
        raise BotEnds

    def _later(self, update: Update, wanted: dict[str, int]) -> list[tuple[int, str]]:
        """Return the id and the JSON of the next update whose fields have the wanted values."""
        is_later = updates.c.id > update.update_id, updates.c.payload.is_not(None)
        is_wanted = [
            sa.func.json_extract(updates.c.payload, f"$.{field}") == value
            for field, value in wanted.items()
        ]
        query = sa.select(updates.c.id, updates.c.payload).where(*is_later, *is_wanted)
        return list(self._store.rows(query.order_by(updates.c.id).limit(1)))

    def done(self, *ids: int) -> None:
        """Mark updates done in one transaction, and delete their content."""
        self._store.update(updates, updates.c.id.in_(ids), payload=None)

    def _is_done(self, id: int) -> bool:
        """Return whether an update is done, perhaps together with an earlier update."""
        return self._store.has(updates.c.id == id, updates.c.payload.is_(None))

    def waiting(self) -> int:
        waiting = sa.select(sa.func.count()).where(updates.c.payload.is_not(None))
        return int(self._store.scalar(waiting))


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
    """Return the updates with all parts of a message's text, in order."""
    parts = [update]
    while (last := parts[-1].message) and units(last.text or "") > SPLIT_FROM:
        next_update = await queue.next_message(parts[-1])
        if not (next_update and next_update.message and _continues(last, next_update.message)):
            break
        parts.append(next_update)
    return parts


def text_of(parts: list[Update]) -> str:
    """Join the text of these parts, or take the caption.

    Clients drop the white space where they split a text.
    """
    messages = [part.message for part in parts if part.message]
    text, *others = [message.text or message.caption or "" for message in messages]
    last = text
    for part in others:
        if units(last) == LONGEST or last[-1:].isspace() or part[:1].isspace():
            between = ""  # split within a word, or nothing was dropped
        else:
            # Clients prefer the end of a paragraph, then that of a sentence.
            between = " " if part[:1].islower() or last.endswith(",") else "\n"
        text, last = text + between + part, part
    return text


def _continues(before: Message, after: Message) -> bool:
    """Return whether a message has the next part of a text."""
    return (
        after.text is not None
        and not after.text.startswith("/")
        and before.message_thread_id == after.message_thread_id
        and after.date - before.date <= timedelta(seconds=PART_WAIT_S)
        and _written(after) - _written(before) <= timedelta(seconds=PART_WAIT_S)
        and _author(before) == _author(after)
        and units(f"{before.text}\n\n{after.text}") > LONGEST
    )


def _written(message: Message) -> datetime:
    """Return when a message, or the post that it forwards, was written."""
    return (message.forward_origin or message).date


def _author(message: Message) -> dict[str, Any]:
    """Return the author of the post that a message forwards, if it forwards one."""
    fields = message.forward_origin.to_dict() if message.forward_origin else {}
    return {name: fields[name] for name in fields if name not in ("date", "message_id")}

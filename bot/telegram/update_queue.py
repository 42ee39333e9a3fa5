"""The durable queue of updates: each is stored before Telegram may forget it, until it is done.

Also joins the long texts that the sender's Telegram client splits into several messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from telegram import Bot, Message, Update
from telegram.constants import MessageLimit
from telegram.error import NetworkError
from telegram.ext import Application

from bot.rendering.text import units
from bot.telegram.locks import Locks
from bot.telegram.store import Events, Store, updates
from retrieval import QuotewiseError

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
"""How often a thread begins to work for an update: one that ends the process each time must not end
it for ever. Others only wait for a thread at such a moment, and are innocent."""
AGAIN_AFTER = 15.0
"""Seconds after which an update is begun again that failed for a reason that passes."""
AT_ONCE = 16
"""Chats whose updates one of several processes has in work, so that the others get some."""
LOOK_S = 0.1
"""Seconds after which one of several processes looks for updates that another has stored."""
RECONNECT_S = 1.0
"""Seconds after which a database that could not be reached is tried again."""
REMEMBERED = 3 * 24 * 3600
"""Seconds for which a done update is known by its number; Telegram itself forgets after a day."""

LONGEST = MessageLimit.MAX_TEXT_LENGTH.value  # UTF-16 units of a message
SPLIT_FROM = LONGEST // 2
"""UTF-16 units of each part but the last, at least: Telegram Desktop splits at the last paragraph
break of a message's second half. Other clients split later."""
PART_WAIT_S = 2.0
"""Seconds within which the next part must be sent and arrive: clients send them all at once."""
PART_LOOK_S = 0.1


_UPDATE: ContextVar[int] = ContextVar("update", default=-1)
"""The id of the update for which a handler, or a thread that it has begun, works."""


@dataclass(slots=True)
class _Work:
    """What is to be known of an update that is in work."""

    is_counted: bool = False
    is_put_off: bool = False
    """Whether it is to be begun again."""


class BotEnds(Exception):
    """The bot ends before something is done; the next process goes on with it."""


class UpdateQueue:
    """The queue between Telegram and the handlers, which survives the process.

    Polling confirms an update, and a webhook acknowledges it, only after `put` has returned. An
    update that comes again is not queued again. The updates of a chat are processed in order, and
    different chats at the same time. Processes that share a database work off one queue: each takes
    the locks of some chats that have updates.
    """

    application: Application[Any, Any, Any, Any, Any, Any]
    """Its handlers process the updates. Set once it is built."""

    def __init__(self, store: Store, locks: Locks) -> None:
        self._store, self._locks = store, locks
        self._events = Events(store)
        self._in_work: dict[int, _Work] = {}
        """By the ids of their updates."""
        self._waits = 0
        """How many of the chats wait until an update is begun again."""
        self._lanes: set[int] = set()
        """The numbers of the chats whose updates are in work here."""
        self._has_news = asyncio.Event()
        """Set when there may be updates that are not in work."""
        self._closed = asyncio.Event()
        self._is_troubled = False
        self.receiving = False
        """Whether updates can arrive; not while the bot works off an earlier run."""

    @property
    def closing(self) -> bool:
        """Whether the bot is about to end: the next process does what is not begun."""
        return self._closed.is_set()

    def close(self) -> None:
        """Begin nothing any more. An update that a planned stop interrupts loses no attempt."""
        self._closed.set()
        self._has_news.set()
        undone = updates.c.lane.in_(self._lanes), updates.c.payload.is_not(None)
        with contextlib.suppress(QuotewiseError):
            self._store.update(updates, *undone, attempts=0)

    def put(self, update: dict[str, Any]) -> None:
        """Store an update with an id as Telegram sent it; it is begun when its chat is free.

        Raises NetworkError, and nothing else, if it could not be stored and must be sent again.
        """
        try:
            payload = json.dumps(update)
        except RecursionError:
            payload = "null"  # which cannot be read either
        id = update["update_id"]
        try:
            if self._store.has(updates.c.id == id):
                return
            read = parsed(id, payload, self.application.bot)
            lane = read and self._lane(read)
            row = {"id": id, "payload": payload if read else None, "lane": lane, "attempts": 0}
            self._store.put_new(updates, **row, received=time.time())
        except QuotewiseError as error:
            raise NetworkError(f"an update could not be stored: {error}") from error
        self._has_news.set()

    def recover(self) -> int:
        """Return how many updates earlier processes left undone; forget what is long done."""
        long_done = updates.c.payload.is_(None), updates.c.received < time.time() - REMEMBERED
        self._store.delete(updates, *long_done)
        # Before the queue had lanes.
        for id, payload, _ in list(self._store.rows(_undone(updates.c.lane.is_(None)))):
            update = parsed(id, payload, self.application.bot)
            lane = None if update is None else self._lane(update)
            values = {"lane": lane} if update else {"payload": None}
            self._store.update(updates, updates.c.id == id, **values)
        return self.waiting()

    async def work(self) -> None:
        """Process updates until the queue is closed."""
        while not self.closing:
            self._has_news.clear()
            try:
                for lane in self._free_lanes():
                    self._lanes.add(lane)
                    self.application.create_task(self._work_off(lane))
                self._is_troubled = False
            except QuotewiseError as error:
                if not self._is_troubled:
                    log.warning("updates wait: %s", error)
                self._is_troubled = True
                self._has_news.set()
                await self.pause(RECONNECT_S)
            with contextlib.suppress(TimeoutError):
                again = LOOK_S if self._store.is_shared else None
                await asyncio.wait_for(self._has_news.wait(), again)

    def _free_lanes(self) -> list[int]:
        """Take the locks of chats that have updates, those that wait longest first."""
        lane = updates.c.lane
        query = sa.select(lane).where(updates.c.payload.is_not(None), lane.is_not(None))
        oldest_first = query.group_by(lane).order_by(sa.func.min(updates.c.id))
        waiting = [lane for (lane,) in self._store.rows(oldest_first) if lane not in self._lanes]
        at_once = AT_ONCE + self._waits - len(self._lanes)
        room = at_once if self._store.is_shared else len(waiting)
        taken: list[int] = []
        while waiting and room > len(taken):
            some = waiting[: room - len(taken)]
            waiting = waiting[len(some) :]
            free = self._locks.take([_lock(lane) for lane in some])
            taken += [lane for lane in some if _lock(lane) in free]
        return taken

    async def _work_off(self, lane: int) -> None:
        """Process the updates of a chat, one after the other."""
        try:
            of_lane = updates.c.lane == lane
            while not self.closing and self._locks.holds(_lock(lane)):
                row = self._store.first_row(_undone(of_lane).limit(1))
                if row is None:
                    self._events.forget("lane", lane)
                    break
                await self._process(*row)
        except QuotewiseError as error:
            log.warning("updates are begun again: %s", error)
            await self.pause(RECONNECT_S)
        finally:
            self._lanes.remove(lane)
            self._has_news.set()
            with contextlib.suppress(QuotewiseError):
                self._locks.release(_lock(lane))

    async def _process(self, id: int, payload: str, attempts: int) -> None:
        """Process an update and mark it done, unless it is put off: then it is begun again."""
        update, this = parsed(id, payload, self.application.bot), updates.c.id == id
        if update is None or attempts >= MOST_ATTEMPTS:
            if update is not None:
                given_up = RuntimeError(f"update {id} was begun {attempts} times and is given up")
                await self.application.process_error(update, given_up)
            self.done(id)
            return
        _UPDATE.set(id)
        work = self._in_work[id] = _Work()
        await self.application.process_update(update)
        del self._in_work[id]
        if work.is_put_off:
            self._store.update(updates, this, attempts=0)
            self._waits += 1
            await self.pause(AGAIN_AFTER)
            self._waits -= 1
        else:
            self.done(id)

    def count_attempt(self) -> None:
        """Count, in a thread that begins to work for an update, that it may end the process."""
        id = _UPDATE.get()
        work = self._in_work.get(id)
        if work is not None and not work.is_counted:
            work.is_counted = True
            attempts = updates.c.attempts + 1
            self._store.update(updates, updates.c.id == id, attempts=attempts)

    def put_off(self, id: int) -> None:
        """Begin an update again later, which failed for a reason that passes."""
        if id in self._in_work:
            self._in_work[id].is_put_off = True

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the bot runs."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    def is_overtaken(self, update: Update) -> bool:
        """Return whether the person has typed on, so that nobody waits for this inline query."""
        person = update.effective_user
        return person is not None and any(
            later.inline_query and later.effective_user == person for later in self._later(update)
        )

    async def next_message(self, update: Update, within: float = PART_WAIT_S) -> Update | None:
        """Return the sender's next message in the same chat; None if none arrives in time.

        Raises BotEnds, with which the update is begun again by the next process.
        """
        message = update.message
        if message is None or message.from_user is None:
            return None
        end = time.monotonic() + within
        while not self.closing:
            for later in self._later(update):
                if later.message and later.message.from_user == message.from_user:
                    return later
            if not self.receiving:
                end = time.monotonic() + within
            elif time.monotonic() >= end:
                return None
            await self.pause(PART_LOOK_S)
        raise BotEnds

    def _later(self, update: Update) -> Iterator[Update]:
        """Return the updates of the same chat after this one that are not done."""
        this = updates.alias()
        lane = sa.select(this.c.lane).where(this.c.id == update.update_id).scalar_subquery()
        after = updates.c.lane == lane, updates.c.id > update.update_id
        for id, payload, _ in self._store.rows(_undone(*after)):
            later = parsed(id, payload, self.application.bot)
            if later is not None and later.effective_chat == update.effective_chat:
                yield later

    def done(self, *ids: int) -> None:
        """Mark updates done in one transaction, and delete their content."""
        self._store.update(updates, updates.c.id.in_(ids), payload=None)

    def waiting(self) -> int:
        """Return how many updates are not done."""
        query = sa.select(sa.func.count(updates.c.id)).where(updates.c.payload.is_not(None))
        return int(self._store.scalar(query))

    def _lane(self, update: Update) -> int:
        """Return the number of the chat whose updates come one after the other with this one."""
        place = update.effective_chat or update.effective_user  # an inline query has no chat
        chat = place.id if place else 0
        if update.message and (old := update.message.migrate_from_chat_id):
            # What came from the group before it became a supergroup goes first.
            lane = self._events.value("lane", old) or old
            if self._store.has(updates.c.lane == lane, updates.c.payload.is_not(None)):
                self._events.record("lane", chat, lane)
        return (chat < 0 and self._events.value("lane", chat)) or chat


def _lock(lane: int) -> str:
    """Return the name of the lock of the process that has a chat's updates in work."""
    return f"updates of chat {lane}"


def _undone(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Select the ids, the JSON and the attempts of updates that are not done, in order."""
    columns = updates.c.id, updates.c.payload, updates.c.attempts
    undone = (*which, updates.c.payload.is_not(None))
    return sa.select(*columns).where(*undone).order_by(updates.c.id)


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

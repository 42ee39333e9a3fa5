"""What every handler needs: the library, who may read it, and the threads that do the work."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from telegram import CallbackQuery, Chat, Message, User
from telegram.error import BadRequest
from telegram.ext import CallbackContext, ExtBot

from bot.telegram.access import Access, own_library
from bot.telegram.answers import Answers
from bot.telegram.removals import Adders, Removals
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import migrate
from bot.telegram.subscriptions import Subscriptions
from bot.telegram.threads import Threads
from bot.telegram.throttle import Throttles
from bot.telegram.update_queue import UpdateQueue
from retrieval import Answer, Filters, Library, Outcome, QuotewiseError, Status, Turn

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Context = CallbackContext[ExtBot[None], dict[str, object], dict[str, object], dict[str, object]]

STORED_QUOTES = 9  # of an answer; those that are not shown at once stand behind More
ALBUMS = 1000  # of which the first message is known
MOVES = 1000  # of groups that are remembered
FOLLOWS_WITHIN = 5 * 60  # seconds after an answer in which a question may build on it


@dataclass(slots=True)
class Services:
    """What handlers share: work on the library is done in threads, never in the event loop.

    Questions have a thread of their own, so that none waits for an archive that is being added.
    """

    library: Library
    access: Access
    answers: Answers
    subscriptions: Subscriptions
    queue: UpdateQueue
    settings: TelegramSettings
    throttles: Throttles
    threads: Threads
    risk: float | None = None
    """The share of questions without an answer that may get one; None for the default."""
    forgotten: Counter[int] = field(default_factory=Counter)
    """How often each chat was forgotten: what is just being added for it is not kept."""
    moved: dict[int, int] = field(default_factory=dict)
    """The supergroups that groups became since the bot began: the latest ones."""
    adding: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One addition or move at a time."""
    albums: dict[str, int] = field(default_factory=dict)
    """The first message of each of the last albums."""
    adders: Adders = field(init=False)
    removals: Removals = field(init=False)

    def __post_init__(self) -> None:
        self.adders = Adders(self.access.store)
        self.removals = Removals(self.access.store)

    async def answer(
        self,
        question: str,
        chat: int,
        earlier: Sequence[Turn] = (),
        filters: Filters | None = None,
    ) -> Answer:
        """Ask the libraries that a chat reads. Raises QuotewiseError if it cannot be asked."""
        scope = self.access.scope(chat)
        return await self.run(
            lambda: self.library.answer(
                question,
                scope=scope,
                limit=STORED_QUOTES,
                filters=filters,
                earlier=earlier,
                risk=self.risk,
            )
        )

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do something short in the thread that answers questions."""
        return await self.threads.ask(work)

    async def add(
        self,
        source: str,
        chat: int,
        report: Callable[[int], None],
        origin: str | None = None,
        adder: int | None = None,
    ) -> list[Outcome] | None:
        """Add a source to a chat's own library; `report` is called with how many are done.

        `origin` is what a file is known by when it comes again, and `adder` the person who adds
        it, if that is known. Gives None if the bot ends before all are: the next process adds
        those that are left. If the chat is forgotten meanwhile, nothing is kept and nothing told.
        """
        loop = asyncio.get_running_loop()
        forgotten = self.forgotten[chat]
        async with self.adding:
            chat = self.moved.get(chat, chat)
            library = own_library(chat)

            def settle(outcome: Outcome, done: int) -> None:
                # Who changes an article that another person added does not become its adder.
                new = outcome.status is Status.ADDED and self.forgotten[chat] == forgotten
                if new and outcome.article is not None:
                    self.adders.set(chat, outcome.article.id, adder)
                report(done)

            def work() -> list[Outcome] | None:
                outcomes: list[Outcome] = []
                if self.forgotten[chat] != forgotten:
                    return []
                for outcome in self.library.add(source, library=library, origin=origin):
                    if self.queue.closing:
                        return None
                    if self.forgotten[chat] != forgotten:
                        self.library.remove_all(library=library)
                        return []
                    outcomes.append(outcome)
                    loop.call_soon_threadsafe(settle, outcome, len(outcomes))
                return outcomes

            return None if self.queue.closing else await self.threads.do(work)

    async def move(self, old: int, new: int) -> None:
        """Give the articles of a group to the supergroup it became, after what is being added."""
        async with self.adding:
            try:
                rename = partial(self.library.rename, own_library(old), own_library(new))
                await self.threads.do(rename)
            except QuotewiseError as error:  # someone was quick to add an article to the new one
                log.warning(
                    "the articles of a group that became a supergroup stay behind: %s", error
                )
            else:
                migrate(self.access.store, old, new, "adders", "removals")
            migrate(self.access.store, old, new, "offers")
            if old in self.forgotten:
                self.forgotten[new] = self.forgotten.pop(old)
            self.moved[old] = new
            if len(self.moved) > MOVES:
                del self.moved[next(iter(self.moved))]

    def too_fast(self, message: Message, person: User) -> float:
        """How many seconds a person should wait before asking again; 0 if not at all.

        What counts is when a message was written, not when the bot came to read it.
        """
        # An edited question is another one.
        what = (message.chat_id, message.message_id, message.edit_date)
        when = (message.edit_date or message.date).timestamp()
        return self.throttles.person.wait(person.id, when, what) or self.throttles.chat.wait(
            message.chat_id, when, what
        )

    def begins_album(self, message: Message) -> bool:
        """Record that a message of an album came, and return whether it is the first."""
        album = message.media_group_id
        if album is None:
            return True
        first = self.albums.setdefault(album, message.message_id)
        if len(self.albums) > ALBUMS:
            del self.albums[next(iter(self.albums))]
        return first == message.message_id


def services_of(context: Context) -> Services:
    """The services of the application a handler runs in."""
    services = context.bot_data["services"]
    assert isinstance(services, Services)
    return services


def is_private(message: Message) -> bool:
    """Whether a message stands in a chat with one person."""
    return message.chat.type == Chat.PRIVATE


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a pressed button; what it asks for is done though it waits for no answer any more."""
    try:
        await query.answer(text)
    except BadRequest as error:  # pressed while the bot was down, for instance
        log.info("a button could not be answered: %s", error)


def number_in(text: str) -> int | None:
    """The whole number that a text is; None if it is none that a chat or a quote could have."""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None

"""The services that every handler needs, and how it replies."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from telegram import (
    CallbackQuery,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    User,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import Application, CallbackContext, Defaults, ExtBot

from bot.rendering import telegram as rendering
from bot.settings import QUOTES_SHOWN
from bot.telegram.answers import Answers
from bot.telegram.rate_limiter import throttles
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import Access, ArticleNotes, Store, Subscriptions, migrate, own_library
from bot.telegram.update_queue import UpdateQueue
from retrieval import Answer, Filters, Library, Outcome, QuotewiseError, Status, Turn

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Context = CallbackContext[ExtBot[None], dict[str, object], dict[str, object], dict[str, object]]
Bot = Application[Any, Any, Any, Any, Any, Any]

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
DEFAULTS = Defaults(
    allow_sending_without_reply=True, link_preview_options=NO_PREVIEW, do_quote=True
)
"""How every message is sent; a default parse mode would go along with edited buttons, too."""
STORED_QUOTES = 3 * QUOTES_SHOWN  # of an answer: those that the More button shows, too


class Threads:
    """One thread for questions, so that no question waits for an archive, and four for the rest."""

    def __init__(self) -> None:
        self._asking, self._working = ThreadPoolExecutor(1), ThreadPoolExecutor(4)
        self._undone: set[Future[Any]] = set()

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Do something short in the thread that answers questions."""
        return await self._done(self._asking, work)

    async def do(self, work: Callable[[], Result]) -> Result:
        """Do what may take minutes, or waits for servers or for another process."""
        return await self._done(self._working, work)

    async def _done(self, threads: Executor, work: Callable[[], Result]) -> Result:
        future = threads.submit(work)
        self._undone.add(future)
        future.add_done_callback(self._undone.discard)
        return await asyncio.wrap_future(future)

    def end(self, within: float) -> bool:
        """Begin no more work; return whether all work in progress ended `within` seconds."""
        for threads in (self._asking, self._working):
            threads.shutdown(wait=False, cancel_futures=True)
        return not wait(list(self._undone), within).not_done


class Services:
    """What handlers share. The library is used in threads, never in the event loop."""

    def __init__(
        self, library: Library, store: Store, settings: TelegramSettings, risk: float | None
    ) -> None:
        self.library = library
        self.settings = settings
        self.risk = risk  # the share of questions without an answer that may get one
        self.threads = Threads()
        self.access = Access(store, settings.admins)
        self.answers = Answers(store, library, self.access.scope, self.threads.ask)
        self.subscriptions = Subscriptions(store)
        self.notes = ArticleNotes(store)
        self.queue = UpdateQueue(store)
        self.throttles = throttles(settings.person_rate, settings.chat_rate)
        self.adding = asyncio.Lock()
        """One addition or move at a time."""
        self.forgotten: Counter[int] = Counter()
        """How often each chat was forgotten: an addition that began before is dropped."""
        self.moved: dict[int, int] = {}
        """The supergroups that groups became since the bot began."""
        self.albums: dict[int, tuple[str, int]] = {}
        """The last album of each chat, and its first message."""

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
        """Add a source to a chat's own library; `report` gets the number of articles done.

        `origin` identifies a file that comes again; `adder` is the person who adds it. Returns
        None if the bot ends first: the next process adds the rest. Returns an empty list, and
        keeps nothing, if the chat is forgotten meanwhile.
        """
        loop = asyncio.get_running_loop()
        forgotten = self.forgotten[chat]
        async with self.adding:
            chat = self.moved.get(chat, chat)
            library = own_library(chat)

            def record(outcome: Outcome, done: int) -> None:
                # Who changes an article that another person added does not become its adder.
                new = outcome.status is Status.ADDED and self.forgotten[chat] == forgotten
                if new and outcome.article is not None:
                    self.notes.set_adder(chat, outcome.article.id, adder)
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
                    loop.call_soon_threadsafe(record, outcome, len(outcomes))
                return outcomes

            return None if self.queue.closing else await self.threads.do(work)

    async def move(self, old: int, new: int) -> None:
        """Give a group's articles to the supergroup it became, after the current addition."""
        store, library = self.access.store, self.library
        async with self.adding:
            try:
                await self.threads.do(lambda: library.rename(own_library(old), own_library(new)))
            except QuotewiseError as error:  # someone was quick to add an article to the new one
                log.warning(
                    "the articles of a group that became a supergroup stay behind: %s", error
                )
            else:
                migrate(store, old, new, "adders", "removals")
            migrate(store, old, new, "offers")
            if old in self.forgotten:
                self.forgotten[new] = self.forgotten.pop(old)
            self.moved[old] = new

    def too_fast(self, message: Message, person: User) -> float:
        """Return how many seconds a person should wait before asking again.

        The time when the message was written counts, not when the bot reads it.
        """
        # An edited question is another question.
        what = (message.chat_id, message.message_id, message.edit_date)
        when = (message.edit_date or message.date).timestamp()
        wait = self.throttles["person"].wait(person.id, when, what)
        return wait or self.throttles["chat"].wait(message.chat_id, when, what)

    def begins_album(self, message: Message) -> bool:
        """Return whether a message is the first of its album, or belongs to none."""
        album, (last, first) = message.media_group_id, self.albums.get(message.chat_id, ("", 0))
        if album is None:
            return True
        if album != last:
            first = message.message_id
            self.albums[message.chat_id] = album, first
        return first == message.message_id


def services_of(context: Context) -> Services:
    """Return the services of the application a handler runs in."""
    services = context.bot_data["services"]
    assert isinstance(services, Services)
    return services


async def say(
    message: Message,
    *parts: str,
    html: bool = False,
    buttons: InlineKeyboardMarkup | None = None,
) -> Message:
    """Reply to a message, in its topic; the last part has the buttons. Return the last message."""
    for number, part in enumerate(parts, start=1):
        sent = await message.reply_html(
            part if html else rendering.escaped(part),
            reply_markup=buttons if number == len(parts) else None,
        )
    return sent


async def edit(message: Message, html: str | None, buttons: InlineKeyboardMarkup | None) -> None:
    """Replace the text and the buttons of a message of the bot; without a text, the buttons."""
    try:
        if html is None:
            await message.edit_reply_markup(buttons)
        else:
            await message.edit_text(html, ParseMode.HTML, reply_markup=buttons)
    except BadRequest as error:  # the same button pressed twice, or the message is deleted
        log.info("a message could not be edited: %s", error)


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a pressed button, with a notice of at most 200 characters."""
    try:
        await query.answer(text and text[:200])
    except BadRequest as error:  # pressed while the bot was down, for instance
        log.info("a button could not be answered: %s", error)


def button(text: str, data: str) -> InlineKeyboardButton:
    """Make a button whose press sends `data`, at most 64 bytes."""
    return InlineKeyboardButton(text, callback_data=data)


def numbered_buttons(action: str, keys: Iterable[object]) -> InlineKeyboardMarkup:
    """Make a button for each line of a numbered list, five in a row."""
    buttons = [button(f"✕ {n}", f"{action}:{key}") for n, key in enumerate(keys, start=1)]
    return InlineKeyboardMarkup([buttons[first : first + 5] for first in range(0, len(buttons), 5)])


def topic_of(message: Message) -> int | None:
    """Return the forum topic of a message."""
    return message.message_thread_id if message.is_topic_message else None


def is_private(message: Message) -> bool:
    """Return whether a message was sent in a chat with one person."""
    return message.chat.type == Chat.PRIVATE


def asker_of(message: Message) -> int:
    """Return who may press the buttons under the reply to a message: its sender.

    0, for everybody in the chat, where an administrator of the group writes anonymously.
    """
    return message.from_user.id if message.from_user and not message.sender_chat else 0


def number_in(text: str) -> int | None:
    """Read a whole number of at most 18 digits; None for anything else."""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None

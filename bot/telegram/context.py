"""What every handler needs: the services, who may do what and how often, and how to reply."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from telegram import Bot as TelegramBot
from telegram import (
    CallbackQuery,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
    User,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationHandlerStop, CallbackContext, Defaults, ExtBot

from bot.rendering import telegram as rendering
from bot.rendering.language import N_, _, reason, use_language
from bot.settings import QUOTES_SHOWN
from bot.telegram.answers import Answers
from bot.telegram.locks import LOOK_S, Locks
from bot.telegram.rate_limiter import throttles
from bot.telegram.serving import Metrics
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import (
    EVERYTHING,
    Access,
    Additions,
    ArticleNotes,
    ChatSettings,
    Events,
    Listings,
    Store,
    Subscriptions,
    drop_rows,
    migrate,
    own_library,
)
from bot.telegram.update_queue import BotEnds, UpdateQueue
from retrieval import Answer, Filters, Library, Outcome, QuotewiseError, Status, Turn, Unavailable

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
Context = CallbackContext[ExtBot[None], dict[str, object], dict[str, object], dict[str, object]]
Work = Coroutine[Any, Any, None]
Handler = Callable[[Update, Context], Work]
Bot = Application[Any, Any, Any, Any, Any, Any]

DEFAULTS = Defaults(
    allow_sending_without_reply=True,
    link_preview_options=LinkPreviewOptions(is_disabled=True),
    do_quote=True,
)
"""How every message is sent; a default parse mode would go along with edited buttons, too."""

STRANGER = N_(
    "I only talk to people I was introduced to. Ask whoever runs me for a code, then send "
    "/pair CODE here. Your number, should they ask for it, is {number}."
)
TOO_FAST = N_("That was fast. Please try again in {seconds} seconds.")

TRY_AGAIN = N_("I could not ask Telegram who may do that in this group: please try again.")
ANONYMOUS = N_("If you are an anonymous administrator, make me an administrator, too.")
"""Who presses a button has their own name; only to administrators Telegram shows what they are."""

STORED_QUOTES = 3 * QUOTES_SHOWN  # of an answer: those that the More button shows, too


class Refusal(Exception):
    """Why something is not done, in words for the person who wanted it."""


class Threads:
    """One thread for questions, so that no question waits for an archive, and four for the rest."""

    def __init__(self, begins: Callable[[], None]) -> None:
        """`begins` is called in each thread before it does something."""
        self._begins = begins
        self._asking, self._working = ThreadPoolExecutor(1), ThreadPoolExecutor(4)
        self._undone: set[Future[Any]] = set()

    async def ask(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **more: Arguments.kwargs
    ) -> Result:
        """Do something short in the thread that answers questions."""
        return await self._done(self._asking, partial(work, *args, **more))

    async def do(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **more: Arguments.kwargs
    ) -> Result:
        """Do what may take minutes, or waits for servers or for another process."""
        return await self._done(self._working, partial(work, *args, **more))

    async def _done(self, threads: Executor, work: Callable[[], Result]) -> Result:
        def begin() -> Result:
            self._begins()
            return work()

        future = threads.submit(copy_context().run, begin)  # which has the language
        self._undone.add(future)
        future.add_done_callback(self._undone.discard)
        return await asyncio.wrap_future(future)

    def end(self, within: float) -> bool:
        """Begin no more work; return whether all work in progress ended `within` seconds."""
        for threads in (self._asking, self._working):
            threads.shutdown(wait=False, cancel_futures=True)
        return not wait(list(self._undone), within).not_done


class Services:
    """What handlers share.

    The library is used in threads, never in the event loop, and changes of the store are made in
    the event loop only.
    """

    def __init__(
        self, library: Library, store: Store, settings: TelegramSettings, risk: float | None
    ) -> None:
        self.library, self.store = library, store
        self.settings = settings
        self.risk = risk  # the share of questions without an answer that may get one
        self.locks = Locks(store)
        self.queue = UpdateQueue(store, self.locks)
        self.threads = Threads(self.queue.count_attempt)
        self.run = self.threads.ask
        """Do something short in the thread that answers questions."""
        self.access = Access(store, settings.admins)
        self.answers = Answers(store, library, self.access.scope, self.threads.ask)
        self.subscriptions = Subscriptions(store)
        self.notes = ArticleNotes(store)
        self.listings = Listings(store)
        self.chat_settings = ChatSettings(store)
        self.additions = Additions(store)
        self.in_work: set[str] = set()
        """The ids of the additions that this process is adding."""
        self.events = Events(store)
        self.metrics = Metrics()
        self.throttles = throttles(store, settings.person_rate, settings.chat_rate)
        self.adding = asyncio.Lock()
        """One addition or move at a time in this process."""

    async def answer(
        self,
        question: str,
        chat: int,
        earlier: Sequence[Turn] = (),
        filters: Filters | None = None,
    ) -> Answer:
        """Ask the libraries that a chat reads. Raises QuotewiseError if it cannot be asked."""
        return await self.run(
            self.library.answer,
            question,
            scope=self.access.scope(chat),
            limit=STORED_QUOTES,
            filters=filters,
            earlier=earlier,
            risk=self.risk,
        )

    async def add(
        self,
        source: str,
        chat: int,
        report: Callable[[int], None],
        origin: str | None = None,
        adder: int | None = None,
    ) -> list[Outcome]:
        """Add a source to a chat's own library; `report` gets the number of articles done.

        `origin` identifies a file that comes again; `adder` is the person who adds it. Returns an
        empty list, and keeps nothing, if the chat is forgotten meanwhile. Raises BotEnds if the
        bot ends first: the next process adds the rest.
        """
        loop = asyncio.get_running_loop()
        forgotten = self.events.value("forgotten", chat)
        async with self._alone(chat):
            chat = self.events.value("moved", chat) or chat
            library = own_library(chat)

            def is_forgotten() -> bool:
                return self.events.value("forgotten", chat) not in (None, forgotten)

            def record(outcome: Outcome, done: int) -> None:
                # Who changes an article that another person added does not become its adder.
                if outcome.status is Status.ADDED and outcome.article is not None:
                    # In which nobody forgets the chat.
                    with suppress(Unavailable), self.store.transaction():
                        if not is_forgotten():
                            self.notes.set_adder(chat, outcome.article.id, adder)
                report(done)

            def work() -> list[Outcome]:
                outcomes: list[Outcome] = []
                if is_forgotten():
                    return []
                for outcome in self.library.add(source, library=library, origin=origin):
                    if self.queue.closing:
                        raise BotEnds
                    if is_forgotten():
                        self.library.remove_all(library=library)
                        return []
                    outcomes.append(outcome)
                    loop.call_soon_threadsafe(record, outcome, len(outcomes))
                return outcomes

            if self.queue.closing:
                raise BotEnds
            return await self.threads.do(work)

    async def move(self, old: int, new: int) -> None:
        """Give a group's articles to the supergroup it became, after the current addition."""
        store, library = self.store, self.library
        async with self._alone(old):
            try:
                await self.threads.do(library.rename, own_library(old), own_library(new))
            except Unavailable:
                raise
            except QuotewiseError as error:  # someone was quick to add an article to the new one
                log.warning(
                    "the articles of a group that became a supergroup stay behind: %s", error
                )
            else:
                migrate(store, old, new, "adders", "removals")
            migrate(store, old, new, "listings")
            self.additions.migrate(old, new)
            if (forgotten := self.events.value("forgotten", old)) is not None:
                self.events.record("forgotten", new, forgotten)
            if self.additions.are_for(new):
                self.events.record("moved", old, new)

    @asynccontextmanager
    async def _alone(self, chat: int) -> AsyncIterator[None]:
        """One addition or move of a chat at a time, in whatever process."""
        lock = f"articles of chat {chat}"
        while not self.queue.closing:
            async with self.adding:
                if self.locks.take([lock]):
                    try:
                        yield
                    finally:
                        self.locks.release(lock)
                    return
            await self.queue.pause(LOOK_S)  # another process adds to it
        raise BotEnds

    async def forget(self, chat: int) -> None:
        """Remove everything of a chat, also what is being added to it."""
        self.events.record("forgotten", chat, secrets.randbits(60))
        await self.threads.do(self.library.remove_all, library=own_library(chat))
        drop_rows(self.store, chat, *EVERYTHING)

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
        album, this = message.media_group_id, message.message_id
        return album is None or self.events.first("album", message.chat_id, this, album) == this


def services_of(context: Context) -> Services:
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
            part if html else rendering.plain_message(part),
            reply_markup=buttons if number == len(parts) else None,
        )
    return sent


async def edit(message: Message, html: str | None, buttons: InlineKeyboardMarkup | None) -> None:
    """Replace the text and the buttons of a message of the bot; without a text, the buttons."""
    await edit_in(message.get_bot(), message.chat_id, message.message_id, html, buttons)


async def edit_in(
    bot: TelegramBot,
    chat: int,
    message: int,
    html: str | None,
    buttons: InlineKeyboardMarkup | None = None,
) -> bool:
    """As `edit` for a message in a chat; return whether it shows that now."""
    try:
        if html is None:
            await bot.edit_message_reply_markup(chat, message, reply_markup=buttons)
        else:
            await bot.edit_message_text(
                html, chat, message, parse_mode=ParseMode.HTML, reply_markup=buttons
            )
    except BadRequest as error:  # the same button pressed twice, or the message is deleted
        log.info("a message could not be edited: %s", error)
        return "message is not modified" in str(error).lower()
    return True


async def acknowledge(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a pressed button, with a notice of at most 200 characters."""
    try:
        await query.answer(text and text[:200])
    except BadRequest as error:  # pressed while the bot was down, for instance
        log.info("a button could not be answered: %s", error)


def button(text: str, data: str) -> InlineKeyboardButton:
    """Make a button whose press sends `data`, at most 64 bytes."""
    return InlineKeyboardButton(text, callback_data=data)


def key_of(name: str) -> str:
    """Return digits that identify an id, a name or a link in the data of a button."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def rows_of(buttons: list[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    return [buttons[first : first + width] for first in range(0, len(buttons), width)]


def numbered_buttons(action: str, keys: Iterable[object]) -> InlineKeyboardMarkup:
    buttons = [button(f"✕ {n}", f"{action}:{key}") for n, key in enumerate(keys, start=1)]
    return InlineKeyboardMarkup(rows_of(buttons, 5))


def topic_of(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


def is_private(message: Message) -> bool:
    return message.chat.type == Chat.PRIVATE


def asker_of(message: Message) -> int:
    """Return who may press the buttons under the reply to a message: its sender.

    0, for everybody in the chat, where an administrator of the group writes anonymously.
    """
    return message.from_user.id if message.from_user and not message.sender_chat else 0


def number_in(text: str) -> int | None:
    """Read a whole number of at most 18 digits; None for anything else."""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, the message it belongs to, and its data: action:rest."""

    query: CallbackQuery
    message: Message
    action: str
    rest: str

    def is_by(self, person: int) -> bool:
        """Return whether this person pressed it; 0 means everybody in the chat."""
        return person in (self.query.from_user.id, 0)


class Html(NamedTuple):
    """A message in HTML, and the buttons below it."""

    html: str
    buttons: InlineKeyboardMarkup | None = None


Reply = str | Html


def command(
    handle: Callable[..., Coroutine[Any, Any, Reply]], *, for_administrators: bool = False
) -> Handler:
    """Call a command's handler with the services and the message, and reply what it returns.

    Strangers get to know how to get in. What is denied or fails is said, too.
    """

    @wraps(handle)
    async def run(update: Update, context: Context) -> None:
        message, person, services = update.message, update.effective_user, services_of(context)
        if message is None or person is None:
            return
        if not services.access.may_ask(message.chat_id, person.id):
            await turn_away(services, message, person)
            return
        try:
            if for_administrators and not services.access.is_administrator(person.id):
                raise Refusal(_("Only an administrator of the bot can do that."))
            reply = await handle(update, context, services, message)
        except Unavailable:
            raise
        except (Refusal, QuotewiseError) as error:
            reply = _excuse(error)
        if isinstance(reply, Html):
            await say(message, reply.html, html=True, buttons=reply.buttons)
        else:
            await say(message, reply)

    return run


administrators_command = partial(command, for_administrators=True)


def pressed(otherwise: str, denial: str | None = None) -> Callable[[Callable[..., Work]], Handler]:
    """Call a button's handler with the services and what was pressed.

    People who may not ask get a notice, `otherwise`, marked with `N_`: they may have been put out
    since, and a forged button names any message. What is denied or fails gets a notice, too. With
    a `denial`, see `check_right`.
    """

    def decorate(handle: Callable[..., Work]) -> Handler:
        @wraps(handle)
        async def run(update: Update, context: Context) -> None:
            query, services = cast(CallbackQuery, update.callback_query), services_of(context)
            message = query.message
            if not isinstance(message, Message) or not services.access.may_ask(
                message.chat_id, query.from_user.id
            ):
                await acknowledge(query, _(otherwise))
                return
            action, _colon, rest = (query.data or "").partition(":")
            try:
                if denial is not None:
                    await check_right(update, context, denial)
                await handle(update, context, services, Press(query, message, action, rest))
            except Unavailable:
                raise
            except (Refusal, QuotewiseError) as error:
                await acknowledge(query, _excuse(error))

        return run

    return decorate


def _excuse(error: Refusal | QuotewiseError) -> str:
    if isinstance(error, Refusal):
        return str(error)
    log.warning("a command or a button failed: %s", error)
    return reason(str(error))


async def turn_away(services: Services, message: Message, person: User) -> None:
    """Tell a stranger how to get in, as often as people may ask."""
    if not services.too_fast(message, person):
        await say(message, _(STRANGER, number=person.id))


async def check_right(
    update: Update, context: Context, denial: str, adder: int | None = None
) -> None:
    """Raise Refusal, with a `denial` marked with `N_`, if a sender may not change what a chat has.

    In a group its administrators, those of the bot, and the `adder` of an article may.
    """
    chat, query = update.effective_chat, update.callback_query
    try:
        if await _has_right(update, context, adder):
            return
    except InvalidToken:
        raise
    except TelegramError as error:
        log.warning("the administrators of a group are not known: %s", error)
        raise Refusal(_(TRY_AGAIN)) from error
    in_supergroup = query is not None and chat is not None and chat.type == Chat.SUPERGROUP
    raise Refusal(f"{_(denial)} {_(ANONYMOUS)}" if in_supergroup else _(denial))


async def _has_right(update: Update, context: Context, adder: int | None) -> bool:
    """Raises TelegramError if Telegram does not say who is an administrator."""
    chat, person, message = update.effective_chat, update.effective_user, update.message
    if chat is None or person is None:
        return False
    if message is not None and message.sender_chat is not None:
        return message.sender_chat.id == chat.id  # an anonymous administrator, and no channel
    if chat.type == Chat.PRIVATE or services_of(context).access.is_administrator(person.id):
        return True
    if person.id == adder:
        return True
    # A group may hide its members from bots, but not its administrators.
    administrators = await context.bot.get_chat_administrators(chat.id)
    return any(administrator.user.id == person.id for administrator in administrators)


async def set_language(update: Update, context: Context) -> None:
    use_language(language_of(update))


def language_of(update: Update) -> str:
    """Return the language of the Telegram of who sent an update, as an IETF tag."""
    person = update.effective_user
    return (person and person.language_code) or "en"


async def throttle(kind: str, update: Update, context: Context) -> None:
    """Let a button, a command, a file or a post pass, or ask its sender to wait."""
    services, query, message = services_of(context), update.callback_query, update.message
    chat, person = update.effective_chat, update.effective_user
    if person is None or not services.access.may_ask(chat.id if chat else 0, person.id):
        return  # strangers are not counted; the handler turns them away
    throttle = services.throttles[kind]
    if query is not None:
        if wait := throttle.wait(person.id, time.time(), query.id):
            await acknowledge(query, _(TOO_FAST, seconds=round(wait)))
            raise ApplicationHandlerStop
    elif message is not None:
        name = (message.chat_id, message.media_group_id or message.message_id)  # an album is one
        if wait := throttle.wait(person.id, message.date.timestamp(), name):
            await say(message, _(TOO_FAST, seconds=round(wait)))
            raise ApplicationHandlerStop

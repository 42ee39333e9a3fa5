"""Commands about the bot itself, for everybody and for its administrators, and its menus."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Chat,
    ChatMember,
    Message,
    Update,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.rendering.language import CATALOGUES, N_, _, in_language
from bot.rendering.text import change_line
from bot.telegram.context import (
    Context,
    Handler,
    Services,
    administrators_command,
    command,
    is_private,
    number_in,
    say,
    services_of,
)
from bot.telegram.store import migrate

log = logging.getLogger(__name__)


MENUS_AGAIN_AFTER = 60.0  # seconds
OUTSIDE = (ChatMember.LEFT, ChatMember.BANNED)
FROM_INLINE = "inline"  # what /start gets from the button above inline results

GROUPS = [
    ("articles", N_("What is here")),
    ("watch", N_("Tell this chat when a new article answers")),
    ("digest", N_("Tell this chat daily which articles are new")),
    ("feed", N_("Let the articles of a feed come here")),
    ("new", N_("Begin afresh: my next question builds on none")),
    ("help", N_("How it works")),
    ("settings", N_("What this chat has set")),
    ("about", N_("What I am")),
]
EVERYBODY = [
    *GROUPS[:4],
    ("remove", N_("Remove an article by its number")),
    ("forget", N_("Remove everything of this chat")),
    *GROUPS[4:],
]
ADMINISTRATORS = [
    *EVERYBODY,
    ("pair", N_("Make a code that lets somebody in")),
    ("grant", N_("Let this chat read a shared library")),
    ("revoke", N_("No longer let it")),
    ("unpair", N_("Who was let in, and put one out")),
    ("status", N_("Which model answers, and how far another is")),
]

WELCOME = N_(
    "Send me articles: links, files (PDF, office documents, e-books, e-mail, web pages, texts, "
    "ZIP) or forwarded posts. Then ask, and I quote the sentences that answer, word for word, "
    "with their source. In a group, mention me or reply to me. I never write an answer of my own."
)
COMMANDS = N_(
    "In a group, reply to a link, a file or a post with my name, and I add it.\n\n"
    "/articles, /articles WORD – what is here: search, read, remove\n"
    "/remove NUMBER – remove an article of that list\n"
    "/watch QUESTION – I tell this chat when a new article answers that\n"
    "/digest 8:00 Europe/Berlin – I tell this chat once a day which articles are new\n"
    "/feed LINK – the articles of that feed come here by themselves\n"
    "/new – your next question builds on none before\n"
    "/settings – whether I ask before I add something\n"
    "/forget – remove everything of this chat\n/about – what I am"
)
TO_PAIR = N_(
    "First let this group in: ask whoever runs me for a code, and send /pair CODE here, or open "
    "the link that comes with it."
)
ABOUT = N_(
    "Quotewise quotes your articles, on machines of whoever runs it: nothing you send leaves them. "
    "It is free software under the Apache License 2.0."
)


def replying(*texts: str) -> Handler:
    @command
    async def reply(update: Update, context: Context, services: Services, message: Message) -> str:
        return "\n\n".join(map(_, texts))

    return reply


help_ = replying(WELCOME, COMMANDS)
about = replying(ABOUT)
welcome = replying(WELCOME)
unknown_command = replying(N_("I do not know that command: /help lists those I know."))


async def start(update: Update, context: Context) -> None:
    """/start, and /start CODE from a link that pairs."""
    if context.args and context.args[0] != FROM_INLINE:
        await pair(update, context)
        return
    await welcome(update, context)
    person = update.effective_user
    if person and services_of(context).access.is_administrator(person.id):
        await _set_menu_of(context.bot, person.id)


async def unknown(update: Update, context: Context) -> None:
    """Answer an unknown command; in a group it may be another bot's."""
    message = update.message
    if message is None or not message.text:
        return
    name = message.text.split()[0]
    if is_private(message) or name.lower().endswith(f"@{context.bot.username.lower()}"):
        await unknown_command(update, context)


async def set_menus(context: Context) -> None:
    """Set the menus of commands, again until Telegram takes them; the bot works meanwhile."""
    bot = context.bot
    try:
        await _set_menu(bot, EVERYBODY, BotCommandScopeAllPrivateChats())
        await _set_menu(bot, GROUPS, BotCommandScopeAllGroupChats())
    except TelegramError as error:
        log.warning("the menus could not be set; trying again: %s", error)
        if context.job_queue:
            context.job_queue.run_once(set_menus, MENUS_AGAIN_AFTER)
        return
    for administrator in services_of(context).access.administrators:
        await _set_menu_of(bot, administrator)


async def _set_menu_of(bot: ExtBot[None], administrator: int) -> None:
    try:
        await _set_menu(bot, ADMINISTRATORS, BotCommandScopeChat(administrator))
    except TelegramError:
        return  # who never wrote to the bot has no chat yet, and sends /start first


async def _set_menu(
    bot: ExtBot[None], commands: Sequence[tuple[str, str]], scope: BotCommandScope
) -> None:
    """Set a menu in English, for people of all languages, and in those that have a catalogue."""
    for code in (None, *CATALOGUES):
        with in_language(code):
            menu = [BotCommand(name, _(text)) for name, text in commands]
        await bot.set_my_commands(menu, scope, code)


async def pair(update: Update, context: Context) -> None:
    """/pair for an administrator makes a code; /pair CODE lets a person or a group in."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return
    services, now = services_of(context), time.time()
    name = (message.chat_id, message.message_id)
    if services.throttles["commands"].wait(person.id, message.date.timestamp(), name):
        return  # a stranger who goes on and on gets no reply
    if context.args:
        title = message.chat.effective_name or str(message.chat_id)
        if services.too_fast(message, person):  # nobody can try out codes
            text = _("That was fast. Please try again in a minute.")
        elif services.access.use_code(context.args[0], message.chat_id, title, now):
            text = _(WELCOME)
        else:
            text = _("That code is not valid, or no longer.")
    elif not services.access.is_administrator(person.id):
        text = _("Send /pair and the code you were given.")
    elif not is_private(message):
        text = _("Ask me for a code in our private chat, so that nobody else sees it.")
    else:
        text = _(
            "/pair {code} – lets one person or one group in, within 15 minutes.\n"
            "So does this link, for a person: {link}?start={code}\n"
            "And this one, for a group: {link}?startgroup={code}",
            code=services.access.new_code(now),
            link=f"https://t.me/{context.bot.username}",
        )
    await say(message, text)


@administrators_command
async def grant(update: Update, context: Context, services: Services, message: Message) -> str:
    """/grant LIBRARY [CHAT], by an administrator."""
    library, chat, name = _library_and_chat(context, message)
    libraries = await services.run(services.library.names)
    shared = [name for name in libraries if not name.startswith("chat:")]
    if library not in shared:
        known_names = (
            _("There are: {libraries}.", libraries=", ".join(shared))
            if shared
            else _("There is none yet.")
        )
        missing = _("Send /grant and the name of a shared library.")
        return f"{missing} {known_names}"
    services.access.grant(chat, library)
    return _("{chat} now reads the library {library} as well.", chat=name, library=library)


@administrators_command
async def revoke(update: Update, context: Context, services: Services, message: Message) -> str:
    """/revoke LIBRARY [CHAT], by an administrator."""
    library, chat, name = _library_and_chat(context, message)
    if library is not None and services.access.revoke(chat, library):
        return _("{chat} no longer reads the library {library}.", chat=name, library=library)
    return _("{chat} does not read that library.", chat=name)


def _library_and_chat(context: Context, message: Message) -> tuple[str | None, int, str]:
    """Return the library and the chat that a command names, and what to call the chat."""
    library, number, *_rest = [*(context.args or []), None, None]
    if number is None:
        return library, message.chat_id, _("This chat")
    chat = number_in(number)
    if chat is None or chat == message.chat_id:
        return library if chat else None, message.chat_id, _("This chat")
    return library, chat, _("The chat {number}", number=chat)


@administrators_command
async def unpair(update: Update, context: Context, services: Services, message: Message) -> str:
    """/unpair lists who was let in; /unpair NUMBER puts one of them out; by an administrator."""
    if not is_private(message):
        return _("Ask me that in our private chat, so that nobody else sees it.")
    number = (context.args or [""])[0]
    members = services.access.members()
    chosen = next((id for id in members if str(id) == number), None)
    if chosen is not None:
        services.access.put_out(chosen)
        name = members[chosen]
        return _("{name} is put out; the articles of that chat are kept.", name=name)
    if members:
        lines = "\n".join(f"/unpair {id} – {name}" for id, name in members.items())
        return _("Who was let in:\n{members}", members=lines)
    return _("Nobody but the administrators is let in.")


@administrators_command
async def status(update: Update, context: Context, services: Services, message: Message) -> str:
    """/status, by an administrator: which model answers, and how far another is with reading."""
    change = await services.run(services.library.change)
    model = await services.run(services.library.model)
    return change_line(change) if change else _("The model {model} answers.", model=model)


async def on_membership(update: Update, context: Context) -> None:
    """Greet a group that takes the bot in, and put one out that threw it out.

    A person who blocks the bot may come back.
    """
    change = update.my_chat_member
    if change is None:
        return
    chat, services = change.chat, services_of(context)
    was_outside = change.old_chat_member.status in OUTSIDE
    if change.new_chat_member.status in OUTSIDE:
        if chat.id < 0:
            services.access.put_out(chat.id)
        log.info("the bot is no longer in a chat")
    elif was_outside and chat.type in (Chat.GROUP, Chat.SUPERGROUP):
        # the group, not just the one who added the bot
        is_known = services.access.may_ask(chat.id, chat.id)
        texts = (WELCOME,) if is_known else (WELCOME, TO_PAIR)
        await context.bot.send_message(chat.id, "\n\n".join(map(_, texts)))


async def on_migration(update: Update, context: Context) -> None:
    """Give all that a group has to the supergroup it became.

    Both chats get a message about it, in either order: the first one counts.
    """
    message = update.message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    services = services_of(context)
    migrate(services.store, old, new, "members", "grants", "watches", "digests", "chats")
    services.answers.migrate(old, new)
    if old != new:
        await services.move(old, new)

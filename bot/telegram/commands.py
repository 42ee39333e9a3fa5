"""The commands: what a person types after a slash, and the buttons of the list of articles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.rendering import counted
from bot.rendering import telegram as rendering
from bot.rendering.markup import escaped
from bot.telegram.access import own_library
from bot.telegram.desk import Context, Desk, acknowledge, desk_of, is_private, number_in
from bot.telegram.replies import NO_PREVIEW, say, turn_away
from retrieval import KeptArticle, QuotewiseError

A_PAGE = 5  # articles

WELCOME = (
    "Send me articles: files (.txt, .md, .html, .jsonl) or forwarded posts. Then ask, and I "
    "quote the sentences that answer, word for word, with their source. In a group, mention me "
    "or reply to me. I never write an answer of my own."
)
HELP = (
    WELCOME
    + "\n\n/articles – what is here, with buttons to remove\n/remove ID – remove an article\n"
    "/forget – remove everything of this chat\n/about – what I am"
)
ABOUT = (
    "Quotewise quotes your articles and runs on one machine: nothing you send leaves it. "
    "It is free software under the Apache License 2.0."
)
FOR_ADMINISTRATORS = "Only an administrator of the bot can do that."

EVERYBODY = [
    BotCommand("articles", "What is here"),
    BotCommand("remove", "Remove an article by its id"),
    BotCommand("forget", "Remove everything of this chat"),
    BotCommand("help", "How it works"),
    BotCommand("about", "What I am"),
]
ADMINISTRATORS = [
    *EVERYBODY,
    BotCommand("pair", "Make a code that lets somebody in"),
    BotCommand("grant", "Let this chat read a shared library"),
    BotCommand("revoke", "No longer let it"),
    BotCommand("unpair", "Who was let in, and put one out"),
]


async def register_menus(bot: ExtBot[None], desk: Desk) -> None:
    """Show the right commands to administrators, in private chats and in groups."""
    await bot.set_my_commands(EVERYBODY, BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(EVERYBODY[:1] + EVERYBODY[3:], BotCommandScopeAllGroupChats())
    for person in desk.access.administrators:
        await _register_for(bot, person)


async def _register_for(bot: ExtBot[None], administrator: int) -> None:
    try:
        await bot.set_my_commands(ADMINISTRATORS, BotCommandScopeChat(administrator))
    except TelegramError:
        return  # who never wrote to the bot has no chat yet, and sends /start first


async def start(update: Update, context: Context) -> None:
    """/start"""
    await _if_known(update, context, WELCOME)
    person = update.effective_user
    if person and desk_of(context).access.is_administrator(person.id):
        await _register_for(context.bot, person.id)


async def help_(update: Update, context: Context) -> None:
    """/help"""
    await _if_known(update, context, HELP)


async def about(update: Update, context: Context) -> None:
    """/about"""
    await _if_known(update, context, ABOUT)


async def pair(update: Update, context: Context) -> None:
    """/pair for an administrator makes a code; /pair CODE lets a person or a group in."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return
    desk = desk_of(context)
    now = time.time()
    if not context.args:
        if not desk.access.is_administrator(person.id):
            await say(message, "Send /pair and the code you were given.")
        elif not is_private(message):
            await say(
                message, "Ask me for a code in our private chat, so that nobody else sees it."
            )
        else:
            code = desk.access.new_code(now)
            await say(
                message,
                f"/pair {code} – lets one person or one group in, within 15 minutes.",
            )
        return
    if desk.too_fast(message, person):  # codes cannot be tried out
        await say(message, "That was fast. Please try again in a minute.")
        return
    name = message.chat.effective_name or str(message.chat_id)
    let_in = desk.access.use_code(context.args[0], message.chat_id, name, now)
    await say(message, WELCOME if let_in else "That code is not valid, or no longer.")


async def grant(update: Update, context: Context) -> None:
    """/grant LIBRARY [CHAT], by an administrator."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    library, chat = _library_and_chat(context, message)
    desk = desk_of(context)
    there = await desk.run(desk.library.names)
    shared = [name for name in there if not name.startswith("chat:")]
    if library not in shared:
        known = f"There are: {', '.join(shared)}." if shared else "There is none yet."
        await say(message, f"Send /grant and the name of a shared library. {known}")
        return
    desk.access.grant(chat, library)
    who = "This chat" if chat == message.chat_id else f"The chat {chat}"
    await say(message, f"{who} now reads the library {library} as well.")


async def revoke(update: Update, context: Context) -> None:
    """/revoke LIBRARY [CHAT], by an administrator."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    library, chat = _library_and_chat(context, message)
    revoked = library is not None and desk_of(context).access.revoke(chat, library)
    who = "This chat" if chat == message.chat_id else f"The chat {chat}"
    told = f"no longer reads the library {library}." if revoked else "does not read that library."
    await say(message, f"{who} {told}")


async def unpair(update: Update, context: Context) -> None:
    """/unpair tells who was let in; /unpair NUMBER puts one of them out; by an administrator."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    if not is_private(message):
        await say(message, "Ask me that in our private chat, so that nobody else sees it.")
        return
    access, number = desk_of(context).access, (context.args or [""])[0]
    members = access.members()
    chosen = [id for id in members if str(id) == number]
    for id in chosen:
        access.put_out(id)
    if chosen:
        await say(message, f"{members[chosen[0]]} is put out; the articles of that chat are kept.")
    elif members:
        told = "\n".join(f"/unpair {id} – {name}" for id, name in members.items())
        await say(message, f"Who was let in:\n{told}"[:4000])
    else:
        await say(message, "Nobody but the administrators is let in.")


async def unknown(update: Update, context: Context) -> None:
    """A command that there is not; in a group it may be another bot's."""
    message = update.message
    if message is None or not message.text:
        return
    name = message.text.split()[0]
    if is_private(message) or name.lower().endswith(f"@{context.bot.username.lower()}"):
        await _if_known(update, context, "I do not know that command: /help lists those I know.")


async def articles(update: Update, context: Context) -> None:
    """/articles"""
    message = await known(update, context)
    if message is None:
        return
    desk = desk_of(context)
    html, buttons = await _page(desk, message.chat_id, 0)
    await say(message, html, html=True, buttons=buttons)


async def on_list(update: Update, context: Context) -> None:
    """Turn a page of the list of articles, or remove one."""
    query = cast(CallbackQuery, update.callback_query)
    message = query.message
    desk = desk_of(context)
    if not isinstance(message, Message) or not desk.access.may_ask(
        message.chat_id, query.from_user.id
    ):
        await acknowledge(query, "That list is too old: please send /articles again.")
        return
    action, page, *id = (query.data or "").split(":", 2)
    if action == "remove" and id:
        try:
            key = id[0]
            removed = await desk.remove(lambda: _remove(desk, message.chat_id, key))
        except QuotewiseError:
            await acknowledge(query, "That article is no longer here.")
        else:
            await acknowledge(query, f"Removed: {removed.article.title}"[:200])
    else:
        await acknowledge(query)
    html, buttons = await _page(desk, message.chat_id, number_in(page) or 0)
    try:
        await message.edit_text(
            html,
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            reply_markup=buttons,
        )
    except BadRequest:
        return


async def remove(update: Update, context: Context) -> None:
    """/remove ID"""
    message = await known(update, context)
    if message is None:
        return
    if not context.args:
        await say(
            message, "Send /remove and the id of an article, or use the buttons of /articles."
        )
        return
    desk, id = desk_of(context), context.args[0]
    try:
        own = own_library(message.chat_id)
        kept = await desk.remove(lambda: desk.library.remove(id, library=own))
    except QuotewiseError:
        await say(message, f"There is no article with the id {id} here: see /articles.")
        return
    await say(message, f"Removed: {kept.article.title}")


async def forget(update: Update, context: Context) -> None:
    """/forget asks; the button does."""
    message = await known(update, context)
    if message is None:
        return
    person = message.from_user.id if message.from_user else 0
    buttons = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Forget everything", callback_data=f"forget:{person}"),
                InlineKeyboardButton("Keep it", callback_data=f"keep:{person}"),
            ]
        ]
    )
    asked = "Shall I remove all articles and answers of this chat? This cannot be undone."
    await say(message, asked, buttons=buttons)


async def on_forget(update: Update, context: Context) -> None:
    """Forget everything of a chat, if whoever asked for it says so."""
    query = cast(CallbackQuery, update.callback_query)
    message = query.message
    desk = desk_of(context)
    action, _, person = (query.data or "").partition(":")
    if not isinstance(message, Message) or not desk.access.may_ask(
        message.chat_id, query.from_user.id
    ):
        await acknowledge(query, "That is no longer for you to say.")
        return
    if person != str(query.from_user.id):
        await acknowledge(query, "Only the person who asked for it can say so.")
        return
    await acknowledge(query)
    if action == "keep":
        await message.edit_text("Everything is kept.")
        return
    number = await forget_chat(desk, message.chat_id)
    await message.edit_text(f"Forgotten: {counted(number, 'article')} and all answers.")


async def forget_chat(desk: Desk, chat: int) -> int:
    """Remove all that is kept of a chat, and return how many articles there were."""
    desk.forgotten[chat] += 1
    desk.answers.forget(chat)
    desk.standing.forget(chat)
    desk.access.store.execute("DELETE FROM offers WHERE chat = ?", (chat,))
    return await desk.remove(lambda: desk.library.remove_all(library=own_library(chat)))


async def _page(desk: Desk, chat: int, page: int) -> tuple[str, InlineKeyboardMarkup | None]:
    """A page of a chat's articles, with the libraries that it reads besides."""
    scope = desk.access.scope(chat)
    return await desk.run(lambda: _page_of(desk, scope, page))


def _page_of(
    desk: Desk, scope: Sequence[str], page: int
) -> tuple[str, InlineKeyboardMarkup | None]:
    own, *others = scope
    kept = list(desk.library.articles(library=own))
    shared = "".join(
        f"\n\nThis chat also reads the library {escaped(name)} "
        f"({sum(1 for _ in desk.library.articles(library=name))} articles)."
        for name in others
    )
    if not kept:
        return rendering.NO_ARTICLES + shared, None
    pages = -(-len(kept) // A_PAGE)
    page = min(max(page, 0), pages - 1)
    shown = kept[page * A_PAGE : (page + 1) * A_PAGE]
    html = rendering.articles_page(shown, page + 1, pages, first_number=page * A_PAGE + 1)
    html += shared
    rows = [
        [
            InlineKeyboardButton(
                f"✕ {page * A_PAGE + number}", callback_data=f"remove:{page}:{_key(one)}"
            )
            for number, one in enumerate(shown, start=1)
        ]
    ]
    turns = [
        InlineKeyboardButton(name, callback_data=f"page:{other}")
        for name, other in (("‹", page - 1), ("›", page + 1))
        if 0 <= other < pages
    ]
    return html, InlineKeyboardMarkup([*rows, turns] if turns else rows)


def _key(kept: KeptArticle) -> str:
    """A few digits that stand for an article in a button: ids may be longer than 64 bytes."""
    return kept.article.sha256[:16]


def _remove(desk: Desk, chat: int, key: str) -> KeptArticle:
    library = own_library(chat)
    for kept in desk.library.articles(library=library):
        if _key(kept) == key:
            return desk.library.remove(kept.article.id, library=library)
    raise QuotewiseError("That article is no longer here.")


async def _if_known(update: Update, context: Context, text: str) -> None:
    message = await known(update, context)
    if message is not None:
        await say(message, text)


async def known(update: Update, context: Context) -> Message | None:
    """The message, if its sender may talk to the bot; else a stranger is told how to get in."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return None
    if desk_of(context).access.may_ask(message.chat_id, person.id):
        return message
    await turn_away(desk_of(context), message, person)
    return None


async def _from_administrator(update: Update, context: Context) -> Message | None:
    message = await known(update, context)
    if message is None or message.from_user is None:
        return None
    if desk_of(context).access.is_administrator(message.from_user.id):
        return message
    await say(message, FOR_ADMINISTRATORS)
    return None


def _library_and_chat(context: Context, message: Message) -> tuple[str | None, int]:
    library, number, *_ = [*(context.args or []), None, None]
    if library is None or number is None:
        return library, message.chat_id
    chat = number_in(number)
    return (library, chat) if chat is not None else (None, message.chat_id)

"""The list of a chat's articles with buttons that remove one or undo that; and /forget."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.rendering import counted, notices
from bot.rendering import telegram as rendering
from bot.rendering.markup import escaped
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.desk import Context, Desk, acknowledge, desk_of, number_in
from bot.telegram.replies import edit, say
from bot.telegram.rights import FORGET, REMOVE, UNDO, allowed, pressed
from retrieval import QuotewiseError

A_PAGE = 5  # articles
TOO_LATE = "That can no longer be undone: ten minutes have passed, or it is done."


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
    press = await pressed(update, context, "That list is too old: please send /articles again.")
    if press is None:
        return
    desk, query, message = desk_of(context), press.query, press.message
    page, _, key = press.rest.partition(":")
    if press.action == "remove" and key:
        try:
            id = await desk.run(lambda: _id_of(desk, message.chat_id, key))
            if not await allowed(update, context, REMOVE, desk.adders.of(message.chat_id, id)):
                return
            title, _ = await _remove(desk, message.chat_id, id)
        except QuotewiseError:
            await acknowledge(query, "That article is no longer here.")
        else:
            await acknowledge(query, f"Removed: {title}"[:200])
    else:
        await acknowledge(query)
    html, buttons = await _page(desk, message.chat_id, number_in(page) or 0)
    await edit(message, html, buttons)


async def remove(update: Update, context: Context) -> None:
    """/remove NUMBER, or the beginning of an id."""
    message = await known(update, context)
    if message is None:
        return
    if not context.args:
        await say(
            message, "Send /remove and the number of an article, or use the buttons of /articles."
        )
        return
    desk, name = desk_of(context), context.args[0]
    try:
        id = await desk.run(lambda: _id_named(desk, message.chat_id, name))
        if not await allowed(update, context, REMOVE, desk.adders.of(message.chat_id, id)):
            return
        title, undo = await _remove(desk, message.chat_id, id)
    except QuotewiseError:
        await say(message, f"There is no article {name} here: see /articles.")
        return
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Undo", callback_data=f"undo:{undo}")]])
    await say(message, f"Removed: {title}", buttons=buttons)


async def on_undo(update: Update, context: Context) -> None:
    """Put a removed article back; the button stands below a list, or below the reply to /remove."""
    press = await pressed(update, context, TOO_LATE)
    if press is None:
        return
    desk, message = desk_of(context), press.message
    id, in_list, page = press.rest.partition(":")
    removal = desk.removals.get(message.chat_id, id, time.time())
    if removal is None:
        await acknowledge(press.query, TOO_LATE)
        return
    if not await allowed(update, context, UNDO, removal.adder):
        return
    library = own_library(message.chat_id)
    try:
        kept = await desk.threads.do(lambda: desk.library.restore(removal.record, library=library))
    except QuotewiseError as error:
        await acknowledge(press.query, str(error)[:200])
        return
    desk.adders.set(message.chat_id, kept.article.id, removal.adder)
    desk.removals.drop(id)
    told = f"Put back: {removal.title}"
    await acknowledge(press.query, told[:200])
    if in_list:
        html, buttons = await _page(desk, message.chat_id, number_in(page) or 0)
        await edit(message, html, buttons)
    else:
        await edit(message, escaped(told), None)


async def _page(desk: Desk, chat: int, page: int) -> tuple[str, InlineKeyboardMarkup | None]:
    """A page of a chat's articles, with the libraries that it reads besides."""
    scope = desk.access.scope(chat)
    html, rows = await desk.run(lambda: _page_of(desk, scope, page))
    rows += [
        [InlineKeyboardButton(f"Undo: {title}"[:60], callback_data=f"undo:{id}:{page}")]
        for id, title in desk.removals.latest(chat, time.time())
    ]
    return html, InlineKeyboardMarkup(rows) if rows else None


def _page_of(
    desk: Desk, scope: Sequence[str], page: int
) -> tuple[str, list[list[InlineKeyboardButton]]]:
    own, *others = scope
    ids = desk.library.ids(library=own)
    shared = "".join(
        f"\n\nThis chat also reads the library {escaped(name)} "
        f"({counted(len(desk.library.ids(library=name)), 'article')})."
        for name in others
    )
    if not ids:
        return rendering.NO_ARTICLES + shared, []
    pages = -(-len(ids) // A_PAGE)
    page = min(max(page, 0), pages - 1)
    on_page = ids[page * A_PAGE : (page + 1) * A_PAGE]
    shown = [desk.library.article(id, library=own) for id in on_page]
    html = notices.articles_page(shown, page + 1, pages, first_number=page * A_PAGE + 1)
    html += shared
    rows = [
        [
            InlineKeyboardButton(
                f"✕ {page * A_PAGE + number}", callback_data=f"remove:{page}:{_key(id)}"
            )
            for number, id in enumerate(on_page, start=1)
        ]
    ]
    turns = [
        InlineKeyboardButton(name, callback_data=f"page:{other}")
        for name, other in (("‹", page - 1), ("›", page + 1))
        if 0 <= other < pages
    ]
    return html, [*rows, turns] if turns else rows


def _key(id: str) -> str:
    """A few digits that stand for an article in a button: ids may be longer than 64 bytes."""
    return hashlib.sha256(id.encode()).hexdigest()[:16]


def _id_of(desk: Desk, chat: int, key: str) -> str:
    """The id of the article behind a button. Raises QuotewiseError if it is no longer there."""
    for id in desk.library.ids(library=own_library(chat)):
        if _key(id) == key:
            return id
    raise QuotewiseError("That article is no longer here.")


def _id_named(desk: Desk, chat: int, name: str) -> str:
    """The id that a name begins or is, or that of a number in the list; an id comes first.

    Raises QuotewiseError if there is no such article.
    """
    library = own_library(chat)
    ids = desk.library.ids(library=library)
    if name not in ids and name.isdecimal() and 1 <= int(name) <= len(ids):
        name = ids[int(name) - 1]
    return desk.library.article(name, library=library).article.id


async def _remove(desk: Desk, chat: int, id: str) -> tuple[str, str]:
    """Remove an article, and return its title and the id under which that can be undone.

    Raises QuotewiseError if it is no longer there.
    """
    removed = await desk.threads.do(lambda: desk.library.remove(id, library=own_library(chat)))
    undo = desk.removals.add(chat, removed, desk.adders.of(chat, id), time.time())
    desk.adders.remove(chat, id)
    return removed.article.title, undo


async def forget(update: Update, context: Context) -> None:
    """/forget: ask whether to remove everything, and say how much that is."""
    message = await known(update, context)
    if message is None or not await allowed(update, context, FORGET):
        return
    desk = desk_of(context)
    gone = await desk.run(lambda: _all_of(desk, message.chat_id))
    buttons = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Forget everything", callback_data="forget:all"),
                InlineKeyboardButton("Keep it", callback_data="keep:all"),
            ]
        ]
    )
    asked = f"Shall I remove {gone} of this chat? They go at once, and that cannot be undone."
    await say(message, asked, buttons=buttons)


async def on_forget(update: Update, context: Context) -> None:
    """Remove everything of a chat, or keep it."""
    press = await pressed(update, context, "That is no longer for you to say.")
    if press is None or not await allowed(update, context, FORGET):
        return
    await acknowledge(press.query)
    if press.action == "keep":
        await press.message.edit_text("Everything is kept.")
        return
    gone = await _forget(desk_of(context), press.message.chat_id)
    await press.message.edit_text(f"Forgotten: {gone}.")


async def _forget(desk: Desk, chat: int) -> str:
    """Remove all that is kept of a chat, and say how much that was."""
    desk.forgotten[chat] += 1
    desk.answers.forget(chat)
    desk.standing.forget(chat)
    desk.access.store.execute("DELETE FROM offers WHERE chat = ?", (chat,))
    desk.adders.forget(chat)
    desk.removals.forget(chat)

    def remove_all() -> str:
        gone = _all_of(desk, chat)
        desk.library.remove_all(library=own_library(chat))
        return gone

    return await desk.threads.do(remove_all)


def _all_of(desk: Desk, chat: int) -> str:
    """What there is to remove: 12 articles, 2 feeds and all answers."""
    articles = len(desk.library.ids(library=own_library(chat)))
    feeds = len(desk.library.feeds(library=own_library(chat)))
    counts = [counted(articles, "article")] + [counted(feeds, "feed")] * bool(feeds)
    return f"{', '.join(counts)} and all answers"

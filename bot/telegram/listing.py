"""The list of a chat's articles with buttons that remove one or undo that; and /forget."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.rendering import counted
from bot.rendering import telegram as rendering
from bot.rendering.telegram import escaped
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.permissions import FORGET, REMOVE, UNDO, allowed, pressed
from bot.telegram.replies import edit, say
from bot.telegram.services import Context, Services, acknowledge, number_in, services_of
from retrieval import QuotewiseError

A_PAGE = 5  # articles
TOO_LATE = "That can no longer be undone: ten minutes have passed, or it is done."


async def articles(update: Update, context: Context) -> None:
    """/articles"""
    message = await known(update, context)
    if message is None:
        return
    services = services_of(context)
    html, buttons = await _page(services, message.chat_id, 0)
    await say(message, html, html=True, buttons=buttons)


async def on_list(update: Update, context: Context) -> None:
    """Turn a page of the list of articles, or remove one."""
    press = await pressed(update, context, "That list is too old: please send /articles again.")
    if press is None:
        return
    services, query, message = services_of(context), press.query, press.message
    page, _, key = press.rest.partition(":")
    if press.action == "remove" and key:
        try:
            id = await services.run(lambda: _id_of(services, message.chat_id, key))
            if not await allowed(update, context, REMOVE, services.adders.of(message.chat_id, id)):
                return
            title, _ = await _remove(services, message.chat_id, id)
        except QuotewiseError:
            await acknowledge(query, "That article is no longer here.")
        else:
            await acknowledge(query, f"Removed: {title}"[:200])
    else:
        await acknowledge(query)
    html, buttons = await _page(services, message.chat_id, number_in(page) or 0)
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
    services, name = services_of(context), context.args[0]
    try:
        id = await services.run(lambda: _id_named(services, message.chat_id, name))
        if not await allowed(update, context, REMOVE, services.adders.of(message.chat_id, id)):
            return
        title, undo = await _remove(services, message.chat_id, id)
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
    services, message = services_of(context), press.message
    id, in_list, page = press.rest.partition(":")
    removal = services.removals.get(message.chat_id, id, time.time())
    if removal is None:
        await acknowledge(press.query, TOO_LATE)
        return
    if not await allowed(update, context, UNDO, removal.adder):
        return
    library = own_library(message.chat_id)
    try:
        restored = await services.threads.do(
            lambda: services.library.restore(removal.record, library=library)
        )
    except QuotewiseError as error:
        await acknowledge(press.query, str(error)[:200])
        return
    services.adders.set(message.chat_id, restored.article.id, removal.adder)
    services.removals.drop(id)
    text = f"Put back: {removal.title}"
    await acknowledge(press.query, text[:200])
    if in_list:
        html, buttons = await _page(services, message.chat_id, number_in(page) or 0)
        await edit(message, html, buttons)
    else:
        await edit(message, escaped(text), None)


async def _page(
    services: Services, chat: int, page: int
) -> tuple[str, InlineKeyboardMarkup | None]:
    """A page of a chat's articles, with the libraries that it reads besides."""
    scope = services.access.scope(chat)
    html, rows = await services.run(lambda: _page_of(services, scope, page))
    rows += [
        [InlineKeyboardButton(f"Undo: {title}"[:60], callback_data=f"undo:{id}:{page}")]
        for id, title in services.removals.latest(chat, time.time())
    ]
    return html, InlineKeyboardMarkup(rows) if rows else None


def _page_of(
    services: Services, scope: Sequence[str], page: int
) -> tuple[str, list[list[InlineKeyboardButton]]]:
    own, *others = scope
    ids = services.library.ids(library=own)
    shared = "".join(
        f"\n\nThis chat also reads the library {escaped(name)} "
        f"({counted(len(services.library.ids(library=name)), 'article')})."
        for name in others
    )
    if not ids:
        return rendering.NO_ARTICLES + shared, []
    pages = -(-len(ids) // A_PAGE)
    page = min(max(page, 0), pages - 1)
    on_page = ids[page * A_PAGE : (page + 1) * A_PAGE]
    shown = [services.library.article(id, library=own) for id in on_page]
    html = rendering.articles_page(shown, page + 1, pages, first_number=page * A_PAGE + 1)
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


def _id_of(services: Services, chat: int, key: str) -> str:
    """The id of the article behind a button. Raises QuotewiseError if it is no longer there."""
    for id in services.library.ids(library=own_library(chat)):
        if _key(id) == key:
            return id
    raise QuotewiseError("That article is no longer here.")


def _id_named(services: Services, chat: int, name: str) -> str:
    """The id that a name begins or is, or that of a number in the list; an id comes first.

    Raises QuotewiseError if there is no such article.
    """
    library = own_library(chat)
    ids = services.library.ids(library=library)
    if name not in ids and name.isdecimal() and 1 <= int(name) <= len(ids):
        name = ids[int(name) - 1]
    return services.library.article(name, library=library).article.id


async def _remove(services: Services, chat: int, id: str) -> tuple[str, str]:
    """Remove an article, and return its title and the id under which that can be undone.

    Raises QuotewiseError if it is no longer there.
    """
    removed = await services.threads.do(
        lambda: services.library.remove(id, library=own_library(chat))
    )
    undo = services.removals.add(chat, removed, services.adders.of(chat, id), time.time())
    services.adders.remove(chat, id)
    return removed.article.title, undo


async def forget(update: Update, context: Context) -> None:
    """/forget: ask whether to remove everything, and say how much that is."""
    message = await known(update, context)
    if message is None or not await allowed(update, context, FORGET):
        return
    services = services_of(context)
    gone = await services.run(lambda: _all_of(services, message.chat_id))
    buttons = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Forget everything", callback_data="forget:all"),
                InlineKeyboardButton("Keep it", callback_data="keep:all"),
            ]
        ]
    )
    question = f"Shall I remove {gone} of this chat? They go at once, and that cannot be undone."
    await say(message, question, buttons=buttons)


async def on_forget(update: Update, context: Context) -> None:
    """Remove everything of a chat, or keep it."""
    press = await pressed(update, context, "That is no longer for you to say.")
    if press is None or not await allowed(update, context, FORGET):
        return
    await acknowledge(press.query)
    if press.action == "keep":
        await press.message.edit_text("Everything is kept.")
        return
    gone = await _forget(services_of(context), press.message.chat_id)
    await press.message.edit_text(f"Forgotten: {gone}.")


async def _forget(services: Services, chat: int) -> str:
    """Remove all that is kept of a chat, and say how much that was."""
    services.forgotten[chat] += 1
    services.answers.forget(chat)
    services.subscriptions.forget(chat)
    services.access.store.execute("DELETE FROM offers WHERE chat = ?", (chat,))
    services.adders.forget(chat)
    services.removals.forget(chat)

    def remove_all() -> str:
        gone = _all_of(services, chat)
        services.library.remove_all(library=own_library(chat))
        return gone

    return await services.threads.do(remove_all)


def _all_of(services: Services, chat: int) -> str:
    """What there is to remove: 12 articles, 2 feeds and all answers."""
    articles = len(services.library.ids(library=own_library(chat)))
    feeds = len(services.library.feeds(library=own_library(chat)))
    counts = [counted(articles, "article")] + [counted(feeds, "feed")] * bool(feeds)
    return f"{', '.join(counts)} and all answers"

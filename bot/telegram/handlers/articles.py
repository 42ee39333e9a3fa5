"""The list of a chat's articles with buttons that remove one or undo that; and /forget."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.rendering import telegram as rendering
from bot.rendering.telegram import escaped
from bot.rendering.text import counted
from bot.telegram.context import (
    FORGET,
    REMOVE,
    UNDO,
    Context,
    Press,
    Services,
    acknowledge,
    allowed,
    button,
    command,
    edit,
    number_in,
    pressed,
    say,
    services_of,
)
from bot.telegram.store import own_library
from retrieval import Library, QuotewiseError

A_PAGE = 5  # articles
TOO_LATE = "That can no longer be undone: ten minutes have passed, or it is done."


@command()
async def articles(update: Update, context: Context, services: Services, message: Message) -> None:
    """/articles"""
    html, buttons = await _page(services, message.chat_id, 0)
    await say(message, html, html=True, buttons=buttons)


@pressed("That list is too old: please send /articles again.")
async def on_list(update: Update, context: Context, services: Services, press: Press) -> None:
    """Turn a page of the list of articles, or remove one."""
    chat, notice = press.message.chat_id, None
    page, _, key = press.rest.partition(":")
    if press.action == "remove" and key:
        try:
            removed = await _remove(update, context, chat, key)
        except QuotewiseError:
            notice = "That article is no longer here."
        else:
            if removed is None:
                return
            notice = f"Removed: {removed[0]}"
    await acknowledge(press.query, notice)
    await edit(press.message, *await _page(services, chat, number_in(page) or 0))


@command()
async def remove(update: Update, context: Context, services: Services, message: Message) -> None:
    """/remove NUMBER, or the beginning of an id."""
    if not context.args:
        await say(
            message, "Send /remove and the number of an article, or use the buttons of /articles."
        )
        return
    name = context.args[0]
    try:
        removed = await _remove(update, context, message.chat_id, name)
    except QuotewiseError:
        await say(message, f"There is no article {name} here: see /articles.")
    else:
        if removed is not None:
            title, undo = removed
            buttons = InlineKeyboardMarkup([[button("Undo", f"undo:{undo}")]])
            await say(message, f"Removed: {title}", buttons=buttons)


async def _remove(update: Update, context: Context, chat: int, name: str) -> tuple[str, str] | None:
    """Remove an article; return its title, and the id for its Undo button; None if denied.

    Raises QuotewiseError if there is no such article, or if it was removed already.
    """
    services, library = services_of(context), own_library(chat)
    id = await services.run(lambda: _id_named(services.library, library, name))
    if not await allowed(update, context, REMOVE, services.notes.adder(chat, id)):
        return None
    removed = await services.threads.do(lambda: services.library.remove(id, library=library))
    return removed.article.title, services.notes.add_removal(chat, removed, time.time())


def _id_named(library: Library, name: str, named: str) -> str:
    """Return the id in a library that something names: an id or its beginning, a number, a button.

    Raises QuotewiseError if there is no such article.
    """
    ids = library.ids(library=name)
    by_key = {_key(id): id for id in ids}
    if named not in ids and named.isdecimal() and 1 <= int(named) <= len(ids):
        named = ids[int(named) - 1]
    return library.article(by_key.get(named, named), library=name).article.id


def _key(id: str) -> str:
    """Return digits that identify an article in a button: ids may be longer than 64 bytes."""
    return hashlib.sha256(id.encode()).hexdigest()[:16]


@pressed(TOO_LATE)
async def on_undo(update: Update, context: Context, services: Services, press: Press) -> None:
    """Put a removed article back; the button is below a list, or below the reply to /remove."""
    chat = press.message.chat_id
    id, in_list, page = press.rest.partition(":")
    removal = services.notes.removal(chat, id, time.time())
    if removal is None:
        await acknowledge(press.query, TOO_LATE)
        return
    if not await allowed(update, context, UNDO, removal.adder):
        return
    try:
        restored = await services.threads.do(
            lambda: services.library.restore(removal.record, library=own_library(chat))
        )
    except QuotewiseError as error:
        await acknowledge(press.query, str(error))
        return
    services.notes.set_adder(chat, restored.article.id, removal.adder)
    services.notes.drop_removal(id)
    text = f"Put back: {removal.title}"
    await acknowledge(press.query, text)
    if in_list:
        await edit(press.message, *await _page(services, chat, number_in(page) or 0))
    else:
        await edit(press.message, escaped(text), None)


async def _page(
    services: Services, chat: int, page: int
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return a page of a chat's articles, with the libraries that it reads besides."""
    scope = services.access.scope(chat)
    html, rows = await services.run(lambda: _page_of(services.library, scope, page))
    rows += [
        [button(f"Undo: {title}"[:60], f"undo:{id}:{page}")]
        for id, title in services.notes.latest_removals(chat, time.time())
    ]
    return html, InlineKeyboardMarkup(rows) if rows else None


def _page_of(
    library: Library, scope: Sequence[str], page: int
) -> tuple[str, list[list[InlineKeyboardButton]]]:
    own, *others = scope
    ids = library.ids(library=own)
    shared = "".join(
        f"\n\nThis chat also reads the library {escaped(name)} "
        f"({counted(len(library.ids(library=name)), 'article')})."
        for name in others
    )
    if not ids:
        return rendering.NO_ARTICLES + shared, []
    pages = -(-len(ids) // A_PAGE)
    page = min(max(page, 0), pages - 1)
    numbered = [*enumerate(ids, start=1)][page * A_PAGE : (page + 1) * A_PAGE]
    stored = [library.article(id, library=own) for _, id in numbered]
    html = rendering.articles_page(stored, page + 1, pages, first_number=numbered[0][0])
    rows = [[button(f"✕ {n}", f"remove:{page}:{_key(id)}") for n, id in numbered]]
    turns = [("‹", page - 1), ("›", page + 1)]
    rows.append([button(name, f"page:{to}") for name, to in turns if 0 <= to < pages])
    return html + shared, [row for row in rows if row]


@command()
async def forget(update: Update, context: Context, services: Services, message: Message) -> None:
    """/forget: ask whether to remove everything, and say how much that is."""
    if not await allowed(update, context, FORGET):
        return
    everything = await services.run(lambda: _all_of(services, message.chat_id))
    buttons = [button("Forget everything", "forget:all"), button("Keep it", "keep:all")]
    await say(
        message,
        f"Shall I remove {everything} of this chat? They go at once, and that cannot be undone.",
        buttons=InlineKeyboardMarkup([buttons]),
    )


@pressed("That is no longer for you to say.")
async def on_forget(update: Update, context: Context, services: Services, press: Press) -> None:
    """Remove everything of a chat, or keep it."""
    if not await allowed(update, context, FORGET):
        return
    await acknowledge(press.query)
    if press.action == "keep":
        await press.message.edit_text("Everything is kept.")
        return
    chat = press.message.chat_id
    services.forgotten[chat] += 1
    services.answers.forget(chat)
    services.subscriptions.forget(chat)
    services.access.store.execute("DELETE FROM offers WHERE chat = ?", (chat,))
    services.notes.forget(chat)
    services.chat_settings.forget(chat)

    def remove_all() -> str:
        everything = _all_of(services, chat)
        services.library.remove_all(library=own_library(chat))
        return everything

    await press.message.edit_text(f"Forgotten: {await services.threads.do(remove_all)}.")


def _all_of(services: Services, chat: int) -> str:
    """Say what there is to remove: 12 articles, 2 feeds and all answers."""
    articles = len(services.library.ids(library=own_library(chat)))
    feeds = len(services.library.feeds(library=own_library(chat)))
    counts = [counted(articles, "article")] + [counted(feeds, "feed")] * bool(feeds)
    return f"{', '.join(counts)} and all answers"

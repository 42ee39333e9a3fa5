"""The list of a chat's articles, page by page, with buttons that remove one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.rendering import telegram as rendering
from bot.rendering.markup import escaped
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.desk import Context, Desk, acknowledge, desk_of, number_in
from bot.telegram.replies import edit, say
from retrieval import KeptArticle, QuotewiseError

A_PAGE = 5  # articles


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
    await edit(message, html, buttons)


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

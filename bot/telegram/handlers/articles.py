"""The articles of a chat: lists, open articles, removing one or all, and undoing that."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from telegram import InlineKeyboardMarkup, Message, Update

from bot.rendering.language import N_, _, _n
from bot.rendering.telegram import plain_message
from bot.telegram.article_lists import ArticleList, Row, View
from bot.telegram.context import (
    Context,
    Handler,
    Html,
    Press,
    Refusal,
    Reply,
    Services,
    acknowledge,
    button,
    check_right,
    command,
    edit,
    key_of,
    number_in,
    pressed,
    services_of,
)
from bot.telegram.store import Listing, own_library
from retrieval import Library, QuotewiseError

REMOVE = N_("Only this group's administrators, or the person who added it, can remove an article.")
UNDO = N_("Only this group's administrators, or the person who added it, can undo that.")
FORGET = N_("Only this group's administrators can remove everything of it.")
TOO_OLD = N_("That list is too old: please send /articles again.")
TOO_LATE = N_("That can no longer be undone: ten minutes have passed, or it is done.")
GONE = N_("That article is no longer here.")

# -- lists and open articles


@command
async def articles(update: Update, context: Context, services: Services, message: Message) -> Reply:
    """/articles, or /articles WORD for those that name it."""
    wanted = Listing(message.chat_id, " ".join(context.args or []))
    listing = services.listings.add(wanted, time.time())
    html, rows = await _page(services, _list(services, listing))
    return Html(html or "", _keyboard(rows))


def of_list(handle: Callable[..., Coroutine[Any, Any, tuple[str | None, View]]]) -> Handler:
    """Call a button's handler with the list that it belongs to; say if that is too old.

    What remains as the rest of the button's data is what only its action needs. The handler
    returns a notice, if there is one, and what to show.
    """

    @wraps(handle)
    @pressed(TOO_OLD)
    async def run(update: Update, context: Context, services: Services, press: Press) -> None:
        id, page, *more = [*press.rest.split(":"), ""]
        listing = services.listings.listing(press.message.chat_id, id)
        if listing is None:
            raise Refusal(_(TOO_OLD))
        press = replace(press, rest=":".join(more).removesuffix(":"))
        shown = _list(services, listing, number_in(page) or 0)
        notice, view = await handle(update, context, services, press, shown)
        await acknowledge(press.query, notice)
        await edit(press.message, view.html, _keyboard(view.rows))

    return run


@of_list
async def on_view(
    update: Update, context: Context, services: Services, press: Press, shown: ArticleList
) -> tuple[str | None, View]:
    """Show a page of a list, all its pages, or the publishers, years or months it has."""
    if press.action == "page":
        return None, await _page(services, shown)
    views: dict[str, Callable[[], View]] = {
        "pages": shown.pages,
        "publishers": partial(shown.publishers, number_in(press.rest) or 0),
        "years": shown.years,
        "months": partial(shown.months, press.rest),
    }
    return None, await services.run(views[press.action])


@of_list
async def on_filter(
    update: Update, context: Context, services: Services, press: Press, shown: ArticleList
) -> tuple[str | None, View]:
    """Filter a list by a publisher or a period, or lift all its filters."""
    wanted = Listing(press.message.chat_id)
    if press.action != "lift":
        counts = await services.run(shown.counts, press.action)
        chosen = next((name for name in counts if key_of(name) == press.rest), None)
        if chosen is None:
            return _("No article of that choice is left."), await _page(services, shown)
        wanted = shown.listing.filtered(press.action, chosen)
    listing = services.listings.add(wanted, time.time())
    return None, await _page(services, _list(services, listing))


@of_list
async def on_article(
    update: Update, context: Context, services: Services, press: Press, shown: ArticleList
) -> tuple[str | None, View]:
    """Open an article of a list, or turn its pages."""
    key, page = [*press.rest.split(":"), ""][:2]
    try:
        view = await services.run(lambda: shown.article(shown.stored(key), number_in(page) or 0))
    except QuotewiseError:
        return _(GONE), await _page(services, shown)
    return None, view


def _list(services: Services, listing: Listing, page: int = 0) -> ArticleList:
    return ArticleList(services.library, services.access.scope(listing.chat), listing, page)


async def _page(services: Services, shown: ArticleList) -> View:
    """Return a page of a list, with buttons that undo the chat's last removals."""
    html, rows = await services.run(shown.articles)
    listing = shown.listing
    undo = [
        [button(_("Undo: {title}", title=title)[:60], f"undo:{id}:{listing.id}:{shown.page}")]
        for id, title in services.notes.latest_removals(listing.chat, time.time())
    ]
    return View(html, [*rows, *undo])


def _keyboard(rows: Sequence[Row]) -> InlineKeyboardMarkup | None:
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None


# -- removing, and undoing that


@of_list
async def on_remove(
    update: Update, context: Context, services: Services, press: Press, shown: ArticleList
) -> tuple[str | None, View]:
    try:
        stored = await services.run(shown.stored, press.rest)
        removed = await _remove(update, context, shown.listing.chat, stored.article.id)
        notice = _("Removed: {title}", title=removed[0])
    except QuotewiseError:
        notice = _(GONE)
    return notice, await _page(services, shown)


@command
async def remove(update: Update, context: Context, services: Services, message: Message) -> Reply:
    """/remove NUMBER, or a whole id."""
    if not context.args:
        return _("Send /remove and the number of an article, or use the buttons of /articles.")
    name, chat = context.args[0], message.chat_id
    try:
        id = await services.run(_id_named, services.library, own_library(chat), name)
        title, undo = await _remove(update, context, chat, id)
    except QuotewiseError:
        return _("There is no article {name} here: see /articles.", name=name)
    buttons = InlineKeyboardMarkup([[button(_("Undo"), f"undo:{undo}")]])
    return Html(plain_message(_("Removed: {title}", title=title)), buttons)


async def _remove(update: Update, context: Context, chat: int, id: str) -> tuple[str, str]:
    """Remove an article; return its title, and the id for its Undo button.

    Raises Refusal, and QuotewiseError if it was removed already.
    """
    services, library = services_of(context), own_library(chat)
    await check_right(update, context, REMOVE, services.notes.adder(chat, id))
    removed = await services.threads.do(services.library.remove, id, library=library)
    return removed.article.title, services.notes.add_removal(chat, removed, time.time())


def _id_named(library: Library, name: str, named: str) -> str:
    """Return the id in a library that a number or an id names.

    The beginning of an id names none: lists show no ids, so that 9 is a number that is too high.
    Raises QuotewiseError if there is no such article.
    """
    ids = library.ids(library=name)
    if named in ids:
        return named
    if named.isdecimal() and 1 <= int(named) <= len(ids):
        return ids[int(named) - 1]
    raise QuotewiseError(f"There is no article {named}.")


@pressed(TOO_LATE)
async def on_undo(update: Update, context: Context, services: Services, press: Press) -> None:
    """Put a removed article back; the button is below a list, or below the reply to /remove."""
    chat, now = press.message.chat_id, time.time()
    id, *place = press.rest.split(":")
    removal = services.notes.removal(chat, id, now)
    if removal is None:
        raise Refusal(_(TOO_LATE))
    await check_right(update, context, UNDO, removal.adder)
    library = own_library(chat)
    restored = await services.threads.do(services.library.restore, removal.record, library=library)
    services.notes.set_adder(chat, restored.article.id, removal.adder)
    services.notes.drop_removal(id)
    text = _("Put back: {title}", title=removal.title)
    await acknowledge(press.query, text)
    if place:
        stored = services.listings.listing(chat, place[0])
        listing = stored or services.listings.add(Listing(chat), now)
        view = await _page(services, _list(services, listing, number_in(place[-1]) or 0))
        await edit(press.message, view.html, _keyboard(view.rows))
    else:
        await edit(press.message, plain_message(text), None)


# -- removing everything


@command
async def forget(update: Update, context: Context, services: Services, message: Message) -> Reply:
    """/forget: ask whether to remove everything, and say how much that is."""
    await check_right(update, context, FORGET)
    everything = await services.run(_all_of, services, message.chat_id)
    question = _(
        "Shall I remove {everything} of this chat? They go at once, and that cannot be undone.",
        everything=everything,
    )
    buttons = [button(_("Forget everything"), "forget:all"), button(_("Keep it"), "keep:all")]
    return Html(plain_message(question), InlineKeyboardMarkup([buttons]))


@pressed(N_("That is no longer for you to say."), FORGET)
async def on_forget(update: Update, context: Context, services: Services, press: Press) -> None:
    if press.action == "keep":
        await acknowledge(press.query)
        await edit(press.message, plain_message(_("Everything is kept.")), None)
        return
    chat = press.message.chat_id
    everything = await services.threads.do(_all_of, services, chat)
    await services.forget(chat)
    await acknowledge(press.query)
    text = _("Forgotten: {everything}.", everything=everything)
    await edit(press.message, plain_message(text), None)


def _all_of(services: Services, chat: int) -> str:
    """Say what there is to remove: 12 articles, 2 feeds and all answers."""
    number = len(services.library.ids(library=own_library(chat)))
    articles = _n("{count} article", "{count} articles", number)
    feeds = len(services.library.feeds(library=own_library(chat)))
    if not feeds:
        return _("{articles} and all answers", articles=articles)
    counted_feeds = _n("{count} feed", "{count} feeds", feeds)
    return _("{articles}, {feeds} and all answers", articles=articles, feeds=counted_feeds)

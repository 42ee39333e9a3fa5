"""What somebody sends is offered for the chat's articles, and added after a yes."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.telegram.additions import add, tell
from bot.telegram.desk import Context, Desk, acknowledge, desk_of, is_private
from bot.telegram.links import links_of
from bot.telegram.parts import parts_of, text_of
from bot.telegram.posts import post
from bot.telegram.pressing import pressed
from bot.telegram.replies import asker, say, turn_away
from retrieval import FEEDS, READABLE

LARGEST = 20 * 1024 * 1024  # bytes; what the Bot API hands out
MOST_LINKS = 5  # of one message that are offered

NOT_READ = (
    "I read texts, web pages, PDF, office documents, e-books, e-mail and ZIP archives, and tell "
    f"them by their names, which end in {', '.join(READABLE)}: please send one of those."
)
A_FEED = (
    "That file is a feed or a list of feeds: send /feed and the link of one, and its articles come "
    "here by themselves."
)
TOO_LARGE = (
    "That file is over 20 MB, which Telegram does not hand to bots: please send it in parts."
)
ADDED_ALREADY = "That has been added or declined already."


async def on_source(update: Update, context: Context) -> None:
    """Offer to add a file or a forwarded post."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return
    if message.is_automatic_forward:
        return  # a channel's post in its group, which nobody in particular sent to the bot
    desk = desk_of(context)
    if not desk.access.may_ask(message.chat_id, person.id):
        if is_private(message):
            await turn_away(desk, message, person)
        return
    document = None if message.animation else message.document
    if document is not None:
        name = document.file_name or ""
        if not name.lower().endswith(READABLE):
            if is_private(message):
                await say(message, A_FEED if name.lower().endswith(FEEDS) else NOT_READ)
            return
        if (document.file_size or 0) > LARGEST:
            await say(message, TOO_LARGE)
            return
        await _offer(desk, message, {"file": document.file_id, "name": Path(name).name})
    elif parts := await parts_of(desk.inbox, update):
        await _offer(desk, message, {"post": _as_json(message, text_of(parts))})
        desk.inbox.done(*(one.update_id for one in parts))


def links_in(message: Message) -> list[str]:
    """The links of a message that are offered; none where it asks something besides."""
    links, rest = links_of(message)
    return [] if "?" in rest else links[:MOST_LINKS]


async def offer_links(desk: Desk, message: Message, links: list[str]) -> None:
    """Offer to add the pages behind links."""
    for link in links:
        await _offer(desk, message, {"link": link})


async def offer_text(desk: Desk, message: Message, text: str) -> None:
    """Offer to add a text that somebody wrote or pasted into the chat."""
    await _offer(desk, message, {"post": _as_json(message, text), "name": "this text"})


def _as_json(message: Message, text: str) -> str:
    return json.dumps(post(message, text), ensure_ascii=False)


async def _offer(desk: Desk, message: Message, source: dict[str, str]) -> None:
    id = secrets.token_urlsafe(9)
    desk.access.store.execute(
        "INSERT INTO offers (id, chat, adder, source, made) VALUES (?, ?, ?, ?, ?)",
        (id, message.chat_id, asker(message), json.dumps(source), time.time()),
    )
    buttons = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Add it", callback_data=f"add:{id}"),
                InlineKeyboardButton("No", callback_data=f"decline:{id}"),
            ]
        ]
    )
    told = source.get("name") or source.get("link") or "this post"
    await say(message, f"Shall I add {told} to this chat's articles?", buttons=buttons)


async def on_offer(update: Update, context: Context) -> None:
    """Add what was offered, or not, as its sender says."""
    press = await pressed(update, context, ADDED_ALREADY)
    if press is None:
        return
    desk, query, message, id = desk_of(context), press.query, press.message, press.rest
    offer = desk.access.store.execute(
        "SELECT adder, source FROM offers WHERE id = ? AND chat = ?", (id, message.chat_id)
    ).fetchone()
    if offer is None:
        await acknowledge(query, ADDED_ALREADY)
        return
    adder, source = offer
    if not press.is_by(adder):
        await acknowledge(query, "Only the person who sent it can say so.")
        return
    await acknowledge(query)
    if press.action == "add":
        # Reading may take minutes; the chat goes on meanwhile. The offer is kept until it is done,
        # and `resume` goes on with it after a crash.
        taken = desk.access.store.execute(
            "UPDATE offers SET taken = (SELECT payload FROM updates WHERE id = ?), attempts = 1"
            " WHERE id = ? AND taken IS NULL",
            (update.update_id, id),
        )
        if taken.rowcount:
            context.application.create_task(
                add(desk, message, message.chat_id, id, json.loads(source)), update
            )
        return
    desk.access.store.execute("DELETE FROM offers WHERE id = ?", (id,))
    await tell(message, "Not added.", last=True)

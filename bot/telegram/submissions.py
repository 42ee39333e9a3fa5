"""What somebody sends is offered for the chat's articles, and added after a yes."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from pathlib import Path

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    Update,
)

from bot.telegram.additions import add, tell
from bot.telegram.parts import parts_of, text_of
from bot.telegram.permissions import pressed
from bot.telegram.replies import asker, say, turn_away
from bot.telegram.services import Context, Services, acknowledge, is_private, services_of
from retrieval import FEEDS, READABLE

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]", re.IGNORECASE)
MARKED: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK, MessageEntity.MENTION]

LONGEST_TITLE = 80  # characters of a post's first line

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
    services = services_of(context)
    if not services.access.may_ask(message.chat_id, person.id):
        if is_private(message):
            await turn_away(services, message, person)
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
        await _ask_to_add(services, message, {"file": document.file_id, "name": Path(name).name})
    elif parts := await parts_of(services.queue, update):
        await _ask_to_add(services, message, {"post": _as_json(message, text_of(parts))})
        services.queue.done(*(part.update_id for part in parts))


def links_in(message: Message) -> list[str]:
    """The links of a message that are offered; none where it asks something besides."""
    links, rest = links_of(message)
    return [] if "?" in rest else links[:MOST_LINKS]


async def ask_to_add_links(services: Services, message: Message, links: list[str]) -> None:
    """Offer to add the pages behind links."""
    for link in links:
        await _ask_to_add(services, message, {"link": link})


async def ask_to_add_text(services: Services, message: Message, text: str) -> None:
    """Offer to add a text that somebody wrote or pasted into the chat."""
    await _ask_to_add(services, message, {"post": _as_json(message, text), "name": "this text"})


def _as_json(message: Message, text: str) -> str:
    return json.dumps(post(message, text), ensure_ascii=False)


async def _ask_to_add(services: Services, message: Message, source: dict[str, str]) -> None:
    id = secrets.token_urlsafe(9)
    services.access.store.execute(
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
    name = source.get("name") or source.get("link") or "this post"
    await say(message, f"Shall I add {name} to this chat's articles?", buttons=buttons)


async def on_reply_to_add(update: Update, context: Context) -> None:
    """Add what was offered, or not, as its sender says."""
    press = await pressed(update, context, ADDED_ALREADY)
    if press is None:
        return
    services, query, message, id = services_of(context), press.query, press.message, press.rest
    offer = services.access.store.execute(
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
        taken = services.access.store.execute(
            "UPDATE offers SET taken = (SELECT payload FROM updates WHERE id = ?), attempts = 1"
            " WHERE id = ? AND taken IS NULL",
            (update.update_id, id),
        )
        if taken.rowcount:
            context.application.create_task(
                add(services, message, message.chat_id, id, json.loads(source)), update
            )
        return
    services.access.store.execute("DELETE FROM offers WHERE id = ?", (id,))
    await tell(message, "Not added.", last=True)


def post(message: Message, text: str) -> dict[str, str | None]:
    """A text, or a forwarded post, as an article: its first line is the title.

    A post has its channel as publisher, and its own address as link; if it has none, the link to
    another page that it gives, if it gives one and no more.
    """
    origin = message.forward_origin
    source = author = url = None
    if isinstance(origin, MessageOriginChannel):
        source, author = origin.chat.title, origin.author_signature
        if origin.chat.username:
            url = f"https://t.me/{origin.chat.username}/{origin.message_id}"
    elif isinstance(origin, MessageOriginChat):
        source, author = origin.sender_chat.title, origin.author_signature
    elif isinstance(origin, MessageOriginUser):
        author = origin.sender_user.full_name
    elif isinstance(origin, MessageOriginHiddenUser):
        author = origin.sender_user_name
    id = hashlib.sha256(f"{url or text}".encode()).hexdigest()[:16]
    links = links_of(message)[0]
    if origin and url is None and len(links) == 1:
        (url,) = links
    title, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    is_heading = rest and not title.endswith((".", "!", "?", "…", ":"))
    lines = rest if is_heading else [title, *rest]  # a heading is no sentence to quote
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
    return {
        "id": id,
        "title": title,
        "text": "\n\n".join(lines),
        "url": url,
        "source": source,
        "author": author,
        "published": origin.date.isoformat() if origin else None,
    }


def links_of(message: Message) -> tuple[list[str], str]:
    """The links of a message, each once, and its text without them.

    Telegram marks links, hidden ones and such without a scheme; it also marks “main.py” and
    “e.g.no” in a sentence. An address without a scheme and a path counts if it stands alone.
    """
    text = message.text or message.caption or ""
    parse = message.parse_entities if message.text else message.parse_caption_entities
    marked = parse(MARKED)
    left = bytearray(text, "utf-16-le")
    for entity in marked:
        place = slice(2 * entity.offset, 2 * (entity.offset + entity.length))
        left[place] = " ".encode("utf-16-le") * entity.length
    rest = left.decode("utf-16-le")
    written = LINK.findall(rest)  # a host without a dot, or a link within code
    rest = LINK.sub(" ", rest)
    is_alone = not re.search(r"\w", rest)
    links = [
        said if "://" in said else f"https://{said}"
        for entity, said in ((entity, entity.url or said) for entity, said in marked.items())
        if entity.type != MessageEntity.MENTION
        and ("://" in said or "/" in said.rstrip("/") or is_alone)
    ]
    web = (link for link in [*links, *written] if link.lower().startswith(("http://", "https://")))
    return list(dict.fromkeys(web)), rest

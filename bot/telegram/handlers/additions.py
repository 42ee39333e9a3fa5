"""What somebody sends is offered for the chat's articles, and added after a yes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import secrets
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from telegram import (
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    MessageOriginChannel,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import ChatMigrated, TelegramError

from bot.rendering import telegram as rendering
from bot.telegram.context import (
    Bot,
    Context,
    Press,
    Services,
    acknowledge,
    asker_of,
    button,
    edit,
    is_private,
    pressed,
    say,
    services_of,
    turn_away,
)
from bot.telegram.rate_limiter import is_temporary
from bot.telegram.store import own_library
from bot.telegram.update_queue import AGAIN_AFTER, parsed, parts_of, text_of
from retrieval import FEEDS, READABLE, QuotewiseError

log = logging.getLogger(__name__)

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]", re.IGNORECASE)
MARKED: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK, MessageEntity.MENTION]
LONGEST_TITLE = 80  # characters of a post's first line
LARGEST = 20 * 1024 * 1024  # bytes; what the Bot API hands out
MOST_LINKS = 5  # of one message that are offered
MOST_ATTEMPTS = 3  # processes that begin an addition and end before it is done
PROGRESS_AGAIN = 3.0  # seconds between two edits of the progress message

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
GIVEN_UP = (
    "It could not be added: I stopped working each time I tried. Please send it in smaller parts."
)


async def on_source(update: Update, context: Context) -> None:
    """Offer to add a file or a forwarded post."""
    message, person = update.message, update.effective_user
    if message is None or person is None or message.is_automatic_forward:
        return  # nobody sent the bot a channel's post that Telegram forwards to its group
    services = services_of(context)
    if not services.access.may_ask(message.chat_id, person.id):
        if is_private(message):
            await turn_away(services, message, person)
        return
    document = None if message.animation else message.document
    if document is None:
        if parts := await parts_of(services.queue, update):
            await ask_to_add(services, message, {"post": _post(message, text_of(parts))})
            services.queue.done(*(part.update_id for part in parts))
        return
    name = document.file_name or ""
    if not name.lower().endswith(READABLE):
        if is_private(message):
            await say(message, A_FEED if name.lower().endswith(FEEDS) else NOT_READ)
    elif (document.file_size or 0) > LARGEST:
        await say(message, TOO_LARGE)
    else:
        await ask_to_add(services, message, {"file": document.file_id, "name": Path(name).name})


def links_in(message: Message) -> list[str]:
    """Return the links of a message that are offered; none where it asks something besides."""
    links, rest = links_of(message)
    return [] if "?" in rest else links[:MOST_LINKS]


async def ask_to_add_text(services: Services, message: Message, text: str) -> None:
    """Offer to add a text that somebody wrote or pasted into the chat."""
    await ask_to_add(services, message, {"post": _post(message, text), "name": "this text"})


async def ask_to_add(services: Services, message: Message, source: dict[str, str]) -> None:
    """Offer to add a source: a link, a file of Telegram, or an article that a message is."""
    id = secrets.token_urlsafe(9)
    services.access.store.change(
        "INSERT INTO offers (id, chat, adder, source, made) VALUES (?, ?, ?, ?, ?)",
        *(id, message.chat_id, asker_of(message), json.dumps(source), time.time()),
    )
    buttons = [button("Add it", f"add:{id}"), button("No", f"decline:{id}")]
    name = source.get("name") or source.get("link") or "this post"
    text = f"Shall I add {name} to this chat's articles?"
    await say(message, text, buttons=InlineKeyboardMarkup([buttons]))


@pressed(ADDED_ALREADY)
async def on_reply_to_add(
    update: Update, context: Context, services: Services, press: Press
) -> None:
    """Add what was offered, or not, as its sender says."""
    query, message, id = press.query, press.message, press.rest
    rows = services.access.store.rows(
        "SELECT adder FROM offers WHERE id = ? AND chat = ?", id, message.chat_id
    )
    if not rows:
        await acknowledge(query, ADDED_ALREADY)
        return
    if not press.is_by(*rows[0]):
        await acknowledge(query, "Only the person who sent it can say so.")
        return
    await acknowledge(query)
    if press.action != "add":
        _drop_offer(services, id)
        await _replace(message, "Not added.", last=True)
        return
    # Reading may take minutes; the chat goes on meanwhile. The offer is kept until it is done,
    # and `resume` goes on with it after a crash.
    if services.access.store.change(
        "UPDATE offers SET taken = (SELECT payload FROM updates WHERE id = ?), attempts = 1"
        " WHERE id = ? AND taken IS NULL",
        *(update.update_id, id),
    ):
        context.application.create_task(_add(services, message, id), update)


def _drop_offer(services: Services, id: str) -> None:
    services.access.store.change("DELETE FROM offers WHERE id = ?", id)


def resume(services: Services, application: Bot) -> None:
    """Go on with what was being added when the bot ended, unless that is what ended it."""
    for id, taken, attempts in services.access.store.rows(
        "SELECT id, taken, attempts FROM offers WHERE taken IS NOT NULL"
    ):
        update = parsed(json.loads(taken)["update_id"], taken, application.bot)
        message = update and update.callback_query and update.callback_query.message
        if not isinstance(message, Message):
            continue
        if attempts >= MOST_ATTEMPTS:
            log.error("an addition was begun %d times and is given up", attempts)
            _drop_offer(services, id)
            application.create_task(_replace(message, GIVEN_UP, last=True), update)
            continue
        services.access.store.change("UPDATE offers SET attempts = attempts + 1 WHERE id = ?", id)
        application.create_task(_add(services, message, id), update)


def forgive_attempts(services: Services) -> None:
    """Count no attempt for additions that a planned stop interrupts."""
    services.access.store.change("UPDATE offers SET attempts = 0 WHERE taken IS NOT NULL")


async def _add(services: Services, message: Message, id: str) -> None:
    """Add what was offered to a chat's articles, again until Telegram can be reached."""
    while not services.queue.closing:
        try:
            await _add_once(services, message, id)
            return
        except TelegramError as error:
            if not is_temporary(error):
                raise
            log.warning("an addition is put off: %s", error)
            await services.queue.pause(AGAIN_AFTER)


async def _add_once(services: Services, message: Message, id: str) -> None:
    rows = services.access.store.rows("SELECT chat, adder, source FROM offers WHERE id = ?", id)
    if not rows:  # the chat was forgotten meanwhile
        await _replace(message, "Not added.", last=True)
        return
    chat, adder, source = rows[0][0], rows[0][1] or None, json.loads(rows[0][2])
    await _replace(message, "Reading …")
    with tempfile.TemporaryDirectory() as folder:
        try:
            location, origin = source.get("link", ""), None
            if not location:
                path = await _download(message, source, Path(folder))
                # The same file is the same article when it is sent again.
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
                location, origin = str(path), f"telegram:{digest}/{path.name}"
            total = await services.run(lambda: services.library.count([location]))
            counts, ended = [0], asyncio.Event()
            progress = asyncio.create_task(_show_progress(message, counts, total, ended))
            try:
                outcomes = await services.add(location, chat, counts.append, origin, adder)
            finally:
                ended.set()
                await asyncio.gather(progress, return_exceptions=True)
        except (QuotewiseError, TelegramError, OSError) as error:
            if is_temporary(error):
                raise
            log.warning("a source could not be added: %s", type(error).__name__)
            reason = str(error) if isinstance(error, QuotewiseError) else "please send it again"
            _drop_offer(services, id)
            await _replace(message, f"It could not be added: {reason}", last=True)
            return
    if outcomes is None:
        return
    if not outcomes:
        await _replace(message, "Not added.", last=True)
        return
    _drop_offer(services, id)
    name = source.get("name") or source.get("link") or "the post"
    named = [
        replace(
            outcome,
            source=outcome.source.replace(location, name),
            # A chat has its own command for what the command line says of feeds.
            reason=(outcome.reason or "")
            .replace(location, name)
            .replace("`quotewise feed add ", "`/feed "),
        )
        for outcome in outcomes
    ]
    paragraphs, article = None, named[0].article
    if len(named) == 1 and article is not None:
        with suppress(QuotewiseError):  # it was removed just now, or has moved with its group
            stored = await services.run(
                lambda: services.library.article(article.id, library=own_library(chat))
            )
            paragraphs = len(stored.paragraphs)
    html = rendering.outcomes_message(named, paragraphs)
    await _replace(message, html, html=True, last=True)


async def _download(message: Message, source: dict[str, str], folder: Path) -> Path:
    """Put the source in a file on this machine. A long name loses its middle, not its suffix."""
    if "post" in source:
        path = folder / "post.jsonl"
        path.write_text(source["post"], "utf-8")
        return path
    name = Path(source["name"].replace("\0", ""))
    path = folder / (name.stem.encode()[:100].decode("utf-8", "ignore") + name.suffix[:20])
    file = await message.get_bot().get_file(source["file"])
    await file.download_to_drive(path)
    return path


async def _show_progress(
    message: Message, counts: list[int], total: int, ended: asyncio.Event
) -> None:
    """Edit a message every few seconds to say how many articles are added, until that has ended.

    The last of the `counts` is how many. The code that sets `ended` waits for an edit on its way: a
    late one must not replace the last words.
    """
    while not ended.is_set():
        try:
            await asyncio.wait_for(ended.wait(), PROGRESS_AGAIN)
        except TimeoutError:
            if 0 < counts[-1] < total:
                await _replace(message, f"Adding: {counts[-1]} of {total} …")


async def _replace(message: Message, text: str, *, html: bool = False, last: bool = False) -> None:
    """Replace the text of the bot's own message.

    Messages of a group that became a supergroup stay as they are; `last` words are sent there.
    """
    shown = text if html else rendering.escaped(text)
    try:
        await edit(message, shown, None)
    except ChatMigrated as error:
        if last:
            await message.get_bot().send_message(
                error.new_chat_id,
                shown,
                parse_mode=ParseMode.HTML,
            )


def _post(message: Message, text: str) -> str:
    """Make an article, as JSON, of a text or a forwarded post: its first line is the title.

    A post has its channel as publisher, and its own address as link; without an address, the
    link to another page that it contains, if it contains exactly one.
    """
    origin = message.forward_origin
    url = None
    chat = getattr(origin, "chat", None) or getattr(origin, "sender_chat", None)
    user = getattr(origin, "sender_user", None)
    author = user.full_name if user else getattr(origin, "sender_user_name", None)
    if isinstance(origin, MessageOriginChannel) and origin.chat.username:
        url = f"https://t.me/{origin.chat.username}/{origin.message_id}"
    id = hashlib.sha256(f"{url or text}".encode()).hexdigest()[:16]
    links = links_of(message)[0]
    if origin and url is None and len(links) == 1:
        (url,) = links
    title, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    is_heading = rest and not title.endswith((".", "!", "?", "…", ":"))
    lines = rest if is_heading else [title, *rest]  # a heading is no sentence to quote
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
    article = {
        "id": id,
        "title": title,
        "text": "\n\n".join(lines),
        "url": url,
        "source": chat and chat.title,
        "author": author or getattr(origin, "author_signature", None),
        "published": origin.date.isoformat() if origin else None,
    }
    return json.dumps(article, ensure_ascii=False)


def links_of(message: Message) -> tuple[list[str], str]:
    """Return the links of a message, each once, and its text without them.

    Telegram marks links, hidden ones and such without a scheme; it also marks “main.py” and
    “e.g.no” in a sentence. An address without a scheme and a path counts if it is all there is.
    """
    text = message.text or message.caption or ""
    parse = message.parse_entities if message.text else message.parse_caption_entities
    marked = parse(MARKED)
    rest = text
    for written in marked.values():
        rest = rest.replace(written, " ", 1)
    unmarked = LINK.findall(rest)  # a host without a dot, or a link within code
    rest = LINK.sub(" ", rest)
    is_alone = not re.search(r"\w", rest)
    links = [
        said if "://" in said else f"https://{said}"
        for entity, said in ((entity, entity.url or said) for entity, said in marked.items())
        if entity.type != MessageEntity.MENTION
        and ("://" in said or "/" in said.rstrip("/") or is_alone)
    ]
    web = (link for link in [*links, *unmarked] if link.lower().startswith(("http://", "https://")))
    return list(dict.fromkeys(web)), rest

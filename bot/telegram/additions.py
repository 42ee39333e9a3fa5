"""What was offered becomes articles of the chat, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from telegram import Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError
from telegram.ext import Application

from bot.rendering import telegram as rendering
from bot.telegram.access import own_library
from bot.telegram.rate_limiter import is_temporary
from bot.telegram.replies import NO_PREVIEW
from bot.telegram.requests import parsed
from bot.telegram.services import Services
from bot.telegram.update_queue import AGAIN_AFTER
from retrieval import Outcome, QuotewiseError

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3  # processes that begin an addition and end before it is done
PROGRESS_AGAIN = 3.0  # seconds between two edits of the progress message

GIVEN_UP = (
    "It could not be added: I stopped working each time I tried. Please send it in smaller parts."
)


def forget_old_submissions(services: Services) -> None:
    """Forget offers that nobody took up within a week."""
    services.access.store.execute("DELETE FROM offers WHERE made < ?", (time.time() - 7 * 86_400,))


def resume(services: Services, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Go on with what was being added when the bot ended, unless that is what ended it."""
    for id, chat, source, taken, attempts in services.access.store.execute(
        "SELECT id, chat, source, taken, attempts FROM offers WHERE taken IS NOT NULL"
    ).fetchall():
        update = parsed(json.loads(taken)["update_id"], taken, application.bot)
        message = update and update.callback_query and update.callback_query.message
        if not isinstance(message, Message):
            continue
        if attempts >= MOST_ATTEMPTS:
            log.error("an addition was begun %d times and is given up", attempts)
            services.access.store.execute("DELETE FROM offers WHERE id = ?", (id,))
            application.create_task(tell(message, GIVEN_UP, last=True), update)
            continue
        services.access.store.execute(
            "UPDATE offers SET attempts = attempts + 1 WHERE id = ?", (id,)
        )
        application.create_task(add(services, message, chat, id, json.loads(source)), update)


def keep_for_the_next_process(services: Services) -> None:
    """Who is told to stop is no danger: no attempt counts for that."""
    services.access.store.execute("UPDATE offers SET attempts = 0 WHERE taken IS NOT NULL")


async def add(
    services: Services, message: Message, chat: int, id: str, source: dict[str, str]
) -> None:
    """Add what was offered to a chat's articles, as soon as Telegram can be reached."""
    while not services.queue.closing:
        try:
            return await _added(services, message, chat, id, source)
        except TelegramError as error:
            if not is_temporary(error):
                raise
            log.warning("an addition is put off: %s", error)
            await services.queue.pause(AGAIN_AFTER)
    return None


async def _added(
    services: Services, message: Message, chat: int, id: str, source: dict[str, str]
) -> None:
    await tell(message, "Reading …")
    with tempfile.TemporaryDirectory() as folder:
        try:
            location, origin = source.get("link", ""), None
            if not location:
                path = await _fetched(message, source, Path(folder))
                # The same file is the same article when it is sent again.
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
                location, origin = str(path), f"telegram:{digest}/{path.name}"
            total = await services.run(lambda: services.library.count([location]))
            progress = Progress(message, total)
            try:
                outcomes = await services.add(
                    location, chat, progress.tell, origin, _adder(services, id)
                )
            finally:
                await progress.end()
        except (QuotewiseError, TelegramError, OSError) as error:
            if is_temporary(error):
                raise
            log.warning("a source could not be added: %s", type(error).__name__)
            reason = str(error) if isinstance(error, QuotewiseError) else "please send it again"
            services.access.store.execute("DELETE FROM offers WHERE id = ?", (id,))
            await tell(message, f"It could not be added: {reason}", last=True)
            return
    if outcomes is None:
        return
    if not outcomes:
        await tell(message, "Not added.", last=True)
        return
    services.access.store.execute("DELETE FROM offers WHERE id = ?", (id,))
    name = source.get("name") or source.get("link") or "the post"
    named = [
        replace(
            outcome,
            source=outcome.source.replace(location, name),
            # What the command line says of feeds, a chat says by its own command.
            reason=outcome.reason
            and outcome.reason.replace(location, name).replace("`quotewise feed add ", "`/feed "),
        )
        for outcome in outcomes
    ]
    await tell(
        message, await services.run(lambda: _outcomes(services, chat, named)), html=True, last=True
    )


def _adder(services: Services, id: str) -> int | None:
    """The person who sent what was offered; None if it came without a name."""
    row = services.access.store.execute("SELECT adder FROM offers WHERE id = ?", (id,)).fetchone()
    return (row and row[0]) or None


def _outcomes(services: Services, chat: int, outcomes: list[Outcome]) -> str:
    if len(outcomes) != 1:
        return rendering.outcomes_message(outcomes)
    (outcome,) = outcomes
    paragraphs = None
    if outcome.article is not None:
        with suppress(QuotewiseError):  # it was removed just now, or has moved with its group
            stored = services.library.article(outcome.article.id, library=own_library(chat))
            paragraphs = len(stored.paragraphs)
    return rendering.outcome_message(outcome, paragraphs)


async def _fetched(message: Message, source: dict[str, str], folder: Path) -> Path:
    """The source as a file on this machine."""
    if "post" in source:
        path = folder / "post.jsonl"
        path.write_text(source["post"], "utf-8")
        return path
    path = folder / _file_name(source["name"])
    file = await message.get_bot().get_file(source["file"])
    await file.download_to_drive(path)
    return path


def _file_name(name: str) -> str:
    """A name as the disk takes it: what is too long loses its middle, but not its suffix."""
    bare = Path(name.replace("\0", ""))
    return bare.stem.encode()[:100].decode("utf-8", "ignore") + bare.suffix[:20]


class Progress:
    """Edits a message every few seconds to say how many articles are added."""

    def __init__(self, message: Message, total: int) -> None:
        self._message, self._total = message, total
        self._edited = time.monotonic()
        self._edits: set[asyncio.Task[None]] = set()

    def tell(self, done: int) -> None:
        """Say it, unless it was said just now or all are added."""
        if done < self._total and time.monotonic() - self._edited >= PROGRESS_AGAIN:
            self._edited = time.monotonic()
            text = rendering.progress_message(done, self._total)
            self._edits.add(asyncio.create_task(tell(self._message, text)))

    async def end(self) -> None:
        """Wait for edits on their way: a late one must not replace what is said at the end."""
        await asyncio.gather(*self._edits, return_exceptions=True)


async def tell(message: Message, text: str, *, html: bool = False, last: bool = False) -> None:
    """Put a text in the place of the bot's own message.

    The messages of a group that became a supergroup stay as they are; `last` words are said there.
    """
    shown = text if html else rendering.escaped(text)
    try:
        await message.edit_text(shown, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW)
    except BadRequest as error:
        log.info("a message could not be edited: %s", error)
    except ChatMigrated as error:
        if last:
            await message.get_bot().send_message(
                error.new_chat_id,
                shown,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
            )

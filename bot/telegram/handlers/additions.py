"""What somebody sends is offered for the chat's articles, and added after a yes or at once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from telegram import Bot as TelegramBot
from telegram import InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.error import ChatMigrated, TelegramError

from bot.rendering import telegram as rendering
from bot.rendering.language import N_, _, use_language
from bot.rendering.text import shortened, units
from bot.telegram.context import (
    Context,
    Press,
    Refusal,
    Services,
    acknowledge,
    asker_of,
    button,
    edit,
    edit_in,
    is_private,
    language_of,
    pressed,
    say,
    services_of,
    topic_of,
    turn_away,
)
from bot.telegram.rate_limiter import is_temporary
from bot.telegram.sources import (
    KINDS,
    MOST_SOURCES,
    PASTED,
    Source,
    limited,
    links_in,
    links_of,
    source_of,
    unique,
)
from bot.telegram.store import Addition, own_library
from bot.telegram.update_queue import (
    AGAIN_AFTER,
    SPLIT_FROM,
    BotEnds,
    UpdateQueue,
    parsed,
    parts_of,
    text_of,
)
from retrieval import READABLE, Outcome, QuotewiseError, Status, Unavailable

log = logging.getLogger(__name__)

Result = TypeVar("Result")

TOGETHER_S = 60.0
"""Seconds within which a person sends what is offered together."""
NEXT_WAIT_S = 0.5
"""Seconds to wait for another source before the bot asks: the files of an album arrive at once."""
MOST_ATTEMPTS = 3  # processes that begin an addition and end before it is done
PROGRESS_AGAIN = 3.0  # seconds between two edits of the progress message
LONGEST_LABEL = 80  # UTF-16 units of a source in a list
LONGEST_NAME = 1000  # of the only source

ADDED_ALREADY = N_("That has been added or declined already, or is too old: please send it again.")
SEE_BELOW = N_("I ask again below, with what came since.")
GIVEN_UP = N_(
    "It could not be added: I stopped working each time I tried. Please send it in smaller parts."
)


# -- asking


async def on_source(update: Update, context: Context) -> None:
    message, person = update.message, update.effective_user
    if message is None or person is None or message.is_automatic_forward:
        return  # nobody sent the bot a channel's post that Telegram forwards to its group
    services = services_of(context)
    if not services.access.may_ask(message.chat_id, person.id):
        if is_private(message):
            await turn_away(services, message, person)
        return
    parts = await parts_of(services.queue, update)
    source = source_of(message, text_of(parts), update.update_id)
    if source and (is_private(message) or source.unread != "own"):
        await take(services, parts, [source])


async def take(
    services: Services, updates: list[Update], sources: list[Source], *, at_once: bool = False
) -> None:
    """Add what these updates brought after a yes, together with what the person sends right after.

    The yes is left out if it is asked for `at_once`, or if the chat has set that.
    """
    first, message = updates[0], updates[0].effective_message
    assert message is not None
    if not at_once:
        updates, sources = await _with_next(services.queue, updates, sources)
    sources = limited(sources)
    if all(source.unread for source in sources):
        await _refuse(message, sources, always=at_once or is_private(message))
    else:
        at_once = at_once or services.chat_settings.adds_at_once(message.chat_id)
        await _offer(services, first, message, sources, at_once)
    services.queue.done(*(update.update_id for update in updates))


async def _with_next(
    queue: UpdateQueue, updates: list[Update], sources: list[Source]
) -> tuple[list[Update], list[Source]]:
    """Return also the person's next messages, as long as they bring sources, and their sources."""
    while len(sources) < MOST_SOURCES:
        update = await queue.next_message(updates[-1], NEXT_WAIT_S)
        more = update and _sources_after(updates[-1], update)
        if not update or not more:
            break
        updates, sources = [*updates, update], [*sources, *more]
    return updates, sources


def _sources_after(before: Update, update: Update) -> list[Source]:
    """Return the sources of the next message, if nothing else is to be done about it."""
    last, message = before.message, update.message
    if last is None or message is None or topic_of(last) != topic_of(message):
        return []
    if message.date - last.date > timedelta(seconds=TOGETHER_S):
        return []
    text = message.text or message.caption or ""
    if units(text) > SPLIT_FROM or message.is_automatic_forward:
        return []  # the rest of the text may be on its way
    if source := source_of(message, text, update.update_id):
        return [source] if is_private(message) or source.unread != "own" else []
    is_text = text.startswith("/") or len(links_of(message)[1]) > PASTED
    return links_in(update) if is_private(message) and not is_text else []


async def _refuse(message: Message, unread: list[Source], *, always: bool) -> None:
    """Say why nothing of what somebody sent can be added; in a group, only of large files."""
    named = [source for source in unread if always or source.unread == "size"]
    if named:
        is_kind = any(source.unread == "kind" for source in named)
        heading = _(KINDS, endings=", ".join(READABLE)) if is_kind else ""
        await say(message, rendering.plain_list(heading, map(_row, named)), html=True)


async def _offer(
    services: Services, update: Update, message: Message, sources: list[Source], at_once: bool
) -> None:
    """Add sources, or ask about them together with those that the person sent a moment ago."""
    chat, adder, topic = message.chat_id, asker_of(message), topic_of(message)
    written = (message.edit_date or message.date).timestamp()
    earlier = services.additions.of_person(chat, adder, topic, written - TOGETHER_S)
    brought = {source.update for source in sources}
    last = next((each for each in earlier if brought & {s.update for s in each.sources}), None)
    if last and (last.taken or last.shown_in):
        return  # the process ended after this and before the updates were marked done
    if not (last or at_once):
        last = next((each for each in earlier if _has_room(each, sources)), None)
    id, before = (last.id, last.sources) if last else (secrets.token_urlsafe(9), ())
    together = unique([*before, *sources])
    addition = Addition(id, chat, adder, tuple(together), written, topic)
    services.additions.save(addition)
    if at_once:
        _start(services, update, addition)
        return
    count = sum(not source.unread for source in together)
    add = _("Add it") if count == 1 else _("Add all {count}", count=count)
    buttons = [button(add, f"add:{id}"), button(_("No"), f"decline:{id}")]
    keyboard = InlineKeyboardMarkup([buttons])
    sent = await say(message, _question(together), html=True, buttons=keyboard)
    services.additions.shown(id, sent.message_id)
    if last and last.shown_in:
        report = _Report(message.get_bot(), chat, last.shown_in)
        await report.show(rendering.plain_message(_(SEE_BELOW)))


def _has_room(addition: Addition, sources: Sequence[Source]) -> bool:
    count = len(unique([*addition.sources, *sources]))
    return addition.taken is None and count <= MOST_SOURCES


def _question(sources: Sequence[Source]) -> str:
    """Ask whether to add sources, which are named, and say which cannot be added; as HTML."""
    readable = [source for source in sources if not source.unread]
    unread = [source for source in sources if source.unread]
    if len(readable) > 1:
        question = _("Shall I add these {count} to this chat's articles?", count=len(readable))
        return rendering.plain_list(question, map(_row, [*readable, *unread]))
    (source,) = readable
    if source.pasted:
        question = _("Shall I add this text to this chat's articles?")
    elif source.post:
        question = _("Shall I add this post to this chat's articles?")
    else:
        name = shortened(source.label, LONGEST_NAME)
        question = _("Shall I add {name} to this chat's articles?", name=name)
    return rendering.plain_list(question, map(_row, unread))


def _row(source: Source) -> str:
    name = shortened(source.label, LONGEST_LABEL)
    if source.unread:
        return _("Not added: {source}: {reason}", source=name, reason=source.reason)
    return f"• {name}"


# -- adding


@pressed(ADDED_ALREADY)
async def on_reply_to_add(
    update: Update, context: Context, services: Services, press: Press
) -> None:
    addition, shown_in = services.additions.with_id(press.rest), press.message.message_id
    if addition is None or addition.chat != press.message.chat_id:
        raise Refusal(_(ADDED_ALREADY))
    if not press.is_by(addition.adder):
        raise Refusal(_("Only the person who sent it can say so."))
    if addition.taken is not None:
        raise Refusal(_("That is being added already."))
    if addition.shown_in not in (None, shown_in):
        raise Refusal(_(SEE_BELOW))
    await acknowledge(press.query)
    if press.action != "add":
        services.additions.drop(addition.id)
        await edit(press.message, rendering.plain_message(_("Not added.")), None)
        return
    services.additions.shown(addition.id, shown_in)
    _start(services, update, addition._replace(shown_in=shown_in))


def _start(services: Services, update: Update, addition: Addition) -> None:
    """Begin an addition, once.

    Reading may take minutes; the chat goes on meanwhile. The sources are stored until they are
    added, and `resume` goes on with them after a crash.
    """
    lock = _lock(addition)
    if services.locks.take([lock]):
        if services.additions.begin(addition.id, update.update_id):
            _begin(services, update, addition)
        else:
            services.locks.release(lock)


def _begin(services: Services, update: Update, addition: Addition) -> None:
    services.in_work.add(addition.id)
    services.queue.application.create_task(_add(services, update, addition), update)


def resume(services: Services) -> None:
    """Go on with what was being added when a process ended, unless that is what ended it."""
    for seen in services.additions.begun():
        lock = _lock(seen)
        if seen.id in services.in_work or not services.locks.take([lock]):
            continue  # a process is adding it
        addition = services.additions.with_id(seen.id)
        if addition is None or addition.taken is None:  # it is done since
            services.locks.release(lock)
            continue
        update_id = json.loads(addition.taken)["update_id"]
        update = parsed(update_id, addition.taken, services.queue.application.bot)
        if update is None or not isinstance(update.effective_message, Message):
            services.additions.drop(addition.id)
            services.locks.release(lock)
            continue
        services.additions.begin_again(addition.id)
        use_language(language_of(update))
        _begin(services, update, addition)


async def _add(services: Services, update: Update, addition: Addition) -> None:
    """Add sources to a chat's articles, and show in one message how far that is and the outcome."""
    try:
        report = await _reported(services, update, addition)
        if addition.attempts >= MOST_ATTEMPTS:
            log.error("an addition was begun %d times and is given up", addition.attempts)
            html = rendering.plain_message(_(GIVEN_UP))
        else:
            html = await _summary(services, addition, await _outcomes(services, addition, report))
        await _until_reached(services.queue, partial(report.show, html, last=True))
        services.additions.drop(addition.id)
    except (BotEnds, Unavailable) as error:
        log.info("an addition is begun again: %s", error)  # by the next process, or soon
    except TelegramError as error:
        log.info("what was added could not be said: %s", error)
        services.additions.drop(addition.id)
    finally:
        services.in_work.remove(addition.id)
        with suppress(QuotewiseError):
            services.locks.release(_lock(addition))


def _lock(addition: Addition) -> str:
    """Return the name of the lock that a process has while it adds this."""
    return f"addition {addition.id}"


async def _outcomes(services: Services, addition: Addition, report: _Report) -> list[Outcome]:
    """Add the sources one after the other; return what became of them.

    An empty list if the chat is forgotten meanwhile.
    """
    outcomes: list[Outcome] = []
    readable = [source for source in addition.sources if not source.unread]
    report.total, ended = len(readable), asyncio.Event()
    showing = asyncio.create_task(_show_progress(report, ended))
    try:
        for source in readable:
            if services.additions.with_id(addition.id) is None:
                return []
            added = await _add_source(services, addition, source, report)
            if not added:
                return []
            outcomes += added
    finally:
        ended.set()
        await asyncio.gather(showing, return_exceptions=True)
    for source in addition.sources:
        if source.unread:
            outcomes.append(Outcome(source.label, Status.FAILED, reason=source.reason))
    return outcomes


async def _add_source(
    services: Services, addition: Addition, source: Source, report: _Report
) -> list[Outcome]:
    """Add a source; return as `_outcomes` does. What fails is an outcome, too."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            location, origin = source.link, None
            if not location:
                path = await _until_reached(
                    services.queue, lambda: _download(report.bot, source, Path(folder))
                )
                # The same file is the same article when it is sent again.
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
                location, origin = str(path), f"telegram:{digest}/{path.name}"
            number = await services.run(services.library.count, [location])
            report.total += number - 1
            before = report.done

            def advance(done: int) -> None:
                report.done = before + done

            outcomes = await services.add(
                location, addition.chat, advance, origin, addition.adder or None
            )
        except Unavailable:
            raise
        except (QuotewiseError, TelegramError, OSError) as error:
            log.warning("a source could not be added: %s", type(error).__name__)
            reason = str(error) if isinstance(error, QuotewiseError) else _("please send it again")
            return [Outcome(source.label, Status.FAILED, reason=reason)]
    # The person who sent the source knows its name, and not the path.
    return [
        replace(
            outcome,
            source=outcome.source.replace(location, source.label),
            reason=(outcome.reason or "").replace(location, source.label),
        )
        for outcome in outcomes
    ]


async def _summary(services: Services, addition: Addition, outcomes: list[Outcome]) -> str:
    """Return the message about all outcomes: the failures first, as only some lines fit."""
    if not outcomes:  # the chat was forgotten meanwhile
        return rendering.plain_message(_("Not added."))
    paragraphs, article = None, outcomes[0].article
    if len(outcomes) == 1 and article is not None:
        with suppress(QuotewiseError):  # it was removed just now, or has moved with its group
            library = own_library(addition.chat)
            stored = await services.run(services.library.article, article.id, library=library)
            paragraphs = len(stored.paragraphs)
    failures_first = sorted(outcomes, key=lambda outcome: outcome.article is not None)
    return rendering.outcomes_message(failures_first, paragraphs)


async def _download(bot: TelegramBot, source: Source, folder: Path) -> Path:
    """Put the source in a file on this machine. A long name loses its middle, not its suffix."""
    if source.post:
        path = folder / "post.jsonl"
        path.write_text(source.post, "utf-8")
        return path
    name = Path(source.name.replace("\0", ""))
    path = folder / (name.stem.encode()[:100].decode("utf-8", "ignore") + name.suffix[:20])
    file = await bot.get_file(source.file)
    await file.download_to_drive(path)
    return path


async def _until_reached(queue: UpdateQueue, request: Callable[[], Awaitable[Result]]) -> Result:
    """Make a request, again until Telegram can be reached. Raises BotEnds if the bot ends first."""
    while not queue.closing:
        try:
            return await request()
        except TelegramError as error:
            if not is_temporary(error):
                raise
            log.warning("an addition is put off: %s", error)
            await queue.pause(AGAIN_AFTER)
    raise BotEnds


# -- the message about an addition


@dataclass(slots=True)
class _Report:
    """The bot's message about an addition, and how many articles are done, as far as is known."""

    bot: TelegramBot
    chat: int
    message: int
    total: int = 0
    done: int = 0

    async def show(self, html: str, *, last: bool = False) -> _Report:
        """Replace its text, and remove its buttons.

        Messages of a group that became a supergroup stay as they are; `last` words are sent there.
        """
        try:
            await edit_in(self.bot, self.chat, self.message, html)
        except ChatMigrated as error:
            if last:
                await self.bot.send_message(error.new_chat_id, html, parse_mode=ParseMode.HTML)
        return self


async def _reported(services: Services, update: Update, addition: Addition) -> _Report:
    """Say that an addition begins, in the message that asked or in a new one."""
    message, html = update.effective_message, rendering.plain_message(_("Reading …"))
    assert message is not None
    if addition.shown_in is not None:
        report = _Report(message.get_bot(), message.chat_id, addition.shown_in)
        return await _until_reached(services.queue, lambda: report.show(html))
    sent = await _until_reached(services.queue, lambda: say(message, html, html=True))
    services.additions.shown(addition.id, sent.message_id)
    return _Report(message.get_bot(), sent.chat_id, sent.message_id)


async def _show_progress(report: _Report, ended: asyncio.Event) -> None:
    """Edit a message every few seconds to say how many articles are added, until that has ended.

    The code that sets `ended` waits for an edit on its way: a late one must not replace the last
    words.
    """
    while not ended.is_set():
        try:
            await asyncio.wait_for(ended.wait(), PROGRESS_AGAIN)
        except TimeoutError:
            if 0 < report.done < report.total:
                text = _("Adding: {done} of {total} …", done=report.done, total=report.total)
                await report.show(rendering.plain_message(text))

"""What the bot does by itself: alerts, digests, and polls of the feeds that are due."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.rendering import telegram as rendering
from bot.telegram.replies import NO_PREVIEW
from bot.telegram.services import Services
from bot.telegram.store import migrate
from bot.telegram.subscriptions import Watch
from retrieval import Arrival, Quote, QuotewiseError, Status

EVERY_S = 2.0  # seconds between two rounds; one without news costs a millisecond
POLLING = timedelta(minutes=1)  # people who add a feed wait for so long at most

log = logging.getLogger(__name__)

RISK = 0.05
"""The risk at which a new article is worth interrupting people, unless they allow even less."""

MOST_AT_ONCE = 3  # stories that one look tells a chat of


async def look(services: Services, bot: ExtBot[None]) -> None:
    """Put the standing questions to what has been added since, by whatever process."""
    latest = await services.run(services.library.latest)
    for watch in services.subscriptions.behind(latest):
        scope = services.access.scope(watch.chat)
        new = await services.run(partial(services.library.arrivals, watch.seen, scope=scope))
        fresh = [
            arrival
            for arrival in new
            if not services.subscriptions.was_notified(watch.id, arrival.story)
        ]
        for story, quote in await services.run(partial(_quotes, services, watch, fresh, scope)):
            html = rendering.alert_messages(watch.question, quote)
            if not await _notify(services, bot, watch.chat, watch.topic, html):
                break  # it is tried again in the next round, and other chats do not wait for it
            services.subscriptions.record_notified(watch.id, story)
        else:
            services.subscriptions.seen(
                watch.id, max((arrival.key for arrival in new), default=latest)
            )


async def send_digests(services: Services, bot: ExtBot[None], now: datetime | None = None) -> None:
    """Send the digests whose time has come; a day without new articles has none."""
    now = now or datetime.now(UTC)
    for digest in services.subscriptions.due(now):
        latest = await services.run(services.library.latest)
        new = await services.run(
            partial(
                services.library.arrivals, digest.seen, scope=services.access.scope(digest.chat)
            )
        )
        html = rendering.digest_messages(new)
        if not html or await _notify(services, bot, digest.chat, digest.topic, html):
            services.subscriptions.sent(digest, latest, now)


def _quotes(
    services: Services, watch: Watch, fresh: list[Arrival], scope: list[str]
) -> list[tuple[int, Quote]]:
    """The best quote of each new story that surely answers, the surest first."""
    quotes: list[tuple[int, Quote]] = []
    while fresh and len(quotes) < MOST_AT_ONCE:
        only = [arrival.key for arrival in fresh]
        try:
            answer = services.library.answer(
                watch.question,
                scope=scope,
                only=only,
                limit=1,
                risk=min(RISK, services.risk or RISK),
            )
        except QuotewiseError as error:
            log.warning("a standing question could not be asked: %s", error)
            break
        if not answer.answered:  # a probable answer is not worth it, either
            break
        (quote,) = answer.quotes
        story = next((arrival.story for arrival in fresh if arrival.stored.ref == quote.ref), None)
        if story is None:  # the article was changed or removed since it came
            break
        quotes.append((story, quote))
        fresh = [arrival for arrival in fresh if arrival.story != story]
    return quotes


async def _notify(
    services: Services, bot: ExtBot[None], chat: int, topic: int | None, parts: list[str]
) -> bool:
    """Send a chat what it wants to know; False if that should be tried again later."""
    try:
        for part in parts:
            await bot.send_message(
                chat,
                part,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                message_thread_id=topic,
            )
    except (Forbidden, BadRequest) as error:
        # Blocked, thrown out, or the topic is gone: nobody is there to be told.
        log.info("a chat can be told nothing by itself any longer: %s", error)
        services.subscriptions.forget(chat)
    except ChatMigrated as error:
        migrate(services.access.store, chat, error.new_chat_id, "watches", "digests")
        return False
    except TelegramError as error:
        log.warning("a chat is told later what it wants to know: %s", type(error).__name__)
        return False
    return True


async def rounds(services: Services, bot: ExtBot[None]) -> None:
    """Go on until this is cancelled; what fails is told in the log and tried in the next round."""
    async with asyncio.TaskGroup() as tasks:
        # Feeds may take minutes, and telling people should not wait for them.
        tasks.create_task(_again_and_again(partial(look, services, bot)))
        tasks.create_task(_again_and_again(partial(send_digests, services, bot)))
        tasks.create_task(_again_and_again(partial(_poll, services)))
        tasks.create_task(_again_and_again(partial(_clean_up, services)))


async def _again_and_again(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except QuotewiseError as error:
            log.warning("%s", error)
        except Exception:  # a defect must not end the rounds
            log.exception("a round could not be finished")
        await asyncio.sleep(EVERY_S)


async def _poll(services: Services) -> None:
    """Read what is new in the feeds that are due."""
    due, now = await services.run(services.library.next_poll), datetime.now(UTC)
    if due is not None and due <= now:
        await services.threads.do(partial(_polled, services, now))


async def _clean_up(services: Services) -> None:
    """Delete what was kept for some time only."""
    services.removals.expire(time.time())


def _polled(services: Services, now: datetime) -> None:
    polled = services.library.poll(now, within=POLLING, stop=lambda: services.queue.closing)
    for outcome in polled:
        if outcome.status is Status.FAILED:
            log.info("a feed's article was not read: %s: %s", outcome.source, outcome.reason)

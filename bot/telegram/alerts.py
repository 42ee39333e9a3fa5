"""What the bot does by itself: alerts, digests, polls of the feeds that are due, clean-up."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.rendering import telegram as rendering
from bot.rendering.language import use_language
from bot.telegram.context import Bot, Context, Services, services_of
from bot.telegram.handlers.administration import set_menus
from bot.telegram.store import SUBSCRIPTIONS, Watch, drop_rows, expire, migrate
from retrieval import Arrival, Quote, QuotewiseError, Status

log = logging.getLogger(__name__)

EVERY_S = 2.0  # seconds between two runs of a job; a run without news costs a millisecond
POLLING = timedelta(minutes=1)  # people who add a feed wait for so long at most
RISK = 0.05
"""The risk at which a new article is worth interrupting people, unless they allow even less."""
MOST_AT_ONCE = 3  # stories of one alert


def schedule(application: Bot) -> None:
    """Run the jobs from now on, each by itself, so that alerts do not wait for slow feeds."""
    jobs = application.job_queue
    assert jobs is not None
    late = {"misfire_grace_time": None}
    jobs.run_once(set_menus, 0, job_kwargs=late)
    for job in (send_alerts, send_digests, poll_feeds, clean_up):
        jobs.run_repeating(job, EVERY_S, first=0, job_kwargs=late)


def unschedule(application: Bot) -> None:
    """Run no job any more."""
    assert application.job_queue is not None
    application.job_queue.scheduler.remove_all_jobs()


async def send_alerts(context: Context) -> None:
    """Ask the watched questions of the articles that any process has added since."""
    services = services_of(context)
    latest = await services.run(services.library.latest)
    for watch in services.subscriptions.behind(latest):
        scope = services.access.scope(watch.chat)
        new = await services.run(services.library.arrivals, watch.seen, scope=scope)
        fresh = [
            arrival
            for arrival in new
            if not services.subscriptions.was_notified(watch.id, arrival.story)
        ]
        for story, quote in await services.run(_quotes, services, watch, fresh, scope):
            use_language(services.chat_settings.language(watch.chat))
            html = rendering.alert_messages(watch.question, quote)
            if not await _notify(context, watch.chat, watch.topic, html):
                break  # the next run tries it again, and other chats do not wait for it
            services.subscriptions.record_notified(watch.id, story)
        else:
            seen = max((arrival.key for arrival in new), default=latest)
            services.subscriptions.seen(watch.id, seen)


def _quotes(
    services: Services, watch: Watch, fresh: list[Arrival], scope: list[str]
) -> list[tuple[int, Quote]]:
    """Return the best quote of each new story that surely answers, the surest first."""
    quotes: list[tuple[int, Quote]] = []
    while fresh and len(quotes) < MOST_AT_ONCE:
        try:
            answer = services.library.answer(
                watch.question,
                scope=scope,
                only=[arrival.key for arrival in fresh],
                limit=1,
                risk=min(RISK, services.risk or RISK),
            )
        except QuotewiseError as error:
            log.warning("a watched question could not be asked: %s", error)
            break
        if not answer.answered:  # a probable answer is not worth an alert
            break
        (quote,) = answer.quotes
        story = next((arrival.story for arrival in fresh if arrival.stored.ref == quote.ref), None)
        if story is None:  # the article was changed or removed since it came
            break
        quotes.append((story, quote))
        fresh = [arrival for arrival in fresh if arrival.story != story]
    return quotes


async def send_digests(context: Context) -> None:
    """Send the digests whose time has come; a day without new articles has none."""
    services, now = services_of(context), datetime.now(UTC)
    for digest in services.subscriptions.due(now):
        latest = await services.run(services.library.latest)
        scope = services.access.scope(digest.chat)
        new = await services.run(services.library.arrivals, digest.seen, scope=scope)
        use_language(services.chat_settings.language(digest.chat))
        html = rendering.digest_messages(new)
        if not html or await _notify(context, digest.chat, digest.topic, html):
            services.subscriptions.sent(digest, latest, now)


async def _notify(context: Context, chat: int, topic: int | None, parts: list[str]) -> bool:
    """Send a chat what it subscribed to; return whether it was sent."""
    services = services_of(context)
    try:
        for part in parts:
            await context.bot.send_message(
                chat,
                part,
                parse_mode=ParseMode.HTML,
                message_thread_id=topic,
            )
    except (Forbidden, BadRequest) as error:  # blocked, thrown out, or the topic is gone
        log.info("a chat can no longer be sent messages: %s", error)
        drop_rows(services.store, chat, *SUBSCRIPTIONS)
        return False
    except ChatMigrated as error:
        migrate(services.store, chat, error.new_chat_id, "watches", "digests", "chats")
        return False
    except TelegramError as error:
        log.warning("an alert or a digest is sent later: %s", type(error).__name__)
        return False
    return True


async def poll_feeds(context: Context) -> None:
    services, now = services_of(context), datetime.now(UTC)
    due = await services.run(services.library.next_poll)
    if due is None or due > now:
        return

    def poll() -> None:
        polled = services.library.poll(now, within=POLLING, stop=lambda: services.queue.closing)
        for outcome in polled:
            if outcome.status is Status.FAILED:
                log.info("a feed's article was not read: %s: %s", outcome.source, outcome.reason)

    await services.threads.do(poll)


async def clean_up(context: Context) -> None:
    services = services_of(context)
    expire(services.store, time.time(), services.settings.answers_days)

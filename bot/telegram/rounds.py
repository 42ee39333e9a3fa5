"""What the bot does by itself, again and again: alerts, digests, and the feeds that are due."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from telegram.ext import ExtBot

from bot.telegram import alerts
from bot.telegram.desk import Desk
from retrieval import QuotewiseError, Status

log = logging.getLogger(__name__)

EVERY_S = 2.0  # seconds between two rounds; one without news costs a millisecond
POLLING = timedelta(minutes=1)  # people who add a feed wait for so long at most


async def rounds(desk: Desk, bot: ExtBot[None]) -> None:
    """Go on until this is cancelled; what fails is told in the log and tried in the next round."""
    async with asyncio.TaskGroup() as tasks:
        # Feeds may take minutes, and telling people should not wait for them.
        tasks.create_task(_again_and_again(partial(alerts.look, desk, bot)))
        tasks.create_task(_again_and_again(partial(alerts.send_digests, desk, bot)))
        tasks.create_task(_again_and_again(partial(_poll, desk)))
        tasks.create_task(_again_and_again(partial(_clean_up, desk)))


async def _again_and_again(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except QuotewiseError as error:
            log.warning("%s", error)
        except Exception:  # a defect must not end the rounds
            log.exception("a round could not be finished")
        await asyncio.sleep(EVERY_S)


async def _poll(desk: Desk) -> None:
    """Read what is new in the feeds that are due."""
    due, now = await desk.run(desk.library.next_poll), datetime.now(UTC)
    if due is not None and due <= now:
        await desk.threads.do(partial(_polled, desk, now))


async def _clean_up(desk: Desk) -> None:
    """Delete what was kept for some time only."""
    desk.removals.expire(time.time())


def _polled(desk: Desk, now: datetime) -> None:
    polled = desk.library.poll(now, within=POLLING, stop=lambda: desk.inbox.closing)
    for outcome in polled:
        if outcome.status is Status.FAILED:
            log.info("a feed's article was not read: %s: %s", outcome.source, outcome.reason)

"""What the bot does by itself, again and again: alerts, digests, and the feeds that are due."""

from __future__ import annotations

import asyncio
import logging

from telegram.ext import ExtBot

from bot.telegram import alerts
from bot.telegram.desk import Desk

log = logging.getLogger(__name__)

EVERY_S = 5.0  # seconds between two rounds; one without news costs a millisecond


async def rounds(desk: Desk, bot: ExtBot[None]) -> None:
    """Go on until this is cancelled; what fails is told in the log and tried in the next round."""
    while True:
        for step in (alerts.look, alerts.send_digests):
            try:
                await step(desk, bot)
            except Exception:  # a defect must not end the rounds
                log.exception("a round could not be finished")
        await asyncio.sleep(EVERY_S)

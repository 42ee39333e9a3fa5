"""/status, and the change of the model that goes on while the bot answers."""

from __future__ import annotations

import asyncio
import logging

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot import rendering
from bot.telegram.admission import from_administrator
from bot.telegram.desk import Context, Desk, desk_of
from bot.telegram.replies import say

log = logging.getLogger(__name__)


async def go_on(desk: Desk, bot: ExtBot[None]) -> None:
    """Do what change there is to do, and tell the administrators how it ended."""
    await desk.threads.change(desk.change.work)
    told, desk.change.news = desk.change.news, None
    if told is not None:
        log.info("%s", told)
        for person in desk.access.administrators:
            try:
                await bot.send_message(person, told)
            except TelegramError as error:  # who never wrote to the bot has no chat yet
                log.info("an administrator could not be told: %s", error)
    await asyncio.Event().wait()


async def status(update: Update, context: Context) -> None:
    """/status, by an administrator."""
    message = await from_administrator(update, context)
    if message is None:
        return
    desk = desk_of(context)
    change = await desk.run(desk.library.change)
    if change is not None:
        await say(message, rendering.change_line(change))
    else:
        await say(message, f"The model {await desk.run(desk.library.model)} answers.")

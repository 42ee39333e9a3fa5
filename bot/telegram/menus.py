"""The menus of commands are shown as soon as Telegram takes them."""

from __future__ import annotations

import asyncio
import logging

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.telegram.commands import register_menus
from bot.telegram.desk import Desk

log = logging.getLogger(__name__)

AGAIN_AFTER = 60.0  # seconds


async def keep_menus(bot: ExtBot[None], desk: Desk) -> None:
    """Register the menus, again until Telegram takes them; the bot works without meanwhile."""
    while True:
        try:
            await register_menus(bot, desk)
            break
        except TelegramError as error:
            log.warning("the menus could not be set; trying again: %s", error)
            await asyncio.sleep(AGAIN_AFTER)
    await asyncio.Event().wait()

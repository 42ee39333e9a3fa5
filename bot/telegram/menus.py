"""The menus of commands: which there are, and that Telegram shows them as soon as it takes them."""

from __future__ import annotations

import asyncio
import logging

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.telegram.desk import Desk

log = logging.getLogger(__name__)

AGAIN_AFTER = 60.0  # seconds

GROUPS = [
    BotCommand("articles", "What is here"),
    BotCommand("watch", "Tell this chat when a new article answers"),
    BotCommand("digest", "Tell this chat daily which articles are new"),
    BotCommand("feed", "Let the articles of a feed come here"),
    BotCommand("help", "How it works"),
    BotCommand("about", "What I am"),
]
EVERYBODY = [
    *GROUPS[:4],
    BotCommand("remove", "Remove an article by its number"),
    BotCommand("forget", "Remove everything of this chat"),
    *GROUPS[4:],
]
ADMINISTRATORS = [
    *EVERYBODY,
    BotCommand("pair", "Make a code that lets somebody in"),
    BotCommand("grant", "Let this chat read a shared library"),
    BotCommand("revoke", "No longer let it"),
    BotCommand("unpair", "Who was let in, and put one out"),
    BotCommand("status", "Which model answers, and how far another is"),
]


async def keep_menus(bot: ExtBot[None], desk: Desk) -> None:
    """Register the menus, again until Telegram takes them; the bot works without meanwhile."""
    while True:
        try:
            await _register_menus(bot, desk)
            break
        except TelegramError as error:
            log.warning("the menus could not be set; trying again: %s", error)
            await asyncio.sleep(AGAIN_AFTER)
    await asyncio.Event().wait()


async def _register_menus(bot: ExtBot[None], desk: Desk) -> None:
    """Show the right commands to administrators, in private chats and in groups."""
    await bot.set_my_commands(EVERYBODY, BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(GROUPS, BotCommandScopeAllGroupChats())
    for person in desk.access.administrators:
        await register_for(bot, person)


async def register_for(bot: ExtBot[None], administrator: int) -> None:
    """Show an administrator the commands that only administrators have."""
    try:
        await bot.set_my_commands(ADMINISTRATORS, BotCommandScopeChat(administrator))
    except TelegramError:
        return  # who never wrote to the bot has no chat yet, and sends /start first

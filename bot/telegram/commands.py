"""The commands that only tell something: /start, /help, /about, and those that there are not."""

from __future__ import annotations

import asyncio
import logging

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Message,
    Update,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.telegram.replies import say, turn_away
from bot.telegram.services import Context, Services, is_private, services_of

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

WELCOME = (
    "Send me articles: links, files (PDF, office documents, e-books, e-mail, web pages, texts, "
    "ZIP) or forwarded posts. Then ask, and I quote the sentences that answer, word for word, "
    "with their source. In a group, mention me or reply to me. I never write an answer of my own."
)
HELP = (
    WELCOME + "\n\n/articles – what is here, with buttons to remove\n"
    "/remove NUMBER – remove an article of that list\n"
    "/watch QUESTION – I tell this chat when a new article answers that\n"
    "/digest 8:00 Europe/Berlin – I tell this chat once a day which articles are new\n"
    "/feed LINK – the articles of that feed come here by themselves\n"
    "/forget – remove everything of this chat\n/about – what I am"
)
ABOUT = (
    "Quotewise quotes your articles and runs on one machine: nothing you send leaves it. "
    "It is free software under the Apache License 2.0."
)


async def start(update: Update, context: Context) -> None:
    """/start"""
    await _if_known(update, context, WELCOME)
    person = update.effective_user
    if person and services_of(context).access.is_administrator(person.id):
        await register_for(context.bot, person.id)


async def help_(update: Update, context: Context) -> None:
    """/help"""
    await _if_known(update, context, HELP)


async def about(update: Update, context: Context) -> None:
    """/about"""
    await _if_known(update, context, ABOUT)


async def unknown(update: Update, context: Context) -> None:
    """A command that there is not; in a group it may be another bot's."""
    message = update.message
    if message is None or not message.text:
        return
    name = message.text.split()[0]
    if is_private(message) or name.lower().endswith(f"@{context.bot.username.lower()}"):
        await _if_known(update, context, "I do not know that command: /help lists those I know.")


async def _if_known(update: Update, context: Context, text: str) -> None:
    message = await known(update, context)
    if message is not None:
        await say(message, text)


async def known(update: Update, context: Context) -> Message | None:
    """The message, if its sender may talk to the bot; else a stranger is told how to get in."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return None
    if services_of(context).access.may_ask(message.chat_id, person.id):
        return message
    await turn_away(services_of(context), message, person)
    return None


async def keep_menus(bot: ExtBot[None], services: Services) -> None:
    """Register the menus, again until Telegram takes them; the bot works without meanwhile."""
    while True:
        try:
            await _register_menus(bot, services)
            break
        except TelegramError as error:
            log.warning("the menus could not be set; trying again: %s", error)
            await asyncio.sleep(AGAIN_AFTER)
    await asyncio.Event().wait()


async def _register_menus(bot: ExtBot[None], services: Services) -> None:
    """Show the right commands to administrators, in private chats and in groups."""
    await bot.set_my_commands(EVERYBODY, BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(GROUPS, BotCommandScopeAllGroupChats())
    for person in services.access.administrators:
        await register_for(bot, person)


async def register_for(bot: ExtBot[None], administrator: int) -> None:
    """Show an administrator the commands that only administrators have."""
    try:
        await bot.set_my_commands(ADMINISTRATORS, BotCommandScopeChat(administrator))
    except TelegramError:
        return  # who never wrote to the bot has no chat yet, and sends /start first

"""The commands that only tell something: /start, /help, /about, and those that there are not."""

from __future__ import annotations

from telegram import Message, Update

from bot.telegram.desk import Context, desk_of, is_private
from bot.telegram.menus import register_for
from bot.telegram.replies import say, turn_away

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
    if person and desk_of(context).access.is_administrator(person.id):
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
    if desk_of(context).access.may_ask(message.chat_id, person.id):
        return message
    await turn_away(desk_of(context), message, person)
    return None

"""Whoever hurries is asked to wait, before the bot does what it was asked."""

from __future__ import annotations

import time
from typing import cast

from telegram import CallbackQuery, Message, Update
from telegram.ext import ApplicationHandlerStop

from bot.telegram.desk import Context, acknowledge, desk_of
from bot.telegram.pace import Pace
from bot.telegram.replies import say

TOO_FAST = "That was fast. Please try again in {:.0f} seconds."


async def on_button(update: Update, context: Context) -> None:
    """Let a button pass, or ask to wait."""
    query, desk = cast(CallbackQuery, update.callback_query), desk_of(context)
    chat, person = query.message.chat.id if query.message else 0, query.from_user.id
    if not desk.access.may_ask(chat, person):
        return  # strangers are not counted; the handler turns them away
    wait = desk.pace.buttons.wait(person, time.monotonic(), query.id)
    if wait:
        await acknowledge(query, TOO_FAST.format(wait))
        raise ApplicationHandlerStop


async def on_command(update: Update, context: Context) -> None:
    """Let a command to the bot pass, or ask to wait."""
    if update.message is not None and not _is_for_another(update.message, context.bot.username):
        await _hold(update, context, desk_of(context).pace.commands)


async def on_source(update: Update, context: Context) -> None:
    """Let a file or a post pass, or ask to wait."""
    await _hold(update, context, desk_of(context).pace.sources)


async def _hold(update: Update, context: Context, pace: Pace) -> None:
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return
    if not desk_of(context).access.may_ask(message.chat_id, person.id):
        return  # strangers are not counted; the handler turns them away
    name = (message.chat_id, message.message_id)
    wait = pace.wait(person.id, message.date.timestamp(), name)
    if wait:
        await say(message, TOO_FAST.format(wait))
        raise ApplicationHandlerStop


def _is_for_another(message: Message, username: str) -> bool:
    """Whether a command names another bot."""
    _, at, name = (message.text or "").split(maxsplit=1)[0].partition("@")
    return bool(at) and name.lower() != username.lower()

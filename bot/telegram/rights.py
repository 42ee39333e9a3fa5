"""Who may remove or change what a group has."""

from __future__ import annotations

import logging

from telegram import Bot, Chat, ChatMember, Update
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.telegram.desk import Context, acknowledge, desk_of
from bot.telegram.replies import say

log = logging.getLogger(__name__)

_FOR_ADMINISTRATORS = "Only this group's administrators can {}."
_FOR_ADDER_TOO = "Only this group's administrators, or the person who added it, can {}."

REMOVE = _FOR_ADDER_TOO.format("remove an article")
UNDO = _FOR_ADDER_TOO.format("undo that")
FORGET = _FOR_ADMINISTRATORS.format("remove everything of it")
FEEDS = _FOR_ADMINISTRATORS.format("change its feeds")
WATCHES = _FOR_ADMINISTRATORS.format("change what it watches")
DIGEST = _FOR_ADMINISTRATORS.format("change its digest")
TRY_AGAIN = "I could not ask Telegram who may do that in this group: please try again."
ANONYMOUS = " If you are an anonymous administrator, make me an administrator, too."
"""Who presses a button has their own name; only to administrators Telegram shows what they are."""


async def allowed(update: Update, context: Context, denial: str, adder: int | None = None) -> bool:
    """Whether the sender of a command, or the presser of a button, may change what a chat has.

    In a group these are its administrators, those of the bot, and the `adder` of what is to be
    changed. Anybody else is sent the `denial`.
    """
    chat, query = update.effective_chat, update.callback_query
    try:
        if await _has_right(update, context, adder):
            return True
    except InvalidToken:
        raise
    except TelegramError as error:
        log.warning("the administrators of a group are not known: %s", error)
        denial = TRY_AGAIN
    else:
        if query is not None and chat is not None and chat.type == Chat.SUPERGROUP:
            denial += ANONYMOUS
    if query is not None:
        await acknowledge(query, denial)
    elif update.message is not None:
        await say(update.message, denial)
    return False


async def _has_right(update: Update, context: Context, adder: int | None) -> bool:
    """Raises TelegramError if Telegram does not say who is an administrator."""
    chat, person, message = update.effective_chat, update.effective_user, update.message
    if chat is None or person is None:
        return False
    if message is not None and message.sender_chat is not None:
        return message.sender_chat.id == chat.id  # an anonymous administrator, and no channel
    if chat.type == Chat.PRIVATE or desk_of(context).access.is_administrator(person.id):
        return True
    return person.id == adder or await _is_administrator(context.bot, chat.id, person.id)


async def _is_administrator(bot: Bot, chat: int, person: int) -> bool:
    try:
        member = await bot.get_chat_member(chat, person)
    except BadRequest:  # a group may hide its members from bots, but not its administrators
        return any(one.user.id == person for one in await bot.get_chat_administrators(chat))
    return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)

"""Who may talk to the bot, press a button or change what a group has, and how often."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import cast

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.telegram.context import Context, Services, acknowledge, say, services_of

log = logging.getLogger(__name__)

STRANGER = (
    "I only talk to people I was introduced to. Ask whoever runs me for a code, then send "
    "/pair CODE here. Your number, should they ask for it, is {}."
)
TOO_FAST = "That was fast. Please try again in {:.0f} seconds."
FOR_ADMINISTRATORS = "Only an administrator of the bot can do that."

_FOR_GROUP_ADMINISTRATORS = "Only this group's administrators can {}."
_FOR_ADDER_TOO = "Only this group's administrators, or the person who added it, can {}."
REMOVE = _FOR_ADDER_TOO.format("remove an article")
UNDO = _FOR_ADDER_TOO.format("undo that")
FORGET = _FOR_GROUP_ADMINISTRATORS.format("remove everything of it")
FEEDS = _FOR_GROUP_ADMINISTRATORS.format("change its feeds")
WATCHES = _FOR_GROUP_ADMINISTRATORS.format("change what it watches")
DIGEST = _FOR_GROUP_ADMINISTRATORS.format("change its digest")
TRY_AGAIN = "I could not ask Telegram who may do that in this group: please try again."
ANONYMOUS = " If you are an anonymous administrator, make me an administrator, too."
"""Who presses a button has their own name; only to administrators Telegram shows what they are."""


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, the message it belongs to, and its data: action:rest."""

    query: CallbackQuery
    message: Message
    action: str
    rest: str

    def is_by(self, person: int) -> bool:
        """Return whether this person pressed it; 0 means everybody in the chat."""
        return person in (self.query.from_user.id, 0)


async def known(update: Update, context: Context) -> Message | None:
    """Return the message if its sender may talk to the bot; else say how to get in."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return None
    if services_of(context).access.may_ask(message.chat_id, person.id):
        return message
    await turn_away(services_of(context), message, person)
    return None


async def from_administrator(update: Update, context: Context) -> Message | None:
    """Return the message if an administrator of the bot sent it; else say who may do that."""
    message, person = await known(update, context), update.effective_user
    if message is None or person is None:
        return None
    if services_of(context).access.is_administrator(person.id):
        return message
    await say(message, FOR_ADMINISTRATORS)
    return None


async def turn_away(services: Services, message: Message, person: User) -> None:
    """Tell a stranger how to get in, as often as people may ask."""
    if not services.too_fast(message, person):
        await say(message, STRANGER.format(person.id))


async def pressed(update: Update, context: Context, otherwise: str) -> Press | None:
    """Return what was pressed; show a notice, `otherwise`, to people who may not ask.

    A person may have been put out since, and a forged button names any message.
    """
    query = cast(CallbackQuery, update.callback_query)
    message, access = query.message, services_of(context).access
    if isinstance(message, Message) and access.may_ask(message.chat_id, query.from_user.id):
        action, _, rest = (query.data or "").partition(":")
        return Press(query, message, action, rest)
    await acknowledge(query, otherwise)
    return None


async def allowed(update: Update, context: Context, denial: str, adder: int | None = None) -> bool:
    """Return whether the sender of an update may change what a chat has; else send the `denial`.

    In a group its administrators, those of the bot, and the `adder` of an article may.
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
    await refuse(update, denial)
    return False


async def refuse(update: Update, reason: str) -> None:
    """Answer a button with a notice, and a message with a reply."""
    if update.callback_query is not None:
        await acknowledge(update.callback_query, reason)
    elif update.message is not None:
        await say(update.message, reason)


async def _has_right(update: Update, context: Context, adder: int | None) -> bool:
    """Raises TelegramError if Telegram does not say who is an administrator."""
    chat, person, message = update.effective_chat, update.effective_user, update.message
    if chat is None or person is None:
        return False
    if message is not None and message.sender_chat is not None:
        return message.sender_chat.id == chat.id  # an anonymous administrator, and no channel
    if chat.type == Chat.PRIVATE or services_of(context).access.is_administrator(person.id):
        return True
    if person.id == adder:
        return True
    # A group may hide its members from bots, but not its administrators.
    administrators = await context.bot.get_chat_administrators(chat.id)
    return any(administrator.user.id == person.id for administrator in administrators)


async def throttle(kind: str, update: Update, context: Context) -> None:
    """Let a button, a command, a file or a post pass, or ask its sender to wait."""
    services, query, message = services_of(context), update.callback_query, update.message
    chat, person = update.effective_chat, update.effective_user
    if person is None or not services.access.may_ask(chat.id if chat else 0, person.id):
        return  # strangers are not counted; the handler turns them away
    throttle = services.throttles[kind]
    if query is not None:
        wait = throttle.wait(person.id, time.monotonic(), query.id)
    else:
        assert message is not None
        name = (message.chat_id, message.message_id)
        wait = throttle.wait(person.id, message.date.timestamp(), name)
    if wait:
        await refuse(update, TOO_FAST.format(wait))
        raise ApplicationHandlerStop

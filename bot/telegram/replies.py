"""What the bot says in a chat, in reply to a message and in its topic."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    User,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.rendering import telegram as rendering
from bot.telegram.services import Services

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

STRANGER = (
    "I only talk to people I was introduced to. Ask whoever runs me for a code, then send "
    "/pair CODE here. Your number, should they ask for it, is {}."
)


async def say(
    message: Message,
    *parts: str,
    html: bool = False,
    buttons: InlineKeyboardMarkup | None = None,
) -> Message:
    """Reply to a message, in its topic; the buttons stand under the last part."""
    for number, part in enumerate(parts, start=1):
        sent = await message.get_bot().send_message(
            message.chat_id,
            part if html else rendering.escaped(part),
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            message_thread_id=topic(message),
            reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
            reply_markup=buttons if number == len(parts) else None,
        )
    return sent


async def edit(message: Message, html: str | None, buttons: InlineKeyboardMarkup | None) -> None:
    """Put another text and other buttons in a message of the bot; without a text, the latter."""
    try:
        if html is None:
            await message.edit_reply_markup(buttons)
        else:
            await message.edit_text(
                html,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=buttons,
            )
    except BadRequest as error:  # the same button pressed twice, or the message is deleted
        log.info("a message could not be edited: %s", error)


def numbered_buttons(action: str, keys: Iterable[object]) -> InlineKeyboardMarkup:
    """A button for each line of a numbered list, five in a row, which does something to it."""
    buttons = [
        InlineKeyboardButton(f"✕ {number}", callback_data=f"{action}:{key}")
        for number, key in enumerate(keys, start=1)
    ]
    return InlineKeyboardMarkup([buttons[first : first + 5] for first in range(0, len(buttons), 5)])


def topic(message: Message) -> int | None:
    """The forum topic a message stands in."""
    return message.message_thread_id if message.is_topic_message else None


async def turn_away(services: Services, message: Message, person: User) -> None:
    """Tell a stranger how to get in, at most some times a minute."""
    if not services.too_fast(message, person):
        await say(message, STRANGER.format(person.id))


def asker(message: Message) -> int:
    """Who may press the buttons under the reply to a message: its sender.

    0, for everybody in the chat, where a group's administrator writes without a name.
    """
    return message.from_user.id if message.from_user and not message.sender_chat else 0

"""The bot is blocked, thrown out of a group, or its group becomes a supergroup."""

from __future__ import annotations

import logging

from telegram import ChatMember, Update

from bot.telegram.desk import Context, desk_of

log = logging.getLogger(__name__)

OUTSIDE = (ChatMember.LEFT, ChatMember.BANNED)


async def on_membership(update: Update, context: Context) -> None:
    """Who threw the bot out of a group is no member; a person who blocks it may come back."""
    change = update.my_chat_member
    if change is None or change.new_chat_member.status not in OUTSIDE:
        return
    if change.chat.id < 0:
        desk_of(context).access.put_out(change.chat.id)
        desk_of(context).standing.forget(change.chat.id)
    log.info("the bot is no longer in a chat")


async def on_migration(update: Update, context: Context) -> None:
    """A group that becomes a supergroup keeps all that is its own, under a new number.

    Both chats tell of it, in either order: whichever comes first is believed.
    """
    message = update.message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    desk = desk_of(context)
    desk.access.migrate(old, new)
    desk.answers.migrate(old, new)
    desk.standing.migrate(old, new)
    if old != new:
        await desk.move(old, new)

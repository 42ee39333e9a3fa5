"""The bot is blocked, thrown out of a group, or its group becomes a supergroup."""

from __future__ import annotations

import logging

from telegram import ChatMember, Update

from bot.telegram.access import own_library
from bot.telegram.commands import forget_chat
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
    log.info("the bot is no longer in a chat")


async def on_migration(update: Update, context: Context) -> None:
    """A group that becomes a supergroup keeps its articles and its place, under a new number."""
    message = update.message
    if message is None or message.migrate_to_chat_id is None:
        return
    desk, old, new = desk_of(context), message.chat_id, message.migrate_to_chat_id
    desk.access.migrate(old, new)
    await desk.run(lambda: desk.library.rename(own_library(old), own_library(new)))
    await forget_chat(desk, old)

"""A button counts only if who pressed it may talk to the bot in that chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from telegram import CallbackQuery, Message, Update

from bot.telegram.desk import Context, acknowledge, desk_of


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, the message it stands under, and what it says: action:rest."""

    query: CallbackQuery
    message: Message
    action: str
    rest: str

    def is_by(self, person: int) -> bool:
        """Whether this person pressed it; 0 stands for everybody in the chat."""
        return person in (self.query.from_user.id, 0)


async def pressed(update: Update, context: Context, otherwise: str) -> Press | None:
    """What was pressed; None for a button of somebody who has no say, who is told `otherwise`.

    A person may have been put out since, and a forged button names any message.
    """
    query = cast(CallbackQuery, update.callback_query)
    message, access = query.message, desk_of(context).access
    if isinstance(message, Message) and access.may_ask(message.chat_id, query.from_user.id):
        action, _, rest = (query.data or "").partition(":")
        return Press(query, message, action, rest)
    await acknowledge(query, otherwise)
    return None

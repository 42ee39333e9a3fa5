"""A chat is forgotten when somebody in it says so twice."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.rendering import counted
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.desk import Context, Desk, acknowledge, desk_of
from bot.telegram.pressing import pressed
from bot.telegram.replies import say


async def forget(update: Update, context: Context) -> None:
    """/forget asks; the button does."""
    message = await known(update, context)
    if message is None:
        return
    person = message.from_user.id if message.from_user else 0
    buttons = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Forget everything", callback_data=f"forget:{person}"),
                InlineKeyboardButton("Keep it", callback_data=f"keep:{person}"),
            ]
        ]
    )
    asked = "Shall I remove all articles and answers of this chat? This cannot be undone."
    await say(message, asked, buttons=buttons)


async def on_forget(update: Update, context: Context) -> None:
    """Forget everything of a chat, if whoever asked for it says so."""
    press = await pressed(update, context, "That is no longer for you to say.")
    if press is None:
        return
    if press.rest != str(press.query.from_user.id):
        await acknowledge(press.query, "Only the person who asked for it can say so.")
        return
    await acknowledge(press.query)
    if press.action == "keep":
        await press.message.edit_text("Everything is kept.")
        return
    number = await forget_chat(desk_of(context), press.message.chat_id)
    await press.message.edit_text(f"Forgotten: {counted(number, 'article')} and all answers.")


async def forget_chat(desk: Desk, chat: int) -> int:
    """Remove all that is kept of a chat, and return how many articles there were."""
    desk.forgotten[chat] += 1
    desk.answers.forget(chat)
    desk.standing.forget(chat)
    desk.access.store.execute("DELETE FROM offers WHERE chat = ?", (chat,))
    return await desk.remove(lambda: desk.library.remove_all(library=own_library(chat)))

"""Remove everything of a chat, after asking once more."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.rendering import counted
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.desk import Context, Desk, acknowledge, desk_of
from bot.telegram.pressing import pressed
from bot.telegram.replies import say
from bot.telegram.rights import FORGET, allowed


async def forget(update: Update, context: Context) -> None:
    """/forget: ask whether to remove everything, and say how much that is."""
    message = await known(update, context)
    if message is None or not await allowed(update, context, FORGET):
        return
    desk = desk_of(context)
    gone = await desk.run(lambda: _all_of(desk, message.chat_id))
    buttons = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Forget everything", callback_data="forget:all"),
                InlineKeyboardButton("Keep it", callback_data="keep:all"),
            ]
        ]
    )
    asked = f"Shall I remove {gone} of this chat? They go at once, and that cannot be undone."
    await say(message, asked, buttons=buttons)


async def on_forget(update: Update, context: Context) -> None:
    """Remove everything of a chat, or keep it."""
    press = await pressed(update, context, "That is no longer for you to say.")
    if press is None or not await allowed(update, context, FORGET):
        return
    await acknowledge(press.query)
    if press.action == "keep":
        await press.message.edit_text("Everything is kept.")
        return
    gone = await _forget(desk_of(context), press.message.chat_id)
    await press.message.edit_text(f"Forgotten: {gone}.")


async def _forget(desk: Desk, chat: int) -> str:
    """Remove all that is kept of a chat, and say how much that was."""
    desk.forgotten[chat] += 1
    desk.answers.forget(chat)
    desk.standing.forget(chat)
    desk.access.store.execute("DELETE FROM offers WHERE chat = ?", (chat,))
    desk.adders.forget(chat)
    desk.removals.forget(chat)

    def remove_all() -> str:
        gone = _all_of(desk, chat)
        desk.library.remove_all(library=own_library(chat))
        return gone

    return await desk.threads.do(remove_all)


def _all_of(desk: Desk, chat: int) -> str:
    """What there is to remove: 12 articles, 2 feeds and all answers."""
    articles = len(desk.library.ids(library=own_library(chat)))
    feeds = len(desk.library.feeds(library=own_library(chat)))
    counts = [counted(articles, "article")] + [counted(feeds, "feed")] * bool(feeds)
    return f"{', '.join(counts)} and all answers"

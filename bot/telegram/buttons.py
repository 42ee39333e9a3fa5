"""The buttons under an answer, which go on working as long as the articles are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.rendering import telegram as rendering
from bot.telegram.answers import Given
from bot.telegram.desk import Context, Desk, acknowledge, desk_of, number_in
from bot.telegram.replies import edit, say
from retrieval import Quote

SHOWN = 3  # quotes in a message

NOT_YOURS = "These buttons belong to the person who asked."
GONE = "That answer is no longer kept: please ask again."
REMOVED = "That article can no longer be read here: please ask again."


async def on_button(update: Update, context: Context) -> None:
    """Do what a button under an answer says."""
    query = cast(CallbackQuery, update.callback_query)
    message = query.message
    action, _, rest = (query.data or "").partition(":")
    id = rest.partition(":")[0]
    desk = desk_of(context)
    if not isinstance(message, Message) or not desk.access.may_ask(
        message.chat_id, query.from_user.id
    ):
        await acknowledge(query, GONE)
        return
    given = await desk.answers.with_id(message.chat_id, id)
    if given is None:
        await acknowledge(query, GONE)
    elif given.asker not in (query.from_user.id, 0):
        await acknowledge(query, NOT_YOURS)
    elif not quotes_of(given) and action != "thumb":
        await acknowledge(query, REMOVED)
    else:
        await _pressed(desk, query, message, given)


async def on_unknown_button(update: Update, context: Context) -> None:
    """Answer a button that no version of this bot has, or no longer has."""
    query = cast(CallbackQuery, update.callback_query)
    await acknowledge(query, GONE)


async def _pressed(desk: Desk, query: CallbackQuery, message: Message, given: Given) -> None:
    quotes = quotes_of(given)
    action, _, rest = (query.data or "").partition(":")
    number = number_in(rest.partition(":")[2]) or 0
    if action == "thumb":
        desk.answers.thumb(given.id, 1 if number > 0 else -1)
        await acknowledge(query, "Thank you, that is noted.")
        return
    await acknowledge(query)
    if action == "more":
        parts = rendering.answer_messages(given.answer, first=number, count=SHOWN)
        await say(message, *(parts or ["That is all there is."]), html=True, buttons=None)
        await edit(message, None, under_answer(given.id, len(quotes), shown=number + SHOWN))
    elif action == "context":
        number = min(max(number, 0), len(quotes) - 1)
        quote, library = quotes[number], given.libraries[number]
        kept = await desk.run(lambda: desk.library.history.article_of(library, quote))
        await edit(
            message, rendering.context_messages(quote, kept)[0], _context_buttons(given, number)
        )
    elif action == "sources":
        await edit(message, rendering.sources_message(quotes), _context_buttons(given, -1))
    elif action == "back":
        await edit(
            message,
            rendering.answer_messages(given.answer, count=SHOWN)[0],
            under_answer(given.id, len(quotes)),
        )


def quotes_of(given: Given) -> Sequence[Quote]:
    """The quotes of an answer as they are shown, or else the closest sentences."""
    return given.answer.shown


def under_answer(id: str, count: int, shown: int = SHOWN) -> InlineKeyboardMarkup:
    """The buttons of an answer that has so many quotes, of which so many are shown."""
    first = [InlineKeyboardButton("In context", callback_data=f"context:{id}:0")]
    if count > shown:
        first.insert(0, InlineKeyboardButton("More", callback_data=f"more:{id}:{shown}"))
    first.append(InlineKeyboardButton("Sources", callback_data=f"sources:{id}"))
    thumbs = [
        InlineKeyboardButton("👍", callback_data=f"thumb:{id}:1"),
        InlineKeyboardButton("👎", callback_data=f"thumb:{id}:-1"),
    ]
    return InlineKeyboardMarkup([first, thumbs])


def _context_buttons(given: Given, shown: int) -> InlineKeyboardMarkup:
    """A button back, and one for each quote whose paragraph can be seen."""
    row = [InlineKeyboardButton("Back", callback_data=f"back:{given.id}")]
    for number in range(min(len(quotes_of(given)), SHOWN)):
        name = f"• {number + 1} •" if number == shown else str(number + 1)
        row.append(InlineKeyboardButton(name, callback_data=f"context:{given.id}:{number}"))
    return InlineKeyboardMarkup([row])

"""The buttons under an answer, which go on working as long as the articles are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.rendering import can_be_lifted, shown_quotes
from bot.rendering import telegram as rendering
from bot.telegram.answers import Given
from bot.telegram.permissions import Press, pressed
from bot.telegram.replies import edit, say
from bot.telegram.services import Context, Services, acknowledge, number_in, services_of
from retrieval import Answer, Filters, Quote, QuotewiseError

SHOWN = 3  # quotes in a message

NOT_YOURS = "These buttons belong to the person who asked."
GONE = "That answer is no longer kept: please ask again."
REMOVED = "That article can no longer be read here: please ask again."


async def on_button(update: Update, context: Context) -> None:
    """Do what a button under an answer says."""
    press = await pressed(update, context, GONE)
    if press is None:
        return
    services, id = services_of(context), press.rest.partition(":")[0]
    given = await services.answers.with_id(press.message.chat_id, id)
    if given is None:
        await acknowledge(press.query, GONE)
    elif not press.is_by(given.asker):
        await acknowledge(press.query, NOT_YOURS)
    elif not quotes_of(given) and press.action not in ("thumb", "all"):
        await acknowledge(press.query, REMOVED)
    else:
        await _done(services, press, given)


async def on_unknown_button(update: Update, context: Context) -> None:
    """Answer a button that no version of this bot has, or no longer has."""
    query = cast(CallbackQuery, update.callback_query)
    await acknowledge(query, GONE)


async def _done(services: Services, press: Press, given: Given) -> None:
    """Do what a button says under an answer whose asker pressed it."""
    query, message, action = press.query, press.message, press.action
    quotes = quotes_of(given)
    number = number_in(press.rest.partition(":")[2]) or 0
    if action == "thumb":
        services.answers.thumb(given.id, 1 if number > 0 else -1)
        await acknowledge(query, "Thank you, that is noted.")
        return
    await acknowledge(query)
    if action == "more":
        # The updates of a chat are handled one after the other. A second press asks for quotes that
        # have been sent by then; a press that is retried after a crash does not.
        sent = given.sent
        if number >= sent:
            parts = rendering.more_messages(given.answer, number, SHOWN)
            await say(message, *(parts or ["That is all there is."]), html=True, buttons=None)
            sent = number + SHOWN
            services.answers.sent(given.id, sent)
        await edit(message, None, under_answer(given.id, given.answer, sent))
    elif action == "context":
        number = min(max(number, 0), len(quotes) - 1)
        quote = quotes[number]
        article = await services.run(lambda: services.library.history.article_of(quote))
        await edit(
            message, rendering.context_messages(quote, article)[0], _context_buttons(given, number)
        )
    elif action == "sources":
        begun_with = _begun_with(given.answer)
        await edit(message, rendering.sources_message(begun_with), _context_buttons(given, -1))
    elif action == "all":
        await _ask_all(services, message, given)
    elif action == "back":
        await edit(
            message,
            rendering.answer_messages(given.answer, count=SHOWN)[0],
            under_answer(given.id, given.answer, given.sent),
        )


async def _ask_all(services: Services, message: Message, given: Given) -> None:
    """Answer the question as it was understood from all articles, where some answered it."""
    try:
        answer = await services.answer(given.topic, message.chat_id, filters=Filters())
        answer = replace(
            answer,
            question=given.question,
            understood=given.answer.understood,
            subject=given.answer.subject,
        )
        id = await services.answers.keep(message.chat_id, given.asker, given.message_id, answer)
    except QuotewiseError as error:
        await say(message, str(error))
        return
    first, *others = rendering.answer_messages(answer, count=SHOWN)
    await edit(message, first, None if others else under_answer(id, answer))
    shown_in = message
    if others:
        shown_in = await say(message, *others, html=True, buttons=under_answer(id, answer))
    services.answers.shown(id, shown_in.message_id)


def quotes_of(given: Given) -> Sequence[Quote]:
    """The quotes of an answer as they are shown, or else the closest sentences."""
    return given.answer.shown


def _begun_with(answer: Answer) -> Sequence[Quote]:
    """The quotes of its first message, or of the one that More brought where nothing came close."""
    return shown_quotes(answer, SHOWN) or answer.shown[:SHOWN]


def under_answer(id: str, answer: Answer, sent: int = 0) -> InlineKeyboardMarkup:
    """The buttons under an answer, of which `sent` quotes were sent once More was pressed."""
    quotes = answer.shown
    shown = sent or len(shown_quotes(answer, SHOWN))
    lifting = [[InlineKeyboardButton("All articles", callback_data=f"all:{id}")]]
    if not can_be_lifted(answer):
        lifting = []
    if not quotes:
        return InlineKeyboardMarkup(lifting)
    first = []
    if len(quotes) > shown:
        first.append(InlineKeyboardButton("More", callback_data=f"more:{id}:{shown}"))
    if shown:
        first.append(InlineKeyboardButton("In context", callback_data=f"context:{id}:0"))
        first.append(InlineKeyboardButton("Sources", callback_data=f"sources:{id}"))
    thumbs = [
        InlineKeyboardButton("👍", callback_data=f"thumb:{id}:1"),
        InlineKeyboardButton("👎", callback_data=f"thumb:{id}:-1"),
    ]
    return InlineKeyboardMarkup([*lifting, first, thumbs])


def _context_buttons(given: Given, shown: int) -> InlineKeyboardMarkup:
    """A button back, and one for each quote whose paragraph can be seen."""
    row = [InlineKeyboardButton("Back", callback_data=f"back:{given.id}")]
    for number in range(len(_begun_with(given.answer))):
        name = f"• {number + 1} •" if number == shown else str(number + 1)
        row.append(InlineKeyboardButton(name, callback_data=f"context:{given.id}:{number}"))
    return InlineKeyboardMarkup([row])

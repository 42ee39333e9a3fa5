"""A question gets one message with quotes, and the buttons under it go on working."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Sequence
from typing import cast

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
    User,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.rendering import markup
from bot.rendering import telegram as rendering
from bot.telegram.answers import Asked, Given
from bot.telegram.desk import (
    FOLLOWS_WITHIN,
    Context,
    Desk,
    acknowledge,
    desk_of,
    is_private,
    number_in,
)
from retrieval import Quote, QuotewiseError
from retrieval.words import content_terms

log = logging.getLogger(__name__)

SHOWN = 3  # quotes in a message
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
TYPING_AGAIN = 4.0  # seconds; Telegram shows it for five

NOT_YOURS = "These buttons belong to the person who asked."
GONE = "That answer is no longer kept: please ask again."
CHANGED = "That article has been removed or changed since: please ask again."

STRANGER = (
    "I only talk to people I was introduced to. Ask whoever runs me for a code, then send "
    "/pair CODE here. Your number, should they ask for it, is {}."
)

LINKS = re.compile(r"(https?://\S+\s*)+")
NO_LINKS = "I cannot open links yet: please save the page and send me the file."

BUILDS_ON = re.compile(
    r"^(and|but|so|then|also|what about|how about|why|how come|really|when|where|who|which one)\b"
    r"[^a-z]*$|^(and|but|so|then|also|what about|how about)\b"
    r"|\b(he|she|it|they|him|her|them|his|its|their|this|that|these|those|there|then)\b",
    re.IGNORECASE,
)
"""A question that leaves something out, or points back."""


async def on_message(update: Update, context: Context) -> None:
    """Answer a question: a message in a private chat, or one to the bot in a group."""
    message, person = update.message, update.effective_user
    if message is None or person is None or not message.text:
        return
    desk = desk_of(context)
    question = _to_the_bot(message, context.bot.username, context.bot.id)
    if question is None:
        return
    if not desk.access.may_ask(message.chat_id, person.id):
        await turn_away(desk, message, person)
        return
    if LINKS.fullmatch(question):
        await say(message, NO_LINKS)
        return
    given = desk.answers.to_message(message.chat_id, message.message_id)
    if given and given.shown_in:
        return  # the process ended between the answer and the note that this update is done
    wait = desk.too_fast(message, person)
    if wait:
        await say(message, f"That was fast. Please ask again in {wait:.0f} seconds.")
        return
    await _answer(desk, message, question)


async def turn_away(desk: Desk, message: Message, person: User) -> None:
    """Tell a stranger how to get in, at most some times a minute."""
    if not desk.too_fast(message, person):
        await say(message, STRANGER.format(person.id))


async def on_edited(update: Update, context: Context) -> None:
    """Answer an edited question anew, in the message that answered it."""
    message, person = update.edited_message, update.effective_user
    if message is None or person is None or not message.text:
        return
    desk = desk_of(context)
    question = _to_the_bot(message, context.bot.username, context.bot.id)
    if question is None or not desk.access.may_ask(message.chat_id, person.id):
        return
    given = desk.answers.to_message(message.chat_id, message.message_id)
    if given is None or desk.too_fast(message, person):
        return
    await _answer(desk, message, question, instead_of=given.shown_in)


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
    elif given.asker != query.from_user.id:
        await acknowledge(query, NOT_YOURS)
    elif not quotes_of(given) and action != "thumb":
        await acknowledge(query, CHANGED)
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
        await _edit(message, None, _buttons(given, shown=number + SHOWN))
    elif action == "context":
        number = min(max(number, 0), len(quotes) - 1)
        quote, library = quotes[number], given.libraries[number]
        kept = await desk.run(lambda: desk.library.article(quote.article.id, library=library))
        await _edit(
            message, rendering.context_messages(quote, kept)[0], _context_buttons(given, number)
        )
    elif action == "sources":
        await _edit(message, rendering.sources_message(quotes), _context_buttons(given, -1))
    elif action == "back":
        await _edit(
            message, rendering.answer_messages(given.answer, count=SHOWN)[0], _buttons(given)
        )


async def _answer(
    desk: Desk, message: Message, question: str, instead_of: int | None = None
) -> None:
    typing = asyncio.create_task(_typing(message))
    try:
        answer = await desk.answer(_whole(desk, message, question), message.chat_id)
    except QuotewiseError as error:
        await say(message, str(error))
        return
    finally:
        typing.cancel()
    if not answer.quotes and not answer.closest:
        await say(message, rendering.NO_ARTICLES)
        return
    scope = desk.access.scope(message.chat_id)
    asker = message.from_user.id if message.from_user else 0
    id = await desk.answers.keep(message.chat_id, asker, message.message_id, answer, scope)
    given = await desk.answers.with_id(message.chat_id, id)
    if given is None:
        return
    parts = rendering.answer_messages(answer, count=SHOWN)
    if instead_of is not None and len(parts) == 1:
        try:
            await message.get_bot().edit_message_text(
                parts[0],
                message.chat_id,
                instead_of,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=_buttons(given),
            )
            desk.answers.shown(id, instead_of)
            return
        except BadRequest as error:
            if "not modified" in str(error):
                return
    sent = await say(message, *parts, html=True, buttons=_buttons(given))
    desk.answers.shown(id, sent.message_id)


def _whole(desk: Desk, message: Message, question: str) -> str:
    """The question with the one before it, where it builds on that."""
    before: Asked | None = None
    replied = message.reply_to_message
    if replied is not None:
        before = desk.answers.in_message(message.chat_id, replied.message_id)
    elif message.from_user:
        since = time.time() - FOLLOWS_WITHIN
        before = desk.answers.last_of(message.chat_id, message.from_user.id, since)
    if before is None or before.asked_in == message.message_id:
        return question
    if BUILDS_ON.search(question) or len(content_terms(question)) < 2:
        return f"{before.question} {question}"
    return question


def _to_the_bot(message: Message, username: str, bot: int) -> str | None:
    """What a message asks the bot; None if it is not meant for it."""
    text = message.text or ""
    mention = re.compile(rf"@{re.escape(username)}\b[,:]?", re.IGNORECASE)
    replied = message.reply_to_message
    to_bot = replied is not None and replied.from_user is not None and replied.from_user.id == bot
    if not (is_private(message) or to_bot or mention.search(text)):
        return None
    return mention.sub(" ", text).strip()


async def _typing(message: Message) -> None:
    """Show that the bot is at work, until this is cancelled."""
    while True:
        try:
            await message.get_bot().send_chat_action(
                message.chat_id, ChatAction.TYPING, message_thread_id=topic(message)
            )
        except TelegramError as error:
            log.info("typing could not be shown: %s", type(error).__name__)
        await asyncio.sleep(TYPING_AGAIN)


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
            part if html else markup.escaped(part),
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            message_thread_id=topic(message),
            reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
            reply_markup=buttons if number == len(parts) else None,
        )
    return sent


def topic(message: Message) -> int | None:
    """The forum topic a message stands in."""
    return message.message_thread_id if message.is_topic_message else None


async def _edit(message: Message, html: str | None, buttons: InlineKeyboardMarkup) -> None:
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
        log.info("an answer could not be edited: %s", error)


def quotes_of(given: Given) -> Sequence[Quote]:
    """The quotes of an answer, or else the closest sentences."""
    return given.answer.quotes or given.answer.closest


def _buttons(given: Given, shown: int = SHOWN) -> InlineKeyboardMarkup:
    count = len(quotes_of(given))
    first = [InlineKeyboardButton("In context", callback_data=f"context:{given.id}:0")]
    if count > shown:
        first.insert(0, InlineKeyboardButton("More", callback_data=f"more:{given.id}:{shown}"))
    first.append(InlineKeyboardButton("Sources", callback_data=f"sources:{given.id}"))
    thumbs = [
        InlineKeyboardButton("👍", callback_data=f"thumb:{given.id}:1"),
        InlineKeyboardButton("👎", callback_data=f"thumb:{given.id}:-1"),
    ]
    return InlineKeyboardMarkup([first, thumbs])


def _context_buttons(given: Given, shown: int) -> InlineKeyboardMarkup:
    """A button back, and one for each quote whose paragraph can be seen."""
    row = [InlineKeyboardButton("Back", callback_data=f"back:{given.id}")]
    for number in range(min(len(quotes_of(given)), SHOWN)):
        name = f"• {number + 1} •" if number == shown else str(number + 1)
        row.append(InlineKeyboardButton(name, callback_data=f"context:{given.id}:{number}"))
    return InlineKeyboardMarkup([row])

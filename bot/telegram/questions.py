"""A question gets one message with quotes."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import suppress

from telegram import InlineQueryResultArticle, InputTextMessageContent, Message, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.rendering import telegram as rendering
from bot.telegram import submissions
from bot.telegram.buttons import SHOWN, under_answer
from bot.telegram.parts import SPLIT_FROM, parts_of, text_of
from bot.telegram.replies import NO_PREVIEW, asker, say, topic, turn_away
from bot.telegram.services import FOLLOWS_WITHIN, Context, Services, is_private, services_of
from retrieval import Answer, AnswerStatus, QuotewiseError, Turn

log = logging.getLogger(__name__)

TYPING_AFTER = 2.0  # seconds, which hardly any answer takes
TYPING_AGAIN = 5.0  # seconds, for which Telegram shows it

ANSWERED_LATE = 60 * 60
"""Seconds after which an edited message is no longer taken for a question to answer."""

PASTED = 600
"""Characters from which on a message that asks nothing is an article somebody pasted."""

EMPTY = "What would you like to know? Write the question beside my name, or reply to me with it."
NO_TEXT = "I read questions, files, links and forwarded posts: please send one of those."


async def on_message(update: Update, context: Context) -> None:
    """Answer a question: a message in a private chat, or one to the bot in a group."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return
    services = services_of(context)
    question = _to_the_bot(message, context.bot.username, context.bot.id)
    if question is None:
        return
    if not services.access.may_ask(message.chat_id, person.id):
        await turn_away(services, message, person)
        return
    services.begins_album(message)  # so that its other pictures, which have no words, get no reply
    parts = await parts_of(services.queue, update)
    if len(parts) > 1:
        await _ask_to_add(services, message, text_of(parts), context.bot.username)
        services.queue.done(*(part.update_id for part in parts))
    if len(parts) != 1 or await _is_no_question(services, message, question, context.bot.username):
        return
    given = services.answers.to_message(message.chat_id, message.message_id)
    if given and given.shown_in:
        return  # the process ended between the answer and the note that this update is done
    wait = services.too_fast(message, person)
    if wait:
        await say(message, f"That was fast. Please ask again in {wait:.0f} seconds.")
        return
    await _answer(services, message, question)


async def on_something_else(update: Update, context: Context) -> None:
    """Say in private what the bot reads, once for an album, to a person who sent no words."""
    message, person = update.message, update.effective_user
    if message is None or person is None or not is_private(message):
        return
    services = services_of(context)
    if not services.access.may_ask(message.chat_id, person.id):
        await turn_away(services, message, person)
    elif services.begins_album(message) and not services.too_fast(message, person):
        await say(message, NO_TEXT)


async def on_edited(update: Update, context: Context) -> None:
    """Answer an edited question anew, in the message that answered it, if one did."""
    message, person = update.edited_message, update.effective_user
    if message is None or person is None:
        return
    services = services_of(context)
    question = _to_the_bot(message, context.bot.username, context.bot.id)
    if question is None or not services.access.may_ask(message.chat_id, person.id):
        return
    given = services.answers.to_message(message.chat_id, message.message_id)
    if given is None and time.time() - message.date.timestamp() > ANSWERED_LATE:
        return
    if services.too_fast(message, person):
        return
    if await _is_no_question(services, message, question, context.bot.username):
        return
    await _answer(services, message, question, instead_of=given.shown_in if given else None)


async def _is_no_question(
    services: Services, message: Message, question: str, username: str
) -> bool:
    """Offer to add what somebody sent in place of a question, or say what is missing."""
    longest = PASTED if is_private(message) else SPLIT_FROM
    if not re.search(r"\w", question):
        await say(message, EMPTY)
    elif len(question) > longest and not question.endswith("?"):
        await _ask_to_add(services, message, message.text or message.caption or "", username)
    elif links := submissions.links_in(message):
        await submissions.ask_to_add_links(services, message, links)
    else:
        return False
    return True


async def _ask_to_add(services: Services, message: Message, text: str, username: str) -> None:
    """Offer to add a text; in a group without the mention of the bot."""
    if not is_private(message):
        text = _mention(username).sub(" ", text, count=1)
    await submissions.ask_to_add_text(services, message, text)


async def _answer(
    services: Services, message: Message, question: str, instead_of: int | None = None
) -> None:
    typing = asyncio.create_task(_typing(message))
    try:
        answer = await services.answer(question, message.chat_id, _earlier(services, message))
        if not answer.shown and answer.inside is None:
            await say(message, rendering.NO_ARTICLES)
            return
        id = await services.answers.keep(
            message.chat_id, asker(message), message.message_id, answer
        )
    except QuotewiseError as error:
        await say(message, str(error))
        return
    finally:
        typing.cancel()
    buttons = under_answer(id, answer)
    parts = rendering.answer_messages(answer, count=SHOWN)
    if instead_of is not None and len(parts) == 1:
        try:
            await message.get_bot().edit_message_text(
                parts[0],
                message.chat_id,
                instead_of,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=buttons,
            )
            services.answers.shown(id, instead_of)
            return
        except BadRequest as error:
            if "not modified" in str(error):
                return
    sent = await say(message, *parts, html=True, buttons=buttons)
    services.answers.shown(id, sent.message_id)


def _earlier(services: Services, message: Message) -> list[Turn]:
    """The turns on which a question may build: the one it replies to, or else its asker's last."""
    replied = message.reply_to_message
    if replied is not None:
        return services.answers.turn_in(message.chat_id, replied.message_id)
    if message.from_user is None:
        return []
    since = time.time() - FOLLOWS_WITHIN
    before = message.message_id
    return services.answers.turns_of(message.chat_id, asker(message), since, before)


def _to_the_bot(message: Message, username: str, bot: int) -> str | None:
    """What a message asks the bot; None if it is not meant for it."""
    text = message.text or message.caption or ""
    mention = _mention(username)
    replied = message.reply_to_message
    to_bot = replied is not None and replied.from_user is not None and replied.from_user.id == bot
    if not (is_private(message) or to_bot or mention.search(text)):
        return None
    return mention.sub(" ", text).strip()


def _mention(username: str) -> re.Pattern[str]:
    """How a message names the bot."""
    return re.compile(rf"@{re.escape(username)}\b[,:]?", re.IGNORECASE)


async def _typing(message: Message) -> None:
    """Show that the bot works on an answer that takes long, until this is cancelled."""
    await asyncio.sleep(TYPING_AFTER)
    try:
        while True:
            await message.get_bot().send_chat_action(
                message.chat_id, ChatAction.TYPING, message_thread_id=topic(message)
            )
            await asyncio.sleep(TYPING_AGAIN)
    except TelegramError as error:
        log.info("typing could not be shown: %s", type(error).__name__)


async def on_inline(update: Update, context: Context) -> None:
    """Offer the quotes that answer; nothing to strangers, nor to what is typed over by now."""
    query = update.inline_query
    if query is None:
        return
    services, person = services_of(context), query.from_user
    if services.queue.is_overtaken(update):
        return
    answer: Answer | None = None
    known = query.query.strip() and services.access.may_ask(person.id, person.id)
    if known and not services.throttles.inline.wait(person.id, time.monotonic(), query.id):
        with suppress(QuotewiseError):
            answer = await services.answer(query.query, person.id)
    probable = answer is not None and answer.status is AnswerStatus.PROBABLE
    results = [
        InlineQueryResultArticle(
            str(number),
            rendering.inline_title(quote),
            InputTextMessageContent(
                rendering.inline_quote(quote), ParseMode.HTML, link_preview_options=NO_PREVIEW
            ),
            description=rendering.inline_description(quote, probable=probable),
        )
        for number, quote in enumerate(answer.quotes if answer else ())
    ]
    await query.answer(results, cache_time=0, is_personal=True)

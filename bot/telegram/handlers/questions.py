"""A question gets a message with quotes; the buttons under it work while the articles exist."""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import cast

from telegram import (
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Message,
    Update,
)
from telegram.constants import InlineKeyboardButtonLimit, ParseMode
from telegram.error import BadRequest

from bot.rendering import telegram as rendering
from bot.rendering.text import GREETING, can_be_lifted, questions_for, shown_quotes
from bot.settings import QUOTES_SHOWN
from bot.telegram.answers import Given
from bot.telegram.context import (
    Context,
    Press,
    Services,
    acknowledge,
    asker_of,
    button,
    command,
    edit,
    is_private,
    number_in,
    pressed,
    say,
    services_of,
    turn_away,
)
from bot.telegram.handlers import additions
from bot.telegram.handlers.administration import FROM_INLINE
from bot.telegram.sources import (
    PASTED,
    Source,
    asks_to_add,
    is_by_bot,
    links_in,
    links_of,
    sources_replied_to,
    text_source,
)
from bot.telegram.update_queue import SPLIT_FROM, parts_of, text_of
from retrieval import Answer, Filters, Quote, QuotewiseError, Turn

log = logging.getLogger(__name__)

FOLLOWS_WITHIN = 5 * 60  # seconds after an answer in which a question may build on it
ANSWERED_LATE = 60 * 60
"""Seconds after which an edited message is no longer taken for a question to answer."""

EMPTY = "What would you like to know? Write the question beside my name, or reply to me with it."
NO_TEXT = "I read questions, files, links and forwarded posts: please send one of those."
NOT_YOURS = "These buttons belong to the person who asked."
GONE = "That answer is no longer kept: please ask again."
REMOVED = "That article can no longer be read here: please ask again."


async def on_message(update: Update, context: Context) -> None:
    """Answer a question: a message in a private chat, or one to the bot in a group."""
    message, person, services = update.message, update.effective_user, services_of(context)
    if message is None or person is None:
        return
    question = _to_the_bot(message, context)
    if question is None:
        return
    if not services.access.may_ask(message.chat_id, person.id):
        await turn_away(services, message, person)
        return
    services.begins_album(message)  # so that its other pictures, which have no words, get no reply
    parts = await parts_of(services.queue, update)
    if len(parts) > 1:
        await _ask_to_add(parts, context, message, text_of(parts))
    if len(parts) != 1 or await _is_no_question(update, context, message, question):
        return
    given = services.answers.to_message(message.chat_id, message.message_id)
    if given and given.shown_in:
        return  # the process ended after the answer and before this update was marked done
    wait = services.too_fast(message, person)
    if wait:
        await say(message, f"That was fast. Please ask again in {wait:.0f} seconds.")
        return
    await _answer(services, message, question)


async def on_something_else(update: Update, context: Context) -> None:
    """Say in private what the bot reads, once an album, to a person who sent no words."""
    message, person = update.message, update.effective_user
    if message is None or person is None or not is_private(message):
        return
    services = services_of(context)
    if not services.access.may_ask(message.chat_id, person.id):
        await turn_away(services, message, person)
    elif services.begins_album(message) and not services.too_fast(message, person):
        await say(message, NO_TEXT)


async def on_edited(update: Update, context: Context) -> None:
    """Answer an edited question again, in the message that answered it, if one did."""
    message, person, services = update.edited_message, update.effective_user, services_of(context)
    if message is None or person is None:
        return
    question = _to_the_bot(message, context)
    if question is None or not services.access.may_ask(message.chat_id, person.id):
        return
    given = services.answers.to_message(message.chat_id, message.message_id)
    if given is None and time.time() - message.date.timestamp() > ANSWERED_LATE:
        return
    if services.too_fast(message, person):
        return
    if await _is_no_question(update, context, message, question):
        return
    await _answer(services, message, question, instead_of=given.shown_in if given else None)


async def _is_no_question(
    update: Update, context: Context, message: Message, question: str
) -> bool:
    """Add or offer to add what somebody sent in place of a question, or say what is missing.

    A greeting gets an introduction in a private chat, and no reply in a group.
    """
    services, links = services_of(context), links_in(update)
    longest = PASTED if is_private(message) else SPLIT_FROM
    is_short = len(links_of(message)[1]) <= longest or question.endswith("?")
    replied = sources_replied_to(update) if is_short and not links else []
    if GREETING.fullmatch(question):
        if is_private(message):
            await _introduce(services, message)
    elif is_by_bot(message):
        own = Source(name=question, unread="own", update=update.update_id)
        await additions.take(services, [update], [own])
    elif replied and asks_to_add(question):
        await additions.take(services, [update], replied, at_once=True)
    elif not re.search(r"\w", question):
        await say(message, EMPTY)
    elif not is_short:
        text = message.text or message.caption or ""
        await _ask_to_add([update], context, message, text)
    elif links:
        await additions.take(services, [update], links)
    else:
        return False
    return True


async def _introduce(services: Services, message: Message) -> None:
    """Say what the bot does, with questions that the articles of the chat may answer."""
    scope = services.access.scope(message.chat_id)

    def titles() -> list[str]:
        stored = chain.from_iterable(services.library.articles(library=name) for name in scope)
        return [each.article.title for each in islice(stored, 3)]

    questions = questions_for(await services.run(titles))
    await say(message, rendering.introduction(questions))


async def _ask_to_add(updates: list[Update], context: Context, message: Message, text: str) -> None:
    """Offer to add a text; in a group without the mention of the bot."""
    if not is_private(message):
        text = _mention(context).sub(" ", text, count=1)
    source = text_source(updates[0], message, text)
    await additions.take(services_of(context), updates, [source])


async def _answer(
    services: Services, message: Message, question: str, instead_of: int | None = None
) -> None:
    chat = message.chat_id
    try:
        answer = await services.answer(question, chat, _earlier(services, message))
        if not answer.shown and answer.inside is None:
            await say(message, rendering.NO_ARTICLES)
            return
        id = await services.answers.keep(chat, asker_of(message), message.message_id, answer)
    except QuotewiseError as error:
        await say(message, str(error))
        return
    await _show(services, message, answer, id, instead_of)


async def _show(
    services: Services, message: Message, answer: Answer, id: str, shown_in: int | None
) -> None:
    """Show an answer in an earlier message of the bot, or else as a reply to a message."""
    parts = rendering.answer_messages(answer, count=QUOTES_SHOWN)
    buttons = _under_answer(id, answer)
    if shown_in is not None:
        try:
            await message.get_bot().edit_message_text(
                parts[0],
                message.chat_id,
                shown_in,
                parse_mode=ParseMode.HTML,
                reply_markup=None if parts[1:] else buttons,
            )
            parts = parts[1:]
        except BadRequest as error:
            log.info("an answer could not be edited: %s", error)
    if parts:
        shown_in = (await say(message, *parts, html=True, buttons=buttons)).message_id
    assert shown_in is not None
    services.answers.shown(id, shown_in)


def _earlier(services: Services, message: Message) -> list[Turn]:
    """Return the turns on which a question may build: the one it replies to, else its asker's."""
    replied = message.reply_to_message
    if replied is not None:
        return services.answers.turn_in(message.chat_id, replied.message_id)
    if message.from_user is None:
        return []
    asker, since = asker_of(message), time.time() - FOLLOWS_WITHIN
    after = services.afresh.get((message.chat_id, asker), -math.inf)
    return services.answers.turns_of(message.chat_id, asker, since, after, message.message_id)


@command()
async def new(update: Update, context: Context, services: Services, message: Message) -> None:
    """/new: the sender's next question builds on none before."""
    services.afresh[message.chat_id, asker_of(message)] = message.message_id
    await say(message, "Your next question builds on none before.")


def _to_the_bot(message: Message, context: Context) -> str | None:
    """Return what a message asks the bot; None if it is not meant for it."""
    text = message.text or message.caption or ""
    mention = _mention(context)
    replied = message.reply_to_message
    author = replied and replied.from_user
    to_bot = author is not None and author.id == context.bot.id
    if not (is_private(message) or to_bot or mention.search(text)):
        return None
    return mention.sub(" ", text).strip()


def _mention(context: Context) -> re.Pattern[str]:
    return re.compile(rf"@{re.escape(context.bot.username)}\b[,:]?", re.IGNORECASE)


async def on_inline(update: Update, context: Context) -> None:
    """Show the quotes that answer, or else the closest sentences, and a way into the chat.

    Strangers are shown the way only; who has typed on gets no answer.
    """
    query, services = update.inline_query, services_of(context)
    if query is None or services.queue.is_overtaken(update):
        return
    person, answer = query.from_user, None
    known = query.query.strip() and services.access.may_ask(person.id, person.id)
    if known and not services.throttles["inline"].wait(person.id, time.monotonic(), query.id):
        with suppress(QuotewiseError):
            answer = await services.answer(query.query, person.id)
    results = (
        [
            InlineQueryResultArticle(
                str(number),
                rendering.inline_title(quote),
                InputTextMessageContent(rendering.inline_quote(quote), ParseMode.HTML),
                description=rendering.inline_description(quote, answer.status),
            )
            for number, quote in enumerate(answer.shown)
        ]
        if answer
        else []
    )
    door = None
    if not answer or not answer.quotes:
        text = "Nothing answers that: open the chat" if results else "Open the chat"
        door = InlineQueryResultsButton(text, start_parameter=FROM_INLINE)
    await query.answer(results, cache_time=0, is_personal=True, button=door)


@pressed(GONE)
async def on_button(update: Update, context: Context, services: Services, press: Press) -> None:
    """Do what a button under an answer says."""
    id = press.rest.partition(":")[0]
    given = await services.answers.with_id(press.message.chat_id, id)
    if given is None:
        await acknowledge(press.query, GONE)
    elif not press.is_by(given.asker):
        await acknowledge(press.query, NOT_YOURS)
    elif not given.answer.shown and press.action not in ("thumb", "all"):
        await acknowledge(press.query, REMOVED)
    else:
        await _do(services, press, given)


async def on_unknown_button(update: Update, context: Context) -> None:
    """Answer a button that no version of this bot has, or no longer has."""
    await acknowledge(cast(CallbackQuery, update.callback_query), GONE)


async def _do(services: Services, press: Press, given: Given) -> None:
    """Do what a button says under an answer whose asker pressed it."""
    message, action, answer = press.message, press.action, given.answer
    number = number_in(press.rest.partition(":")[2]) or 0
    if action == "thumb":
        services.answers.thumb(given.id, 1 if number > 0 else -1)
        await acknowledge(press.query, "Thank you, that is noted.")
        return
    await acknowledge(press.query)
    if action == "more":
        # The updates of a chat are handled one after the other. A second press asks for quotes that
        # have been sent by then; a press that is retried after a crash does not.
        sent = given.sent
        if number >= sent:
            parts = rendering.more_messages(answer, number, QUOTES_SHOWN)
            await say(message, *(parts or ["That is all there is."]), html=True)
            sent = number + QUOTES_SHOWN
            services.answers.sent(given.id, sent)
        await edit(message, None, _under_answer(given.id, answer, sent))
    elif action == "context":
        number = min(max(number, 0), len(answer.shown) - 1)
        quote = answer.shown[number]
        article = await services.run(lambda: services.library.history.article_of(quote))
        html = rendering.context_messages(quote, article)[0]
        await edit(message, html, _context_buttons(given, number))
    elif action == "sources":
        html = rendering.sources_message(_first_quotes(answer))
        await edit(message, html, _context_buttons(given, -1))
    elif action == "all":
        await _ask_all(services, message, given)
    elif action == "back":
        html = rendering.answer_messages(answer, count=QUOTES_SHOWN)[0]
        await edit(message, html, _under_answer(given.id, answer, given.sent))


async def _ask_all(services: Services, message: Message, given: Given) -> None:
    """Answer the question as it was understood from all articles, without its filters."""
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
    await _show(services, message, answer, id, message.message_id)


def _first_quotes(answer: Answer) -> Sequence[Quote]:
    """Return the quotes of its first message, else those that More showed first."""
    return shown_quotes(answer, QUOTES_SHOWN) or answer.shown[:QUOTES_SHOWN]


def _under_answer(id: str, answer: Answer, sent: int = 0) -> InlineKeyboardMarkup:
    """Make the buttons under an answer, of which `sent` quotes were sent once More was pressed."""
    shown = sent or len(shown_quotes(answer, QUOTES_SHOWN))
    rows = [[button("All articles", f"all:{id}")]] if can_be_lifted(answer) else []
    if answer.shown:
        first = []
        if len(answer.shown) > shown:
            first.append(button("More", f"more:{id}:{shown}"))
        if shown:
            first.append(button("In context", f"context:{id}:0"))
            first.append(button("Sources", f"sources:{id}"))
        second = [button("👍", f"thumb:{id}:1"), button("👎", f"thumb:{id}:-1")]
        text = answer.shown[0].text
        if shown and len(text) <= InlineKeyboardButtonLimit.MAX_COPY_TEXT:
            second.append(InlineKeyboardButton("Copy", copy_text=CopyTextButton(text)))
        rows += [first, second]
    return InlineKeyboardMarkup(rows)


def _context_buttons(given: Given, shown: int) -> InlineKeyboardMarkup:
    """Make a button back, and one for each quote whose paragraph can be seen."""
    row = [button("Back", f"back:{given.id}")]
    for number in range(len(_first_quotes(given.answer))):
        name = f"• {number + 1} •" if number == shown else str(number + 1)
        row.append(button(name, f"context:{given.id}:{number}"))
    return InlineKeyboardMarkup([row])

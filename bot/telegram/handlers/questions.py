"""A question gets a message with quotes."""

from __future__ import annotations

import json
import logging
import re
import time
from contextlib import suppress
from itertools import chain, islice

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Message,
    Update,
)
from telegram.constants import ParseMode

from bot.rendering import telegram as rendering
from bot.rendering.language import N_, _, reason
from bot.rendering.text import GREETING, THANKS, questions_for
from bot.telegram.context import (
    Context,
    Services,
    asker_of,
    command,
    is_private,
    say,
    services_of,
    turn_away,
)
from bot.telegram.handlers import additions
from bot.telegram.handlers.administration import FROM_INLINE, help_
from bot.telegram.handlers.answer_buttons import show
from bot.telegram.sources import (
    PASTED,
    asks_to_add,
    links_in,
    links_of,
    source_of,
    sources_replied_to,
    text_source,
)
from bot.telegram.update_queue import SPLIT_FROM, parts_of, text_of
from retrieval import QuotewiseError, Turn, Unavailable

log = logging.getLogger(__name__)

FOLLOWS_WITHIN = 5 * 60  # seconds after an answer in which a question may build on it
ANSWERED_LATE = 60 * 60
"""Seconds after which an edited message is no longer taken for a question to answer."""

EMPTY = N_(
    "What would you like to know? Write the question beside my name, or reply to me with it."
)
EMPTY_IN_PRIVATE = N_("What would you like to know? Write a question, in words.")
NO_TEXT = N_("I read questions, files, links and forwarded posts: please send one of those.")
TOO_FAST = N_("That was fast. Please ask again in {seconds} seconds.")


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
        return
    if await _is_no_question(update, context, message, question):
        return
    given = services.answers.to_message(message.chat_id, message.message_id)
    if given and given.shown_in:
        return  # the process ended after the answer and before this update was marked done
    wait = services.too_fast(message, person)
    if wait:
        await say(message, _(TOO_FAST, seconds=round(wait)))
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
        await say(message, _(NO_TEXT))


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

    A greeting gets an introduction in a private chat, and thanks for an answer get a line. In a
    group neither gets a reply, except "What can you do?" and its like.
    """
    services, links = services_of(context), links_in(update)
    longest = PASTED if is_private(message) else SPLIT_FROM
    is_short = len(links_of(message)[1]) <= longest or question.endswith("?")
    replied = sources_replied_to(update) if is_short and not links else []
    if THANKS.fullmatch(question) and _earlier(services, message):
        if is_private(message):
            await say(message, _("You are welcome."))
    elif re.fullmatch(r"(?:help|hilfe)\W*", question, re.IGNORECASE):
        await help_(update, context)
    elif GREETING.fullmatch(question):
        if is_private(message) or question.endswith("?"):
            await _introduce(services, message)
    elif own := source_of(message, question, update.update_id):  # of the bot: others are no words
        await additions.take(services, [update], [own])
    elif replied and asks_to_add(question):
        await additions.take(services, [update], replied, at_once=True)
    elif not re.search(r"\w", question):
        await say(message, _(EMPTY_IN_PRIVATE if is_private(message) else EMPTY))
    elif not is_short:
        text = message.text or message.caption or ""
        await _ask_to_add([update], context, message, text)
    elif links:
        await additions.take(services, [update], links)
    else:
        return False
    return True


async def _introduce(services: Services, message: Message) -> None:
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
    source = text_source(message, text, updates[0].update_id)
    await additions.take(services_of(context), updates, [source])


async def _answer(
    services: Services, message: Message, question: str, instead_of: int | None = None
) -> None:
    chat = message.chat_id
    try:
        answer = await services.answer(question, chat, _earlier(services, message))
        if not answer.shown and answer.inside is None:
            await say(message, _(rendering.NO_ARTICLES))
            return
        id = await services.answers.keep(chat, asker_of(message), message.message_id, answer)
    except Unavailable:
        raise
    except QuotewiseError as error:
        await say(message, reason(str(error)))
        return
    await show(services, message, answer, id, instead_of)
    waited = time.time() - (message.edit_date or message.date).timestamp()
    services.metrics.answered(answer, waited)
    log.info(
        "question chat=%d message=%d status=%s quotes=%d search_ms=%.0f waited_s=%.1f%s",
        *(chat, message.message_id, answer.status, len(answer.quotes), answer.took_ms, waited),
        f" text={json.dumps(question)}" if services.settings.log_questions else "",
    )


def _earlier(services: Services, message: Message) -> list[Turn]:
    """Return the turns on which a question may build: the one it replies to, else its asker's."""
    replied = message.reply_to_message
    if replied is not None:
        return services.answers.turn_in(message.chat_id, replied.message_id)
    if message.from_user is None:
        return []
    asker, since = asker_of(message), time.time() - FOLLOWS_WITHIN
    after = services.events.value("new", message.chat_id, asker)
    return services.answers.turns_of(message.chat_id, asker, since, after, message.message_id)


@command
async def new(update: Update, context: Context, services: Services, message: Message) -> str:
    """/new: the sender's next question builds on none before."""
    services.events.record("new", message.chat_id, message.message_id, asker_of(message))
    return _("Your next question builds on none before.")


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
    person, results, is_answered = query.from_user, [], False
    known = query.query.strip() and services.access.may_ask(person.id, person.id)
    if known and not services.throttles["inline"].wait(person.id, time.time(), query.id):
        with suppress(QuotewiseError):
            answer = await services.answer(query.query, person.id)
            is_answered = bool(answer.quotes)
            results = [
                InlineQueryResultArticle(
                    str(number),
                    rendering.inline_title(quote),
                    InputTextMessageContent(rendering.inline_quote(quote), ParseMode.HTML),
                    description=rendering.inline_description(quote, answer.status),
                )
                for number, quote in enumerate(answer.shown)
            ]
    door = None
    if not is_answered:
        text = _("Nothing answers that: open the chat") if results else _("Open the chat")
        door = InlineQueryResultsButton(text, start_parameter=FROM_INLINE)
    await query.answer(results, cache_time=0, is_personal=True, button=door)

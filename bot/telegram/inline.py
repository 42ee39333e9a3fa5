"""@bot question, in any chat: quotes to choose from, of the asker's own library."""

from __future__ import annotations

import time
from contextlib import suppress

from telegram import InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.constants import ParseMode

from bot.rendering import telegram as rendering
from bot.telegram.desk import Context, desk_of
from bot.telegram.replies import NO_PREVIEW
from retrieval import Answer, AnswerStatus, QuotewiseError


async def on_inline(update: Update, context: Context) -> None:
    """Offer the quotes that answer; nothing to strangers, nor to what is typed over by now."""
    query = update.inline_query
    if query is None:
        return
    desk, person = desk_of(context), query.from_user
    if desk.inbox.is_overtaken(update):
        return
    answer: Answer | None = None
    known = query.query.strip() and desk.access.may_ask(person.id, person.id)
    if known and not desk.pace.inline.wait(person.id, time.monotonic(), query.id):
        with suppress(QuotewiseError):
            answer = await desk.answer(query.query, person.id)
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

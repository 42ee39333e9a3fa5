"""@bot question, in any chat: quotes to choose from, of the asker's own library."""

from __future__ import annotations

import time

from telegram import InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.constants import ParseMode

from bot.rendering import telegram as rendering
from bot.telegram.desk import Context, desk_of
from bot.telegram.replies import NO_PREVIEW
from retrieval import Quote, QuotewiseError


async def on_inline(update: Update, context: Context) -> None:
    """Offer the quotes that answer; nothing to strangers, nor to what is typed over by now."""
    query = update.inline_query
    if query is None:
        return
    desk, person = desk_of(context), query.from_user
    if desk.inbox.is_overtaken(update):
        return
    quotes: tuple[Quote, ...] = ()
    known = query.query.strip() and desk.access.may_ask(person.id, person.id)
    if known and not desk.pace.inline.wait(person.id, time.monotonic(), query.id):
        try:
            quotes = (await desk.answer(query.query, person.id)).quotes
        except QuotewiseError:
            quotes = ()
    results = [
        InlineQueryResultArticle(
            str(number),
            rendering.inline_title(quote),
            InputTextMessageContent(
                rendering.inline_quote(quote), ParseMode.HTML, link_preview_options=NO_PREVIEW
            ),
            description=rendering.inline_description(quote),
        )
        for number, quote in enumerate(quotes)
    ]
    await query.answer(results, cache_time=0, is_personal=True)

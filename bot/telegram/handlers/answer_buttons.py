"""An answer in the chat, what the buttons under it do, and reactions to it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from telegram import (
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReactionType,
    ReactionTypeEmoji,
    Update,
)
from telegram.constants import FileSizeLimit, InlineKeyboardButtonLimit

from bot.rendering import telegram as rendering
from bot.rendering.fields import export_fields
from bot.rendering.language import N_, _
from bot.rendering.text import shortened, shown_quotes, units
from bot.settings import QUOTES_SHOWN
from bot.telegram.answers import Given
from bot.telegram.context import (
    Context,
    Press,
    Refusal,
    Services,
    acknowledge,
    button,
    edit,
    edit_in,
    key_of,
    number_in,
    pressed,
    rows_of,
    say,
    services_of,
)
from retrieval import Answer, Filters, Quote

LONGEST_FILE_NAME = 60  # characters
MOST_PUBLISHERS = 4
MOST_PERIODS = 4
LONGEST_PUBLISHER = 40  # UTF-16 units on a button
LIKED = frozenset("👍 ❤ ❤‍🔥 🔥 🥰 😍 👏 🎉 🤩 💯 🏆 🙏 👌 🤝 🆒 😘 💘 🫡 🤗".split())
DISLIKED = frozenset("👎 💩 🤮 🤬 😡 💔 🖕 🥱 🤡".split())

GONE = N_("That answer is no longer kept: please ask again.")


async def show(
    services: Services, message: Message, answer: Answer, id: str, shown_in: int | None
) -> None:
    """Show an answer in an earlier message of the bot, or else as a reply to a message."""
    parts = rendering.answer_messages(answer, count=QUOTES_SHOWN)
    buttons = _under_answer(id, answer)
    bot, first_buttons = message.get_bot(), None if parts[1:] else buttons
    if shown_in and await edit_in(bot, message.chat_id, shown_in, parts[0], first_buttons):
        parts = parts[1:]
    if parts:
        shown_in = (await say(message, *parts, html=True, buttons=buttons)).message_id
    assert shown_in is not None
    services.answers.shown(id, shown_in)


@pressed(GONE)
async def on_button(update: Update, context: Context, services: Services, press: Press) -> None:
    """Do what a button under an answer says; a notice says why nothing changes."""
    id, _colon, argument = press.rest.partition(":")
    given = await services.answers.with_id(press.message.chat_id, id)
    if given is None:
        raise Refusal(_(GONE))
    if not press.is_by(given.asker):
        raise Refusal(_("These buttons belong to the person who asked."))
    if not given.answer.shown and press.action not in ("thumb", "all"):
        raise Refusal(_("That article can no longer be read here: please ask again."))
    notice = await ACTIONS[press.action](services, press.message, given, argument)
    if notice is None and given.has_lost_quotes and press.action in ("context", "back"):
        notice = _("An article that this quoted has been removed: this is what is left.")
    await acknowledge(press.query, notice)


async def on_unknown_button(update: Update, context: Context) -> None:
    """Answer a button that no version of this bot has, or no longer has."""
    await acknowledge(cast(CallbackQuery, update.callback_query), _(GONE))


async def on_reaction(update: Update, context: Context) -> None:
    """Record the asker's reaction to an answer as a thumb, and its removal as no opinion.

    Telegram sends reactions in private chats, and in groups to administrators.
    """
    reaction, person = update.message_reaction, update.effective_user
    if reaction is None or person is None:
        return
    services, chat = services_of(context), reaction.chat.id
    question = services.answers.in_message(chat, reaction.message_id)
    if question is None or not services.access.may_ask(chat, person.id):
        return
    before, after = _opinion(reaction.old_reaction), _opinion(reaction.new_reaction)
    if question.asker in (person.id, 0) and before != after:
        services.answers.thumb(question.id, after)


def _opinion(reactions: Sequence[ReactionType]) -> int | None:
    emoji = {each.emoji for each in reactions if isinstance(each, ReactionTypeEmoji)}
    return bool(emoji & LIKED) - bool(emoji & DISLIKED) or None


# -- what the buttons do; each returns a notice or None


async def _thumb(services: Services, message: Message, given: Given, argument: str) -> str | None:
    services.answers.thumb(given.id, 1 if (number_in(argument) or 0) > 0 else -1)
    return _("Thank you, that is noted.")


async def _more(services: Services, message: Message, given: Given, argument: str) -> None:
    """Send the next quotes.

    The updates of a chat are handled one after the other. A second press asks for quotes that have
    been sent by then; a press that is retried after a crash does not.
    """
    number, sent = number_in(argument) or 0, given.sent
    if number >= sent:
        parts = rendering.more_messages(given.answer, number, QUOTES_SHOWN)
        await say(message, *(parts or [_("That is all there is.")]), html=True)
        sent = number + QUOTES_SHOWN
        services.answers.sent(given.id, sent)
    await edit(message, None, _under_answer(given.id, given.answer, sent))


async def _context(services: Services, message: Message, given: Given, argument: str) -> None:
    number, html, pages = await _paragraph(services, given, argument)
    more = [button(_("Whole paragraph"), f"part:{given.id}:{number}:0")] if pages[1:] else []
    await edit(message, html, _context_buttons(given, number, more))


async def _part(services: Services, message: Message, given: Given, argument: str) -> None:
    of_quote, _colon, of_page = argument.partition(":")
    number, _html, pages = await _paragraph(services, given, of_quote)
    page = min(max(number_in(of_page) or 0, 0), len(pages) - 1)
    turns = [
        button(f"{sign} {other + 1}/{len(pages)}", f"part:{given.id}:{number}:{other}")
        for sign, other in (("◀", page - 1), ("▶", page + 1))
        if 0 <= other < len(pages)
    ]
    await edit(message, pages[page], _context_buttons(given, None, turns))


async def _paragraph(
    services: Services, given: Given, argument: str
) -> tuple[int, str, Sequence[str]]:
    """Return the number of a quote, its paragraph as one message, and the pages of all of it.

    The last quote stands for those whose articles were removed. Raises QuotewiseError if its
    article was removed as well.
    """
    number = min(max(number_in(argument) or 0, 0), len(given.answer.shown) - 1)
    quote = given.answer.shown[number]

    def messages() -> tuple[str, Sequence[str]]:
        article = services.library.history.article_of(quote)
        pages = rendering.paragraph_pages(quote, article)
        return rendering.context_message(quote, article), pages

    return number, *await services.run(messages)


async def _shown(services: Services, message: Message, given: Given, argument: str) -> str | None:
    """Say that this quote is the one in its paragraph already."""
    return _("You see quote {number} already.", number=(number_in(argument) or 0) + 1)


async def _sources(services: Services, message: Message, given: Given, argument: str) -> None:
    html = rendering.sources_message(_first_quotes(given.answer))
    await edit(message, html, _context_buttons(given, None, []))


async def _back(services: Services, message: Message, given: Given, argument: str) -> None:
    """Show the answer again; of a long one its last message, which has the buttons."""
    html = rendering.answer_messages(given.answer, count=QUOTES_SHOWN)[-1]
    await edit(message, html, _under_answer(given.id, given.answer, given.sent))


async def _prove(services: Services, message: Message, given: Given, argument: str) -> str | None:
    def exported() -> bytes:
        return json.dumps(export_fields(given.answer), ensure_ascii=False).encode()

    content = await services.run(exported)
    letters_and_digits = re.sub(r"[\W_]+", "-", given.question)[:LONGEST_FILE_NAME].strip("-")
    name = f"{letters_and_digits or 'answer'}.json"
    if len(content) > FileSizeLimit.FILESIZE_UPLOAD:
        return _("The articles of this answer are too large for a file in Telegram.")
    caption = _("The quotes and their articles. Check them with: quotewise proof {file}", file=name)
    await message.reply_document(content, caption=caption, filename=name)
    return None


async def _filter(services: Services, message: Message, given: Given, argument: str) -> None:
    await edit(message, None, _filter_buttons(given))


async def _within(services: Services, message: Message, given: Given, argument: str) -> str | None:
    for choice in choices(given.answer, date.today()):
        if choice.code == argument:
            await _ask_again(services, message, given, choice.filters)
            return None
    return _("No article is left for that choice: please press Back and choose again.")


async def _all(services: Services, message: Message, given: Given, argument: str) -> None:
    await _ask_again(services, message, given, Filters())


async def _ask_again(services: Services, message: Message, given: Given, filters: Filters) -> None:
    """Answer a question as it was understood within filters, in the same message.

    The turn on which later questions build has no filters. Raises QuotewiseError.
    """
    answer = given.answer
    if filters != chosen(answer):
        answer = replace(
            await services.answer(given.topic, message.chat_id, filters=filters),
            question=given.question,
            understood=answer.understood,
            subject=answer.subject,
        )
        await services.answers.keep(
            message.chat_id, given.asker, given.message_id, answer, given.id
        )
    await show(services, message, answer, given.id, message.message_id)


ACTIONS: dict[str, Callable[[Services, Message, Given, str], Awaitable[str | None]]] = {
    "thumb": _thumb,
    "more": _more,
    "context": _context,
    "part": _part,
    "shown": _shown,
    "sources": _sources,
    "back": _back,
    "proof": _prove,
    "filter": _filter,
    "within": _within,
    "all": _all,
}
PATTERN = rf"^({'|'.join(ACTIONS)}):"
"""The data of the buttons under an answer: an action, the answer's id, and an argument."""


# -- keyboards


def _under_answer(id: str, answer: Answer, sent: int = 0) -> InlineKeyboardMarkup:
    """Make the buttons under an answer, of which `sent` quotes were sent once More was pressed."""
    shown = sent or len(shown_quotes(answer, QUOTES_SHOWN))
    rows = []
    if answer.inside is not None:
        rows.append([button(_("All articles"), f"all:{id}")])
    if answer.shown:
        first, second, third = [], [], []
        if len(answer.shown) > shown:
            first.append(button(_("More"), f"more:{id}:{shown}"))
        second += [button("👍", f"thumb:{id}:1"), button("👎", f"thumb:{id}:-1")]
        if shown:
            first.append(button(_("In context"), f"context:{id}:0"))
            first.append(button(_("Sources"), f"sources:{id}"))
            first_quote = answer.shown[0].text
            if units(first_quote) <= InlineKeyboardButtonLimit.MAX_COPY_TEXT:
                copied = CopyTextButton(first_quote)
                second.append(InlineKeyboardButton(_("Copy"), copy_text=copied))
            if _narrowing(answer):
                third.append(button(_("Filter"), f"filter:{id}"))
            third.append(button(_("Proof"), f"proof:{id}"))
        rows += [first, second, third]
    return InlineKeyboardMarkup(rows)


def _context_buttons(
    given: Given, shown: int | None, turns: list[InlineKeyboardButton]
) -> InlineKeyboardMarkup:
    """Make a button back, a button for each quote whose paragraph can be seen, and page turns."""
    row = [button(_("Back"), f"back:{given.id}")]
    for number in range(len(_first_quotes(given.answer))):
        if number == shown:
            row.append(button(f"• {number + 1} •", f"shown:{given.id}:{number}"))
        else:
            row.append(button(str(number + 1), f"context:{given.id}:{number}"))
    return InlineKeyboardMarkup([turns, row] if turns else [row])


def _narrowing(answer: Answer) -> list[Choice]:
    """Return the choices of filters that are not in force."""
    present = chosen(answer)
    return [choice for choice in choices(answer, date.today()) if choice.filters != present]


def _filter_buttons(given: Given) -> InlineKeyboardMarkup:
    narrower = [
        button(choice.text, f"within:{given.id}:{choice.code}")
        for choice in _narrowing(given.answer)
    ]
    rows = rows_of(narrower, 2)
    return InlineKeyboardMarkup([*rows, [button(_("Back"), f"back:{given.id}")]])


def _first_quotes(answer: Answer) -> Sequence[Quote]:
    """Return the quotes of its first message, else those that More showed first."""
    return shown_quotes(answer, QUOTES_SHOWN) or answer.shown[:QUOTES_SHOWN]


# -- filters, made from the articles of an answer


class Choice(NamedTuple):
    """A filter to choose. `code` names it on its button as long as an article is left for it."""

    code: str
    text: str
    filters: Filters


def chosen(answer: Answer) -> Filters:
    """Return the filters of an answer, whether its question set them or a button."""
    return replace(answer.filters, words=(), unread=())


def choices(answer: Answer, today: date) -> list[Choice]:
    """Return what narrows the filters of an answer: a publisher of its articles, or a period."""
    articles, filters = [quote.article for quote in answer.shown], chosen(answer)
    publishers = dict.fromkeys(article.source for article in articles if article.source)
    by_publisher = [
        Choice(
            key_of(name),
            _("Only {publisher}", publisher=shortened(name, LONGEST_PUBLISHER)),
            replace(filters, sources=(name,)),
        )
        for name in list(publishers)[:MOST_PUBLISHERS]
    ]
    days = {_day(article.published) for article in articles if article.published}
    by_period = [
        Choice(code, text, replace(filters, since=since, until=until))
        for code, text, since, until in _periods(days, today)
        if any(since <= day <= (until or date.max) for day in days)
    ]
    return [*by_publisher, *by_period[:MOST_PERIODS]]


def _periods(days: Iterable[date], today: date) -> Iterator[tuple[str, str, date, date | None]]:
    """Yield periods before a day, and the years of some days if those are several."""
    yield "month", _("This month"), today.replace(day=1), None
    yield "year", _("The last 12 months"), today - timedelta(days=365), None
    years = {day.year for day in days}
    for year in sorted(years, reverse=True) if len(years) > 1 else ():
        yield str(year), str(year), date(year, 1, 1), date(year, 12, 31)


def _day(published: date) -> date:
    return published.date() if isinstance(published, datetime) else published

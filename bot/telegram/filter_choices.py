"""The filters that people choose by buttons, made from the articles of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.rendering.language import _
from bot.rendering.text import shortened
from bot.telegram.context import key_of
from retrieval import Answer, Filters

MOST_PUBLISHERS = 4
MOST_PERIODS = 4
LONGEST_PUBLISHER = 40  # UTF-16 units on a button


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
    """Return the day of a publication, of which the time may be known as well."""
    return published.date() if isinstance(published, datetime) else published

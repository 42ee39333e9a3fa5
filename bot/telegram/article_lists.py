"""Views of a chat's articles: pages of a list, its filters, an open article; all with buttons.

The data of a button is `action:listing:page` and what else the action needs: the page is that of
the list to which the view leads back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from telegram import InlineKeyboardButton

from bot.rendering import telegram as rendering
from bot.rendering.language import _
from bot.rendering.text import names, shortened
from bot.telegram.context import button, key_of, rows_of
from bot.telegram.store import Listing
from retrieval import Library, ListedArticle, StoredArticle

A_PAGE = 10  # articles, or publishers
MOST_JUMPS = 88  # buttons that lead into a list or an article: Telegram takes 100 in all
LONGEST_LABEL = 40  # UTF-16 units of a name on a button

Row = list[InlineKeyboardButton]


class View(NamedTuple):
    """What a message shows: HTML, or None to leave its text as it is; and rows of buttons."""

    html: str | None
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class ArticleList:
    """A list of a chat's articles, at one of its pages; its methods read the library.

    `scope` are the libraries that the chat reads: its own, which the list is of, and others.
    """

    library: Library
    scope: Sequence[str]
    listing: Listing
    page: int = 0

    # -- views

    def articles(self) -> View:
        """Return the page of the list; the last one if it has fewer pages by now."""
        numbered = self._numbered(self.listing)
        pages = max(-(-len(numbered) // A_PAGE), 1)
        here = replace(self, page=min(max(self.page, 0), pages - 1))
        if not numbered and self.listing.is_filtered:
            html = rendering.no_articles_message(self.listing.filters)
            return View(html, [here._filter_buttons()])
        shown = numbered[here.page * A_PAGE :][:A_PAGE]
        html = rendering.articles_page(
            shown, here.page + 1, pages, filters=self.listing.filters, shared=here._shared()
        )
        numbers = [here._button(str(n), "article", key_of(each.id)) for n, each in shown]
        turns = _turns(
            here.page,
            pages,
            lambda label, page: replace(here, page=page)._button(label, "page"),
            here._button(f"{here.page + 1} / {pages}", "pages"),
        )
        is_long = pages > 1 or self.listing.is_filtered
        return View(html, [*rows_of(numbers, 5), turns, here._filter_buttons() if is_long else []])

    def pages(self) -> View:
        """Return buttons for all pages, or for pages at equal distances if they are many."""
        pages = -(-len(self._numbered(self.listing)) // A_PAGE)
        chosen = range(0, pages, -(-pages // MOST_JUMPS) or 1)
        jumps = [replace(self, page=page)._button(str(page + 1), "page") for page in chosen]
        return View(None, [*rows_of(jumps, 8), [self._back()]])

    def publishers(self, page: int) -> View:
        counts = sorted(self.counts("publisher").items(), key=lambda item: (-item[1], item[0]))
        pages = max(-(-len(counts) // A_PAGE), 1)
        page = min(max(page, 0), pages - 1)
        rows = [
            [self._choice(name or _("Unknown publishers"), number, "publisher", name)]
            for name, number in counts[page * A_PAGE :][:A_PAGE]
        ]
        rows.append(_turns(page, pages, lambda label, to: self._button(label, "publishers", to)))
        others = self.listing.filtered("publisher", None)
        html = rendering.choice_message(others.filters, _("Choose a publisher."))
        return View(html, [*rows, [self._back()]])

    def years(self) -> View:
        counts = self.counts("period")
        years = sorted((year for year in counts if len(year) == 4), reverse=True)
        buttons = [self._button(f"{year} ({counts[year]})", "months", year) for year in years]
        rows = rows_of(buttons[:MOST_JUMPS], 3)
        if undated := counts[""]:
            rows.append([self._choice(_("Unknown date"), undated, "period", "")])
        others = self.listing.filtered("period", None)
        html = rendering.choice_message(others.filters, _("Choose a year."))
        return View(html, [*rows, [self._back()]])

    def months(self, year: str) -> View:
        """Return the months of a year, the earliest first, and the whole year."""
        counts = self.counts("period")
        months = sorted(period for period in counts if period.startswith(f"{year}-"))
        if not months:
            return self.years()
        buttons = [
            self._choice(rendering.period_name(month), counts[month], "period", month)
            for month in months
        ]
        whole = self._choice(_("All of {year}", year=year), counts[year], "period", year)
        of_year = self.listing.filtered("period", year)
        html = rendering.choice_message(of_year.filters, _("Choose a month, or the whole year."))
        return View(html, [[whole], *rows_of(buttons, 2), [self._button(_("Back"), "years")]])

    def article(self, stored: StoredArticle, page: int) -> View:
        """Return a page of an open article: the outline, or one of its parts."""
        key, parts = key_of(stored.article.id), rendering.article_parts(stored)
        pages = len(parts) + 1 if len(parts) > 1 else 1
        page = min(max(page, 0), pages - 1)

        def turn(label: str, to: int) -> InlineKeyboardButton:
            return self._button(label, "article", key, to)

        if page:
            turns = [("‹", page - 1), (_("Outline"), 0), ("›", page + 1)]
            rows = [[turn(label, to) for label, to in turns if to < pages]]
        else:
            jumps = _spans([number for number, text in parts], len(stored.paragraphs))
            rows = rows_of([turn(label, to) for label, to in jumps if pages > 1], 4)
        html = rendering.article_message(stored, parts, page)
        below = [self._back(_("Back to the list")), self._button(_("Remove"), "remove", key)]
        return View(html, [*rows, below])

    # -- what a list has

    def stored(self, key: str) -> StoredArticle:
        """Return the article of the chat that a button names. Raises QuotewiseError if removed."""
        own = self.scope[0]
        by_key = {key_of(id): id for id in self.library.ids(library=own)}
        return self.library.article(by_key.get(key, key), library=own)

    def counts(self, field: str) -> Counter[str]:
        """Return how many articles of the list each publisher has, or each year and each month.

        The list's own publisher, or its period, does not count. The name is empty for articles
        without a publisher or a date.
        """
        listing = self.listing.filtered(field, None)
        articles = [article for number, article in self._numbered(listing)]
        if field == "publisher":
            return Counter(article.source or "" for article in articles)
        days = [_day(article) for article in articles]
        return Counter(period for day in days for period in dict.fromkeys((day[:4], day[:7])))

    def _numbered(self, listing: Listing) -> list[tuple[int, ListedArticle]]:
        """Return the articles of a list with their numbers in the list of all."""
        every = enumerate(self.library.listing(library=self.scope[0]), start=1)
        return [(number, article) for number, article in every if _is_in(listing, article)]

    def _shared(self) -> list[tuple[str, int]]:
        if self.listing.is_filtered or self.page:
            return []
        return [(name, len(self.library.ids(library=name))) for name in self.scope[1:]]

    # -- buttons

    def _button(self, label: str, action: str, *more: object) -> InlineKeyboardButton:
        return button(label, ":".join(map(str, (action, self.listing.id, self.page, *more))))

    def _choice(self, name: str, number: int, field: str, value: str) -> InlineKeyboardButton:
        return self._button(f"{shortened(name, LONGEST_LABEL)} ({number})", field, key_of(value))

    def _back(self, label: str = "") -> InlineKeyboardButton:
        return self._button(label or _("Back"), "page")

    def _filter_buttons(self) -> Row:
        buttons = [self._button(_("Publishers"), "publishers"), self._button(_("Time"), "years")]
        if self.listing.is_filtered:
            buttons.append(self._button(_("All articles"), "lift"))
        return buttons


def _is_in(listing: Listing, article: ListedArticle) -> bool:
    day = _day(article)
    is_of_period = day.startswith(listing.period or "") if listing.period != "" else not day
    is_of_publisher = listing.publisher in (None, article.source or "")
    return is_of_period and is_of_publisher and names(article, listing.word)


def _day(article: ListedArticle) -> str:
    return article.published.isoformat()[:10] if article.published else ""


def _turns(
    page: int,
    pages: int,
    turn: Callable[[str, int], InlineKeyboardButton],
    *middle: InlineKeyboardButton,
) -> Row:
    """Return buttons to the first, the previous, the next and the last page, where these differ."""
    if pages == 1:
        return []
    last = pages - 1
    before = [("« 1", 0)] * (page > 1) + [("‹", page - 1)] * (page > 0)
    after = [("›", page + 1)] * (page < last) + [(f"{pages} »", last)] * (page < last - 1)
    return [*(turn(*each) for each in before), *middle, *(turn(*each) for each in after)]


def _spans(begins: Sequence[int], last: int) -> list[tuple[str, int]]:
    """Return which paragraphs the parts of an article have, with the number of each part.

    `begins` are the numbers of the paragraphs that the parts begin in; a paragraph may go on in the
    next part. Neighbours of many parts share an entry.
    """
    every = -(-len(begins) // MOST_JUMPS)
    chosen = begins[::every]
    ends = [max(first, after - 1) for first, after in pairwise(chosen)]
    spans = zip(chosen, [*ends, last], strict=True)
    labels = [f"{first}–{end}" if first < end else str(first) for first, end in spans]
    goes_on = [False, *(first == after for first, after in pairwise(chosen))]
    return [
        (f"… {label}" if inside else label, n * every + 1)
        for n, (label, inside) in enumerate(zip(labels, goes_on, strict=True))
    ]

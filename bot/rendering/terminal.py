"""Answers, articles, feeds, checks and figures as text for a terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.rendering.language import day
from bot.rendering.text import (
    agreement,
    context,
    counted,
    gone,
    headings,
    isolated,
    joined,
    linked,
    notes,
    passage_link,
    plain,
    quote_date,
    quote_words,
    shortened,
    shown_quotes,
    source,
    words,
)
from retrieval import Answer, FollowedFeed, Outcome, Quote, Status, StoredArticle, Version

if TYPE_CHECKING:
    from bot.doctor import Check
    from retrieval.evaluation import DialogueFigures, Figures, RiskPoint
    from retrieval.proof import Checked

LIFTED_BY = " To ask all articles: `--all` or `/all`."
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`."
NO_FEEDS = "No feeds are followed: `quotewise feed add LINK` follows one."
KINDS_NAMED = 8  # kinds of files in a line
LONGEST_ID = 24  # columns; a longer id goes on below
NARROW = 70  # columns of a terminal in which titles would have no room beside publishers
LEAST_WIDTH = 20  # columns for words, however narrow a terminal is
LONGEST_CHECKED = 80  # UTF-16 units of a checked quote, enough to recognise it

_INDENT = re.compile(r"\d+\. |\[\d+\] |  /\S+(?: \S+)?  +| *")


# -- answers


def answer_text(
    answer: Answer, count: int | None = None, *, links: bool = True, lifted_by: str = LIFTED_BY
) -> Text:
    """Return an answer; if nothing answers, why, and the closest sentences.

    With `count`, at most that many quotes, without unlikely ones. With `links`, the address of
    each quote is shown; without, only its title leads there. `lifted_by` says how to lift filters.
    """
    if not answer.shown and answer.inside is None:
        return Text(f"{NO_ARTICLES}\n")
    quotes = shown_quotes(answer, count)
    above, below = joined(headings(answer, quotes, lifted_by), "\n\n"), agreement(answer)
    above += ("\n\n" if quotes else "\n") if above else ""
    shown = [quote_text(number, quote, answer, links) for number, quote in enumerate(quotes, 1)]
    return Text.assemble(above, *shown, below, "\n" if below else "")


def more_text(answer: Answer, first: int, *, links: bool = True) -> Text:
    quotes = enumerate(answer.shown[first:], start=first + 1)
    return Text.assemble(*(quote_text(number, quote, answer, links) for number, quote in quotes))


def quote_text(number: int, quote: Quote, answer: Answer | None = None, links: bool = True) -> Text:
    """Return a quote of an answer, with its source; in a timeline, below its date."""
    place = f" (page {quote.page})" if quote.page else f" (paragraph {quote.paragraph})"
    link = passage_link(quote)
    lines = [
        quote_date(quote, answer),
        isolated(quote_words(quote, answer)),
        Text.assemble(_green(source(quote.article, link)), (place, "dim green")),
        *map(_green, notes(quote)),
        words(link or "" if links else "", "dim blue"),
    ]
    return Text.assemble((f"{number}. ", "bold cyan"), joined(lines, "\n   "), "\n\n")


def context_text(quote: Quote, stored: StoredArticle) -> Text:
    before, quoted, after = context(quote, stored)
    paragraphs = Text.assemble((before, "dim"), (quoted, "bold yellow"), (after, "dim"))
    above = joined([_green(source(stored.article)), gone(quote.gone_since)], "\n")
    return Text.assemble(above, "\n\n", paragraphs, "\n\n")


def hanging(text: Text, console: Console) -> Text:
    """Return a text broken at the width of a terminal; lines go on below where their words began.

    A number, a command or blanks at the beginning of a line stay alone in front.
    """
    lines = []
    for line in text.split("\n", allow_blank=True):
        indent = len(_INDENT.match(line.plain)[0])  # type: ignore[index]
        width = max(console.width - indent, LEAST_WIDTH)
        first, *others = line[indent:].wrap(console, width) or [Text()]
        lines += [line[:indent] + first, *(Text(" " * indent) + other for other in others)]
    return Text("\n").join(lines)


def _green(line: Text) -> Text:
    line.stylize_before("green")
    return line


# -- articles and sources


def article_text(
    stored: StoredArticle, versions: Sequence[Version] = (), replaced: datetime | None = None
) -> Text:
    """Return an article with its source and its numbered paragraphs.

    `versions` are its earlier versions; `replaced` is when it was replaced, if it is one itself.
    """
    article = stored.article
    facts = {
        "Id": article.id,
        "Publisher": article.source,
        "Author": article.author,
        "Published": day(article.published),
        "Link": article.url,
        "Read from": article.origin,
        "Added": _minute(stored.added),
        "Replaced": replaced and _minute(replaced),
    } | {
        f"Version {number}": f"replaced {_minute(version.replaced)}"
        for number, version in enumerate(versions, start=1)
    }
    text = words(f"{article.title}\n", "bold")
    for name, value in facts.items():
        if value:
            text.append_text(
                Text.assemble(f"{name}: ", isolated(words(value)), "\n", style="green")
            )
    for number, (start, end) in enumerate(stored.paragraphs, start=1):
        paragraph = isolated(words(article.text[start:end]))
        text.append_text(Text.assemble("\n", (f"[{number}] ", "bold cyan"), paragraph, "\n"))
    return text


def articles_table(stored: Sequence[StoredArticle], width: int) -> Table:
    """Return articles in columns, a line for each unless its id is long; ids are whole.

    A narrow terminal has no column of publishers, and titles of several lines.
    """
    is_narrow = width < NARROW
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 0), expand=True)
    longest = max(len(each.article.id) for each in stored)
    table.add_column(
        "id", overflow="fold", min_width=min(longest, LONGEST_ID), max_width=LONGEST_ID
    )
    table.add_column("title", no_wrap=not is_narrow, ratio=1)
    if not is_narrow:
        table.add_column("publisher", no_wrap=True, min_width=12, max_width=20)
    table.add_column("published", no_wrap=True, min_width=10)
    for article in (each.article for each in stored):
        title = linked(article.title, article.url)
        publisher = [] if is_narrow else [words(article.source or "")]
        published = str(article.published or "")[:10]
        table.add_row(words(article.id, "bold cyan"), title, *publisher, published)
    return table


def article_line(stored: StoredArticle) -> Text:
    paragraphs = f"({counted(len(stored.paragraphs), 'paragraph')})"
    id = words(stored.article.id, "bold cyan")
    return joined([id, source(stored.article), Text(paragraphs, "dim")], "  ")


def no_articles(word: str, *, is_empty: bool) -> str:
    nothing = f"No article has {plain(word)} in its title, publisher, author or id."
    return NO_ARTICLES if is_empty else nothing


def check_line(check: Check) -> Text:
    styles = {"ok": "green", "warning": "yellow", "failed": "bold red"}
    verdict = Text(check.verdict, styles[check.verdict])
    return joined([verdict, words(f"{check.name}: {check.text}")], "  ")


def outcome_line(outcome: Outcome) -> Text:
    styles = {Status.FAILED: "bold red", Status.UNCHANGED: "dim"}
    status = Text(outcome.status, styles.get(outcome.status, "bold green"))
    article, name = outcome.article, isolated(words(outcome.source))
    if article is None:
        reason = isolated(words(outcome.reason or ""))
        return joined([status, Text.assemble(name, ": ", reason)], "  ")
    note = words(f"Note: {article.note}" if article.note else "", "yellow")
    id = words(f"[{article.id}]", "cyan")
    return joined([status, Text.assemble(name, ": ", source(article)), id, note], "  ")


def left_out_line(kinds: Counter[str]) -> str:
    """Return how many files of a folder were left out, and their kinds; empty if there are none."""
    if not kinds:
        return ""
    names = [plain(kind) or "without an ending" for kind in sorted(kinds)]
    named = ", ".join(names[:KINDS_NAMED]) + (", …" if len(names) > KINDS_NAMED else "")
    number = kinds.total()
    left_out = "file of another kind was" if number == 1 else "files of other kinds were"
    return f"{number} {left_out} left out ({named})"


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


# -- feeds


def feed_name(feed: FollowedFeed) -> str:
    return plain(" ".join(filter(None, (feed.title, feed.url))))


def feed_line(feed: FollowedFeed) -> Text:
    parts = [f"{feed.settled} read"]
    if waiting := feed.waiting - feed.delayed:
        parts.append(f"{waiting} to be read by the next poll")
    if feed.next_try:
        parts.append(f"{feed.delayed} to be tried again after {_minute(feed.next_try)}")
    parts.append(f"next poll {_minute(feed.next_poll)}" if feed.next_poll else "polled no more")
    in_a_row = f" ({counted(feed.failures, 'time')} in a row)" if feed.failures > 1 else ""
    columns = [
        words(feed.url, "bold cyan"),
        words(feed.title or ""),
        Text(f"({', '.join(parts)})", "dim"),
        words(feed.delay or "", "yellow"),
        words(f"{feed.trouble}{in_a_row}" if feed.trouble else "", "red"),
    ]
    return joined(columns, "  ")


# -- checks of quotes


def proof_line(checked: Checked, *, of_several: bool = False) -> Text:
    """Return one line that says whether a quote is exact, and if not, why."""
    place = f"answer {checked.answer}, {checked.place}" if of_several else checked.place
    verdict = Text(checked.verdict, "bold green" if checked.article else "bold red")
    text = f": “{shortened(checked.text, LONGEST_CHECKED)}”" if checked.text else ""
    lines = [Text.assemble(verdict, "  ", words(f"{place}{text}"))]
    if checked.article:
        sha256 = f", SHA-256 {checked.article.sha256}"
        lines.append(_green(Text.assemble(source(checked.article), sha256)))
    return joined([*lines, words(checked.reason)], "\n   ")


def proof_total(checks: Sequence[Checked], *, enclosed: bool) -> str:
    """Return how many quotes are exact, and which articles they were compared with."""
    where = "the articles that the file brings along" if enclosed else "the articles kept here"
    exact = sum(check.article is not None for check in checks)
    if exact < len(checks):
        verb = "does" if len(checks) - exact == 1 else "do"
        return f"{len(checks) - exact} of {counted(len(checks), 'quote')} {verb} not stand."
    verb = "stands" if exact == 1 else "stand"
    return f"{counted(exact, 'quote')} {verb}, word for word, in {where}."


# -- figures of evaluations


def figures_table(name: str, figures: Figures | DialogueFigures) -> Table:
    """Return the figures of an evaluation set; ± is two standard errors."""
    fields = asdict(figures)
    errors = fields.pop("two_standard_errors", {})
    fields.pop("risks", None)
    table = Table("figure", name)
    for key, value in fields.items():
        error = f" ± {errors[key]:.3f}" if key in errors else ""
        table.add_row(key.replace("_", " "), _figure(key, value) + error)
    return table


def risks_table(points: Sequence[RiskPoint]) -> Table:
    rows = [asdict(point) for point in points]
    table = Table(*(name.replace("_", " ") for name in rows[0]))
    for row in rows:
        table.add_row(*(_figure(name, value) for name, value in row.items()))
    return table


def _figure(key: str, value: float | int | None) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if key.endswith(("_ms", "quote_words", "_second")) else f"{value:.3f}"
    return "–" if value is None else f"{value:,}"

"""Answers and articles as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bot.rendering.agreeing import agreement_text
from bot.rendering.characters import plain
from bot.rendering.sources import (
    COPIES_NAMED,
    IN_ORDER,
    NOTHING_ANSWERS,
    copies,
    counted,
    day,
    differing,
    gone_line,
    more_copies,
    passage_link,
    place_name,
    publisher,
    source_line,
)
from retrieval import Answer, KeptArticle, Outcome, Quote, Status, Version
from retrieval.records import Span

if TYPE_CHECKING:
    from retrieval.evaluation import Figures

NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`."


def answer_text(answer: Answer, *, first: int = 0) -> Text:
    """An answer for a terminal; with `first`, only the quotes from that one on."""
    text = Text()
    if not answer.answered and not first:
        text.append(NOTHING_ANSWERS, style="bold")
        text.append(" The closest sentences:\n\n" if answer.closest else "\n")
    if answer.timeline and not first:
        text.append(f"{IN_ORDER}\n\n", style="bold")
    for number, quote in enumerate(answer.shown[first:], start=first + 1):
        dated = day(quote.article.published) if answer.timeline else None
        text.append_text(quote_text(number, quote, dated, differing(answer, quote)))
    return text if first or answer.timeline else text.append_text(agreement_text(answer))


def quote_text(
    number: int, quote: Quote, dated: str | None = None, differing: Sequence[Span] = ()
) -> Text:
    """A quote with its matching words marked, and under it its source; above it a date, if given.

    Where it differs from others it is marked in another way.
    """
    text = Text(f"{number}. ", style="bold cyan")
    if dated:
        text.append(f"{dated}\n   ", style="bold")
    words = Text(plain(quote.text), style="default not bold")
    for start, end in quote.marks:
        words.stylize("bold yellow", start, end)
    for start, end in differing:
        words.stylize("bold red underline", start, end)
    text.append_text(words)
    text.append(f"\n   {plain(source_line(quote.article))}", style="green")
    text.append(f" ({place_name(quote)})\n", style="dim green")
    if quote.gone_since:
        text.append(f"   {gone_line(quote.gone_since)}\n", style="bold red")
    others = copies(quote.article, quote.also_in)
    if others:
        names = ", ".join(map(publisher, others[:COPIES_NAMED])) + more_copies(len(others))
        text.append(f"   also in {plain(names)}\n", style="green")
    link = passage_link(quote)
    if link:
        text.append(f"   {plain(link)}\n", style="dim blue")
    text.append("\n")
    return text


def context_text(quote: Quote, kept: KeptArticle) -> Text:
    """The quote's paragraph with its neighbours, the quote marked."""
    text = Text(plain(source_line(kept.article)) + "\n", style="green")
    if quote.gone_since:
        text.append(gone_line(quote.gone_since) + "\n", style="bold red")
    text.append("\n")
    here = quote.paragraph - 1
    for number, (start, end) in enumerate(kept.paragraphs[max(here - 1, 0) : here + 2]):
        paragraph = Text(plain(kept.article.text[start:end]), style="default")
        paragraph.stylize("dim")
        if number == here - max(here - 1, 0):
            paragraph = Text(plain(kept.article.text[start:end]), style="default")
            paragraph.stylize("bold yellow", quote.start - start, quote.end - start)
        text.append_text(paragraph)
        text.append("\n\n")
    return text


def article_text(
    kept: KeptArticle, versions: Sequence[Version] = (), replaced: datetime | None = None
) -> Text:
    """An article with its source and its paragraphs, numbered.

    `versions` are what it said before; `replaced` tells that it is such a version itself.
    """
    article = kept.article
    text = Text(plain(article.title) + "\n", style="bold")
    facts = {
        "Id": article.id,
        "Publisher": article.source,
        "Author": article.author,
        "Published": day(article.published),
        "Link": article.url,
        "Read from": article.origin,
        "Added": _minute(kept.added),
        "Replaced": replaced and _minute(replaced),
    } | {
        f"Version {number}": f"replaced {_minute(version.replaced)}"
        for number, version in enumerate(versions, start=1)
    }
    for name, value in facts.items():
        if value:
            text.append(f"{name}: {plain(value)}\n", style="green")
    for number, (start, end) in enumerate(kept.paragraphs, start=1):
        text.append(f"\n[{number}] ", style="bold cyan")
        text.append(plain(article.text[start:end]) + "\n")
    return text


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def article_line(kept: KeptArticle) -> Text:
    """One line of the list of articles: its id and its source."""
    text = Text(plain(kept.article.id), style="bold cyan")
    text.append(f"  {plain(source_line(kept.article))}", style="default not bold")
    text.append(f"  ({counted(len(kept.paragraphs), 'paragraph')})", style="dim not bold")
    return text


def outcome_line(outcome: Outcome) -> Text:
    """One line that says what became of a source."""
    styles = {Status.FAILED: "bold red", Status.UNCHANGED: "dim"}
    text = Text(outcome.status, style=styles.get(outcome.status, "bold green"))
    told = outcome.reason or "" if outcome.article is None else source_line(outcome.article)
    text.append(f"  {plain(outcome.source)}: {plain(told)}", style="default not bold")
    if outcome.article is not None:
        text.append(f"  [{plain(outcome.article.id)}]", style="cyan not bold")
    return text


def figures_table(name: str, figures: Figures) -> Table:
    """The figures of an evaluation."""
    table = Table("figure", name)
    for key, value in asdict(figures).items():
        table.add_row(key.replace("_", " "), _figure(key, value))
    return table


def _figure(key: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if key.endswith(("_ms", "_words", "_second")) else f"{value:.3f}"

"""Answers and articles as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bot.rendering.agreeing import agreement_text
from bot.rendering.characters import END_OF_ISOLATE, ISOLATE, RIGHT_TO_LEFT, isolated, plain
from bot.rendering.limits import can_be_lifted, limited_line
from bot.rendering.sources import (
    COPIES_NAMED,
    IN_ORDER,
    UNDERSTOOD_AS,
    copies,
    counted,
    day,
    differing,
    gone_line,
    more_copies,
    paragraphs_of,
    passage_link,
    place_name,
    publisher,
    shown_quotes,
    silence_line,
    source_line,
)
from retrieval import Answer, Article, KeptArticle, Outcome, Quote, Status, Version
from retrieval.records import Span

if TYPE_CHECKING:
    from retrieval.evaluation import Figures, RiskPoint
    from retrieval.evaluation.dialogues import DialogueFigures

CLOSEST = " The closest sentences:"
LIFTED_BY = "To ask all articles: `--all` or `/all`."
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`."


def answer_text(answer: Answer, count: int | None = None) -> Text:
    """An answer for a terminal; where nothing answers, it says why, and what comes close.

    With `count`, it begins with no more quotes than that, and none that hardly answers.
    """
    text = _heading(answer).append_text(_numbered(answer, shown_quotes(answer, count), 0))
    return text if answer.timeline else text.append_text(agreement_text(answer))


def more_text(answer: Answer, first: int) -> Text:
    """The quotes of an answer from that one on, or else the closest sentences."""
    return _numbered(answer, answer.shown, first)


def _numbered(answer: Answer, quotes: Sequence[Quote], first: int) -> Text:
    text = Text()
    for number, quote in enumerate(quotes[first:], start=first + 1):
        dated = day(quote.article.published) if answer.timeline else None
        text.append_text(quote_text(number, quote, dated, differing(answer, quote)))
    return text


def _heading(answer: Answer) -> Text:
    """What stands above the quotes: the question as it was understood, the limits, why nothing
    answers, and in which order they are."""
    limited, quotes = limited_line(answer), shown_quotes(answer)
    text = Text()
    if answer.understood:
        text.append(f"{UNDERSTOOD_AS}{plain(answer.understood)}\n\n", style="dim")
    if limited or not answer.answered:
        told = plain(limited or silence_line(answer))
        text.append(told, style="dim" if answer.answered else "bold")
        text.append(f" {LIFTED_BY}" if can_be_lifted(answer) else "", style="dim")
        text.append(CLOSEST if quotes and not answer.answered else "")
        text.append("\n\n" if quotes else "\n")
    if answer.timeline:
        text.append(f"{IN_ORDER}\n\n", style="bold")
    return text


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
    if RIGHT_TO_LEFT.search(words.plain):
        words = Text.assemble(ISOLATE, words, END_OF_ISOLATE)
    text.append_text(words)
    text.append(f"\n   {_source(quote.article)}", style="green")
    text.append(f" ({place_name(quote)})\n", style="dim green")
    if quote.gone_since:
        text.append(f"   {gone_line(quote.gone_since)}\n", style="bold red")
    others = copies(quote.article, quote.also_in)
    if others:
        names = ", ".join(_field(publisher(one)) for one in others[:COPIES_NAMED])
        text.append(f"   also in {names}{more_copies(len(others))}\n", style="green")
    link = passage_link(quote)
    if link:
        text.append(f"   {plain(link)}\n", style="dim blue")
    text.append("\n")
    return text


def context_text(quote: Quote, kept: KeptArticle) -> Text:
    """The quote's paragraph with its neighbours, the quote marked."""
    text = Text(_source(kept.article) + "\n", style="green")
    if quote.gone_since:
        text.append(gone_line(quote.gone_since) + "\n", style="bold red")
    text.append("\n")
    first, last = paragraphs_of(quote, kept)
    for number in range(max(first - 1, 0), min(last + 2, len(kept.paragraphs))):
        start, end = kept.paragraphs[number]
        paragraph = Text(plain(kept.article.text[start:end]), style="default")
        if first <= number <= last:
            told = max(quote.start - start, 0), min(quote.end, end) - start
            paragraph.stylize("bold yellow", *told)
        else:
            paragraph.stylize("dim")
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
            text.append(f"{name}: {_field(value)}\n", style="green")
    for number, (start, end) in enumerate(kept.paragraphs, start=1):
        text.append(f"\n[{number}] ", style="bold cyan")
        text.append(_field(article.text[start:end]) + "\n")
    return text


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def article_line(kept: KeptArticle) -> Text:
    """One line of the list of articles: its id and its source."""
    text = Text(plain(kept.article.id), style="bold cyan")
    text.append(f"  {_source(kept.article)}", style="default not bold")
    text.append(f"  ({counted(len(kept.paragraphs), 'paragraph')})", style="dim not bold")
    return text


def outcome_line(outcome: Outcome) -> Text:
    """One line that says what became of a source."""
    styles = {Status.FAILED: "bold red", Status.UNCHANGED: "dim"}
    text = Text(outcome.status, style=styles.get(outcome.status, "bold green"))
    told = _field(outcome.reason or "") if outcome.article is None else _source(outcome.article)
    text.append(f"  {_field(outcome.source)}: {told}", style="default not bold")
    if outcome.article is not None:
        text.append(f"  [{plain(outcome.article.id)}]", style="cyan not bold")
        if outcome.article.note:
            text.append(f"  Note: {plain(outcome.article.note)}", style="yellow not bold")
    return text


def _source(article: Article) -> str:
    return source_line(article, _field)


def _field(text: str) -> str:
    """A part of a line that comes from outside."""
    return isolated(plain(text))


def figures_table(name: str, figures: Figures | DialogueFigures) -> Table:
    """The figures of an evaluation."""
    table = Table("figure", name)
    for key, value in asdict(figures).items():
        if key != "risks":
            table.add_row(key.replace("_", " "), _figure(key, value))
    return table


def risks_table(points: Sequence[RiskPoint]) -> Table:
    """What is answered at each risk that may be stated."""
    table = Table(
        "risk", "answered above", "false answers", "answered", "of these right", "in reach"
    )
    for one in points:
        shares = (one.threshold, one.false_answers, one.answered, one.right, one.within_reach)
        table.add_row(f"{one.risk:.0%}", *(_figure("", share) for share in shares))
    return table


def _figure(key: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if key.endswith(("_ms", "quote_words", "_second")) else f"{value:.3f}"

"""Answers and articles as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from bot.rendering.agreeing import agreement_text
from bot.rendering.characters import END_OF_ISOLATE, ISOLATE, RIGHT_TO_LEFT, isolated, plain
from bot.rendering.sources import (
    CLOSEST,
    COPIES_NAMED,
    IN_ORDER,
    PROBABLY,
    UNDERSTOOD_AS,
    can_be_lifted,
    copies,
    counted,
    day,
    differing,
    filters_line,
    gone_line,
    more_copies,
    paragraphs_of,
    passage_link,
    place_name,
    publisher,
    shown_quotes,
    source_line,
)
from retrieval import Answer, AnswerStatus, Article, Outcome, Quote, Status, StoredArticle, Version
from retrieval.records import Span

LIFTED_BY = "To ask all articles: `--all` or `/all`."
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`."


def answer_text(answer: Answer, count: int | None = None) -> Text:
    """An answer for a terminal; where nothing answers, why, and what comes closest.

    With `count`, at most that many quotes, without unlikely ones.
    """
    text = _heading(answer).append_text(_numbered(answer, shown_quotes(answer, count), 0))
    return text if answer.timeline else text.append_text(agreement_text(answer))


def more_text(answer: Answer, first: int) -> Text:
    """The quotes of an answer from the number `first` on, or else the closest sentences."""
    return _numbered(answer, answer.shown, first)


def _numbered(answer: Answer, quotes: Sequence[Quote], first: int) -> Text:
    text = Text()
    for number, quote in enumerate(quotes[first:], start=first + 1):
        dated = day(quote.article.published) if answer.timeline else None
        text.append_text(quote_text(number, quote, dated, differing(answer, quote)))
    return text


def _heading(answer: Answer) -> Text:
    """The lines above the quotes: the question as it was understood, the filters, how sure the
    answer is or why nothing answers, and the order of the quotes."""
    line, quotes = filters_line(answer), shown_quotes(answer)
    nothing = answer.status is AnswerStatus.NONE
    text = Text()
    if answer.understood:
        text.append(f"{UNDERSTOOD_AS}{plain(answer.understood)}\n\n", style="dim")
    if line:
        text.append(plain(line), style="bold" if nothing else "dim")
        text.append(f" {LIFTED_BY}" if can_be_lifted(answer) else "", style="dim")
        text.append(f" {CLOSEST}" if quotes and nothing else "")
        text.append("\n\n" if quotes else "\n")
    if answer.status is AnswerStatus.PROBABLE:
        text.append(f"{PROBABLY}\n\n", style="bold")
    if answer.timeline:
        text.append(f"{IN_ORDER}\n\n", style="bold")
    return text


def quote_text(
    number: int, quote: Quote, dated: str | None = None, differing: Sequence[Span] = ()
) -> Text:
    """A quote and its source, with the words that answer in bold, below a date, if one is given.

    `differing` are the characters in which it differs from other quotes.
    """
    text = Text(f"{number}. ", style="bold cyan")
    if dated:
        text.append(f"{dated}\n   ", style="bold")
    words = Text(plain(quote.text), style="default not bold")
    if quote.answer:
        words.stylize("bold", *quote.answer)
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
        names = ", ".join(_field(publisher(copy)) for copy in others[:COPIES_NAMED])
        text.append(f"   also in {names}{more_copies(len(others))}\n", style="green")
    link = passage_link(quote)
    if link:
        text.append(f"   {plain(link)}\n", style="dim blue")
    text.append("\n")
    return text


def context_text(quote: Quote, stored: StoredArticle) -> Text:
    """The quote's paragraph with its neighbours, the quote marked."""
    text = Text(_source(stored.article) + "\n", style="green")
    if quote.gone_since:
        text.append(gone_line(quote.gone_since) + "\n", style="bold red")
    text.append("\n")
    first, last = paragraphs_of(quote, stored)
    for number in range(max(first - 1, 0), min(last + 2, len(stored.paragraphs))):
        start, end = stored.paragraphs[number]
        paragraph = Text(plain(stored.article.text[start:end]), style="default")
        if first <= number <= last:
            quoted = max(quote.start - start, 0), min(quote.end, end) - start
            paragraph.stylize("bold yellow", *quoted)
        else:
            paragraph.stylize("dim")
        text.append_text(paragraph)
        text.append("\n\n")
    return text


def article_text(
    stored: StoredArticle, versions: Sequence[Version] = (), replaced: datetime | None = None
) -> Text:
    """An article with its source and its paragraphs, numbered.

    `versions` are what it said before; `replaced` tells that it is such a version itself.
    """
    article = stored.article
    text = Text(plain(article.title) + "\n", style="bold")
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
    for name, value in facts.items():
        if value:
            text.append(f"{name}: {_field(value)}\n", style="green")
    for number, (start, end) in enumerate(stored.paragraphs, start=1):
        text.append(f"\n[{number}] ", style="bold cyan")
        text.append(_field(article.text[start:end]) + "\n")
    return text


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def article_line(stored: StoredArticle) -> Text:
    """One line of the list of articles: its id and its source."""
    text = Text(plain(stored.article.id), style="bold cyan")
    text.append(f"  {_source(stored.article)}", style="default not bold")
    text.append(f"  ({counted(len(stored.paragraphs), 'paragraph')})", style="dim not bold")
    return text


def outcome_line(outcome: Outcome) -> Text:
    """One line that says what became of a source."""
    styles = {Status.FAILED: "bold red", Status.UNCHANGED: "dim"}
    text = Text(outcome.status, style=styles.get(outcome.status, "bold green"))
    source = _field(outcome.reason or "") if outcome.article is None else _source(outcome.article)
    text.append(f"  {_field(outcome.source)}: {source}", style="default not bold")
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

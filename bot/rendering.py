"""Answers and articles as terminal text and as JSON; the only room that escapes."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent_encoded

from rich.table import Table
from rich.text import Text

from retrieval import Answer, Article, KeptArticle, Outcome, Quote, Status

if TYPE_CHECKING:
    from retrieval.evaluation import Figures

LONGEST_WHOLE_FRAGMENT = 300  # characters of a quote that a link repeats whole
FRAGMENT_ENDS = 8  # words of each end that a link to a longer quote repeats

NOTHING_ANSWERS = "The articles do not answer that."
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`."

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that could steer a terminal or turn its text around."""


def passage_link(quote: Quote) -> str | None:
    """The article's URL with a text fragment that leads a browser to the quote; None without URL.

    As in the WICG's URL Fragment Text Directives: a long quote is named by its two ends.
    """
    if not quote.article.url:
        return None
    # An address copied from a search engine may already lead to some other passage.
    url = quote.article.url.partition(":~:")[0]
    words = quote.text.split()
    whole = " ".join(words)
    ends = [whole]
    if len(whole) > LONGEST_WHOLE_FRAGMENT and len(words) > 2 * FRAGMENT_ENDS:
        ends = [" ".join(words[:FRAGMENT_ENDS]), " ".join(words[-FRAGMENT_ENDS:])]
    # A hyphen and a comma have a meaning in the directive, so they are encoded as well.
    told = ",".join(percent_encoded(end, safe="").replace("-", "%2D") for end in ends)
    mark = ":~:" if "#" in url else "#:~:"
    return f"{url}{mark}text={told}"


def source_line(article: Article) -> str:
    """Title, publisher, author and date, as far as they are known."""
    known = (article.title, article.source, article.author, day(article.published))
    return ", ".join(filter(None, known))


def day(published: date | None) -> str | None:
    """A date as people write it: 8 October 2018."""
    return f"{published.day} {published:%B %Y}" if published else None


# -- terminal


def plain(text: str) -> str:
    """A text of the same length without what could steer a terminal."""
    return CONTROL.sub("�", text.replace("\r\n", " \n"))


def answer_text(answer: Answer, *, first: int = 0) -> Text:
    """An answer for a terminal; with `first`, only the quotes from that one on."""
    text = Text()
    if not answer.answered and not first:
        text.append(NOTHING_ANSWERS, style="bold")
        text.append(" The closest sentences:\n\n" if answer.closest else "\n")
    quotes = answer.quotes or answer.closest
    for number, quote in enumerate(quotes[first:], start=first + 1):
        text.append_text(quote_text(number, quote))
    return text


def quote_text(number: int, quote: Quote) -> Text:
    """A quote with its matching words marked, and under it its source."""
    text = Text(f"{number}. ", style="bold cyan")
    words = Text(plain(quote.text), style="default not bold")
    for start, end in quote.marks:
        words.stylize("bold yellow", start, end)
    text.append_text(words)
    text.append(f"\n   {plain(source_line(quote.article))}", style="green")
    text.append(f" (paragraph {quote.paragraph})\n", style="dim green")
    link = passage_link(quote)
    if link:
        text.append(f"   {plain(link)}\n", style="dim blue")
    text.append("\n")
    return text


def context_text(quote: Quote, kept: KeptArticle) -> Text:
    """The quote's paragraph with its neighbours, the quote marked."""
    text = Text(plain(source_line(kept.article)) + "\n\n", style="green")
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


def article_text(kept: KeptArticle) -> Text:
    """An article with its source and its paragraphs, numbered."""
    article = kept.article
    text = Text(plain(article.title) + "\n", style="bold")
    facts = {
        "Id": article.id,
        "Publisher": article.source,
        "Author": article.author,
        "Published": day(article.published),
        "Link": article.url,
        "Read from": article.origin,
        "Added": f"{kept.added:%Y-%m-%d %H:%M} UTC",
    }
    for name, value in facts.items():
        if value:
            text.append(f"{name}: {plain(value)}\n", style="green")
    for number, (start, end) in enumerate(kept.paragraphs, start=1):
        text.append(f"\n[{number}] ", style="bold cyan")
        text.append(plain(article.text[start:end]) + "\n")
    return text


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


def total_line(outcomes: dict[Status, int]) -> str:
    """How many sources were added, updated, unchanged and failed."""
    return ", ".join(f"{outcomes[status]} {status}" for status in Status if outcomes.get(status))


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


def counted(number: int, noun: str) -> str:
    """A number of things: 1 article, 2 articles."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# -- JSON


def answer_fields(answer: Answer) -> dict[str, Any]:
    """An answer as `ask --json` prints it."""
    return {
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "quotes": [quote_fields(quote) for quote in answer.quotes],
        "closest": [quote_fields(quote) for quote in answer.closest],
        "took_ms": round(answer.took_ms, 1),
    }


def quote_fields(quote: Quote) -> dict[str, Any]:
    """A quote with its source and its place, so that anybody can check it."""
    article = quote.article
    return {
        "text": quote.text,
        "article": {
            "id": article.id,
            "title": article.title,
            "source": article.source,
            "author": article.author,
            "published": _iso(article.published),
            "url": article.url,
        },
        "paragraph": quote.paragraph,
        "start": quote.start,
        "end": quote.end,
        "sha256": article.sha256,
        "score": round(quote.score, 4),
        "link": passage_link(quote),
    }


def article_fields(kept: KeptArticle, *, with_text: bool = False) -> dict[str, Any]:
    """All that is known of an article; with its text, also where its paragraphs are."""
    fields = asdict(kept.article)
    text = fields.pop("text")
    fields |= {
        "published": _iso(kept.article.published),
        "library": kept.library,
        "added": kept.added.isoformat(),
        "sha256": kept.article.sha256,
    }
    if not with_text:
        return fields | {"paragraphs": len(kept.paragraphs)}
    paragraphs = [
        {"number": number, "start": start, "end": end}
        for number, (start, end) in enumerate(kept.paragraphs, start=1)
    ]
    return fields | {"text": text, "paragraphs": paragraphs}


def _iso(published: date | None) -> str | None:
    return published.isoformat() if published else None

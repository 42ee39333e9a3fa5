"""Answers, articles, feeds, checks and figures as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bot.rendering.fragments import passage_link
from bot.rendering.text import (
    COPIES_NAMED,
    END_OF_ISOLATE,
    ISOLATE,
    RIGHT_TO_LEFT,
    THEY_DIFFER,
    agreement_groups,
    can_be_lifted,
    clean,
    copies,
    counted,
    day,
    differing,
    gone_line,
    headings,
    isolated,
    minute,
    more_copies,
    paragraphs_of,
    plain,
    publisher,
    shortened,
    shown_quotes,
)
from retrieval import (
    Answer,
    Article,
    FollowedFeed,
    Outcome,
    Quote,
    Span,
    Status,
    StoredArticle,
    Version,
)
from retrieval.proof import Checked, Verdict

if TYPE_CHECKING:
    from retrieval.evaluation import DialogueFigures, Figures, RiskPoint

LIFTED_BY = " To ask all articles: `--all` or `/all`."
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`."
NO_FEEDS = "No feeds are followed: `quotewise feed add LINK` follows one."
KINDS_NAMED = 8  # kinds of files in a line
LONGEST_CHECKED = 80  # UTF-16 units of a checked quote, enough to recognise it


# -- answers


def answer_text(answer: Answer, count: int | None = None) -> Text:
    """Return an answer; if nothing answers, why, and the closest sentences.

    With `count`, at most that many quotes, without unlikely ones.
    """
    quotes = shown_quotes(answer, count)
    text = Text()
    lines = headings(answer, quotes)
    for line in lines:
        text.append("\n\n" if text else "")
        text.append(plain(line.text), style="bold" if line.bold else "dim")
        if can_be_lifted(answer) and line is lines[answer.understood is not None]:
            text.append(LIFTED_BY, style="dim")
        text.append(line.closest)
    if lines:
        text.append("\n\n" if quotes else "\n")
    text.append_text(_numbered(answer, quotes, 0))
    return text if answer.timeline else text.append_text(_agreement(answer))


def more_text(answer: Answer, first: int) -> Text:
    """Return the quotes of an answer from number `first` on, or else the closest sentences."""
    return _numbered(answer, answer.shown, first)


def _numbered(answer: Answer, quotes: Sequence[Quote], first: int) -> Text:
    text = Text()
    for number, quote in enumerate(quotes[first:], start=first + 1):
        date = day(quote.article.published) if answer.timeline else ""
        text.append_text(quote_text(number, quote, date, differing(answer, quote)))
    return text


def quote_text(number: int, quote: Quote, date: str = "", differing: Sequence[Span] = ()) -> Text:
    """Return a quote and its source, the answer span in bold, below a date if one is given.

    `differing` are the characters in which it differs from other quotes.
    """
    text = Text(f"{number}. ", style="bold cyan")
    if date:
        text.append(f"{date}\n   ", style="bold")
    words = Text(plain(quote.text), style="default not bold")
    if quote.answer:
        words.stylize("bold", *quote.answer)
    for start, end in differing:
        words.stylize("bold red underline", start, end)
    if RIGHT_TO_LEFT.search(words.plain):
        words = Text.assemble(ISOLATE, words, END_OF_ISOLATE)
    text.append_text(words)
    place = f"page {quote.page}" if quote.page else f"paragraph {quote.paragraph}"
    text.append(f"\n   {source_line(quote.article)}", style="green")
    text.append(f" ({place})\n", style="dim green")
    if quote.gone_since:
        text.append(f"   {gone_line(quote.gone_since)}\n", style="bold red")
    if others := copies(quote.article, quote.also_in):
        names = ", ".join(_outside(publisher(copy)) for copy in others[:COPIES_NAMED])
        text.append(f"   also in {names}{more_copies(len(others))}\n", style="green")
    if link := passage_link(quote):
        text.append(f"   {plain(link)}\n", style="dim blue")
    text.append("\n")
    return text


def context_text(quote: Quote, stored: StoredArticle) -> Text:
    """Return the quote's paragraph with its neighbours, the quote highlighted."""
    text = Text(source_line(stored.article) + "\n", style="green")
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


def _agreement(answer: Answer) -> Text:
    """Return who reports the same as the best quote, and where quotes differ."""
    text = Text()
    groups = []
    for phrase, quotes in agreement_groups(answer):
        names = ", ".join(plain(publisher(quote.article)) for quote in quotes[:COPIES_NAMED])
        groups.append(f"{phrase} ({names}{more_copies(len(quotes))})")
    if groups:
        text.append("; ".join(groups) + "\n", style="bold")
    for pair in answer.agreement.differences if answer.agreement else ():
        sides = []
        for side in (pair.quote, pair.other):
            source = ", ".join(filter(None, (publisher(side.article), day(side.article.published))))
            sides.append(plain(f"{' '.join(side.text.split())} ({source})"))
        text.append(THEY_DIFFER, style="bold red")
        text.append(f" {' – '.join(sides)}\n")
    return text


# -- articles and sources


def source_line(article: Article) -> str:
    """Return title, publisher, author and date, as far as they are known."""
    known = (article.title, article.source, article.author, day(article.published))
    return ", ".join(_outside(value) for value in known if value)


def article_text(
    stored: StoredArticle, versions: Sequence[Version] = (), replaced: datetime | None = None
) -> Text:
    """Return an article with its source and its numbered paragraphs.

    `versions` are its earlier versions; `replaced` is when it was replaced, if it is one itself.
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
        "Added": minute(stored.added),
        "Replaced": replaced and minute(replaced),
    } | {
        f"Version {number}": f"replaced {minute(version.replaced)}"
        for number, version in enumerate(versions, start=1)
    }
    for name, value in facts.items():
        if value:
            text.append(f"{name}: {_outside(value)}\n", style="green")
    for number, (start, end) in enumerate(stored.paragraphs, start=1):
        text.append(f"\n[{number}] ", style="bold cyan")
        text.append(_outside(article.text[start:end]) + "\n")
    return text


def article_line(stored: StoredArticle) -> Text:
    """Return one line of the list of articles: id and source."""
    text = Text(plain(stored.article.id), style="bold cyan")
    text.append(f"  {source_line(stored.article)}", style="default not bold")
    text.append(f"  ({counted(len(stored.paragraphs), 'paragraph')})", style="dim not bold")
    return text


def outcome_line(outcome: Outcome) -> Text:
    """Return one line that says what became of a source."""
    styles = {Status.FAILED: "bold red", Status.UNCHANGED: "dim"}
    text = Text(outcome.status, style=styles.get(outcome.status, "bold green"))
    article = outcome.article
    result = _outside(outcome.reason or "") if article is None else source_line(article)
    text.append(f"  {_outside(outcome.source)}: {result}", style="default not bold")
    if article is not None:
        text.append(f"  [{plain(article.id)}]", style="cyan not bold")
        if article.note:
            text.append(f"  Note: {plain(article.note)}", style="yellow not bold")
    return text


def left_out_line(kinds: Counter[str]) -> str:
    """Return how many files of a folder were left out, and their kinds; empty if there are none."""
    if not kinds:
        return ""
    names = [plain(kind) or "without an ending" for kind in sorted(kinds)]
    named = ", ".join(names[:KINDS_NAMED]) + (", …" if len(names) > KINDS_NAMED else "")
    number = kinds.total()
    left_out = "file of another kind was" if number == 1 else "files of other kinds were"
    return f"{number} {left_out} left out ({named})"


def _outside(text: str) -> str:
    """Return a part of a line that comes from outside, safe and isolated."""
    return isolated(plain(text))


# -- feeds


def feed_name(feed: FollowedFeed) -> str:
    """Return a feed's title and link."""
    return plain(" ".join(filter(None, (feed.title, feed.url))))


def feed_line(feed: FollowedFeed) -> Text:
    """Return one line of the list of feeds: what was read, what waits, and any trouble."""
    text = Text(plain(feed.url), style="bold cyan")
    text.append(f"  {plain(feed.title)}" if feed.title else "", style="default not bold")
    parts = [f"{feed.settled} read"]
    if waiting := feed.waiting - feed.delayed:
        parts.append(f"{waiting} to be read by the next poll")
    if feed.next_try:
        parts.append(f"{feed.delayed} to be tried again after {minute(feed.next_try)}")
    parts.append(f"next poll {minute(feed.next_poll)}" if feed.next_poll else "polled no more")
    text.append(f"  ({', '.join(parts)})", style="dim not bold")
    if feed.delay:
        text.append(f"  {plain(feed.delay)}", style="yellow not bold")
    if feed.trouble:
        text.append(f"  {plain(feed.trouble)}", style="red not bold")
        if feed.failures > 1:
            text.append(f" ({counted(feed.failures, 'time')} in a row)", style="red not bold")
    return text


# -- checks of quotes


def proof_line(checked: Checked, *, of_several: bool = False) -> Text:
    """Return one line that says whether a quote is exact, and if not, why."""
    stands = checked.verdict is Verdict.STANDS
    text = Text(checked.verdict, style="bold green" if stands else "bold red")
    place = f"answer {checked.answer}, {checked.place}" if of_several else checked.place
    text.append(f"  {plain(clean(place))}", style="default not bold")
    if checked.text:
        text.append(f": “{shortened(checked.text, LONGEST_CHECKED)}”", style="default not bold")
    if article := checked.article:
        known = (article.title, article.source, article.author, day(article.published))
        source = f"{', '.join(filter(None, known))}, SHA-256 {article.sha256}"
        text.append(f"\n   {plain(source)}", style="green not bold")
    if checked.reason:
        text.append(f"\n   {plain(clean(checked.reason))}", style="default not bold")
    return text


def proof_total(checks: Sequence[Checked], *, enclosed: bool) -> str:
    """Return how many quotes are exact, and which articles they were compared with."""
    where = "the articles that the file brings along" if enclosed else "the articles kept here"
    exact = sum(check.verdict is Verdict.STANDS for check in checks)
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
    table = Table("figure", name)
    for key, value in fields.items():
        if key != "risks":
            error = f" ± {errors[key]:.3f}" if key in errors else ""
            table.add_row(key.replace("_", " "), _figure(key, value) + error)
    return table


def risks_table(points: Sequence[RiskPoint]) -> Table:
    """Return the figures of an evaluation set at each risk."""
    headers = "risk", "answered above", "false answers", "answered", "of these right", "in reach"
    table = Table(*headers)
    for at in points:
        shares = (at.threshold, at.false_answers, at.answered, at.right, at.within_reach)
        table.add_row(f"{at.risk:.0%}", *(_figure("", share) for share in shares))
    return table


def _figure(key: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if key.endswith(("_ms", "quote_words", "_second")) else f"{value:.3f}"

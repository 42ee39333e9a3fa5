"""Answers and articles as messages in Telegram's HTML, each short enough to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.rendering.agreeing import agreement_markup
from bot.rendering.characters import cut, cut_end, shortened, shown, units
from bot.rendering.markup import (
    MESSAGE_UNITS,
    Markup,
    apart,
    bold,
    joined,
    linked,
    listed,
    marked,
    packed,
    pieces,
    quotation,
    words,
)
from bot.rendering.sources import (
    CLOSEST,
    COPIES_NAMED,
    IN_ORDER,
    LONGEST_NAME,
    PROBABLY,
    UNDERSTOOD_AS,
    copies,
    day,
    differing,
    filters_line,
    gone_line,
    more_copies,
    paragraphs_of,
    passage_link,
    publisher,
    shown_quotes,
)
from retrieval import Answer, AnswerStatus, Article, Quote, StoredArticle
from retrieval.records import Span

NO_ARTICLES = "There are no articles here yet. Send me a link or a file, or forward a post to me."

LONGEST_TITLE = 150  # UTF-16 units, so that a page of ten articles fits in one message
LONGEST_INLINE_TITLE = 64
LONGEST_INLINE_DESCRIPTION = 200
LEFT_OUT = "[…]"
LEAST_NEIGHBOURS = 100  # UTF-16 units; where less is free, a paragraph's neighbours are left out
LONGEST_LIMITS = 400  # UTF-16 units
LONGEST_QUESTION = 300  # UTF-16 units of a question that is shown again


# -- quotes


def answer_messages(answer: Answer, *, count: int | None = None) -> list[str]:
    """The quotes of an answer with their sources, mostly in one message.

    With `count`, at most that many quotes, without unlikely ones. Where nothing answers, why, and
    what comes closest.
    """
    if not answer.shown and answer.inside is None:
        return [words(NO_ARTICLES).html]
    quotes = shown_quotes(answer, count)
    headings = [[heading] for heading in _headings(answer, quotes)]
    below = Markup() if answer.timeline else agreement_markup(answer)
    blocks = [_shown(answer, quote) for quote in quotes]
    return packed([*headings, *blocks, *([[below]] if below.html else [])])


def _headings(answer: Answer, quotes: Sequence[Quote]) -> list[Markup]:
    """The lines above the quotes: the question as it was understood, the filters, how sure the
    answer is or why nothing answers, and the order of the quotes."""
    headings = []
    if answer.understood:
        understood = shortened(answer.understood, LONGEST_QUESTION)
        headings.append(words(UNDERSTOOD_AS + understood))
    line = shortened(filters_line(answer), LONGEST_LIMITS)
    if answer.status is AnswerStatus.NONE:
        headings.append(bold(line) + words(f" {CLOSEST}" if quotes else ""))
    elif line:
        headings.append(words(line))
    if answer.status is AnswerStatus.PROBABLE:
        headings.append(bold(PROBABLY))
    if answer.timeline:
        headings.append(bold(IN_ORDER))
    return headings


def more_messages(answer: Answer, first: int, count: int) -> list[str]:
    """`count` quotes of an answer from the number `first` on, or else closest sentences."""
    return packed([_shown(answer, quote) for quote in answer.shown[first : first + count]])


def _shown(answer: Answer, quote: Quote) -> list[Markup]:
    """A quote of an answer, with the words that differ underlined; in a timeline below its date."""
    parts = _parts(quote, differing(answer, quote))
    date = bold(day(quote.article.published) or "") if answer.timeline else Markup()
    first = joined([date, parts[0]], "\n")
    return [first, *parts[1:]] if first.fits else [date, *parts]


def context_messages(quote: Quote, stored: StoredArticle) -> list[str]:
    """The quote's paragraph with its neighbours, the quote in bold; in one message if it can be.

    What is too long loses its far ends: first the neighbours, then the paragraph. Only a quote
    that leaves no room beside itself is several messages.
    """
    source = _quote_source(quote)
    text, (here, last) = shown(stored.article.text), paragraphs_of(quote, stored)
    start, end = stored.paragraphs[here].start, stored.paragraphs[last].end
    quoted = text[quote.start : quote.end]
    room = MESSAGE_UNITS - units(quoted) - source.units - len("\n")
    if room < 2 * len(f"{LEFT_OUT} "):
        return packed([_parts(replace(quote, answer=Span(0, len(quote.text))))])
    before, after = _around(text[start : quote.start], text[quote.end : end], room)
    room -= units(before + after) + 2 * len("\n\n")
    if before + quoted + after == text[start:end] and room >= LEAST_NEIGHBOURS:
        previous, later = stored.paragraphs[:here][-1:], stored.paragraphs[last + 1 : last + 2]
        above = "".join(f"{text[slice(*span)]}\n\n" for span in previous)
        below = "".join(f"\n\n{text[slice(*span)]}" for span in later)
        above, below = _around(above, below, room)
        before, after = above + before, after + below
    inside = words(before) + bold(quoted) + words(after)
    return [joined([source, quotation(inside, folded=False)], "\n").html]


def sources_message(quotes: Iterable[Quote]) -> str:
    """The articles that are quoted, numbered, with the pages or paragraphs the quotes stand in."""
    quoted: dict[tuple[Article, datetime | None], list[Quote]] = {}
    for quote in quotes:
        quoted.setdefault((quote.article, quote.gone_since), []).append(quote)
    lines = []
    for number, ((article, gone_since), of_article) in enumerate(quoted.items(), start=1):
        others = dict.fromkeys(copy for quote in of_article for copy in quote.also_in)
        line = words(f"{number}. ") + article_source(article) + words(f" ({_places(of_article)})")
        gone, also = bold(gone_line(gone_since)), _also_in(article, list(others))
        lines.append(joined([line, gone, also], ", "))
    return listed(bold("Sources"), lines)


def alert_messages(question: str, quote: Quote) -> list[str]:
    """What a chat is told when a new article answers a standing question."""
    heading = bold("News on: ") + apart(words(shortened(question, LONGEST_QUESTION)))
    return packed([[heading], _parts(quote)])


def inline_quote(quote: Quote) -> str:
    """The one message that a quote chosen inline becomes; the end of a very long one is cut off."""
    source = _quote_source(quote)
    whole = _block(marked(quote.text, quote.answer), source)
    if whole.fits:
        return whole.html
    room = MESSAGE_UNITS - source.units - len(f"\n {LEFT_OUT}")
    at = cut(shown(quote.text), room)
    beginning = marked(shown(quote.text)[:at], quote.answer)
    return joined([quotation(beginning + words(f" {LEFT_OUT}")), source], "\n").html


def inline_title(quote: Quote) -> str:
    """The article's title for a list of results, which takes no HTML."""
    return shortened(quote.article.title, LONGEST_INLINE_TITLE)


def inline_description(quote: Quote, *, probable: bool = False) -> str:
    """The beginning of the quote for a list of results, which takes no HTML."""
    text = f"{PROBABLY} {quote.text}" if probable else quote.text
    return shortened(text, LONGEST_INLINE_DESCRIPTION)


def _parts(quote: Quote, differing: Sequence[Span] = ()) -> list[Markup]:
    """A quote and its source; in several parts only where one message is too short for it."""
    source = _quote_source(quote)
    whole = _block(marked(quote.text, quote.answer, differing), source)
    if whole.fits:
        return [whole]
    # Replaced first, as the two characters of a line's end must not be parted.
    text = shown(quote.text)
    spans = pieces(text, MESSAGE_UNITS - source.units - len("\n"))
    parts = []
    for start, end in spans:
        moved = [Span(span.start - start, span.end - start) for span in differing]
        answer = quote.answer and Span(quote.answer.start - start, quote.answer.end - start)
        parts.append(quotation(marked(text[start:end], answer, moved)))
    return [*parts[:-1], joined([*parts[-1:], source], "\n")]


def _block(text: Markup, source: Markup) -> Markup:
    return joined([quotation(text), source], "\n")


def _around(before: str, after: str, room: int) -> tuple[str, str]:
    """As much of two texts as there is room for, from where they meet; half each if both are long.

    There must be room for the two ellipses.
    """
    half = room // 2
    left = max(half, room - units(after))
    right = max(half, room - units(before))
    if units(before) > left:
        before = f"{LEFT_OUT} {before[cut_end(before, left - len(LEFT_OUT) - 1) :].lstrip()}"
    if units(after) > right:
        after = f"{after[: cut(after, right - len(LEFT_OUT) - 1)].rstrip()} {LEFT_OUT}"
    return before, after


def _quote_source(quote: Quote) -> Markup:
    """The source of a quote; below it, that the quote is gone from it, and who else has it."""
    page = words(f"page {quote.page}" if quote.page else "")
    source = joined([article_source(quote.article, passage_link(quote)), page], ", ")
    gone = bold(gone_line(quote.gone_since))
    return joined([source, gone, _also_in(quote.article, quote.also_in)], "\n")


def _also_in(article: Article, also_in: Sequence[Article]) -> Markup:
    others = copies(article, also_in)
    names = [
        apart(linked(shortened(publisher(copy), LONGEST_NAME), copy.url))
        for copy in others[:COPIES_NAMED]
    ]
    line = words("also in ") + joined(names, ", ") + words(more_copies(len(others)))
    return line if others else Markup()


def _places(quotes: Sequence[Quote]) -> str:
    """Where the quotes of one article stand: paragraphs 1, 2 and 7, or pages."""
    pages = [quote.page for quote in quotes if quote.page]
    places = pages if len(pages) == len(quotes) else [quote.paragraph for quote in quotes]
    noun = "page" if places is pages else "paragraph"
    *others, last = map(str, sorted(set(places)))
    return f"{noun}s {', '.join(others)} and {last}" if others else f"{noun} {last}"


def article_source(article: Article, passage: str | None = None) -> Markup:
    """Title, publisher, author and date as far as they are known; the title leads to the text."""
    page = (article.url or "").partition("#")[0]
    title = linked(shortened(article.title, LONGEST_TITLE), passage or article.url, page)
    names = [shortened(name or "", LONGEST_NAME) for name in (article.source, article.author)]
    parts = [apart(part) for part in (title, *map(words, names))]
    return joined([*parts, words(day(article.published) or "")], ", ")

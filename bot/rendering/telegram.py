"""Messages in Telegram's HTML, each within Telegram's limits; the only module that escapes it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from operator import eq

from rich.style import Style
from rich.text import Text

from bot.rendering.text import (
    INTRODUCTION,
    LEFT_OUT,
    LONGEST_TITLE,
    PROBABLY,
    agreement,
    also_in,
    context,
    counted,
    cut,
    gone,
    head,
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
    total_line,
    units,
    words,
)
from retrieval import (
    Answer,
    AnswerStatus,
    Arrival,
    Article,
    FollowedFeed,
    Outcome,
    Quote,
    Span,
    Status,
    StoredArticle,
)

NO_ARTICLES = "There are no articles here yet. Send me a link or a file, or forward a post to me."

MESSAGE_UNITS = 4096  # of UTF-16, after Telegram has read the tags and the character entities
MESSAGE_ENTITIES = 90  # bold words, links and quotations: Telegram drops those beyond 100
MESSAGE_BYTES = 32_000  # of HTML in UTF-8: the Bot API server reads up to 32,768

# The other lengths are UTF-16 units.
LONG_QUOTATION = 300  # a longer one is folded
LONGEST_QUESTION = 300
LONGEST_INLINE_TITLE = 64
LONGEST_INLINE_DESCRIPTION = 200
LEAST_AROUND = 20  # on each side of a quote in its context

DIGEST = 20  # articles that a digest names
OUTCOMES = 10  # sources that a message lists

RINGED = re.compile("\\w\u030a")
"""A letter and a combining ring: Telegram drops the ring, unless both are one character."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


# -- HTML


def escaped(text: str) -> str:
    """Escape a text from outside, and replace what Telegram would drop or obey."""
    return _escaped(plain(text))


def _escaped(text: str) -> str:
    whole = RINGED.sub(lambda ringed: unicodedata.normalize("NFC", ringed[0]), text)
    return whole.translate(_ENTITIES)


def html_of(text: Text) -> str:
    """Write a safe text as HTML with its quotations, links, and bold and underlined words."""
    spans = [(0, len(text), text.style), *text.spans]
    edges = {min(edge, len(text)) for start, end, _ in spans for edge in (start, end)}
    html, opened = "", list[str]()
    for first, last in [*pairwise(sorted(edges)), (len(text), len(text))]:
        styles = [style for start, end, style in spans if start <= first < last <= end]
        tags = _tags(styles)
        same = [*map(eq, opened, tags), False].index(False)
        html += "".join(f"</{re.findall('[a-z]+', tag)[0]}>" for tag in opened[same:][::-1])
        html += "".join(tags[same:]) + _escaped(text.plain[first:last])
        opened = tags
    return html


def _tags(styles: Iterable[str | Style]) -> list[str]:
    """Return the tags for the styles of some words, the outermost first."""
    parsed = [style if isinstance(style, Style) else Style.parse(style) for style in styles]
    style = Style.combine([Style.null(), *parsed])
    tags = [*style.meta]
    tags += [f'<a href="{escaped(style.link)}">'] if style.link else []
    return tags + ["<b>"] * bool(style.bold) + ["<u>"] * bool(style.underline)


def fits(text: Text) -> bool:
    """Return whether Telegram takes a text as one message."""
    html = html_of(text)
    is_short = units(text.plain) <= MESSAGE_UNITS and len(html.encode()) <= MESSAGE_BYTES
    return is_short and html.count("</") <= MESSAGE_ENTITIES


def quotation(inside: Text, *, folded: bool | None = None) -> Text:
    """Return a quotation; it is folded if it is long, unless the caller decides."""
    folded = units(inside.plain) > LONG_QUOTATION if folded is None else folded
    tag = "<blockquote expandable>" if folded else "<blockquote>"
    return Text.assemble(inside, style=Style(meta={tag: True}))


def packed(blocks: Iterable[Text]) -> list[str]:
    """Put blocks into as few messages as possible, in order; each block must fit in one."""
    messages: list[Text] = []
    for block in filter(None, blocks):
        together = joined([*messages[-1:], block], "\n\n")
        messages[-1:] = [together] if fits(together) else [*messages[-1:], block]
    return [html_of(message) for message in messages]


def introduction(questions: Sequence[str]) -> str:
    """Return what the bot does, with questions to ask, or how to add articles."""
    if not questions:
        return f"{INTRODUCTION} {NO_ARTICLES}"
    lines = [Text(INTRODUCTION), Text("Ask one, such as:"), *map(Text, questions)]
    return html_of(joined(lines, "\n"))


def listed(heading: Text, rows: Sequence[Text], *, most: int = 100) -> str:
    """Return one message of a heading and as many lines as fit; the last line counts the others."""
    for number in range(min(len(rows), most), -1, -1):
        more = Text(f"… and {len(rows) - number} more" if number < len(rows) else "")
        whole = joined([heading, joined([*rows[:number], more], "\n")], "\n\n")
        if fits(whole):
            break
    return html_of(whole)


def _numbered(lines: Iterable[Text], first: int = 1) -> list[Text]:
    return [Text.assemble(f"{number}. ", line) for number, line in enumerate(lines, first)]


# -- answers


def answer_messages(answer: Answer, *, count: int | None = None) -> list[str]:
    """Return the quotes of an answer with their sources, mostly in one message.

    With `count`, at most that many quotes, without unlikely ones. If nothing answers, why, and the
    closest sentences.
    """
    if not answer.shown and answer.inside is None:
        return [NO_ARTICLES]
    quotes = shown_quotes(answer, count)
    shown = [_quote(quote, answer) for quote in quotes]
    return packed([*headings(answer, quotes), *shown, agreement(answer)])


def more_messages(answer: Answer, first: int, count: int) -> list[str]:
    """Return `count` quotes of an answer from number `first` on, or else closest sentences."""
    return packed([_quote(quote, answer) for quote in answer.shown[first : first + count]])


def context_messages(quote: Quote, stored: StoredArticle) -> list[str]:
    """Return the quote's paragraph with its neighbours, the quote in bold, in one message.

    If that is too long, the neighbours are left out, and then the ends of the paragraph. A quote
    that fills a message is returned alone.
    """
    above = _source_lines(quote)
    for neighbours in (1, 0):
        before, quoted, after = context(quote, stored, neighbours)
        whole = _in_context(above, before, quoted, after)
        if fits(whole):
            return [html_of(whole)]
    room = (MESSAGE_UNITS - units(above.plain + quoted)) // 2 - len(f"\n{LEFT_OUT} ")
    if room < LEAST_AROUND:
        return [inline_quote(replace(quote, answer=Span(0, len(quote.text))))]
    if units(before) > room:
        end = before[-head(before[::-1], room) :]
        before = f"{LEFT_OUT} {end.partition(' ')[2]}"
    if units(after) > room:
        after = f"{after[: cut(after, room)]} {LEFT_OUT}"
    return [html_of(_in_context(above, before, quoted, after))]


def paragraph_pages(quote: Quote, stored: StoredArticle) -> list[str]:
    """Return the quote's whole paragraph, the quote in bold, in as many messages as it needs."""
    above, pages = _source_lines(quote), []
    before, quoted, after = context(quote, stored, 0)
    inside = Text.assemble(before, (quoted, "bold"), after)
    while inside:
        end = cut(inside.plain, MESSAGE_UNITS - units(above.plain) - len("\n"))
        pages.append(html_of(joined([above, quotation(inside[:end], folded=False)], "\n")))
        inside = inside[end:]
    return pages


def _in_context(above: Text, before: str, quoted: str, after: str) -> Text:
    inside = Text.assemble(before, (quoted, "bold"), after)
    return joined([above, quotation(inside, folded=False)], "\n")


def sources_message(quotes: Iterable[Quote]) -> str:
    """Return the quoted articles, numbered, with the pages or paragraphs of the quotes."""
    quoted: dict[tuple[Article, datetime | None], list[Quote]] = {}
    for quote in quotes:
        quoted.setdefault((quote.article, quote.gone_since), []).append(quote)
    lines = []
    for (article, gone_since), of_article in quoted.items():
        others = dict.fromkeys(copy for quote in of_article for copy in quote.also_in)
        line = Text.assemble(source(article), f" ({_places(of_article)})")
        lines.append(joined([line, gone(gone_since), also_in(article, others)], ", "))
    return listed(Text("Sources", "bold"), _numbered(lines))


def alert_messages(question: str, quote: Quote) -> list[str]:
    """Return the answer of a new article to a watched question."""
    topic = isolated(words(shortened(question, LONGEST_QUESTION)))
    return packed([Text.assemble(("News on: ", "bold"), topic), _quote(quote)])


def inline_quote(quote: Quote) -> str:
    """Return the message for a quote that is chosen inline."""
    return html_of(_quote(quote))


def inline_title(quote: Quote) -> str:
    """Return the article's title for a list of results, which takes no HTML."""
    return shortened(quote.article.title, LONGEST_INLINE_TITLE)


def inline_description(quote: Quote, status: AnswerStatus) -> str:
    """Return the beginning of the quote for a list of results, which takes no HTML."""
    before = {AnswerStatus.PROBABLE: f"{PROBABLY} ", AnswerStatus.NONE: "Closest: "}
    return shortened(before.get(status, "") + quote.text, LONGEST_INLINE_DESCRIPTION)


def _quote(quote: Quote, answer: Answer | None = None) -> Text:
    """Return a quote and its source; a quote that is too long for one message loses its end."""
    date, inside, below = (
        quote_date(quote, answer),
        quote_words(quote, answer),
        _source_lines(quote),
    )
    block = joined([date, quotation(inside), below], "\n")
    if fits(block):
        return block
    room = MESSAGE_UNITS - units(date.plain + below.plain) - len(f"\n\n {LEFT_OUT}")
    inside = inside[: cut(inside.plain, room, after_sentence=True)] + f" {LEFT_OUT}"
    return joined([date, quotation(inside), below], "\n")


def _source_lines(quote: Quote) -> Text:
    """Return the source of a quote; below it, that it is gone from there, and who else has it."""
    page = Text(f"page {quote.page}" if quote.page else "")
    line = joined([source(quote.article, passage_link(quote)), page], ", ")
    return joined([line, *notes(quote)], "\n")


def _places(quotes: Sequence[Quote]) -> str:
    """Return the places of quotes in one article: paragraphs 1, 2 and 7, or pages."""
    pages = [quote.page for quote in quotes if quote.page]
    places = pages if len(pages) == len(quotes) else [quote.paragraph for quote in quotes]
    noun = "page" if places is pages else "paragraph"
    *others, last = map(str, sorted(set(places)))
    return f"{noun}s {', '.join(others)} and {last}" if others else f"{noun} {last}"


# -- lists and notices


def articles_page(
    articles: Sequence[StoredArticle], page: int, pages: int, *, first_number: int = 1
) -> str:
    """Return a page of the list of articles; ten of them always fit, whatever their titles."""
    of_pages = f" (page {page} of {pages})" if pages > 1 else ""
    heading = Text.assemble(("Articles", "bold"), of_pages)
    return listed(heading, _numbered([source(s.article) for s in articles], first_number))


def outcomes_message(outcomes: Sequence[Outcome], paragraphs: int | None = None) -> str:
    """Return what became of a source, with the number of its article's paragraphs.

    For several, how many were added and how many failed, and a line for each of the first ten.
    """
    if len(outcomes) == 1:
        return html_of(_outcome(outcomes[0], paragraphs))
    total = total_line(Counter(outcome.status for outcome in outcomes))
    return listed(Text(total, "bold"), [_outcome(outcome) for outcome in outcomes], most=OUTCOMES)


def digest_messages(new: Sequence[Arrival]) -> list[str]:
    """Return the daily digest: the new articles, one per story; no message if none is new."""
    stories: dict[int, Article] = {}
    for arrival in new:
        stories.setdefault(arrival.story, arrival.stored.article)
    if not stories:
        return []
    heading = Text(f"New today: {counted(len(stories), 'article')}", "bold")
    lines = [Text.assemble("• ", source(article)) for article in stories.values()]
    return [listed(heading, lines, most=DIGEST)]


def watches_message(questions: Sequence[str]) -> str:
    """Return the watched questions of a chat, numbered."""
    lines = [isolated(words(shortened(question, LONGEST_TITLE))) for question in questions]
    return listed(Text("Watched here", "bold"), _numbered(lines))


def feed_message(feed: FollowedFeed) -> str:
    """Return that a feed is followed from now on."""
    when = ". Its articles come in within some minutes, and new ones as they appear."
    return html_of(Text.assemble("Followed: ", _feed(feed), when))


def feeds_message(feeds: Sequence[FollowedFeed]) -> str:
    """Return the feeds of a chat, numbered, with their troubles."""
    lines = []
    for feed in feeds:
        trouble = feed.trouble
        if feed.delayed and not trouble:
            trouble = f"{counted(feed.delayed, 'page')} could not be read so far: {feed.delay}"
        lines.append(joined([_feed(feed), words(trouble or "")], ": "))
    return listed(Text("Feeds", "bold"), _numbered(lines))


def _outcome(outcome: Outcome, paragraphs: int | None = None) -> Text:
    article = outcome.article
    if article is None:
        reason = shortened(outcome.reason or "", 2 * LONGEST_TITLE)
        return words(f"Not added: {shortened(outcome.source, LONGEST_TITLE)}: {reason}")
    count = "" if paragraphs is None else counted(paragraphs, "paragraph")
    note = words(f". Note: {article.note}" if article.note else "")
    status = f"{outcome.status.capitalize()}: "
    if outcome.status is Status.UNCHANGED:
        status = "Unchanged: this chat's library has it already: "
    return Text.assemble(status, joined([source(article), Text(count)], ", "), note)


def _feed(feed: FollowedFeed) -> Text:
    return isolated(linked(shortened(feed.title or feed.url, LONGEST_TITLE), feed.url))

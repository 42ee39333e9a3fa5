"""Messages in Telegram's HTML, each within Telegram's limits; the only module that escapes it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from operator import eq

from rich.style import Style
from rich.text import Text

from bot.rendering.language import N_, _, _n, all_of, day, month, reason
from bot.rendering.text import (
    INTRODUCTION,
    LEFT_OUT,
    LONGEST_NAME,
    LONGEST_TITLE,
    PROBABLY,
    agreement,
    also_in,
    context,
    cut,
    filled,
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
    ListedArticle,
    Outcome,
    Quote,
    Span,
    Status,
    StoredArticle,
)

NO_ARTICLES = N_(
    "There are no articles here yet. Send me a link or a file, or forward a post to me."
)

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
OUTLINE = 40  # paragraphs that an outline names
LONGEST_OUTLINED = 60  # units of the beginning of a paragraph
LONGEST_PART = 3000  # units of an article's text in one message, below its source

OUTCOME = {
    Status.ADDED: N_("Added: {article}"),
    Status.UPDATED: N_("Updated: {article}"),
    Status.UNCHANGED: N_("Unchanged: this chat's library has it already: {article}"),
    Status.REMOVED: N_("Removed: {article}"),
}
"""What became of a source that is an article."""

RINGED = re.compile("\\w\u030a")
"""A letter and a combining ring: Telegram drops the ring, unless both are one character."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


# -- HTML


def escaped(text: str) -> str:
    """Escape a text from outside, and replace what Telegram would drop or obey."""
    return _escaped(plain(text))


def plain_message(text: str) -> str:
    """Return a text from outside as one message; a text that is too long loses its end."""
    return escaped(text[: cut(text, MESSAGE_UNITS)])


def _escaped(text: str) -> str:
    whole = RINGED.sub(lambda ringed: unicodedata.normalize("NFC", ringed[0]), text)
    return whole.translate(_ENTITIES)


def html_of(text: Text) -> str:
    """Write a safe text as HTML with its quotations, links, and bold and underlined words."""
    spans = [(0, len(text), text.style), *text.spans]
    edges = {min(edge, len(text)) for start, end, style in spans for edge in (start, end)}
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
    """Return what the bot does, with questions to ask, or how to add articles; as plain text."""
    if not questions:
        return f"{_(INTRODUCTION)} {_(NO_ARTICLES)}"
    return "\n".join([_(INTRODUCTION), _("Ask one, such as:"), *questions])


def listed(heading: Text, rows: Sequence[Text], *, most: int = 100) -> str:
    """Return one message of a heading and as many lines as fit; the last line counts the others."""
    for number in range(min(len(rows), most), -1, -1):
        left = len(rows) - number
        more = Text(_("… and {count} more", count=left) if left else "")
        whole = joined([heading, joined([*rows[:number], more], "\n")], "\n\n")
        if fits(whole):
            break
    return html_of(whole)


def plain_list(heading: str, rows: Iterable[str]) -> str:
    """Return one message of a heading and as many lines as fit, all of them texts from outside."""
    return listed(words(heading), [isolated(words(row)) for row in rows])


def _numbered(lines: Iterable[Text]) -> list[Text]:
    return [Text.assemble(f"{number}. ", line) for number, line in enumerate(lines, start=1)]


# -- answers


def answer_messages(answer: Answer, *, count: int | None = None) -> list[str]:
    """Return the quotes of an answer with their sources, mostly in one message.

    With `count`, at most that many quotes, without unlikely ones. If nothing answers, why, and the
    closest sentences.
    """
    if not answer.shown and answer.inside is None:
        return [_(NO_ARTICLES)]
    quotes = shown_quotes(answer, count)
    shown = [_quote(quote, answer) for quote in quotes]
    return packed([*headings(answer, quotes), *shown, agreement(answer)])


def more_messages(answer: Answer, first: int, count: int) -> list[str]:
    return packed([_quote(quote, answer) for quote in answer.shown[first : first + count]])


def context_message(quote: Quote, stored: StoredArticle) -> str:
    """Return the quote's paragraph with its neighbours, the quote in bold, in one message.

    If that is too long, the neighbours are left out, and then the ends of the paragraph. A quote
    that fills a message is returned alone.
    """
    above = _source_lines(quote)
    for neighbours in (1, 0):
        before, quoted, after = context(quote, stored, neighbours)
        whole = _in_context(above, before, quoted, after)
        if fits(whole):
            return html_of(whole)
    room = (MESSAGE_UNITS - units(above.plain + quoted)) // 2 - len(f"\n{LEFT_OUT} ")
    if room < LEAST_AROUND:
        return inline_quote(replace(quote, answer=Span(0, len(quote.text))))
    if units(before) > room:
        end = before[-head(before[::-1], room) :]
        before = f"{LEFT_OUT} {end.partition(' ')[2]}"
    if units(after) > room:
        after = f"{after[: cut(after, room)]} {LEFT_OUT}"
    return html_of(_in_context(above, before, quoted, after))


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
    return listed(Text(_("Sources"), "bold"), _numbered(lines))


def alert_messages(question: str, quote: Quote) -> list[str]:
    topic = isolated(words(shortened(question, LONGEST_QUESTION)))
    news = _("News on:")
    return packed([Text.assemble((f"{news} ", "bold"), topic), _quote(quote)])


def inline_quote(quote: Quote) -> str:
    return html_of(_quote(quote))


def inline_title(quote: Quote) -> str:
    """Return the article's title for a list of results, which takes no HTML."""
    return shortened(quote.article.title, LONGEST_INLINE_TITLE)


def inline_description(quote: Quote, status: AnswerStatus) -> str:
    """Return the beginning of the quote for a list of results, which takes no HTML."""
    before = {AnswerStatus.PROBABLE: _(PROBABLY), AnswerStatus.NONE: _("Closest:")}.get(status)
    text = f"{before} {quote.text}" if before else quote.text
    return shortened(text, LONGEST_INLINE_DESCRIPTION)


def _quote(quote: Quote, answer: Answer | None = None) -> Text:
    """Return a quote and its source; a quote that is too long for one message loses its end."""
    date, inside = quote_date(quote, answer), quote_words(quote, answer)
    below = _source_lines(quote)
    block = joined([date, quotation(inside), below], "\n")
    if fits(block):
        return block
    room = MESSAGE_UNITS - units(date.plain + below.plain) - len(f"\n\n {LEFT_OUT}")
    inside = inside[: cut(inside.plain, room, after_sentence=True)] + f" {LEFT_OUT}"
    return joined([date, quotation(inside), below], "\n")


def _source_lines(quote: Quote) -> Text:
    """Return the source of a quote; below it, that it is gone from there, and who else has it."""
    page = Text(_("page {number}", number=quote.page) if quote.page else "")
    line = joined([source(quote.article, passage_link(quote)), page], ", ")
    return joined([line, *notes(quote)], "\n")


def _places(quotes: Sequence[Quote]) -> str:
    """Return the places of quotes in one article: paragraphs 1, 2 and 7, or pages."""
    pages = [quote.page for quote in quotes if quote.page]
    places = pages if len(pages) == len(quotes) else [quote.paragraph for quote in quotes]
    numbers = [str(place) for place in sorted(set(places))]
    named = all_of(numbers)
    if places is pages:
        return _n("page {numbers}", "pages {numbers}", len(numbers), numbers=named)
    return _n("paragraph {numbers}", "paragraphs {numbers}", len(numbers), numbers=named)


# -- lists of articles


# Which of word, publisher and period a list is filtered by: a sentence in each language.
_HEADINGS = {
    (False, False, False): N_("Articles"),
    (False, False, True): N_("Articles of {period}"),
    (False, True, False): N_("Articles of {publisher}"),
    (False, True, True): N_("Articles of {publisher} of {period}"),
    (True, False, False): N_("Articles with “{word}”"),
    (True, False, True): N_("Articles of {period} with “{word}”"),
    (True, True, False): N_("Articles of {publisher} with “{word}”"),
    (True, True, True): N_("Articles of {publisher} of {period} with “{word}”"),
}


ListFilters = tuple[str, str | None, str | None]
"""Word, publisher and period of a list: None for any, empty for articles without one."""


def articles_heading(filters: ListFilters = ("", None, None)) -> Text:
    word, publisher, period = filters
    message = _HEADINGS[bool(word), publisher is not None, period is not None]
    names = {
        "word": _name(word),
        "publisher": _name(publisher) if publisher else _("unknown publishers"),
        "period": period_name(period) if period else _("unknown date"),
    }
    return Text(_(message, **names), "bold")


def _name(text: str) -> str:
    return isolated(words(shortened(text, LONGEST_NAME))).plain


def period_name(period: str) -> str:
    """Return a year, or a month as people write it: October 2018 for 2018-10."""
    return month(date.fromisoformat(f"{period}-01")) if "-" in period else period


def articles_page(
    articles: Sequence[tuple[int, ListedArticle]],
    page: int,
    pages: int,
    *,
    filters: ListFilters = ("", None, None),
    shared: Sequence[tuple[str, int]] = (),
) -> str:
    """Return a page of a list of numbered articles; ten always fit, whatever their titles.

    `shared` are the other libraries that the chat reads, with their numbers of articles; as many
    as fit are named.
    """
    of_pages = Text(_("(page {page} of {pages})", page=page, pages=pages) if pages > 1 else "")
    above = joined([articles_heading(filters), of_pages], " ")
    lines = joined((Text.assemble(f"{n}. ", source(article)) for n, article in articles), "\n")
    whole = joined([above, lines], "\n\n") if articles else Text(_(NO_ARTICLES))
    for name, number in shared:
        note = _n(
            "This chat also reads the library {library} ({count} article).",
            "This chat also reads the library {library} ({count} articles).",
            number,
            library=_name(name),
        )
        longer = joined([whole, Text(note)], "\n\n")
        whole = longer if fits(longer) else whole
    return html_of(whole)


def no_articles_message(filters: ListFilters) -> str:
    """Return that a filtered list has no article, and how to see all."""
    word, publisher, period = filters
    if word and publisher is period is None:
        return escaped(
            _(
                "No article here names “{word}”. Send /articles and another word of a title, a "
                "publisher or an author, or choose all articles below.",
                word=shortened(word, LONGEST_NAME),
            )
        )
    return choice_message(filters, _("None is left: choose all articles below."))


def choice_message(filters: ListFilters, choice: str) -> str:
    """Return which articles a list has, and what to choose of the buttons below."""
    return html_of(joined([articles_heading(filters), Text(choice)], "\n\n"))


# -- an article


def article_parts(stored: StoredArticle) -> list[tuple[int, str]]:
    """Divide an article's numbered paragraphs into parts that fit in a message each.

    Each part comes with the number of the paragraph that it begins in. A paragraph that is longer
    than a part goes on in the next.
    """
    parts: list[tuple[int, str]] = []
    for number, (start, end) in enumerate(stored.paragraphs, start=1):
        for piece in _pieces(plain(stored.article.text[start:end])):
            paragraph = f"[{number}] {piece}"
            first, text = parts[-1] if parts else (number, "")
            together = f"{text}\n\n{paragraph}" if text else paragraph
            if not parts or units(together) > LONGEST_PART:
                parts.append((number, paragraph))
            else:
                parts[-1] = (first, together)
    return parts


def _pieces(paragraph: str) -> Iterator[str]:
    """Yield a paragraph in pieces that fit in a part each; marks show where it was cut."""
    room, before = LONGEST_PART - 2 * len(f"{LEFT_OUT} ") - len("[100000] "), ""
    while units(paragraph) > room:
        end = cut(paragraph, room, after_sentence=True)
        yield f"{before}{paragraph[:end].rstrip()} {LEFT_OUT}"
        paragraph, before = paragraph[end:], f"{LEFT_OUT} "
    yield before + paragraph


def article_message(stored: StoredArticle, parts: Sequence[tuple[int, str]], page: int) -> str:
    """Return a page of an article: 0 is its outline, if it has several parts; then each part."""
    above = source(stored.article)
    if page:
        return html_of(joined([above, Text(parts[page - 1][1])], "\n\n"))
    number = len(stored.paragraphs)
    facts = _n(
        "{count} paragraph, added on {day}",
        "{count} paragraphs, added on {day}",
        number,
        day=day(stored.added),
    )
    above = joined([above, Text(facts)], "\n")
    if len(parts) == 1:
        return html_of(joined([above, Text(parts[0][1])], "\n\n"))
    lines = [Text(_("Outline"), "bold")]
    every = -(-number // OUTLINE)
    for n, (start, end) in list(enumerate(stored.paragraphs, start=1))[::every]:
        lines.append(Text(f"[{n}] {shortened(stored.article.text[start:end], LONGEST_OUTLINED)}"))
    return html_of(joined([above, joined(lines, "\n")], "\n\n"))


# -- notices


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
    count = _n("New today: {count} article", "New today: {count} articles", len(stories))
    heading = Text(count, "bold")
    lines = [Text.assemble("• ", source(article)) for article in stories.values()]
    return [listed(heading, lines, most=DIGEST)]


def watches_message(questions: Sequence[str]) -> str:
    lines = [isolated(words(shortened(question, LONGEST_TITLE))) for question in questions]
    return listed(Text(_("Watched here"), "bold"), _numbered(lines))


def feed_message(feed: FollowedFeed) -> str:
    template = _(
        "Followed: {feed}. Its articles come in within some minutes, and new ones as they appear."
    )
    return html_of(filled(template, feed=_feed(feed)))


def feeds_message(feeds: Sequence[FollowedFeed]) -> str:
    lines = []
    for feed in feeds:
        trouble = reason(feed.trouble or "")
        if feed.delayed and not trouble:
            trouble = _n(
                "{count} page could not be read so far: {reason}",
                "{count} pages could not be read so far: {reason}",
                feed.delayed,
                reason=reason(feed.delay or ""),
            )
        lines.append(joined([_feed(feed), words(trouble)], ": "))
    return listed(Text(_("Feeds"), "bold"), _numbered(lines))


def _outcome(outcome: Outcome, paragraphs: int | None = None) -> Text:
    article = outcome.article
    if article is None:
        # A chat has its own command for what the command line says of feeds.
        why = reason(outcome.reason or "").replace("`quotewise feed add ", "`/feed ")
        why = shortened(why, 2 * LONGEST_TITLE)
        name = shortened(outcome.source, LONGEST_TITLE)
        return words(_("Not added: {source}: {reason}", source=name, reason=why))
    count = "" if paragraphs is None else _n("{count} paragraph", "{count} paragraphs", paragraphs)
    article_line = joined([source(article), Text(count)], ", ")
    line = filled(_(OUTCOME[outcome.status]), article=article_line)
    if not article.note:
        return line
    return filled(_("{outcome}. Note: {note}"), outcome=line, note=words(reason(article.note)))


def _feed(feed: FollowedFeed) -> Text:
    return isolated(linked(shortened(feed.title or feed.url, LONGEST_TITLE), feed.url))

"""Messages in Telegram's HTML, each within Telegram's limits; the only module that escapes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from bot.rendering.fragments import passage_link
from bot.rendering.text import (
    COPIES_NAMED,
    END_OF_ISOLATE,
    ISOLATE,
    PROBABLY,
    RIGHT_TO_LEFT,
    THEY_DIFFER,
    agreement_groups,
    clean,
    copies,
    counted,
    cut,
    cut_start,
    day,
    differing,
    gone_line,
    headings,
    more_copies,
    paragraphs_of,
    publisher,
    shortened,
    shown_quotes,
    total_line,
    units,
)
from retrieval import (
    Answer,
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
LONGEST_LINK = 2000  # bytes in HTML

# The other lengths are UTF-16 units.
LONG_QUOTATION = 300  # a longer one is folded
LONGEST_TITLE = 150  # so that a page of ten articles fits in one message
LONGEST_NAME = 80  # of a publisher or an author
LONGEST_HEADING = 400
LONGEST_QUESTION = 300
LONGEST_SIDE = 100  # of the words in which two quotes differ
LONGEST_INLINE_TITLE = 64
LONGEST_INLINE_DESCRIPTION = 200
LEAST_NEIGHBOURS = 100  # where less is free, the neighbours of a paragraph are left out
LEFT_OUT = "[…]"

DIGEST = 20  # articles that a digest names
OUTCOMES = 10  # sources that a message lists

LINK = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
RINGED = re.compile("\\w\u030a")
"""A letter and a combining ring: Telegram drops the ring, unless both are one character."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


# -- HTML


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML whose tags are all closed, the UTF-16 units of its text, and its entities."""

    html: str = ""
    units: int = 0
    entities: int = 0

    def __add__(self, other: Markup) -> Markup:
        return Markup(
            self.html + other.html, self.units + other.units, self.entities + other.entities
        )

    @property
    def fits(self) -> bool:
        """Whether Telegram takes it as one message."""
        return (
            self.units <= MESSAGE_UNITS
            and self.entities <= MESSAGE_ENTITIES
            and len(self.html.encode()) <= MESSAGE_BYTES
        )


def escaped(text: str) -> str:
    """Escape a text from outside, and replace what Telegram would drop or obey."""
    whole = RINGED.sub(lambda ringed: unicodedata.normalize("NFC", ringed[0]), clean(text))
    return whole.translate(_ENTITIES)


def words(text: str) -> Markup:
    """Return a text without any tags."""
    html = escaped(text)
    # Counted after escaping, as a letter and its ring may have become one character.
    return Markup(html, units(re.sub("&[a-z]+;", "&", html)))


def isolated(inside: Markup) -> Markup:
    """Isolate a right-to-left part of a line from the text around it."""
    if not RIGHT_TO_LEFT.search(inside.html):
        return inside
    return Markup(ISOLATE + inside.html + END_OF_ISOLATE, inside.units + 2, inside.entities)


def bold(text: str) -> Markup:
    """Return a text in bold; an empty text without tags."""
    return _tagged("<b>", words(text), "</b>") if text else Markup()


def marked(text: str, answer: Span | None = None, differing: Sequence[Span] = ()) -> Markup:
    """Return a quote's text with the answer span in bold and `differing` words underlined."""
    text = clean(text)
    spans = [*differing, *([answer] if answer else [])]
    edges = {min(max(edge, 0), len(text)) for span in spans for edge in span}
    whole = Markup()
    for start, end in pairwise(sorted({0, len(text), *edges})):
        piece = words(text[start:end])
        if any(span.start <= start and end <= span.end for span in differing):
            piece = _tagged("<u>", piece, "</u>")
        if answer and answer.start <= start and end <= answer.end:
            piece = _tagged("<b>", piece, "</b>")
        whole += piece
    return whole


def linked(text: str, *addresses: str | None) -> Markup:
    """Return a text that links to the first of the addresses that Telegram takes, if any."""
    if not text:
        return Markup()
    for address in addresses:
        html = escaped(address or "")
        if LINK.fullmatch(html) and len(html.encode()) <= LONGEST_LINK:
            return _tagged(f'<a href="{html}">', words(text), "</a>")
    return words(text)


def quotation(inside: Markup, *, folded: bool | None = None) -> Markup:
    """Return a quotation; it is folded if it is long, unless the caller decides."""
    folded = inside.units > LONG_QUOTATION if folded is None else folded
    return _tagged(f"<blockquote{' expandable' * folded}>", inside, "</blockquote>")


def _tagged(start: str, inside: Markup, end: str) -> Markup:
    return Markup(start + inside.html + end, inside.units, inside.entities + 1)


def joined(parts: Iterable[Markup], separator: str) -> Markup:
    """Join the parts that are not empty."""
    whole = Markup()
    for part in parts:
        if part.html:
            whole += words(separator) + part if whole.html else part
    return whole


def packed(blocks: Iterable[Markup]) -> list[str]:
    """Put blocks into as few messages as possible, in order; each block must fit in one."""
    messages: list[Markup] = []
    for block in blocks:
        together = joined([*messages[-1:], block], "\n\n")
        messages[-1:] = [together] if together.fits else [*messages[-1:], block]
    return [message.html for message in messages if message.html]


def listed(heading: Markup, rows: Sequence[Markup], *, most: int = 100) -> str:
    """Return one message of a heading and as many lines as fit; the last line counts the others."""
    for number in range(min(len(rows), most), -1, -1):
        more = words(f"… and {len(rows) - number} more") if number < len(rows) else Markup()
        whole = joined([heading, joined([*rows[:number], more], "\n")], "\n\n")
        if whole.fits:
            return whole.html
    return heading.html


# -- answers


def answer_messages(answer: Answer, *, count: int | None = None) -> list[str]:
    """Return the quotes of an answer with their sources, mostly in one message.

    With `count`, at most that many quotes, without unlikely ones. If nothing answers, why, and the
    closest sentences.
    """
    if not answer.shown and answer.inside is None:
        return [words(NO_ARTICLES).html]
    quotes = shown_quotes(answer, count)
    blocks = []
    for line in headings(answer, quotes):
        text = shortened(line.text, LONGEST_HEADING)
        blocks.append((bold(text) if line.bold else words(text)) + words(line.closest))
    blocks += [_quote_of_answer(answer, quote) for quote in quotes]
    return packed(blocks if answer.timeline else [*blocks, _agreement(answer)])


def more_messages(answer: Answer, first: int, count: int) -> list[str]:
    """Return `count` quotes of an answer from number `first` on, or else closest sentences."""
    shown = answer.shown[first : first + count]
    return packed([_quote_of_answer(answer, quote) for quote in shown])


def context_messages(quote: Quote, stored: StoredArticle) -> list[str]:
    """Return the quote's paragraph with its neighbours, the quote in bold, in one message.

    What is too long loses its far ends: first the neighbours, then the paragraph. A quote that
    fills a message on its own is returned alone.
    """
    source = _source_lines(quote)
    text, (here, last) = clean(stored.article.text), paragraphs_of(quote, stored)
    start, end = stored.paragraphs[here].start, stored.paragraphs[last].end
    quoted = text[quote.start : quote.end]
    room = MESSAGE_UNITS - units(quoted) - source.units - len("\n")
    if room < 2 * len(f"{LEFT_OUT} "):
        return [_quote(replace(quote, answer=Span(0, len(quote.text)))).html]
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
    """Return the quoted articles, numbered, with the pages or paragraphs of the quotes."""
    quoted: dict[tuple[Article, datetime | None], list[Quote]] = {}
    for quote in quotes:
        quoted.setdefault((quote.article, quote.gone_since), []).append(quote)
    lines = []
    for number, ((article, gone_since), of_article) in enumerate(quoted.items(), start=1):
        others = dict.fromkeys(copy for quote in of_article for copy in quote.also_in)
        line = words(f"{number}. ") + _source(article) + words(f" ({_places(of_article)})")
        lines.append(joined([line, bold(gone_line(gone_since)), _also_in(article, others)], ", "))
    return listed(bold("Sources"), lines)


def alert_messages(question: str, quote: Quote) -> list[str]:
    """Return the answer of a new article to a watched question."""
    heading = bold("News on: ") + isolated(words(shortened(question, LONGEST_QUESTION)))
    return packed([heading, _quote(quote)])


def inline_quote(quote: Quote) -> str:
    """Return the message for a quote that is chosen inline."""
    return _quote(quote).html


def inline_title(quote: Quote) -> str:
    """Return the article's title for a list of results, which takes no HTML."""
    return shortened(quote.article.title, LONGEST_INLINE_TITLE)


def inline_description(quote: Quote, *, probable: bool = False) -> str:
    """Return the beginning of the quote for a list of results, which takes no HTML."""
    text = f"{PROBABLY} {quote.text}" if probable else quote.text
    return shortened(text, LONGEST_INLINE_DESCRIPTION)


def _quote_of_answer(answer: Answer, quote: Quote) -> Markup:
    """Return a quote with its differing words underlined; in a timeline, below its date."""
    date = day(quote.article.published) if answer.timeline else ""
    return _quote(quote, date, differing(answer, quote))


def _quote(quote: Quote, date: str = "", differing: Sequence[Span] = ()) -> Markup:
    """Return a quote and its source; a quote that is too long for one message loses its end."""
    heading, source, text = bold(date), _source_lines(quote), clean(quote.text)
    whole = quotation(marked(text, quote.answer, differing))
    block = joined([heading, whole, source], "\n")
    if block.fits:
        return block
    room = MESSAGE_UNITS - heading.units - source.units - len(f"\n\n {LEFT_OUT}")
    inside = marked(text[: cut(text, room)], quote.answer, differing) + words(f" {LEFT_OUT}")
    return joined([heading, quotation(inside), source], "\n")


def _around(before: str, after: str, room: int) -> tuple[str, str]:
    """Return as much of the texts before and after a place as fits; half each if both are long.

    The room must be enough for two ellipses.
    """
    half = room // 2
    left = max(half, room - units(after))
    right = max(half, room - units(before))
    if units(before) > left:
        before = f"{LEFT_OUT} {before[cut_start(before, left - len(LEFT_OUT) - 1) :].lstrip()}"
    if units(after) > right:
        after = f"{after[: cut(after, right - len(LEFT_OUT) - 1)].rstrip()} {LEFT_OUT}"
    return before, after


def _agreement(answer: Answer) -> Markup:
    """Return who reports the same, each with a link, and where quotes differ."""
    groups = [
        words(f"{phrase} (") + _publisher_links(quotes) + words(")")
        for phrase, quotes in agreement_groups(answer)
    ]
    lines = [joined(groups, "; ")]
    for pair in answer.agreement.differences if answer.agreement else ():
        sides = []
        for side in (pair.quote, pair.other):
            source = joined([_publisher_link(side), words(day(side.article.published))], ", ")
            sides.append(words(f"{shortened(side.text, LONGEST_SIDE)} (") + source + words(")"))
        lines.append(joined([bold(THEY_DIFFER), joined(sides, " – ")], " "))
    return joined(lines, "\n")


def _publisher_links(quotes: Sequence[Quote]) -> Markup:
    links = joined([_publisher_link(quote) for quote in quotes[:COPIES_NAMED]], ", ")
    return links + words(more_copies(len(quotes)))


def _publisher_link(quote: Quote) -> Markup:
    name = shortened(publisher(quote.article), LONGEST_NAME)
    return linked(name, passage_link(quote), quote.article.url)


# -- sources


def _source(article: Article, passage: str | None = None) -> Markup:
    """Return title, publisher, author and date, as far as known; the title links to the text."""
    page = (article.url or "").partition("#")[0]
    title = linked(shortened(article.title, LONGEST_TITLE), passage or article.url, page)
    names = [shortened(name or "", LONGEST_NAME) for name in (article.source, article.author)]
    parts = [isolated(part) for part in (title, *map(words, names))]
    return joined([*parts, words(day(article.published))], ", ")


def _source_lines(quote: Quote) -> Markup:
    """Return the source of a quote; below it, that it is gone from there, and who else has it."""
    page = words(f"page {quote.page}" if quote.page else "")
    source = joined([_source(quote.article, passage_link(quote)), page], ", ")
    gone = bold(gone_line(quote.gone_since))
    return joined([source, gone, _also_in(quote.article, quote.also_in)], "\n")


def _also_in(article: Article, also_in: Iterable[Article]) -> Markup:
    others = copies(article, also_in)
    names = [
        isolated(linked(shortened(publisher(copy), LONGEST_NAME), copy.url))
        for copy in others[:COPIES_NAMED]
    ]
    line = words("also in ") + joined(names, ", ") + words(more_copies(len(others)))
    return line if others else Markup()


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
    if not articles:
        return words(NO_ARTICLES).html
    heading = bold("Articles") + words(f" (page {page} of {pages})" if pages > 1 else "")
    return listed(heading, _numbered([_source(s.article) for s in articles], first_number))


def outcome_message(outcome: Outcome, paragraphs: int | None = None) -> str:
    """Return what became of a source."""
    return _outcome(outcome, paragraphs).html


def outcomes_message(outcomes: Sequence[Outcome]) -> str:
    """Return how many sources were added and how many failed, and a line for the first ten."""
    counts = {status: sum(outcome.status is status for outcome in outcomes) for status in Status}
    lines = [_outcome(outcome) for outcome in outcomes]
    return listed(bold(total_line(counts)), lines, most=OUTCOMES)


def progress_message(done: int, total: int) -> str:
    """Return how many articles of a source are added."""
    return f"Adding: {done} of {total} …"


def digest_messages(new: Sequence[Arrival]) -> list[str]:
    """Return the daily digest: the new articles, one per story; no message if none is new."""
    stories: dict[int, Article] = {}
    for arrival in new:
        stories.setdefault(arrival.story, arrival.stored.article)
    if not stories:
        return []
    lines = [words("• ") + _source(article) for article in stories.values()]
    return [listed(bold(f"New today: {counted(len(stories), 'article')}"), lines, most=DIGEST)]


def watches_message(questions: Sequence[str]) -> str:
    """Return the watched questions of a chat, numbered."""
    lines = [isolated(words(shortened(question, LONGEST_TITLE))) for question in questions]
    return listed(bold("Watched here"), _numbered(lines))


def feed_message(feed: FollowedFeed) -> str:
    """Return that a feed is followed from now on."""
    when = ". Its articles come in within some minutes, and new ones as they appear."
    return (words("Followed: ") + _feed(feed) + words(when)).html


def feeds_message(feeds: Sequence[FollowedFeed]) -> str:
    """Return the feeds of a chat, numbered, with their troubles."""
    lines = []
    for feed in feeds:
        trouble = feed.trouble
        if feed.delayed and not trouble:
            trouble = f"{counted(feed.delayed, 'page')} could not be read so far: {feed.delay}"
        lines.append(_feed(feed) + words(f": {trouble}" if trouble else ""))
    return listed(bold("Feeds"), _numbered(lines))


def _numbered(lines: Iterable[Markup], first: int = 1) -> list[Markup]:
    return [words(f"{number}. ") + line for number, line in enumerate(lines, first)]


def _outcome(outcome: Outcome, paragraphs: int | None = None) -> Markup:
    if outcome.article is None:
        reason = shortened(outcome.reason or "", 2 * LONGEST_TITLE)
        return words(f"Not added: {shortened(outcome.source, LONGEST_TITLE)}: {reason}")
    line = _source(outcome.article)
    if paragraphs is not None:
        line = joined([line, words(counted(paragraphs, "paragraph"))], ", ")
    if outcome.article.note:
        line += words(f". Note: {outcome.article.note}")
    if outcome.status is Status.UNCHANGED:
        return words("Unchanged: this chat's library has it already: ") + line
    return words(f"{outcome.status.capitalize()}: ") + line


def _feed(feed: FollowedFeed) -> Markup:
    return isolated(linked(shortened(feed.title or feed.url, LONGEST_TITLE), feed.url))

"""What every output shares: safe characters, cuts, sentences, and the parts of an answer.

The parts are made once, as rich's `Text` with bold, underlined and linked words: the terminal
prints them, and `bot.rendering.telegram` writes them as HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from string import Formatter
from urllib.parse import quote as percent_encoded

from rich.style import Style
from rich.text import Text
from wcwidth import grapheme_boundary_before

from bot.rendering.language import N_, _, _n, all_of, any_of, day, number, period, reason
from retrieval import (
    HOW_TO_WRITE,
    Answer,
    AnswerStatus,
    Article,
    Filters,
    ListedArticle,
    ModelChange,
    Quote,
    Silence,
    Span,
    Status,
    StoredArticle,
)

# Lengths in UTF-16 units.
LONGEST_TITLE = 150  # so that a page of ten articles fits in one message
LONGEST_NAME = 80  # of a publisher or an author
LONGEST_HEADING = 400
LONGEST_SIDE = 100  # of the words in which two quotes differ

LONGEST_LINK = 2000  # bytes in HTML
COPIES_NAMED = 3  # so that three quotes with many links still fit in one message

# Of text fragments, which name a passage of a page by as few words as possible.
LONGEST_WHOLE = 80  # characters of a quote that a link repeats whole
FEWEST = 4  # words of each end that a link to a longer quote repeats
MOST_BEFORE = 12  # words before a quote that distinguish it from an equal passage

LEAST_LIKELY = 0.01
"""The least probability of a quote that is shown before more are requested, as a share of the most
probable quote's: on the samples' questions 2.2 of three quotes reach it."""

PROBABLY = N_("Probably:")

# -- characters

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that could steer a terminal or reverse the direction of a text, and half characters,
as in the names of files that are not UTF-8."""

LINE_ENDS = str.maketrans("\u2028\u2029", "\n\n")

LINK = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""They limit right-to-left direction to the text between them, so that commas, dates and numbers
beside it keep their places (Unicode's UAX #9)."""

# White space, or a full stop of a script that writes none, and what follows begins a word.
WORD_BREAK = re.compile(r"\s(?=\S)|[。！？][”’」』）]*(?=[^”’」』）。！？\s])")
SENTENCE_BREAK = re.compile(
    r"[.!?…][\"”'’»)\]]*\s+(?=\S)|[。！？][”’」』）]*\s*(?=[^”’」』）。！？\s])"
)


def plain(text: str) -> str:
    """Replace what could steer a terminal or what Telegram drops; the length stays the same.

    As TDLib's `clean_input_string`, which also replaces each tab by a space.
    """
    return CONTROL.sub("�", text.replace("\r\n", " \n")).translate(LINE_ENDS)


_THANKS = (
    r"(?:many )?thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|ty"
    r"|danke(?: ?schön| dir| sehr| vielmals)?|(?:vielen|besten|lieben|herzlichen|tausend) dank"
)
THANKS = re.compile(rf"(?:(?:{_THANKS})(?: bot)?\W*|[👍🙏👏👌❤]\W*)", re.IGNORECASE)
"""What thanks for an answer, and asks nothing."""
GREETING = re.compile(
    rf"(?:{_THANKS}|hi|hey|hello|help|good (?:morning|day|evening|night|bot)|bye|okay|ok"
    r"|lol|ha(?:ha)+|cool|great|nice|wow|i (?:love|like)(?: it| you| this)?|what can (?:you|i) do"
    r"|who are you|what is this|how does (?:this|it) work"
    r"|hallo|moin(?: moin)?|servus|grüezi|grüß (?:gott|dich|euch)|guten (?:morgen|tag|abend)"
    r"|gute nacht|tschüs+|hilfe|super|toll|prima|klasse|wer bist du|was (?:kannst|machst) du"
    r"|was ist das|wie (?:funktioniert|geht) das)"
    r"(?: there| all| everybody| bot| zusammen| alle)?\W*",
    re.IGNORECASE,
)
"""What is no question about articles."""
INTRODUCTION = N_("I answer questions with sentences of your articles, word for word.")


def questions_for(titles: Sequence[str]) -> list[str]:
    return [
        _("What is said about “{title}”?", title=shortened(title, LONGEST_TITLE))
        for title in titles[:3]
    ]


def words(text: str, style: str = "") -> Text:
    """Return a text from outside, safe to show."""
    return Text(plain(text), style)


def linked(text: str, *addresses: str | None) -> Text:
    """Return a text that links to the first of the addresses that Telegram takes, if any."""
    for address in map(plain, filter(None, addresses)):
        if LINK.fullmatch(address) and len(html.escape(address).encode()) <= LONGEST_LINK:
            return Text(plain(text), Style(link=address))
    return words(text)


def isolated(text: Text) -> Text:
    """Isolate a right-to-left part of a line from the text around it."""
    is_isolated = RIGHT_TO_LEFT.search(text.plain)
    return Text.assemble(ISOLATE, text, END_OF_ISOLATE) if is_isolated else text


def filled(template: str, **parts: Text | str) -> Text:
    """Put texts into the gaps of a translated template, with their links and styles."""
    pieces = [
        piece
        for literal, name, *rest in Formatter().parse(template)
        for piece in (literal, parts[name] if name else "")
    ]
    return Text.assemble(*pieces)


def joined(parts: Iterable[Text], separator: str) -> Text:
    """Join the parts that are not empty."""
    return Text(separator).join(filter(None, parts))


# -- lengths and cuts


def units(text: str) -> int:
    """Return the length of a text as Telegram counts it: in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def head(text: str, room: int) -> int:
    """Return the length of the longest beginning of at most `room` UTF-16 units."""
    return len(text[:room].encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore"))


def cut(text: str, room: int, *, after_sentence: bool = False) -> int:
    """Return where to cut a long text: after a word, or inside a word that fills the room.

    It may be cut `after_sentence`, if that fills half of the room.
    """
    most = head(text, room)
    if most == len(text):
        return most
    least = most // 2 if after_sentence else most
    for pattern, shortest in ((SENTENCE_BREAK, least), (WORD_BREAK, 0)):
        # The character after a break is matched, too: it must begin a word.
        ends = [match.end() for match in pattern.finditer(text, 0, most + 1)]
        if breaks := [end for end in ends if shortest < end <= most]:
            return breaks[-1]
    return grapheme_boundary_before(text, most + 1) or most


def shortened(text: str, room: int) -> str:
    """Return a text on one line of at most `room` UTF-16 units: whole words and an ellipsis."""
    line = " ".join(plain(text).split())
    return line if units(line) <= room else line[: cut(line, room - 1)].rstrip() + "…"


# -- sentences


def counted(number: int, noun: str) -> str:
    """Return a number of things: 1 article, 2 articles."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


COUNTS = {
    Status.ADDED: N_("{count} added"),
    Status.UPDATED: N_("{count} updated"),
    Status.UNCHANGED: N_("{count} unchanged"),
    Status.REMOVED: N_("{count} removed"),
    Status.FAILED: N_("{count} failed"),
}


def total_line(outcomes: dict[Status, int]) -> str:
    counts = [(text, outcomes.get(status)) for status, text in COUNTS.items()]
    return ", ".join(_(text, count=count) for text, count in counts if count)


def change_line(change: ModelChange) -> str:
    """Return the progress of a model change, which model answers, and how to continue."""
    return _n(
        "The model {after} has read {read} of {count} article; {before} answers until it has read "
        "all. `quotewise rebuild` lets it read them.",
        "The model {after} has read {read} of {count} articles; {before} answers until it has read "
        "all. `quotewise rebuild` lets it read them.",
        change.articles,
        after=plain(change.after),
        before=plain(change.before),
        read=number(change.read),
    )


# -- links to quotes

# Chinese and Japanese put no space between words: there a clause is the least that is named.
_WORD = re.compile(r"[^\s。，、；：！？]+[。，、；：！？]*|[。，、；：！？]+")


def passage_link(quote: Quote) -> str | None:
    """Return the article's URL with a text fragment that names the quote; None without a URL."""
    if not quote.article.url:
        return None
    # An address copied from a search engine may already name another passage.
    url = quote.article.url.partition(":~:")[0]
    if quote.gone_since:  # the page no longer has the passage
        return url
    mark = ":~:" if "#" in url else "#:~:"
    return f"{url}{mark}text={fragment(quote.article.text, quote.start, quote.end)}"


def fragment(text: str, start: int, end: int) -> str:
    """Return the value of a text directive for `text[start:end]`.

    See the WICG's URL Fragment Text Directives: `text=before-,start,end`. Words that are in the
    page and not in the article, such as its menu, are not known here.
    """
    lines = [_single_spaced(line).strip() for line in text[start:end].splitlines() if line.strip()]
    lines = lines or [""]
    before = _single_spaced(text[:start])
    page, at = _lower(before + " ".join(lines)), len(before)
    first, last = _words(lines[0])[0], _words(lines[-1])[1]
    # The words at both ends must lead to the quote at the end of the page.
    if _find(page, first) != at or _find(page, last, at + len(first)) != len(page) - len(last):
        first, last = lines[0], lines[-1]
    ends = lines if len(lines) == 1 and first == last == lines[0] else [first, last]
    *_, block = ["", *text[:start].rstrip().splitlines()]
    prefix = _prefix(page, at, before, len(_single_spaced(block).strip()), ends[0])
    return ",".join([*prefix, *map(_encoded, ends)])


def _words(line: str) -> tuple[str, str]:
    """Return the first and the last words of a long line; a short line is whole."""
    words, fewest = list(_WORD.finditer(line)), FEWEST if " " in line else 1
    if len(line) <= LONGEST_WHOLE or len(words) <= 2 * fewest:
        return line, line
    return line[: words[fewest - 1].end()], line[words[-fewest].start() :]


def _prefix(page: str, at: int, before: str, block: int, start: str) -> list[str]:
    """Return the words before a quote that distinguish it from an earlier place, if any must.

    They are of the last `block` characters before it, without white space at the end.
    """
    if _find(page, start) == at:
        return []
    begin = len(before.rstrip()) - block
    words = [match.start() for match in _WORD.finditer(before, begin)][-MOST_BEFORE:]
    for first in reversed(words):
        if _find(page, before[first:] + start) == first:
            return [f"{_encoded(before[first:].strip())}-"]
    return []


def _find(page: str, words: str, after: int = 0) -> int:
    """Return the first place of whole words in a page; -1 if they are not in it."""
    wanted = _lower(words)
    at = page.find(wanted, after)
    while at >= 0:
        end = at + len(wanted)
        edges = (page[at - 1 : at], wanted[:1]), (wanted[-1:], page[end : end + 1])
        if not any(left.isalnum() and right.isalnum() for left, right in edges):
            break
        at = page.find(wanted, at + 1)
    return at


def _single_spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _lower(text: str) -> str:
    """Return the text in lower case, unless that changes its length and so the places in it."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _encoded(words: str) -> str:
    """Percent-encode words, with the hyphens and commas that mean something in a directive."""
    return percent_encoded(words, safe="").replace("-", "%2D")


# -- sources of quotes


def names(article: Article | ListedArticle, word: str) -> bool:
    """Return whether an article's title, publisher, author or id has a word, in any case."""
    texts = (article.title, article.source or "", article.author or "", article.id)
    return any(word.casefold() in text.casefold() for text in texts)


def source(article: Article | ListedArticle, passage: str | None = None) -> Text:
    """Return title, publisher, author and date, as far as known; the title links to the text."""
    page = (article.url or "").partition("#")[0]
    title = linked(shortened(article.title, LONGEST_TITLE), passage or article.url, page)
    names = [
        words(shortened(name or "", LONGEST_NAME)) for name in (article.source, article.author)
    ]
    return joined([*map(isolated, (title, *names)), Text(day(article.published))], ", ")


def notes(quote: Quote) -> list[Text]:
    """Return that a quote is gone from its article, and who else has it."""
    return [gone(quote.gone_since), also_in(quote.article, quote.also_in)]


def gone(since: datetime | None) -> Text:
    """Return since when an article no longer has a quote; empty if it still has it."""
    text = since and _("no longer in the article since {day}", day=day(since))
    return Text(text or "", "bold red")


def also_in(article: Article, others: Iterable[Article]) -> Text:
    copies = {_publisher(article): article}
    for other in others:
        copies.setdefault(_publisher(other), other)
    links = [isolated(linked(name, copy.url)) for name, copy in copies.items()][1:]
    return filled(_("also in {publishers}"), publishers=_first_of(links)) if links else Text()


def _publisher(article: Article) -> str:
    return shortened(article.source or article.title, LONGEST_NAME)


def _first_of(links: Sequence[Text]) -> Text:
    names, more = joined(links[:COPIES_NAMED], ", "), len(links) - COPIES_NAMED
    if more <= 0:
        return names
    return filled(_("{names} and {count} more"), names=names, count=str(more))


def context(quote: Quote, stored: StoredArticle, neighbours: int = 1) -> tuple[str, str, str]:
    """Return a quote with what is before and after it in its paragraphs and the neighbours.

    It may have several: an interviewer's question is quoted with the reply in the next paragraph.
    """
    first = max(quote.paragraph - 1 - neighbours, 0)
    reached = [n for n, span in enumerate(stored.paragraphs) if span.start < quote.end]
    last = max([quote.paragraph - 1, *reached]) + neighbours
    begin, end = stored.paragraphs[first].start, stored.paragraphs[: last + 1][-1].end
    text = plain(stored.article.text[begin:end])
    start, stop = quote.start - begin, quote.end - begin
    return text[:start], text[start:stop], text[stop:]


# -- the parts of an answer


def shown_quotes(answer: Answer, count: int | None = None) -> tuple[Quote, ...]:
    """Return the quotes of an answer, or else the closest sentences; none if no article is related.

    With `count`, at most that many, without unlikely quotes at the end, unless they belong to a
    timeline or differ from another quote.
    """
    quotes = () if answer.silence is Silence.NOTHING else answer.shown[:count]
    if count is None or answer.timeline:
        return quotes
    least = LEAST_LIKELY * max((quote.score for quote in quotes), default=0.0)
    worth = [
        n for n, quote in enumerate(quotes, 1) if quote.score >= least or _differing(answer, quote)
    ]
    return quotes[: max(worth, default=0)]


def _differing(answer: Answer, quote: Quote) -> list[Span]:
    differences = answer.agreement.differences if answer.agreement else ()
    sides = [side for pair in differences for side in (pair.quote, pair.other)]
    return [
        Span(side.start - quote.start, side.end - quote.start)
        for side in sides
        if side.article == quote.article and quote.start <= side.start and side.end <= quote.end
    ]


LEFT_OUT = "[…]"

GOES_ON = re.compile(r"(?![\u0e00-\u0e7f])[\w,;，、；：]")
"""The last character of a part of a sentence. Thai ends sentences with letters as well."""


def quote_words(quote: Quote, answer: Answer | None = None) -> Text:
    """Return a quote with the words that answer in bold, and those that differ underlined.

    Marks show where a very long sentence, which is quoted in part, goes on.
    """
    text = words(quote.text)
    spans = [(span, "red underline") for span in (_differing(answer, quote) if answer else ())]
    spans += [(quote.answer, "bold")] if quote.answer else []
    for (start, end), style in spans:
        text.stylize(style, max(start, 0), max(end, 0))
    line_before = quote.article.text[: quote.start].rstrip(" \t").rpartition("\n")[2]
    line_after = quote.article.text[quote.end :].partition("\n")[0].strip()
    begins_inside = bool(line_before) and GOES_ON.fullmatch(line_before[-1])
    ends_inside = bool(line_after) and GOES_ON.fullmatch(quote.text[-1:])
    return joined(
        [
            Text(LEFT_OUT if begins_inside else ""),
            text,
            Text(LEFT_OUT if ends_inside else ""),
        ],
        " ",
    )


def quote_date(quote: Quote, answer: Answer | None = None) -> Text:
    """Return the date that stands above a quote of a timeline."""
    return Text(day(quote.article.published) if answer and answer.timeline else "", "bold")


def headings(answer: Answer, quotes: Sequence[Quote], lifted_by: str = "") -> list[Text]:
    """Return the lines above quotes: the question as it was understood, filters, certainty, order.

    If nothing answers, the line of the filters says why. `lifted_by` says how to lift filters that
    the question itself set.
    """
    lines = []
    nothing = answer.status is AnswerStatus.NONE
    if answer.understood:
        understood = _("Understood as: {question}", question=answer.understood)
        lines.append(Text(shortened(understood, LONGEST_HEADING), "dim"))
    if line := shortened(filters_line(answer), LONGEST_HEADING):
        lift = lifted_by if answer.inside is not None and answer.filters.words else ""
        whole = Text.assemble((line, "bold" if nothing else "dim"), (lift, "dim"))
        closest = _("Closest:") if quotes and nothing else ""
        lines.append(joined([whole, Text(closest)], " "))
    if answer.status is AnswerStatus.PROBABLE:
        lines.append(Text(_(PROBABLY), "bold"))
    if answer.timeline:
        lines.append(Text(_("In the order of publication:"), "bold"))
    return lines


def agreement(answer: Answer) -> Text:
    """Return who reports the same, with links, and where quotes differ; a timeline has none."""
    agreed = answer.agreement
    if agreed is None or answer.timeline:
        return Text()
    groups = []
    known = [quote for quote in answer.quotes[:1] if quote.article.source or quote.article.url]
    independent = (*known, *agreed.independent)
    if independent and (agreed.independent or agreed.copied):
        say_so = _n(
            "{count} publisher says so",
            "{count} publishers say so independently",
            len(independent),
        )
        groups.append((say_so, independent))
        if agreed.copied:
            copied = _n("{count} copied", "{count} copied", len(agreed.copied))
            groups.append((copied, agreed.copied))
    named = [
        Text.assemble(f"{phrase} (", _first_of([_publisher_link(quote) for quote in quotes]), ")")
        for phrase, quotes in groups
    ]
    lines = [joined(named, "; ")]
    for pair in agreed.differences:
        sides = []
        for side in (pair.quote, pair.other):
            by = joined([_publisher_link(side), Text(day(side.article.published))], ", ")
            sides.append(Text.assemble(shortened(side.text, LONGEST_SIDE), " (", by, ")"))
        lines.append(Text.assemble((_("They differ:"), "bold red"), " ", joined(sides, " – ")))
    return joined(lines, "\n")


def _publisher_link(quote: Quote) -> Text:
    return linked(_publisher(quote.article), passage_link(quote), quote.article.url)


# -- filters


def filters_line(answer: Answer) -> str:
    """Return which articles an answer is from: "Only articles of The Verge of 1–31 March 2023."

    If nothing answers for sure, also whether other articles do; and the dates of the question that
    could not be read.
    """
    line = _filters_sentence(answer)
    if not line and answer.status is AnswerStatus.NONE:
        nothing = answer.silence is Silence.NOTHING
        line = _("No article here speaks of that.") if nothing else _("Nothing here answers that.")
    dates = [_("“{words}”", words=answer.question[a:b]) for a, b in answer.filters.unread]
    unread = dates and _(
        "Could not read the date {dates}, which sets no limit: {how_to_write}.",
        dates=all_of(dates),
        how_to_write=reason(HOW_TO_WRITE),
    )
    return " ".join(filter(None, (line, unread or "")))


def _filters_sentence(answer: Answer) -> str:
    if answer.inside is None:
        return ""
    is_outside = answer.silence is Silence.OUTSIDE
    if answer.status is not AnswerStatus.NONE and is_outside:
        sentence = N_("Only {articles}; others answer that.")
    elif answer.status is not AnswerStatus.NONE:
        sentence = N_("Only {articles}.")
    elif answer.inside and is_outside:
        sentence = N_("No {article} answers that; others do.")
    elif answer.inside:
        sentence = N_("No {article} answers that, nor does any other.")
    elif is_outside:
        sentence = N_("There is no {article} here; others answer that.")
    else:
        sentence = N_("There is no {article} here, and no other answers that.")
    article = _filtered(_("article"), answer.filters)
    line = _(sentence, articles=filters_text(answer.filters), article=article)
    if answer.undated:
        left_out = _n(
            "{count} article without a date is left out.",
            "{count} articles without a date are left out.",
            answer.undated,
        )
        line = f"{line} {left_out}"
    return line


def filters_text(filters: Filters) -> str:
    """Return the articles that pass: articles by Bridie Nunn of The Verge since 12 June 2023."""
    return _filtered(_("articles"), filters)


def _filtered(articles: str, filters: Filters) -> str:
    since, until = filters.since, filters.until
    if filters.articles:
        ids = any_of(filters.articles)
        articles = _("{articles} with the id {ids}", articles=articles, ids=ids)
    if filters.authors:
        authors = any_of(filters.authors)
        articles = _("{articles} by {authors}", articles=articles, authors=authors)
    if filters.sources:
        publishers = any_of(filters.sources)
        articles = _("{articles} of {publishers}", articles=articles, publishers=publishers)
    if since and until:
        return _("{articles} of {days}", articles=articles, days=period(since, until))
    if since:
        return _("{articles} since {day}", articles=articles, day=day(since))
    if until:
        return _("{articles} until {day}", articles=articles, day=day(until))
    return articles

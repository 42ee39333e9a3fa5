"""Text that every output shares: characters made safe, lengths and cuts, and whole sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from retrieval import (
    HOW_TO_WRITE,
    Answer,
    AnswerStatus,
    Article,
    Filters,
    ModelChange,
    Quote,
    Silence,
    Span,
    Status,
    StoredArticle,
)

# -- characters

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that could steer a terminal or reverse the direction of a text."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half characters, as in the names of files that are not UTF-8."""

LINE_ENDS = str.maketrans("\u2028\u2029", "\n\n")

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""They limit right-to-left direction to the text between them, so that commas, dates and numbers
beside it keep their places (Unicode's UAX #9)."""

# White space, or a full stop of a script that writes none, and what follows begins a word.
WORD_BREAK = re.compile(r"\s(?=\S)|[。！？][”’」』）]*(?=[^”’」』）。！？\s])")
SENTENCE_BREAK = re.compile(
    r"[.!?…][\"'”’»)\]]*\s+(?=\S)|[。！？][”’」』）]*\s*(?=[^”’」』）。！？\s])"
)

JOINERS = re.compile(
    "[\u0e33\u0eb3\u200c\u200d\u1160-\u11ff\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
"""Characters outside category M that belong to the one before: joiners, vowels of Thai, Lao and
Korean syllables, Japanese sound marks, skin colours and the letters of flags."""
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]*\\Z")
CONSONANT_BEFORE = re.compile("[\u1100-\u115f]")


def plain(text: str) -> str:
    """Replace the characters that could steer a terminal; the length stays the same."""
    return CONTROL.sub("�", text.replace("\r\n", " \n"))


def clean(text: str) -> str:
    """Return the text as Telegram shows it; the length stays the same.

    As TDLib's `clean_input_string`, which also replaces each tab by a space.
    """
    return SURROGATE.sub("�", plain(text).translate(LINE_ENDS))


def isolated(text: str) -> str:
    """Isolate a right-to-left part of a line from the text around it."""
    return f"{ISOLATE}{text}{END_OF_ISOLATE}" if RIGHT_TO_LEFT.search(text) else text


# -- lengths and cuts


def units(text: str) -> int:
    """Return the length of a text as Telegram counts it: in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def head(text: str, room: int) -> int:
    """Return the length of the longest beginning of at most `room` UTF-16 units."""
    return len(text[:room].encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore"))


def cut(text: str, room: int) -> int:
    """Return where to cut a long text: after a sentence if that fills half of the room."""
    most = head(text, room)
    breaks = [] if most == len(text) else _breaks(SENTENCE_BREAK, text, most)
    return breaks[-1] if breaks and breaks[-1] > most // 2 else cut_words(text, room)


def cut_words(text: str, room: int) -> int:
    """Return where to cut a long text: after a word, or inside a word that fills the room."""
    most = head(text, room)
    if most == len(text):
        return most
    if breaks := _breaks(WORD_BREAK, text, most):
        return breaks[-1]
    return next((at for at in range(most, 0, -1) if begins_character(text, at)), most)


def _breaks(pattern: re.Pattern[str], text: str, most: int) -> list[int]:
    # The character after a break is matched, too: it must begin a word.
    ends = (match.end() for match in pattern.finditer(text, 0, most + 1))
    return [at for at in ends if at <= most and begins_character(text, at)]


def cut_start(text: str, room: int) -> int:
    """Return where the end of a long text begins that fits in the room: at a word, or inside it."""
    least = len(text) - head(text[-room:][::-1], room)
    if not least:
        return 0
    breaks = (match.end() for match in WORD_BREAK.finditer(text, least - 1))
    places = chain(breaks, range(least, len(text)))
    return next((at for at in places if begins_character(text, at)), len(text))


def begins_character(text: str, at: int) -> bool:
    """Return whether a character as readers see it begins at a place.

    Unicode's extended grapheme clusters (UAX #29), without a few signs that no living text has.
    """
    if at == 0:
        return True
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or JOINERS.match(after):
        return False
    # After a joiner, a virama or a leading Korean consonant, a letter is part of the same sign.
    if before == "\u200d" or unicodedata.combining(before) == 9 or CONSONANT_BEFORE.match(before):
        return False
    if (before, after) == ("\r", "\n"):
        return False
    if not FLAG.match(after):
        return True
    flags = FLAG.search(text, 0, at)
    return flags is None or len(flags[0]) % 2 == 0


def shortened(text: str, room: int) -> str:
    """Return a text on one line of at most `room` UTF-16 units: whole words and an ellipsis."""
    line = " ".join(clean(text).split())
    if units(line) <= room:
        return line
    return line[: cut_words(line, room - 1)].rstrip() + "…"


# -- words


def day(published: date | None) -> str:
    """Return a date as people write it: 8 October 2018."""
    return f"{published.day} {published:%B %Y}" if published else ""


def minute(when: datetime) -> str:
    """Return a time in UTC: 2018-10-08 09:30 UTC."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def counted(number: int, noun: str) -> str:
    """Return a number of things: 1 article, 2 articles."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def total_line(outcomes: dict[Status, int]) -> str:
    """Return how many sources were added, updated, unchanged, removed and failed."""
    return ", ".join(f"{outcomes[status]} {status}" for status in Status if outcomes.get(status))


def change_line(change: ModelChange) -> str:
    """Return the progress of a model change, which model answers, and how to continue."""
    return (
        f"The model {plain(change.after)} has read {change.read:,} of "
        f"{counted(change.articles, 'article')}; {plain(change.before)} answers until it has read "
        "all. `quotewise rebuild` lets it read them."
    )


def changed_line(change: ModelChange) -> str:
    """Return that a model change is complete."""
    return f"The model {plain(change.after)} has read all articles and answers from now on."


# -- sources of quotes

COPIES_NAMED = 3  # so that three quotes with many links still fit in one message


def publisher(article: Article) -> str:
    """Return the short name of an article in a list of several."""
    return article.source or article.title


def gone_line(gone_since: datetime | None) -> str:
    """Return since when an article no longer has a quote; empty if it still has it."""
    return f"no longer in the article since {day(gone_since)}" if gone_since else ""


def copies(article: Article, also_in: Iterable[Article]) -> list[Article]:
    """Return the other articles with the same quote: one per publisher, without its own."""
    named = {publisher(article): article}
    for other in also_in:
        named.setdefault(publisher(other), other)
    return list(named.values())[1:]


def more_copies(number: int) -> str:
    """Return how many of a number of articles are not named."""
    return f" and {number - COPIES_NAMED} more" if number > COPIES_NAMED else ""


def paragraphs_of(quote: Quote, article: StoredArticle) -> tuple[int, int]:
    """Return the first and last paragraph of a quote, from 0.

    An interviewer's question is quoted with the reply in the next paragraph.
    """
    first = last = quote.paragraph - 1
    while last + 1 < len(article.paragraphs) and article.paragraphs[last + 1].start < quote.end:
        last += 1
    return first, last


# -- answers

LEAST_LIKELY = 0.01
"""The least probability of a quote that is shown before more are requested, as a share of the most
probable quote's: on the samples' questions 2.2 of three quotes reach it."""

PROBABLY = "Probably:"
THEY_DIFFER = "They differ:"


def differing(answer: Answer, quote: Quote) -> tuple[Span, ...]:
    """Return the characters of a quote in which it differs from others."""
    differences = answer.agreement.differences if answer.agreement else ()
    sides = [side for pair in differences for side in (pair.quote, pair.other)]
    return tuple(
        Span(side.start - quote.start, side.end - quote.start)
        for side in sides
        if side.article == quote.article and quote.start <= side.start and side.end <= quote.end
    )


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
        n for n, quote in enumerate(quotes, 1) if quote.score >= least or differing(answer, quote)
    ]
    return quotes[: max(worth, default=0)]


class Heading(NamedTuple):
    """A line above the quotes; `bold` if it says how sure the answer is."""

    text: str
    bold: bool = True
    closest: str = ""
    """What follows the line where the closest sentences stand below it."""


def headings(answer: Answer, quotes: Sequence[Quote]) -> list[Heading]:
    """Return the lines above quotes: the question as it was understood, filters, certainty, order.

    If nothing answers, the line of the filters says why.
    """
    lines = []
    nothing = answer.status is AnswerStatus.NONE
    if answer.understood:
        lines.append(Heading(f"Understood as: {answer.understood}", bold=False))
    if line := filters_line(answer):
        lines.append(Heading(line, nothing, " Closest:" if quotes and nothing else ""))
    if answer.status is AnswerStatus.PROBABLE:
        lines.append(Heading(PROBABLY))
    if answer.timeline:
        lines.append(Heading("In the order of publication:"))
    return lines


def agreement_groups(answer: Answer) -> list[tuple[str, Sequence[Quote]]]:
    """Return the publishers that report the same fact, and those that copied it, with a phrase."""
    agreement = answer.agreement
    if not agreement or not (agreement.independent or agreement.copied):
        return []
    known = [quote for quote in answer.quotes[:1] if quote.article.source or quote.article.url]
    groups: list[tuple[str, Sequence[Quote]]] = []
    if independent := (*known, *agreement.independent):
        number = len(independent)
        say_so = "publishers say so independently" if number > 1 else "publisher says so"
        groups.append((f"{number} {say_so}", independent))
        if agreement.copied:
            groups.append((f"{len(agreement.copied)} copied", agreement.copied))
    return groups


# -- filters


def filters_line(answer: Answer) -> str:
    """Return which articles an answer is from: "Only articles of The Verge of 1–31 March 2023."

    If nothing answers for sure, also whether other articles do; and the dates of the question that
    could not be read.
    """
    line = _filters_sentence(answer)
    if not line and answer.status is AnswerStatus.NONE:
        nothing = answer.silence is Silence.NOTHING
        line = "No article here speaks of that." if nothing else "Nothing here answers that."
    dates = [f"“{answer.question[start:end]}”" for start, end in answer.filters.unread]
    unread = f"Could not read the date {' and '.join(dates)}, which sets no limit: "
    return " ".join(filter(None, (line, f"{unread}{HOW_TO_WRITE}." if dates else "")))


def _filters_sentence(answer: Answer) -> str:
    if answer.inside is None:
        return ""
    articles = filters_text(answer.filters)
    article = articles.replace("articles", "article", 1)
    is_outside = answer.silence is Silence.OUTSIDE
    if answer.status is not AnswerStatus.NONE:
        line = f"Only {articles}{'; others answer that' if is_outside else ''}."
    elif answer.inside:
        others = "; others do" if is_outside else ", nor does any other"
        line = f"No {article} answers that{others}."
    else:
        others = "; others answer that" if is_outside else ", and no other answers that"
        line = f"There is no {article} here{others}."
    if answer.undated:
        left_out = "is left out" if answer.undated == 1 else "are left out"
        line += f" {counted(answer.undated, 'article')} without a date {left_out}."
    return line


def can_be_lifted(answer: Answer) -> bool:
    """Return whether the question itself set the filters, so that it can be asked without them."""
    return answer.inside is not None and bool(answer.filters.words)


def filters_text(filters: Filters) -> str:
    """Return the articles that pass: articles by Bridie Nunn of The Verge since 12 June 2023."""
    by = f" by {_any_of(filters.authors)}" if filters.authors else ""
    source = f" of {_any_of(filters.sources)}" if filters.sources else ""
    named = f" with the id {_any_of(filters.articles)}" if filters.articles else ""
    return f"articles{named}{by}{source}{_period(filters.since, filters.until)}"


def _any_of(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _period(since: date | None, until: date | None) -> str:
    if since is None or until is None:
        after = f" since {day(since)}" if since else ""
        return after + (f" until {day(until)}" if until else "")
    if since == until:
        return f" of {day(since)}"
    if (since.year, since.month) == (until.year, until.month):
        return f" of {since.day}–{day(until)}"
    if since.year == until.year:
        return f" of {since.day} {since:%B} – {day(until)}"
    return f" of {day(since)} – {day(until)}"

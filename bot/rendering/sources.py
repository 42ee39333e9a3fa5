"""Phrases that are the same wherever they are shown: sources, links, filters, feeds, proofs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from urllib.parse import quote as percent_encoded

from rich.text import Text

from bot.rendering.characters import plain, shortened, shown
from retrieval import (
    Answer,
    AnswerStatus,
    Article,
    Filters,
    FollowedFeed,
    ModelChange,
    Quote,
    Silence,
    Status,
    StoredArticle,
)
from retrieval.proof import Checked, Verdict
from retrieval.records import Span
from retrieval.text.dates import HOW_TO_WRITE

LONGEST_WHOLE = 80  # characters of a quote that a link repeats whole
FEWEST = 4  # words of each end that a link to a longer quote repeats
MOST_BEFORE = 12  # words before a quote that tell it from another that says the same

# Chinese and Japanese put no space between words: there a clause is the least that is named.
_WORD = re.compile(r"[^\s。，、；：！？]+[。，、；：！？]*|[。，、；：！？]+")

NO_FEEDS = "No feeds are followed: `quotewise feed add LINK` follows one."

LONGEST = 80  # UTF-16 units of a quote, which is only to be known by them

KINDS_NAMED = 8
COPIES_NAMED = 3  # so that three quotes with many links still fit in one message

LONGEST_NAME = 80  # UTF-16 units of a publisher or an author

LEAST_LIKELY = 0.01
"""How probable a quote has to be to stand in an answer before more are asked for, as a share of
the probability of the most probable one: on the samples' questions 2.2 of three quotes are."""

PROBABLY = "Probably:"
NOTHING_ANSWERS = "Nothing here answers that."
CLOSEST = "Closest:"
IN_ORDER = "In the order of publication:"
NOTHING_SPEAKS = "No article here speaks of that."
UNDERSTOOD_AS = "Understood as: "


def shown_quotes(answer: Answer, count: int | None = None) -> tuple[Quote, ...]:
    """The quotes of an answer, or else the closest sentences; none where no article speaks of it.

    With `count`, at most that many, without unlikely ones at the end, unless they belong to a
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


def silence_line(answer: Answer) -> str:
    """Why nothing answers; an empty line where something does, if only probably."""
    if answer.status is not AnswerStatus.NONE:
        return ""
    return NOTHING_SPEAKS if answer.silence is Silence.NOTHING else NOTHING_ANSWERS


def passage_link(quote: Quote) -> str | None:
    """The article's URL with what leads a browser to the quote in it; None without URL."""
    if not quote.article.url:
        return None
    # An address copied from a search engine may already lead to some other passage.
    url = quote.article.url.partition(":~:")[0]
    if quote.gone_since:  # there is nothing to lead to
        return url
    mark = ":~:" if "#" in url else "#:~:"
    return f"{url}{mark}text={fragment(quote.article.text, quote.start, quote.end)}"


def source_line(article: Article, shown: Callable[[str], str] = str) -> str:
    """Title, publisher, author and date, as far as they are known, each as it is to be shown."""
    known = (article.title, article.source, article.author, day(article.published))
    return ", ".join(shown(value) for value in known if value)


def place_name(quote: Quote) -> str:
    """Where in its article a quote stands: a page, where the article has pages."""
    return f"page {quote.page}" if quote.page else f"paragraph {quote.paragraph}"


def paragraphs_of(quote: Quote, article: StoredArticle) -> tuple[int, int]:
    """The first and the last paragraph that a quote stands in, counted from 0: an interviewer's
    question brings its reply."""
    first = last = quote.paragraph - 1
    while last + 1 < len(article.paragraphs) and article.paragraphs[last + 1].start < quote.end:
        last += 1
    return first, last


def gone_line(gone_since: datetime | None) -> str:
    """That the article no longer says it; nothing where it does."""
    return f"no longer in the article since {day(gone_since)}" if gone_since else ""


def copies(article: Article, also_in: Iterable[Article]) -> list[Article]:
    """The others that have a quote of an article: one a publisher, and none of its own."""
    named = {publisher(article): article}
    for other in also_in:
        named.setdefault(publisher(other), other)
    return list(named.values())[1:]


def differing(answer: Answer, quote: Quote) -> tuple[Span, ...]:
    """The characters of a quote in which it differs from others."""
    differences = answer.agreement.differences if answer.agreement else ()
    sides = [side for pair in differences for side in (pair.quote, pair.other)]
    return tuple(
        Span(side.start - quote.start, side.end - quote.start)
        for side in sides
        if side.article == quote.article and quote.start <= side.start and side.end <= quote.end
    )


def publisher(article: Article) -> str:
    """What an article is called where many are told in a line."""
    return article.source or article.title


def more_copies(number: int) -> str:
    """How many other articles are not named."""
    return f" and {number - COPIES_NAMED} more" if number > COPIES_NAMED else ""


def day(published: date | None) -> str | None:
    """A date as people write it: 8 October 2018."""
    return f"{published.day} {published:%B %Y}" if published else None


def counted(number: int, noun: str) -> str:
    """A number of things: 1 article, 2 articles."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def left_out_line(kinds: Counter[str]) -> str:
    """How many files of a folder were left out, and of which kinds; empty where none was."""
    if not kinds:
        return ""
    names = [plain(kind) or "without an ending" for kind in sorted(kinds)]
    named = ", ".join(names[:KINDS_NAMED]) + (", …" if len(names) > KINDS_NAMED else "")
    number = kinds.total()
    left_out = "file of another kind was" if number == 1 else "files of other kinds were"
    return f"{number} {left_out} left out ({named})"


def total_line(outcomes: dict[Status, int]) -> str:
    """How many sources were added, updated, unchanged, removed and failed."""
    return ", ".join(f"{outcomes[status]} {status}" for status in Status if outcomes.get(status))


def change_line(change: ModelChange) -> str:
    """How far it is, which model answers meanwhile, and what lets it go on."""
    return (
        f"The model {plain(change.after)} has read {change.read:,} of "
        f"{counted(change.articles, 'article')}; {plain(change.before)} answers until it has read "
        "all. `quotewise rebuild` lets it read them."
    )


def changed_line(change: ModelChange) -> str:
    """That it is done."""
    return f"The model {plain(change.after)} has read all articles and answers from now on."


def proof_line(checked: Checked, *, of_several: bool = False) -> Text:
    """One line that says what became of a quote, and why."""
    stands = checked.verdict is Verdict.STANDS
    text = Text(checked.verdict, style="bold green" if stands else "bold red")
    place = f"answer {checked.answer}, {checked.place}" if of_several else checked.place
    text.append(f"  {plain(shown(place))}", style="default not bold")
    if checked.text:
        text.append(f": “{shortened(checked.text, LONGEST)}”", style="default not bold")
    if checked.article:
        source = f"{source_line(checked.article)}, SHA-256 {checked.article.sha256}"
        text.append(f"\n   {plain(source)}", style="green not bold")
    if checked.reason:
        text.append(f"\n   {plain(shown(checked.reason))}", style="default not bold")
    return text


def proof_total(checks: Sequence[Checked], *, enclosed: bool) -> str:
    """How many quotes stand, and in what."""
    where = "the articles that the file brings along" if enclosed else "the articles kept here"
    unchanged = sum(check.verdict is Verdict.STANDS for check in checks)
    if unchanged < len(checks):
        verb = "does" if len(checks) - unchanged == 1 else "do"
        return f"{len(checks) - unchanged} of {counted(len(checks), 'quote')} {verb} not stand."
    verb = "stands" if unchanged == 1 else "stand"
    return f"{counted(unchanged, 'quote')} {verb}, word for word, in {where}."


def proof_fields(checked: Checked) -> dict[str, Any]:
    """What became of a quote, as `proof --json` prints it."""
    return {
        "answer": checked.answer,
        "place": shown(checked.place),
        "verdict": checked.verdict,
        "reason": shown(checked.reason) or None,
        "text": shown(checked.text),
        "article": checked.article.id if checked.article else None,
        "sha256": checked.article.sha256 if checked.article else None,
    }


def feed_name(feed: FollowedFeed) -> str:
    """A feed's title and link."""
    return plain(" ".join(filter(None, (feed.title, feed.url))))


def feed_line(feed: FollowedFeed) -> Text:
    """One line of the list of feeds: what was read of it, what waits, and what the trouble is."""
    text = Text(plain(feed.url), style="bold cyan")
    text.append(f"  {plain(feed.title)}" if feed.title else "", style="default not bold")
    parts = [f"{feed.settled} read"]
    waiting = feed.waiting - feed.delayed
    parts += [f"{waiting} to be read by the next poll"] if waiting else []
    if feed.next_try:
        parts.append(f"{feed.delayed} to be tried again after {_minute(feed.next_try)}")
    parts += [f"next poll {_minute(feed.next_poll)}"] if feed.next_poll else ["polled no more"]
    text.append(f"  ({', '.join(parts)})", style="dim not bold")
    if feed.delay:
        text.append(f"  {plain(feed.delay)}", style="yellow not bold")
    if feed.trouble:
        text.append(f"  {plain(feed.trouble)}", style="red not bold")
        if feed.failures > 1:
            text.append(f" ({counted(feed.failures, 'time')} in a row)", style="red not bold")
    return text


def feed_fields(feed: FollowedFeed) -> dict[str, Any]:
    """All that is known of a feed."""
    return asdict(feed) | {
        "added": feed.added.isoformat(),
        "next_poll": feed.next_poll.isoformat() if feed.next_poll else None,
        "next_try": feed.next_try.isoformat() if feed.next_try else None,
        "interval": int(feed.interval.total_seconds()),
    }


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def filters_line(answer: Answer) -> str:
    """Which articles an answer is from: "Only articles of The Verge of 1–31 March 2023."

    Where nothing surely answers, also whether other articles do; and which dates of the question
    could not be read.
    """
    return " ".join(filter(None, (_limited(answer) or silence_line(answer), _unread(answer))))


def _limited(answer: Answer) -> str:
    if answer.inside is None:
        return ""
    these = filters_text(answer.filters)
    is_outside = answer.silence is Silence.OUTSIDE
    if answer.status is not AnswerStatus.NONE:
        line = f"Only {these}{'; others answer that' if is_outside else ''}."
    elif answer.inside:
        others = "; others do" if is_outside else ", nor does any other"
        line = f"No {_singular(these)} answers that{others}."
    else:
        others = "; others answer that" if is_outside else ", and no other answers that"
        line = f"There is no {_singular(these)} here{others}."
    if answer.undated:
        left_out = "is left out" if answer.undated == 1 else "are left out"
        line += f" {counted(answer.undated, 'article')} without a date {left_out}."
    return line


def _unread(answer: Answer) -> str:
    dates = [f"“{answer.question[start:end]}”" for start, end in answer.filters.unread]
    if not dates:
        return ""
    return f"Could not read the date {' and '.join(dates)}, which sets no limit: {HOW_TO_WRITE}."


def can_be_lifted(answer: Answer) -> bool:
    """Whether the question itself set the filters, so that it can be asked without them."""
    return answer.inside is not None and bool(answer.filters.words)


def filters_text(filters: Filters) -> str:
    """The articles that filters admit: articles by Bridie Nunn of The Verge since 12 June 2023."""
    by = f" by {_any_of(filters.authors)}" if filters.authors else ""
    source = f" of {_any_of(filters.sources)}" if filters.sources else ""
    named = f" with the id {_any_of(filters.articles)}" if filters.articles else ""
    return f"articles{named}{by}{source}{_when(filters.since, filters.until)}"


def _singular(these: str) -> str:
    return these.replace("articles", "article", 1)


def _any_of(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _when(since: date | None, until: date | None) -> str:
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


def fragment(text: str, start: int, end: int) -> str:
    """The directive's value for a part of a text, with as few words as lead there and only there.

    Words that stand in the page but not in the article, such as its menu's, are not known here.
    """
    lines = [_single_spaced(line).strip() for line in text[start:end].splitlines() if line.strip()]
    before = _single_spaced(text[:start])
    page, at = _alike(before + " ".join(lines)), len(before)
    ends = _ends(page, at, lines or [""])
    *_, block = ["", *text[:start].rstrip().splitlines()]
    named = [*_prefix(page, at, before, len(_single_spaced(block).strip()), ends[0])]
    return ",".join([*named, *map(_encoded, ends)])


def _ends(page: str, at: int, lines: list[str]) -> list[str]:
    """A quote of one short line whole, else the words at both ends that name it and no other.

    `page` ends with the quote, which begins at `at`. Where no words of a single line name it, it is
    given whole.
    """
    start = next((opening for opening in _openings(lines[0]) if _first(page, opening) == at), None)
    after = at + len(start or lines[0])
    ending = (
        closing
        for closing in _closings(lines[-1])
        if _first(page, closing, after) == len(page) - len(closing)
    )
    end = next(ending, None)
    if len(lines) > 1:
        return [start or lines[0], end or lines[-1]]
    return [start, end] if start and end and len(lines[0]) > LONGEST_WHOLE else lines


def _openings(line: str) -> list[str]:
    """The words that a line begins with, from a few to all; all of a short line."""
    if len(line) <= LONGEST_WHOLE:
        return [line]
    fewest = FEWEST if " " in line else 1
    return [line[: match.end()] for match in _WORD.finditer(line)][fewest - 1 :] or [line]


def _closings(line: str) -> list[str]:
    """The words that a line ends with, from a few to all; all of a short line."""
    if len(line) <= LONGEST_WHOLE:
        return [line]
    fewest = FEWEST if " " in line else 1
    return [line[match.start() :] for match in _WORD.finditer(line)][-fewest::-1] or [line]


def _prefix(page: str, at: int, before: str, block: int, start: str) -> list[str]:
    """The words before a quote, where they are needed to tell it from an earlier place.

    They are of the last `block` characters before it, white space at the end aside.
    """
    if _first(page, start) == at:
        return []
    begin = len(before.rstrip()) - block
    words = [match.start() for match in _WORD.finditer(before, begin)][-MOST_BEFORE:]
    for first in reversed(words):
        if _first(page, before[first:] + start) == first:
            return [f"{_encoded(before[first:].strip())}-"]
    return []


def _first(page: str, words: str, after: int = 0) -> int:
    """Where some words stand first in a page, whole; -1 where they do not."""
    wanted = _alike(words)
    at = page.find(wanted, after)
    while at >= 0:
        end = at + len(wanted)
        if not (
            _joined(page[at - 1 : at], wanted[:1]) or _joined(wanted[-1:], page[end : end + 1])
        ):
            break
        at = page.find(wanted, at + 1)
    return at


def _joined(character: str, other: str) -> bool:
    return character.isalnum() and other.isalnum()


def _single_spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _alike(text: str) -> str:
    """A text as it is compared; a letter that is longer in lower case would move all after it."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _encoded(words: str) -> str:
    """Words in a directive, where a hyphen and a comma mean something, in an address."""
    return percent_encoded(words, safe="").replace("-", "%2D")

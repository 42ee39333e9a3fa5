"""What is said of a source, and the link to a passage: the same wherever it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from rich.text import Text

from bot.rendering.characters import plain, shortened, shown
from bot.rendering.fragments import fragment
from retrieval import (
    Answer,
    AnswerStatus,
    Article,
    FollowedFeed,
    KeptArticle,
    ModelChange,
    Quote,
    Silence,
    Status,
)
from retrieval.proof import Checked, Verdict
from retrieval.records import Span

NO_FEEDS = "No feeds are followed: `quotewise feed add LINK` follows one."

LONGEST = 80  # UTF-16 units of a quote, which is only to be known by them

KINDS_NAMED = 8
COPIES_NAMED = 3  # so that three quotes with many links still fit in one message

LONGEST_NAME = 80  # UTF-16 units of a publisher or an author

LEAST_LIKELY = 0.005
"""How probable a quote has to be to stand in an answer before more are asked for. On halves of the
evaluation sets this leaves 1.4 to 2.2 quotes of three, and takes the answer from 3 in 1,000."""

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
    worth = [one.score >= LEAST_LIKELY or bool(differing(answer, one)) for one in quotes[1:]]
    return quotes[: 1 + max((at for at, likely in enumerate(worth, start=1) if likely), default=0)]


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
    return ", ".join(shown(one) for one in known if one)


def place_name(quote: Quote) -> str:
    """Where in its article a quote stands: a page, where the article has pages."""
    return f"page {quote.page}" if quote.page else f"paragraph {quote.paragraph}"


def paragraphs_of(quote: Quote, kept: KeptArticle) -> tuple[int, int]:
    """The first and the last paragraph that a quote stands in, counted from 0: an interviewer's
    question brings its reply."""
    first = last = quote.paragraph - 1
    while last + 1 < len(kept.paragraphs) and kept.paragraphs[last + 1].start < quote.end:
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
    sides = [side for one in differences for side in (one.one, one.other)]
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
    told = ", ".join(names[:KINDS_NAMED]) + (", …" if len(names) > KINDS_NAMED else "")
    number = kinds.total()
    left_out = "file of another kind was" if number == 1 else "files of other kinds were"
    return f"{number} {left_out} left out ({told})"


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


def proof_line(one: Checked, *, of_several: bool = False) -> Text:
    """One line that says what became of a quote, and why."""
    stands = one.verdict is Verdict.STANDS
    text = Text(one.verdict, style="bold green" if stands else "bold red")
    place = f"answer {one.answer}, {one.place}" if of_several else one.place
    text.append(f"  {plain(shown(place))}", style="default not bold")
    if one.text:
        text.append(f": “{shortened(one.text, LONGEST)}”", style="default not bold")
    if one.article:
        told = f"{source_line(one.article)}, SHA-256 {one.article.sha256}"
        text.append(f"\n   {plain(told)}", style="green not bold")
    if one.reason:
        text.append(f"\n   {plain(shown(one.reason))}", style="default not bold")
    return text


def proof_total(found: Sequence[Checked], *, enclosed: bool) -> str:
    """How many quotes stand, and in what."""
    where = "the articles that the file brings along" if enclosed else "the articles kept here"
    standing = sum(one.verdict is Verdict.STANDS for one in found)
    if standing < len(found):
        verb = "does" if len(found) - standing == 1 else "do"
        return f"{len(found) - standing} of {counted(len(found), 'quote')} {verb} not stand."
    verb = "stands" if standing == 1 else "stand"
    return f"{counted(standing, 'quote')} {verb}, word for word, in {where}."


def proof_fields(one: Checked) -> dict[str, Any]:
    """What became of a quote, as `proof --json` prints it."""
    return {
        "answer": one.answer,
        "place": shown(one.place),
        "verdict": one.verdict,
        "reason": shown(one.reason) or None,
        "text": shown(one.text),
        "article": one.article.id if one.article else None,
        "sha256": one.article.sha256 if one.article else None,
    }


def feed_name(feed: FollowedFeed) -> str:
    """A feed's title and link."""
    return plain(" ".join(filter(None, (feed.title, feed.url))))


def feed_line(feed: FollowedFeed) -> Text:
    """One line of the list of feeds: what was read of it, what waits, and what the trouble is."""
    text = Text(plain(feed.url), style="bold cyan")
    text.append(f"  {plain(feed.title)}" if feed.title else "", style="default not bold")
    told = [f"{feed.settled} read"]
    delayed = feed.delayed
    waiting = feed.waiting - (delayed.number if delayed else 0)
    told += [f"{waiting} to be read by the next poll"] if waiting else []
    if delayed:
        told.append(f"{delayed.number} to be tried again after {_minute(delayed.next_try)}")
    told += [f"next poll {_minute(feed.next_poll)}"] if feed.next_poll else ["polled no more"]
    text.append(f"  ({', '.join(told)})", style="dim not bold")
    if delayed:
        text.append(f"  {plain(delayed.why)}", style="yellow not bold")
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
        "delayed": feed.delayed
        and asdict(feed.delayed) | {"next_try": feed.delayed.next_try.isoformat()},
        "interval": int(feed.interval.total_seconds()),
    }


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"

"""What is said of a source, and the link to a passage: the same wherever it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime

from bot.rendering.characters import plain
from bot.rendering.fragments import fragment
from retrieval import Answer, AnswerStatus, Article, KeptArticle, Quote, Silence, Status
from retrieval.records import Span

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
    least = LEAST_LIKELY * max((one.score for one in quotes), default=0.0)
    worth = [n for n, one in enumerate(quotes, 1) if one.score >= least or differing(answer, one)]
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

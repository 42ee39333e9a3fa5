"""What a question itself says of who shall be quoted, and of when; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from retrieval.limits import dating, days, names, sourcing, telling
from retrieval.limits.holdings import Holdings
from retrieval.records import Limits, Span

WRITES = re.compile(r"\b(?:writ|wrote)|\b(?:by|['’]s?)\s", re.IGNORECASE)
"""What every question has that asks for an author's articles; few others need their names."""

NO_SUBJECT = re.compile(
    rf"\b(?:{telling.NOUNS}|publish(?:es|ed|ing)?|writ(?:es?|ing|ten)|wrote|according)\b"
    r"|\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b",
    re.IGNORECASE,
)
"""Words that speak of articles, and days in figures, whose order nobody can tell."""


def limits_of(question: str, now: datetime, holdings: Holdings) -> Limits:
    """The limits that a question sets by its words; none where it sets none."""
    called = names.publishers_in(question, holdings.publishers)
    publishers = sourcing.quoted(question, called)
    # Some papers name themselves as the author.
    people = [
        one
        for one in names.authors_in(question, holdings.authors if WRITES.search(question) else ())
        if all(one.span.end <= n.span.start or n.span.end <= one.span.start for n in called)
    ]
    authors = sourcing.writing(question, people)
    today = now.date()
    named = days.named(question, today)
    published = dating.published(question, named, len(publishers), today, holdings)
    words = [one.span for one in (*publishers, *authors)]
    if published:
        words += published.words
    return Limits(
        since=published.since if published else None,
        until=published.until if published else None,
        sources=tuple(dict.fromkeys(name for one in publishers for name in one.names)),
        authors=tuple(dict.fromkeys(name for one in authors for name in one.names)),
        words=tuple(sorted(words)),
    )


def without_limits(question: str, limits: Limits, now: datetime) -> str:
    """The question without the words that set its limits, name days, or speak of articles."""
    named = [one.span for one in days.named(question, now.date())]
    return NO_SUBJECT.sub(" ", blanked(question, (*limits.words, *named)))


def blanked(question: str, words: Sequence[Span]) -> str:
    """The question with spaces in the place of some of its words."""
    for start, end in words:
        question = question[:start] + " " * (end - start) + question[end:]
    return question

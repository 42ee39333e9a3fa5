"""Limits that are set outright, from what a person wrote for each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from retrieval.errors import QuotewiseError
from retrieval.limits import days
from retrieval.limits.forms import TO_WRITE, Period
from retrieval.records import Limits

WHICH = re.compile(
    r"(?:^|\s)(since|until|source|article)(?=\s|$)"
    # outside of quotation marks: as many of them close after it as open
    r"(?=[^\"“”]*(?:[\"“][^\"“”]*[\"”][^\"“”]*)*\Z)",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"“]([^\"“”]*)[\"”]")


def limits_given(
    now: datetime,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: Sequence[str] = (),
    articles: Sequence[str] = (),
) -> Limits:
    """The limits that somebody set: days as in "2023-03-01", "March 2023" or "last week".

    Raises QuotewiseError if a day cannot be read.
    """
    return Limits(
        since=None if since is None else _period("since", since, now).since,
        until=None if until is None else _period("until", until, now).until,
        sources=tuple(sources),
        articles=tuple(articles),
    )


def limits_written(words: str, now: datetime) -> Limits:
    """The limits that a person wrote in a line: "since March 2023 source The Verge".

    Raises QuotewiseError if a day cannot be read, or if it is not told what shall be limited.
    """
    opening, *parts = WHICH.split(words.strip())
    given: dict[str, list[str]] = {}
    for which, told in zip(parts[::2], parts[1::2], strict=True):
        quoted = QUOTED.fullmatch(told.strip())
        given.setdefault(which.lower(), []).append((quoted[1] if quoted else told).strip())
    if opening.strip() or not given or not all(all(told) for told in given.values()):
        raise QuotewiseError(
            "Say which articles, as in: /only since March 2023 source The Lamp. There are since "
            "DAY, until DAY, source NAME and article ID; a NAME that has one of these words in it "
            'stands in quotation marks: source "The Source Weekly".'
        )
    return limits_given(
        now,
        since=given.get("since", [None])[-1],
        until=given.get("until", [None])[-1],
        sources=given.get("source", []),
        articles=given.get("article", []),
    )


def _period(name: str, given: str, now: datetime) -> Period:
    told = " ".join(given.split())
    if re.fullmatch(r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])", told):
        first = date.fromisoformat(f"{told}-01")
        told = f"{first:%B %Y}"
    # A month and a year are read as such only after a preposition.
    for opening in ("", "in "):
        for one in days.named(opening + told, now.date()):
            if one.span == (len(opening), len(opening + told)):
                return Period(one.since, one.until)
    raise QuotewiseError(f"{name} {given!r} names no day that can be read: {TO_WRITE}.")

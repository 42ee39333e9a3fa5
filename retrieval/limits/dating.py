"""Which of the days in a question are those of the articles, and not of what happened; pure.

A day in a question is mostly that of an event, of which papers tell the day after and for years:
"the 1904 flood", "the vote of 12 June". A limit made of it would hide the answer. So a day is
taken for one of publication only where the question speaks of articles or reports, or counts from
now ("last week"), or says "since" or "as of"; and a month named by itself, if articles are of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from retrieval.limits import forms
from retrieval.limits.days import Days
from retrieval.limits.forms import Kind
from retrieval.limits.holdings import Holdings
from retrieval.limits.telling import NOUNS, VERBS
from retrieval.records import Span


@dataclass(frozen=True, slots=True)
class Published:
    """The first and the last day of publication, as far as there are limits, and the words."""

    since: date | None
    until: date | None
    words: tuple[Span, ...]


class Part(Enum):
    """The part that days play in a question."""

    AS_OF = "as of"
    SINCE = "since"
    REPORTED = "reported"  # they are said to be those of an article
    NOW = "now"  # counted from now
    MAYBE = "maybe"  # those of an article, if there is one
    EVENT = "event"


ARTICLES = (
    r"(?:articles?|stor(?:y|ies)|coverage|news|headlines|columns?|editorials?|interviews?"
    r"|reporting)"
)
AS_OF = re.compile(rf"{forms.AS_OF}\Z", re.IGNORECASE)
THIRDS = (re.compile(r"\b(?:early|start|beginning)\b", re.I), re.compile(r"\bmid(?:dle)?\b", re.I))
"""What says that only the first third of a year or month is over, or that two are."""
SINCE = re.compile(r"\bsince(?: [^\s,;:.?!]+){0,6}? ?\Z", re.IGNORECASE)
ON = (
    r"(?: (?:on|in|at|during|from|of|dated|before|after|since|until|between|the|date))*"
    r"['‘(]* ?['‘]?\Z"
)
PUBLISHED = re.compile(rf"\b(?:published|posted|printed|dated|appear(?:s|ed|ing)?){ON}", re.I)
ARTICLE_OF = re.compile(rf"\b{ARTICLES}(?: \w+)? (?:from|of|in|on|dated|during|since){ON}", re.I)
NOUN_OF = re.compile(rf"\b(?:{NOUNS}|the one)(?: \w+)? (?:from|of|in|on|dated){ON}", re.I)
SAYS_ON = re.compile(rf"\b{VERBS}(?: again)? (?:in|on|during)(?: the)? ?\Z", re.IGNORECASE)
TELLS_OF_ARTICLES = re.compile(rf"\b(?:{NOUNS}|report(?:s|ed)?)\b", re.IGNORECASE)
ITS_ARTICLE = re.compile(rf"(?:['’]s?)?(?: \w+)? {ARTICLES}\b", re.IGNORECASE)
IN = re.compile(r"\b(?:in|during)(?: (?:early|mid|late))?[ -]\Z", re.IGNORECASE)
AFTER = re.compile(r"\b(?:after|since)(?: [^\s,]+){0,3} ?['‘]?\Z", re.IGNORECASE)
BEFORE = re.compile(r"\b(?:before|until|till|by) ?['‘]?\Z", re.IGNORECASE)
NOWADAYS = re.compile(r"\b(?:is|are|as|even|still|than|of|until|to|'s) \Z", re.IGNORECASE)
TO_COME = re.compile(r"\b(?:will|won't|going to|shall|upcoming|scheduled|next)\b", re.IGNORECASE)
MORE_THAN_ONE = re.compile(
    r"\b(?:later|subsequent(?:ly)?|follow-?up|another|second|earlier|previous(?:ly)?|other|both"
    r"|compared|between|consisten(?:t|cy)|inconsisten(?:t|cy))\b",
    re.IGNORECASE,
)


def published(
    question: str, named: Sequence[Days], mentions: int, today: date, holdings: Holdings
) -> Published | None:
    """When the articles that a question asks for were published; None where it does not say.

    `mentions` counts how often it names a publisher as the one to be quoted. "As of" sets a limit
    only where a day clearly follows: "as of Node 20.11.1" and "as of 6/7" set none.
    """
    if not holdings.dated:
        return None
    parts = [(one, _part(question, one, mentions > 0)) for one in named]
    return (
        _as_of_and_since(question, parts, holdings)
        or _reported(question, parts, mentions)
        or _implied(question, parts, mentions, today, holdings)
    )


def _part(question: str, one: Days, quotes_somebody: bool) -> Part:
    before, after = question[: one.span.start], question[one.span.end :]
    if AS_OF.search(before) and not (
        before.endswith("the ") and one.kind in (Kind.MONTH, Kind.YEAR)
    ):
        return Part.AS_OF
    if SINCE.search(before) and not PUBLISHED.search(before):
        return Part.SINCE
    tells = quotes_somebody or TELLS_OF_ARTICLES.search(question)
    if (tells and PUBLISHED.search(before)) or ARTICLE_OF.search(before):
        return Part.REPORTED
    if quotes_somebody and (NOUN_OF.search(before) or SAYS_ON.search(before)):
        return Part.REPORTED
    if ITS_ARTICLE.match(after):
        return Part.REPORTED
    told = question[slice(*one.span)].lower()
    if one.kind is Kind.COUNTED and told.endswith(("year", "years")):
        return Part.EVENT  # "in the past five years" tells how long something took
    if one.kind is Kind.COUNTED:
        if told == "today" or told.startswith("this "):
            return Part.EVENT if NOWADAYS.search(before) or TO_COME.search(question) else Part.MAYBE
        # "Last week's game" may be the name of a game long past, in an old article's words.
        return Part.MAYBE if re.match(r"['’]", after) else Part.NOW
    if one.kind is Kind.LONG_AGO or (one.kind is Kind.MONTH and IN.search(before)):
        return Part.MAYBE
    return Part.EVENT


def _as_of_and_since(
    question: str, parts: Sequence[tuple[Days, Part]], holdings: Holdings
) -> Published | None:
    until = [one for one, part in parts if part is Part.AS_OF]
    since = [
        one
        for one, part in parts
        # What leaves nothing out limits nothing: "since 1904" in an archive that begins in 1990.
        if part is Part.SINCE and holdings.begins_before(one.since)
    ]
    if not until and not (since and _mostly_dated(holdings)):
        return None
    return Published(
        max((one.since for one in since), default=None),
        min((_end_as_of(question, one) for one in until), default=None),
        tuple(one.span for one in (*since, *until)),
    )


def _end_as_of(question: str, one: Days) -> date:
    """The last day that "as of" some days lets in: of mid-2019, two thirds of the year."""
    opening = AS_OF.search(question[: one.span.start])
    over = (n for n, third in enumerate(THIRDS, 1) if opening and third.search(opening[0]))
    return one.since + (one.until - one.since) * next(over, 3) // 3


def _reported(question: str, parts: Sequence[tuple[Days, Part]], mentions: int) -> Published | None:
    """From the first day to the last that articles are said to be of.

    Where more articles than days are told of, the day of one says nothing of the others.
    """
    days = [one for one, part in parts if part is Part.REPORTED]
    if not days:
        return None
    days = [one for one, part in parts if part is Part.REPORTED or one.kind is Kind.DAY]
    if mentions > len(days) or (len(days) == 1 and MORE_THAN_ONE.search(question)):
        return None
    before = [question[: one.span.start] for one in days]
    return Published(
        None if any(map(BEFORE.search, before)) else min(one.since for one in days),
        None if any(map(AFTER.search, before)) else max(one.until for one in days),
        tuple(one.span for one in days),
    )


def _implied(
    question: str,
    parts: Sequence[tuple[Days, Part]],
    mentions: int,
    today: date,
    holdings: Holdings,
) -> Published | None:
    days = [(one, part) for one, part in parts if part in (Part.NOW, Part.MAYBE)]
    sure = any(part is Part.NOW for _, part in days)
    compares = mentions > 1 or MORE_THAN_ONE.search(question)
    if not days or not _mostly_dated(holdings) or (compares and not sure):
        return None
    since = min(one.since for one, _ in days)
    last = max(one.until for one, _ in days)
    if all(one.since == one.until for one, _ in days):
        last += timedelta(1)  # papers tell of yesterday today
    until = last if last < today else None
    found = Published(since, until, tuple(one.span for one, _ in days))
    return found if sure or holdings.has_any(since, until) else None


def _mostly_dated(holdings: Holdings) -> bool:
    """Whether leaving out what has no date leaves most articles in."""
    return holdings.dated >= holdings.undated

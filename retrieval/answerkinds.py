"""The kinds of answer that a question asks for, and how much of them a sentence has; pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from retrieval import numerals
from retrieval.days import MONTHS

MOST_COUNTED = 3.0
"""Names, numbers and places beyond which more of them say no more."""

TIME_WORD = 0.3
"""What a word such as "ago" counts, where a date is 1."""

_DATE = re.compile(
    rf"\b(?:1\d|20)\d\ds?\b|\b(?:{'|'.join(MONTHS)}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
_TIME = re.compile(
    r"\b(?:centur(?:y|ies)|decades?|years?|months?|weeks?|days?|hours?|minutes?|morning|evening"
    r"|night|ago|since|until|before|after|during|early|late|today|yesterday|tomorrow)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|on|into|across|around|outside)\s+(?:the\s+)?[A-Z]\w"
)
_NUMBER_WORD = re.compile(
    rf"\b(?:one|(?:{'|'.join(numerals.IN_WORDS)})s?|half|quarter|third|double|twice)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|since|due to|so that|in order to|caused?|reasons?|results?|therefore|thus"
    r"|led to|leads to|to (?:avoid|prevent|protect|allow|make|keep|reduce|ensure)|owing to"
    r"|thanks to|so (?:as|he|she|they|it|we))\b",
    re.IGNORECASE,
)

_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b|\bhow long\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)
_WHERE = re.compile(
    r"\bwhere\b|\b(?:what|which) (?:country|city|place|state|town|region|location)\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|often|far|tall|high|big|large|deep|fast|old|long)\b"
    r"|\bwhat (?:percent\w*|number|amount|share|proportion|size|height|price)\b",
    re.IGNORECASE,
)
_WHY = re.compile(r"\bwhy\b|\bwhat (?:caused|(?:is|was) the reason)\b", re.IGNORECASE)


class Kinds(NamedTuple):
    """Which kinds of answer a question asks for: none, where it is not in English."""

    when: bool
    who: bool
    where: bool
    how_many: bool
    why: bool


def kinds(question: str) -> Kinds:
    """The kinds of answer that a question asks for, by its words."""
    return Kinds(*(bool(one.search(question)) for one in (_WHEN, _WHO, _WHERE, _HOW_MANY, _WHY)))


def counts(wanted: Kinds, told: str, names_anew: int, numbers_anew: int) -> tuple[float, ...]:
    """How much a sentence has of each kind that is asked for; 0 for the others.

    `names_anew` and `numbers_anew` count those in it that the question does not have.
    """
    return (
        wanted.when and _some(len(_DATE.findall(told)) + TIME_WORD * len(_TIME.findall(told))),
        wanted.who and _some(names_anew),
        wanted.where and _some(len(_PLACE.findall(told))),
        wanted.how_many and _some(numbers_anew + len(_NUMBER_WORD.findall(told))),
        wanted.why and _some(len(_CAUSE.findall(told))),
    )


def _some(number: float) -> float:
    return min(number, MOST_COUNTED)

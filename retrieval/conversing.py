"""A question of a conversation: what it is taken for, and what was told before yields."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from retrieval import answering, followups
from retrieval.records import Answer, ArticleRef, Turn
from retrieval.scoring import Scored

YIELDS = 4.0
"""By how much the score (a logarithm of odds) of a sentence that was told before may be better than
that of another one of its article, which
is then shown before it."""

YIELDS_TO_CARRIED = 14.0
"""The same where a whole earlier question was carried over: its words are those of the old answer,
and make it better than it is."""

NEARLY_AS_WELL = math.exp(-3)
"""A question that may be about something new is taken for a follow-up only if the articles of the
conversation answer it, as it was asked, with at least this share of the odds of the best ones."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told before in the same conversation, on one line each.

    `yields` is by how much a sentence of it may be better than another, and is shown after it.
    """

    texts: tuple[str, ...] = ()
    yields: float = YIELDS


NOTHING = Told()


class Ask(Protocol):
    """Answers a question by itself, from the articles with some keys only, if not from all."""

    def __call__(
        self, question: str, *, only: Collection[int] | None, told: Told = NOTHING
    ) -> Answer: ...


def answered(
    question: str,
    earlier: Sequence[Turn],
    ask: Ask,
    keys: Callable[[Sequence[ArticleRef]], set[int]],
    only: Collection[int] | None,
) -> Answer:
    """The answer to a question as it is meant after the turns before it.

    A question that stands by itself, or that is better answered so, is answered as if it had been
    asked alone. `keys` gives the keys of some articles.
    """
    meant = followups.completed(question, earlier)
    if meant is None or len(meant.text) > answering.LONGEST_QUESTION:
        return ask(question, only=only)
    told = Told(
        tuple(
            " ".join(one.told.split())
            for one in earlier
            if one.told and one.question != meant.text  # who asks again is told again
        ),
        YIELDS_TO_CARRIED if meant.carries else YIELDS,
    )
    answer = ask(meant.text, only=only, told=told)
    answer = replace(answer, question=question, understood=meant.text)
    if not meant.certain:
        alone = ask(question, only=only)
        there = partial(ask, question, only=_first_article(answer, keys, only))
        if not _is_rather(answer, alone, there):
            answer = alone
    return answer


def turn(answer: Answer) -> Turn:
    """An answer as a turn for the questions after it."""
    told = answer.quotes[0].text if answer.quotes else ""
    return Turn(answer.understood or answer.question, told, settled=True)


def yielding(scored: Sequence[Scored], told: Told) -> list[Scored]:
    """The sentences, best first, where one that was told before is not the first of its article.

    It changes places with the best of the article that was not told, unless it is much better. So
    the order of the articles stays as it was.
    """
    order = list(scored)
    before = [place for place, one in enumerate(order) if _was_told(one, told)]
    for place in before:
        one = order[place]
        for later, other in enumerate(order[place + 1 :], place + 1):
            if one.score - other.score > told.yields:
                break
            same = other.ranked.kept.ref == one.ranked.kept.ref
            if same and not _was_told(other, told):
                order[place] = replace(other, score=one.score)
                order[later] = replace(one, score=other.score)
                break
    return order


def _first_article(
    answer: Answer, keys: Callable[[Sequence[ArticleRef]], set[int]], only: Collection[int] | None
) -> set[int]:
    """The keys of the article that is quoted first, so far as it may be quoted."""
    there = keys([quote.ref for quote in (*answer.quotes, *answer.closest)[:1]])
    return there if only is None else there.intersection(only)


def _is_rather(completed: Answer, alone: Answer, there: Callable[[], Answer]) -> bool:
    """Whether a question is rather a follow-up than about something new.

    With what was carried over it must be answered better. But the carried words find their article
    by themselves: so that article must have nearly as good an answer to the question's own words,
    which is `there`, as all articles have.
    """
    if completed.raw <= alone.raw:
        return False
    return _odds(there()) >= NEARLY_AS_WELL * _odds(alone)


def _odds(answer: Answer) -> float:
    return answer.raw / max(1 - answer.raw, 1e-9)


def _was_told(one: Scored, told: Told) -> bool:
    text = one.ranked.kept.article.text[one.sentence.start : one.sentence.end]
    sentence = " ".join(text.split())
    return any(sentence in other for other in told.texts)

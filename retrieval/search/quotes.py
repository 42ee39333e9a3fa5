"""Quotes from candidates: with the context they need, and none that repeats another."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from retrieval.records import Answer, AnswerStatus, Article, Quote, Span
from retrieval.search.records import Candidate, SearchResult
from retrieval.storage import Catalog
from retrieval.text import matching
from retrieval.text.context import with_context
from retrieval.text.languages import spaced
from retrieval.text.near_duplicates import PROSE_READ, has_new_fact

ARTICLES_OF_STORY = 20  # articles of a story to search for the sentences of a quote
MOST_CLOSEST = 3  # sentences to show where nothing answers
LONGEST_ANSWER = 0.6  # share of a quote up to which the words that answer are marked

ALSO_ANSWERS = 0.25
"""The least share of the best sentence's probability at which a neighbour is joined to it, where
the question asks why or how."""

REPEATS = 0.8
"""Two quotes that share this much of their words are repetitions, unless the second has another
number, date or name."""

REPEATS_IN_STORY = 0.5
"""The same for two articles of one story, where a sentence that shares half of its words with
another is an edited copy."""

HELD_IN_STORY = 0.8
"""The share of its words with which a sentence is a part of a longer quote of the same story."""

HOW_MUCH = re.compile(
    r"(?i)\bhow\s+(?:many|much|long|old|far|often|big|large|tall|high|fast|deep|soon)\b"
)
_ASKS_FOR_REASONS = re.compile(r"(?i)\b(?:why|how)\b")


def quoted(
    catalog: Catalog,
    answer: Answer,
    result: SearchResult,
    limit: int,
    allowed: Collection[int] | None,
) -> Answer:
    """The answer with its quotes, or with the closest sentences where nothing answers.

    `allowed` has the keys of the articles that may be quoted; None for all of them.
    """
    if answer.status is AnswerStatus.NONE:
        limit = min(limit, MOST_CLOSEST)
    stories = catalog.stories([candidate.stored.id for candidate in result.candidates])
    quotes = tuple(
        with_copies(catalog, quote, story, allowed)
        for quote, story in chosen(answer.question, result.candidates, limit, stories)
    )
    if answer.status is AnswerStatus.NONE:
        return replace(answer, closest=quotes)
    return replace(answer, quotes=quotes)


def chosen(
    question: str, candidates: Sequence[Candidate], limit: int, stories: Mapping[int, int]
) -> list[tuple[Quote, int | None]]:
    """The best candidates as quotes without repetitions, each with the number of its story.

    `stories` has the number of the story by the passage's id.
    """
    quotes: list[tuple[Quote, int | None]] = []
    for candidate, share in zip(candidates, shares(candidates), strict=True):
        if len(quotes) == limit:
            break
        stored, also = candidate.stored, _also_answering(question, candidate, candidates)
        span = with_context(stored.article.text, stored.passage.sentences, candidate.place, also)
        quote, story = _quote_of(candidate, span, share), stories.get(stored.id)
        if not any(_repeats(quote, story, *other) for other in quotes):
            quotes.append((quote, story))
    return quotes


def shares(candidates: Sequence[Candidate]) -> list[float]:
    """The probability of each candidate that it answers, if any of them does."""
    if not candidates:
        return []
    scores = np.array([candidate.score for candidate in candidates])
    odds = np.exp(scores - scores.max())
    return [float(share) for share in odds / odds.sum()]


def sentence_quote(candidate: Candidate, score: float) -> Quote:
    """A candidate's sentence as a quote, without its neighbours."""
    return _quote_of(candidate, candidate.span, score)


def with_copies(
    catalog: Catalog, quote: Quote, story: int | None, allowed: Collection[int] | None
) -> Quote:
    """The quote from the earliest article of its story, with the other articles that have it.

    The earliest is that of the first known date among the articles with the same sentences; without
    dates, the quote's own.
    """
    if story is None:
        return quote
    span = Span(quote.start, quote.end)
    places: dict[Article, Span] = {quote.article: span}
    for key, other in catalog.articles_of_story(story, ARTICLES_OF_STORY).items():
        if other.id != quote.article.id and (allowed is None or key in allowed):
            place = matching.place(quote.article.text, span, other.text)
            if place:
                places[other] = place.span
    first = min(places, key=lambda article: article.published_key)
    if first != quote.article:
        first_quote = matching.quoted(first, places[first], quote.library)
        answer = quote.answer if first_quote.text == quote.text else None
        quote = replace(first_quote, score=quote.score, answer=answer)
    return replace(quote, also_in=tuple(article for article in places if article != first))


def _also_answering(
    question: str, candidate: Candidate, candidates: Sequence[Candidate]
) -> frozenset[int]:
    """The places of neighbours that answer as well, if the question asks for reasons."""
    if not _ASKS_FOR_REASONS.search(HOW_MUCH.sub("", question)):
        return frozenset()
    least = candidate.score + np.log(ALSO_ANSWERS)
    return frozenset(
        other.place
        for other in candidates
        if other.stored.id == candidate.stored.id
        and abs(other.place - candidate.place) == 1
        and other.score >= least
    )


def _quote_of(candidate: Candidate, span: Span, score: float) -> Quote:
    stored, (start, end), answer = candidate.stored, span, candidate.answer
    if answer and answer.end - answer.start < LONGEST_ANSWER * (end - start):
        answer = Span(answer.start - start, answer.end - start)
    else:
        answer = None
    return Quote(
        stored.article.text[start:end],
        stored.article,
        stored.passage.paragraph,
        start,
        end,
        score,
        answer=answer,
        library=stored.library,
    )


def _repeats(quote: Quote, story: int | None, other: Quote, other_story: int | None) -> bool:
    same_text = quote.article.text == other.article.text  # two libraries may hold one text
    if same_text and quote.start < other.end and other.start < quote.end:
        return True
    words, others = (set(spaced(q.text).lower().split()) for q in (quote, other))
    shared, all_words = len(words & others), len(words | others)
    enough = REPEATS * all_words
    if not same_text and story is not None and story == other_story:
        enough = min(REPEATS_IN_STORY * all_words, HELD_IN_STORY * min(len(words), len(others)))
    prose = quote.article.text[:PROSE_READ]
    return shared >= enough and not has_new_fact(quote.text, other.text, prose)

"""Candidates become quotes, none of which repeats another."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.records import Answer, AnswerStatus, Article, Quote, Span
from retrieval.search.candidates import Candidate
from retrieval.storage import Catalog
from retrieval.text import matching
from retrieval.text.context import with_context
from retrieval.text.scripts import spaced
from retrieval.text.tokens import PROSE_READ, has_new_fact

if TYPE_CHECKING:
    from retrieval.search.pipeline import SearchResult

ARTICLES_OF_STORY = 20  # articles of a story that are searched for the sentences of a quote
MOST_CLOSEST = 3  # sentences that are shown where nothing answers
LONGEST_ANSWER = 0.6  # share of a quote up to which the words that answer stand out

ALSO_ANSWERS = 0.25
"""The share of the best sentence's probability from which on a neighbour is joined to it, where
the question asks why or how."""

REPEATS = 0.8
"""Two quotes that share this much of their words tell the reader the same, unless the second has
another number, date or name."""

REPEATS_IN_STORY = 0.5
"""The same for two articles of one story, where a sentence that shares half of its words with
another is the same one, edited."""

HOLDS_IN_STORY = 0.8
"""Nor is a sentence shown again that a longer quote of the story holds, this much of its words."""

HOW_MUCH = re.compile(
    r"\bhow\s+(?:many|much|long|old|far|often|big|large|tall|high|fast|deep|soon)\b", re.IGNORECASE
)
_ASKS_FOR_REASONS = re.compile(r"\b(?:why|how)\b", re.IGNORECASE)


def quoted(
    catalog: Catalog,
    answer: Answer,
    result: SearchResult,
    limit: int,
    within: Collection[int] | None,
) -> Answer:
    """The answer with its quotes, or with the closest sentences where nothing answers.

    `within` has the keys of the articles that may be quoted; None for all of them.
    """
    if answer.status is AnswerStatus.NONE:
        limit = min(limit, MOST_CLOSEST)
    stories = catalog.stories([candidate.stored.id for candidate in result.candidates])
    quotes = tuple(
        with_copies(catalog, quote, story, within)
        for quote, story in chosen(answer.question, result.candidates, limit, stories)
    )
    if answer.status is AnswerStatus.NONE:
        return replace(answer, closest=quotes)
    return replace(answer, quotes=quotes)


def chosen(
    question: str, candidates: Sequence[Candidate], limit: int, stories: Mapping[int, int]
) -> list[tuple[Quote, int | None]]:
    """The best candidates as quotes, each with the number of its article's story.

    None repeats another. `stories` has the number of the story by the passage's id.
    """
    probabilities = shares(candidates)
    quotes: list[tuple[Quote, int | None]] = []
    for candidate, probability in zip(candidates, probabilities, strict=True):
        if len(quotes) == limit:
            break
        quote = _quote(question, candidate, candidates, probability)
        story = stories.get(candidate.stored.id)
        if not any(_repeats(quote, story, *other) for other in quotes):
            quotes.append((quote, story))
    return quotes


def shares(candidates: Sequence[Candidate]) -> list[float]:
    """How probable it is of each candidate that it answers, if any of them does."""
    if not candidates:
        return []
    scores = np.array([candidate.score for candidate in candidates])
    odds = np.exp(scores - scores.max())
    return [float(share) for share in odds / odds.sum()]


def sentence_quote(candidate: Candidate, score: float) -> Quote:
    """A candidate's sentence as a quote, without its neighbours."""
    return _quote_of(candidate, candidate.span, score)


def with_copies(
    catalog: Catalog, quote: Quote, story: int | None, within: Collection[int] | None
) -> Quote:
    """The quote as the first article of its story has it, and the others that have it too.

    The first is the one published earliest, so far as dates are known, of those that say the same
    word for word; else the one that was ranked best.
    """
    if story is None:
        return quote
    span = Span(quote.start, quote.end)
    places: dict[Article, Span] = {quote.article: span}
    for key, other in catalog.articles_of_story(story, ARTICLES_OF_STORY).items():
        if other.id != quote.article.id and (within is None or key in within):
            place = matching.place(quote.article.text, span, other.text)
            if place:
                places[other] = place.span
    first = min(places, key=lambda article: article.published_key)
    if first != quote.article:
        first_quote = matching.quoted(first, places[first], quote.library)
        answer = quote.answer if first_quote.text == quote.text else None
        quote = replace(first_quote, score=quote.score, answer=answer)
    return replace(quote, also_in=tuple(article for article in places if article != first))


def _quote(
    question: str, candidate: Candidate, candidates: Sequence[Candidate], score: float
) -> Quote:
    also = _also_answering(question, candidate, candidates)
    stored = candidate.stored
    span = with_context(stored.article.text, stored.passage.sentences, candidate.place, also)
    return _quote_of(candidate, span, score)


def _also_answering(
    question: str, candidate: Candidate, candidates: Sequence[Candidate]
) -> frozenset[int]:
    """The places of neighbours that answer as well, where reasons are asked for."""
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
    stored = candidate.stored
    start, end = span
    answer = candidate.answer
    if answer and answer.end - answer.start < LONGEST_ANSWER * (end - start):
        answer = Span(answer.start - start, answer.end - start)
    else:
        answer = None
    text = stored.article.text[start:end]
    paragraph = stored.passage.paragraph
    return Quote(
        text, stored.article, paragraph, start, end, score, answer=answer, library=stored.library
    )


def _repeats(quote: Quote, story: int | None, other: Quote, other_story: int | None) -> bool:
    # Two libraries may hold one text.
    same_text = quote.article.text == other.article.text
    if same_text and quote.start < other.end and other.start < quote.end:
        return True
    words, others = (set(spaced(q.text).lower().split()) for q in (quote, other))
    shared = len(words & others)
    enough = REPEATS * len(words | others)
    if not same_text and story is not None and story == other_story:
        held = HOLDS_IN_STORY * min(len(words), len(others))
        enough = min(REPEATS_IN_STORY * len(words | others), held)
    prose = quote.article.text[:PROSE_READ]
    return shared >= enough and not has_new_fact(quote.text, other.text, prose)

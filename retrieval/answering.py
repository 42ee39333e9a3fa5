"""The steps from a question to its answer: hits, ranked passages, quotes and their confidence."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from operator import attrgetter

from retrieval import quoting, ranking
from retrieval.catalog import Catalog
from retrieval.encoder import Encoding
from retrieval.errors import QuotewiseError
from retrieval.indexes import LibraryIndexes
from retrieval.ranking import RankedPassage
from retrieval.records import Article, Hit, Quote
from retrieval.vectors import TokenCodec
from retrieval.words import content_terms

LONGEST_QUESTION = 2_000  # characters
CANDIDATES = 100  # passages asked of each index

COPIES_LOOKED_AT = 20
"""Articles of a story that are searched for the sentences of a quote."""


def checked(question: str) -> str:
    """The question on one line. Raises QuotewiseError if it is empty or too long."""
    question = " ".join(question.split())
    if not question:
        raise QuotewiseError("The question is empty: type what you would like to know.")
    if len(question) > LONGEST_QUESTION:
        raise QuotewiseError(
            f"The question has {len(question):,} characters and at most {LONGEST_QUESTION:,} are "
            "read: ask it in a sentence or two."
        )
    return question


def hits(
    indexes: Sequence[LibraryIndexes],
    question: str,
    query: Encoding,
    within: Collection[int] | None = None,
) -> list[Hit]:
    """What the indexes of all libraries find, or of these passages only."""
    return [hit for one in indexes for hit in one.hits(question, query.pooled, CANDIDATES, within)]


def ranked_passages(
    catalog: Catalog, codec: TokenCodec, question: str, query: Encoding, found: Sequence[Hit]
) -> list[RankedPassage]:
    """The best of the hits, compared with the question token by token."""
    kept = catalog.passages(list(ranking.fused_scores(found)))
    return ranking.ranked(
        codec.rotate(query.tokens),
        ranking.token_weights(question, query.spans),
        kept,
        [codec.decode(one.passage.token_codes) for one in kept],
        found,
    )


def quotes(
    catalog: Catalog, question: str, scored: Sequence[quoting.Scored], limit: int
) -> tuple[Quote, ...]:
    """The best sentences, each with the other articles of its story that have it too."""
    stories = catalog.stories([one.ranked.kept.id for one in scored])
    return tuple(
        one.quote
        if one.story is None
        else quoting.with_copies(question, one.quote, catalog.telling(one.story, COPIES_LOOKED_AT))
        for one in quoting.chosen(question, scored, limit, stories)
    )


def confidence(
    indexes: Sequence[LibraryIndexes], question: str, scored: Sequence[quoting.Scored]
) -> float:
    """How well the best sentence answers, 0 to 1, yet to be calibrated; 0 where there is none."""
    if not scored:
        return 0.0
    return quoting.confidence(quoting.evidence(question, scored[0], _rarity(indexes, question)))


def first_of_each_index(
    catalog: Catalog, indexes: Sequence[LibraryIndexes], question: str, query: Encoding
) -> tuple[Article | None, Article | None]:
    """The article with the best passage by BM25 alone, and the one by cosine alone."""
    found = hits(indexes, question, query)
    best = [max(found, key=attrgetter(kind), default=None) for kind in ("bm25", "cosine")]
    words, vectors = (catalog.passages([hit.passage_id] if hit else []) for hit in best)
    return words[0].article if words else None, vectors[0].article if vectors else None


def _rarity(indexes: Sequence[LibraryIndexes], question: str) -> dict[str, float]:
    """How rare each term of the question is, as BM25's inverse document frequency."""
    total = sum(map(len, indexes))
    rarity = {}
    for term in content_terms(question):
        having = sum(one.frequency(term) for one in indexes)
        rarity[term] = math.log(1 + (total - having + 0.5) / (having + 0.5))
    return rarity

"""The steps from a question to its answer: hits, ranked passages, quotes and their confidence."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from retrieval import overlap, quoting, ranking, scoring, signals, trained
from retrieval.asked import asked
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder, Encoding
from retrieval.errors import QuotewiseError
from retrieval.indexed import Hit
from retrieval.indexes import LibraryIndexes
from retrieval.languages import latin_language
from retrieval.ranking import RankedPassage
from retrieval.records import Article, ArticleRef, Floats, Quote
from retrieval.vectors import TokenCodec
from retrieval.words import content_terms

Rarity = Mapping[str, Mapping[str, float]]
"""How rare each term of a question is, for each language of what may answer it."""

LONGEST_QUESTION = 2_000  # characters
CANDIDATES = 100  # passages asked of each index

COPIES_LOOKED_AT = 20
"""Articles of a story that are searched for the sentences of a quote."""

LANGUAGE_TOLD_BY = 3
"""Passages that tell how well the model knows the language of what is quoted."""

ENOUGH_TOLD = 400  # characters of such a passage


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


def scored_sentences(
    encoder: Encoder, question: str, ranked: list[RankedPassage], rarity: Rarity
) -> list[scoring.Scored]:
    """All sentences of the passages, best first: by words, where the model reads them badly."""
    scored = scoring.scored_sentences(question, ranked)
    looked_at = [one.kept for one in ranked[:LANGUAGE_TOLD_BY]]
    texts = [
        one.article.text[one.passage.start : one.passage.end][:ENOUGH_TOLD] for one in looked_at
    ]
    known = overlap.familiarity([encoder.letters_per_token(text) for text in texts])
    return scored if known == 1 else overlap.weighed(scored, rarity, known)


def signalled(
    indexes: Sequence[LibraryIndexes],
    encoder: Encoder,
    question: str,
    query: Encoding,
    ranked: list[RankedPassage],
) -> tuple[list[scoring.Scored], Floats]:
    """The best sentences as their tokens and words tell, and the signals of each.

    The signals are float32 of shape (sentences, signals).
    """
    languages = {latin_language(one.kept.article.text) for one in ranked}
    rarity = {one: _rarity(indexes, question, one) for one in languages}
    best = scored_sentences(encoder, question, ranked, rarity)[: signals.EXAMINED]
    candidates = [(one.ranked, one.place, one.score) for one in best]
    best_bm25 = max((one.bm25 for one in ranked), default=0.0)
    return best, signals.signals(asked(question, query.spans, rarity), candidates, best_bm25)


def examined(
    best: Sequence[scoring.Scored], table: Floats, stories: Mapping[int, int]
) -> tuple[list[scoring.Scored], float]:
    """Sentences in the trained ranker's order, and how well the first one answers.

    That is a raw confidence, 0 to 1, yet to be calibrated. `table` has their signals, and `stories`
    the number of the story that a passage's article tells, by the passage's id.
    """
    scores = trained.scores(table)
    order = np.argsort(-scores, kind="stable").tolist()
    rows = _without_copies(best, order, stories)
    articles = [best[i].ranked.kept.ref for i in rows]
    raw = trained.confidence(table[rows], scores[rows], articles)
    return [replace(best[i], score=float(scores[i])) for i in order], raw


def _without_copies(
    best: Sequence[scoring.Scored], order: Sequence[int], stories: Mapping[int, int]
) -> list[int]:
    """Those of the sentences, in this order, whose article is the first of its text and story.

    A copy is neither for nor against an answer.
    """
    first: dict[object, ArticleRef] = {}
    found = []
    for i in order:
        kept = best[i].ranked.kept
        keys = (kept.article.text, stories.get(kept.id, kept.ref))
        if {first.setdefault(key, kept.ref) for key in keys} == {kept.ref}:
            found.append(i)
    return found


def quotes(
    catalog: Catalog,
    question: str,
    scored: Sequence[scoring.Scored],
    limit: int,
    within: Collection[int] | None,
) -> tuple[Quote, ...]:
    """The best sentences, each with the other articles of its story that have it too.

    `within` has the keys of the articles that may be quoted; None for all of them.
    """
    keys = within if within is None else frozenset(within)

    def telling(story: int) -> list[Article]:
        there = catalog.telling(story, COPIES_LOOKED_AT)
        return [one for key, one in there.items() if keys is None or key in keys]

    stories = catalog.stories([one.ranked.kept.id for one in scored])
    return tuple(
        one.quote
        if one.story is None
        else quoting.with_copies(question, one.quote, telling(one.story))
        for one in quoting.chosen(question, scored, limit, stories)
    )


def first_of_each_index(
    catalog: Catalog, indexes: Sequence[LibraryIndexes], question: str, query: Encoding
) -> tuple[Article | None, Article | None]:
    """The article with the best passage by BM25 alone, and the one by cosine alone."""
    found = hits(indexes, question, query)
    best = [max(found, key=attrgetter(kind), default=None) for kind in ("bm25", "cosine")]
    words, vectors = (catalog.passages([hit.passage_id] if hit else []) for hit in best)
    return words[0].article if words else None, vectors[0].article if vectors else None


def _rarity(indexes: Sequence[LibraryIndexes], question: str, language: str) -> dict[str, float]:
    """How rare each term of the question is, as BM25's inverse document frequency.

    They are its terms in the language of what is to answer it: a short question tells none.
    """
    total = sum(map(len, indexes))
    rarity = {}
    for term in content_terms(question, language):
        having = sum(one.frequency(term) for one in indexes)
        rarity[term] = math.log(1 + (total - having + 0.5) / (having + 0.5))
    return rarity

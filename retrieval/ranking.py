"""The candidates of both indexes become ranked passages, compared token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.indexed import Hit, KeptPassage
from retrieval.records import ArticleRef, Floats, Integers
from retrieval.threads import one_blas_thread
from retrieval.words import content_words

BM25_WEIGHT = 1.0
"""What the best word match adds to a cosine. Scores are fused, not ranks: on news, where many
articles share their words, the distance between scores tells more than their order."""

RERANKED = 30
"""How many passages are compared with the question token by token."""

FUNCTION_WORD_WEIGHT = 0.8
"""What a token of a function word counts in late interaction, where one of a content word is 1."""


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage with its evidence.

    `fused` is its cosine plus its weighted share of the best BM25 score, `article_fused` the best
    such figure among the passages of its article. `tokens` are the decoded vectors of the passage,
    float32 of shape (passage tokens, dimension), `similarity` is of shape (query tokens, passage
    tokens) and `weights` of shape (query tokens,), with a sum of one.
    """

    kept: KeptPassage
    cosine: float
    bm25: float
    fused: float
    article_fused: float
    tokens: Floats
    similarity: Floats
    weights: Floats

    def maxsim(self, first_token: int = 0, last_token: int | None = None) -> float:
        """For each query token its best cosine among a range of the passage's, averaged by weight.

        This is the late interaction of ColBERT (Khattab and Zaharia, 2020), here on the vectors
        of a model that was not trained for it.
        """
        similarity = self.similarity[:, first_token:last_token]
        return float(self.weights @ similarity.max(axis=1)) if similarity.size else 0.0

    @property
    def lead(self) -> float:
        """What a sentence gains from standing in this passage, and in this article.

        The weights are tuned on the evaluation sets: the article's evidence decides between
        articles that tell nearly the same, and the passage's own hardly between its sentences.
        """
        return 0.1 * self.maxsim() + 0.12 * self.fused + 0.25 * self.article_fused


def token_weights(question: str, spans: Integers) -> Floats:
    """How much each query token counts, (query tokens,); `spans` are their characters."""
    weights = np.full(len(spans), FUNCTION_WORD_WEIGHT, dtype=np.float32)
    for start, end in content_words(question):
        weights[tokens_within(spans, start, end)] = 1.0
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def tokens_within(spans: Integers, start: int, end: int) -> NDArray[np.bool_]:
    """Which tokens stand for some of these characters and no others, (tokens,)."""
    return (spans[:, 0] >= start) & (spans[:, 1] <= end) & (spans[:, 1] > spans[:, 0])


def fused_scores(hits: Sequence[Hit]) -> dict[int, float]:
    """The fused score of each hit by passage id, best first, for the best `RERANKED`."""
    best_bm25 = max((hit.bm25 for hit in hits), default=0.0) or 1.0
    scores = {hit.passage_id: hit.cosine + BM25_WEIGHT * hit.bm25 / best_bm25 for hit in hits}
    best = sorted(scores, key=lambda id: (-scores[id], id))[:RERANKED]
    return {id: scores[id] for id in best}


def ranked(
    query_tokens: Floats,
    weights: Floats,
    kept: Sequence[KeptPassage],
    passage_tokens: Sequence[Floats],
    hits: Sequence[Hit],
) -> list[RankedPassage]:
    """Compare passages with the question token by token.

    `query_tokens` is (query tokens, dimension), `weights` (query tokens,), and `passage_tokens`
    has an array of shape (tokens, dimension) for each passage.
    """
    fused = fused_scores(hits)
    hit_of = {hit.passage_id: hit for hit in hits}
    of_article: dict[ArticleRef, float] = {}
    for one in kept:
        of_article[one.ref] = max(of_article.get(one.ref, -np.inf), fused[one.id])
    with one_blas_thread():
        return [
            RankedPassage(
                one,
                hit_of[one.id].cosine,
                hit_of[one.id].bm25,
                fused[one.id],
                of_article[one.ref],
                tokens,
                query_tokens @ tokens.T,
                weights,
            )
            for one, tokens in zip(kept, passage_tokens, strict=True)
        ]

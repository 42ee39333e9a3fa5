"""The candidates of both indexes become ranked passages, compared token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.records import Floats, Hit, KeptPassage

BM25_WEIGHT = 0.5
"""What the best word match adds to a cosine. Scores are fused, not ranks: on news, where many
articles share their words, the distance between scores tells more than their order."""

RERANKED = 30
"""How many passages are compared with the question token by token."""


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage with its evidence.

    `fused` is its cosine plus its weighted BM25 score, `article_fused` the best such figure among
    the passages of its article. `similarity` is float32 of shape (query tokens, passage tokens).
    """

    kept: KeptPassage
    cosine: float
    fused: float
    article_fused: float
    similarity: Floats

    @property
    def lead(self) -> float:
        """What a sentence gains from standing in this passage, and in this article.

        The weights are tuned on the evaluation sets: the article's evidence decides between
        articles that tell nearly the same, and the passage's own hardly between its sentences.
        """
        return 0.1 * maxsim(self.similarity) + 0.15 * self.fused + 0.2 * self.article_fused


def maxsim(similarity: Floats) -> float:
    """For each query token its best cosine among some text's tokens, averaged.

    This is the late interaction of ColBERT (Khattab and Zaharia, 2020), here on the vectors of a
    model that was not trained for it.
    """
    return float(similarity.max(axis=1).mean()) if similarity.size else 0.0


def fused_scores(hits: Sequence[Hit]) -> dict[int, float]:
    """The fused score of each hit by passage id, best first, for the best `RERANKED`."""
    best_bm25 = max((hit.bm25 for hit in hits), default=0.0) or 1.0
    scores = {hit.passage_id: hit.cosine + BM25_WEIGHT * hit.bm25 / best_bm25 for hit in hits}
    best = sorted(scores, key=lambda id: (-scores[id], id))[:RERANKED]
    return {id: scores[id] for id in best}


def ranked(
    query_tokens: Floats,
    kept: Sequence[KeptPassage],
    passage_tokens: Sequence[Floats],
    fused: Mapping[int, float],
    cosines: Mapping[int, float],
) -> list[RankedPassage]:
    """Compare passages with the question token by token; `passage_tokens` has a row a passage."""
    of_article: dict[str, float] = {}
    for one in kept:
        known = of_article.get(one.article.id, -np.inf)
        of_article[one.article.id] = max(known, fused[one.id])
    return [
        RankedPassage(
            one,
            cosines[one.id],
            fused[one.id],
            of_article[one.article.id],
            query_tokens @ tokens.T,
        )
        for one, tokens in zip(kept, passage_tokens, strict=True)
    ]

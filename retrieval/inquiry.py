"""A question by itself becomes an answer: what is found within its limits, and if it answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from retrieval import answering
from retrieval.catalog import Catalog
from retrieval.encoder import Encoding
from retrieval.limits.reach import Reaches
from retrieval.models import Using
from retrieval.quoting import Scored
from retrieval.records import Answer, Hit, Limits
from retrieval.reranker import Reranker, reranked


@dataclass(frozen=True, slots=True)
class Found:
    """What there is for a question: the hits of the indexes, and their sentences, best first."""

    query: Encoding
    hits: Sequence[Hit]
    scored: Sequence[Scored]
    confidence: float


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How questions are asked: of which libraries, for how many quotes, and on which terms.

    Without `limits`, those hold that a question sets by its words, which `now` gives a meaning to.
    """

    catalog: Catalog
    using: Using
    reranker: Reranker | None
    reaches: Reaches
    scope: Sequence[str]
    limit: int
    limits: Limits | None
    now: datetime

    def answer(self, question: str, *, only: Collection[int] | None) -> Answer:
        """Answer from the articles within the limits, or say that but others answer."""
        reach = self.reaches.of(question, self.scope, self.limits, self.now)
        found = self._found(question, reach.within(only))
        quotes = answering.quotes(self.catalog, question, found.scored, self.limit, reach.admits)
        answered = self._is_answered(found)
        answer = Answer(
            question,
            answered,
            found.confidence,
            quotes=quotes if answered else (),
            closest=() if answered else quotes,
            took_ms=0.0,
        )
        return reach.told_with(answer, lambda: self._is_answered(self._found(question, only)))

    def _found(self, question: str, only: Collection[int] | None) -> Found:
        catalog, using = self.catalog, self.using
        query = using.encoder.encode_query(question)
        indexes = using.indexes.of(self.scope)
        within = None if only is None else catalog.passages_within(only)
        hits = answering.hits(indexes, question, query, within)
        ranked = answering.ranked_passages(catalog, using.codec, question, query, hits)
        scored = answering.scored_sentences(indexes, using.encoder, question, ranked)
        if self.reranker:
            scored = reranked(self.reranker, question, scored)
        return Found(query, hits, scored, answering.confidence(indexes, question, scored))

    def _is_answered(self, found: Found) -> bool:
        return found.confidence >= answering.ANSWERED_FROM

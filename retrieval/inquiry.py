"""A question by itself becomes an answer: what is found within its limits, and if it answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from retrieval import answering, comparing, conversing, judging, signals, timeline
from retrieval.calibration import Calibration
from retrieval.catalog import Catalog
from retrieval.conversing import NOTHING, Told
from retrieval.encoder import Encoding
from retrieval.indexed import Hit
from retrieval.judging import Verdict
from retrieval.limits.reach import Reaches
from retrieval.models import Using
from retrieval.records import Answer, Floats, Limits
from retrieval.reranker import Reranker, reranked
from retrieval.scoring import Scored


@dataclass(frozen=True, slots=True)
class Terms:
    """How a question is asked: of which libraries, for how many quotes, within which limits.

    Without `limits`, those hold that the question sets by its words, which `now` gives a meaning
    to. At most the share `risk` of the questions that nothing answers may be answered all the same.
    """

    scope: Sequence[str]
    limit: int
    limits: Limits | None
    risk: float | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Signalled:
    """The hits of the indexes, and the sentences that the ranker is to put in order.

    `signals` are theirs, float32 of shape (sentences, signals).
    """

    hits: Sequence[Hit]
    sentences: Sequence[Scored]
    signals: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """What there is for a question: the hits of the indexes, and their sentences, best first.

    `raw` is the confidence in the best of them before it was calibrated.
    """

    hits: Sequence[Hit]
    scored: Sequence[Scored]
    raw: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Answers questions that are asked on the same terms, each by itself."""

    catalog: Catalog
    using: Using
    reranker: Reranker | None
    reaches: Reaches
    calibration: Calibration
    terms: Terms

    def answer(
        self, question: str, *, only: Collection[int] | None, told: Told = NOTHING
    ) -> Answer:
        """Answer from the articles within the limits, or say that but others answer; and who else
        says so.

        Sentences that were `told` before yield to others.
        """
        terms = self.terms
        reach = self.reaches.of(question, terms.scope, terms.limits, terms.now)
        query = self.using.encoder.encode_query(question)
        within = reach.within(only)
        found = self._found(question, query, within, told)
        quotes = answering.quotes(self.catalog, question, found.scored, terms.limit, within)
        answered = found.verdict.answered
        answer = Answer(
            question,
            answered,
            found.verdict.confidence,
            quotes=quotes if answered else (),
            closest=() if answered else quotes,
            took_ms=0.0,
            silence=found.verdict.silence,
            raw=found.raw,
        )
        answer = reach.told_with(
            answer, lambda: self._found(question, query, only, told).verdict.answered
        )
        answer = comparing.with_others(self.catalog, answer, found.scored, terms.limit)
        return comparing.with_timeline(
            self.catalog, self.using.codec, answer, query, found.hits, within=within
        )

    def signalled(self, question: str, only: Collection[int] | None) -> Signalled:
        """What the trained ranker is asked of a question within its limits."""
        terms = self.terms
        reach = self.reaches.of(question, terms.scope, terms.limits, terms.now)
        query = self.using.encoder.encode_query(question)
        return self._signalled(question, query, reach.within(only))

    def _found(
        self, question: str, query: Encoding, only: Collection[int] | None, told: Told
    ) -> Found:
        seen = self._signalled(question, query, only)
        stories = self.catalog.stories([one.ranked.kept.id for one in seen.sentences])
        scored, raw = answering.examined(seen.sentences, seen.signals, stories)
        if self.reranker:
            scored = reranked(self.reranker, question, scored)
        scored = conversing.yielding(scored, told)
        verdict = judging.verdict(
            raw,
            self.calibration,
            self.terms.risk,
            covered=signals.most_covered(seen.signals),
            told=timeline.is_told(question, scored),
        )
        return Found(seen.hits, scored, raw, verdict)

    def _signalled(self, question: str, query: Encoding, only: Collection[int] | None) -> Signalled:
        catalog, using = self.catalog, self.using
        indexes = using.indexes.of(self.terms.scope)
        within = None if only is None else catalog.passages_within(only)
        hits = answering.hits(indexes, question, query, within)
        ranked = answering.ranked_passages(catalog, using.codec, question, query, hits)
        sentences, table = answering.signalled(indexes, using.encoder, question, query, ranked)
        return Signalled(hits, sentences, table)

"""From a question to its answer: rewrite, filter, search, fuse, read, abstain, quote, compare."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from retrieval.errors import QuotewiseError
from retrieval.index.indexes import LibraryIndexes
from retrieval.models import Encoder, Reader
from retrieval.records import (
    Answer,
    AnswerStatus,
    Article,
    Filters,
    Hit,
    Silence,
    StoredPassage,
    Turn,
)
from retrieval.search import (
    candidates,
    corroboration,
    followups,
    lexical,
    quotes,
    spelling,
    timeline,
)
from retrieval.search.calibration import PROBABLE_RISK, Calibration, raw_confidence
from retrieval.search.candidates import Candidate, RetrievedPassage
from retrieval.search.filters import FilterResolver
from retrieval.search.followups import Query
from retrieval.search.spelling import Spelling
from retrieval.storage import Catalog
from retrieval.text.languages import latin_language

LONGEST_QUESTION = 2_000  # characters

SPEAKS_OF_IT = 0.425
"""The share of a question's words, weighted by rarity, from which on a passage speaks of what is
asked."""

NEAR = 0.33
"""The cosine from which on a passage comes near in meaning.

On the fit halves of squad, xquad-en, clapnq and news-facts, 1, 1, 4 and 7 % of a set's own
questions are wrongly told then that no article speaks of that, and 72, 32, 60 and 86 % of the
questions of the other sets are, 90 % and more where one article is the whole library. With .375 it
is 1, 2, 4 and 13 %, and 77, 43, 69 and 92 %."""


@dataclass(frozen=True, slots=True)
class Request:
    """How a question is asked: of which libraries, for how many quotes, within which filters.

    Without `filters`, those hold that the question sets by its words, which `now` gives a meaning
    to. At most the share `risk` of the questions that nothing answers may be answered all the same.
    `only` has the keys of the articles that may be quoted, if not all.
    """

    scope: Sequence[str]
    limit: int
    filters: Filters | None
    risk: float
    now: datetime
    only: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What there is for a query: its candidates, best first, and whether passages come near."""

    query: Query
    hits: Sequence[Hit]
    candidates: Sequence[Candidate]
    is_near: bool

    @property
    def odds(self) -> float:
        """The logarithm of the odds that the best candidate answers."""
        return self.candidates[0].odds if self.candidates else -math.inf

    @property
    def confidence(self) -> float:
        """How sure the best candidate is, raw: a probability that is yet to be calibrated."""
        return raw_confidence(self.odds)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All that answering takes, for the libraries of a request."""

    catalog: Catalog
    encoder: Encoder
    reader: Reader
    indexes: Sequence[LibraryIndexes]
    resolver: FilterResolver
    calibration: Calibration
    request: Request

    def answer(self, question: str, earlier: Sequence[Turn] = ()) -> Answer:
        """Answer a question, after the turns before it in its conversation."""
        request = self.request
        chosen = self.resolver.of(question, request.scope, request.filters, request.now)
        within = chosen.within(request.only)
        bare = followups.without_filters(question, chosen.filters.words, earlier)
        queries = followups.queries(bare, earlier, self._last_article(earlier))
        result = self._best(queries, within)
        answer = self._judged(question, result)
        if earlier and bare == earlier[-1].question != question:
            answer = replace(answer, understood=answer.understood or bare)
        answer = quotes.quoted(self.catalog, answer, result, request.limit, within)
        others_answer = False
        if chosen.keys is not None and not answer.answered:
            others_answer = self._judged(question, self._best(queries, request.only)).answered
        answer = chosen.attached_to(answer, others_answer=others_answer)
        likely = takewhile(
            lambda candidate: self._shows(raw_confidence(candidate.odds)), result.candidates
        )
        answer = corroboration.compared(self.catalog, answer, result, likely, request.limit)
        return timeline.with_timeline(self.catalog, answer, result, within)

    def find(self, question: str) -> SearchResult:
        """What is found for a question that stands by itself, within the limits it sets."""
        request = self.request
        chosen = self.resolver.of(question, request.scope, request.filters, request.now)
        bare = followups.without_filters(question, chosen.filters.words, ())
        return self._best([Query(bare)], chosen.within(request.only))

    def _last_article(self, earlier: Sequence[Turn]) -> Article | None:
        """The article that the turn quoted on which a question may lean, if it may be quoted."""
        last = followups.last_turn(earlier)
        if not last or not last.article or last.article.library not in self.request.scope:
            return None
        stored = self.catalog.article(last.article)
        return stored.article if stored else None

    def _best(self, queries: Sequence[Query], within: Collection[int] | None) -> SearchResult:
        """What is found for the query that the reader thinks is answered best."""
        return followups.best(self._find(queries, within))

    def _find(self, queries: Sequence[Query], within: Collection[int] | None) -> list[SearchResult]:
        passages = None if within is None else self.catalog.passages_within(within)
        spelt = [
            spelling.corrected(query.text, self.indexes, self.reader.tokenizer) for query in queries
        ]
        searched = [
            self._search(query, spelled, passages)
            for query, spelled in zip(queries, spelt, strict=True)
        ]
        read = candidates.read(
            self.reader,
            [(spelled.text, fused) for spelled, (_, fused) in zip(spelt, searched, strict=True)],
        )
        return [
            self._result(query, spelled, hits, fused, sentences)
            for query, spelled, (hits, fused), sentences in zip(
                queries, spelt, searched, read, strict=True
            )
        ]

    def _search(
        self, query: Query, spelt: Spelling, within: Collection[int] | None
    ) -> tuple[list[Hit], list[RetrievedPassage]]:
        vector = self.encoder.encode_query(spelt.text)
        hits = candidates.search(self.indexes, query.text, vector, within, spelt.like)
        preferred = set[int]()
        if query.articles:
            preferred = self.catalog.passages_within(self.catalog.keys(query.articles))
            preferred &= preferred if within is None else set(within)
            known = {hit.passage_id for hit in hits}
            more = candidates.search(self.indexes, query.text, vector, preferred, spelt.like)
            hits += [hit for hit in more if hit.passage_id not in known]
        # What is preferred is read sooner, and scored as everything else is.
        best = list(candidates.fused_scores(hits, preferred))[: 3 * candidates.READ]
        scored = hits
        if query.matched:
            scored = candidates.search(self.indexes, query.matched, vector, set(best), spelt.like)
        by_id = {hit.passage_id: hit for hit in scored}
        stored = self.catalog.passages(best)
        return hits, candidates.distinct(
            RetrievedPassage(passage, by_id[passage.id]) for passage in stored
        )

    def _result(
        self,
        query: Query,
        spelt: Spelling,
        hits: Sequence[Hit],
        passages: Sequence[RetrievedPassage],
        read: Sequence[Candidate],
    ) -> SearchResult:
        stored = [passage.stored for passage in passages]
        languages = {latin_language(passage.article.text) for passage in stored}
        known = lexical.familiarity(self.reader.tokenizer, stored)
        if known < 1:
            rarity = lexical.rarity(self.indexes, spelt.corrected(query.text), languages)
            read = lexical.mixed(read, rarity, known)
        is_near = max((hit.cosine for hit in hits), default=0.0) >= NEAR
        return SearchResult(
            query, hits, read, is_near or self._speaks_of(query, spelt, stored, languages)
        )

    def _speaks_of(
        self,
        query: Query,
        spelt: Spelling,
        passages: Sequence[StoredPassage],
        languages: Collection[str],
    ) -> bool:
        """Whether a passage has enough of the words of a query's subject."""
        subject = self.resolver.subject(query.text, self.request.scope, self.request.now)
        question = spelt.corrected(quotes.HOW_MUCH.sub(" ", subject))
        rarity = lexical.rarity(self.indexes, question, languages)
        if subject != query.text and not any(rarity.values()):
            return bool(passages)  # it asks for the articles within its limits
        return max(lexical.coverage(passages, rarity), default=0.0) >= SPEAKS_OF_IT

    def _shows(self, raw: float) -> bool:
        """Whether a raw confidence is enough for an answer or a probable one."""
        return self.calibration.answers(raw, max(self.request.risk, PROBABLE_RISK))

    def _judged(self, question: str, result: SearchResult) -> Answer:
        """Whether what was found is an answer, without its quotes."""
        raw, risk = result.confidence, self.request.risk
        status = AnswerStatus.NONE
        if self.calibration.answers(raw, risk) or timeline.is_about_subject(result):
            status = AnswerStatus.ANSWER
        elif self._shows(raw):
            status = AnswerStatus.PROBABLE
        silence = None
        if status is AnswerStatus.NONE:
            silence = Silence.CLOSE if result.is_near else Silence.NOTHING
        return Answer(
            question,
            status,
            self.calibration.probability(raw),
            silence=silence,
            raw=raw,
            understood=result.query.text if result.query.is_rewritten else None,
            subject=result.query.subject,
        )


def checked(question: str) -> str:
    """The question on one line. Raises QuotewiseError if it has no words or is too long."""
    question = " ".join(question.split())
    if not any(map(str.isalnum, question)):
        raise QuotewiseError("The question has no words: type what you would like to know.")
    if len(question) > LONGEST_QUESTION:
        raise QuotewiseError(
            f"The question has {len(question):,} characters and at most {LONGEST_QUESTION:,} are "
            "read: ask it in a sentence or two."
        )
    return question

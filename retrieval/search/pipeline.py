"""From a question to its answer: `answer` shows every step, from top to bottom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from retrieval.errors import QuotewiseError
from retrieval.index.indexes import LibraryIndexes
from retrieval.models import Encoder, Reader
from retrieval.records import Answer, AnswerStatus, Article, Filters, Silence, Turn
from retrieval.search import candidates, corroboration, followups, quotes, timeline
from retrieval.search.calibration import PROBABLE_RISK, Calibration, raw_confidence
from retrieval.search.filters import FilterResolver
from retrieval.search.records import Query, RetrievedPassage, SearchResult
from retrieval.storage import Catalog

LONGEST_QUESTION = 2_000  # characters

SPEAKS_OF_IT = 0.425
"""The least share of a question's words, weighted by rarity, in a passage on its subject."""

NEAR = 0.33
"""The least cosine between a question and a passage that is near to it in meaning.

On the fit halves of squad, xquad-en, clapnq and news-facts, 1, 1, 4 and 7 % of a set's own
questions then get the reply "no article speaks of that" by mistake, and 72, 32, 60 and 86 % of the
questions of other sets get it, 90 % and more where a library holds a single article. With .375 it
is 1, 2, 4 and 13 %, and 77, 43, 69 and 92 %."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering needs, opened for the libraries that may be quoted."""

    catalog: Catalog
    encoder: Encoder
    reader: Reader
    indexes: Sequence[LibraryIndexes]
    resolver: FilterResolver
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Request:
    """A question, and how to answer it.

    `scope` names the libraries to quote, and `limit` the most quotes. Without `filters`, those
    apply that the question sets by its words; `now` gives "last week" a meaning. `risk` is the
    share of unanswerable questions that may get an answer. `only` has the keys of the articles
    that may be quoted, None for all. `earlier` are the turns before, oldest first.
    """

    question: str
    scope: Sequence[str]
    limit: int
    filters: Filters | None
    risk: float
    now: datetime
    only: Collection[int] | None = None
    earlier: Sequence[Turn] = ()


def answer(tools: Tools, request: Request) -> Answer:
    """Answer a question with quotes, or with the closest sentences if nothing answers it."""
    catalog, question, earlier = tools.catalog, request.question, request.earlier

    # Filters: which articles may answer.
    applied = tools.resolver.resolve(question, request.scope, request.filters, request.now)
    allowed = applied.within(request.only)

    # Rewrite: a follow-up question is also searched with the subject of the last one.
    bare = followups.without_filters(question, applied.filters.words, earlier)
    queries = followups.queries(bare, earlier, _last_article(tools, request))

    # Encode, search, fuse, read.
    result = _best_result(tools, request, queries, allowed)

    # Abstain: the calibrated confidence decides whether the best candidate is an answer.
    answer = _judged(tools, request, result)
    if earlier and bare == earlier[-1].question != question:
        answer = replace(answer, understood=answer.understood or bare)

    # Quotes.
    answer = quotes.quoted(catalog, answer, result, request.limit, allowed)

    # If nothing answered, say whether an article outside the filters would have.
    others_answer = False
    if applied.keys is not None and not answer.answered:
        unfiltered = _best_result(tools, request, queries, request.only)
        others_answer = _judged(tools, request, unfiltered).answered
    answer = applied.attached_to(answer, others_answer=others_answer)

    # Corroborate: candidates that would be answers by themselves are compared with the quotes.
    likely = list(
        takewhile(lambda candidate: _is_probable(tools, request, candidate.odds), result.candidates)
    )
    answer = corroboration.compared(catalog, answer, result, likely, request.limit)

    # Timeline.
    return timeline.with_timeline(catalog, answer, result, allowed)


def find(tools: Tools, request: Request) -> SearchResult:
    """Search for a question that stands by itself, within the filters it sets."""
    applied = tools.resolver.resolve(request.question, request.scope, request.filters, request.now)
    bare = followups.without_filters(request.question, applied.filters.words, ())
    return _best_result(tools, request, [Query(bare)], applied.within(request.only))


def search(
    tools: Tools, request: Request, query: Query, within: Collection[int] | None
) -> SearchResult:
    """Search for a query and read the best passages; `within` has ids of passages, None for all."""
    catalog, indexes = tools.catalog, tools.indexes

    # Misspelt words are corrected for the models; the word index looks for similar words as well.
    spelling = followups.corrected(query.text, indexes, tools.reader.tokenizer)

    # Encode.
    vector = tools.encoder.encode_query(spelling.text)

    # Search both indexes, and the article of the last turn once more by itself.
    hits = candidates.hits(indexes, query.text, vector, within, spelling.like)
    preferred = set[int]()
    if query.articles:
        preferred = catalog.passages_within(catalog.keys(query.articles))
        preferred &= preferred if within is None else set(within)
        known = {hit.passage_id for hit in hits}
        more = candidates.hits(indexes, query.text, vector, preferred, spelling.like)
        hits += [hit for hit in more if hit.passage_id not in known]

    # Fuse. Passages of the last turn's article are read sooner, and scored like all others.
    best = list(candidates.fused_scores(hits, preferred))[: 3 * candidates.READ]
    scored = hits
    if query.matched:
        scored = candidates.hits(indexes, query.matched, vector, set(best), spelling.like)
    by_id = {hit.passage_id: hit for hit in scored}
    passages = candidates.distinct(
        RetrievedPassage(stored, by_id[stored.id]) for stored in catalog.passages(best)
    )

    # Read.
    read = candidates.read(tools.reader, spelling.text, passages)
    corrected = spelling.corrected(query.text)
    read = candidates.mixed_with_words(tools.reader.tokenizer, indexes, corrected, passages, read)

    is_near = max((hit.cosine for hit in hits), default=0.0) >= NEAR
    if not is_near:
        subject = tools.resolver.subject(query.text, request.scope, request.now)
        words = spelling.corrected(quotes.HOW_MUCH.sub(" ", subject))
        coverage = candidates.coverage(indexes, words, passages)
        if coverage is None:  # the question only asks for the articles within its filters
            is_near = subject != query.text and bool(passages)
        else:
            is_near = coverage >= SPEAKS_OF_IT
    return SearchResult(query, hits, read, is_near)


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


def _last_article(tools: Tools, request: Request) -> Article | None:
    """The article that the last turn with a subject quoted, if it may still be quoted."""
    last = followups.last_turn(request.earlier)
    if not last or not last.article or last.article.library not in request.scope:
        return None
    stored = tools.catalog.article(last.article)
    return stored.article if stored else None


def _best_result(
    tools: Tools, request: Request, queries: Sequence[Query], allowed: Collection[int] | None
) -> SearchResult:
    """The result of the query whose best candidate is most probably an answer.

    `allowed` has the keys of the articles that may be quoted, None for all.
    """
    within = None if allowed is None else tools.catalog.passages_within(allowed)
    results = [search(tools, request, query, within) for query in queries]
    return max(results, key=lambda result: result.odds + result.query.gains)


def _is_probable(tools: Tools, request: Request, odds: float) -> bool:
    """Whether a candidate with these odds is an answer or a probable answer."""
    return tools.calibration.answers(raw_confidence(odds), max(request.risk, PROBABLE_RISK))


def _judged(tools: Tools, request: Request, result: SearchResult) -> Answer:
    """The answer without its quotes: its status and confidence, or why there is none."""
    raw = raw_confidence(result.odds)
    status, silence = AnswerStatus.NONE, None
    if tools.calibration.answers(raw, request.risk) or timeline.is_about_subject(result):
        status = AnswerStatus.ANSWER
    elif _is_probable(tools, request, result.odds):
        status = AnswerStatus.PROBABLE
    else:
        silence = Silence.CLOSE if result.is_near else Silence.NOTHING
    return Answer(
        request.question,
        status,
        tools.calibration.probability(raw),
        silence=silence,
        raw=raw,
        understood=result.query.text if result.query.is_rewritten else None,
        subject=result.query.subject,
    )

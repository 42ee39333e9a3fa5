"""From a question to its answer: `answer` shows every step, from top to bottom."""

import math
import re
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
    Quote,
    Silence,
    StoredPassage,
    Turn,
)
from retrieval.search import candidates, corroboration, followups, quotes
from retrieval.search.calibration import PROBABLE_RISK, Calibration, raw_confidence
from retrieval.search.candidates import Candidate
from retrieval.search.filters import FilterResolver
from retrieval.search.followups import Query
from retrieval.storage import Catalog
from retrieval.text import segmentation
from retrieval.text.terms import content_terms

LONGEST_QUESTION = 2_000  # characters
HITS = 100  # passages from each index
READ = 8  # passages that the reader reads

SPEAKS_OF_IT = 0.425
"""The least share of a question's words, weighted by rarity, in a passage on its subject."""

NEAR = 0.33
"""The least cosine between a question and a passage that is near to it in meaning. On the fit
halves of squad, xquad-en, clapnq and news-facts, 1, 1, 4 and 7 % of a set's own questions get the
reply "no article speaks of that" by mistake, and 72, 32, 60 and 86 % of those of other sets get it.
With .375 it is 1, 2, 4 and 13 %, and 77, 43, 69 and 92 %."""


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
    """A question, and how to answer it, as `Library.answer` explains."""

    question: str
    scope: Sequence[str]
    limit: int
    filters: Filters | None
    risk: float
    now: datetime
    only: Collection[int] | None = None
    earlier: Sequence[Turn] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """All hits, the candidates best first, and whether a passage is near in meaning or words."""

    query: Query
    hits: Sequence[Hit]
    candidates: Sequence[Candidate]
    is_near: bool

    @property
    def odds(self) -> float:
        """The logarithm of the odds that the best candidate answers."""
        return self.candidates[0].odds if self.candidates else -math.inf


def answer(tools: Tools, request: Request) -> Answer:
    """Answer a question with quotes, or with the closest sentences if nothing answers it."""
    catalog, question, earlier = tools.catalog, request.question, request.earlier

    # Filters: which articles may answer.
    applied = tools.resolver.resolve(question, request.scope, request.filters, request.now)
    allowed = applied.within(request.only)

    # Rewrite: a follow-up question is also searched with the subject of the last one.
    bare = followups.without_filters(question, applied.filters.words, earlier)
    rare = followups.rare_words(bare, tools.indexes, tools.reader.tokenizer) if earlier else ()
    queries = followups.queries(bare, earlier, _last_article(tools, request), rare)

    # Encode, search, fuse, read.
    result = _best_result(tools, request, queries, allowed)

    # Abstain: the calibrated confidence decides whether the best candidate is an answer.
    answer = _judged(tools, request, result)
    if earlier and bare == earlier[-1].question != question:
        answer = replace(answer, understood=answer.understood or bare)

    # Quotes.
    answer = quotes.quoted(catalog, answer, result.candidates, request.limit, allowed)

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
    answer = corroboration.compared(catalog, answer, result.query.text, likely, request.limit)

    return _with_timeline(catalog, answer, result, allowed)


def search(
    tools: Tools, request: Request, query: Query, within: Collection[int] | None
) -> SearchResult:
    """Search for a query and read the best passages; `within` has ids of passages, None for all."""
    catalog, indexes = tools.catalog, tools.indexes

    # Misspelt words are corrected for the models; the word index looks for similar words as well.
    spelling = followups.corrected(query.text, indexes, tools.reader.tokenizer)

    # Encode.
    vector = tools.encoder.encode_query(spelling.text)

    def hits_within(text: str, ids: Collection[int] | None) -> list[Hit]:
        all_hits = (index.hits(text, vector, HITS, ids, spelling.like) for index in indexes)
        return [hit for of_library in all_hits for hit in of_library]

    # Search both indexes, and the article of the last turn once more by itself.
    hits = hits_within(query.text, within)
    preferred = set[int]()
    if query.article:
        preferred = catalog.passages_within(catalog.keys([query.article]))
        preferred &= preferred if within is None else set(within)
        known = {hit.passage_id for hit in hits}
        hits += [hit for hit in hits_within(query.text, preferred) if hit.passage_id not in known]

    # Fuse. Passages of the last turn's article are read sooner, and scored like all others.
    best = list(candidates.fused_scores(hits, preferred))[: 3 * READ]
    scored = hits_within(query.matched, set(best)) if query.matched else hits
    by_text: dict[str, StoredPassage] = {}
    for stored in catalog.passages(best):
        by_text.setdefault(stored.text, stored)
    passages = list(by_text.values())[:READ]

    # Read.
    by_id = {hit.passage_id: hit for hit in scored}
    words, text = spelling.corrected(query.text), spelling.text
    read = candidates.read(tools.reader, indexes, passages, by_id, question=text, words=words)

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
    """The result of the query whose best candidate is most probably an answer."""
    within = None if allowed is None else tools.catalog.passages_within(allowed)
    results = [search(tools, request, query, within) for query in queries]
    return max(results, key=lambda result: result.odds + result.query.gains)


def _is_probable(tools: Tools, request: Request, odds: float) -> bool:
    return tools.calibration.answers(raw_confidence(odds), max(request.risk, PROBABLE_RISK))


def _judged(tools: Tools, request: Request, result: SearchResult) -> Answer:
    """The answer without its quotes: its status and confidence, or why there is none."""
    raw, query = raw_confidence(result.odds), result.query
    status, silence = AnswerStatus.NONE, None
    if tools.calibration.answers(raw, request.risk) or _is_about_subject(result):
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
        understood=query.text if query.subject else None,
        subject=query.subject,
    )


# -- timelines: the opening sentence of each story on a subject, in the order of publication

MOST_QUOTES, FEWEST_QUOTES = 10, 2  # a single quote is no timeline
STORIES_READ = 40  # stories, best first, that are checked for the subject
OPENING = 2_000  # characters of an article in which its first sentence lies
ABOUT_IT = 0.7  # least share of the subject's words in the title and opening of an article about it

_ASKS_WHAT_HAPPENED = re.compile(
    r"(?i)(?:what(?:['’]s| has| have| is| was)? (?:ever )?"
    r"(?:happened|happening|became|become|going on)"
    r" (?:with|to|of|at|in|on|about|around|between|after|since)\b"
    r"|(?:give|show|tell) (?:me |us )?(?:a |the )?(?:timeline|chronology)(?: of| for| on)?\b"
    r"|(?:a |the )?(?:timeline|chronology) (?:of|for|on)\b"
    r"|how (?:did|has|have) (?=.+ (?:develop|developed|unfold|unfolded|evolve|evolved|go on)\b)"
    r"|what (?:were|are) the (?:events|developments|stages|steps) (?:of|in|around|leading)\b)"
)
_FRAME = content_terms(
    "happened happening became become going on timeline chronology give show tell develop developed"
    " unfold unfolded evolve evolved go events developments stages steps leading so far ever since"
    " story case affair matter"
)


def timeline_subject(question: str) -> frozenset[str]:
    """The terms for what a question asks the history of; empty if it asks something else."""
    if not _ASKS_WHAT_HAPPENED.match(question):
        return frozenset()
    return content_terms(question) - _FRAME


def _is_about_subject(result: SearchResult) -> bool:
    """Whether the question asks for a timeline and the best passage is about its subject.

    No single sentence answers such a question, so the reader's confidence says nothing.
    """
    subject = timeline_subject(result.query.text)
    if not subject or not result.candidates:
        return False
    best = result.candidates[0].stored
    return subject <= content_terms(f"{best.article.title} {best.text}")


def _with_timeline(
    catalog: Catalog, answer: Answer, result: SearchResult, allowed: Collection[int] | None
) -> Answer:
    """The answer with its timeline, if the question asks for one."""
    subject = timeline_subject(result.query.text)
    if not answer.quotes or not subject:
        return answer
    ids = list(candidates.fused_scores(result.hits))
    stories = catalog.stories(ids)
    best_of_story: dict[int, int] = {}
    for id in ids:
        best_of_story.setdefault(stories.get(id, -id), id)
    openings: dict[str, Quote] = {}
    for stored in catalog.passages(list(best_of_story.values())[:STORIES_READ]):
        opening = _opening(stored)
        if not opening:
            continue
        paragraph = opening.article.text[opening.start :].partition("\n\n")[0]
        about = content_terms(f"{opening.article.title} {paragraph}")
        if len(subject & about) >= ABOUT_IT * len(subject):
            quote = quotes.with_copies(catalog, opening, stories.get(stored.id), allowed)
            openings.setdefault(quote.text, quote)
    dated = [quote for quote in openings.values() if quote.article.published][:MOST_QUOTES]
    if len(dated) < FEWEST_QUOTES:
        return answer
    dated.sort(key=lambda quote: quote.article.published_key)
    return replace(answer, timeline=tuple(dated))


def _opening(stored: StoredPassage) -> Quote | None:
    """The first sentence of a passage's article that is no heading, with the context it needs."""
    text = stored.article.text
    for paragraph in segmentation.paragraphs(text[:OPENING]):
        sentences = segmentation.sentences(text, paragraph)
        for place, sentence in enumerate(sentences):
            if not candidates.is_heading(text[slice(*sentence)]):
                span = quotes.with_context(text, sentences, place)
                return segmentation.quoted(stored.article, span, stored.library)
    return None

"""Candidates: the sentences of the best passages, scored by the reader."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from retrieval.index.indexes import LibraryIndexes
from retrieval.models import ReadablePassage, Reader, SentenceReading
from retrieval.records import Floats, Hit, Span, StoredPassage
from retrieval.search import headings

HITS = 100  # passages asked of each index
READ = 8  # passages that the reader reads
LONGEST_TITLE = 25  # words of a title that the reader reads

BM25_WEIGHT = 1.0
"""What the best word match adds to a cosine. Scores are fused, not ranks: on news, where many
articles share their words, the distance between scores tells more than their order."""

PREFERRED = 0.5
"""What a passage of the article just quoted gains in a follow-up question."""

COSINE, BM25, LOG_BM25 = 4.0, 2.0, 4.0
"""What the search adds to the reader's logarithm of odds: for the order, a passage's cosine and
BM25 score, which tell apart articles that the reader sees one at a time; for the odds that a
sentence answers, the cosine and log(1 + BM25 score), since the words that are found say less and
less of that. How they were chosen is in the reader's model card
(`python -m retrieval.training.calibrate --weights`)."""


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage that the reader is to read, as the search found it."""

    stored: StoredPassage
    hit: Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, at `place` in its passage.

    Candidates are ordered by `score`; `odds` is the logarithm of the odds that it answers, yet to
    be calibrated. `answer` are the characters of the article that answer best, if the reader could
    read it.
    """

    stored: StoredPassage
    place: int
    score: float
    odds: float
    answer: Span | None

    @property
    def span(self) -> Span:
        """The characters of the article that the sentence has."""
        return self.stored.passage.sentences[self.place]

    @property
    def text(self) -> str:
        return self.stored.article.text[slice(*self.span)]


def search(
    indexes: Sequence[LibraryIndexes],
    question: str,
    vector: Floats,
    within: Collection[int] | None = None,
    like: Collection[str] = (),
) -> list[Hit]:
    """What the indexes of all libraries find, or of some passages only.

    `like` are words like misspelt ones of the question.
    """
    return [hit for index in indexes for hit in index.hits(question, vector, HITS, within, like)]


def fused_scores(hits: Sequence[Hit], preferred: Collection[int] = ()) -> dict[int, float]:
    """The fused score of each hit by passage id, best first; more for those that are preferred."""
    best_bm25 = max((hit.bm25 for hit in hits), default=0.0) or 1.0
    scores = {
        hit.passage_id: hit.cosine
        + BM25_WEIGHT * hit.bm25 / best_bm25
        + PREFERRED * (hit.passage_id in preferred)
        for hit in hits
    }
    return {id: scores[id] for id in sorted(scores, key=lambda id: (-scores[id], id))}


def distinct(passages: Iterable[RetrievedPassage], most: int = READ) -> list[RetrievedPassage]:
    """The best passages, of which no two have the same text."""
    by_text: dict[str, RetrievedPassage] = {}
    for retrieved in passages:
        passage = retrieved.stored.passage
        by_text.setdefault(retrieved.stored.article.text[passage.start : passage.end], retrieved)
        if len(by_text) == most:
            break
    return list(by_text.values())


def read(
    reader: Reader, questions: Sequence[tuple[str, Sequence[RetrievedPassage]]]
) -> list[list[Candidate]]:
    """The sentences of the passages of each question, best first, all read in one batch."""
    readings = reader.read_all(
        [
            (question, [_readable(passage.stored) for passage in passages])
            for question, passages in questions
        ]
    )
    return [
        sorted(
            (
                candidate
                for passage, sentences in zip(passages, read, strict=True)
                for candidate in _candidates(passage, sentences)
            ),
            key=lambda candidate: (-candidate.score, candidate.stored.id, candidate.place),
        )
        for (_, passages), read in zip(questions, readings, strict=True)
    ]


def _candidates(
    passage: RetrievedPassage, sentences: Sequence[SentenceReading]
) -> Iterable[Candidate]:
    stored, hit = passage.stored, passage.hit
    shift = stored.passage.start
    for place, read in enumerate(sentences):
        sentence = stored.passage.sentences[place]
        if read.answer is None or headings.says_nothing(
            stored.article.text, stored.passage, sentence
        ):
            continue
        start, end = read.answer
        odds = read.score + COSINE * hit.cosine
        yield Candidate(
            stored,
            place,
            odds + BM25 * hit.bm25,
            odds + LOG_BM25 * math.log1p(hit.bm25),
            Span(start + shift, end + shift),
        )


def _readable(stored: StoredPassage) -> ReadablePassage:
    passage = stored.passage
    title = " ".join(stored.article.title.replace("_", " ").split()[:LONGEST_TITLE])
    return ReadablePassage(
        title,
        stored.article.text[passage.start : passage.end],
        tuple(Span(s.start - passage.start, s.end - passage.start) for s in passage.sentences),
    )

"""The records that travel between the steps of a search; all are frozen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.records import ArticleRef, Hit, Span, StoredPassage


@dataclass(frozen=True, slots=True)
class Query:
    """A question to search for.

    `subject` holds the names, or the title, with which a follow-up question was completed. Passages
    of `articles` are read first. `matched` has the words to score by BM25 if not all of `text`: a
    title is indexed with each passage of its article, so its words say nothing about an answer.
    `gains` is added to the odds when queries compete.
    """

    text: str
    articles: tuple[ArticleRef, ...] = ()
    subject: str = ""
    gains: float = 0.0
    matched: str = ""

    @property
    def is_rewritten(self) -> bool:
        return bool(self.subject)


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage that the reader is to read, with its scores in the search."""

    stored: StoredPassage
    hit: Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: number `place` of its passage, counted from 0.

    Candidates are ranked by `score`. `odds` is the logarithm of the odds that the sentence answers,
    before calibration. `answer` are the characters of the article that answer best; None if the
    reader cannot read the language.
    """

    stored: StoredPassage
    place: int
    score: float
    odds: float
    answer: Span | None

    @property
    def span(self) -> Span:
        """The characters of the article that hold the sentence."""
        return self.stored.passage.sentences[self.place]

    @property
    def rank(self) -> tuple[float, int, int]:
        """The key that sorts candidates best first, the same in every run."""
        return -self.score, self.stored.id, self.place


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search yields: all hits, the candidates best first, and whether any passage is near.

    A passage is near if it is close to the question in meaning or has most of its words.
    """

    query: Query
    hits: Sequence[Hit]
    candidates: Sequence[Candidate]
    is_near: bool

    @property
    def odds(self) -> float:
        """The logarithm of the odds that the best candidate answers."""
        return self.candidates[0].odds if self.candidates else -math.inf

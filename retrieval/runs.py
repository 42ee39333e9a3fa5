"""Runs of neighbouring sentences, and which of them are worth the words it takes to read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.records import Span
from retrieval.scoring import Scored
from retrieval.scripts import words_counted
from retrieval.trained import probabilities

LONGEST_RUN = 4
"""Sentences of a run."""

MOST_WORDS = 100
"""Words up to which sentences are put together; a longer one stands by itself."""

TEMPERATURE = 0.6
"""What scores are divided by before they are read as odds, to say how likely each sentence is.

By themselves they are too modest: words went to neighbours that seldom held the answer."""

FIRST_WORD_COST = 0.006
"""What a word of the first quote has to bring in probability that the answer is in it.

Tuned with the temperature on halves of the evaluation sets, for the most answers in first quotes
of 40 words or fewer on average."""

WORD_COST = 0.002
"""The same for the quotes after it, which are read by those whom the first has not answered."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring sentences of a passage; `places` are those of the first and of the last in it.

    That is no half-open range, unlike other spans: a run of one sentence ends where it begins.
    `best` is the one that answers best, and `probability` that of the answer to be in the run, if
    it is in any sentence examined.
    """

    best: Scored
    places: Span
    probability: float
    words: int

    def overlaps(self, other: Run) -> bool:
        """Whether both have a sentence in common."""
        return (
            self.best.ranked.kept.id == other.best.ranked.kept.id
            and self.places.start <= other.places.end
            and other.places.start <= self.places.end
        )


def by_worth(scored: Sequence[Scored]) -> Iterator[Run]:
    """The runs, each the one most worth its words of those that overlap none before it.

    It is chosen for a reader whom those before it have not answered. `scored` have logarithms of
    odds for scores, and no sentence twice.
    """
    left = _runs(scored)
    cost = FIRST_WORD_COST
    while left:
        rest = sum(run.probability for run in left if run.places.start == run.places.end)
        best = max(left, key=lambda run: run.probability / (rest or 1.0) - cost * run.words)
        yield best
        left = [run for run in left if not run.overlaps(best)]
        cost = WORD_COST


def likelihoods(scored: Sequence[Scored]) -> list[float]:
    """How probable it is of each sentence that it answers, if any of them does."""
    scores = np.array([one.score for one in scored], dtype=np.float32)
    shares: list[float] = probabilities(scores / TEMPERATURE).tolist()
    return shares


def _runs(scored: Sequence[Scored]) -> list[Run]:
    """All runs of sentences that were scored, those of the best sentences first."""
    known = {
        (one.ranked.kept.id, one.place): (one, share, _words(one))
        for one, share in zip(scored, likelihoods(scored), strict=True)
    }
    return [run for one in scored for run in _beginning_at(one.ranked.kept.id, one.place, known)]


def _beginning_at(
    passage: int, first: int, known: dict[tuple[int, int], tuple[Scored, float, int]]
) -> Iterator[Run]:
    """The runs that begin with a sentence, the shortest first."""
    probability, words = 0.0, 0
    best: Scored | None = None
    for place in range(first, first + LONGEST_RUN):
        if (passage, place) not in known:
            return
        one, share, own_words = known[passage, place]
        probability, words = probability + share, words + own_words
        if place > first and words > MOST_WORDS:
            return
        best = one if best is None or one.score > best.score else best
        yield Run(best, Span(first, place), probability, words)


def _words(one: Scored) -> int:
    sentence = one.sentence
    return words_counted(one.ranked.kept.article.text[sentence.start : sentence.end])

"""Neighbouring sentences become one quote where that is worth its words."""

import math

import numpy as np
import pytest

from retrieval.indexed import KeptPassage, Passage, Sentence
from retrieval.ranking import RankedPassage
from retrieval.records import Article, Span
from retrieval.runs import FIRST_WORD_COST, MOST_WORDS, by_worth
from retrieval.scoring import Scored

SHORT = "The lamp went dark."
LONG = " ".join(["word"] * 60) + "."


def passage(number: int, *texts: str) -> RankedPassage:
    """A passage of these sentences, which nothing was compared with yet."""
    text, sentences = "", []
    for one in texts:
        sentences.append(Sentence(len(text), len(text) + len(one), 0, 1))
        text += one + " "
    nothing = np.zeros((1, 1), dtype=np.float32)
    codes = np.zeros((1, 1), dtype=np.uint8)
    cut = Passage(1, 0, len(text) - 1, tuple(sentences), nothing[0], codes)
    kept = KeptPassage(number, "main", Article(f"article-{number}", "", text.strip()), cut)
    return RankedPassage(kept, 0.0, 0.0, 0.0, 0.0, nothing, nothing, np.ones(1, np.float32))


def scored(ranked: RankedPassage, *probabilities: float) -> list[Scored]:
    """Its sentences with the logarithms of these probabilities for scores."""
    return [Scored(math.log(one), 0.0, place, ranked) for place, one in enumerate(probabilities)]


def places(*sentences: Scored) -> list[tuple[int, Span]]:
    ordered = sorted(sentences, key=lambda one: -one.score)
    return [(run.best.ranked.kept.id, run.places) for run in by_worth(ordered)]


def test_a_sentence_that_alone_answers_stands_alone():
    assert places(*scored(passage(1, SHORT, SHORT, SHORT), 0.001, 0.998, 0.001))[0] == (1, (1, 1))


def test_two_that_may_answer_stand_together():
    assert places(*scored(passage(1, SHORT, SHORT, SHORT), 0.5, 0.499, 0.001))[0] == (1, (0, 1))


def test_two_neighbours_are_better_than_one_sentence_elsewhere_that_is_a_little_better():
    one, other = passage(1, SHORT, SHORT), passage(2, SHORT)
    assert places(*scored(one, 0.3, 0.3), *scored(other, 0.4)) == [(1, (0, 1)), (2, (0, 0))]


def test_sentences_that_are_not_neighbours_stay_apart():
    too_long_between = passage(1, SHORT, f"{LONG} {LONG}", SHORT)
    assert places(*scored(too_long_between, 0.49, 0.0001, 0.5))[0] == (1, (2, 2))


def test_what_would_be_too_long_to_read_stays_apart():
    assert len(LONG.split()) * 2 > MOST_WORDS
    assert places(*scored(passage(1, LONG, LONG), 0.5, 0.5))[0] == (1, (0, 0))


def test_a_long_sentence_has_to_bring_more():
    ranked = passage(1, SHORT, LONG[: 5 * 40] + ".")
    words = 40
    worth_it = scored(ranked, 0.6, 2 * words * FIRST_WORD_COST)
    too_little = scored(ranked, 0.9, 0.5 * words * FIRST_WORD_COST)
    assert places(*worth_it)[0] == (1, (0, 1))
    assert places(*too_little)[0] == (1, (0, 0))


def test_runs_do_not_overlap_and_hold_every_sentence():
    one, other = passage(1, *[SHORT] * 7), passage(2, *[SHORT] * 4)
    found = places(*scored(one, *[0.1] * 7), *scored(other, *[0.05] * 4))
    held = [(id, place) for id, span in found for place in range(span.start, span.end + 1)]
    assert sorted(held) == [(1, place) for place in range(7)] + [(2, place) for place in range(4)]


def test_the_probabilities_of_all_runs_have_the_sum_one():
    one, other = passage(1, *[SHORT] * 5), passage(2, LONG, LONG)
    sentences = [*scored(one, 0.2, 0.1, 0.3, 0.1, 0.1), *scored(other, 0.1, 0.1)]
    assert sum(run.probability for run in by_worth(sentences)) == pytest.approx(1)


def test_nothing_makes_nothing():
    assert list(by_worth([])) == []

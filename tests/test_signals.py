"""What speaks for a sentence as the answer is told in numbers; real articles, real model."""

from datetime import UTC, datetime

import numpy as np
import pytest
from shelf import BAKERY, GLACIER, HARBOUR, add

from retrieval import trained
from retrieval.library import Library
from retrieval.signals import EXAMINED, Signals

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def shelf(library: Library, tmp_path) -> Library:
    add(library, tmp_path, {**HARBOUR, "published": "2026-03-04"}, BAKERY, GLACIER)
    return library


def told(library: Library, question: str) -> dict[str, Signals]:
    """The signals of each sentence, by its words."""
    seen = library.signalled(question, now=NOW)
    texts = [
        one.ranked.kept.article.text[one.sentence.start : one.sentence.end]
        for one in seen.sentences
    ]
    return dict(zip(texts, map(Signals._make, seen.signals.tolist()), strict=True))


RAT = "Keeper Olaf Brenn said a rat had bitten through the main cable."
COST = "The repair cost 412 crowns."
BREAD = "She bakes 300 loaves a night."


def test_a_sentence_with_all_content_words_covers_the_question(shelf):
    found = told(shelf, "Which rat had bitten the cable?")
    assert found[RAT].covered == pytest.approx(1)
    assert found[BREAD].covered == 0
    assert found[RAT].shared == found[RAT].asked == 3


def test_words_are_found_in_the_passage_and_in_the_title_too(shelf):
    found = told(shelf, "What did the repair of the harbour light cost the keeper?")
    assert found[COST].covered < found[COST].covered_in_passage < found[COST].covered_in_all
    assert found[COST].covered_in_title > 0


def test_a_number_counts_where_the_question_asks_how_many(shelf):
    many = told(shelf, "How many loaves does she bake?")
    what = told(shelf, "What does she bake?")
    assert many[BREAD].number_where_how_many == 1
    assert what[BREAD].number_where_how_many == 0


def test_a_name_counts_where_the_question_asks_who(shelf):
    found = told(shelf, "Who is the keeper?")
    assert found[RAT].name_where_who > 0
    assert found[COST].name_where_who == 0


def test_names_and_numbers_of_the_question_are_looked_for(shelf):
    found = told(shelf, "What did Brenn say of the 412 crowns?")
    assert (found[RAT].names_known, found[RAT].numbers_known) == (1, 0)
    assert (found[COST].names_known, found[COST].numbers_known) == (0, 1)
    assert found[RAT].numbers_near == found[COST].names_near == 1


def test_a_question_without_names_knows_none(shelf):
    assert told(shelf, "What did the rat bite?")[RAT].names_known == -1


def test_the_publisher_and_the_month_are_told(shelf):
    named = told(shelf, "Which cable of the harbour is in the Skerry Post of March?")
    assert (named[RAT].source_named, named[RAT].month_named) == (1, 1)
    other = told(shelf, "Was a cable bitten by a rat in the Northern Letters of May?")
    assert all(one.source_named in (0, 1) for one in other.values())
    assert not any(one.month_named == 1 for one in other.values())


def test_no_more_sentences_are_examined_than_that(library, tmp_path):
    texts = [f"The rat number {number} bit through a cable." for number in range(2 * EXAMINED)]
    add(library, tmp_path, {"id": "rats", "title": "Rats", "text": "\n\n".join(texts)})
    seen = library.signalled("Which rat bit through a cable?", now=NOW)
    assert len(seen.sentences) == EXAMINED
    assert seen.signals.shape == (EXAMINED, len(Signals._fields))
    assert seen.signals.dtype == np.float32


def test_no_articles_have_no_signals(library):
    seen = library.signalled("What did the rat bite?", now=NOW)
    assert seen.signals.shape == (0, len(Signals._fields))
    assert trained.scores(seen.signals).shape == (0,)
    assert trained.confidence(seen.signals, trained.scores(seen.signals), []) == 0


def test_the_trained_models_take_these_signals(shelf):
    seen = shelf.signalled("What did the rat bite?", now=NOW)
    scores = trained.scores(seen.signals)
    articles = [one.ranked.kept.article.id for one in seen.sentences]
    assert scores.shape == (len(articles),)
    assert 0 < trained.confidence(seen.signals, scores, articles) < 1
    best = seen.sentences[int(np.argmax(scores))]
    assert best.ranked.kept.article.text[best.sentence.start : best.sentence.end] == RAT


def test_probabilities_have_the_sum_one():
    assert trained.probabilities(np.array([1, 2, 3], np.float32)).sum() == pytest.approx(1)
    assert trained.probabilities(np.zeros(0, np.float32)).shape == (0,)

"""The samples that come with Quotewise are sound, and the real bot answers them."""

import json
from pathlib import Path

import pytest

from retrieval.evaluation import Question, QuestionResult, normalised
from retrieval.records import AnswerStatus, Silence

FOLDER = Path(__file__).parent.parent / "bot" / "samples"


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]


ARTICLES = lines("articles.jsonl")
QUESTIONS = lines("questions.jsonl")
TEXTS = {article["id"]: article["text"] for article in ARTICLES}


def test_every_answer_is_in_one_of_its_articles_and_every_article_has_one():
    for line in QUESTIONS:
        texts = [normalised(TEXTS[id]) for id in line["article_ids"]]
        answers = [normalised(answer) for answer in line["answers"]]
        assert all(answer and any(answer in text for text in texts) for answer in answers), line
        assert all(any(answer in text for answer in answers) for text in texts), line


@pytest.fixture(scope="module")
def asked(samples):
    """Every sample question with its real answer of at most three quotes."""
    found = []
    for line in QUESTIONS:
        answer = samples.answer(line["question"], limit=3)
        question = Question(
            line["question"],
            tuple(line["answers"]),
            frozenset(line["article_ids"]),
            line["answerable"],
        )
        exact = all(
            TEXTS[one.article.id][one.start : one.end] == one.text
            for one in answer.quotes or answer.closest
        )
        found.append(QuestionResult(question, answer, exact))
    return found


@pytest.fixture(scope="module")
def answerable(asked):
    return [one for one in asked if one.question.answerable]


# The questions are worded unlike the articles, and are hard. Bars for the thirty answerable ones
# and the ten others:
ARTICLE_FIRST = 27
# What the shipped reader reaches; the aim is 24 in three, and .9 of the answers right.
RIGHT_FIRST, RIGHT_IN_THREE = 18, 21
ANSWERED, FALSELY = 15, 1
RIGHT_OF_ANSWERED = 0.8


def test_the_first_quote_is_mostly_from_an_article_that_answers(answerable):
    assert sum(one.names_article_in(1) for one in answerable) >= ARTICLE_FIRST


def test_the_first_quote_or_one_of_the_first_three_answers(answerable):
    assert sum(one.is_answered_in(1) for one in answerable) >= RIGHT_FIRST
    assert sum(one.is_answered_in(3) for one in answerable) >= RIGHT_IN_THREE


def test_half_of_the_questions_are_answered_and_those_answers_are_right(asked, answerable):
    sure = [one for one in answerable if one.answer.answered]
    assert len(sure) >= ANSWERED
    assert sum(one.is_right for one in sure) >= RIGHT_OF_ANSWERED * len(sure)
    assert sum(one.answer.answered for one in asked if not one.question.answerable) <= FALSELY


def test_every_quote_is_what_the_article_says_at_its_place(asked):
    assert [one.question.question for one in asked if not one.exact] == []


def test_nothing_in_the_samples_speaks_of_brazil(samples):
    answer = samples.answer("Who is the president of Brazil?")
    assert (answer.status, answer.silence) == (AnswerStatus.NONE, Silence.NOTHING)
    assert len(answer.closest) == 3

"""Evaluations: figures that can be worked out by hand, and sets that are asked in a library."""

import pytest
from article_library import jsonl

from retrieval import Answer, AnswerStatus, Article, Quote, QuotewiseError
from retrieval.evaluation import (
    Evaluation,
    Question,
    QuestionResult,
    Reading,
    RiskPoint,
    figures,
    normalised,
    risk_points,
)
from retrieval.search.calibration import Calibration

MODEL = "all-MiniLM-L6-v2"
READING = Reading(articles=3, paragraphs=30, paragraphs_per_second=12.5)


def quote(id, text):
    return Quote(text, Article(id=id, title=id, text=text), 1, 0, len(text), 0.0)


def asked(*quotes, confidence, took_ms=1, answerable=True, exact=True, without_gold=None):
    """A question that article `a` answers with `six o'clock`: ANSWER from .5, PROBABLE from .2."""
    gold = frozenset({"a", "a2"}) if answerable else frozenset()
    question = Question("When?", ("six o'clock", "6 a.m."), gold, answerable)
    sure = AnswerStatus.ANSWER if confidence >= 0.5 else AnswerStatus.PROBABLE
    status = sure if confidence >= 0.2 else AnswerStatus.NONE
    shown, closest = ((), quotes) if status is AnswerStatus.NONE else (quotes, ())
    answer = Answer("When?", status, confidence, shown, closest, took_ms, raw=confidence)
    left = Answer("When?", AnswerStatus.NONE, without_gold, raw=without_gold)
    return QuestionResult(question, answer, exact, None if without_gold is None else left)


RIGHT = quote("a", "It leaves at Six O’Clock.")
NAMES = quote("a2", "It leaves from the pier.")
WRONG = quote("b", "No.")
ASKED = [
    asked(RIGHT, WRONG, confidence=0.9, took_ms=10),
    asked(NAMES, WRONG, RIGHT, confidence=0.6, took_ms=20),
    asked(WRONG, WRONG, WRONG, WRONG, RIGHT, confidence=0.2, took_ms=30),
    asked(confidence=0.0, took_ms=40),
    asked(WRONG, confidence=0.7, took_ms=50, answerable=False, exact=False),
    asked(WRONG, confidence=0.1, took_ms=60, answerable=False),
]


def test_the_figures_of_six_questions_are_as_worked_out_by_hand():
    found = figures(READING, ASKED)
    assert (found.articles, found.paragraphs, found.paragraphs_per_second) == (3, 30, 12.5)
    assert (found.questions, found.answerable) == (6, 4)
    assert (found.article_at_1, found.article_at_5) == (2 / 4, 3 / 4)
    assert (found.answer_in_quote_at_1, found.answer_in_quote_at_3) == (1 / 4, 2 / 4)
    assert found.first_quote_words == (5 + 5 + 1) / 3
    assert (found.answered, found.right_of_answered) == (2 / 4, 1 / 2)
    assert (found.probable, found.right_of_probable) == (1 / 4, 0)
    assert (found.false_answers, found.false_probable) == (1 / 2, 0)
    # Of the 8 pairs of a question of each kind, .9 beats both, .6 and .2 beat .1, and 0 neither.
    assert found.auroc == pytest.approx(4 / 8)
    assert found.exact_quotes == 5 / 6
    assert (found.p50_ms, found.p95_ms) == pytest.approx((35.0, 57.5))
    errors = found.two_standard_errors
    assert errors["answered"] == pytest.approx(2 * (0.5 * 0.5 / 4) ** 0.5)
    # Hanley and McNeil: of .5, four and two questions.
    assert errors["auroc"] == pytest.approx(2 * ((0.25 + 3 / 12 + 1 / 12) / 8) ** 0.5)


def test_at_a_stated_risk_some_are_answered_and_some_of_them_rightly():
    unanswerable = tuple(number / 100 for number in range(40, 59))
    found = Calibration(((0.0, 0.0), (1.0, 1.0)), (unanswerable,), "a test")
    points = {point.risk: point for point in risk_points(ASKED, found)}
    assert points[0.01] == RiskPoint(0.01, 1.0, 0.0, None, 0.0, 1 / 4)
    assert points[0.05] == RiskPoint(0.05, 0.58, 2 / 4, 1 / 2, 1 / 2, 1 / 4)
    (alone,) = {point.false_answers for point in risk_points(ASKED[:4], found)}
    assert alone is None


def test_without_the_articles_that_answer_every_answer_is_false():
    left = [asked(RIGHT, confidence=0.6, without_gold=0.7)]
    left += [asked(RIGHT, confidence=0.8, without_gold=0.1)]
    found = figures(READING, [*ASKED[:2], *left])
    # Of .9, .6, .6 and .8, two beat .7 and all beat .1.
    assert found.auroc_without_gold == pytest.approx(6 / 8)
    assert found.false_answers_without_gold == 0.0
    assert figures(READING, ASKED).auroc_without_gold is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("The ferry leaves at 6.40 p.m.", "ferry leaves at 640 pm"),
        ("“An  owl’s”\n nest — a BIG one…", "owls nest big one"),
        ("他以 136 次擒杀领先。", "他以136次擒杀领先"),
        ("الجِسْر؟", "الجسر"),
    ],
)
def test_answers_are_compared_without_case_punctuation_and_articles(text, same):
    assert normalised(text) == same


PIER = {"id": "pier", "text": "The ferry to Orle leaves at six.\n\nDogs ride free."}
MILL = {"id": "mill", "text": "The Brand family has sold the paper mill to a brewer."}
BOUGHT = {
    "id": "q1",
    "question": "Who bought the paper mill?",
    "answers": ["a brewer"],
    "article_ids": ["mill"],
    "answerable": True,
    "half": "report",
}
LEAVES = BOUGHT | {"id": "q2", "question": "When does the ferry leave?", "half": "fit"}


def test_a_set_is_asked_in_a_library_of_its_own_with_and_without_what_answers(tmp_path, copies):
    jsonl(tmp_path, PIER, MILL)
    jsonl(tmp_path, BOUGHT, name="questions.jsonl")
    with Evaluation(tmp_path, model=MODEL, copies=copies) as evaluation:
        reading = evaluation.read()
        (one,) = evaluation.ask(without_gold=True)
    assert (reading.articles, reading.paragraphs) == (2, 3)
    assert one.is_answered_in(3) and one.names_article_in(3) and one.exact
    left = one.without_gold
    assert {quote.article.id for quote in (*left.quotes, *left.closest)} == {"pier"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles.jsonl", "questions.jsonl"]


def test_of_one_half_only_the_questions_are_asked_and_all_articles_stay(tmp_path, copies):
    jsonl(tmp_path, PIER, MILL)
    jsonl(tmp_path, BOUGHT, LEAVES, name="questions.jsonl")
    with Evaluation(tmp_path, model=MODEL, copies=copies, half="fit") as evaluation:
        assert evaluation.read().articles == 2
        assert [one.question.id for one in evaluation.ask()] == ["q2"]
    jsonl(tmp_path, BOUGHT, name="questions.jsonl")
    with pytest.raises(QuotewiseError, match="no question with the half 'fit': leave --half out"):
        Evaluation(tmp_path, model=MODEL, copies=copies, half="fit")

"""Evaluations: figures that can be worked out by hand, halves of sets, and kinds of questions."""

import json
from dataclasses import replace

import pytest

from retrieval import Answer, AnswerStatus, Article, Quote, QuotewiseError
from retrieval.evaluation import (
    Evaluation,
    Question,
    QuestionResult,
    Reading,
    RiskPoint,
    curve,
    figures,
    normalised,
)
from retrieval.search.calibration import Calibration

READING = Reading(articles=3, paragraphs=30, paragraphs_per_second=12.5)


def quote(id: str, text: str) -> Quote:
    return Quote(text, Article(id=id, title=id, text=text), 1, 0, len(text), 0.0)


def asked(
    quotes: list[Quote],
    *,
    confidence: float,
    took_ms: float,
    answerable: bool = True,
    exact: bool = True,
    without_gold: float | None = None,
    text: str = "When?",
) -> QuestionResult:
    """A question that article `a` answers with `six o'clock`: ANSWER from .5, PROBABLE from .2."""
    question = Question(
        text,
        ("six o'clock", "6 a.m."),
        frozenset({"a", "a2"}) if answerable else frozenset(),
        answerable,
    )
    status = AnswerStatus.NONE
    if confidence >= 0.2:
        status = AnswerStatus.ANSWER if confidence >= 0.5 else AnswerStatus.PROBABLE
    shown, closest = (tuple(quotes), ()) if status is not AnswerStatus.NONE else ((), tuple(quotes))
    answer = Answer(text, status, confidence, shown, closest, took_ms, raw=confidence)
    left = None
    if without_gold is not None:
        left = Answer(text, AnswerStatus.NONE, without_gold, raw=without_gold)
    return QuestionResult(question, answer, exact, left)


RIGHT = quote("a", "It leaves at Six O’Clock.")
NAMES = quote("a2", "It leaves from the pier.")
WRONG = quote("b", "No.")

ASKED = [
    asked([RIGHT, WRONG], confidence=0.9, took_ms=10),
    asked([NAMES, WRONG, RIGHT], confidence=0.6, took_ms=20),
    asked([WRONG, WRONG, WRONG, WRONG, RIGHT], confidence=0.2, took_ms=30),
    asked([], confidence=0.0, took_ms=40),
    asked([WRONG], confidence=0.7, took_ms=50, answerable=False, exact=False),
    asked([WRONG], confidence=0.1, took_ms=60, answerable=False),
]


def test_the_figures_of_six_questions_are_what_a_hand_works_out():
    found = figures(READING, ASKED)
    assert (found.articles, found.paragraphs, found.paragraphs_per_second) == (3, 30, 12.5)
    assert (found.questions, found.answerable) == (6, 4)
    assert found.article_at_1 == 2 / 4
    assert found.article_at_5 == 3 / 4
    assert found.answer_in_quote_at_1 == 1 / 4
    assert found.answer_in_quote_at_3 == 2 / 4
    assert found.first_quote_words == (5 + 5 + 1) / 3
    assert (found.answered, found.right_of_answered) == (2 / 4, 1 / 2)
    assert (found.probable, found.right_of_probable) == (1 / 4, 0)
    assert (found.false_answers, found.false_probable) == (1 / 2, 0)
    # Of the 8 pairs of a question of each kind, .9 beats both, .6 and .2 beat .1, and 0 neither.
    assert found.auroc == pytest.approx(4 / 8)
    assert found.exact_quotes == 5 / 6
    assert found.p50_ms == pytest.approx(35.0)
    assert found.p95_ms == pytest.approx(57.5)


def test_at_a_stated_risk_some_are_answered_and_some_of_them_rightly():
    unanswerable = tuple(number / 100 for number in range(40, 59))
    found = Calibration(((0.0, 0.0), (1.0, 1.0)), (unanswerable,), "a test")
    points = {point.risk: point for point in curve.risk_points(ASKED, found)}
    assert points[0.01] == RiskPoint(0.01, 1.0, 0.0, None, 0.0, 1 / 4)
    assert points[0.05] == RiskPoint(0.05, 0.58, 2 / 4, 1 / 2, 1 / 2, 1 / 4)
    (alone,) = {point.false_answers for point in curve.risk_points(ASKED[:4], found)}
    assert alone is None


def test_without_the_articles_that_answer_every_answer_is_false():
    left = [replace(one, without_gold=None) for one in ASKED[:2]]
    left += [asked([RIGHT], confidence=0.6, took_ms=1, without_gold=0.7)]
    left += [asked([RIGHT], confidence=0.8, took_ms=1, without_gold=0.1)]
    found = figures(READING, left)
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


def write_set(folder, articles, questions):
    for name, lines in (("articles", articles), ("questions", questions)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")


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
    write_set(tmp_path, [PIER, MILL], [BOUGHT])
    with Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies) as evaluation:
        reading = evaluation.read()
        (one,) = evaluation.ask(without_gold=True)
    assert (reading.articles, reading.paragraphs) == (2, 3)
    assert one.is_answered_in(3)
    assert one.names_article_in(3)
    assert one.exact
    assert one.without_gold is not None
    left = one.without_gold
    assert {quote.article.id for quote in (*left.quotes, *left.closest)} == {"pier"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles.jsonl", "questions.jsonl"]


def test_of_one_half_only_the_questions_are_asked_and_all_articles_stay(tmp_path, copies):
    write_set(tmp_path, [PIER, MILL], [BOUGHT, LEAVES])
    with Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies, half="fit") as evaluation:
        assert evaluation.read().articles == 2
        assert [one.question.id for one in evaluation.ask()] == ["q2"]
    write_set(tmp_path, [PIER, MILL], [BOUGHT])
    with pytest.raises(QuotewiseError, match="no question with the half 'fit': leave --half out"):
        Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies, half="fit")


# -- tables

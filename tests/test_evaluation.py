"""What came of a set's questions becomes figures that can be worked out by hand."""

import json
from dataclasses import replace

import pytest

from retrieval import Answer, Article, Quote, QuotewiseError
from retrieval.calibration import Calibration, Unanswerable
from retrieval.evaluation import (
    Asked,
    Evaluation,
    Question,
    Reading,
    RiskPoint,
    curve,
    figures,
    normalised,
)

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
    by_words: str | None = None,
    by_vectors: str | None = None,
    without_gold: float | None = None,
) -> Asked:
    """A question for article `a` whose answer is `six o'clock`, answered from .5 on."""
    question = Question(
        "When?",
        ("six o'clock", "6 a.m."),
        frozenset({"a", "a2"}) if answerable else frozenset(),
        answerable,
    )
    answered = confidence >= 0.5
    answer = Answer(
        "When?",
        answered,
        confidence,
        tuple(quotes) if answered else (),
        () if answered else tuple(quotes),
        took_ms,
        raw=confidence,
    )
    left = Answer("When?", False, without_gold or 0.0, (), (), 1.0, raw=without_gold or 0.0)
    kept = None if without_gold is None else left
    return Asked(question, answer, exact, by_words, by_vectors, kept)


RIGHT = quote("a", "It leaves at Six O’Clock.")
NAMES = quote("a2", "It leaves from the pier.")
WRONG = quote("b", "No.")

ASKED = [
    asked([RIGHT, WRONG], confidence=0.9, took_ms=10, by_words="a", by_vectors="a2"),
    asked([NAMES, WRONG, RIGHT], confidence=0.6, took_ms=20, by_words="b", by_vectors="a"),
    asked([WRONG, WRONG, WRONG, WRONG, RIGHT], confidence=0.2, took_ms=30, by_vectors="b"),
    asked([], confidence=0.0, took_ms=40),
    asked([WRONG], confidence=0.7, took_ms=50, answerable=False, exact=False),
    asked([WRONG], confidence=0.1, took_ms=60, answerable=False),
]


def test_the_figures_of_six_questions_are_what_a_hand_works_out():
    found = figures(READING, ASKED)
    assert (found.articles, found.paragraphs, found.paragraphs_per_second) == (3, 30, 12.5)
    assert (found.questions, found.answerable) == (6, 4)
    assert found.article_at_1 == 2 / 4
    assert found.article_at_1_by_words == 1 / 4
    assert found.article_at_1_by_vectors == 2 / 4
    assert found.article_at_5 == 3 / 4
    assert found.answer_in_quote_at_1 == 1 / 4
    assert found.answer_in_quote_at_3 == 2 / 4
    assert found.first_quote_words == (5 + 5 + 1) / 3
    assert found.answered == 2 / 4
    assert found.false_answers == 1 / 2
    # Of the 8 pairs of a question of each kind, .9 beats both, .6 and .2 beat .1, and 0 neither.
    assert found.auroc == pytest.approx(4 / 8)
    assert found.exact_quotes == 5 / 6
    assert found.p50_ms == pytest.approx(35.0)
    assert found.p95_ms == pytest.approx(57.5)


def test_how_far_confidences_lie_from_what_was_right():
    found = figures(READING, ASKED)
    # Right is only the first; a group each, as there are fewer questions than groups.
    distances = [0.1, 0.6, 0.2, 0.0, 0.7, 0.1]
    assert found.calibration_error == pytest.approx(sum(distances) / 6)
    assert found.brier == pytest.approx(sum(one * one for one in distances) / 6)


def test_the_curve_goes_from_nothing_answered_to_everything():
    answers = [one.answer for one in ASKED]
    assert curve.steps(answers[:4], answers[4:]) == [
        (0.0, 0.0),
        (0.0, 0.25),
        (0.5, 0.25),
        (0.5, 0.5),
        (0.5, 0.75),
        (1.0, 0.75),
        (1.0, 1.0),
    ]


def test_at_a_stated_risk_some_are_answered_and_some_of_them_rightly():
    told = Unanswerable(1.0, tuple(number / 100 for number in range(40, 59)))
    found = Calibration(((0.0, 0.0), (1.0, 1.0)), (told,), 0.0, "a test")
    points = {point.risk: point for point in curve.risk_points(ASKED, found)}
    assert points[0.01] == RiskPoint(0.01, 1.0, 0.0, None, 0.0, 1 / 4)
    assert points[0.05] == RiskPoint(0.05, 0.58, 2 / 4, 1 / 2, 1 / 2, 1 / 4)
    (alone,) = {point.false_answers for point in curve.risk_points(ASKED[:4], found)}
    assert alone is None


def test_with_the_articles_left_out_that_answer_every_answer_is_a_false_one():
    left = [replace(one, without_gold=None) for one in ASKED[:2]]
    left += [asked([RIGHT], confidence=0.6, took_ms=1, without_gold=0.7)]
    left += [asked([RIGHT], confidence=0.8, took_ms=1, without_gold=0.1)]
    found = figures(READING, left)
    # Of .9, .6, .6 and .8, two beat .7 and all beat .1.
    assert found.auroc_without_gold == pytest.approx(6 / 8)
    assert found.false_answers_without_gold == 0.0
    assert figures(READING, ASKED).auroc_without_gold is None


def test_without_unanswerable_questions_silence_is_not_measured():
    found = figures(READING, ASKED[:4])
    assert found.false_answers is None
    assert found.auroc is None
    assert found.answered == 2 / 4


def test_without_answerable_questions_there_is_nothing_to_measure():
    with pytest.raises(QuotewiseError, match="no answerable question"):
        figures(READING, ASKED[4:])


def test_a_bot_that_finds_nothing_at_all_has_figures_too():
    found = figures(READING, [ASKED[3], ASKED[5]])
    assert found.first_quote_words == 0.0
    assert found.answer_in_quote_at_3 == 0.0


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("The ferry leaves at 6.40 p.m.", "ferry leaves at 640 pm"),
        ("“An  owl’s”\n nest — a BIG one…", "owls nest big one"),
        ("«Ça va?»", "ça va"),
        ("another theatre", "another theatre"),
        ("The A.", ""),
        ("他以 136 次擒杀领先。", "他以136次擒杀领先"),
        ("「１３６」次", "136次"),
        ("الجِسْر؟", "الجسر"),
        ("", ""),
    ],
)
def test_answers_are_compared_without_case_punctuation_and_articles(text, same):
    assert normalised(text) == same


def test_a_quote_holds_any_one_of_the_answers():
    early = asked([quote("a", "We sail at 6 A.M. sharp.")], confidence=0.9, took_ms=1)
    assert early.is_answered_in(1)


def test_an_answer_of_punctuation_alone_is_held_by_no_quote():
    question = Question("When?", ("—", ""), frozenset({"a"}), True)
    one = Asked(question, ASKED[0].answer, True, None, None)
    assert not one.is_answered_in(3)


def write_set(folder, articles, questions):
    for name, lines in (("articles", articles), ("questions", questions)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")


def test_a_set_is_read_and_asked_in_a_library_of_its_own(tmp_path, copies):
    write_set(
        tmp_path,
        [
            {"id": "pier", "text": "The ferry to Orle leaves at six.\n\nDogs ride free."},
            {"id": "mill", "text": "The Brand family has sold the paper mill to a brewer."},
        ],
        [
            {
                "id": "q1",
                "question": "Who bought the paper mill?",
                "answers": ["a brewer"],
                "article_ids": ["mill"],
                "answerable": True,
            }
        ],
    )
    with Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies) as evaluation:
        reading = evaluation.read()
        (one,) = evaluation.ask(without_gold=True)
    assert (reading.articles, reading.paragraphs) == (2, 3)
    assert one.is_answered_in(1)
    assert one.names_article_in(1)
    assert one.exact
    assert (one.first_by_words, one.first_by_vectors) == ("mill", "mill")
    assert one.without_gold is not None
    assert {quote.article.id for quote in one.without_gold.closest} == {"pier"}
    assert one.without_gold.raw < one.answer.raw
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles.jsonl", "questions.jsonl"]


def test_a_folder_without_a_set_is_told_of_in_a_sentence(tmp_path, copies):
    with pytest.raises(QuotewiseError, match="give a folder with articles"):
        Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies)


def test_an_article_that_cannot_be_read_ends_an_evaluation(tmp_path, copies):
    write_set(tmp_path, [{"id": "a", "text": "Swans."}, {"id": "b", "text": " "}], [])
    with (
        Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies) as evaluation,
        pytest.raises(QuotewiseError, match="line 2: `text` is blank"),
    ):
        evaluation.read()

"""Evaluations: figures that can be worked out by hand, halves of sets, and kinds of questions."""

import json
from dataclasses import replace

import pytest
from rich.console import Console

from bot import rendering
from retrieval import Answer, AnswerStatus, Article, Quote, QuotewiseError
from retrieval.evaluation import (
    Evaluation,
    Figures,
    KindFigures,
    Question,
    QuestionResult,
    RiskPoint,
    by_kind,
    figures,
    normalised,
)
from retrieval.evaluation.questions import Reading, kind_of, risk_points
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


def test_each_share_has_two_standard_errors():
    errors = figures(READING, ASKED).two_standard_errors
    assert errors["answered"] == pytest.approx(2 * (0.5 * 0.5 / 4) ** 0.5)
    assert errors["false_answers"] == pytest.approx(2 * (0.5 * 0.5 / 2) ** 0.5)
    assert errors["right_of_probable"] == 0
    # Hanley and McNeil: of .5, four and two questions.
    assert errors["auroc"] == pytest.approx(2 * ((0.25 + 3 / 12 + 1 / 12) / 8) ** 0.5)
    assert "false_answers_without_gold" not in errors


def test_how_far_confidences_lie_from_what_was_right():
    found = figures(READING, ASKED)
    # Of the four answerable ones; a group each, as there are fewer questions than groups.
    distances = [0.1, 0.6, 0.2, 0.0]
    assert found.calibration_error == pytest.approx(sum(distances) / 4)
    assert found.brier == pytest.approx(sum(one * one for one in distances) / 4)


def test_at_a_stated_risk_some_are_answered_and_some_of_them_rightly():
    unanswerable = tuple(number / 100 for number in range(40, 59))
    found = Calibration(((0.0, 0.0), (1.0, 1.0)), (unanswerable,), "a test")
    points = {point.risk: point for point in risk_points(ASKED, found)}
    assert points[0.01] == RiskPoint(0.01, 1.0, 0.0, None, 0.0, 1 / 4)
    assert points[0.05] == RiskPoint(0.05, 0.58, 2 / 4, 1 / 2, 1 / 2, 1 / 4)
    (alone,) = {point.false_answers for point in risk_points(ASKED[:4], found)}
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
    one = QuestionResult(question, ASKED[0].answer, True)
    assert not one.is_answered_in(3)


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


def test_a_folder_without_a_set_is_refused_with_what_to_give(tmp_path, copies):
    with pytest.raises(QuotewiseError, match="give a folder with articles"):
        Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies)


def test_an_article_that_cannot_be_read_ends_an_evaluation(tmp_path, copies):
    write_set(tmp_path, [{"id": "a", "text": "Swans."}, {"id": "b", "text": " "}], [])
    with (
        Evaluation(tmp_path, model="all-MiniLM-L6-v2", copies=copies) as evaluation,
        pytest.raises(QuotewiseError, match="line 2: `text` is missing"),
    ):
        evaluation.read()


# -- kinds of questions


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who keeps the lighthouse?", "who"),
        ("whose boat sank", "who"),
        ("When did who resign?", "when"),
        ("In what year was the pier built?", "when"),
        ("since when is the mill closed", "when"),
        ("Which town has a paper mill?", "where"),
        ("where's the ferry now?", "where"),
        ("How many crowns did the cable cost?", "how many"),
        ("What percentage of voters stayed away?", "how many"),
        ("how long is the bridge", "how many"),
        ("What did the keeper say when the light went out?", "what"),
        ("Which cable was cut?", "what"),
        ("Why did the light go out?", "why"),
        ("What is the reason the light went out?", "why"),
        ("What caused the fire?", "why"),
        ("How did the rat get in?", "how"),
        ("In what way was the law changed?", "how"),
        ("What happened to the pier?", "result"),
        ("What is the result of the vote?", "result"),
        ("flu deaths?", "other"),
        ("Did the ferry sail?", "other"),
    ],
)
def test_the_kind_of_a_question_follows_from_its_first_question_word(question, kind):
    assert kind_of(question) == kind


def test_each_kind_of_question_has_its_own_shares():
    some = [
        asked([RIGHT], confidence=0.9, took_ms=1, text="Who sails?"),
        asked([WRONG, RIGHT], confidence=0.9, took_ms=1, text="Who rows?"),
        asked([WRONG], confidence=0.9, took_ms=1, text="Who swims?", answerable=False),
        asked([WRONG], confidence=0.9, took_ms=1, text="Sailing?"),
    ]
    half = pytest.approx(2 * (0.25 / 2) ** 0.5)
    assert by_kind(some) == [
        KindFigures("who", 2, 0.5, half, 1.0, 0.0),
        KindFigures("other", 1, 0.0, 0.0, 0.0, 0.0),
    ]


# -- tables


def cells(table) -> list[list[str]]:
    console = Console(width=110)
    with console.capture() as captured:
        console.print(table)
    lines = [line for line in captured.get().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]


def test_the_table_of_figures_has_a_row_a_figure_with_its_errors_and_a_dash_for_none():
    names = Figures.__dataclass_fields__
    values = dict.fromkeys(names, 0.5) | {
        "articles": 12_345,
        "paragraphs_per_second": 77.77,
        "first_quote_words": 20.04,
        "p50_ms": 8.26,
        "false_answers": None,
        "two_standard_errors": {"article_at_5": 0.0312},
    }
    rows = dict(cells(rendering.figures_table("samples", Figures(**values))))
    unlisted = ("two_standard_errors", "risks")
    assert list(rows) == [name.replace("_", " ") for name in names if name not in unlisted]
    assert rows["articles"] == "12,345"
    assert rows["paragraphs per second"] == "77.8"
    assert rows["first quote words"] == "20.0"
    assert rows["p50 ms"] == "8.3"
    assert rows["false answers"] == "–"
    assert rows["article at 5"] == "0.500 ± 0.031"


def test_the_table_of_risks_has_a_row_a_risk_and_that_of_kinds_a_row_a_kind():
    points = [
        RiskPoint(0.05, 0.7312, 0.5, 0.9, 0.04, 0.6),
        RiskPoint(0.2, 0.4, 0.8, None, None, None),
    ]
    assert cells(rendering.risks_table(points)) == [
        ["5%", "0.731", "0.040", "0.500", "0.900", "0.600"],
        ["20%", "0.400", "–", "0.800", "–", "–"],
    ]
    kinds = [KindFigures("how many", 20, 0.8, 0.1789, 0.9, 0.1342)]
    row = ["how many", "20", "0.800 ± 0.179", "0.900 ± 0.134"]
    assert cells(rendering.kinds_table(kinds)) == [row]

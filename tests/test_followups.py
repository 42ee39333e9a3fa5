"""Which queries a question becomes after the turns before it, and what a library answers then."""

from __future__ import annotations

import pytest
from shelf import BAKERY, GLACIER, HARBOUR, add

from retrieval import Answer, AnswerStatus, Article, ArticleRef, Turn
from retrieval.search.followups import names_in, queries, turn
from retrieval.search.records import Query

KELM = Article(
    "kelm",
    "Kelm bridge",
    "The bridge at Kelm was built by Ida Berg. In 1931 the Kelm Council sold it to Jon Brand. "
    "Berg had asked for the bridge back.",
)
REF = ArticleRef("main", "kelm")
BUILT = Turn("Who built the bridge at Kelm?", REF)


def searched(question: str, *earlier: Turn, article: Article | None = None) -> list[str]:
    return [one.text for one in queries(question, earlier, article)]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Where did Ida Berg meet Jon Brand?", ["Ida Berg", "Jon Brand"]),
        ("where did ida berg meet jon brand?", ["Ida Berg", "Jon Brand"]),
        ("WHO WAS IDA BERG?", ["Ida Berg"]),
        ("who built the bridge?", []),
        ("Did Sean O'Brien like Moon's wife?", ["Sean O'Brien", "Moon"]),
        ("Who won Super Bowl 50 on Sunday?", ["Super Bowl 50"]),
        ("What does the Bank of Orle own?", ["Bank of Orle"]),
        ("Bridges, who likes them?", []),
        ("", []),
    ],
)
def test_names_have_a_capital_in_the_question_or_in_the_article(question, names):
    assert names_in(question, KELM.text) == names


def test_without_a_turn_that_names_anything_a_question_is_searched_as_it_is():
    for earlier in ([], [Turn("thanks!")], [Turn("who paid?"), Turn("")]):
        assert queries("where did he live?", earlier) == [Query("where did he live?")]


def test_a_follow_up_is_searched_with_the_names_of_the_last_question_and_its_article_preferred():
    asked, rewritten = queries("how many people paid for repairs?", [BUILT], KELM)
    assert asked == Query("how many people paid for repairs?")
    assert rewritten.text == "Kelm: how many people paid for repairs?"
    assert (rewritten.articles, rewritten.subject) == ((REF,), "Kelm")


def test_a_turn_in_lower_case_has_the_names_of_its_article():
    earlier = Turn("when did ida berg die?", REF)
    assert searched("where did she live?", earlier, article=KELM) == [
        "Ida Berg: where did she live?"
    ]


def test_a_turn_without_names_has_the_title_of_its_article():
    earlier = Turn("who paid for the new planks?", REF)
    assert searched("why?", earlier, article=KELM) == ["Kelm bridge: why?"]


def test_the_words_of_a_title_make_nobody_surer_of_an_answer(shelf, tmp_path):
    title = "Bridge reopens after the bridge fire, says bridge warden"
    add(shelf, tmp_path, {"id": KELM.id, "title": title, "text": KELM.text})
    turns = [Turn("who paid for the new planks?", REF)]
    follow_up = shelf.answer("how many cars does it carry?", earlier=turns)
    assert follow_up.understood == f"{title}: how many cars does it carry?"
    written_out = shelf.answer(follow_up.understood)
    assert follow_up.raw < written_out.raw
    assert not follow_up.answered


@pytest.mark.parametrize("question", ["when did he die?", "why?", "And when?", "Was it theirs?"])
def test_a_question_that_says_nothing_by_itself_is_not_searched_by_itself(question):
    assert searched(question, BUILT, article=KELM) == [f"Kelm: {question}"]


@pytest.mark.parametrize(
    "question", ["what about Lund, is rye grown there?", "Who is Ines Moller?"]
)
def test_a_name_that_the_article_does_not_have_starts_afresh(question):
    assert searched(question, BUILT, article=KELM) == [question]


def test_a_name_that_the_article_has_may_belong_to_a_follow_up():
    assert len(searched("and did Jon Brand pay?", BUILT, article=KELM)) == 2
    assert len(searched("did she like Ines Moller?", BUILT, article=KELM)) == 2, "she is Ida Berg"


@pytest.mark.parametrize("remark", ["thanks!", "Hi", "ok", "Thank you very much.", "good morning"])
def test_a_remark_is_not_asked_about_the_subject(remark):
    assert searched(remark, BUILT, article=KELM) == [remark]


def test_a_subject_carries_over_several_turns_and_remarks():
    earlier = [
        Turn("Who was Ida Berg?", REF),
        Turn("what did she build?", REF, "Ida Berg"),
        Turn("and did Jon Brand pay?", REF, "Ida Berg"),
        Turn("thanks"),
    ]
    assert searched("why?", *earlier, article=KELM) == ["Ida Berg, Jon Brand: why?"]
    earlier.append(Turn("why?", REF, "Ida Berg, Jon Brand"))
    assert searched("when?", *earlier, article=KELM) == ["Ida Berg, Jon Brand: when?"]


def test_an_unanswered_question_about_something_new_leaves_the_old_article():
    earlier = [BUILT, Turn("Where does Petra Hallin live?")]
    (query,) = queries("why?", earlier)
    assert (query.text, query.articles) == ("Petra Hallin: why?", ())


def test_an_article_that_is_gone_is_not_preferred():
    (query,) = queries("why?", [BUILT], None)
    assert (query.text, query.articles) == ("Kelm: why?", ())


def test_a_turn_without_an_answer_has_no_article_unless_it_was_a_follow_up():
    assert turn(Answer("hello", AnswerStatus.NONE, 0.1)) == Turn("hello")
    assert turn(Answer("why?", AnswerStatus.NONE, 0.1, subject="Kelm")) == Turn(
        "why?", None, "Kelm"
    )


# -- asked of a library


@pytest.fixture
def shelf(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY, GLACIER)
    return library


def test_a_conversation_stays_with_its_subject(shelf):
    turns = [turn(shelf.answer("who won the prize for rye bread?"))]
    assert turns == [Turn("who won the prize for rye bread?", ArticleRef("main", BAKERY["id"]))]
    for question, sentence in [
        ("how many loaves does she bake?", "She bakes 300 loaves a night."),
        ("and who began her sourdough?", "Her sourdough was begun by her grandmother in 1931."),
    ]:
        answer = shelf.answer(question, earlier=turns)
        assert answer.question == question
        assert answer.understood == f"{answer.subject}: {question}"
        assert sentence in answer.shown[0].text
        turns.append(turn(answer))


def test_a_new_subject_is_answered_as_if_it_had_been_asked_alone(shelf):
    first = turn(shelf.answer("Who is Ines Moller?"))
    for question in [
        "What did the repair of the lighthouse cost?",
        "why did the lighthouse at skerry point go dark?",
        "Who had warned of the lake on the Vorn glacier?",
    ]:
        alone, after = shelf.answer(question), shelf.answer(question, earlier=[first])
        assert (after.understood, after.subject) == (None, "")
        assert (after.quotes, after.closest) == (alone.quotes, alone.closest)
        assert after.confidence == alone.confidence


def test_a_follow_up_keeps_to_the_articles_that_may_be_quoted(shelf, tmp_path):
    add(shelf, tmp_path, BAKERY, to="other")
    earlier = [Turn("Who is Ines Moller?", ArticleRef("other", BAKERY["id"]))]
    answer = shelf.answer("how many loaves does she bake?", earlier=earlier)
    assert {quote.library for quote in answer.shown} == {"main"}

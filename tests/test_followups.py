"""Which queries a question becomes after the turns before it, and what a library answers then."""

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, add, shared_library

from retrieval import Article, ArticleRef, Turn
from retrieval.search.followups import Query, names_in, queries, turn

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
        ("Did Sean O'Brien like Moon's wife?", ["Sean O'Brien", "Moon"]),
        ("Who won Super Bowl 50 on Sunday?", ["Super Bowl 50"]),
        ("What does the Bank of Orle own?", ["Bank of Orle"]),
    ],
)
def test_names_have_a_capital_in_the_question_or_in_the_article(question, names):
    assert names_in(question, KELM.text) == names


def test_a_follow_up_is_searched_with_the_names_of_the_last_question_and_its_article_preferred():
    asked, rewritten = queries("how many people paid for repairs?", [BUILT], KELM)
    assert asked == Query("how many people paid for repairs?")
    assert rewritten.text == "Kelm: how many people paid for repairs?"
    assert (rewritten.article, rewritten.subject) == (REF, "Kelm")


@pytest.mark.parametrize("question", ["why?", "and then?"])
def test_a_question_that_says_nothing_by_itself_is_not_searched_by_itself(question):
    assert searched(question, BUILT, article=KELM) == [f"Kelm: {question}"]


def test_a_pronoun_may_stand_for_a_word_of_the_same_question():
    question = "what did the baker do before she moved?"
    assert searched(question, BUILT, article=KELM) == [question, f"Kelm: {question}"]


@pytest.mark.parametrize(
    "question", ["what about Lund, is rye grown there?", "Who is Ines Moller?"]
)
def test_a_name_that_the_article_does_not_have_starts_afresh(question):
    assert searched(question, BUILT, article=KELM) == [question]


@pytest.mark.parametrize("remark", ["thanks!", "good morning"])
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


articles = shared_library(HARBOUR, BAKERY, GLACIER)


def test_a_conversation_stays_with_its_subject(articles):
    turns = [turn(articles.answer("who won the prize for rye bread?"))]
    assert turns == [Turn("who won the prize for rye bread?", ArticleRef("main", BAKERY["id"]))]
    for question, sentence in [
        ("how many loaves does she bake?", "She bakes 300 loaves a night."),
        ("and who began her sourdough?", "Her sourdough was begun by her grandmother in 1931."),
    ]:
        answer = articles.answer(question, earlier=turns)
        assert answer.question == question
        assert answer.understood == f"{answer.subject}: {question}"
        assert sentence in answer.shown[0].text
        turns.append(turn(answer))


def test_a_new_subject_is_answered_as_if_it_had_been_asked_alone(articles):
    first = turn(articles.answer("Who is Ines Moller?"))
    for question in [
        "What did the repair of the lighthouse cost?",
        "why did the lighthouse at skerry point go dark?",
        "Who had warned of the lake on the Vorn glacier?",
        "what had the hydrologist said before they lost the footbridge?",
    ]:
        alone, after = articles.answer(question), articles.answer(question, earlier=[first])
        assert (after.understood, after.subject) == (None, "")
        assert (after.quotes, after.closest) == (alone.quotes, alone.closest)
        assert after.confidence == alone.confidence


def test_a_follow_up_keeps_to_the_articles_that_may_be_quoted(articles, tmp_path):
    add(articles, tmp_path, BAKERY, to="other")
    earlier = [Turn("Who is Ines Moller?", ArticleRef("other", BAKERY["id"]))]
    answer = articles.answer("how many loaves does she bake?", earlier=earlier)
    assert {quote.library for quote in answer.shown} == {"main"}

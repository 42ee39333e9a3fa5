"""Sets of conversations are led in a library of their own, and become figures."""

import json

import pytest
from article_library import BAKERY, GLACIER, jsonl

from retrieval import Answer, AnswerStatus, Article, Quote, QuotewiseError
from retrieval.evaluation import (
    Dialogue,
    Dialogues,
    Question,
    QuestionResult,
    Reading,
    TurnResult,
    dialogue_figures,
)

MODEL = "all-MiniLM-L6-v2"
BUILT = "The mill at Orr was built in 1802."
BURNT = "It burnt down in a dry summer, and nobody was hurt."
BORN = "Ida Berg was born on a barge."


def canard(id: str, heading: list[str], *said: tuple[str, str, str]) -> list[dict[str, object]]:
    """The turns of a dialogue, of questions, the same by themselves, and answers."""
    history, made = [*heading], []
    for number, (question, standalone, answer) in enumerate(said, start=1):
        made.append(
            {
                "id": f"{id}#{number}",
                "history": [*history],
                "question": question,
                "standalone": standalone,
            }
        )
        history += [question, answer]
    return made


MILL = canard(
    "a",
    ["Mill at Orr", "History"],
    ("When was the mill built?", "When was the mill at Orr built?", BUILT),
    ("Who built it?", "Who built the mill at Orr?", "I don't know."),
    ("Was anybody hurt?", "Was anybody hurt when the mill at Orr burnt down?", BURNT),
    ("Is it still there?", "Is the mill at Orr still there?", "This answer is not in the set."),
)
BERG = canard(
    "b",
    ["Ida Berg", "Life"],
    ("Where was she born?", "Where was Ida Berg born?", BORN),
    ("Where does she live?", "Where does Ida Berg live?", "This answer is not in the set."),
)
NO_ANSWERS = canard("c", ["Orr", "Roads"], ("Why?", "Why is the road closed?", "Not in the set."))
ASKED = [
    ("where did the lake drain?", ["on the Vorn glacier"], "glacier-lake"),
    ("who had warned of it?", ["Petra Hallin"], "glacier-lake"),
    ("thanks", [], None),
]


def write(folder, turns):
    (folder / "turns.jsonl").write_text("\n".join(map(json.dumps, turns)), "utf-8")


def test_the_articles_of_canard_are_made_of_its_answers(tmp_path, copies):
    write(tmp_path, [*MILL, *BERG, *NO_ANSWERS])
    with Dialogues(tmp_path, model=MODEL, copies=copies) as set:
        reading = set.read()
        tried = [one for dialogue in set.ask() for one in dialogue]
        kept = list(set.change_topic())
    assert (reading.articles, reading.paragraphs) == (2, 3)
    assert [one.alone.question.answers for one in tried] == [(BUILT,), (), (BURNT,), (BORN,)]
    assert [one.alone.answer.understood for one in tried] == [None] * 4
    assert [one.rewritten.answer.question for one in tried] == [
        turn["standalone"] for turn in (*MILL[:3], BERG[0])
    ]
    born = tried[-1]
    assert born.followed.answer.understood == "Ida Berg, Life: Where was she born?"
    assert born.followed.names_article_in(1) and born.followed.is_right
    found = dialogue_figures(reading, tried, kept)
    assert (found.articles, found.dialogues, found.questions, found.unanswerable) == (2, 2, 3, 1)
    assert found.answer_at_3 == 1.0
    assert len(kept) == 1


def test_conversations_are_led_with_what_the_product_itself_quoted(tmp_path, copies):
    jsonl(tmp_path, BAKERY, GLACIER)
    (tmp_path / "turns").mkdir()
    write(
        tmp_path / "turns",
        [
            {"conversation": 1, "turn": n, "question": q, "answers": answers, "article_id": id}
            for n, (q, answers, id) in reversed([*enumerate(ASKED, start=1)])
        ],
    )
    with Dialogues(tmp_path / "turns", model=MODEL, copies=copies, articles=tmp_path) as set:
        assert set.read().articles == 2
        ((lake, warned, thanks),) = set.ask()
        assert list(set.change_topic()) == []
    assert [one.alone.question.question for one in (lake, warned, thanks)] == [q for q, *_ in ASKED]
    assert lake.rewritten is None
    assert lake.followed.quotes == lake.alone.quotes
    assert warned.followed.answer.understood.endswith(": who had warned of it?")
    assert thanks.followed.answer.understood is None


def test_only_what_is_shown_as_an_answer_counts_as_shown():
    quote = Quote("It cost ten crowns.", Article("a", "A", "It cost ten crowns."), 1, 0, 19, 1.0)

    def tried(status: AnswerStatus, *answers: str) -> TurnResult:
        shown = {"closest" if status is AnswerStatus.NONE else "quotes": (quote,)}
        answer = Answer("how much?", status, 0.5, **shown)
        question = Question("how much?", answers, frozenset({"a"}), bool(answers))
        result = QuestionResult(question, answer)
        return TurnResult(Dialogue((question,)), result, result, None)

    every = [tried(one, "Ten crowns") for one in AnswerStatus] + [tried(AnswerStatus.ANSWER, "Two")]
    nothing = [tried(AnswerStatus.PROBABLE), tried(AnswerStatus.NONE)]
    found = dialogue_figures(Reading(1, 1, 1.0), every + nothing, [])
    assert (found.questions, found.answer_at_1, found.shown_right) == (4, 0.75, 0.5)
    assert (found.unanswerable, found.false_answers, found.false_probable) == (2, 0.0, 0.5)
    assert (found.answer_at_1_rewritten, found.new_topic_unchanged) == (None, None)
    with pytest.raises(QuotewiseError, match="no question with an answer"):
        dialogue_figures(Reading(1, 1, 1.0), nothing, [])


@pytest.mark.parametrize(
    "text", ['{"id": "a#1"}', "{", "[]", '{"id": "a#1", "history": ["Orr"]}', '{"conversation": 1}']
)
def test_what_is_no_set_of_conversations_is_refused_in_a_sentence(tmp_path, copies, text):
    (tmp_path / "turns.jsonl").write_text(text, "utf-8")
    with pytest.raises(QuotewiseError, match=r"turns.jsonl cannot be read \("):
        Dialogues(tmp_path, model=MODEL, copies=copies)

"""A set of dialogues is read and led in a library of its own, and becomes figures."""

from __future__ import annotations

import json

import pytest

from retrieval import QuotewiseError
from retrieval.dialogues import Dialogues, figures

MODEL = "all-MiniLM-L6-v2"
BUILT = "The mill at Orr was built in 1802."
BURNT = "It burnt down in a dry summer, and nobody was hurt."
BORN = "Ida Berg was born on a barge."
WON = "She won the cup in Lund three times."


def turns(id: str, heading: list[str], *said: tuple[str, str, str]) -> list[dict[str, object]]:
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


MILL = turns(
    "a",
    ["Mill at Orr", "History"],
    ("When was the mill built?", "When was the mill at Orr built?", BUILT),
    ("Who built it?", "Who built the mill at Orr?", "I don't know."),
    ("Was anybody hurt?", "Was anybody hurt when the mill at Orr burnt down?", BURNT),
    (
        "Is it still there?",
        "Is the mill at Orr still there?",
        "Nothing tells it.",
    ),
)
BERG = turns(
    "b",
    ["Ida Berg", "Life"],
    ("Where was she born?", "Where was Ida Berg born?", BORN),
    ("What did she win?", "What did Ida Berg win?", WON),
    ("Where does she live?", "Where does Ida Berg live?", "Nothing tells it."),
)


def write(folder, *dialogues):
    lines = [json.dumps(turn) for dialogue in dialogues for turn in dialogue]
    (folder / "turns.jsonl").write_text("\n".join(lines), "utf-8")


def test_questions_are_asked_alone_in_their_dialogue_and_rewritten(tmp_path, copies):
    write(tmp_path, MILL, BERG)
    with Dialogues(tmp_path, model=MODEL, copies=copies) as dialogues:
        reading = dialogues.read()
        mill, berg = dialogues.ask()
        kept = list(dialogues.change_topic())
    assert (reading.articles, reading.paragraphs) == (2, 4)
    asked = [one.exchange.question for one in mill]
    assert asked == ["When was the mill built?", "Was anybody hurt?"], "those with an answer"
    assert [one.asked.understood for one in berg] == [None, None]
    meant = ["Where was Ida Berg born?", "What did Ida Berg win?"]
    assert [one.followed.understood for one in berg] == meant
    assert [one.rewritten.question for one in berg] == meant
    assert berg[1].is_told_in(berg[1].followed, 1)
    assert kept == [True]
    found = figures(reading, [*mill, *berg], kept)
    assert (found.articles, found.dialogues, found.questions) == (2, 2, 4)
    assert found.article_at_1 == found.article_at_1_rewritten == 1.0
    assert found.new_topic_kept == 1.0


def test_the_way_is_measured_from_the_question_alone_to_the_rewritten_one(tmp_path, copies):
    write(tmp_path, BERG)
    with Dialogues(tmp_path, model=MODEL, copies=copies) as dialogues:
        reading = dialogues.read()
        (berg,) = dialogues.ask()
    found = figures(reading, berg, [])
    assert found.way is None, "where one article is all there is, nothing is left to gain"
    assert found.new_topic_kept is None
    with pytest.raises(QuotewiseError, match="no question with an answer"):
        figures(reading, [], [])


@pytest.mark.parametrize("text", ['{"id": "a#1"}', "{", '{"id": "a#1", "history": ["Orr"]}'])
def test_what_is_no_set_of_dialogues_is_told_of_in_a_sentence(tmp_path, copies, text):
    (tmp_path / "turns.jsonl").write_text(text, "utf-8")
    with pytest.raises(QuotewiseError, match=r"give a folder with turns\.jsonl"):
        Dialogues(tmp_path, model=MODEL, copies=copies)

"""Sets of conversations are led in a library of their own, and become figures."""

from __future__ import annotations

import json

import pytest

from retrieval import QuotewiseError
from retrieval.evaluation.dialogues import Dialogues, figures

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


def write(folder, turns):
    (folder / "turns.jsonl").write_text("\n".join(map(json.dumps, turns)), "utf-8")


def test_the_articles_of_canard_are_made_of_its_answers(tmp_path, copies):
    write(tmp_path, [*MILL, *BERG])
    with Dialogues(tmp_path, model=MODEL, copies=copies) as set:
        reading = set.read()
        tried = [one for dialogue in set.ask() for one in dialogue]
        kept = list(set.change_topic())
    assert (reading.articles, reading.paragraphs) == (2, 3)
    assert [one.exchange.answers for one in tried] == [(BUILT,), (), (BURNT,), (BORN,)]
    assert [one.alone.understood for one in tried] == [None] * 4
    assert [one.rewritten.question for one in tried] == [
        turn["standalone"] for turn in (*MILL[:3], BERG[0])
    ]
    born = tried[-1]
    assert born.followed.understood == "Ida Berg, Life: Where was she born?"
    assert born.names_article(born.followed) and born.is_answered_by(born.followed, 1)
    found = figures(reading, tried, kept)
    assert (found.articles, found.dialogues, found.questions, found.unanswerable) == (2, 2, 3, 1)
    assert found.answer_at_3 == 1.0
    assert len(kept) == 1


@pytest.mark.parametrize("text", ["{", '{"id": "a#1", "history": ["Orr"]}'])
def test_what_is_no_set_of_conversations_is_refused_in_a_sentence(tmp_path, copies, text):
    (tmp_path / "turns.jsonl").write_text(text, "utf-8")
    with pytest.raises(QuotewiseError, match=r"turns.jsonl cannot be read \("):
        Dialogues(tmp_path, model=MODEL, copies=copies)

"""A question that is quoted brings the reply to it."""

from __future__ import annotations

import pytest
from shelf import add

from bot import rendering
from bot.rendering import telegram
from retrieval import Library
from retrieval.records import Span
from retrieval.replies import with_reply

TALK = {
    "id": "talk",
    "title": "A talk with Ida Berg",
    "source": "The Kelm Post",
    "text": (
        "Ida Berg has kept bees at Kelm for years.\n\n"
        "Q: How many hives are left at Kelm?\n\n"
        "A: Seven. Nineteen died in March.\n\n"
        "Q: Will you carry on?\n\n"
        "A: Until I cannot climb."
    ),
}
ASKED_AND_TOLD = "Q: How many hives are left at Kelm?\n\nA: Seven. Nineteen died in March."


def replied(text: str, question: str) -> str:
    start = text.index(question)
    span = with_reply(text, Span(start, start + len(question)))
    return text[span.start : span.end]


@pytest.mark.parametrize(
    ("text", "question", "told"),
    [
        (TALK["text"], "How many hives are left at Kelm?", ASKED_AND_TOLD.removeprefix("Q: ")),
        (
            "Why now? Because it rained. So it goes.",
            "Why now?",
            "Why now? Because it rained. So it goes.",
        ),
        ("Why now? Who knows? Nobody.", "Why now?", "Why now?"),
        ("Could you ask him?\n\nBest,\n\nKim", "Could you ask him?", "Could you ask him?"),
        ("Why now?\n\nThe weir at Orr\n\nIt broke.", "Why now?", "Why now?"),
        ('He asked: "Why?" "It rained."', 'He asked: "Why?"', 'He asked: "Why?" "It rained."'),
        ("It rained. Why now?", "Why now?", "Why now?"),
        ("It rained. It stopped.", "It rained.", "It rained."),
        (f"Why? {'Word ' * 60}end.", "Why?", "Why?"),
        ("なぜですか？雨が降ったからです。", "なぜですか？", "なぜですか？雨が降ったからです。"),
    ],
)
def test_a_question_goes_on_to_whole_sentences_of_its_reply(text, question, told):
    assert replied(text, question) == told


@pytest.fixture
def talk(library: Library, tmp_path):
    add(library, tmp_path, TALK)
    return library


def test_an_interview_answers_with_question_and_reply(talk):
    quote = talk.answer("How many hives are left at Kelm?").shown[0]
    assert quote.text == ASKED_AND_TOLD
    assert quote.article.text[quote.start : quote.end] == quote.text
    assert quote.paragraph == 2


def test_the_context_shows_each_paragraph_once(talk):
    quote = talk.answer("How many hives are left at Kelm?").shown[0]
    kept = talk.article("talk")
    whole = TALK["text"].rpartition("\n\n")[0]
    assert rendering.context_text(quote, kept).plain.endswith(f"\n\n{whole}\n\n")
    (message,) = telegram.context_messages(quote, kept)
    assert message.count("Nineteen died") == 1
    assert f"<b>{ASKED_AND_TOLD}</b>\n\nQ: Will you carry on?" in message

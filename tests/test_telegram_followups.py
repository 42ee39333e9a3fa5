"""Which questions are understood with the one before, and which stand by themselves."""

from __future__ import annotations

import json

import pytest

from bot.cli import SAMPLES
from bot.telegram.followups import builds_on


@pytest.mark.parametrize(
    "question",
    [
        "And what did it cost?",
        "Why?",
        "When did he land in Osan?",
        "What about Moon?",
        "Who paid?",
        "Did they agree on a second meeting?",
        "What was their plan for the harbour?",
    ],
)
def test_a_question_that_leaves_something_out_builds_on_another(question):
    assert builds_on(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who rescued Mount Carrow when it was about to close?",
        "What did the mayor say about their plan?",
        "Which bridge was closed on Friday?",
        "Is there a lane beside the rails of the tram?",
        "What did Fenwick say?",
        "Who is Loach?",
        "thanks!",
        "Tram fares?",
        "🐝",
        "?",
    ],
)
def test_a_question_that_names_what_it_is_about_stands_by_itself(question):
    assert not builds_on(question)


def test_no_question_of_the_samples_builds_on_another():
    lines = SAMPLES.with_name("questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    assert [one for one in questions if builds_on(one)] == []

"""A quoted sentence brings the neighbours without which it cannot be understood, and no others."""

from __future__ import annotations

import pytest

from retrieval.search.quotes import LONGEST_JOINED, with_context
from retrieval.text import segmentation

CRANE = (
    "Pilot Eva Rask disagreed. “The buoy is in the right place. It has been there since 1961,” she"
    " said. The board will vote in May."
)
TALK = (
    "Q: How many hives are left at Kelm?\n\nA: Seven. Nineteen died in March.\n\nQ: Will you go on?"
)


def quoted(text: str, sentence: str, also: tuple[str, ...] = ()) -> str:
    """What is quoted of the first paragraph for the sentence that begins like this."""
    passage = segmentation.sentences(text, segmentation.paragraphs(text)[0])
    begins = [text[slice(*one)] for one in passage]

    def place(beginning: str) -> int:
        return next(i for i, one in enumerate(begins) if one.startswith(beginning))

    span = with_context(text, passage, place(sentence), [place(one) for one in also])
    return text[slice(*span)]


def test_a_sentence_that_stands_alone_is_quoted_alone():
    assert quoted(CRANE, "The board") == "The board will vote in May."


def test_a_quotation_brings_its_beginning_and_the_sentence_that_names_the_speaker():
    told = CRANE.removesuffix(" The board will vote in May.")
    assert quoted(CRANE, "It has been") == told
    assert quoted(CRANE, "“The buoy") == told


def test_an_announcement_brings_what_it_announces():
    told = CRANE.removesuffix(" The board will vote in May.")
    assert quoted(CRANE, "Pilot Eva Rask") == told


@pytest.mark.parametrize(
    ("announcement", "content"),
    [
        ("The archivist read out a line from 1911.", "It described a dry summer."),
        ("Moll cited a letter of the miller's.", "It clearly warned of frost."),
        ("The board issued two notices.", "They said the same."),
    ],
)
def test_a_document_that_is_announced_brings_what_it_says(announcement, content):
    text = f"The hall was full. {announcement} {content} Nobody spoke."
    assert quoted(text, announcement) == quoted(text, content) == f"{announcement} {content}"


@pytest.mark.parametrize(
    "text",
    [
        "The board issued two notices. It rained in Kelm.",
        "The weir broke in May. It said nothing for the builders.",
        "The board issued two notices. Ada Fenn described a dry summer.",
        "The board issued a notice to all who had moored boats below the weir. It said: leave.",
    ],
)
def test_what_stands_alone_does_not_bring_the_sentence_after_it(text):
    first = text.partition(". ")[0]
    assert quoted(text, first) == f"{first}."


@pytest.mark.parametrize(
    ("text", "sentence", "expected"),
    [
        ("The weir broke. It was old. Nobody was hurt.", "It was", "The weir broke. It was old."),
        (
            "Ines Moll resigned. Her deputy follows.",
            "Her",
            "Ines Moll resigned. Her deputy follows.",
        ),
        ("Die Schleuse brach. Sie war alt.", "Sie", "Die Schleuse brach. Sie war alt."),
        ("It rained all night. The weir held.", "It rained", "It rained all night."),
        ("The weir held. Repairs begin in May.", "Repairs", "Repairs begin in May."),
    ],
)
def test_a_leading_pronoun_brings_the_sentence_before(text, sentence, expected):
    assert quoted(text, sentence) == expected


def test_neighbours_that_answer_as_well_are_joined_and_others_are_not():
    text = "The dam was too weak. Frost had cracked it. The valley is green. Cows graze there."
    assert quoted(text, "The dam", ("Frost",)) == "The dam was too weak. Frost had cracked it."
    assert quoted(text, "Frost", ("The dam",)) == "The dam was too weak. Frost had cracked it."
    assert quoted(text, "The dam", ("Cows",)) == "The dam was too weak."


def test_nothing_is_joined_beyond_the_longest_quote():
    long = f"The mayor spoke {'at length ' * (LONGEST_JOINED // 2)}to the council."
    assert quoted(f"{long} She left at nine.", "She") == "She left at nine."


def test_a_question_brings_the_reply_from_the_next_paragraph():
    asked_and_answered = TALK.partition("\n\nQ: Will")[0]
    assert quoted(TALK, "Q: How") == asked_and_answered


@pytest.mark.parametrize(
    "text",
    [
        "Could you ask him?\n\nBest,\n\nKim",  # a farewell is no reply
        "Why now?\n\nThe weir at Orr\n\nIt broke.",  # neither is a heading
        "Why now?\n\nWho knows?",  # nor another question
        f"Why?\n\n{'Word ' * 60}end.",  # nor a long sentence
    ],
)
def test_what_is_no_reply_is_left_out(text):
    question = text.partition("\n")[0]
    assert quoted(text, question) == question

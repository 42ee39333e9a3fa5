"""A quoted sentence brings the neighbours without which it cannot be understood, and no others."""

import pytest

from retrieval.text import segmentation
from retrieval.text.context import LONGEST_JOINED, with_context

CRANE = (
    "Pilot Eva Rask disagreed. “The buoy is in the right place. It has been there since 1961,” she"
    " said. The board will vote in May."
)
SAID = CRANE.removesuffix(" The board will vote in May.")
TALK = "Q: How many hives are left at Kelm?\n\nA: Seven. Nineteen died in March.\n\nQ: Go on?"
FROST = "The dam was too weak. Frost had cracked it. The valley is green. Cows graze there."
LONG = f"The mayor spoke {'at length ' * (LONGEST_JOINED // 2)}to the council."


def quoted(text: str, sentence: str, also: tuple[str, ...] = ()) -> str:
    """What is quoted of the first paragraph for the sentence that begins like this."""
    passage = segmentation.sentences(text, segmentation.paragraphs(text)[0])
    begins = [text[slice(*one)] for one in passage]

    def place(beginning: str) -> int:
        return next(i for i, one in enumerate(begins) if one.startswith(beginning))

    return text[slice(*with_context(text, passage, place(sentence), [place(one) for one in also]))]


@pytest.mark.parametrize(
    ("text", "sentence", "expected"),
    [
        (CRANE, "The board", "The board will vote in May."),
        # a quotation brings its beginning and its speaker, and an announcement what it announces
        *((CRANE, sentence, SAID) for sentence in ("It has been", "“The buoy", "Pilot Eva Rask")),
        # a pronoun brings the sentence before
        ("The weir broke. It was old. Nobody was hurt.", "It was", "The weir broke. It was old."),
        ("Die Schleuse brach. Sie war alt.", "Sie", "Die Schleuse brach. Sie war alt."),
        ("It rained all night. The weir held.", "It rained", "It rained all night."),
        ("The weir held. Repairs begin in May.", "Repairs", "Repairs begin in May."),
        (f"{LONG} She left at nine.", "She", "She left at nine."),
        # a question brings the reply from the next paragraph
        (TALK, "Q: How", TALK.partition("\n\nQ: Go")[0]),
        ("Could you ask him?\n\nBest,\n\nKim", "Could", "Could you ask him?"),
        ("Why now?\n\nThe weir at Orr\n\nIt broke.", "Why", "Why now?"),
        (f"Why?\n\n{'Word ' * 60}end.", "Why", "Why?"),
        # and what only seems to announce something is quoted alone
        (
            "The board issued two notices. It rained in Kelm.",
            "The",
            "The board issued two notices.",
        ),
    ],
)
def test_a_sentence_is_quoted_with_what_it_needs(text, sentence, expected):
    assert quoted(text, sentence) == expected


@pytest.mark.parametrize(
    ("announcement", "content"),
    [
        ("The archivist read out a line from 1911.", "It described a dry summer."),
        ("The board issued two notices.", "They said the same."),
    ],
)
def test_a_document_that_is_announced_brings_what_it_says(announcement, content):
    text = f"The hall was full. {announcement} {content} Nobody spoke."
    assert quoted(text, announcement) == quoted(text, content) == f"{announcement} {content}"


def test_neighbours_that_answer_as_well_are_joined_and_others_are_not():
    assert quoted(FROST, "The dam", ("Frost",)) == "The dam was too weak. Frost had cracked it."
    assert quoted(FROST, "Frost", ("The dam",)) == "The dam was too weak. Frost had cracked it."
    assert quoted(FROST, "The dam", ("Cows",)) == "The dam was too weak."

"""Headings, greetings and bylines give context and are never quoted; whatever says something is."""

import pytest
from shelf import found

from retrieval.library import Library
from retrieval.records import Passage
from retrieval.search.candidates import says_nothing
from retrieval.text import segmentation

LETTER = """Weir at Orr

Hi Sam,

The weir at Orr was mended on Tuesday, and the mill turns again.

# Who paid for the weir

The council of Orr paid 4,000 crowns for the weir.

Could you tell Ines?

Best,

Kim Orde
"""


def silent(text: str) -> list[str]:
    """The sentences of a text that are not quoted."""
    lines = []
    for paragraph in segmentation.paragraphs(text):
        spans = segmentation.sentences(text, paragraph)
        passage = Passage(1, *paragraph, tuple(spans), None)  # type: ignore[arg-type]
        lines += [text[one.start : one.end] for one in spans if says_nothing(text, passage, one)]
    return lines


def test_a_letter_is_quoted_without_its_greeting_its_headings_and_its_end():
    assert silent(LETTER) == [
        "Weir at Orr",
        "Hi Sam,",
        "# Who paid for the weir",
        "Best,",
        "Kim Orde",
    ]


@pytest.mark.parametrize(
    "line",
    [
        *("Dear Dr. Orde,", "Dear Sam and Kim,", "Hello everyone!", "Good morning, all", "Hi,"),
        *("Sehr geehrte Frau Orde,", "Chère Ines,", "Estimados amigos", "Уважаемая Инес,"),
        *("Yours sincerely,", "Best regards", "Many thanks!", "Thanks.", "Cheers,\nSam"),
        *("Mit freundlichen Grüßen", "Bien à vous,", "Un saludo", "С уважением,"),
        *("By Ines Moller", "By INES MOLLER and Kim de Orde", "Von Kim Orde", "Photos by Sam Fell"),
    ],
)
def test_a_greeting_a_farewell_and_a_byline_say_nothing_wherever_they_stand(line):
    assert silent(f"The pier opened.\n\n{line}\n\nIt rained.") == [line]
    assert silent(f"The pier opened.\n\n{line}") == [line]


@pytest.mark.parametrize(
    "line",
    [
        *("Dear life is what they call it in Orr.", "Hello, said the mayor of Orr.", "Love came."),
        *("Thanks to the council, the pier opens.", "Best of all, it is free.", "Cheers rang out."),
        *(
            "By Tuesday the pier was open.",
            "By the harbour lies a boat.",
            "Von hier sieht man Orr.",
        ),
        "Hi Sam, the pier opens at six on Friday.",
    ],
)
def test_a_sentence_that_begins_like_one_is_quoted(line):
    assert silent(f"The pier opened.\n\n{line}\n\nIt rained.") == []


@pytest.mark.parametrize(
    "line",
    [
        *("What to see in Orr", "**From Orr to Kelm**", "## 3. The way back", "The mill"),
        "How the old mill was sold",
        *("_The long way home_", "Gemeinde und Kirche", "Rye"),
    ],
)
def test_a_bare_line_above_others_says_nothing(line):
    assert silent(f"{line}\n\nIt rained.") == [line]
    assert silent(f"{line}\nIt rained.") == [line]


@pytest.mark.parametrize(
    "line",
    [
        *("Capital: Orle", "Population 12,400", "Orle – the capital", "€4 a head", "- rye bread"),
        *(
            "* rye bread",
            "Rye, wheat, oats",
            "The mill is sold",
            "Mill sold",
            "Ferry sails to Port",
        ),
        *("Council backs pier", "Ferry sails to Port One", "They bake much bread", "1. Peel it"),
        *("磨坊出售", "Die Mühle ist verkauft"),
    ],
)
def test_a_line_that_tells_something_is_quoted_though_it_lacks_its_stop(line):
    assert silent(f"{line}\n\nIt rained.") == []


def test_a_bare_line_with_nothing_below_it_is_all_there_is_and_is_quoted():
    assert silent("The old mill in Orr") == []


def test_a_question_is_answered_below_the_heading_that_repeats_it(library: Library, tmp_path):
    letter = tmp_path / "letter.md"
    letter.write_text(LETTER)
    assert [one.reason for one in library.add(str(letter))] == [None]
    shown = found(library, "Who paid for the weir?")
    assert shown[0] == "The council of Orr paid 4,000 crowns for the weir."
    assert not any("Who paid" in one or "Hi Sam" in one or "Best" in one for one in shown)

"""Headings, greetings and bylines give context and are never quoted; whatever says something is."""

import pytest
from article_library import found

from retrieval.records import Passage
from retrieval.search.headings import says_nothing
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
        passage = Passage(1, *paragraph, tuple(spans), None)
        lines += [text[one.start : one.end] for one in spans if says_nothing(text, passage, one)]
    return lines


def test_a_letter_is_quoted_without_its_greeting_its_headings_and_its_end():
    expected = ["Weir at Orr", "Hi Sam,", "# Who paid for the weir", "Best,", "Kim Orde"]
    assert silent(LETTER) == expected


@pytest.mark.parametrize(
    "line",
    [
        *("Dear Dr. Orde,", "Hello everyone!", "Sehr geehrte Frau Orde,", "Уважаемая Инес,"),
        *("Yours sincerely,", "Thanks.", "Cheers,\nSam", "Bien à vous,", "Un saludo"),
        *("By INES MOLLER and Kim de Orde", "Von Kim Orde", "Photos by Sam Fell"),
        *("What to see in Orr", "**From Orr to Kelm**", "## 3. The way back", "The mill"),
    ],
)
def test_a_greeting_a_farewell_a_byline_and_a_heading_say_nothing(line):
    assert silent(f"The pier opened.\n\n{line}\n\nIt rained.") == [line]


@pytest.mark.parametrize(
    "line",
    [
        *("Dear life is what they call it in Orr.", "Hello, said the mayor of Orr."),
        *("Thanks to the council, the pier opens.", "By Tuesday the pier was open."),
        *("Capital: Orle", "Population 12,400", "- rye bread", "The mill is sold", "1. Peel it"),
        *("Council backs pier", "磨坊出售", "Die Mühle ist verkauft"),
    ],
)
def test_a_line_that_says_something_is_quoted_though_it_lacks_its_stop(line):
    assert silent(f"The pier opened.\n\n{line}\n\nIt rained.") == []


def test_a_question_is_answered_below_the_heading_that_repeats_it(library, tmp_path):
    letter = tmp_path / "letter.md"
    letter.write_text(LETTER)
    assert [one.reason for one in library.add(str(letter))] == [None]
    shown = found(library, "Who paid for the weir?")
    assert shown[0] == "The council of Orr paid 4,000 crowns for the weir."
    assert not any("Who paid" in one or "Hi Sam" in one or "Best" in one for one in shown)

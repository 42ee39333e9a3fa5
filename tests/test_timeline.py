"""A timeline has dated quotes in the order of publication, one a story."""

import pytest
from article_library import add, shared_library
from postgresql_server import on_both_engines

from bot.rendering import terminal
from retrieval import Answer
from retrieval.search.pipeline import timeline_subject

ASKED = "What happened with the Hallin bridge?"
BOLD = 0.9
"""A risk at which whatever is found is an answer, as these libraries are small."""

CRACKS = {
    "id": "cracks",
    "title": "Cracks found in Hallin bridge",
    "source": "Valley Record",
    "published": "2022-03-04",
    "text": "Engineers found cracks in two girders of the Hallin bridge on Thursday.\n\n"
    "The bridge carries 9,000 vehicles a day over the Orrin, and lorries may not use it for now.",
}
CLOSED = {
    "id": "closed",
    "title": "Hallin bridge closes",
    "source": "The Harbour Post",
    "published": "2022-06-02T08:00:00+02:00",
    "text": "The Hallin bridge was closed to all traffic this morning.\n\n"
    "Drivers have to take the ferry at Kelm, which is an hour longer, until it has been mended.",
}
REOPENED = {
    "id": "reopened",
    "title": "Traffic flows again in Orrin",
    "source": "Valley Record",
    "published": "2023-10-20",
    "text": "After sixteen months the Hallin bridge opened again on Friday, to cheers.\n\n"
    "The first to cross it was a milk lorry, whose driver had not been told of the ceremony.",
}
MUSEUM = {
    "id": "museum",
    "title": "Museum buys a clock",
    "source": "Valley Record",
    "published": "2022-05-01",
    "text": "The Tesk museum has bought a clock by Ambrose Tull.\n\nIt stood in a barn for years.",
}
UNDATED = {
    "id": "undated",
    "title": "A walk to the Hallin bridge",
    "text": "The Hallin bridge can be reached on foot from Kelm in two hours.\n\nBring a hat.",
}
FILLER = (
    "Hallin lies where the Orrin leaves the hills. It has a church, two inns and a school with "
    "forty children, most of whom cross the river each morning. Their parents work in the quarry "
    "or in the mills of Tesk, and many of them have known the bridge since they were small."
)


town = shared_library(REOPENED, MUSEUM, UNDATED, CLOSED, CRACKS)


def first_sentences(*articles: dict[str, str]) -> list[str]:
    return [one["text"].partition("\n")[0] for one in articles]


def quoted(answer: Answer) -> list[str]:
    return [quote.text for quote in answer.timeline]


@pytest.mark.parametrize(
    "question",
    ["What happened to the Hallin bridge", "How did the closing of the Hallin bridge unfold?"],
)
def test_a_question_about_what_happened_gets_a_timeline(question):
    assert timeline_subject(question)


@pytest.mark.parametrize(
    "question", ["What happened to it?", "Who says what happened to the Hallin bridge?"]
)
def test_other_questions_get_none(question):
    assert not timeline_subject(question)


def test_the_dates_are_above_the_quotes(town):
    text = terminal.answer_text(town.answer(ASKED)).plain
    assert text.startswith(
        "In the order of publication:\n\n"
        "1. 4 March 2022\n"
        "   Engineers found cracks in two girders of the Hallin bridge on Thursday.\n"
        "   Cracks found in Hallin bridge, Valley Record, 4 March 2022 (paragraph 1)\n\n"
        "2. 2 June 2022\n"
    )


@on_both_engines
def test_copies_of_a_story_are_quoted_once_from_the_first(library, tmp_path):
    cracks = CRACKS | {"text": f"{CRACKS['text']}\n\n{FILLER}"}
    copy = cracks | {"id": "copy", "source": "Kelm Courier", "published": "2022-03-05"}
    add(library, tmp_path, copy, cracks, REOPENED)
    answer = library.answer(ASKED)
    assert quoted(answer) == first_sentences(CRACKS, REOPENED)
    assert [one.source for one in answer.timeline[0].also_in] == ["Kelm Courier"]

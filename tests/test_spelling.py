"""Misspelt words of a question find what they were meant to, and names are not changed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from retrieval.library import Library
from retrieval.search import pipeline
from retrieval.search.followups import Query, Spelling, corrected

FERRY = """\
The ferry Kestrel ran aground

By Måns Öberg

Published 4 March 2019

The ferry Kestrel ran aground near the harbour of Torvik on Sunday. The captain had signed off
the repairs of both engines a week before.

The insurance company refused to pay for the passengers' luggage. Ingrid Fossheim, who owns
the shipyard, blamed the government for its philosophy of cheap repairs.
"""


ORCHARD = "The cakes\n\nThe cakes were eaten beside the lakes, where the harbouy had been.\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory, copies) -> Iterator[Library]:
    """Two libraries with an article each: "main", and "orchard", which misspells the harbour."""
    folder = tmp_path_factory.mktemp("spelling")
    with Library.open(folder / "home", copies=copies) as library:
        for name, text in (("main", FERRY), ("orchard", ORCHARD)):
            (folder / f"{name}.txt").write_text(text, "utf-8")
            added = library.add(str(folder / f"{name}.txt"), library=name)
            assert [one.reason for one in added] == [None]
        yield library


def spelt(library: Library, question: str, *scope: str) -> Spelling:
    indexes = library._models.using().indexes.of(scope or ("main",))
    return corrected(question, indexes, library._reader.tokenizer)


def is_near(library: Library, question: str) -> bool:
    """Whether some article comes near a question."""
    now = datetime(2024, 3, 1, tzinfo=UTC)
    request = pipeline.Request(question, ["main"], 3, None, 0.05, now)
    return pipeline.search(library._tools(["main"]), request, Query(question), None).is_near


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("who signd off the repiars", "who signed off the repairs"),
        ("WHICH COMPNAY REFUSED?", "WHICH company REFUSED?"),
        ("who blamed its philsphy", "who blamed its philosophy"),  # two mistakes in a long word
    ],
)
def test_a_word_with_one_good_correction_is_read_corrected(library, typed, read):
    assert spelt(library, typed).text == read


@pytest.mark.parametrize(
    "typed",
    [
        "Who signed off the repairs?",
        "Who is Captian?",  # it may be somebody's name
        "which kestrels fly",  # another form of a word of the article
        "how fra is it",  # too short
        "Wer hat das repaair und wann?",  # the language of the question is none of the library's
    ],
)
def test_other_words_are_read_as_they_were_typed(library, typed):
    assert spelt(library, typed).text == typed


def test_what_may_be_a_name_and_what_is_a_rare_word_are_only_searched_for(library):
    for typed in ("Who is Fosheim?", "who is fosheim"):
        found = spelt(library, typed)
        assert (found.text, found.like) == (typed, ("fossheim",))


def test_an_answer_has_the_question_as_it_was_typed(library):
    answer = library.answer("who signd off the repiars")
    assert (answer.question, answer.understood) == ("who signd off the repiars", None)


# -- whether anything speaks of it


@pytest.mark.parametrize(
    "question",
    [
        "who signd off the repiars of the engnes",
        "In an article of 4 March 2019, who signed off the repairs?",
        "What was published before 2021 about the ferry?",
        "how far is it to the harbour",
    ],
)
def test_misspelt_words_and_words_that_set_filters_are_close_to_an_article(library, question):
    assert is_near(library, question)


@pytest.mark.parametrize(
    "question", ["What is the price of rice in Tokyo?", "who won the chess final in march 2019"]
)
def test_a_question_without_shared_words_or_meaning_is_not_close(library, question):
    assert not is_near(library, question)

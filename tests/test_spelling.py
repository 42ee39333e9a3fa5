"""Misspelt words of a question find what they were meant to, and names are not changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retrieval.index.words import WordIndex
from retrieval.library import Library
from retrieval.records import Article
from retrieval.search import pipeline
from retrieval.search.followups import Spelling, corrected
from retrieval.search.records import Query

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
def library(tmp_path_factory: pytest.TempPathFactory, copies: Path) -> Iterator[Library]:
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
    """Whether a question is not told that no article speaks of that."""
    now = datetime(2024, 3, 1, tzinfo=UTC)
    request = pipeline.Request(question, ["main"], 3, None, 0.05, now)
    return pipeline.search(library._tools(["main"]), request, Query(question), None).is_near


# -- what the models read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("who signd off the repiars", "who signed off the repairs"),
        ("which compnay refused to pay", "which company refused to pay"),
        ("WHICH COMPNAY REFUSED?", "WHICH company REFUSED?"),
        ("whose philosphy was blamed?", "whose philosophy was blamed?"),
        ("who blamed its philsphy", "who blamed its philosophy"),  # two mistakes in a long word
    ],
)
def test_a_word_with_one_good_correction_is_read_corrected(library: Library, typed: str, read: str):
    assert spelt(library, typed).text == read


@pytest.mark.parametrize(
    "typed",
    [
        "Who signed off the repairs?",
        "Who is Captian?",  # it may be somebody's name
        "which kestrels fly",  # another form of a word of the article
        "who plays chess in the capital",  # words that the article does not have
        "how fra is it",  # too short
        "flight 2091 or 2O19x",
        "Wer hat das repaair und wann?",  # the language of the question is none of the library's
        "渡船",
        "",
    ],
)
def test_other_words_are_read_as_they_were_typed(library: Library, typed: str):
    assert spelt(library, typed).text == typed


def test_a_word_that_may_mean_several_is_only_searched_for(library: Library):
    found = spelt(library, "who ate xakes", "orchard")
    assert found.text == "who ate xakes"
    assert set(found.like) == {"cakes", "lakes"}


def test_what_may_be_a_name_and_what_is_a_rare_word_are_only_searched_for(library: Library):
    for typed in ("Who is Fosheim?", "who is fosheim"):
        found = spelt(library, typed)
        assert (found.text, found.like) == (typed, ("fossheim",))


def test_an_answer_has_the_question_as_it_was_typed(library: Library):
    answer = library.answer("who signd off the repiars")
    assert (answer.question, answer.understood) == ("who signd off the repiars", None)


def test_a_word_that_another_library_of_the_scope_has_is_not_misspelt(library: Library):
    assert spelt(library, "which harbouy", "main").like == ("harbour",)
    assert spelt(library, "which harbouy", "main", "orchard").like == ()


# -- what is searched for


def test_a_word_like_a_misspelt_one_finds_passages_and_counts_half(tmp_path: Path):
    index = WordIndex(tmp_path / "words")
    texts = ["Two boats sank.", "Two tables stood there."]
    index.update(((id, one, Article(str(id), "", one)) for id, one in enumerate(texts)), [])
    exact = index.best("boats", 5)
    assert index.best("botas", 5) == {}
    assert index.best("botas", 5, like=["boats"]) == {0: pytest.approx(exact[0] / 2)}
    assert index.best("boats", 5, like=["boats"]) == exact


def test_spellings_of_a_term_come_with_it_and_the_likeliest_first(tmp_path: Path):
    index = WordIndex(tmp_path / "words")
    text = "They signed the contract."
    index.update([(0, text, Article("0", "", text))], [])
    found = index.like("signde", "who signde it")
    assert list(found) == ["sign"]
    assert found["sign"][0] == "signed"
    assert index.like("botas", "two botas") == {}


def test_three_misspelt_words_are_corrected_in_no_time(tmp_path: Path):
    index = WordIndex(tmp_path / "words")
    texts = [f"The keeper of ward{n} wrote letter{n} about the govern{n}." for n in range(500)]
    index.update(((id, one, Article(str(id), "", one)) for id, one in enumerate(texts)), [])
    started = time.process_time()
    for word in ("keeepr", "lettr", "wroet"):
        index.like(word, "a question")
    assert time.process_time() - started < 0.1  # it takes 2 ms


# -- whether anything speaks of it


@pytest.mark.parametrize(
    "question",
    [
        "who blmed the govermnent",
        "who signd off the repiars of the engnes",
        "In an article of 4 March 2019, who signed off the repairs?",
        "What was published before 2021 about the ferry?",
        "as of 5/6/2021 who blamed the government?",
        "What was written in March 2019?",
        "how far is it to the harbour",
    ],
)
def test_misspelt_words_and_words_that_set_limits_do_not_keep_an_article_from_speaking_of_it(
    library: Library, question: str
):
    assert is_near(library, question)


@pytest.mark.parametrize(
    "question", ["What is the price of rice in Tokyo?", "who won the chess final in march 2019"]
)
def test_an_article_that_shares_neither_words_nor_meaning_does_not_speak_of_it(
    library: Library, question: str
):
    assert not is_near(library, question)


def test_the_subject_of_a_question_has_no_words_that_set_limits(library: Library):
    now = datetime(2024, 3, 1, tzinfo=UTC)
    asked = "What was published in March 2019 about the reporters of the state?"
    subject = library._resolver.subject(asked, ["main"], now)
    assert subject.split() == "What was in about the reporters of the state?".split()

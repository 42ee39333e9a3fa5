"""What is new can be told from what was there, and be asked by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, add

from retrieval import Library

BROKE = "What did the rat bite through?"


@pytest.fixture
def library(tmp_path: Path, copies: Path):
    with Library.open(tmp_path / "home", copies=copies) as library:
        yield library


def test_arrivals_are_what_was_added_since_in_order_and_in_these_libraries(library, tmp_path):
    assert library.latest() == 0
    add(library, tmp_path, HARBOUR)
    looked = library.latest()
    assert library.arrivals(looked) == []
    add(library, tmp_path, GLACIER, to="other")
    add(library, tmp_path, BAKERY)
    new = library.arrivals(looked, scope=["main", "other"])
    assert [one.stored.article.id for one in new] == ["glacier-lake", "bakery-prize"]
    assert [one.stored.article.id for one in library.arrivals(looked)] == ["bakery-prize"]
    assert [one.key for one in new] == sorted(one.key for one in new)
    assert library.latest() == new[-1].key


def test_an_article_that_was_changed_arrives_again_and_one_that_is_the_same_does_not(
    library, tmp_path
):
    add(library, tmp_path, HARBOUR, BAKERY)
    looked = library.latest()
    add(library, tmp_path, HARBOUR, BAKERY | {"text": "The bakery has closed."})
    assert [one.stored.article.id for one in library.arrivals(looked)] == ["bakery-prize"]


def test_a_question_can_be_asked_of_some_articles_only(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY)
    whole = library.answer(BROKE, risk=0.5)
    assert whole.quotes[0].article.id == "harbour-light"
    harbour, bakery = (one.key for one in library.arrivals(0))
    assert library.answer(BROKE, only=[harbour], risk=0.5).quotes[0].text == whole.quotes[0].text
    other = library.answer(BROKE, only=[bakery])
    assert not other.answered
    assert {quote.article.id for quote in other.closest} == {"bakery-prize"}
    assert library.answer(BROKE, only=[]).closest == ()
    assert library.answer(BROKE, scope=["other"], only=[harbour]).closest == ()

"""An article that was removed can be put back as it was."""

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, add, found, jsonl
from postgresql_server import on_both_engines

from retrieval import Library, QuotewiseError

pytestmark = on_both_engines

CORRECTED = HARBOUR | {
    "text": "The lighthouse at Skerry Point was dark for an hour.\n\nA fuse had blown."
}
WHY = "Why was the lighthouse dark?"


def test_a_restored_article_is_as_it_was(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY, GLACIER)
    add(library, tmp_path, CORRECTED)
    before = [list(library.articles()), library.versions("harbour-light"), library.latest()]
    arrived = library.arrivals(0)
    removed = library.remove("harbour-light")
    assert "A fuse had blown." not in found(library, WHY)
    assert library.restore(removed.record).article.text == CORRECTED["text"]
    assert [list(library.articles()), library.versions("harbour-light"), library.latest()] == before
    assert library.arrivals(0) == arrived, "it is no new article"
    assert "A fuse had blown." in found(library, WHY)
    assert library.verify() == []


def test_every_field_of_an_article_is_restored(library, tmp_path):
    source = tmp_path / "Report.txt"
    source.write_text("Zwölf Fähren\n\nBy Jo Doe\n\nZwölf Fähren – “alle” – fuhren.\n\n渡し船。\n")
    whole = {"id": "späť", "title": "T\t1", "author": "A. B.", "published": "2024-02-29T23:59:58"}
    more = jsonl(tmp_path, HARBOUR | whole, BAKERY | {"published": "2023-01-01"})
    assert all(one.reason is None for one in library.add([str(source), more]))
    before = list(library.articles())
    for kept in before:
        library.restore(library.remove(kept.article.id).record)
        assert list(library.articles()) == before


@pytest.mark.parametrize("other", [{}, {"url": "https://else.example/"}])
def test_an_article_that_was_added_again_is_not_replaced(library, tmp_path, other):
    add(library, tmp_path, HARBOUR)
    record = library.remove("harbour-light").record
    add(library, tmp_path, CORRECTED | other)
    with pytest.raises(QuotewiseError, match="is here again: nothing was changed"):
        library.restore(record)
    assert [one.article.text for one in library.articles()] == [CORRECTED["text"]]


def test_an_article_is_restored_for_the_model_in_use_then(
    library, tmp_path, copies, other_model, database
):
    add(library, tmp_path, HARBOUR, BAKERY)
    record = library.remove("harbour-light").record
    home = {"home": tmp_path / "home", "copies": copies, "database": database}
    with Library.open(**home, model=other_model) as changed:
        list(changed.change_model())
        changed.restore(record)
        assert changed.verify() == []
        assert changed.ids() == ["harbour-light", "bakery-prize"]
    assert library.ids() == ["harbour-light", "bakery-prize"]

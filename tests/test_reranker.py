"""A CrossEncoder that is named in the settings orders the best sentences anew."""

import numpy as np
import pytest
from shelf import add
from tinymodels import TinyModels

from retrieval import Answer, Library, Quote, QuotewiseError
from retrieval import reranker as room
from retrieval.reranker import Reranker, open_reranker

RAT = "What did the rat bite through?"
NOTES = [
    {"id": f"note-{n}", "title": f"Note {n}", "text": text}
    for n, text in enumerate(
        (
            "The rat bit through the main cable.",
            "Keeper Olaf Brenn caught a rat on Tuesday.",
            "Ines Moller won a prize for rye bread.",
            "A lake on the Vorn glacier drained overnight.",
            "The ferry to Orle leaves the pier at six.",
        )
    )
]


@pytest.fixture(scope="module")
def named(tiny_models: TinyModels) -> str:
    return tiny_models.cross_encoder("reranker")


@pytest.fixture(scope="module")
def reranker(named: str) -> Reranker:
    return open_reranker(named)


def told(answer: Answer) -> tuple[Quote, ...]:
    return answer.quotes or answer.closest


def test_scores_lie_between_0_and_1_and_are_those_of_sentence_transformers(
    reranker: Reranker, named: str
):
    from sentence_transformers import CrossEncoder

    texts = ["A rat.", "The repair cost 412 crowns.", ""]
    scores = reranker.scores(RAT, texts)
    logits = np.log(scores / (1 - scores))
    original = CrossEncoder(named, device="cpu", activation_fn=None)
    expected = original.predict([(RAT, text) for text in texts], convert_to_numpy=True)
    assert scores.dtype == np.float32
    assert ((scores > 0) & (scores < 1)).all()
    assert np.argsort(logits).tolist() == np.argsort(expected).tolist()
    assert reranker.scores(RAT, []).shape == (0,)


def test_its_order_is_that_of_the_quotes(library, tmp_path, copies, named, reranker):
    add(library, tmp_path, *NOTES)
    before = told(library.answer(RAT, limit=20))
    with Library.open(tmp_path / "home", copies=copies, reranker=named) as other:
        after = told(other.answer(RAT, limit=20))
    texts = [f"{one.article.title}. {one.text}" for one in after]
    scores = reranker.scores(RAT, texts)
    assert sorted(q.text for q in after) == sorted(q.text for q in before)
    assert [q.text for q in after] != [q.text for q in before]
    assert scores.tolist() == pytest.approx(sorted(scores, reverse=True), abs=1e-5)
    assert all(q.article.text[q.start : q.end] == q.text for q in after)


def test_it_reads_no_more_sentences_than_the_best(library, tmp_path, copies, named, monkeypatch):
    monkeypatch.setattr(room, "RERANKED", 2)
    add(library, tmp_path, *NOTES)
    before = [q.text for q in told(library.answer(RAT, limit=20))]
    with Library.open(tmp_path / "home", copies=copies, reranker=named) as other:
        after = [q.text for q in told(other.answer(RAT, limit=20))]
    assert (sorted(after[:2]), after[2:]) == (sorted(before[:2]), before[2:])


def test_a_library_without_articles_answers_nothing(tmp_path, copies, named):
    with Library.open(tmp_path / "home", copies=copies, reranker=named) as library:
        assert told(library.answer(RAT)) == ()


def test_one_that_cannot_be_loaded_gets_a_sentence(tmp_path, copies):
    with (
        Library.open(tmp_path / "home", copies=copies, reranker="/nowhere/reranker") as other,
        pytest.raises(QuotewiseError) as raised,
    ):
        other.warm_up()
    assert str(raised.value).startswith("The reranker /nowhere/reranker could not be loaded: ")
    assert str(raised.value).endswith(
        "Give the name or the folder of a CrossEncoder of sentence-transformers that is on this "
        "machine, or set none."
    )


def test_one_that_sorts_into_classes_gets_a_sentence(tiny_models):
    folder = tiny_models.cross_encoder("classes", labels=3)
    with pytest.raises(QuotewiseError) as raised:
        open_reranker(folder)
    assert str(raised.value) == (
        f"The reranker {folder} gives 3 numbers for a text: set one that gives one, which says how "
        "well the text answers."
    )

"""A multilingual model is one setting: its tokens, unlike the default's, begin with a blank."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from shelf import add, found
from tinymodels import TinyModels

from retrieval import Library
from retrieval.encoder import Encoder, open_encoder

BRIDGE = {
    "id": "bridge",
    "title": "Brücke in Kelm",
    "text": "Die Brücke öffnet am Freitag. Ida Berg schnitt das Band durch. Niemand wurde verletzt."
    "\n\n"
    "東京の橋は金曜日に開通した。市長がテープを切った。けが人はいなかった。",
}


@pytest.fixture(scope="module")
def model(tiny_models: TinyModels) -> str:
    return tiny_models.multilingual("multilingual", [BRIDGE["title"], BRIDGE["text"]] * 9)


@pytest.fixture(scope="module")
def encoder(model: str, copies: Path) -> Encoder:
    return open_encoder(model, copies)


def test_its_vectors_are_those_of_sentence_transformers(encoder: Encoder, model: str):
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(model, device="cpu")
    texts = [*BRIDGE["text"].split("\n\n"), "Freitag"]
    for text, one in zip(texts, encoder.encode_documents(texts), strict=True):
        expected = original.encode(text)
        assert one.pooled @ expected / np.linalg.norm(expected) > 0.999


def covered(spans: Iterable[Sequence[int]]) -> set[int]:
    """The characters that tokens stand for."""
    return {place for start, end in spans for place in range(start, end)}


def test_a_token_stands_for_its_word_without_the_blank_before_it(encoder: Encoder):
    text = "am Freitag  öffnet"
    spans = encoder.encode_query(text).spans.tolist()
    assert covered(spans) == {place for place, letter in enumerate(text) if letter != " "}


def test_all_that_a_sentence_says_is_compared_with_the_question(
    model: str, encoder: Encoder, tmp_path: Path, copies: Path
):
    title = "Brücke in Kelm. "
    with Library.open(tmp_path / "home", copies=copies, model=model) as library:
        add(library, tmp_path, BRIDGE)
        passages = [one.passage for one in library._catalog.passages_of(1)]
        assert library.verify() == []
        assert len(found(library, "Wann öffnet die Brücke?")) == 3
    for one in passages:
        read = title + BRIDGE["text"][one.start : one.end]
        (encoding,) = encoder.encode_documents([read])
        shift = len(title) - one.start
        assert len(one.sentences) == 3
        for start, end, first, last in (astuple(sentence) for sentence in one.sentences):
            places = range(start + shift, end + shift)
            assert covered(encoding.spans[first:last].tolist()) == {
                place for place in places if read[place] != " "
            }

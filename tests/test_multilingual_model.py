"""A multilingual model is one setting."""

import numpy as np
import pytest
from article_library import add, found

from retrieval import Library
from retrieval.models import Encoder, open_encoder

BRIDGE = {
    "id": "bridge",
    "title": "Brücke in Kelm",
    "text": "Die Brücke öffnet am Freitag. Ida Berg schnitt das Band durch. Niemand wurde verletzt."
    "\n\n"
    "東京の橋は金曜日に開通した。市長がテープを切った。けが人はいなかった。",
}


@pytest.fixture(scope="module")
def model(tiny_models) -> str:
    return tiny_models.multilingual("multilingual", [BRIDGE["title"], BRIDGE["text"]] * 9)


@pytest.fixture(scope="module")
def encoder(model, copies) -> Encoder:
    return open_encoder(model, copies)


def test_its_vectors_are_those_of_sentence_transformers(encoder, model):
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(model, device="cpu")
    texts = [*BRIDGE["text"].split("\n\n"), "Freitag"]
    for text, one in zip(texts, encoder.encode_documents(texts), strict=True):
        expected = original.encode(text)
        assert one @ expected / np.linalg.norm(expected) > 0.999


def test_articles_are_read_in_it_and_found(model, tmp_path, copies):
    with Library.open(tmp_path / "home", copies=copies, model=model) as library:
        add(library, tmp_path, BRIDGE)
        passages = [one.passage for one in library._catalog.passages_of(1)]
        assert [len(one.sentences) for one in passages] == [3, 3]
        assert library.verify() == []
        assert len(found(library, "Wann öffnet die Brücke?")) == 3

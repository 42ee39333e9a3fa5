"""What the tests share: one copy of the model, an empty library, and one with the samples."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tinymodels import TinyModels

from retrieval.library import Library

SAMPLES = Path(__file__).parent.parent / "bot" / "samples" / "articles.jsonl"


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the model's ONNX copy: `Library.open(home, copies=copies)` starts at once."""
    folder = tmp_path_factory.mktemp("copies")
    with Library.open(tmp_path_factory.mktemp("unused"), copies=folder) as library:
        library.warm_up()
    assert list(folder.glob("*/copy.json")), "the model was not copied"
    return folder


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """Small models with random weights: they read as fast as they understand little."""
    return TinyModels(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def other_model(tiny_models: TinyModels) -> str:
    """The folder of a model whose vectors have 64 numbers."""
    return tiny_models.embedding("other", 64)


@pytest.fixture(scope="session")
def third_model(tiny_models: TinyModels) -> str:
    """The folder of another model whose vectors have 64 numbers, and other ones."""
    return tiny_models.embedding("third", 64, seed=1)


@pytest.fixture
def library(tmp_path: Path, copies: Path) -> Iterator[Library]:
    """An empty library under `tmp_path / "home"`."""
    with Library.open(tmp_path / "home", copies=copies) as empty:
        yield empty


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory, copies: Path) -> Iterator[Library]:
    """A library that holds the sample articles, for all tests that only ask."""
    with Library.open(tmp_path_factory.mktemp("samples"), copies=copies) as library:
        for outcome in library.add(str(SAMPLES)):
            assert outcome.reason is None, outcome.reason
        yield library

"""Invented articles for the tests, and a record of what the model is given to read."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import QuotewiseError
from retrieval.library import Library
from retrieval.models.encoder import Floats, Integers
from retrieval.records import Status
from retrieval.search.calibration import Calibration

HARBOUR = {
    "id": "harbour-light",
    "title": "Harbour light goes out",
    "url": "https://post.example/light",
    "source": "The Skerry Post",
    "text": "The lighthouse at Skerry Point went dark on Tuesday for the first time in 90 years."
    "\n\n"
    "Keeper Olaf Brenn said a rat had bitten through the main cable. The repair cost 412 crowns.",
}
BAKERY = {
    "id": "bakery-prize",
    "title": "Village bakery wins prize",
    "url": "https://post.example/bakery",
    "source": "The Skerry Post",
    "text": "The bakery of Ines Moller won the regional prize for its rye bread on Friday.\n\n"
    "She bakes 300 loaves a night. Her sourdough was begun by her grandmother in 1931.",
}
GLACIER = {
    "id": "glacier-lake",
    "title": "Glacier lake drains overnight",
    "url": "https://post.example/glacier",
    "source": "Northern Letters",
    "text": "A lake on the Vorn glacier drained overnight, raising the river by two metres.\n\n"
    "Hydrologist Petra Hallin had warned of it in May. Nobody was hurt, but a footbridge was lost.",
}


def reader_with(folder: Path, calibration: Calibration) -> str:
    """A folder with the reader that comes with Quotewise, and another calibration."""
    shutil.copytree(str(files("retrieval.models").joinpath("files")), folder)
    (folder / "calibration.json").write_text(calibration.to_json(), "utf-8")
    return str(folder)


def shared_library(*articles: dict[str, Any]) -> Any:
    """A fixture that all tests of a file share: a library with these articles."""

    @pytest.fixture(scope="module")
    def library(tmp_path_factory, copies) -> Iterator[Library]:
        folder = tmp_path_factory.mktemp("shared")
        with Library.open(folder / "home", copies=copies) as library:
            if articles:
                assert "failed" not in add(library, folder, *articles)
            yield library

    return library


class Readings:
    """Counts the texts a library's model reads from now on; the real model still reads them."""

    def __init__(self, library: Library) -> None:
        self.texts = 0
        models = library._models
        encoder = models.encoder(models.is_set)
        self._forward = encoder.forward
        models._encoders[models.is_set] = replace(encoder, forward=self.forward)
        models._using = None

    def forward(self, ids: Integers, mask: Integers) -> Floats:
        self.texts += len(ids)
        return self._forward(ids, mask)


def jsonl(folder: Path, *articles: dict[str, str], name: str = "articles.jsonl") -> str:
    """Write articles to a file, one a line, and return its path."""
    path = folder / name
    path.write_text("".join(json.dumps(one) + "\n" for one in articles), "utf-8")
    return str(path)


def add(
    library: Library, folder: Path, *articles: dict[str, str], to: str = "main"
) -> list[Status]:
    """Add articles and return what became of each."""
    return [one.status for one in library.add(jsonl(folder, *articles), library=to)]


def refusal(call: Callable[..., object], *arguments: Any, **more: Any) -> str:
    """The sentence with which a call is refused."""
    with pytest.raises(QuotewiseError) as raised:
        call(*arguments, **more)
    return str(raised.value)


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query to a home's catalog, which may also change it."""
    with closing(sqlite3.connect(home / "catalog.sqlite")) as db, db:
        return db.execute(query).fetchall()


def found(library: Library, question: str, scope: tuple[str, ...] = ("main",)) -> list[str]:
    """The sentences an answer has at all, whether it is sure of them or not, best first."""
    answer = library.answer(question, scope=scope)
    return [quote.text for quote in (*answer.quotes, *answer.closest)]

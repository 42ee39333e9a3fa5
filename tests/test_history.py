"""Indexes made from another history of the catalog are not trusted."""

import shutil
from pathlib import Path

import pytest
from article_library import BAKERY, HARBOUR, Readings, add, found, jsonl, rows
from quotewise_command import new_home, printed

from retrieval.library import Library

HERON = {
    "id": "heron",
    "title": "Heron nests on the gasworks",
    "text": "A grey heron has built its nest on the chimney of the gasworks at Tolm.",
}
TUNNEL = {
    "id": "tunnel",
    "title": "Tunnel under the Vey is late",
    "text": "The tunnel under the Vey opens in October, eleven weeks late, for want of pumps.",
}
PUMPS = "Why does the tunnel under the Vey open late?"


def catalog_files(home: Path) -> list[Path]:
    return list(home.glob("catalog.sqlite*"))


def restore(backup: Path, home: Path) -> None:
    """Put a catalog back, as somebody does by hand while nothing runs."""
    for path in catalog_files(home):
        path.unlink()
    shutil.copy(backup, home / "catalog.sqlite")


@pytest.fixture
def backup(tmp_path, copies, stocked) -> Path:
    """A backup of the catalog in `home`, to which another article was added after it was made."""
    home, backup = stocked(tmp_path / "home"), tmp_path / "backup.sqlite"
    shutil.copy(home / "catalog.sqlite", backup)
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, HERON)
        assert HERON["text"] in found(library, "Where does the heron nest?")
    return backup


def test_after_a_backup_was_restored_another_article_is_found(backup, tmp_path, copies, stocked):
    with Library.open(stocked(tmp_path / "new"), copies=copies) as library:
        add(library, tmp_path, TUNNEL)
        confidence = library.answer(PUMPS).confidence
    restore(backup, tmp_path / "home")
    with Library.open(tmp_path / "home", copies=copies) as library:
        add(library, tmp_path, TUNNEL)
    with Library.open(tmp_path / "home", copies=copies) as library:
        readings = Readings(library)
        assert found(library, PUMPS)[0] == TUNNEL["text"]
        assert library.answer(PUMPS).confidence == pytest.approx(confidence, abs=0.02)
        assert library.verify() == []
        assert readings.texts == 2  # the question, twice


def test_indexes_of_another_history_are_made_again(backup, tmp_path, copies):
    home = tmp_path / "home"
    indexes = shutil.copytree(home / "indexes", tmp_path / "indexes")
    restore(backup, home)
    with Library.open(home, copies=copies) as library:
        add(library, tmp_path, TUNNEL)
    shutil.rmtree(home / "indexes")
    shutil.copytree(indexes, home / "indexes")
    with Library.open(home, copies=copies) as library:
        assert library.verify() == []
        assert found(library, PUMPS)[0] == TUNNEL["text"]


def test_indexes_of_another_database_are_made_again(tmp_path, copies, databases):
    urls = [databases.new(), databases.new()]
    for url, article in zip(urls, (HARBOUR, BAKERY), strict=True):
        with Library.open(tmp_path / "home", copies=copies, database=url) as library:
            add(library, tmp_path, article)
    for url, article in zip(urls, (HARBOUR, BAKERY), strict=True):
        with Library.open(tmp_path / "home", copies=copies, database=url) as library:
            shown = library.answer("Was the lighthouse or the bakery first?").shown
            assert {quote.article.id for quote in shown} == {article["id"]}
            assert library.verify() == []


def test_an_open_library_notices_that_its_catalog_was_replaced(backup, tmp_path, copies):
    home, elsewhere = tmp_path / "home", new_home(tmp_path / "elsewhere", copies)
    shutil.copy(backup, elsewhere / "catalog.sqlite")
    assert printed(elsewhere, "add", jsonl(tmp_path, TUNNEL)).endswith("\n1 added\n")
    with Library.open(home, copies=copies) as library:
        assert HERON["text"] in found(library, "Where does the heron nest?")
        for path in catalog_files(home):
            path.unlink()
        (elsewhere / "catalog.sqlite").rename(home / "catalog.sqlite")
        assert found(library, PUMPS)[0] == TUNNEL["text"]
        assert HERON["text"] not in found(library, "Where does the heron nest?")
        assert library.verify() == []
        kept = len(library.ids())
        add(library, tmp_path, HERON)
    assert rows(home, "SELECT count(*) FROM articles") == [(kept + 1,)]

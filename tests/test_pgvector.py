"""Vectors that PostgreSQL searches: the same answers as in memory, also by its index."""

import json
import time
from dataclasses import replace

import pytest
from conftest import SAMPLES
from postgresql_server import executed

from retrieval import Filters, Library, QuotewiseError
from retrieval.index import indexes
from retrieval.storage import pgvector

QUESTIONS = [
    json.loads(line)["question"]
    for line in SAMPLES.with_name("questions.jsonl").read_text("utf-8").splitlines()[:12]
]
INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'vectors_of_model%%'"
SCANS = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname LIKE 'vectors_of_model%%'"


@pytest.fixture
def url(databases):
    return databases.new()


def opened(folder, copies, url, vectors, **more):
    return Library.open(folder, copies=copies, database=url, vectors=vectors, **more)


def answers(library, **how):
    """What a library answers, but for how long it took."""
    return [replace(library.answer(question, **how), took_ms=0) for question in QUESTIONS]


def test_the_server_answers_as_memory_does(tmp_path, copies, url):
    with (
        opened(tmp_path / "a", copies, url, "memory") as memory,
        opened(tmp_path / "b", copies, url, "pgvector") as server,
    ):
        list(memory.add(str(SAMPLES)))
        for filters in (None, Filters(sources=("The Harbour Post",))):
            assert answers(server, filters=filters) == answers(memory, filters=filters)
        assert any(answer.quotes for answer in answers(server))
        assert server.verify() == []
        memory.remove(next(memory.articles()).article.id)
        assert answers(server) == answers(memory)
        assert server.verify() == []


def test_many_vectors_get_an_index_and_lose_it_with_their_model(
    tmp_path, copies, url, monkeypatch, other_model
):
    with opened(tmp_path / "a", copies, url, "memory") as memory:
        list(memory.add(str(SAMPLES)))
        expected = answers(memory)
    # Of so few vectors PostgreSQL would sort all.
    executed(
        url, f"ALTER DATABASE {url.rpartition('/')[2].partition('?')[0]} SET enable_sort = off"
    )
    monkeypatch.setattr(pgvector, "INDEXED", 10)
    monkeypatch.setattr(indexes, "BEGINS_AFTER", 0.0)
    with opened(tmp_path / "a", copies, url, "pgvector") as server:
        assert answers(server) == expected
        deadline = time.monotonic() + 20
        while not executed(url, INDEX) and time.monotonic() < deadline:
            time.sleep(0.05)
        ((definition,),) = executed(url, INDEX)
        assert "hnsw" in definition and "WHERE (model = 1)" in definition
        assert answers(server) == expected
    with opened(tmp_path / "a", copies, url, "pgvector", model=other_model) as changed:
        assert executed(url, SCANS)[0][0] >= len(QUESTIONS)
        list(changed.change_model())
        assert "model = 1" not in str(executed(url, INDEX))


def test_pgvector_needs_a_database_and_places_have_names(tmp_path, copies):
    with pytest.raises(QuotewiseError, match="searches a PostgreSQL database, and none is set"):
        Library.open(tmp_path, copies=copies, vectors="pgvector")
    with pytest.raises(QuotewiseError, match="vectors should be memory or pgvector, not disk"):
        Library.open(tmp_path, copies=copies, vectors="disk")

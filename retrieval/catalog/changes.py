"""What came and went between two generations of a library, as the indexes need to know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.catalog import passages, rows
from retrieval.catalog.database import Database
from retrieval.records import Article, Floats


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the indexes need to know of a passage; `vector` is float32 of shape (dimension,)."""

    passage_id: int
    text: str
    article: Article
    vector: Floats


def generation(db: Database, library: int) -> int:
    """The number of the last change to a library; 0 for one that has none."""
    row = db.one("SELECT generation FROM libraries WHERE number = ?", library)
    return 0 if row is None else int(row[0])


def entries_between(db: Database, library: int, after: int, up_to: int) -> Iterator[IndexEntry]:
    """What was added between two generations and is still kept, oldest first."""
    found = db.rows(
        'SELECT p.id, p.article, p.start, p."end", p.vector FROM passages p'
        " WHERE p.library = ? AND p.generation > ? AND p.generation <= ? ORDER BY p.id",
        library,
        after,
        up_to,
    )
    for id, article, (start, end, vector) in passages.with_articles(db, found):
        yield IndexEntry(id, article.text[start:end], article, rows.floats(vector))


def removed_between(db: Database, library: int, after: int, up_to: int) -> list[int]:
    """The ids of passages that were removed between two generations."""
    found = db.rows(
        "SELECT passage FROM removals WHERE library = ? AND generation > ? AND generation <= ?",
        library,
        after,
        up_to,
    )
    return [id for (id,) in found]


def count_passages_at(db: Database, library: int, generation: int) -> int:
    """How many passages a library had at a generation."""
    row = db.one(
        "SELECT (SELECT count(*) FROM passages WHERE library = ?1 AND generation <= ?2)"
        " + (SELECT count(*) FROM removals"
        " WHERE library = ?1 AND generation > ?2 AND added <= ?2)",
        library,
        generation,
    )
    return 0 if row is None else int(row[0])

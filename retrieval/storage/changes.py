"""The passages, and what came and went between two generations, as the indexes need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from retrieval.records import Article, Floats
from retrieval.storage import rows
from retrieval.storage.database import Database


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the indexes need to know of a passage; `vector` is float32 of shape (dimension,)."""

    passage_id: int
    text: str
    article: Article
    vector: Floats


class Generation(NamedTuple):
    """The number of a change to a library, and the random id of that change.

    Of two catalogs that began as copies of each other, both may have a change with this number,
    but only one has the id.
    """

    number: int
    id: str


BEGINNING = Generation(0, "")
"""Before the first change to a library."""


def generation(db: Database, library: int) -> Generation:
    """The last change to a library; `BEGINNING` for one that has none."""
    row = db.first_row(
        "SELECT l.generation, h.id FROM libraries l JOIN history h"
        " ON h.library = l.number AND h.generation = l.generation WHERE l.number = ?",
        library,
    )
    return BEGINNING if row is None else Generation(*row)


@dataclass(frozen=True, slots=True)
class Changes:
    """The passages of one model, by the generations in which they came and went.

    All models count with one number a library, so that many generations leave those of one alone.
    """

    db: Database
    model: int

    def generation(self, library: int) -> Generation:
        """The last change to a library; `BEGINNING` for one that has none."""
        return generation(self.db, library)

    def has(self, library: int, generation: Generation) -> bool:
        """Whether a generation belongs to the history of this catalog."""
        return generation == BEGINNING or bool(
            self.db.first_row(
                "SELECT 1 FROM history WHERE library = ? AND generation = ? AND id = ?",
                library,
                *generation,
            )
        )

    def are_none_since(self, library: int, before: Generation, now: Generation) -> bool:
        """Whether no passage came or went between an earlier generation and the present one."""
        if before == now:
            return True
        return self.has(library, before) and not self._any_between(
            library, before.number, now.number
        )

    def _any_between(self, library: int, after: int, up_to: int) -> bool:
        row = self.db.first_row(
            "SELECT EXISTS (SELECT 1 FROM passages WHERE library = ?1 AND model = ?2"
            " AND generation > ?3 AND generation <= ?4)"
            " OR EXISTS (SELECT 1 FROM removals WHERE library = ?1 AND model = ?2"
            " AND generation > ?3 AND generation <= ?4)",
            library,
            self.model,
            after,
            up_to,
        )
        return row == (1,)

    def entries_between(self, library: int, after: int, up_to: int) -> Iterator[IndexEntry]:
        """What was added between two generations and is still kept, oldest first."""
        records = self.db.rows(
            'SELECT p.id, p.article, p.start, p."end", p.vector FROM passages p'
            " WHERE p.library = ? AND p.model = ? AND p.generation > ? AND p.generation <= ?"
            " ORDER BY p.id",
            library,
            self.model,
            after,
            up_to,
        )
        for id, article, (start, end, vector) in with_articles(self.db, records):
            yield IndexEntry(id, article.text[start:end], article, rows.floats(vector))

    def removed_between(self, library: int, after: int, up_to: int) -> list[int]:
        """The ids of passages that were removed between two generations."""
        records = self.db.rows(
            "SELECT passage FROM removals"
            " WHERE library = ? AND model = ? AND generation > ? AND generation <= ?",
            library,
            self.model,
            after,
            up_to,
        )
        return [id for (id,) in records]

    def passage_ids(self, library: int) -> list[int]:
        """The ids of all passages of a library, in order."""
        records = self.db.rows(
            "SELECT id FROM passages WHERE library = ? AND model = ? ORDER BY id",
            library,
            self.model,
        )
        return [id for (id,) in records]

    def count_passages_at(self, library: int, generation: int) -> int:
        """How many passages a library had at a generation."""
        row = self.db.first_row(
            "SELECT (SELECT count(*) FROM passages"
            " WHERE library = ?1 AND model = ?2 AND generation <= ?3)"
            " + (SELECT count(*) FROM removals"
            " WHERE library = ?1 AND model = ?2 AND generation > ?3 AND added <= ?3)",
            library,
            self.model,
            generation,
        )
        return 0 if row is None else int(row[0])


def with_articles(
    db: Database, records: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[int, Article, list[Any]]]:
    """Rows that begin with the passage's id and its article's key, each with its article."""
    last: tuple[int, Article] | None = None
    for id, key, *fields in records:
        # The passages of an article follow each other, and its text may be long: read it once.
        if last is None or last[0] != key:
            of_key = articles_with_keys(db, {key})
            if key not in of_key:  # removed since the query began
                continue
            last = key, of_key[key]
        yield id, last[1], fields


def articles_with_keys(db: Database, keys: Collection[int]) -> dict[int, Article]:
    """The articles that have these keys, so far as they are still kept."""
    marks = ",".join("?" * len(keys))
    records = db.rows(
        f"SELECT a.key, {rows.ARTICLE_FIELDS} FROM articles a WHERE a.key IN ({marks})", *keys
    )
    return {key: rows.article(fields) for key, *fields in records}

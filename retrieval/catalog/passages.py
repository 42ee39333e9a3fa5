"""The passages as they are kept, each with its article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from retrieval.catalog import rows
from retrieval.catalog.database import Database
from retrieval.indexed import KeptPassage
from retrieval.records import Article


def with_ids(db: Database, ids: Sequence[int]) -> list[KeptPassage]:
    """The passages with these ids, in this order; those no longer kept are left out."""
    marks = ",".join("?" * len(ids))
    found = {
        id: (key, library, fields)
        for id, key, library, *fields in db.rows(
            f"SELECT p.id, p.article, l.name, {rows.PASSAGE_FIELDS}"
            f" FROM passages p JOIN libraries l ON l.number = p.library WHERE p.id IN ({marks})",
            *ids,
        )
    }
    of_key = _articles(db, {key for key, _, _ in found.values()})
    return [
        KeptPassage(id, library, of_key[key], rows.passage(fields))
        for id, (key, library, fields) in ((id, found[id]) for id in ids if id in found)
        if key in of_key
    ]


def of_library(db: Database, library: int) -> Iterator[KeptPassage]:
    """Every passage of a library, of whatever model, oldest first."""
    found = db.rows(
        f"SELECT p.id, p.article, l.name, {rows.PASSAGE_FIELDS}"
        " FROM passages p JOIN libraries l ON l.number = p.library"
        " WHERE p.library = ? ORDER BY p.id",
        library,
    )
    for id, article, (name, *fields) in with_articles(db, found):
        yield KeptPassage(id, name, article, rows.passage(fields))


def misshapen(db: Database) -> list[int]:
    """The ids of passages whose vectors or sentences cannot be what was kept."""
    found = db.rows(
        # Once a model: asked for each passage, it is looked for from the first one on each time.
        "WITH usual AS MATERIALIZED (SELECT number AS model, (SELECT length(vector) FROM passages"
        " WHERE model = number ORDER BY id LIMIT 1) AS size FROM models)"
        " SELECT id FROM passages LEFT JOIN usual USING (model) WHERE length(vector) != size"
        " OR length(sentences) % 8 ORDER BY id"
    )
    return [id for (id,) in found]


def with_articles(
    db: Database, found: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[int, Article, list[Any]]]:
    """Rows that begin with the passage's id and its article's key, each with its article."""
    last: tuple[int, Article] | None = None
    for id, key, *fields in found:
        # The passages of an article follow each other, and its text may be long: read it once.
        if last is None or last[0] != key:
            of_key = _articles(db, {key})
            if key not in of_key:  # removed since the query began
                continue
            last = key, of_key[key]
        yield id, last[1], fields


def _articles(db: Database, keys: Collection[int]) -> dict[int, Article]:
    """The articles that have these keys, so far as they are still kept."""
    marks = ",".join("?" * len(keys))
    found = db.rows(
        f"SELECT a.key, {rows.ARTICLE_FIELDS} FROM articles a WHERE a.key IN ({marks})", *keys
    )
    return {key: rows.article(fields) for key, *fields in found}

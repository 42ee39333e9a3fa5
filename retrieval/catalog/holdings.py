"""Who published what is kept, and when; and which articles lie within limits of that."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from retrieval.catalog.database import Database
from retrieval.records import Limits

# All of this is read from the index `articles_by_publication`, never from the rows with the texts.


def publishers(db: Database, libraries: Collection[int]) -> list[str]:
    """The publishers of all articles, each once, as they are spelled there."""
    return [name for (name,) in _distinct(db, "source", libraries)]


def authors(db: Database, libraries: Collection[int]) -> list[str]:
    """The authors of all articles, each once, as they are spelled there."""
    return [name for (name,) in _distinct(db, "author", libraries)]


def days(db: Database, libraries: Collection[int]) -> list[date]:
    """The days on which articles were published, each once, in order."""
    found = _distinct(db, "substr(published, 1, 10)", libraries)
    return [date.fromisoformat(day) for (day,) in found]


def count_dated(db: Database, libraries: Collection[int]) -> tuple[int, int]:
    """How many articles have a date of publication, and how many have none."""
    row = db.one(
        "SELECT count(published), count(*) FROM articles"
        " WHERE library IN (SELECT value FROM json_each(?))",
        _json(libraries),
    )
    dated, total = row or (0, 0)
    return int(dated), int(total - dated)


def keys_within(db: Database, libraries: Collection[int], limits: Limits) -> set[int]:
    """The keys of the articles that the limits admit; of those of time, none without a date."""
    conditions, values = _besides_time(limits)
    if limits.since:
        conditions.append("published >= ?")
        values.append(limits.since.isoformat())
    if limits.until and limits.until < date.max:
        # A day and its hours come before the next day, in the order of letters, too.
        conditions.append("published < ?")
        values.append((limits.until + timedelta(1)).isoformat())
    return {key for (key,) in _chosen(db, "key", libraries, conditions, values)}


def count_undated(db: Database, libraries: Collection[int], limits: Limits) -> int:
    """How many articles have no date, of those that the limits would admit at some time."""
    conditions, values = _besides_time(limits)
    conditions.append("published IS NULL")
    return next(int(n) for (n,) in _chosen(db, "count(*)", libraries, conditions, values))


def _besides_time(limits: Limits) -> tuple[list[str], list[str]]:
    any_of = {"source": limits.sources, "author": limits.authors, "id": limits.articles}
    named = {column: names for column, names in any_of.items() if names}
    return (
        [f"{column} IN (SELECT value FROM json_each(?))" for column in named],
        [_json(names) for names in named.values()],
    )


def _chosen(
    db: Database,
    columns: str,
    libraries: Collection[int],
    conditions: Sequence[str],
    values: Sequence[str],
) -> Iterator[tuple[Any, ...]]:
    where = " AND ".join(("library IN (SELECT value FROM json_each(?))", *conditions))
    return db.rows(f"SELECT {columns} FROM articles WHERE {where}", _json(libraries), *values)


def _distinct(db: Database, column: str, libraries: Collection[int]) -> Iterator[tuple[Any, ...]]:
    return db.rows(
        f"SELECT DISTINCT {column} AS told FROM articles"
        " WHERE library IN (SELECT value FROM json_each(?)) AND told IS NOT NULL ORDER BY told",
        _json(libraries),
    )


def _json(values: Collection[int] | Collection[str]) -> str:
    """A list as one value: SQLite takes but some thousand values a query."""
    return json.dumps(list(values))

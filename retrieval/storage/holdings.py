"""Who published what is kept, and when; and which articles lie within filters of that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from retrieval.records import Filters
from retrieval.storage.database import Database, json_list

# All of this is read from the index `articles_by_publication`, never from the rows with the texts.


@dataclass(frozen=True, slots=True)
class Holdings:
    """The publishers, authors and days of publication of all articles of some libraries.

    Each stands there once, in order. `dated` and `undated` count articles.
    """

    publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    dated: int = 0
    undated: int = 0

    def begins_before(self, day: date) -> bool:
        """Whether an article was published before a day."""
        return bool(self.days) and self.days[0] < day

    def has_any(self, since: date | None, until: date | None) -> bool:
        """Whether an article was published from one day to another, both included."""
        place = bisect_left(self.days, since or date.min)
        return place < len(self.days) and (until is None or self.days[place] <= until)


def holdings(db: Database, libraries: Collection[int]) -> Holdings:
    """Who published the articles of some libraries, and when."""
    row = db.first_row(
        "SELECT count(published), count(*) FROM articles"
        " WHERE library IN (SELECT value FROM json_each(?))",
        json_list(libraries),
    )
    dated, total = row or (0, 0)
    return Holdings(
        _distinct(db, "source", libraries),
        _distinct(db, "author", libraries),
        tuple(map(date.fromisoformat, _distinct(db, "substr(published, 1, 10)", libraries))),
        dated,
        total - dated,
    )


def keys_within(db: Database, libraries: Collection[int], filters: Filters) -> set[int]:
    """The keys of the articles that the filters admit; of those of time, none without a date."""
    conditions, values = _besides_time(filters)
    if filters.since:
        conditions.append("published >= ?")
        values.append(filters.since.isoformat())
    if filters.until and filters.until < date.max:
        # A day and its hours come before the next day, in the order of letters, too.
        conditions.append("published < ?")
        values.append((filters.until + timedelta(1)).isoformat())
    return {key for (key,) in _chosen(db, "key", libraries, conditions, values)}


def count_undated(db: Database, libraries: Collection[int], filters: Filters) -> int:
    """How many articles have no date, of those that the filters would admit at some time."""
    conditions, values = _besides_time(filters)
    conditions.append("published IS NULL")
    return next(int(n) for (n,) in _chosen(db, "count(*)", libraries, conditions, values))


def _besides_time(filters: Filters) -> tuple[list[str], list[str]]:
    any_of = {"source": filters.sources, "author": filters.authors, "id": filters.articles}
    named = {column: names for column, names in any_of.items() if names}
    return (
        [f"{column} IN (SELECT value FROM json_each(?))" for column in named],
        [json_list(names) for names in named.values()],
    )


def _chosen(
    db: Database,
    columns: str,
    libraries: Collection[int],
    conditions: Sequence[str],
    values: Sequence[str],
) -> Iterator[tuple[Any, ...]]:
    where = " AND ".join(("library IN (SELECT value FROM json_each(?))", *conditions))
    return db.rows(f"SELECT {columns} FROM articles WHERE {where}", json_list(libraries), *values)


def _distinct(db: Database, column: str, libraries: Collection[int]) -> tuple[str, ...]:
    rows = db.rows(
        f"SELECT DISTINCT {column} AS held FROM articles"
        " WHERE library IN (SELECT value FROM json_each(?)) AND held IS NOT NULL ORDER BY held",
        json_list(libraries),
    )
    return tuple(value for (value,) in rows)

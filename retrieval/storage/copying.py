"""Copying an archive between folders and PostgreSQL databases, with all its numbers and ids.

So indexes that were made from the source agree with the target, and answers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from retrieval.errors import Missing, QuotewiseError
from retrieval.storage import schema
from retrieval.storage.catalog import Catalog
from retrieval.storage.database import Database
from retrieval.storage.migrations import CATALOG, Schema

ROWS_TOGETHER = 300
"""Rows that are compared together; those that differ are written in one transaction."""

MOST_ROUNDS = 5
"""How often everything is copied and compared before the source is said to change too often."""

LEFTOVERS = frozenset({"libraries", "history", "models", "removals"})
"""Tables that still have rows when all articles have been removed."""

ALREADY = "Another process is copying an archive to the same place: wait until it is done."

Place = Path | str
Key = tuple[Any, ...]
Rows = dict[Key, tuple[Any, ...]]


class Migrated(NamedTuple):
    """Where the copy is, and how many articles and passages it has, as the source does."""

    place: str
    articles: int
    passages: int


class Copy(NamedTuple):
    """A database and the one that becomes its copy."""

    source: Database
    target: Database
    schema: Schema


def migrate(
    source: Place,
    target: Place,
    *,
    others: Mapping[str, Schema] = MappingProxyType({}),
    report: Callable[[int, int], None] = lambda rows, of: None,
) -> Migrated:
    """Copy the archive of a folder, or of the database at a URL, to another folder or database.

    `others` are databases that belong to it, such as the state of a bot: their schemas, by the
    names of their files in a folder. `report` is called with the number of rows compared so far,
    and of all, in each round of copying and comparing.

    If the process dies, nothing opens the target until the same call has finished it: all rows are
    equal then, and each text is the one that was added. What was changed in a finished copy without
    adding or removing an article, such as its feeds, is replaced when it is copied again.

    Raises QuotewiseError: if the source is missing or damaged, or if the target has anything that
    the source has not, before anything is changed; and later if the source changes all the time.
    """
    if isinstance(source, Path) and isinstance(target, Path) and _is_same(source, target):
        raise QuotewiseError(f"{source} and {target} are one folder: name another.")
    with ExitStack() as stack:
        schemas = {"catalog.sqlite": CATALOG, **others}
        sources = {}
        for file, made_by in schemas.items():
            try:
                opened = _opened(_in(source, file), made_by, make=False)
            except Missing:
                if made_by is CATALOG:
                    raise
                continue
            sources[file] = stack.enter_context(closing(opened))
            _check_damage(opened)
        copies = []
        for file, opened in sources.items():
            other = _opened(_in(target, file), schemas[file], filling=schemas[file] is CATALOG)
            copies.append(Copy(opened, stack.enter_context(closing(other)), schemas[file]))
        catalog = copies[0].target
        stack.enter_context(catalog.engine.alone("migrating", lambda: ALREADY))
        _check_distinct(copies[0].source, catalog)
        _check_target(copies)
        if _is_empty(catalog, CATALOG):
            _clear(catalog)
        _mark(catalog, -CATALOG.version)
        _copy_until_equal(copies, report)
        for copy in copies:
            _check_damage(copy.target)
        _mark(catalog, CATALOG.version)
        for copy in copies:
            copy.target.engine.analyse()
        articles, passages = (
            _count(catalog, table) for table in (schema.articles, schema.passages)
        )
        return Migrated(catalog.engine.place, articles, passages)


# -- what may be copied, and where to


def _check_distinct(source: Database, target: Database) -> None:
    """Raise QuotewiseError if both are one database, whatever its addresses."""
    if source.is_shared and target.is_shared:
        lock = uuid4().hex
        with (
            target.engine.alone(lock, str),
            source.engine.alone(lock, lambda: "SOURCE and TARGET are one database: name another."),
        ):
            return


def _is_same(folder: Path, other: Path) -> bool:
    return folder.resolve() == other.resolve()


def _in(place: Place, file: str) -> Place:
    return place / file if isinstance(place, Path) else place


def _opened(place: Place, made_by: Schema, **how: bool) -> Database:
    return Catalog(place, **how) if made_by is CATALOG else Database(place, made_by, **how)


def _check_damage(database: Database) -> None:
    """Raise QuotewiseError if a database is not as it was written."""
    for damage in database.damage():
        place = database.engine.place
        raise QuotewiseError(
            f"{place} is damaged ({damage}): restore it from a backup, or "
            "remove what is damaged and add it again."
        )


def _check_target(copies: Sequence[Copy]) -> None:
    """Raise QuotewiseError if copying would overwrite what the sources do not have."""
    (source, target, _), *others = copies
    target.check_writable()
    with target.engine.explained(), target.engine.current().connect() as connection:
        is_begun = target.engine.version(connection) < 0
    histories = [set(each.rows(sa.select(schema.history))) for each in (target, source)]
    # Each change of the target is one of the source, so it is an earlier state of that.
    is_earlier = histories[0] <= histories[1] and (is_begun or histories[0])
    if not (is_earlier or (_is_empty(target, CATALOG) and not is_begun)):
        _refuse(target)
    for copy in others:
        if not (is_begun or _is_empty(copy.target, copy.schema) or _is_equal(copy)):
            _refuse(copy.target)


def _refuse(target: Database) -> None:
    place = target.engine.place
    raise QuotewiseError(
        f"{place} has an archive of its own already, which would be lost: "
        "name an empty folder or database."
    )


def _is_empty(database: Database, made_by: Schema) -> bool:
    tables = (table for table in _tables(made_by) if table.name not in LEFTOVERS)
    return not any(
        database.first_row(sa.select(sa.literal(1)).select_from(table).limit(1)) for table in tables
    )


def _is_equal(copy: Copy) -> bool:
    return all(
        wanted == present
        for table in _tables(copy.schema)
        for wanted, present in _portions(copy, table, list(table.columns))
    )


def _clear(catalog: Database) -> None:
    """Delete what is left of an archive without articles, which may have the same names."""
    with catalog.transaction():
        for table in reversed(_tables(CATALOG)):
            catalog.execute(sa.delete(table))


def _mark(catalog: Database, version: int) -> None:
    """Set the version of a catalog, which nothing opens while it is negative."""
    with catalog.transaction() as connection:
        catalog.engine.set_version(connection, version)


# -- copying


def _copy_until_equal(copies: Sequence[Copy], report: Callable[[int, int], None]) -> None:
    """Write what differs from the sources, each as of one moment, until nothing does."""
    for _ in range(MOST_ROUNDS):
        with ExitStack() as stack:
            snapshots = [stack.enter_context(copy.source.snapshot()) for copy in copies]
            total, compared, written = sum(map(_size, copies)), 0, 0
            for copy, snapshot in zip(copies, snapshots, strict=True):
                for rows, different in _round(copy, snapshot):
                    compared, written = compared + rows, written + different
                    report(compared, total)
        if not written:
            return
    place = copies[0].source.engine.place
    raise QuotewiseError(
        f"{place} changes all the time: stop what writes to it, such as the "
        "bot, and run the same command again."
    )


def _round(copy: Copy, snapshot: sa.Connection) -> Iterator[tuple[int, int]]:
    """Make a target equal to its source; yield how many rows were compared, how many written."""
    source, target, made_by = copy
    tables = _tables(made_by)
    # First, as a new row may have the name of one that is gone; those that refer to others before
    # these.
    for table in reversed(tables):
        this = sa.tuple_(*table.primary_key)
        for wanted, present in _portions(copy, table, []):
            if gone := present.keys() - wanted.keys():
                with target.transaction():
                    target.execute(sa.delete(table).where(this.in_(gone)))
                yield 0, len(gone)
    for table in tables:
        write, names = _upsert(target, table), [column.key for column in table.columns]
        for wanted, present in _portions(copy, table, list(table.columns)):
            rows = [
                dict(zip(names, row, strict=True))
                for key, row in wanted.items()
                if present.get(key) != row
            ]
            if rows:
                _check_texts(target, table, rows)
                with target.transaction():
                    if table is schema.libraries:  # names may have passed from one to another
                        these = table.c.number.in_([row["number"] for row in rows])
                        name = sa.cast(table.c.number, sa.Text) + " "
                        target.execute(sa.update(table).where(these).values(name=name))
                    target.execute(write, rows)
            yield len(wanted), len(rows)
    numbers = source.engine.last_numbers(snapshot)
    for table in tables:
        (number, *_) = table.primary_key
        if number.identity is not None:
            highest = source.scalar(sa.select(sa.func.max(number))) or 0
            numbers[table.name] = max(numbers.get(table.name, 0), highest)
    with target.transaction() as connection:
        target.engine.set_last_numbers(connection, numbers)


def _check_texts(target: Database, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Raise QuotewiseError if an earlier version stored a text that PostgreSQL does not store."""
    for row in rows:
        if target.is_shared and any("\0" in value for value in row.values() if type(value) is str):
            raise QuotewiseError(
                f"{row.get('id') or 'A row'} in the table {table.name} has a NUL character, which "
                "PostgreSQL does not store: remove the article or add it again, which leaves NUL "
                "out, and run the same command again."
            )


def _portions(
    copy: Copy, table: sa.Table, columns: Sequence[sa.Column[Any]]
) -> Iterator[tuple[Rows, Rows]]:
    """All rows of the source and of the target, by their keys: those between the same keys."""
    after: Key | None = None
    while True:
        read = [_rows_after(after, db, table, columns) for db in (copy.source, copy.target)]
        # Where there are more rows, up to the last one that was read of both.
        ends = [list(rows)[-1] for rows in read if len(rows) == ROWS_TOGETHER]
        after = min(ends, default=None)
        source, target = (
            {key: row for key, row in rows.items() if after is None or key <= after}
            for rows in read
        )
        yield source, target
        if after is None:
            return


def _rows_after(
    after: Key | None, database: Database, table: sa.Table, columns: Sequence[sa.Column[Any]]
) -> Rows:
    """The next rows of a table by their keys, in the order of these, as Python has it."""
    key: list[sa.ColumnElement[Any]] = list(table.primary_key)
    if database.is_shared:  # where texts may be in the order of a language
        key = [sa.collate(c, "C") if isinstance(c.type, sa.String) else c for c in key]
    query = sa.select(*table.primary_key, *columns).order_by(*key).limit(ROWS_TOGETHER)
    if after is not None:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*after))
    return {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in database.rows(query)}


def _tables(made_by: Schema) -> list[sa.Table]:
    """Its tables, those first that others refer to.

    Arrays, such as those of the times of the last messages, are PostgreSQL's alone, and pass.
    """
    return [
        table
        for table in made_by.tables.sorted_tables
        if not any(isinstance(column.type, sa.ARRAY) for column in table.columns)
    ]


def _upsert(target: Database, table: sa.Table) -> sa.Executable:
    """A statement that inserts rows, or changes those with the same keys."""
    new = target.insert(table)
    values = {c: new.excluded[c.key] for c in table.columns if not c.primary_key}
    if not values:
        return new.on_conflict_do_nothing()
    return new.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def _size(copy: Copy) -> int:
    """How many rows the source has."""
    return sum(_count(copy.source, table) for table in _tables(copy.schema))


def _count(database: Database, table: sa.Table) -> int:
    return int(database.scalar(sa.select(sa.func.count()).select_from(table)))

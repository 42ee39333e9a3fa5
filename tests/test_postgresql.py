"""The articles in PostgreSQL: its own errors, and the same tables as in a file."""

import sqlalchemy as sa

from retrieval.storage import Catalog
from retrieval.storage.migrations import CATALOG


def columns_and_keys(place):
    """What a database has of each table: its columns, its keys, and what they refer to."""
    catalog = Catalog(place)
    inspector = sa.inspect(catalog.engine.current())
    tables = {}
    for table in CATALOG.tables.tables:
        keys = inspector.get_pk_constraint(table)["constrained_columns"]
        tables[table] = {
            "columns": {
                (column["name"], column["nullable"] and column["name"] not in keys)
                for column in inspector.get_columns(table)
            },
            "keys": keys,
            "unique": sorted(
                key["column_names"] for key in inspector.get_unique_constraints(table)
            ),
            "belongs to": sorted(
                (key["referred_table"], key["constrained_columns"])
                for key in inspector.get_foreign_keys(table)
            ),
        }
    catalog.close()
    return tables


def test_both_engines_have_the_same_tables(tmp_path, databases):
    assert columns_and_keys(databases.new()) == columns_and_keys(tmp_path / "catalog.sqlite")

"""In PostgreSQL are the same tables as in a file."""

import pytest
import sqlalchemy as sa

from bot.telegram.store import STORE
from retrieval import Database
from retrieval.storage.migrations import CATALOG


def columns_and_keys(place, schema):
    """What a database has of each table: its columns, its keys, and what they refer to."""
    database = Database(place, schema)
    inspector = sa.inspect(database.engine.current())
    tables = {}
    for table in schema.tables.tables:
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
    database.close()
    return tables


@pytest.mark.parametrize("schema", [CATALOG, STORE], ids=["articles", "bot"])
def test_both_engines_have_the_same_tables(schema, tmp_path, databases):
    in_postgresql = columns_and_keys(databases.new(), schema)
    assert in_postgresql == columns_and_keys(tmp_path / "file.sqlite", schema)

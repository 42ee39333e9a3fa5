"""A schema in a PostgreSQL database as an engine."""

from __future__ import annotations

import re
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from retrieval.errors import Busy, Locked, Missing, QuotewiseError, Unavailable
from retrieval.records import DatabaseServer
from retrieval.storage.migrations import Schema, check_version

IDLE_CONNECTIONS = 3
"""Connections that stay open for the next query."""

OPTIONS = {
    "lock_timeout": "60s",
    # A machine that is gone holds its locks no longer than this: 4 + 2 x 2 s.
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    # A plan for any value may not take an index of the rows with some.
    "plan_cache_mode": "force_custom_plan",
    "hnsw.ef_search": "400",  # candidates, at least; more until enough belong to the library
    "hnsw.iterative_scan": "strict_order",
    "hnsw.max_scan_tuples": "200000",
}
"""Of each connection: how long it waits for others, and others for it, and how it searches."""

CLIENT = {
    "application_name": "quotewise",
    "connect_timeout": 10,
    # A server that is gone is noticed as soon.
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
"""Parameters of psycopg: seconds, and milliseconds in `tcp_user_timeout`."""

_version = sa.table("version", sa.column("number"))
_transaction_lock = sa.select(
    sa.func.pg_advisory_xact_lock(sa.bindparam("namespace"), sa.func.hashtext("writing"))
)
_LOCK = "SELECT pg_try_advisory_lock(%(namespace)s, hashtext(%(name)s))"


class PostgresqlSchema:
    """The tables of a schema. What is made for one archive in one database is in its schemas."""

    is_shared = True

    def __init__(self, url: str, schema: Schema, *, make: bool, filling: bool) -> None:
        """Connect, and make the tables. Raises QuotewiseError as `Database` does."""
        address = parsed(url)
        self.place = f"The database {address.database} on {address.host or 'this machine'}"
        self._schema = schema
        self._namespace = crc32(schema.name.encode()) - 2**31  # of advisory locks
        settings = {"search_path": f"{schema.name},public", **OPTIONS}
        try:
            self._sqlalchemy = sa.create_engine(
                address,
                isolation_level="AUTOCOMMIT",
                pool_size=IDLE_CONNECTIONS,
                max_overflow=-1,
                pool_use_lifo=True,
                pool_pre_ping=True,  # the server may have been restarted
                connect_args={
                    "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
                    **CLIENT,
                },
            )
        except ImportError as error:
            raise QuotewiseError(
                "QUOTEWISE_DATABASE needs more packages: install them with "
                "`pip install quotewise[cluster]`."
            ) from error
        try:
            with self.explained():
                self.read_only = self._opened(make=make, filling=filling)
        except QuotewiseError:
            self.close()
            raise

    def current(self) -> sa.Engine:
        """The engine."""
        return self._sqlalchemy

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that writes, of which there is one at a time."""
        connection.exec_driver_sql("BEGIN")
        connection.execute(_transaction_lock, {"namespace": self._namespace})

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn errors of PostgreSQL into sentences that say what to do."""
        try:
            yield
        except DBAPIError as error:
            raise self._explanation(error.orig or error) from error
        except SQLAlchemyError as error:
            raise self._explanation(error) from error

    @contextmanager
    def alone(self, name: str, busy: Callable[[], str]) -> Iterator[None]:
        """Hold an advisory lock, which ends with its session; raise Busy if it is held."""
        with self.explained():
            connection = self._sqlalchemy.connect()
        try:
            values = {"namespace": self._namespace, "name": name}
            with self.explained():
                if not connection.exec_driver_sql(_LOCK, values).scalar():
                    raise Busy(busy())
            yield
        finally:
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            connection.invalidate()  # if it could not be unlocked, it ends with the session
            connection.close()

    def damage(self, connection: sa.Connection) -> Iterator[str]:
        """Nothing: with checksums, PostgreSQL refuses each damaged page that it reads."""
        yield from ()

    def as_bytes(self, text: sa.ColumnElement[Any]) -> sa.ColumnElement[bytes]:
        """The UTF-8 of a column."""
        return sa.func.convert_to(text, "UTF8", type_=sa.LargeBinary)

    def server(self) -> DatabaseServer:
        """The server, for people."""
        query = "SELECT current_setting('server_version'), pg_database_size(current_database())"
        with self.explained(), self._sqlalchemy.connect() as connection:
            version, size = connection.exec_driver_sql(query).one()
            times = timeit.repeat(
                lambda: connection.exec_driver_sql("SELECT 1").scalar(), repeat=5, number=1
            )
        return DatabaseServer(self.place, version, size, min(times))

    def analyse(self) -> None:
        """Let the server count what is in the tables, which else it does after a while."""
        with self.explained(), self._sqlalchemy.connect() as connection:
            for table in self._schema.tables.tables:
                connection.exec_driver_sql(f"ANALYZE {table}")

    def close(self) -> None:
        """Close the connections that no query is using."""
        self._sqlalchemy.dispose()

    def _opened(self, *, make: bool, filling: bool) -> bool:
        """Make the tables if there are none; return whether the server can only be read."""
        with self._sqlalchemy.connect() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
            if encoding != "UTF8":
                raise QuotewiseError(
                    f"{self.place} stores texts as {encoding}: make one with the encoding UTF8."
                )
            read_only = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
            version = self.version(connection)
            if version == 0 and (read_only or not make):
                raise Missing(self.place.replace("The", "the", 1))
            if version == 0:
                self.begin(connection)
                version = self.version(connection) or self._made(connection)
                connection.commit()
        check_version(version, self._schema, self.place, filling=filling)
        if 0 < version < self._schema.version:
            raise QuotewiseError(
                f"{self.place} was written by an earlier version of Quotewise: copy it to a folder "
                "with that version's `quotewise migrate`, and from there to a new database."
            )
        return read_only

    def version(self, connection: sa.Connection) -> int:
        """The version of the tables; 0 if there are none."""
        table = f"{self._schema.name}.version"
        if connection.scalar(sa.select(sa.func.to_regclass(table))) is None:
            return 0
        return connection.scalar(sa.select(_version.c.number)) or 0

    def set_version(self, connection: sa.Connection, version: int) -> None:
        """Set the version of the tables; a negative one says that they are being filled."""
        connection.execute(sa.update(_version).values(number=version))

    def last_numbers(self, connection: sa.Connection) -> dict[str, int]:
        """The last number that each table has given a row, of those whose rows it numbers."""
        given = {}
        for table, sequence in self._sequences(connection):
            query = f"SELECT last_value, is_called FROM {sequence}"
            number, is_called = connection.exec_driver_sql(query).one()
            given[table] = number if is_called else 0
        return given

    def set_last_numbers(self, connection: sa.Connection, numbers: Mapping[str, int]) -> None:
        """Let such tables go on after these numbers."""
        for table, sequence in self._sequences(connection):
            number = numbers.get(table, 0)
            connection.execute(sa.select(sa.func.setval(sequence, max(number, 1), number > 0)))

    def _sequences(self, connection: sa.Connection) -> Iterator[tuple[str, str]]:
        """The tables that number their rows, each with its sequence."""
        for table in self._schema.tables.sorted_tables:
            for column in table.columns:
                if column.identity is not None:
                    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
                    yield table.name, str(connection.scalar(sa.select(sequence)))

    def _made(self, connection: sa.Connection) -> int:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self._schema.name}")
        connection.exec_driver_sql("CREATE TABLE version (number INTEGER NOT NULL)")
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        self._schema.tables.create_all(connection, checkfirst=False)
        connection.execute(sa.insert(_version).values(number=self._schema.version))
        return self._schema.version

    def _explanation(self, error: BaseException) -> QuotewiseError:
        # The first line, without details, which may be an article.
        message = str(error).partition("\n")[0]
        state = getattr(error, "sqlstate", None) or ""
        kind, sentence = next(
            (kind, sentence)
            for kind, words, sentence in _EXPLANATIONS
            if re.search(words, f"{state} {message}")
        )
        return kind(sentence.format(place=self.place, message=message))


_EXPLANATIONS = (
    (
        Locked,
        "^55P03",
        "Another Quotewise process has been writing to it for more than a minute: try again when "
        "it is done.",
    ),
    (
        QuotewiseError,
        "^53100",
        "{place} has no room left on its disk: free some and try again.",
    ),
    (
        Unavailable,
        "^53300|^ .*too many",
        "{place} has no connection left: allow more with max_connections.",
    ),
    (
        QuotewiseError,
        "^42501.*extension|^42704.*halfvec",
        "{place} has no pgvector, or not in its schema public: let an administrator run `CREATE "
        "EXTENSION vector SCHEMA public` there.",
    ),
    (
        QuotewiseError,
        "^(0A000|58P01).*extension",
        "{place} lacks the extension pgvector: install it on the server.",
    ),
    (
        QuotewiseError,
        "^(42501|25006)",
        "{place} does not let its user write ({message}): grant the right to create and change "
        "tables there.",
    ),
    (
        QuotewiseError,
        "^54000",
        "An id, a link or a name is longer than the 2,700 bytes that PostgreSQL can look up: "
        "shorten it.",
    ),
    (
        Unavailable,
        "^(57P0.|28P01|28000|3D000|08...)|^ .*(connect|closed|timeout|resolve)",
        "{place} cannot be reached ({message}): check that PostgreSQL runs there, and that "
        "QUOTEWISE_DATABASE is right.",
    ),
    (QuotewiseError, "", "{place} cannot be used: {message}."),
)
"""Errors by their SQLSTATE code, if they have one, and their message; and what to say instead."""


def parsed(url: str) -> sa.URL:
    """The URL of a database, for psycopg. Raises QuotewiseError if it is none of PostgreSQL."""
    try:
        address = sa.make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or address.get_backend_name() not in ("postgresql", "postgres"):
        raise QuotewiseError(
            "QUOTEWISE_DATABASE is no address of a PostgreSQL database: write it like "
            "postgresql://user:password@host/name."
        )
    return address.set(drivername="postgresql+psycopg")

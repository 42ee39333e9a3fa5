"""The tables of the catalog, its records, and how these become rows and come back.

PostgreSQL's tables are made from these, SQLite's by the steps of migrations.py: a change of them
is a change here and a new step there.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import starmap
from typing import Any, NamedTuple, TypeVar

import numpy as np
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from retrieval.errors import QuotewiseError
from retrieval.records import Article, Floats, ListedArticle, Passage, Span, Version
from retrieval.text import links

T = TypeVar("T")

ARTICLE_FIELDS = "id", "title", "text", "url", "source", "author", "published", "origin", "pages"
LISTED_FIELDS = "id", "title", "url", "source", "author", "published"
ARTICLE_CHECKED = "id", "title", "text", "url", "source", "author", "published", "pages", "added"
"""What the checksum of an article is of: not its origin, which changes with the folder."""
PASSAGE_FIELDS = "paragraph", "start", "end", "sentences", "vector"


# SQLite numbers rows itself only where the type is called INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# PostgreSQL would compare texts as a language does, unlike SQLite and Python.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = sa.MetaData()


class VectorType(sa.TypeDecorator[bytes]):
    """A vector (dimension,): float16 in SQLite's bytes, and pgvector's halfvec in PostgreSQL."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The type in this engine."""
        return _HalfVector() if dialect.name == "postgresql" else sa.LargeBinary()

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> Any:
        """The vector as it is written: for PostgreSQL as numbers in brackets."""
        if value is None or dialect.name != "postgresql":
            return value
        return str(np.frombuffer(value, "<f2").tolist())

    def column_expression(self, column: sa.ColumnElement[bytes]) -> sa.ColumnElement[bytes]:
        """The vector as it is read."""
        return _AsBytes(column)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        """The vector as SQLite has it. PostgreSQL sends its length and reversed numbers."""
        if value is None or dialect.name != "postgresql":
            return value
        return np.frombuffer(value, ">f2", offset=4).astype("<f2").tobytes()


class _HalfVector(sa.types.UserDefinedType[bytes]):
    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "halfvec"


class _AsBytes(FunctionElement[bytes]):
    type = VectorType()
    inherit_cache = True


@compiles(_AsBytes)
def _as_it_is(element: _AsBytes, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_AsBytes, "postgresql")
def _as_sent(element: _AsBytes, compiler: Any, **options: Any) -> str:
    return f"halfvec_send({compiler.process(element.clauses, **options)})"


def _columns(names: str, kind: Any, *, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names.split()]


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, sa.Identity(), primary_key=True)


def _belongs_to(table: str, column: str, *, deleted: bool = True) -> sa.ForeignKeyConstraint:
    key = {"articles": "key", "libraries": "number"}[table]
    cascade = "CASCADE" if deleted else None
    return sa.ForeignKeyConstraint([column], [f"{table}.{key}"], ondelete=cascade)


libraries = sa.Table(
    "libraries",
    TABLES,
    _key("number"),
    sa.Column("name", TEXT, nullable=False, unique=True),
    sa.Column("generation", NUMBER, nullable=False, server_default="0"),
)
# A random id for each change to a library. An index whose generation has another id here was made
# from another history, such as the one that went on after the backup that this file is.
history = sa.Table(
    "history",
    TABLES,
    *_columns("library generation", NUMBER),
    *_columns("id", TEXT),
    sa.PrimaryKeyConstraint("library", "generation"),
    _belongs_to("libraries", "library", deleted=False),
)
# `published` is in ISO 8601: a day, or a day and a time. `link` is the URL without what does not
# change the page. `pages` is JSON: the place in the text at which each page begins. `story` is the
# key of the first article of the same story; null if the article has not been compared.
articles = sa.Table(
    "articles",
    TABLES,
    _key("key"),
    *_columns("library", NUMBER),
    *_columns("id title text sha256 added", TEXT),
    *_columns("url source author published origin link pages", TEXT, nullable=True),
    *_columns("story checksum", NUMBER, nullable=True),
    sa.UniqueConstraint("library", "id"),
    _belongs_to("libraries", "library", deleted=False),
    sa.Index("articles_by_story", "library", "story"),
    sa.Index("articles_by_publication", "library", "published"),
    # These may be longer than an ordered index takes.
    sa.Index("articles_by_link", "link", postgresql_using="hash"),
    sa.Index("articles_by_origin", "origin", postgresql_using="spgist"),
)
# Numbers are never used again, as indexes are named after them. `role` is null while the passages
# of a model are being removed.
models = sa.Table(
    "models",
    TABLES,
    _key("number"),
    *_columns("fingerprint", TEXT),
    sa.Column("role", TEXT, unique=True),
    sa.CheckConstraint("role IN ('in use', 'next')"),
)
# Ids are never used again, so an index that is behind can hold an old passage, never a wrong one.
# `sentences` is int32 (sentences, 2): start, end. `vector` is float16 (dimension,).
passages = sa.Table(
    "passages",
    TABLES,
    _key("id"),
    *_columns("article library generation model paragraph start end", NUMBER),
    *_columns("sentences", sa.LargeBinary),
    *_columns("vector", VectorType()),
    *_columns("checksum", NUMBER, nullable=True),
    _belongs_to("articles", "article"),
    sa.Index("passages_by_article", "article", "model"),
    sa.Index("passages_by_generation", "library", "model", "generation"),
)
# `added` is the generation in which the passage was added.
removals = sa.Table(
    "removals",
    TABLES,
    *_columns("library generation passage added model", NUMBER),
    sa.PrimaryKeyConstraint("library", "generation", "passage"),
)
# Articles that share a band of their MinHash signatures may tell the same story.
bands = sa.Table(
    "bands",
    TABLES,
    *_columns("library band article", NUMBER),
    sa.PrimaryKeyConstraint("library", "band", "article"),
    _belongs_to("articles", "article"),
    sa.Index("bands_by_article", "article"),
)
# What an article said before it was changed: answers that quoted it can still be read. Later
# versions have higher numbers. `article` is the present id of the article, which may differ.
versions = sa.Table(
    "versions",
    TABLES,
    _key("number"),
    *_columns("library", NUMBER),
    *_columns("id sha256 article title text added replaced", TEXT),
    *_columns("url source author published origin pages", TEXT, nullable=True),
    *_columns("checksum", NUMBER, nullable=True),
    sa.UniqueConstraint("library", "id", "sha256"),
    sa.Index("versions_by_article", "library", "article"),
)
# `interval` is in seconds. `next_poll` is null for a feed that is gone for good. `trouble` is the
# last error, for people.
feeds = sa.Table(
    "feeds",
    TABLES,
    *_columns("library interval", NUMBER),
    *_columns("url added", TEXT),
    *_columns("title etag modified next_poll trouble", TEXT, nullable=True),
    sa.Column("failures", NUMBER, nullable=False, server_default="0"),
    sa.PrimaryKeyConstraint("library", "url"),
    _belongs_to("libraries", "library", deleted=False),
)
# Entries whose articles are stored or were refused for good, and those still to be read, with
# their content as JSON, as a feed drops its entries after some days. `digest` is that of the
# content, `link` is normalised as in articles, `article` is the id of the article it became, and
# `number` its place in the feed. `next_try` is null for an entry that is settled. `delay` says why
# it could not be read when it was last tried, for people.
feed_entries = sa.Table(
    "feed_entries",
    TABLES,
    *_columns("library number", NUMBER),
    *_columns("feed entry digest", TEXT),
    sa.Column("told", TEXT, key="content"),  # as an earlier version called it
    *_columns("link article next_try delay", TEXT, nullable=True),
    sa.Column("attempts", NUMBER, nullable=False, server_default="0"),
    sa.PrimaryKeyConstraint("library", "feed", "entry"),
    sa.ForeignKeyConstraint(
        ["library", "feed"], ["feeds.library", "feeds.url"], ondelete="CASCADE", onupdate="CASCADE"
    ),
    sa.Index("feed_entries_by_link", "link", postgresql_using="hash"),
    sa.Index(
        "feed_entries_by_next_try", "next_try", postgresql_where=sa.text("next_try IS NOT NULL")
    ),
)

ARTICLE = [articles.c[name] for name in ARTICLE_FIELDS]
LISTED = [articles.c[name] for name in LISTED_FIELDS]
PASSAGE = [passages.c[name] for name in PASSAGE_FIELDS]
VERSION = [versions.c[name] for name in (*ARTICLE_FIELDS, "added", "replaced")]


def vectors_index(model: int) -> str:
    """The name of pgvector's index of all vectors of a model."""
    return f"vectors_of_model_{model}"


def number_of(library: str) -> sa.ScalarSelect[Any]:
    """The number of a library, as a part of a query."""
    return sa.select(libraries.c.number).where(libraries.c.name == library).scalar_subquery()


def library_number(db: sa.Connection, library: str) -> int:
    """The number of a library, which is made if it does not exist."""
    number = db.scalar(sa.select(libraries.c.number).where(libraries.c.name == library))
    new = sa.insert(libraries).values(name=library).returning(libraries.c.number)
    return int(db.execute(new).scalar_one() if number is None else number)


def article_from(fields: Sequence[Any]) -> Article:
    """The article in a row of `ARTICLE`."""
    id, title, text, url, source, author, published, origin, pages = fields
    begins = tuple(_understood(json.loads, pages)) if pages else ()
    when = _day_or_time(published)
    return Article(id, title, text, _web_address(url), source, author, when, origin, begins)


def listed_from(fields: Sequence[Any]) -> ListedArticle:
    """The metadata in a row of `LISTED`."""
    id, title, url, source, author, published = fields
    return ListedArticle(id, title, _web_address(url), source, author, _day_or_time(published))


def _day_or_time(written: str | None) -> date | None:
    kind = datetime if "T" in (written or "") else date
    return _understood(kind.fromisoformat, written) if written else None


def time_from(stored: str) -> datetime:
    """A time that `stamp` has written. Raises QuotewiseError if it is damaged."""
    return _understood(datetime.fromisoformat, stored)


def _understood(read: Callable[[str], T], stored: str) -> T:
    try:
        return read(stored)
    except ValueError as error:
        raise QuotewiseError(
            f"The catalog is damaged: it has {stored!r} for a date or for pages. Restore it from a "
            "backup; `quotewise verify` names the article."
        ) from error


def _web_address(url: str | None) -> str | None:
    """The URL; None for any other string, which version 0.1 stored as well."""
    return url if url and links.is_web(url) else None


def article_row(article: Article) -> dict[str, str | None]:
    """An article as the values of `ARTICLE_FIELDS`."""
    row = {name: getattr(article, name) for name in ARTICLE_FIELDS}
    row["published"] = article.published.isoformat() if article.published else None
    row["pages"] = json.dumps(article.pages) if article.pages else None
    return row


def version_from(fields: Sequence[Any]) -> Version:
    """The version in a row of `VERSION`."""
    *article_fields, added, replaced = fields
    times = time_from(added), time_from(replaced)
    return Version(article_from(article_fields), *times)


def version_row(version: Version) -> dict[str, str | None]:
    """A version as the values of the columns of `VERSION`."""
    times = {"added": version.added.isoformat(), "replaced": version.replaced.isoformat()}
    return article_row(version.article) | times


def passage_from(fields: Sequence[Any]) -> Passage:
    """The passage in a row of `PASSAGE`."""
    paragraph, start, end, sentences, vector = fields
    spans = tuple(starmap(Span, np.frombuffer(sentences, "<i4").reshape(-1, 2).tolist()))
    return Passage(paragraph, start, end, spans, vector_from(vector))


def vector_from(stored: bytes) -> Floats:
    """A vector (dimension,) as it is stored."""
    floats: Floats = np.frombuffer(stored, dtype="<f2").astype(np.float32)
    return floats


def passage_row(passage: Passage, article: int) -> dict[str, int | bytes]:
    """A passage as the values of `PASSAGE_FIELDS`, its article's key, and their checksum."""
    sentences = np.array(passage.sentences, dtype="<i4").tobytes()
    vector = passage.vector.astype("<f2").tobytes()
    values = (passage.paragraph, passage.start, passage.end, sentences, vector)
    names = ("article", *PASSAGE_FIELDS, "checksum")
    return dict(zip(names, (article, *values, checksum(article, *values)), strict=True))


def checksum(*values: str | int | bytes | None) -> int:
    """The CRC-32 of the values of a row, which is stored with them."""
    whole = 0
    for value in values:
        written = value if isinstance(value, bytes) else str(value).encode()
        whole = zlib.crc32(b"\0", zlib.crc32(written, whole))
    return whole


def with_checksum(row: dict[str, Any]) -> dict[str, Any]:
    """The row of an article or of a version with its checksum."""
    return row | {"checksum": checksum(*(row[name] for name in ARTICLE_CHECKED))}


def stamp(time: datetime) -> str:
    """A time as the catalog stores and compares it: UTC, to the second."""
    return time.astimezone(UTC).isoformat(timespec="seconds")


# -- records of the catalog


class Generation(NamedTuple):
    """The number of a change to a library, and the random id of that change.

    Of two catalogs that began as copies of each other, both may have a change with this number,
    but only one has the id.
    """

    number: int
    id: str


BEGINNING = Generation(0, "")
"""Before the first change to a library."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model whose vectors are stored; numbers are never used again."""

    number: int
    fingerprint: str

    @property
    def name(self) -> str:
        """The name or the folder that it was set by, which opens it again."""
        return self.fingerprint.rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to be stored, and the ids of the articles in its library that it replaces.

    `key` is that of a removed article which is put back; a new one gets the next.
    """

    library: str
    article: Article
    added: datetime
    passages: Sequence[Passage] = ()
    replaces: Sequence[str] = ()
    key: int | None = None


@dataclass(frozen=True, slots=True)
class FromFile:
    """The file that an article was read from, or its place in that file."""

    origin: str
    id: str
    url: str | None
    added: datetime


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed article, with its key and its earlier versions."""

    key: int
    article: Article
    added: datetime
    versions: Sequence[Version]

    def to_json(self) -> str:
        """This record as text."""
        article, added = list(article_row(self.article).values()), self.added.isoformat()
        earlier = [list(version_row(version).values()) for version in self.versions]
        return json.dumps([self.key, article, added, earlier], ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Removed:
        """The record in a text of `to_json`."""
        key, article, added, earlier = json.loads(text)
        added = time_from(added)
        return cls(key, article_from(article), added, tuple(map(version_from, earlier)))


@dataclass(frozen=True, slots=True)
class Holdings:
    """The publishers, authors and days of publication of all articles of some libraries.

    Each is sorted and without repetitions. `dated` and `undated` count articles.
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

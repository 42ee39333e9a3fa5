"""The tables of the catalog, and how records become rows of them and come back.

A change of the tables needs a new step in migrations.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    ScalarSelect,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from retrieval.records import Article, Floats, Passage, Span, Version
from retrieval.text import links

metadata = MetaData()


def _integers(*names: str, nullable: bool = False) -> list[Column[Any]]:
    return [Column(name, Integer, nullable=nullable) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[Column[Any]]:
    return [Column(name, Text, nullable=nullable) for name in names]


def _keys(*names: str, kind: type[Integer | Text] = Integer) -> list[Column[Any]]:
    """Columns of a primary key that has several."""
    return [Column(name, kind, primary_key=True, autoincrement=False) for name in names]


def _refers_to(column: str, *, primary_key: bool = False) -> Column[Any]:
    """A column that refers to an article, whose rows go with it, or to a library."""
    target = {"article": "articles.key", "library": "libraries.number"}[column]
    on_delete = "CASCADE" if column == "article" else None
    key = ForeignKey(target, ondelete=on_delete)
    return Column(column, Integer, key, nullable=False, primary_key=primary_key)


facts = Table(  # not used since version 3
    "facts", metadata, *_keys("name", kind=Text), *_texts("value"), sqlite_with_rowid=False
)
libraries = Table(
    "libraries",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("generation", Integer, nullable=False, server_default="0"),
)
# A random id for each change to a library. An index whose generation has another id here was made
# from another history, such as the one that went on after the backup that this file is.
history = Table(
    "history",
    metadata,
    _refers_to("library", primary_key=True),
    *_keys("generation"),
    *_texts("id"),
    sqlite_with_rowid=False,
)
# `published` is in ISO 8601: a day, or a day and a time. `link` is the URL without what does not
# change the page. `pages` is JSON: the place in the text at which each page begins. `story` is the
# key of the first article of the same story; null if the article has not been compared.
articles = Table(
    "articles",
    metadata,
    Column("key", Integer, primary_key=True),
    _refers_to("library"),
    *_texts("id", "title", "text", "sha256", "added"),
    *_texts("url", "source", "author", "published", "origin", "link", "pages", nullable=True),
    *_integers("story", nullable=True),
    UniqueConstraint("library", "id"),
    Index("articles_by_url", "library", "url"),
    Index("articles_by_link", "library", "link"),
    Index("articles_by_story", "library", "story"),
    Index("articles_by_origin", "library", "origin"),
    Index("articles_by_publication", "library", "published", "source", "author"),
    sqlite_autoincrement=True,
)
paragraphs = Table(
    "paragraphs",
    metadata,
    _refers_to("article", primary_key=True),
    *_keys("number"),
    *_integers("start", "end"),
    sqlite_with_rowid=False,
)
# Numbers are never used again, as indexes are named after them. `role` is null while the passages
# of a model are being removed.
models = Table(
    "models",
    metadata,
    Column("number", Integer, primary_key=True),
    *_texts("fingerprint"),
    Column("role", Text, CheckConstraint("role IN ('in use', 'next')"), unique=True),
    sqlite_autoincrement=True,
)
# Ids are never used again, so an index that is behind can hold an old passage, never a wrong one.
# `sentences` is int32 (sentences, 2): start, end. `vector` is float16 (dimension,).
passages = Table(
    "passages",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers_to("article"),
    *_integers("paragraph", "start", "end", "library", "generation", "model"),
    Column("sentences", LargeBinary, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Index("passages_by_article", "article", "model"),
    Index("passages_by_generation", "library", "model", "generation"),
    sqlite_autoincrement=True,
)
# `added` is the generation in which the passage was added.
removals = Table(
    "removals",
    metadata,
    *_keys("library", "generation", "passage"),
    *_integers("added", "model"),
    sqlite_with_rowid=False,
)
# Articles that share a band of their MinHash signatures may tell the same story.
bands = Table(
    "bands",
    metadata,
    *_keys("library", "band"),
    _refers_to("article", primary_key=True),
    Index("bands_by_article", "article"),
    sqlite_with_rowid=False,
)
# What an article said before it was changed: answers that quoted it can still be read. Later
# versions have higher numbers. `article` is the present id of the article, which may differ.
versions = Table(
    "versions",
    metadata,
    Column("number", Integer, primary_key=True),
    *_integers("library"),
    *_texts("id", "sha256", "article", "title", "text", "added", "replaced"),
    *_texts("url", "source", "author", "published", "origin", "pages", nullable=True),
    UniqueConstraint("library", "id", "sha256"),
    Index("versions_by_article", "library", "article"),
)
# `interval` is in seconds. `next_poll` is null for a feed that is gone for good. `trouble` is the
# last error, for people.
feeds = Table(
    "feeds",
    metadata,
    _refers_to("library", primary_key=True),
    *_keys("url", kind=Text),
    *_texts("title", "etag", "modified", "next_poll", "trouble", nullable=True),
    *_integers("interval"),
    Column("failures", Integer, nullable=False, server_default="0"),
    *_texts("added"),
    sqlite_with_rowid=False,
)
# Entries whose articles are stored or were refused for good, and those still to be read, with
# their content as JSON, as a feed drops its entries after some days. `digest` is that of the
# content, `link` is normalised as in articles, `article` is the id of the article it became, and
# `number` its place in the feed. `next_try` is null for an entry that is settled. `delay` says why
# it could not be read when it was last tried, for people.
feed_entries = Table(
    "feed_entries",
    metadata,
    *_keys("library"),
    *_keys("feed", "entry", kind=Text),
    *_texts("digest"),
    *_texts("link", "article", "next_try", "delay", nullable=True),
    Column("told", Text, key="content"),
    *_integers("number"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(
        ["library", "feed"], ["feeds.library", "feeds.url"], ondelete="CASCADE", onupdate="CASCADE"
    ),
    Index("feed_entries_by_link", "library", "link"),
    sqlite_with_rowid=False,
)
_waits = feed_entries.c.next_try.is_not(None)
Index(
    "feed_entries_by_next_try",
    feed_entries.c.next_try,
    sqlite_where=_waits,
    postgresql_where=_waits,
)


def number_of(library: str) -> ScalarSelect[Any]:
    """The number of a library, as a part of a query."""
    return select(libraries.c.number).where(libraries.c.name == library).scalar_subquery()


# -- records and rows

ARTICLE_FIELDS = "id", "title", "text", "url", "source", "author", "published", "origin", "pages"
PASSAGE_FIELDS = ("paragraph", "start", "end", "sentences", "vector")
ARTICLE = [articles.c[name] for name in ARTICLE_FIELDS]
PASSAGE = [passages.c[name] for name in PASSAGE_FIELDS]
VERSION = [versions.c[name] for name in (*ARTICLE_FIELDS, "added", "replaced")]


def article_from(fields: Sequence[Any]) -> Article:
    """The article in a row of `ARTICLE`."""
    id, title, text, url, source, author, published, origin, pages = fields
    if published is not None:
        published = (datetime if "T" in published else date).fromisoformat(published)
    begins = tuple(json.loads(pages)) if pages else ()
    # Version 0.1 kept any string as a URL.
    url = url if url and links.is_web(url) else None
    return Article(id, title, text, url, source, author, published, origin, begins)


def article_row(article: Article) -> dict[str, str | None]:
    """An article as the values of `ARTICLE_FIELDS`."""
    row = {name: getattr(article, name) for name in ARTICLE_FIELDS}
    row["published"] = article.published.isoformat() if article.published else None
    row["pages"] = json.dumps(article.pages) if article.pages else None
    return row


def version_from(fields: Sequence[Any]) -> Version:
    """The version in a row of `VERSION`."""
    *article_fields, added, replaced = fields
    times = datetime.fromisoformat(added), datetime.fromisoformat(replaced)
    return Version(article_from(article_fields), *times)


def passage_from(fields: Sequence[Any]) -> Passage:
    """The passage in a row of `PASSAGE`."""
    paragraph, start, end, sentences, vector = fields
    spans = tuple(Span(*pair) for pair in np.frombuffer(sentences, "<i4").reshape(-1, 2).tolist())
    return Passage(paragraph, start, end, spans, floats(vector))


def passage_row(passage: Passage) -> dict[str, int | bytes]:
    """A passage as the values of `PASSAGE_FIELDS`."""
    sentences = np.array(passage.sentences, dtype="<i4").tobytes()
    vector = passage.vector.astype("<f2").tobytes()
    values = (passage.paragraph, passage.start, passage.end, sentences, vector)
    return dict(zip(PASSAGE_FIELDS, values, strict=True))


def floats(blob: bytes) -> Floats:
    """A stored vector as float32."""
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)


def stamp(time: datetime) -> str:
    """A time as the catalog stores and compares it: UTC, to the second."""
    return time.astimezone(UTC).isoformat(timespec="seconds")

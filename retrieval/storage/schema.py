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

facts = Table(  # not used since version 3
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
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
    Column("library", Integer, ForeignKey("libraries.number"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    sqlite_with_rowid=False,
)
articles = Table(
    "articles",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("library", Integer, ForeignKey("libraries.number"), nullable=False),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("url", Text),
    Column("source", Text),
    Column("author", Text),
    Column("published", Text),  # ISO 8601: a day, or a day and a time
    Column("origin", Text),
    Column("added", Text, nullable=False),
    Column("link", Text),  # the URL without what does not change the page
    Column("pages", Text),  # JSON: the place in the text at which each page begins
    Column("story", Integer),  # the key of the first article of the same story; null: not compared
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
    Column("article", Integer, ForeignKey(articles.c.key, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    sqlite_with_rowid=False,
)
models = Table(
    "models",
    metadata,
    Column("number", Integer, primary_key=True),  # never used again, as indexes are named after it
    Column("fingerprint", Text, nullable=False),
    Column("role", Text, unique=True),  # null while its passages are being removed
    CheckConstraint("role IN ('in use', 'next')"),
    sqlite_autoincrement=True,
)
# Ids are never used again, so an index that is behind can hold an old passage, never a wrong one.
passages = Table(
    "passages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("article", Integer, ForeignKey(articles.c.key, ondelete="CASCADE"), nullable=False),
    Column("paragraph", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("library", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("sentences", LargeBinary, nullable=False),  # int32 (sentences, 2): start, end
    Column("vector", LargeBinary, nullable=False),  # float16 (dimension,)
    Column("model", Integer, nullable=False),
    Index("passages_by_article", "article", "model"),
    Index("passages_by_generation", "library", "model", "generation"),
    sqlite_autoincrement=True,
)
removals = Table(
    "removals",
    metadata,
    Column("library", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("passage", Integer, primary_key=True, autoincrement=False),
    Column("added", Integer, nullable=False),  # the generation in which the passage was added
    Column("model", Integer, nullable=False),
    sqlite_with_rowid=False,
)
# Articles that share a band of their MinHash signatures may tell the same story.
bands = Table(
    "bands",
    metadata,
    Column("library", Integer, primary_key=True, autoincrement=False),
    Column("band", Integer, primary_key=True, autoincrement=False),
    Column("article", Integer, ForeignKey(articles.c.key, ondelete="CASCADE"), primary_key=True),
    Index("bands_by_article", "article"),
    sqlite_with_rowid=False,
)
# What an article said before it was changed. Answers that quoted it can still be read.
versions = Table(
    "versions",
    metadata,
    Column("number", Integer, primary_key=True),  # later versions have higher numbers
    Column("library", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("article", Text, nullable=False),  # the present id of the article, which may differ
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("url", Text),
    Column("source", Text),
    Column("author", Text),
    Column("published", Text),
    Column("origin", Text),
    Column("pages", Text),
    Column("added", Text, nullable=False),
    Column("replaced", Text, nullable=False),
    UniqueConstraint("library", "id", "sha256"),
    Index("versions_by_article", "library", "article"),
)
feeds = Table(
    "feeds",
    metadata,
    Column("library", Integer, ForeignKey("libraries.number"), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("title", Text),
    Column("etag", Text),
    Column("modified", Text),
    Column("interval", Integer, nullable=False),  # seconds between two polls
    Column("next_poll", Text),  # null for a feed that is gone for good
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("trouble", Text),  # the last error, for people
    Column("added", Text, nullable=False),
    sqlite_with_rowid=False,
)
# Entries whose articles are stored or were refused for good, and those still to be read, with
# their content, as a feed drops its entries after some days.
feed_entries = Table(
    "feed_entries",
    metadata,
    Column("library", Integer, primary_key=True, autoincrement=False),
    Column("feed", Text, primary_key=True),
    Column("entry", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of what the feed said of it
    Column("link", Text),  # normalised, as in articles
    Column("article", Text),  # the id of the article it became
    Column("told", Text, key="content"),  # JSON of the entry while it waits, else null
    Column("number", Integer, nullable=False),  # its place in the feed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try", Text),  # null for an entry that is settled
    Column("delay", Text),  # why it could not be read when it was last tried, for people
    ForeignKeyConstraint(
        ["library", "feed"], ["feeds.library", "feeds.url"], ondelete="CASCADE", onupdate="CASCADE"
    ),
    Index("feed_entries_by_link", "library", "link"),
    sqlite_with_rowid=False,
)
Index(
    "feed_entries_by_next_try",
    feed_entries.c.next_try,
    sqlite_where=feed_entries.c.next_try.is_not(None),
    postgresql_where=feed_entries.c.next_try.is_not(None),
)


def number_of(library: str) -> ScalarSelect[Any]:
    """The number of a library, as a part of a query."""
    return select(libraries.c.number).where(libraries.c.name == library).scalar_subquery()


# -- records and rows

ARTICLE_FIELDS = (
    *("id", "title", "text", "url", "source", "author", "published", "origin", "pages"),
)
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

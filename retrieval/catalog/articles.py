"""The articles as they are kept: with their paragraphs, or by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from retrieval.catalog import rows
from retrieval.catalog.database import Database
from retrieval.records import Article, ArticleRef, KeptArticle, Span


def with_id(db: Database, library: str, id: str) -> KeptArticle | None:
    """The article with this id."""
    return next(_kept(db, "l.name = ? AND a.id = ?", library, id), None)


def with_url(db: Database, library: str, url: str) -> KeptArticle | None:
    """The article with this link, or with one that leads to the same page."""
    return next(_kept(db, "l.name = ? AND a.link = link_of(?)", library, url), None)


def of_library(db: Database, library: str) -> Iterator[KeptArticle]:
    """All articles of a library, in the order in which they were added."""
    return _kept(db, "l.name = ?", library)


def by_key(db: Database, keys: Collection[int]) -> dict[int, Article]:
    """The articles that have these keys, so far as they are still kept."""
    marks = ",".join("?" * len(keys))
    found = db.rows(
        f"SELECT a.key, {rows.ARTICLE_FIELDS} FROM articles a WHERE a.key IN ({marks})", *keys
    )
    return {key: rows.article(fields) for key, *fields in found}


def keys(db: Database, refs: Sequence[ArticleRef]) -> set[int]:
    """The keys of these articles, so far as they are still kept."""
    marks = ",".join(["(?, ?)"] * len(refs))
    found = db.rows(
        "SELECT a.key FROM articles a JOIN libraries l ON l.number = a.library"
        f" WHERE (l.name, a.id) IN (VALUES {marks})",
        *(value for one in refs for value in (one.library, one.id)),
    )
    return {key for (key,) in found}


def ids(db: Database, library: str) -> list[str]:
    """The ids of all articles of a library, in the order in which they were added."""
    found = db.rows(
        "SELECT a.id FROM articles a JOIN libraries l ON l.number = a.library"
        " WHERE l.name = ? ORDER BY a.key",
        library,
    )
    return [id for (id,) in found]


def ids_beginning_with(db: Database, library: str, beginning: str) -> list[str]:
    """Ids of articles that begin so, at most ten."""
    found = db.rows(
        "SELECT a.id FROM articles a JOIN libraries l ON l.number = a.library"
        " WHERE l.name = ? AND substr(a.id, 1, length(?)) = ? ORDER BY a.id LIMIT 10",
        library,
        beginning,
        beginning,
    )
    return [id for (id,) in found]


def recorded_hashes(db: Database, library: int) -> Iterator[tuple[str, str, str]]:
    """The id, the text and the recorded SHA-256 of each article and of each earlier version."""
    return (
        (id, text, sha256)
        for id, text, sha256 in db.rows(
            "SELECT id, text, sha256 FROM articles WHERE library = ?1"
            " UNION ALL SELECT id, text, sha256 FROM versions WHERE library = ?1",
            library,
        )
    )


def _kept(db: Database, condition: str, *values: object) -> Iterator[KeptArticle]:
    for key, library, added, *fields in db.rows(
        f"SELECT a.key, l.name, a.added, {rows.ARTICLE_FIELDS}"
        f" FROM articles a JOIN libraries l ON l.number = a.library WHERE {condition}"
        " ORDER BY a.key",
        *values,
    ):
        spans = db.rows(
            'SELECT start, "end" FROM paragraphs WHERE article = ? ORDER BY number', key
        )
        yield KeptArticle(
            rows.article(fields),
            library,
            datetime.fromisoformat(added),
            tuple(Span(*span) for span in spans),
        )

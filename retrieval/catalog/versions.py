"""What articles said before they were changed: kept to be shown, never indexed or searched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from retrieval.catalog import rows
from retrieval.catalog.database import Database
from retrieval.records import Article, Version

FIELDS = rows.ARTICLE_FIELDS.replace("a.", "v.")
VERSION = (
    f"SELECT {FIELDS}, v.added, v.replaced, v.article"
    " FROM versions v JOIN libraries l ON l.number = v.library WHERE l.name = ?"
)


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """What an article said before it was changed, and the id that it has now."""

    version: Version
    now: str


def of_article(db: Database, library: str, id: str) -> list[Version]:
    """The earlier versions of the article that has this id now, earliest first."""
    found = db.rows(f"{VERSION} AND v.article = ? ORDER BY v.number", library, id)
    return [rows.version(fields) for *fields, _ in found]


def with_hash(db: Database, library: str, id: str, sha256: str) -> EarlierVersion | None:
    """The version that had this id and this text."""
    row = db.one(f"{VERSION} AND v.id = ? AND v.sha256 = ?", library, id, sha256)
    return None if row is None else EarlierVersion(rows.version(row[:-1]), row[-1])


def keep(
    db: sqlite3.Connection, library: int, ids: Iterable[str], new: Article, replaced: datetime
) -> None:
    """Keep what these articles say and said, as versions of the one that takes their place."""
    when = replaced.astimezone(UTC).isoformat(timespec="seconds")
    for id in ids:
        db.execute(
            "UPDATE versions SET article = ? WHERE library = ? AND article = ?",
            (new.id, library, id),
        )
        db.execute(
            f"INSERT OR REPLACE INTO versions (library, sha256, article, added, replaced,"
            f" {FIELDS.replace('v.', '')}) SELECT a.library, a.sha256, ?, a.added, ?,"
            f" {rows.ARTICLE_FIELDS} FROM articles a"
            " WHERE a.library = ? AND a.id = ? AND a.sha256 != ?",
            (new.id, when, library, id, new.sha256),
        )


def put_back(
    db: sqlite3.Connection, library: str, article: str, versions: Iterable[Version]
) -> None:
    """Keep again what an article said before it was removed, earliest first."""
    fields = FIELDS.replace("v.", "")
    db.executemany(
        f"INSERT OR IGNORE INTO versions (library, article, added, replaced, sha256, {fields})"
        " SELECT number, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM libraries WHERE name = ?",
        [
            (
                *(article, one.added.isoformat(), one.replaced.isoformat(), one.article.sha256),
                *rows.from_article(one.article),
                library,
            )
            for one in versions
        ],
    )


def forget(db: sqlite3.Connection, library: int, id: str) -> None:
    """Forget what an article said before."""
    db.execute("DELETE FROM versions WHERE library = ? AND article = ?", (library, id))

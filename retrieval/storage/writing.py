"""Write and remove articles inside a transaction, and keep what they said before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from retrieval.records import Article, Passage, Span, Version
from retrieval.storage import rows, stories

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


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be kept, and the ids of those in its library it takes the place of.

    `key` is that of an article which is put back; a new one gets the next.
    """

    library: str
    article: Article
    added: datetime
    paragraphs: Sequence[Span]
    passages: Sequence[Passage]
    replaces: Sequence[str] = ()
    key: int | None = None


def put(db: sqlite3.Connection, new: Iterable[NewArticle], model: int) -> None:
    """Keep these articles, read by a model, each in the place of those it replaces."""
    changes: dict[str, tuple[int, int]] = {}
    for new_article in new:
        if new_article.library not in changes:
            db.execute("INSERT OR IGNORE INTO libraries (name) VALUES (?)", (new_article.library,))
            changes[new_article.library] = _next_generation(db, new_article.library)
        library, generation = changes[new_article.library]
        replaced = {new_article.article.id, *new_article.replaces}
        keep_versions(db, library, replaced, new_article.article, new_article.added)
        for id in replaced:
            _take_away(db, library, generation, id)
        key = _insert(db, library, generation, new_article, model)
        stories.join(db, key, library, new_article.article.text)
    for library, _ in changes.values():
        stories.join_waiting(db, library)


def put_beside(
    db: sqlite3.Connection, article: int, model: int, passages: Sequence[Passage]
) -> None:
    """Keep what another model has made of an article, if that is still there."""
    library = db.execute(
        "SELECT l.name FROM articles a JOIN libraries l ON l.number = a.library WHERE a.key = ?",
        (article,),
    ).fetchone()
    if library is not None:
        number, generation = _next_generation(db, *library)
        _insert_passages(
            db, passages, article=article, library=number, generation=generation, model=model
        )


def remove(db: sqlite3.Connection, library: str, id: str) -> None:
    """Remove an article, and what it said before."""
    number, generation = _next_generation(db, library)
    _take_away(db, number, generation, id)
    forget_versions(db, number, id)


def remove_all(db: sqlite3.Connection, library: str) -> int:
    """Remove all articles of a library, what they said before, and its feeds.

    Returns how many articles there were.
    """
    number, generation = _next_generation(db, library)
    db.execute(
        "INSERT INTO removals SELECT ?1, ?2, id, generation, model FROM passages"
        " WHERE library = ?1",
        (number, generation),
    )
    db.execute("DELETE FROM versions WHERE library = ?", (number,))
    db.execute("DELETE FROM feeds WHERE library = ?", (number,))
    return db.execute("DELETE FROM articles WHERE library = ?", (number,)).rowcount


def _next_generation(db: sqlite3.Connection, library: str) -> tuple[int, int]:
    number, generation = db.execute(
        "UPDATE libraries SET generation = generation + 1 WHERE name = ?"
        " RETURNING number, generation",
        (library,),
    ).fetchone()
    db.execute(
        "INSERT INTO history VALUES (?, ?, lower(hex(randomblob(16))))", (number, generation)
    )
    return number, generation


def _insert(
    db: sqlite3.Connection, library: int, generation: int, new: NewArticle, model: int
) -> int:
    added = new.added.astimezone(UTC).isoformat(timespec="seconds")
    key = db.execute(
        "INSERT INTO articles (key, library, added, sha256, id, title, text, url, source, author,"
        " published, origin, pages, link)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, link_of(?))",
        (
            *(new.key, library, added, new.article.sha256),
            *rows.from_article(new.article),
            new.article.url,
        ),
    ).lastrowid
    assert key is not None
    db.executemany(
        "INSERT INTO paragraphs VALUES (?, ?, ?, ?)",
        [(key, number, *span) for number, span in enumerate(new.paragraphs, start=1)],
    )
    _insert_passages(
        db, new.passages, article=key, library=library, generation=generation, model=model
    )
    return key


def _insert_passages(
    db: sqlite3.Connection,
    passages: Sequence[Passage],
    *,
    article: int,
    library: int,
    generation: int,
    model: int,
) -> None:
    db.executemany(
        'INSERT INTO passages (model, article, library, generation, paragraph, start, "end",'
        " sentences, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (model, article, library, generation, *rows.from_passage(passage))
            for passage in passages
        ],
    )


def _take_away(db: sqlite3.Connection, library: int, generation: int, id: str) -> None:
    db.execute(
        "INSERT INTO removals SELECT ?, ?, p.id, p.generation, p.model FROM passages p"
        " JOIN articles a ON a.key = p.article WHERE a.library = ? AND a.id = ?",
        (library, generation, library, id),
    )
    key = db.execute("SELECT key FROM articles WHERE library = ? AND id = ?", (library, id))
    for (article_key,) in key.fetchall():
        stories.leave(db, library, article_key)
        db.execute("DELETE FROM articles WHERE key = ?", (article_key,))


def keep_versions(
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


def put_versions_back(
    db: sqlite3.Connection, library: str, article: str, versions: Iterable[Version]
) -> None:
    """Keep again what an article said before it was removed, earliest first."""
    fields = FIELDS.replace("v.", "")
    db.executemany(
        f"INSERT OR IGNORE INTO versions (library, article, added, replaced, sha256, {fields})"
        " SELECT number, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM libraries WHERE name = ?",
        [
            (
                article,
                version.added.isoformat(),
                version.replaced.isoformat(),
                version.article.sha256,
                *rows.from_article(version.article),
                library,
            )
            for version in versions
        ],
    )


def forget_versions(db: sqlite3.Connection, library: int, id: str) -> None:
    """Forget what an article said before."""
    db.execute("DELETE FROM versions WHERE library = ? AND article = ?", (library, id))

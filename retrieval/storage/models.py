"""Which model's passages answer, and which model's are being made to take their place.

A model is in use, or the next, or neither: then its passages are taken away. How far a change is
follows from the passages that are there, so that it goes on wherever it was broken off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from retrieval.records import Article, Passage
from retrieval.storage import rows, writing
from retrieval.storage.database import Database

TAKEN_AWAY_TOGETHER = 1_000
"""Passages that are removed in one transaction, which others have to wait for."""

LACKING = (
    "NOT EXISTS (SELECT 1 FROM passages p WHERE p.article = a.key AND p.model ="
    " (SELECT number FROM models WHERE role = 'next'))"
)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model as the catalog knows it; numbers are never used again."""

    number: int
    fingerprint: str

    @property
    def name(self) -> str:
        """The name or the folder that it was set by, which opens it again."""
        return self.fingerprint.rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class Unread:
    """An article that the next model has not read yet."""

    key: int
    library: str
    article: Article
    added: datetime


class Models:
    """The models of a catalog."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def in_use(self) -> StoredModel | None:
        """The model whose passages answer; None before the first article."""
        return self._with_role("in use")

    def next(self) -> StoredModel | None:
        """The model whose passages are being made; None while no change is under way."""
        return self._with_role("next")

    def numbers(self) -> set[int]:
        """The numbers of both."""
        return {n for (n,) in self._db.rows("SELECT number FROM models WHERE role IS NOT NULL")}

    def has_articles(self) -> bool:
        """Whether there is anything that a model has read."""
        return self._db.first_row("SELECT 1 FROM articles LIMIT 1") is not None

    def take(self, fingerprint: str) -> StoredModel:
        """Use a model from now on, unless another has read articles; return the one in use."""
        if self._db.read_only:
            return self.in_use() or StoredModel(0, fingerprint)
        with self._db.transaction() as db:
            used = self.in_use()
            if used is None or (used.fingerprint != fingerprint and not self.has_articles()):
                db.execute("UPDATE models SET role = NULL")
                used = _new(db, fingerprint, "in use")
        return used

    def in_use_or(self, db: sqlite3.Connection, fingerprint: str) -> StoredModel:
        """The model in use, which before the first article becomes this one."""
        return self.in_use() or _new(db, fingerprint, "in use")

    # -- a change

    def begin(self, fingerprint: str) -> StoredModel:
        """Let a model be the next; what another has read in the meantime is taken away."""
        with self._db.transaction() as db:
            next_model = self.next()
            if next_model is None or next_model.fingerprint != fingerprint:
                _drop(db)
                next_model = _new(db, fingerprint, "next")
        return next_model

    def drop(self) -> None:
        """Let the model in use stay; what the next one has read is taken away."""
        if self.next() is not None:
            with self._db.transaction() as db:
                _drop(db)

    def unread(self, after: int, limit: int) -> list[Unread]:
        """Some articles that the next model has not read, with keys above a number, in order."""
        records = self._db.rows(
            f"SELECT a.key, l.name, a.added, {rows.ARTICLE_FIELDS} FROM articles a"
            f" JOIN libraries l ON l.number = a.library WHERE a.key > ? AND {LACKING}"
            " ORDER BY a.key LIMIT ?",
            after,
            limit,
        )
        return [
            Unread(key, library, rows.article(fields), datetime.fromisoformat(added))
            for key, library, added, *fields in records
        ]

    def put(self, model: StoredModel, read: Sequence[tuple[Unread, Sequence[Passage]]]) -> bool:
        """Keep what the next model has made of articles that are still there.

        Returns False, and keeps nothing, if that model is no longer the next.
        """
        with self._db.transaction() as db:
            if self.next() != model:
                return False
            for article, passages in read:
                writing.put_beside(db, article.key, model.number, passages)
            return True

    def counts(self) -> tuple[int, int]:
        """How many articles the next model has read, and how many there are."""
        row = self._db.first_row(f"SELECT count(*), total(NOT {LACKING}) FROM articles a")
        assert row is not None
        return int(row[1]), int(row[0])

    def count_articles(self) -> int:
        """How many articles there are in all libraries."""
        row = self._db.first_row("SELECT count(*) FROM articles")
        return int(row[0]) if row else 0

    def switch(self) -> bool:
        """Put the next model to use; False if there are articles that it has not read."""
        with self._db.transaction() as db:
            if self.next() is None or self.unread(0, 1):
                return False
            db.execute("UPDATE models SET role = NULL WHERE role = 'in use'")
            db.execute("UPDATE models SET role = 'in use' WHERE role = 'next'")
            return True

    def take_away(self) -> bool:
        """Remove some passages of models that are neither in use nor next; False if none is left.

        Nobody asks for them any more, so no generation tells of it.
        """
        retired = self._db.first_row("SELECT number FROM models WHERE role IS NULL")
        if retired is None:
            return False
        with self._db.transaction() as db:
            gone = db.execute(
                "DELETE FROM passages WHERE id IN (SELECT p.id FROM libraries l CROSS JOIN passages"
                " p WHERE p.library = l.number AND p.model = ? LIMIT ?)",
                (*retired, TAKEN_AWAY_TOGETHER),
            )
            if gone.rowcount == 0:
                db.execute("DELETE FROM removals WHERE model = ?", retired)
                db.execute("DELETE FROM models WHERE number = ?", retired)
        return True

    def _with_role(self, role: str) -> StoredModel | None:
        row = self._db.first_row("SELECT number, fingerprint FROM models WHERE role = ?", role)
        return None if row is None else StoredModel(*row)


def _new(db: sqlite3.Connection, fingerprint: str, role: str) -> StoredModel:
    made = db.execute("INSERT INTO models (fingerprint, role) VALUES (?, ?)", (fingerprint, role))
    assert made.lastrowid is not None
    return StoredModel(made.lastrowid, fingerprint)


def _drop(db: sqlite3.Connection) -> None:
    db.execute("UPDATE models SET role = NULL WHERE role = 'next'")

"""Who added which article, and removed articles, kept for ten minutes to undo a removal."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

from retrieval import RemovedArticle


@dataclass(frozen=True, slots=True)
class Adders:
    """The people who added articles, in the bot's store; the library does not know them."""

    store: sqlite3.Connection

    def set(self, chat: int, article: str, person: int | None) -> None:
        """Note who added an article; None if that is not known."""
        self.remove(chat, article)
        if person:
            self.store.execute("INSERT INTO adders VALUES (?, ?, ?)", (chat, article, person))

    def of(self, chat: int, article: str) -> int | None:
        """The person who added an article; None if that is not known."""
        row = self.store.execute(
            "SELECT person FROM adders WHERE chat = ? AND article = ?", (chat, article)
        ).fetchone()
        return row and int(row[0])

    def remove(self, chat: int, article: str) -> None:
        """Forget who added an article."""
        self.store.execute("DELETE FROM adders WHERE chat = ? AND article = ?", (chat, article))

    def forget(self, chat: int) -> None:
        """Forget who added the articles of a chat."""
        self.store.execute("DELETE FROM adders WHERE chat = ?", (chat,))


LASTS_S = 10 * 60
MOST_SHOWN = 3  # buttons below a list of articles


class Removal(NamedTuple):
    """A removed article, as the library takes it back, and who had added it."""

    title: str
    record: str
    adder: int | None


@dataclass(frozen=True, slots=True)
class Removals:
    """The removals that can be undone, in the bot's store."""

    store: sqlite3.Connection

    def add(self, chat: int, removed: RemovedArticle, adder: int | None, now: float) -> str:
        """Keep a removed article for a while, and return the id that its Undo button has."""
        id = secrets.token_urlsafe(9)
        self.store.execute(
            "INSERT INTO removals VALUES (?, ?, ?, ?, ?, ?)",
            (id, chat, removed.article.title, removed.record, adder, now),
        )
        return id

    def get(self, chat: int, id: str, now: float) -> Removal | None:
        """A removal of a chat; None if it was undone, or is too long ago."""
        row = self.store.execute(
            "SELECT title, record, adder FROM removals WHERE chat = ? AND id = ? AND removed > ?",
            (chat, id, now - LASTS_S),
        ).fetchone()
        return row and Removal(*row)

    def latest(self, chat: int, now: float) -> list[tuple[str, str]]:
        """The ids and titles of a chat's last removals, latest first."""
        return self.store.execute(
            "SELECT id, title FROM removals WHERE chat = ? AND removed > ?"
            " ORDER BY removed DESC LIMIT ?",
            (chat, now - LASTS_S, MOST_SHOWN),
        ).fetchall()

    def drop(self, id: str) -> None:
        """Forget a removal that was undone."""
        self.store.execute("DELETE FROM removals WHERE id = ?", (id,))

    def forget(self, chat: int) -> None:
        """Forget all removals of a chat."""
        self._delete("chat = ?", chat)

    def expire(self, now: float) -> None:
        """Forget the removals that can no longer be undone."""
        self._delete("removed <= ?", now - LASTS_S)

    def _delete(self, condition: str, value: float) -> None:
        if self.store.execute(f"DELETE FROM removals WHERE {condition}", (value,)).rowcount:
            # The write-ahead log still has the texts.
            self.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")

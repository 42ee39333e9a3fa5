"""Who added which article to a chat."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


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

    def migrate(self, old: int, new: int) -> None:
        """Move the entries of a group that became a supergroup."""
        self.store.execute("UPDATE OR REPLACE adders SET chat = ? WHERE chat = ?", (new, old))

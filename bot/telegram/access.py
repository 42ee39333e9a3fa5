"""Who may talk to the bot, and which libraries a chat reads besides its own."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass

CODE_LASTS = 15 * 60  # seconds
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Access:
    """Administrators are named in the settings; whoever else is let in stands in the store.

    A member is a person, or a group with everybody in it; both are known by the chat's number.
    """

    store: sqlite3.Connection
    administrators: Collection[int]

    def is_administrator(self, person: int) -> bool:
        """Whether the settings name this person."""
        return person in self.administrators

    def may_ask(self, chat: int, person: int) -> bool:
        """Whether the bot answers this person in this chat."""
        return self.is_administrator(person) or self._is_member(chat) or self._is_member(person)

    def new_code(self, now: float) -> str:
        """A code that lets one person or one group in, once, within a quarter of an hour."""
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        self.store.execute("DELETE FROM codes WHERE expires < ?", (now,))
        self.store.execute("INSERT INTO codes VALUES (?, ?)", (_digest(code), now + CODE_LASTS))
        return code

    def use_code(self, code: str, chat: int, name: str, now: float) -> bool:
        """Let a chat in if the code is good, and use the code up."""
        used = self.store.execute(
            "DELETE FROM codes WHERE digest = ? AND expires >= ?", (_digest(code), now)
        )
        if used.rowcount:
            self.let_in(chat, name)
        return bool(used.rowcount)

    def let_in(self, chat: int, name: str) -> None:
        """Make a person or a group a member."""
        self.store.execute(
            "INSERT OR REPLACE INTO members VALUES (?, ?, ?)", (chat, name, time.time())
        )

    def members(self) -> dict[int, str]:
        """The numbers and names of those who were let in, the latest first."""
        rows = self.store.execute("SELECT id, name FROM members ORDER BY since DESC")
        return dict(rows.fetchall())

    def put_out(self, chat: int) -> None:
        """A member no longer, and without any shared library."""
        self.store.execute("DELETE FROM members WHERE id = ?", (chat,))
        self.store.execute("DELETE FROM grants WHERE chat = ?", (chat,))

    def scope(self, chat: int) -> list[str]:
        """The libraries a chat's questions are asked of: its own first, then those granted."""
        granted = self.store.execute(
            "SELECT library FROM grants WHERE chat = ? ORDER BY library", (chat,)
        )
        return [own_library(chat), *(library for (library,) in granted)]

    def grant(self, chat: int, library: str) -> None:
        """Let a chat read a shared library."""
        self.store.execute("INSERT OR IGNORE INTO grants VALUES (?, ?)", (chat, library))

    def revoke(self, chat: int, library: str) -> bool:
        """Let a chat no longer read a shared library, and say whether it did."""
        revoked = self.store.execute(
            "DELETE FROM grants WHERE chat = ? AND library = ?", (chat, library)
        )
        return bool(revoked.rowcount)

    def _is_member(self, chat: int) -> bool:
        row = self.store.execute("SELECT 1 FROM members WHERE id = ?", (chat,)).fetchone()
        return row is not None


def own_library(chat: int) -> str:
    """The name of the library that belongs to a chat and to no other."""
    return f"chat:{chat}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()

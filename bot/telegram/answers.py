"""Answers that were given, so that their buttons work as long as the articles are there."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from bot.telegram.access import own_library
from bot.telegram.keeping import Keeping, turn_kept
from bot.telegram.threads import Threads
from retrieval import Answer, Library, Turn

MOST_TURNS = 6  # of a conversation, on which a question may build


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in a chat: who asked, with which message, and which message answers."""

    id: str
    chat: int
    asker: int
    asked_in: int
    shown_in: int | None
    question: str
    topic: str
    """The question as it was understood."""
    made: float
    sent: int
    """How many of its quotes have been sent once More was pressed; 0 before."""


@dataclass(frozen=True, slots=True)
class Given(Asked):
    """A question with its answer."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers in the store. Quotes are kept as places in articles, never as text.

    An article may be a book: only the threads read one, and they do not see the store. `scope`
    gives the libraries that a chat may read now: what was quoted from others is gone.
    """

    store: sqlite3.Connection
    library: Library
    scope: Callable[[int], Sequence[str]]
    threads: Threads

    async def keep(self, chat: int, asker: int, asked_in: int, answer: Answer) -> str:
        """Keep an answer, in the place of one to the same message, and return its id.

        Raises QuotewiseError if all that it quotes was removed meanwhile.
        """
        scope = self.scope(chat)
        kept = await self.threads.ask(lambda: self._keeping.kept(answer, scope))
        topic = answer.understood or answer.question
        self.store.execute("DELETE FROM answers WHERE chat = ? AND asked_in = ?", (chat, asked_in))
        id = secrets.token_urlsafe(9)
        self.store.execute(
            "INSERT INTO answers (id, chat, asker, asked_in, question, topic, answer, made)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (id, chat, asker, asked_in, answer.question, topic, json.dumps(kept), time.time()),
        )
        return id

    def shown(self, id: str, message: int) -> None:
        """Note which message shows an answer."""
        self.store.execute("UPDATE answers SET shown_in = ? WHERE id = ?", (message, id))

    def sent(self, id: str, quotes: int) -> None:
        """Record how many quotes of an answer have been sent."""
        self.store.execute("UPDATE answers SET sent = ? WHERE id = ?", (quotes, id))

    def thumb(self, id: str, value: int) -> None:
        """Keep what the asker thinks of an answer: 1 or -1."""
        self.store.execute("UPDATE answers SET thumb = ? WHERE id = ?", (value, id))

    async def with_id(self, chat: int, id: str) -> Given | None:
        """An answer of this chat; None if there is none, or it is another chat's."""
        found = self._one("id = ? AND chat = ?", (id, chat))
        if found is None:
            return None
        scope = self.scope(chat)
        return await self.threads.ask(lambda: self._given(*found, scope))

    def to_message(self, chat: int, asked_in: int) -> Asked | None:
        """What was asked with a message of this chat, and answered."""
        found = self._one("chat = ? AND asked_in = ?", (chat, asked_in))
        return found and found[0]

    def turn_in(self, chat: int, message: int) -> list[Turn]:
        """The turn that a message of this chat answers; empty if it answers none."""
        return self._turns(chat, self._some("chat = ? AND shown_in = ?", (chat, message), 1))

    def turns_of(self, chat: int, asker: int, since: float, before: int) -> list[Turn]:
        """What a person asked in a chat `since` a time and `before` a message, oldest first."""
        where = "chat = ? AND asker = ? AND made >= ? AND asked_in < ? ORDER BY made DESC"
        found = self._some(where, (chat, asker, since, before), MOST_TURNS)
        return self._turns(chat, found[::-1])

    def forget(self, chat: int) -> None:
        """Forget all answers of a chat."""
        self.store.execute("DELETE FROM answers WHERE chat = ?", (chat,))

    def migrate(self, old: int, new: int) -> None:
        """A group that became a supergroup keeps its answers.

        Its messages are counted anew, so those of the group have a number that none of them gets.
        """
        libraries = [json.dumps(own_library(chat)) for chat in (old, new)]
        self.store.execute(
            "UPDATE answers SET chat = ?, asked_in = -asked_in, shown_in = NULL,"
            " answer = replace(answer, ?, ?) WHERE chat = ?",
            (new, *libraries, old),
        )

    @property
    def _keeping(self) -> Keeping:
        return Keeping(self.library)

    def _one(self, where: str, values: tuple[object, ...]) -> tuple[Asked, str] | None:
        """A question, and where its quotes stand."""
        return next(iter(self._some(where, values, 1)), None)

    def _some(self, where: str, values: tuple[object, ...], most: int) -> list[tuple[Asked, str]]:
        """Questions, and where their quotes stand."""
        rows = self.store.execute(
            "SELECT id, chat, asker, asked_in, shown_in, question, coalesce(topic, question), made,"
            f" sent, answer FROM answers WHERE {where} LIMIT {most}",
            values,
        )
        return [(Asked(*row[:-1]), row[-1]) for row in rows.fetchall()]

    def _turns(self, chat: int, found: Sequence[tuple[Asked, str]]) -> list[Turn]:
        scope = self.scope(chat)
        return [turn_kept(asked.topic, scope, json.loads(kept)) for asked, kept in found]

    def _given(self, asked: Asked, kept: str, scope: Sequence[str]) -> Given:
        answer = self._keeping.restored(asked.question, scope, json.loads(kept))
        return Given(**asdict(asked), answer=answer)

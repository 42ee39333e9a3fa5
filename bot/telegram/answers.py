"""Answers that were given, so that their buttons work as long as the articles are there."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.telegram.access import own_library
from bot.telegram.threads import Threads
from retrieval import Answer, Library, Quote, QuotewiseError
from retrieval.records import Agreement, Difference, Span
from retrieval.words import shared_words


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
    """The question, or the one that it builds on."""
    made: float


@dataclass(frozen=True, slots=True)
class Given(Asked):
    """A question with its answer."""

    answer: Answer
    libraries: tuple[str, ...]
    """The library of each quote."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: enough to read it again, and to know that it is the same."""

    library: str
    id: str
    sha256: str
    paragraph: int
    start: int
    end: int
    score: float
    marks: list[tuple[int, int]]
    also_in: list[str] = field(default_factory=list)
    """The ids of the other articles that have it, too, in the same library."""


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

    async def keep(self, chat: int, asker: int, asked_in: int, answer: Answer, topic: str) -> str:
        """Keep an answer, in the place of one to the same message, and return its id."""
        scope = self.scope(chat)
        kept = await self.threads.ask(lambda: self._kept(answer, scope))
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

    def in_message(self, chat: int, message: int) -> Asked | None:
        """What a message of this chat answers."""
        found = self._one("chat = ? AND shown_in = ?", (chat, message))
        return found and found[0]

    def last_of(self, chat: int, asker: int, since: float) -> Asked | None:
        """The last a person asked in a chat and had answered, if it is not before `since`."""
        where = "chat = ? AND asker = ? AND made >= ? ORDER BY made DESC"
        found = self._one(where, (chat, asker, since))
        return found and found[0]

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

    def _one(self, where: str, values: tuple[object, ...]) -> tuple[Asked, str] | None:
        """A question, and where its quotes stand."""
        row = self.store.execute(
            "SELECT id, chat, asker, asked_in, shown_in, question, coalesce(topic, question), made,"
            f" answer FROM answers WHERE {where} LIMIT 1",
            values,
        ).fetchone()
        return None if row is None else (Asked(*row[:-1]), row[-1])

    def _given(self, asked: Asked, kept: str, scope: Sequence[str]) -> Given:
        answer, libraries = self._restored(asked.question, scope, **json.loads(kept))
        return Given(**asdict(asked), answer=answer, libraries=libraries)

    def _kept(self, answer: Answer, scope: Sequence[str]) -> dict[str, Any]:
        """An answer without its texts."""

        def places(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
            return [asdict(self._place(quote, scope)) for quote in quotes]

        agreement = answer.agreement or Agreement()
        return {
            "answered": answer.answered,
            "confidence": answer.confidence,
            "quotes": places(answer.shown),
            "timeline": bool(answer.timeline),
            "independent": places(agreement.independent),
            "copied": places(agreement.copied),
            "differences": [places((one.one, one.other)) for one in agreement.differences],
        }

    def _restored(
        self,
        question: str,
        scope: Sequence[str],
        *,
        answered: bool,
        confidence: float,
        quotes: list[dict[str, Any]],
        timeline: bool = False,
        independent: Sequence[dict[str, Any]] = (),
        copied: Sequence[dict[str, Any]] = (),
        differences: Sequence[Sequence[dict[str, Any]]] = (),
    ) -> tuple[Answer, tuple[str, ...]]:
        places = [one for one in (Place(**place) for place in quotes) if one.library in scope]
        there = [(quote, one.library) for one in places if (quote := self._quote(question, one))]
        found = tuple(quote for quote, _ in there)
        shown, closest = (found, ()) if answered else ((), found)
        answer = Answer(question, answered, confidence, shown, closest, took_ms=0.0)
        if timeline:
            answer = replace(answer, timeline=found)
        elif len(found) == len(quotes):
            others, copies = (self._still(told, scope) for told in (independent, copied))
            sides = [self._still(pair, scope) for pair in differences]
            both = tuple(Difference(*pair) for pair in sides if len(pair) == 2)
            answer = replace(answer, agreement=Agreement(others, copies, both))
        return answer, tuple(library for _, library in there)

    def _still(self, places: Sequence[dict[str, Any]], scope: Sequence[str]) -> tuple[Quote, ...]:
        """The quotes that still stand in articles which may be read."""
        there = [one for one in (Place(**place) for place in places) if one.library in scope]
        quotes = (self._quote("", one) for one in there)
        return tuple(one for one in quotes if one and not one.gone_since)

    def _place(self, quote: Quote, scope: Sequence[str]) -> Place:
        article = quote.article
        library = next(name for name in scope if self._is_in(name, article.id, article.sha256))
        return Place(
            library,
            article.id,
            article.sha256,
            quote.paragraph,
            quote.start,
            quote.end,
            quote.score,
            [(start, end) for start, end in quote.marks],
            [other.id for other in quote.also_in],
        )

    def _quote(self, question: str, place: Place) -> Quote | None:
        """The quote at a place, or where it has moved to; None if its article was removed."""
        history, told = self.library.history, Span(place.start, place.end)
        quote = history.quote_at(place.library, place.id, place.sha256, told)
        if quote is None:
            return None
        also_in = history.also_in(place.library, quote, place.also_in)
        marks = shared_words(question, quote.text)
        return replace(quote, score=place.score, marks=marks, also_in=also_in)

    def _is_in(self, library: str, id: str, sha256: str) -> bool:
        try:
            article = self.library.article(id, library=library).article
        except QuotewiseError:
            return False
        return (article.id, article.sha256) == (id, sha256)

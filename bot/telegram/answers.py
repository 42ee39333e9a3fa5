"""Answers that were given, so that their buttons work as long as the articles are there."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

from bot.telegram.access import own_library
from bot.telegram.threads import Threads
from retrieval import (
    Answer,
    AnswerStatus,
    ArticleRef,
    Filters,
    Library,
    Quote,
    QuotewiseError,
    Silence,
    Turn,
)
from retrieval.records import Agreement, Difference, Span
from retrieval.search import followups

REMOVED = "What answers this was removed just now: please ask again."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: enough to read it again, and to know that it is the same.

    `answer` are the characters of the quote that answer. `also_in` are the ids of the other
    articles of the same library that have it, too.
    """

    library: str
    id: str
    sha256: str
    paragraph: int
    start: int
    end: int
    score: float
    answer: tuple[int, int] | None = None
    also_in: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """A place from what was stored of it; earlier versions stored `marks`, too."""
        return cls(**{name: value for name, value in stored.items() if name != "marks"})

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.id)


@dataclass(frozen=True, slots=True)
class AnswerStorage:
    """Converts answers to what the store holds of them, and back.

    `scope` names the libraries that may be read now: what was quoted from others is gone.
    """

    library: Library

    def to_stored(self, answer: Answer, scope: Sequence[str]) -> dict[str, Any]:
        """An answer without its texts, and without what was removed since it was made.

        Raises QuotewiseError if that leaves nothing of it.
        """

        def places(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
            placed = (self._place(quote, scope) for quote in quotes)
            return [asdict(place) for place in placed if place]

        quotes = places(answer.shown)
        if answer.shown and not quotes:
            raise QuotewiseError(REMOVED)
        agreement = answer.agreement or Agreement()
        sides = (places((pair.quote, pair.other)) for pair in agreement.differences)
        return {
            "status": answer.status,
            "confidence": answer.confidence,
            "quotes": quotes,
            "understood": answer.understood,
            "turn": asdict(followups.turn(answer)),
            "silence": answer.silence,
            "within": None if answer.filters == Filters() else stored_filters(answer),
            "timeline": bool(answer.timeline),
            "independent": places(agreement.independent),
            "copied": places(agreement.copied),
            "differences": [pair for pair in sides if len(pair) == 2],
        }

    def restored(self, question: str, scope: Sequence[str], stored: dict[str, Any]) -> Answer:
        """The answer to a question, from what `to_stored` gave, in this version or an earlier one.

        Earlier versions kept `answered` and neither `status` nor `turn`.
        """
        quotes, turn = stored["quotes"], stored.get("turn")
        places = [
            place for place in (Place.of(fields) for fields in quotes) if place.library in scope
        ]
        restored = tuple(quote for place in places if (quote := self._quote(place)))
        sure = AnswerStatus(
            stored.get("status") or ("answer" if stored.get("answered") else "none")
        )
        shown, closest = ((), restored) if sure is AnswerStatus.NONE else (restored, ())
        answer = Answer(
            question,
            sure,
            stored["confidence"],
            shown,
            closest,
            understood=stored.get("understood"),
            subject=turn["subject"] if turn else "",
            silence=Silence(stored["silence"]) if stored.get("silence") else None,
        )
        if stored.get("within"):
            answer = with_filters(answer, stored["within"])
        if stored.get("timeline"):
            answer = replace(answer, timeline=restored)
        elif len(restored) == len(quotes):
            others, copies = (
                self._still(stored.get(name, ()), scope) for name in ("independent", "copied")
            )
            sides = [self._still(pair, scope) for pair in stored.get("differences", ())]
            both = tuple(Difference(*pair) for pair in sides if len(pair) == 2)
            answer = replace(answer, agreement=Agreement(others, copies, both))
        return answer

    def _still(self, places: Sequence[dict[str, Any]], scope: Sequence[str]) -> tuple[Quote, ...]:
        """The quotes that still stand in articles which may be read."""
        in_scope = [
            place for place in (Place.of(fields) for fields in places) if place.library in scope
        ]
        quotes = (self._quote(place) for place in in_scope)
        return tuple(quote for quote in quotes if quote and not quote.gone_since)

    def _place(self, quote: Quote, scope: Sequence[str]) -> Place | None:
        """Where a quote stands, or stood before a change; None if its article was removed."""
        article, said = quote.article, self.library.history.article_with
        if quote.library not in scope or said(quote.ref, article.sha256) is None:
            return None
        return Place(
            quote.library,
            article.id,
            article.sha256,
            quote.paragraph,
            quote.start,
            quote.end,
            quote.score,
            quote.answer,
            tuple(other.id for other in quote.also_in),
        )

    def _quote(self, place: Place) -> Quote | None:
        """The quote at a place, or where it has moved to; None if its article was removed."""
        history, span = self.library.history, Span(place.start, place.end)
        quote = history.quote_at(place.ref, place.sha256, span)
        if quote is None:
            return None
        before = history.article_with(place.ref, place.sha256)
        is_same = before is not None and before.text[slice(*span)] == quote.text
        answer = Span(*place.answer) if place.answer and is_same else None
        also_in = history.also_in(quote, place.also_in)
        return replace(quote, score=place.score, answer=answer, also_in=also_in)


MOST_TURNS = 6  # of a conversation, on which a question may build


@dataclass(frozen=True, slots=True)
class Question:
    """A question in a chat: who asked, with which message, and which message answers."""

    id: str
    chat: int
    asker: int
    message_id: int
    shown_in: int | None
    question: str
    topic: str
    """The question as it was understood."""
    made: float
    sent: int
    """How many of its quotes have been sent once More was pressed; 0 before."""


@dataclass(frozen=True, slots=True)
class Given(Question):
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

    async def keep(self, chat: int, asker: int, message_id: int, answer: Answer) -> str:
        """Keep an answer, in the place of one to the same message, and return its id.

        Raises QuotewiseError if all that it quotes was removed meanwhile.
        """
        scope = self.scope(chat)
        stored = await self.threads.ask(lambda: self._storage.to_stored(answer, scope))
        topic = answer.understood or answer.question
        self.store.execute(
            "DELETE FROM answers WHERE chat = ? AND asked_in = ?", (chat, message_id)
        )
        id = secrets.token_urlsafe(9)
        self.store.execute(
            "INSERT INTO answers (id, chat, asker, asked_in, question, topic, answer, made)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (id, chat, asker, message_id, answer.question, topic, json.dumps(stored), time.time()),
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
        row = self._first("id = ? AND chat = ?", (id, chat))
        if row is None:
            return None
        scope = self.scope(chat)
        return await self.threads.ask(lambda: self._given(*row, scope))

    def to_message(self, chat: int, message_id: int) -> Question | None:
        """What was asked with a message of this chat, and answered."""
        row = self._first("chat = ? AND asked_in = ?", (chat, message_id))
        return row and row[0]

    def turn_in(self, chat: int, message: int) -> list[Turn]:
        """The turn that a message of this chat answers; empty if it answers none."""
        return self._turns(chat, self._some("chat = ? AND shown_in = ?", (chat, message), 1))

    def turns_of(self, chat: int, asker: int, since: float, before: int) -> list[Turn]:
        """What a person asked in a chat `since` a time and `before` a message, oldest first."""
        where = "chat = ? AND asker = ? AND made >= ? AND asked_in < ? ORDER BY made DESC"
        rows = self._some(where, (chat, asker, since, before), MOST_TURNS)
        return self._turns(chat, rows[::-1])

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
    def _storage(self) -> AnswerStorage:
        return AnswerStorage(self.library)

    def _first(self, where: str, values: tuple[object, ...]) -> tuple[Question, str] | None:
        """A question, and where its quotes stand."""
        return next(iter(self._some(where, values, 1)), None)

    def _some(
        self, where: str, values: tuple[object, ...], most: int
    ) -> list[tuple[Question, str]]:
        """Questions, and where their quotes stand."""
        rows = self.store.execute(
            "SELECT id, chat, asker, asked_in, shown_in, question, coalesce(topic, question), made,"
            f" sent, answer FROM answers WHERE {where} LIMIT {most}",
            values,
        )
        return [(Question(*row[:-1]), row[-1]) for row in rows.fetchall()]

    def _turns(self, chat: int, rows: Sequence[tuple[Question, str]]) -> list[Turn]:
        scope = self.scope(chat)
        return [stored_turn(question.topic, scope, json.loads(stored)) for question, stored in rows]

    def _given(self, question: Question, stored: str, scope: Sequence[str]) -> Given:
        answer = self._storage.restored(question.question, scope, json.loads(stored))
        return Given(**asdict(question), answer=answer)


def stored_turn(topic: str, scope: Sequence[str], stored: dict[str, Any]) -> Turn:
    """The turn of an answer that was kept; without an article that may not be read now.

    Earlier versions did not keep it: then the question is `topic`, and the article is the first
    that was quoted.
    """
    turn = stored.get("turn")
    if turn is None:
        place = Place.of(stored["quotes"][0]) if stored["answered"] and stored["quotes"] else None
        question, article, subject = topic, place and place.ref, ""
    else:
        question, subject = turn["question"], turn["subject"]
        article = turn["article"] and ArticleRef(**turn["article"])
    return Turn(question, article if article and article.library in scope else None, subject)


def stored_filters(answer: Answer) -> dict[str, Any]:
    """The filters of an answer, for JSON."""
    filters = answer.filters
    return {
        "since": filters.since and filters.since.isoformat(),
        "until": filters.until and filters.until.isoformat(),
        "sources": filters.sources,
        "authors": filters.authors,
        "articles": filters.articles,
        "words": filters.words,
        "unread": filters.unread,
        "inside": answer.inside,
        "undated": answer.undated,
    }


def with_filters(answer: Answer, stored: dict[str, Any]) -> Answer:
    """An answer with the filters that were kept of it."""
    since, until = (
        stored[name] and date.fromisoformat(stored[name]) for name in ("since", "until")
    )
    return replace(
        answer,
        filters=Filters(
            since,
            until,
            tuple(stored["sources"]),
            tuple(stored["articles"]),
            tuple(Span(*span) for span in stored["words"]),
            tuple(stored["authors"]),
            tuple(Span(*span) for span in stored.get("unread", ())),
        ),
        inside=stored["inside"],
        undated=stored["undated"],
    )

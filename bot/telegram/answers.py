"""Answers that were given, so that their buttons work while the articles exist."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.rendering.language import _
from bot.rendering.text import LEAST_LIKELY
from bot.telegram.store import Store, answers, own_library
from retrieval import (
    Agreement,
    Answer,
    AnswerStatus,
    ArticleRef,
    Difference,
    Filters,
    Library,
    Quote,
    QuotewiseError,
    Silence,
    Span,
    Turn,
    turn,
)

MOST_TURNS = 6  # of a conversation, on which a question may build

_FILTERS, _TURN = TypeAdapter(Filters), TypeAdapter(Turn)

_stored = answers.c
_QUESTION = (
    *(_stored.id, _stored.chat, _stored.asker, _stored.asked_in.label("message_id")),
    *(_stored.shown_in, _stored.question, _stored.made, _stored.sent),
    sa.func.coalesce(_stored.topic, _stored.question).label("topic"),
)
"""The columns of a `Question`."""


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
    answer: Answer
    has_lost_quotes: bool
    """Whether articles that it quoted were removed."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers in the store. Quotes are stored as places in articles, never as text.

    Articles, which may be books, are read by what `ask` does in a thread; only the event loop
    changes the store. `scope` gives the libraries that a chat may read now: quotes from others are
    dropped.
    """

    store: Store
    library: Library
    scope: Callable[[int], Sequence[str]]
    ask: Callable[..., Awaitable[Any]]

    async def keep(
        self, chat: int, asker: int, message_id: int, answer: Answer, id: str | None = None
    ) -> str:
        """Store an answer, in the place of an earlier one to the same message; return its id.

        It has the `id` of the earlier one if that is given, so that the same buttons work.

        Raises QuotewiseError if all that it quotes was removed meanwhile.
        """
        scope = self.scope(chat)
        stored = await self.ask(to_stored, self.library, answer, scope)
        id, topic = id or secrets.token_urlsafe(9), answer.understood or answer.question
        new = {
            "id": id,
            "chat": chat,
            "asker": asker,
            "asked_in": message_id,
            "question": answer.question,
            "topic": topic,
            "answer": json.dumps(stored, default=date.isoformat),
            "made": time.time(),
        }
        with self.store.transaction():
            self.store.delete(answers, _stored.chat == chat, _stored.asked_in == message_id)
            self.store.change(sa.insert(answers).values(new))
        return id

    def shown(self, id: str, message: int) -> None:
        self.store.update(answers, _stored.id == id, shown_in=message)

    def sent(self, id: str, quotes: int) -> None:
        self.store.update(answers, _stored.id == id, sent=quotes)

    def thumb(self, id: str, value: int | None) -> None:
        """Record what the asker thinks of an answer: 1 or -1; None for no opinion."""
        self.store.update(answers, _stored.id == id, thumb=value)

    async def with_id(self, chat: int, id: str) -> Given | None:
        """Return an answer of this chat; None if the id is unknown, or another chat's."""
        scope = self.scope(chat)
        for question, stored in self._select(_stored.chat == chat, _stored.id == id):
            answer = await self.ask(restored, self.library, question.question, scope, stored)
            lost = len(answer.shown) < len(stored["quotes"])
            return Given(**asdict(question), answer=answer, has_lost_quotes=lost)
        return None

    def to_message(self, chat: int, message_id: int) -> Question | None:
        """Return the question of a message of this chat, if it was answered."""
        rows = self._select(_stored.chat == chat, _stored.asked_in == message_id)
        return rows[0][0] if rows else None

    def in_message(self, chat: int, message: int) -> Question | None:
        """Return the question that a message of this chat answers, if it answers any."""
        rows = self._select(_stored.chat == chat, _stored.shown_in == message)
        return rows[0][0] if rows else None

    def turn_in(self, chat: int, message: int) -> list[Turn]:
        """Return the turn that a message of this chat answers; empty if it answers none."""
        rows = self._select(_stored.chat == chat, _stored.shown_in == message)
        return self._turns(chat, rows)

    def turns_of(
        self, chat: int, asker: int, since: float, after: int | None, before: int
    ) -> list[Turn]:
        """Return what a person asked in a chat since a time and before a message, in order.

        Only what they asked after the message `after`, unless it is None.
        """
        where = [_stored.chat == chat, _stored.asker == asker, _stored.made >= since]
        where.append(_stored.asked_in < before)
        if after is not None:
            where.append(_stored.asked_in > after)
        return self._turns(chat, self._select(*where, limit=MOST_TURNS)[::-1])

    def migrate(self, old: int, new: int) -> None:
        """Give a group's answers to the supergroup it became.

        Its messages are numbered from 1 again, so old answers get numbers that no message has.
        """
        libraries = [json.dumps(own_library(chat)) for chat in (old, new)]
        answer = sa.func.replace(_stored.answer, *libraries)
        numbers = {"chat": new, "asked_in": -_stored.asked_in, "shown_in": None}
        self.store.update(answers, _stored.chat == old, answer=answer, **numbers)

    def _select(
        self, *where: sa.ColumnElement[bool], limit: int | None = None
    ) -> list[tuple[Question, dict[str, Any]]]:
        """Return questions and what is stored of their answers, latest first."""
        query = sa.select(*_QUESTION, _stored.answer).where(*where).order_by(_stored.made.desc())
        rows = [dict(row._mapping) for row in self.store.rows(query.limit(limit))]
        return [
            (Question(**row), json.loads(answer)) for row in rows for answer in [row.pop("answer")]
        ]

    def _turns(self, chat: int, rows: Sequence[tuple[Question, dict[str, Any]]]) -> list[Turn]:
        """Return the turns of stored answers, without articles that may not be read now.

        The first versions stored no turn: then the question is the topic.
        """
        scope, turns = self.scope(chat), []
        for question, stored in rows:
            turn = _TURN.validate_python(stored.get("turn") or {"question": question.topic})
            readable = turn.article and turn.article.library in scope
            turns.append(turn if readable else replace(turn, article=None))
        return turns


def to_stored(library: Library, answer: Answer, scope: Sequence[str]) -> dict[str, Any]:
    """Convert an answer for JSON: without its texts, and without what was removed since.

    Raises QuotewiseError if that leaves nothing of it.
    """

    def places(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
        placed = (_place(library, quote, scope) for quote in quotes)
        return [place for place in placed if place]

    quotes = places(answer.shown)
    if answer.shown and not quotes:
        raise QuotewiseError(_("What answers this was removed just now: please ask again."))
    within = {**asdict(answer.filters), "inside": answer.inside, "undated": answer.undated}
    agreement = answer.agreement or Agreement()
    return {
        "status": answer.status,
        "confidence": answer.confidence,
        "quotes": quotes,
        "understood": answer.understood,
        "turn": asdict(turn(answer)),
        "silence": answer.silence,
        "within": None if answer.filters == Filters() else within,
        "timeline": bool(answer.timeline),
        "independent": places(agreement.independent),
        "copied": places(agreement.copied),
        "differences": [places((pair.quote, pair.other)) for pair in agreement.differences],
    }


def restored(
    library: Library, question: str, scope: Sequence[str], stored: dict[str, Any]
) -> Answer:
    """Convert what `to_stored` returned, in this version or an earlier one, to an answer.

    If the quotes that answered were removed, those that are left are the closest sentences. The
    first versions stored `answered`, and no `status`.
    """

    def quotes_at(places: Sequence[dict[str, Any]]) -> tuple[Quote, ...]:
        readable = (place for place in places if place["library"] in scope)
        return tuple(quote for place in readable if (quote := _quote(library, place)))

    def current(places: Sequence[dict[str, Any]]) -> tuple[Quote, ...]:
        return tuple(quote for quote in quotes_at(places) if not quote.gone_since)

    quotes = quotes_at(stored["quotes"])
    status = AnswerStatus(stored.get("status") or ("answer" if stored.get("answered") else "none"))
    silence = Silence(stored["silence"]) if stored.get("silence") else None
    least = LEAST_LIKELY * max((place["score"] for place in stored["quotes"]), default=0.0)
    if quotes and not stored.get("timeline") and max(quote.score for quote in quotes) < least:
        status, silence = AnswerStatus.NONE, Silence.CLOSE
    within = stored.get("within") or {}
    answer = Answer(
        question,
        status,
        stored["confidence"],
        quotes=() if status is AnswerStatus.NONE else quotes,
        closest=quotes if status is AnswerStatus.NONE else (),
        understood=stored.get("understood"),
        subject=(stored.get("turn") or {}).get("subject", ""),
        silence=silence,
        filters=_FILTERS.validate_python(within),
        inside=within.get("inside"),
        undated=within.get("undated", 0),
        timeline=quotes if stored.get("timeline") else (),
    )
    if answer.timeline or len(quotes) < len(stored["quotes"]):
        return answer
    sides = [current(pair) for pair in stored.get("differences", ())]
    agreement = Agreement(
        current(stored.get("independent", ())),
        current(stored.get("copied", ())),
        tuple(Difference(*pair) for pair in sides if len(pair) == 2),
    )
    return replace(answer, agreement=agreement)


def _place(library: Library, quote: Quote, scope: Sequence[str]) -> dict[str, Any] | None:
    """Return where a quote is, or was before a change; None if its article was removed.

    `answer` are the characters of the quote that answer; `also_in` are the ids of the other
    articles of the same library that contain it.
    """
    article = quote.article
    removed = library.history.article_with(quote.ref, article.sha256) is None
    if quote.library not in scope or removed:
        return None
    return {
        "library": quote.library,
        "id": article.id,
        "sha256": article.sha256,
        "start": quote.start,
        "end": quote.end,
        "score": quote.score,
        "answer": quote.answer,
        "also_in": [other.id for other in quote.also_in],
    }


def _quote(library: Library, place: dict[str, Any]) -> Quote | None:
    """Return the quote at a place, or where it has moved to; None if its article was removed."""
    ref, sha256 = ArticleRef(place["library"], place["id"]), place["sha256"]
    span = Span(place["start"], place["end"])
    quote = library.history.quote_at(ref, sha256, span)
    if quote is None:
        return None
    before = library.history.article_with(ref, sha256)
    is_same = before is not None and before.text[slice(*span)] == quote.text
    answer = Span(*place["answer"]) if place.get("answer") and is_same else None
    also_in = library.history.also_in(quote, place.get("also_in", ()))
    return replace(quote, score=place["score"], answer=answer, also_in=also_in)

"""Answers as they are stored: quotes as places in articles, never as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from bot.telegram.limits import limits_kept, with_limits
from retrieval import (
    Answer,
    AnswerStatus,
    ArticleRef,
    Library,
    Limits,
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
    def of(cls, kept: dict[str, Any]) -> Self:
        """A place from what was stored of it; earlier versions stored `marks`, too."""
        return cls(**{name: value for name, value in kept.items() if name != "marks"})

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.id)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Makes answers what is stored of them, and the other way round.

    `scope` names the libraries that may be read now: what was quoted from others is gone.
    """

    library: Library

    def kept(self, answer: Answer, scope: Sequence[str]) -> dict[str, Any]:
        """An answer without its texts, and without what was removed since it was made.

        Raises QuotewiseError if that leaves nothing of it.
        """

        def places(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
            found = (self._place(quote, scope) for quote in quotes)
            return [asdict(one) for one in found if one]

        quotes = places(answer.shown)
        if answer.shown and not quotes:
            raise QuotewiseError(REMOVED)
        agreement = answer.agreement or Agreement()
        sides = (places((one.one, one.other)) for one in agreement.differences)
        return {
            "status": answer.status,
            "confidence": answer.confidence,
            "quotes": quotes,
            "understood": answer.understood,
            "turn": asdict(followups.turn(answer)),
            "silence": answer.silence,
            "within": None if answer.limits == Limits() else limits_kept(answer),
            "timeline": bool(answer.timeline),
            "independent": places(agreement.independent),
            "copied": places(agreement.copied),
            "differences": [pair for pair in sides if len(pair) == 2],
        }

    def restored(
        self,
        question: str,
        scope: Sequence[str],
        *,
        confidence: float,
        quotes: list[dict[str, Any]],
        status: str | None = None,
        answered: bool = False,
        understood: str | None = None,
        turn: dict[str, Any] | None = None,
        silence: str | None = None,
        within: dict[str, Any] | None = None,
        timeline: bool = False,
        independent: Sequence[dict[str, Any]] = (),
        copied: Sequence[dict[str, Any]] = (),
        differences: Sequence[Sequence[dict[str, Any]]] = (),
    ) -> Answer:
        """The answer to a question, from what `kept` gave, in this version or an earlier one.

        Earlier versions kept `answered` and neither `status` nor `turn`.
        """
        places = [one for one in (Place.of(place) for place in quotes) if one.library in scope]
        found = tuple(quote for one in places if (quote := self._quote(one)))
        sure = AnswerStatus(status or ("answer" if answered else "none"))
        shown, closest = ((), found) if sure is AnswerStatus.NONE else (found, ())
        answer = Answer(
            question,
            sure,
            confidence,
            shown,
            closest,
            understood=understood,
            subject=turn["subject"] if turn else "",
            silence=Silence(silence) if silence else None,
        )
        if within:
            answer = with_limits(answer, within)
        if timeline:
            answer = replace(answer, timeline=found)
        elif len(found) == len(quotes):
            others, copies = (self._still(told, scope) for told in (independent, copied))
            sides = [self._still(pair, scope) for pair in differences]
            both = tuple(Difference(*pair) for pair in sides if len(pair) == 2)
            answer = replace(answer, agreement=Agreement(others, copies, both))
        return answer

    def _still(self, places: Sequence[dict[str, Any]], scope: Sequence[str]) -> tuple[Quote, ...]:
        """The quotes that still stand in articles which may be read."""
        there = [one for one in (Place.of(place) for place in places) if one.library in scope]
        quotes = (self._quote(one) for one in there)
        return tuple(one for one in quotes if one and not one.gone_since)

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


def turn_kept(topic: str, scope: Sequence[str], kept: dict[str, Any]) -> Turn:
    """The turn of an answer that was kept; without an article that may not be read now.

    Earlier versions did not keep it: then the question is `topic`, and the article is the first
    that was quoted.
    """
    turn = kept.get("turn")
    if turn is None:
        place = Place.of(kept["quotes"][0]) if kept["answered"] and kept["quotes"] else None
        question, article, subject = topic, place and place.ref, ""
    else:
        question, subject = turn["question"], turn["subject"]
        article = turn["article"] and ArticleRef(**turn["article"])
    return Turn(question, article if article and article.library in scope else None, subject)

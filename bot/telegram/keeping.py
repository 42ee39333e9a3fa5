"""Answers as they are stored: quotes as places in articles, never as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.telegram.limits import limits_kept, with_limits
from retrieval import Answer, ArticleRef, Library, Quote, QuotewiseError, Silence
from retrieval.records import Agreement, Difference, Span
from retrieval.words import shared_words

REMOVED = "What answers this was removed just now: please ask again."


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
            "answered": answer.answered,
            "confidence": answer.confidence,
            "quotes": quotes,
            "understood": answer.understood,
            "silence": answer.silence,
            "within": None if answer.inside is None else limits_kept(answer),
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
        answered: bool,
        confidence: float,
        quotes: list[dict[str, Any]],
        understood: str | None = None,
        silence: str | None = None,
        within: dict[str, Any] | None = None,
        timeline: bool = False,
        independent: Sequence[dict[str, Any]] = (),
        copied: Sequence[dict[str, Any]] = (),
        differences: Sequence[Sequence[dict[str, Any]]] = (),
    ) -> Answer:
        """The answer to a question, from what `kept` gave."""
        places = [one for one in (Place(**place) for place in quotes) if one.library in scope]
        asked = understood or question
        found = tuple(quote for one in places if (quote := self._quote(asked, one)))
        shown, closest = (found, ()) if answered else ((), found)
        answer = Answer(
            question,
            answered,
            confidence,
            shown,
            closest,
            took_ms=0.0,
            understood=understood,
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

    def first_told(self, question: str, scope: Sequence[str], kept: dict[str, Any]) -> str:
        """The first quote of an answer that was kept; empty if there was none."""
        if not kept["answered"]:
            return ""
        there = [Place(**place) for place in kept["quotes"][:1]]
        quotes = [self._quote(question, one) for one in there if one.library in scope]
        return quotes[0].text if quotes and quotes[0] else ""

    def _still(self, places: Sequence[dict[str, Any]], scope: Sequence[str]) -> tuple[Quote, ...]:
        """The quotes that still stand in articles which may be read."""
        there = [one for one in (Place(**place) for place in places) if one.library in scope]
        quotes = (self._quote("", one) for one in there)
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
            [(start, end) for start, end in quote.marks],
            [other.id for other in quote.also_in],
        )

    def _quote(self, question: str, place: Place) -> Quote | None:
        """The quote at a place, or where it has moved to; None if its article was removed."""
        history, told = self.library.history, Span(place.start, place.end)
        quote = history.quote_at(ArticleRef(place.library, place.id), place.sha256, told)
        if quote is None:
            return None
        also_in = history.also_in(quote, place.also_in)
        marks = shared_words(question, quote.text)
        return replace(quote, score=place.score, marks=marks, also_in=also_in)

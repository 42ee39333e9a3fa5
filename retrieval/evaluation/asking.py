"""Read a set into a library of its own and ask its questions there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import Self

from retrieval.errors import QuotewiseError
from retrieval.evaluation.sets import Question, lines_of, questions_of
from retrieval.library import Library
from retrieval.records import Answer, Quote, Status
from retrieval.sources import dates

QUOTE_LIMIT = 5


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question and its answer; `exact` if each quote is what the article's file says.

    `without_gold` is the answer with the articles that answer left out of the library, if that was
    asked for.
    """

    question: Question
    answer: Answer
    exact: bool
    without_gold: Answer | None = None

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes, or the closest sentences where the bot is silent."""
        return self.answer.quotes or self.answer.closest

    @property
    def is_right(self) -> bool:
        """Whether the first quote holds an answer."""
        return self.question.answerable and self.is_answered_in(1)

    def is_answered_in(self, first: int) -> bool:
        """Whether one of the first quotes holds an answer."""
        return any(self.question.is_answered_by(quote.text) for quote in self.quotes[:first])

    def names_article_in(self, first: int) -> bool:
        """Whether one of the first quotes is from an article that answers, or also in one."""
        named = {article.id for q in self.quotes[:first] for article in (q.article, *q.also_in)}
        return not named.isdisjoint(self.question.article_ids)


@dataclass(frozen=True, slots=True)
class Reading:
    """How much was indexed, and how fast."""

    articles: int
    paragraphs: int
    paragraphs_per_second: float


class Evaluation:
    """One set, read into a library of its own that is gone at the end of its `with`."""

    def __init__(
        self,
        folder: Path,
        *,
        model: str,
        copies: Path,
        reader: str | None = None,
        half: str | None = None,
    ) -> None:
        """Load the set with all its articles, and the questions of one half or all of them.

        Raises QuotewiseError if the folder does not hold a set, or no question of that half.
        """
        self._articles = folder / "articles.jsonl"
        self.questions = questions_of(folder / "questions.jsonl", half)
        lines = lines_of(self._articles)
        self._texts = {line["id"]: line["text"] for line in lines}
        # The day of the last article counts as today, so that "last week" means the same always.
        days = [day for line in lines if (day := dates.parsed(line.get("published") or ""))]
        self.now = max((datetime.combine(day, time.max) for day in days), default=None)
        self._home = tempfile.TemporaryDirectory(prefix="quotewise-evaluation-")
        self.library = Library.open(self._home.name, model=model, copies=copies, reader=reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.library.close()
        self._home.cleanup()

    def read(self) -> Reading:
        """Add the articles. Raises QuotewiseError if one of them cannot be read."""
        self.library.warm_up()
        started = perf_counter()
        for outcome in self.library.add(str(self._articles)):
            if outcome.status is Status.FAILED:
                raise QuotewiseError(f"{outcome.source}: {outcome.reason}")
        took = perf_counter() - started
        paragraphs = [len(article.paragraphs) for article in self.library.articles()]
        return Reading(len(paragraphs), sum(paragraphs), sum(paragraphs) / took)

    def ask(
        self, *, without_gold: bool = False, risk: float | None = None
    ) -> Iterator[QuestionResult]:
        """Ask every question, one after the other.

        With `without_gold` each answerable one is asked once more, with the articles that answer
        it left out.
        """
        asks = partial(self.library.answer, risk=risk, now=self.now)
        for question in self.questions:
            answer = asks(question.question, limit=QUOTE_LIMIT)
            quotes = answer.quotes or answer.closest
            exact = all(q.text == self._texts[q.article.id][q.start : q.end] for q in quotes)
            left = None
            if without_gold and question.answerable:
                left = asks(question.question, limit=1, only=self.others(question))
            yield QuestionResult(question, answer, exact, left)

    def others(self, question: Question) -> list[int]:
        """The keys of the articles that do not answer a question."""
        return [key for id, key in self._keys.items() if id not in question.article_ids]

    @cached_property
    def _keys(self) -> dict[str, int]:
        return {arrival.stored.article.id: arrival.key for arrival in self.library.arrivals(0)}

"""A set is read into a library of its own, and its questions are asked there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Self

from retrieval.calibration import Trial
from retrieval.errors import QuotewiseError
from retrieval.evaluation.sets import Question, lines_of, normalised, questions_of
from retrieval.library import Library
from retrieval.reading import dates
from retrieval.records import Answer, Quote, Status

QUOTES_ASKED_FOR = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it; `exact` if each quote is what the article's file says.

    `first_by_words` and `first_by_vectors` are the ids of the articles that either index alone
    would have put first. `without_gold` is the answer with the articles that answer left out of
    the library, if that was asked for.
    """

    question: Question
    answer: Answer
    exact: bool
    first_by_words: str | None
    first_by_vectors: str | None
    without_gold: Answer | None = None

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes, or the closest sentences where the bot is silent."""
        return self.answer.quotes or self.answer.closest

    @property
    def is_right(self) -> bool:
        """Whether the first quote holds an answer."""
        return self.question.answerable and self.is_answered_in(1)

    @property
    def trial(self) -> Trial:
        """What a calibration learns from it."""
        return Trial(self.answer.raw, self.question.answerable, self.is_right)

    def is_answered_in(self, first: int) -> bool:
        """Whether one of the first quotes holds an answer."""
        wanted = [told for told in map(normalised, self.question.answers) if told]
        return any(told in normalised(q.text) for q in self.quotes[:first] for told in wanted)

    def names_article_in(self, first: int) -> bool:
        """Whether one of the first quotes is from an article that answers, or also in one."""
        named = {one.id for q in self.quotes[:first] for one in (q.article, *q.also_in)}
        return not named.isdisjoint(self.question.article_ids)


@dataclass(frozen=True, slots=True)
class Reading:
    """What it took to read the articles in; `paragraphs_per_second` counts all of that time."""

    articles: int
    paragraphs: int
    paragraphs_per_second: float


class Evaluation:
    """One set, read into a library of its own that is gone at the end of its `with`."""

    def __init__(
        self, folder: Path, *, model: str, copies: Path, reader: str | None = None
    ) -> None:
        """Load the set. Raises QuotewiseError if the folder does not hold one."""
        self._articles = folder / "articles.jsonl"
        self.questions = questions_of(folder / "questions.jsonl")
        lines = lines_of(self._articles)
        self._texts = {line["id"]: line["text"] for line in lines}
        # The day of the last article is today: else "last week" would change with the calendar.
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
        """Read the articles in. Raises QuotewiseError if one of them cannot be read."""
        self.library.warm_up()
        started = perf_counter()
        for outcome in self.library.add(str(self._articles)):
            if outcome.status is Status.FAILED:
                raise QuotewiseError(f"{outcome.source}: {outcome.reason}")
        took = perf_counter() - started
        paragraphs = [len(kept.paragraphs) for kept in self.library.articles()]
        return Reading(len(paragraphs), sum(paragraphs), sum(paragraphs) / took)

    def ask(self, *, without_gold: bool = False, risk: float | None = None) -> Iterator[Asked]:
        """Ask every question, one after the other.

        With `without_gold` each answerable one is asked once more, with the articles that answer
        it left out.
        """
        asks = partial(self.library.answer, risk=risk, now=self.now)
        keys = {one.kept.article.id: one.key for one in self.library.arrivals(0)}
        for question in self.questions:
            answer = asks(question.question, limit=QUOTES_ASKED_FOR)
            quotes = answer.quotes or answer.closest
            exact = all(q.text == self._texts[q.article.id][q.start : q.end] for q in quotes)
            by_words, by_vectors = self.library.first_of_each_index(question.question)
            left = None
            if without_gold and question.answerable:
                others = [key for id, key in keys.items() if id not in question.article_ids]
                left = asks(question.question, limit=1, only=others)
            yield Asked(
                question,
                answer,
                exact,
                by_words.id if by_words else None,
                by_vectors.id if by_vectors else None,
                left,
            )

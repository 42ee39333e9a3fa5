"""A set of articles and questions with known answers becomes figures."""

from __future__ import annotations

import json
import string
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.library import Library
from retrieval.reading import dates
from retrieval.records import Answer, Quote, Status
from retrieval.scripts import folded, without_spaces_around_unspaced, words_counted

QUOTES_ASKED_FOR = 5


@dataclass(frozen=True, slots=True)
class Question:
    """A question, strings any of which a right quote holds, and the articles that answer."""

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it; `exact` if each quote is what the article's file says.

    `first_by_words` and `first_by_vectors` are the ids of the articles that either index alone
    would have put first.
    """

    question: Question
    answer: Answer
    exact: bool
    first_by_words: str | None
    first_by_vectors: str | None

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes, or the closest sentences where the bot is silent."""
        return self.answer.quotes or self.answer.closest

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


@dataclass(frozen=True, slots=True)
class Figures:
    """How well and how fast a set was answered; shares lie between 0 and 1.

    The ranking figures, from `article_at_1` to `answer_in_quote_at_3`, and the words of a first
    quote are over answerable questions and count the closest sentences where the bot is silent;
    `answered` is the share of these questions that it answered. `article_at_1_by_words` and
    `_by_vectors` are what BM25 or the vectors alone would reach. `false_answers` is the share of
    unanswerable questions that it answered, `auroc` how well its confidence tells the two kinds
    apart; both are None where a set has no unanswerable question. `exact_quotes` is the share of
    all quotes that stand word for word at their place in the article as it was given.
    """

    articles: int
    paragraphs: int
    paragraphs_per_second: float
    questions: int
    answerable: int
    article_at_1: float
    article_at_1_by_words: float
    article_at_1_by_vectors: float
    article_at_5: float
    answer_in_quote_at_1: float
    answer_in_quote_at_3: float
    first_quote_words: float
    answered: float
    false_answers: float | None
    auroc: float | None
    exact_quotes: float
    p50_ms: float
    p95_ms: float


class Evaluation:
    """One set, read into a library of its own that is gone at the end of its `with`."""

    def __init__(
        self, folder: Path, *, model: str, copies: Path, reranker: str | None = None
    ) -> None:
        """Load the set. Raises QuotewiseError if the folder does not hold one."""
        self._articles = folder / "articles.jsonl"
        self.questions = _questions(folder / "questions.jsonl")
        lines = _lines(self._articles)
        self._texts = {line["id"]: line["text"] for line in lines}
        # The day of the last article is today: else "last week" would change with the calendar.
        days = [day for line in lines if (day := dates.parsed(line.get("published") or ""))]
        self._now = max((datetime.combine(day, time.max) for day in days), default=None)
        self._home = tempfile.TemporaryDirectory(prefix="quotewise-evaluation-")
        self._library = Library.open(self._home.name, model=model, copies=copies, reranker=reranker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._library.close()
        self._home.cleanup()

    def read(self) -> Reading:
        """Read the articles in. Raises QuotewiseError if one of them cannot be read."""
        self._library.warm_up()
        started = perf_counter()
        for outcome in self._library.add(str(self._articles)):
            if outcome.status is Status.FAILED:
                raise QuotewiseError(f"{outcome.source}: {outcome.reason}")
        took = perf_counter() - started
        paragraphs = [len(kept.paragraphs) for kept in self._library.articles()]
        return Reading(len(paragraphs), sum(paragraphs), sum(paragraphs) / took)

    def ask(self) -> Iterator[Asked]:
        """Ask every question, one after the other."""
        for question in self.questions:
            answer = self._library.answer(question.question, limit=QUOTES_ASKED_FOR, now=self._now)
            quotes = answer.quotes or answer.closest
            exact = all(q.text == self._texts[q.article.id][q.start : q.end] for q in quotes)
            by_words, by_vectors = self._library.first_of_each_index(question.question)
            yield Asked(
                question,
                answer,
                exact,
                by_words.id if by_words else None,
                by_vectors.id if by_vectors else None,
            )


def figures(reading: Reading, asked: Sequence[Asked]) -> Figures:
    """Sum up what came of a set's questions. Raises QuotewiseError if none can be answered."""
    answerable = [one for one in asked if one.question.answerable]
    unanswerable = [one for one in asked if not one.question.answerable]
    if not answerable:
        raise QuotewiseError("The set has no answerable question: there is nothing to measure.")
    times = [one.answer.took_ms for one in asked]
    first = [words_counted(one.quotes[0].text) for one in answerable if one.quotes]
    return Figures(
        articles=reading.articles,
        paragraphs=reading.paragraphs,
        paragraphs_per_second=reading.paragraphs_per_second,
        questions=len(asked),
        answerable=len(answerable),
        article_at_1=_share([one.names_article_in(1) for one in answerable]),
        article_at_1_by_words=_share([one.first_by_words in _gold(one) for one in answerable]),
        article_at_1_by_vectors=_share([one.first_by_vectors in _gold(one) for one in answerable]),
        article_at_5=_share([one.names_article_in(5) for one in answerable]),
        answer_in_quote_at_1=_share([one.is_answered_in(1) for one in answerable]),
        answer_in_quote_at_3=_share([one.is_answered_in(3) for one in answerable]),
        first_quote_words=float(np.mean(first)) if first else 0.0,
        answered=_share([one.answer.answered for one in answerable]),
        false_answers=_share([one.answer.answered for one in unanswerable])
        if unanswerable
        else None,
        auroc=_auroc(answerable, unanswerable) if unanswerable else None,
        exact_quotes=_share([one.exact for one in asked]),
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
    )


def normalised(text: str) -> str:
    """A text as answers are compared: lower-case, without punctuation and the words a, an, the.

    Nor does a space count beside a character of a script that needs none: 136 次 is 136次.
    """
    plain = folded(text).lower().translate(PUNCTUATION_AWAY)
    told = " ".join(word for word in plain.split() if word not in ("a", "an", "the"))
    return without_spaces_around_unspaced(told)


PUNCTUATION_AWAY = str.maketrans(
    "", "", string.punctuation + "“”‘’–—…«»" + "。，、；：？！（）「」『』《》〈〉【】·・～،؛؟۔¿¡„।"
)


def _gold(asked: Asked) -> frozenset[str]:
    return asked.question.article_ids


def _share(truths: Sequence[bool]) -> float:
    return sum(truths) / len(truths)


def _auroc(answerable: Sequence[Asked], unanswerable: Sequence[Asked]) -> float:
    from sklearn.metrics import roc_auc_score

    truths = [1] * len(answerable) + [0] * len(unanswerable)
    confidences = [one.answer.confidence for one in (*answerable, *unanswerable)]
    return float(roc_auc_score(truths, confidences))


def _questions(path: Path) -> list[Question]:
    return [
        Question(
            line["question"],
            tuple(line["answers"]),
            frozenset(line["article_ids"]),
            line["answerable"],
        )
        for line in _lines(path)
    ]


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise QuotewiseError(
            f"{path} cannot be read ({error}): give a folder with articles.jsonl and "
            "questions.jsonl, an object a line."
        ) from error

"""What came of a set's questions is summed up in figures; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval import calibration
from retrieval.errors import QuotewiseError
from retrieval.evaluation import curve
from retrieval.evaluation.asking import Asked, Reading
from retrieval.evaluation.curve import RiskPoint
from retrieval.fitting import auroc
from retrieval.scripts import words_counted


@dataclass(frozen=True, slots=True)
class Figures:
    """How well and how fast a set was answered; shares lie between 0 and 1.

    The ranking figures, from `article_at_1` to `answer_in_quote_at_3`, and the words of a first
    quote are over answerable questions and count the closest sentences where the bot is silent;
    `answered` is the share of these questions that it answered. `article_at_1_by_words` and
    `_by_vectors` are what BM25 or the vectors alone would reach. `false_answers` is the share of
    unanswerable questions that it answered, `auroc` how well its confidence tells the two kinds
    apart; both are None where a set has no unanswerable question. `false_answers_without_gold` and
    `auroc_without_gold` are the same for answerable questions, asked again with the articles that
    answer them left out; None where they were not. `calibration_error` and `brier` tell how far
    confidences lie from what was right. `exact_quotes` is the share of all quotes that stand word
    for word at their place in the article as it was given. `risks` is what other risks would give.
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
    false_answers_without_gold: float | None
    auroc_without_gold: float | None
    calibration_error: float
    brier: float
    exact_quotes: float
    p50_ms: float
    p95_ms: float
    risks: tuple[RiskPoint, ...]


def figures(reading: Reading, asked: Sequence[Asked]) -> Figures:
    """Sum up what came of a set's questions. Raises QuotewiseError if none can be answered."""
    answerable = [one for one in asked if one.question.answerable]
    if not answerable:
        raise QuotewiseError("The set has no answerable question: there is nothing to measure.")
    unanswerable = [one.answer for one in asked if not one.question.answerable]
    left = [one.without_gold for one in asked if one.without_gold]
    sure = [one.answer.confidence for one in answerable]
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
        false_answers=_share([one.answered for one in unanswerable]) if unanswerable else None,
        auroc=auroc(sure, [one.confidence for one in unanswerable]),
        false_answers_without_gold=_share([one.answered for one in left]) if left else None,
        auroc_without_gold=auroc(sure, [one.confidence for one in left]),
        calibration_error=curve.calibration_error(asked),
        brier=curve.brier(asked),
        exact_quotes=_share([one.exact for one in asked]),
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
        risks=curve.risk_points(asked, calibration.default()),
    )


def _gold(asked: Asked) -> frozenset[str]:
    return asked.question.article_ids


def _share(truths: Sequence[bool]) -> float:
    return sum(truths) / len(truths)

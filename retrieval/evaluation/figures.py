"""Figures of how well and how fast the questions of a set were answered; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.evaluation import curve
from retrieval.evaluation.asking import QuestionResult, Reading
from retrieval.evaluation.curve import RiskPoint
from retrieval.evaluation.fitting import auroc
from retrieval.records import Answer, AnswerStatus
from retrieval.search.calibration import Calibration, default
from retrieval.text.languages import words_counted

_PATTERNS = {
    "result": r"what (?:(?:had|has|will|would|might|could) )?(?:happen|result|follow)(?:s|ed)?\b"
    r"|(?:what|which) (?:\w+ ){0,4}(?:results?|consequences?|effects?|outcome|impact)\b",
    "why": r"why\b|how come\b|what (?:caus|made\b|makes\b)|for what (?:reason|purpose)"
    r"|what (?:\w+ ){0,3}(?:reasons?|causes?|purpose)\b",
    "how many": r"how (?:many|much|long|old|far|often|big|large|tall|high|fast|deep|wide|heavy)\b"
    r"|(?:what|which) (?:\w+ ){0,2}(?:number|percent|percentage|amount|proportion|share|price|cost"
    r"|population|size|length|height|width|weight|speed|distance|age|score)\b",
    "when": r"when\b"
    r"|(?:what|which) (?:years?|dates?|days?|months?|times?|century|decade|season)\b",
    "where": r"where\b|(?:what|which) (?:countr(?:y|ies)|cit(?:y|ies)|towns?|states?|places?"
    r"|regions?|villages?|continents?|streets?|count(?:y|ies)|locations?)\b",
    "who": r"who(?:m|se|['’]s)?\b|(?:what|which) (?:person|people|man|woman|author|president)\b",
    "how": r"how\b|(?:what|which) (?:manner|way)\b",
    "what": r"(?:what|which)(?:['’]s)?\b",
}
_KINDS = {
    kind: re.compile(rf"\b(?:{pattern})", re.IGNORECASE) for kind, pattern in _PATTERNS.items()
}

KINDS = ("who", "when", "where", "how many", "what", "why", "how", "result", "other")


@dataclass(frozen=True, slots=True)
class KindFigures:
    """The share of the answerable questions of a kind that the first quotes answer.

    `first_error` and `three_error` are two standard errors.
    """

    kind: str
    questions: int
    first: float
    first_error: float
    three: float
    three_error: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How well and how fast a set was answered; shares lie between 0 and 1.

    Over answerable questions, and with the closest sentences where nothing is answered:
    `article_at_1` and `_at_5` (a quote of an article that answers), `answer_in_quote_at_1` and
    `_at_3`, and the mean words of a first quote. `answered` is the share of these questions with
    the status `answer`, `probable` the share with that status, and `right_of_answered` and
    `right_of_probable` are the shares of those whose first quote is right.
    `false_answers` and `false_probable` are the shares of unanswerable questions with either
    status, `auroc` is how well the confidence tells the two kinds of questions apart. Those
    `_without_gold` are the same for answerable questions whose articles were left out.
    `calibration_error` and `brier` say how far the confidences lie from what was right, over
    answerable questions. `exact_quotes` is the share of answers whose quotes all stand word for
    word at their place in the article. `two_standard_errors` has those of each share
    and each AUROC, by name. `risks` are the figures at other risks. A share of nothing is None.
    """

    articles: int
    paragraphs: int
    paragraphs_per_second: float
    questions: int
    answerable: int
    article_at_1: float
    article_at_5: float
    answer_in_quote_at_1: float
    answer_in_quote_at_3: float
    first_quote_words: float
    answered: float
    right_of_answered: float | None
    probable: float
    right_of_probable: float | None
    false_answers: float | None
    false_probable: float | None
    auroc: float | None
    false_answers_without_gold: float | None
    auroc_without_gold: float | None
    calibration_error: float
    brier: float
    exact_quotes: float
    p50_ms: float
    p95_ms: float
    two_standard_errors: Mapping[str, float]
    risks: tuple[RiskPoint, ...]


def figures(
    reading: Reading, results: Sequence[QuestionResult], calibration: Calibration | None = None
) -> Figures:
    """Sum up the answers to a set's questions, which were judged by a calibration.

    Raises QuotewiseError if none is answerable.
    """
    answerable = [result for result in results if result.question.answerable]
    if not answerable:
        raise QuotewiseError("The set has no answerable question: there is nothing to measure.")
    sure = [result for result in answerable if result.answer.status is AnswerStatus.ANSWER]
    probable = [result for result in answerable if result.answer.status is AnswerStatus.PROBABLE]
    others = [result.answer for result in results if not result.question.answerable]
    left = [result.without_gold for result in results if result.without_gold]
    shares: dict[str, list[bool]] = {
        "article_at_1": [result.names_article_in(1) for result in answerable],
        "article_at_5": [result.names_article_in(5) for result in answerable],
        "answer_in_quote_at_1": [result.is_right for result in answerable],
        "answer_in_quote_at_3": [result.is_answered_in(3) for result in answerable],
        "answered": [result.answer.answered for result in answerable],
        "right_of_answered": [result.is_right for result in sure],
        "probable": [result.answer.status is AnswerStatus.PROBABLE for result in answerable],
        "right_of_probable": [result.is_right for result in probable],
        "false_answers": [answer.answered for answer in others],
        "false_probable": [answer.status is AnswerStatus.PROBABLE for answer in others],
        "false_answers_without_gold": [answer.answered for answer in left],
        "exact_quotes": [result.exact for result in results],
    }
    areas = {
        "auroc": (_auroc(answerable, others), len(others)),
        "auroc_without_gold": (_auroc(answerable, left), len(left)),
    }
    # None only for the fields that may be None, which mypy cannot know.
    values: dict[str, Any] = {
        name: share(truths) if truths else None for name, truths in shares.items()
    }
    errors = {
        name: two_standard_errors(share(truths), len(truths))
        for name, truths in shares.items()
        if truths
    }
    for name, (area, unanswered) in areas.items():
        values[name] = area
        if area is not None:
            errors[name] = _two_errors_of_auroc(area, len(answerable), unanswered)
    times = [result.answer.took_ms for result in results]
    words = [words_counted(result.quotes[0].text) for result in answerable if result.quotes]
    pairs = curve.confidences(results)
    return Figures(
        articles=reading.articles,
        paragraphs=reading.paragraphs,
        paragraphs_per_second=reading.paragraphs_per_second,
        questions=len(results),
        answerable=len(answerable),
        first_quote_words=float(np.mean(words)) if words else 0.0,
        calibration_error=curve.calibration_error(pairs),
        brier=curve.brier(pairs),
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
        two_standard_errors=errors,
        risks=curve.risk_points(results, calibration or default()),
        **values,
    )


def share(truths: Sequence[bool]) -> float:
    """How many of some are true, as a share."""
    return sum(truths) / len(truths)


def two_standard_errors(share: float, total: int) -> float:
    """Twice the standard error of a share of `total` questions."""
    return 2 * sqrt(share * (1 - share) / total)


def _two_errors_of_auroc(area: float, some: int, others: int) -> float:
    """Twice the standard error of an AUROC (Hanley and McNeil, Radiology, 1982)."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    squares = area * (1 - area) + (some - 1) * (q1 - area**2) + (others - 1) * (q2 - area**2)
    return 2 * sqrt(max(squares, 0.0) / (some * others))


def _auroc(answerable: Sequence[QuestionResult], others: Sequence[Answer]) -> float | None:
    return auroc([result.answer.raw for result in answerable], [answer.raw for answer in others])


def kind_of(question: str) -> str:
    """The kind of a question, by the question word that it has first; "other" without any."""
    # Of two that begin at one place, the earlier of the patterns is the more special one.
    matches = {kind: pattern.search(question) for kind, pattern in _KINDS.items()}
    places = {kind: match.start() for kind, match in matches.items() if match}
    return min(places, key=places.__getitem__) if places else "other"


def by_kind(results: Sequence[QuestionResult]) -> list[KindFigures]:
    """How well each kind of question is answered, for the kinds that there are."""
    groups: dict[str, list[QuestionResult]] = {kind: [] for kind in KINDS}
    for result in results:
        if result.question.answerable:
            groups[kind_of(result.question.question)].append(result)
    return [_figures(kind, group) for kind, group in groups.items() if group]


def _figures(kind: str, results: Sequence[QuestionResult]) -> KindFigures:
    first, three = (
        share([result.is_answered_in(number) for result in results]) for number in (1, 3)
    )
    total = len(results)
    errors = two_standard_errors(first, total), two_standard_errors(three, total)
    return KindFigures(kind, total, first, errors[0], three, errors[1])

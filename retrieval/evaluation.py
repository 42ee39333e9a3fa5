"""A set of articles and questions with known answers becomes figures."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.library import Library
from retrieval.records import Answer, Quote, Status

ASKED_FOR = 3  # quotes a question


@dataclass(frozen=True, slots=True)
class Question:
    """A question, strings any of which a right quote holds, and the articles that answer."""

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """How well and how fast a set was answered.

    Shares lie between 0 and 1. The ranking figures are over answerable questions and count the
    closest sentences where nothing was quoted; `answered` is the share of these questions that
    got quotes. `article_at_5` looks at the articles of as many passages as it takes. `auroc` and
    `false_answers` compare with unanswerable questions, and are None where a set has none.
    """

    articles: int
    questions: int
    answerable: int
    article_at_1: float
    article_at_5: float
    answer_in_quote_at_1: float
    answer_in_quote_at_3: float
    answered: float
    false_answers: float | None
    auroc: float | None
    exact_quotes: float
    first_quote_words: float
    p50_ms: float
    p95_ms: float
    paragraphs: int
    paragraphs_per_second: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it."""

    question: Question
    answer: Answer
    articles: tuple[str, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return self.answer.quotes or self.answer.closest

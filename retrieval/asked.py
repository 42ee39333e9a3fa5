"""What there is to a question: its words and their weights, its names and numbers; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval import answerkinds
from retrieval.answerkinds import Kinds
from retrieval.days import MONTHS
from retrieval.ranking import tokens_within
from retrieval.records import Article, Floats, Integers
from retrieval.scoring import NAME
from retrieval.words import WORD, content_terms, content_words

FUNCTION_WORD_RARITY = 0.3
"""The rarity that the tokens of function words are given; a content word's is seldom below 1."""

NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
"""A number as it is written, in any language: `numerals` reads those of English alone."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How rare the word of each token is, with a sum of one, and whether it is a content word.

    Both are of shape (query tokens,).
    """

    rare: Floats
    content: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is compared: its words, its names and numbers, and what it asks for.

    `rarity` weighs its terms, and `weights` its tokens, for each language that it may be answered
    in.
    """

    text: str
    rarity: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, Weights]
    words: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    kinds: Kinds

    def names_source(self, article: Article) -> bool:
        """Whether the question has the name of the article's publisher, be it without its "The"."""
        name = (article.source or "").removeprefix("The ").strip()
        return bool(name) and re.search(rf"\b{re.escape(name)}\b", self.text) is not None

    def month_of(self, article: Article) -> int:
        """1 if the question names the month of publication, -1 if another month only; else 0."""
        named = {month for month in MONTHS if re.search(rf"\b{month}\b", self.text)}
        if not named or article.published is None:
            return 0
        return 1 if MONTHS[article.published.month - 1] in named else -1


def asked(text: str, spans: Integers, rarity: Mapping[str, Mapping[str, float]]) -> Asked:
    """A question with what is needed of it.

    `spans` are the characters of its tokens, int64 of shape (query tokens, 2).
    """
    return Asked(
        text,
        rarity,
        {language: _weights(text, spans, language, rare) for language, rare in rarity.items()},
        frozenset(word.lower() for word in WORD.findall(text)),
        # The first word is a capital in any case.
        frozenset(one[0] for one in NAME.finditer(text) if one.start() and content_terms(one[0])),
        frozenset(NUMBER.findall(text)),
        answerkinds.kinds(text),
    )


def _weights(text: str, spans: Integers, language: str, rarity: Mapping[str, float]) -> Weights:
    rare = np.full(len(spans), FUNCTION_WORD_RARITY, dtype=np.float32)
    content = np.zeros(len(spans), dtype=np.bool_)
    for start, end in content_words(text, language):
        inside = tokens_within(spans, start, end)
        terms = content_terms(text[start:end], language)
        rare[inside] = max([FUNCTION_WORD_RARITY, *(rarity.get(term, 0.0) for term in terms)])
        content |= inside
    return Weights(np.asarray(rare / rare.sum(), dtype=np.float32), content)

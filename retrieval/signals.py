"""What speaks for each sentence as the answer to a question, as numbers that a model can weigh."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.languages import latin_language
from retrieval.ranking import RankedPassage, tokens_within
from retrieval.records import Article, Floats, Integers, Sentence
from retrieval.scripts import words_counted
from retrieval.words import WORD, content_terms, content_words, terms_in

EXAMINED = 30
"""How many sentences are looked at so closely: the best by what their tokens and words say."""

NEAR = 0.9
"""What a token of the title or of a sentence beside counts, where one of its own is 1."""

FUNCTION_WORD_RARITY = 0.3
"""The rarity that the tokens of function words are given; a content word's is seldom below 1."""

MOST_COUNTED = 3.0
"""Names, numbers and places beyond which more of them say no more."""

MONTHS = (
    "January February March April May June July August September October November December".split()
)
NAME = re.compile(r"\b[A-Z][\w’'-]*\w")
NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")
NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|[mb]illions?|dozens?|half"
    r"|quarter|third|double|twice)\b",
    re.IGNORECASE,
)
DATE = re.compile(
    rf"\b(?:1\d|20)\d\ds?\b|\b(?:{'|'.join(MONTHS)}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
TIME = re.compile(
    r"\b(?:centur(?:y|ies)|decades?|years?|months?|weeks?|days?|hours?|minutes?|morning|evening"
    r"|night|ago|since|until|before|after|during|early|late|today|yesterday|tomorrow)\b",
    re.IGNORECASE,
)
PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|on|into|across|around|outside)\s+(?:the\s+)?[A-Z]\w"
)
CAUSE = re.compile(
    r"\b(?:because|since|due to|so that|in order to|caused?|reasons?|results?|therefore|thus"
    r"|led to|leads to|to (?:avoid|prevent|protect|allow|make|keep|reduce|ensure)|owing to"
    r"|thanks to|so (?:as|he|she|they|it|we))\b",
    re.IGNORECASE,
)

WHO = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)
WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b|\bhow long\b",
    re.IGNORECASE,
)
WHERE = re.compile(
    r"\bwhere\b|\b(?:what|which) (?:country|city|place|state|town|region|location)\b",
    re.IGNORECASE,
)
HOW_MANY = re.compile(
    r"\bhow (?:many|much|often|far|tall|high|big|large|deep|fast|old|long)\b"
    r"|\bwhat (?:percent\w*|number|amount|share|proportion|size|height|price)\b",
    re.IGNORECASE,
)
WHY = re.compile(r"\bwhy\b|\bwhat (?:caused|(?:is|was) the reason)\b", re.IGNORECASE)


class Signals(NamedTuple):
    """The signals of one sentence; cosines of tokens lie about 0 to 1, shares between 0 and 1.

    A question's tokens are each compared with their best match, and averaged: with the weights of
    `RankedPassage` (`maxsim`), or by how rare their words are (`rare_`). `lowest`, `low` and
    `mean` are of its content words alone. Shares are of its content, by how rare the terms are.
    Gaps are to the best of all sentences examined. What is told of kinds of answers is known for
    English only, and 0 elsewhere.
    """

    first: float  # by which the sentences examined were chosen
    maxsim: float
    rare_maxsim: float
    in_context: float  # with the title and the sentence before
    rare_in_context: float
    rare_between: float  # and with the one after
    lowest: float
    low: float  # the lowest third
    mean: float
    backwards: float  # its tokens, each compared with the question's
    sure: float  # the best match of the question's first token, which stands for all of it
    passage: float
    rare_passage: float
    beyond: float  # what the passage adds to the sentence
    rare_title: float
    before: float
    after: float
    rare_rest: float  # what the rest of the passage has and the sentence lacks
    cosine: float
    cosine_gap: float
    bm25: float
    bm25_share: float  # of the best
    fused: float
    fused_gap: float
    article: float
    article_gap: float
    rank: float  # of the passage
    covered: float
    covered_with_before: float
    covered_in_passage: float
    covered_in_all: float  # and by what is told of the article
    covered_in_title: float
    shared: float  # terms
    asked: float  # terms
    words: float
    place: float
    sentences: float
    paragraph: float
    names_anew: float
    names_known: float  # the share of the question's names; -1 where it has none
    names_near: float  # in the passage or the title
    numbers_known: float
    numbers_near: float
    date_where_when: float
    name_where_who: float
    place_where_where: float
    number_where_how_many: float
    cause_where_why: float
    source_named: float
    month_named: float  # 1 for the month of publication, -1 for another


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is compared: its words, its names and numbers, and what it asks for.

    `rarity` weighs its terms, for each language that it may be answered in. `spans` are the
    characters of its tokens, int64 of shape (query tokens, 2).
    """

    text: str
    spans: Integers
    rarity: Mapping[str, Mapping[str, float]]
    words: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    when: bool
    who: bool
    where: bool
    how_many: bool
    why: bool


def asked(text: str, spans: Integers, rarity: Mapping[str, Mapping[str, float]]) -> Asked:
    """A question with what is needed of it."""
    words = frozenset(word.lower() for word in WORD.findall(text))
    names = frozenset(
        name[0] for name in NAME.finditer(text) if name.start() and content_terms(name[0])
    )
    kinds = (kind.search(text) is not None for kind in (WHEN, WHO, WHERE, HOW_MANY, WHY))
    return Asked(text, spans, rarity, words, names, frozenset(NUMBER.findall(text)), *kinds)


def signals(
    question: Asked, candidates: Sequence[tuple[RankedPassage, int, float]], best_bm25: float
) -> Floats:
    """The signals of each candidate, float32 of shape (candidates, signals).

    A candidate is a passage, the place of a sentence in it, and its first score; they come best
    first. `best_bm25` is the best of all passages found.
    """
    fused = {one.kept.id: one.fused for one, _, _ in candidates}
    ranks = {id: rank for rank, id in enumerate(sorted(fused, key=lambda id: -fused[id]))}
    compared = _Compared(question)
    views: dict[int, _View] = {}
    best = _Best(
        max((one.cosine for one, _, _ in candidates), default=0.0),
        max((one.fused for one, _, _ in candidates), default=0.0),
        max((one.article_fused for one, _, _ in candidates), default=0.0),
        best_bm25 or 1.0,
    )
    rows = []
    for ranked, place, first in candidates:
        view = views.get(ranked.kept.id)
        if view is None:
            view = views[ranked.kept.id] = _View(compared, ranked)
        rows.append(view.signals(place, first, ranks[ranked.kept.id], best))
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(Signals._fields))


class _Best(NamedTuple):
    cosine: float
    fused: float
    article: float
    bm25: float


class _Compared:
    """A question with the weights of its tokens, worked out once for each language."""

    def __init__(self, question: Asked) -> None:
        self.question = question
        self._weights: dict[str, tuple[Floats, NDArray[np.bool_]]] = {}

    def weights(self, language: str) -> tuple[Floats, NDArray[np.bool_]]:
        """How rare the word of each token is, with a sum of one, and whether it is a content word;
        both of shape (query tokens,)."""
        if language not in self._weights:
            self._weights[language] = _rare_weights(self.question, language)
        return self._weights[language]


class _View:
    """A passage as a question sees it: what its sentences share is worked out once."""

    def __init__(self, compared: _Compared, ranked: RankedPassage) -> None:
        kept = ranked.kept
        question = compared.question
        self._question = question
        self._ranked = ranked
        self._text = kept.article.text
        self._sentences = kept.passage.sentences
        language = latin_language(self._text)
        self._rarity = question.rarity[language]
        self._total = sum(self._rarity.values()) or 1.0
        self._rare, self._content = compared.weights(language)
        similarity = ranked.similarity
        nothing = np.full(len(similarity), -1.0, dtype=np.float32)
        self._maxima = [
            similarity[:, one.first_token : one.last_token].max(axis=1)
            if one.last_token > one.first_token
            else nothing
            for one in self._sentences
        ]
        lead = min((one.first_token for one in self._sentences if one.last_token), default=0)
        self._title = similarity[:, :lead].max(axis=1) if lead else np.zeros_like(nothing)
        self._whole = similarity.max(axis=1)
        self._nothing = nothing
        self._terms = [terms_in(self._told(one), self._rarity, language) for one in self._sentences]
        told = _told_of(kept.article)
        self._passage_text = self._text[kept.passage.start : kept.passage.end]
        self._about = terms_in(told, self._rarity, language)
        self._source = _names_source(question, kept.article)
        self._month = _names_month(question, kept.article)
        self._near = f"{told} {self._passage_text}"

    def signals(self, place: int, first: float, rank: int, best: _Best) -> Signals:
        ranked, weights, rare = self._ranked, self._ranked.weights, self._rare
        sentence = self._sentences[place]
        own = self._maxima[place]
        before = self._maxima[place - 1] if place else self._nothing
        after = self._maxima[place + 1] if place + 1 < len(self._maxima) else self._nothing
        others = [one for at, one in enumerate(self._maxima) if at != place] or [self._nothing]
        context = np.maximum(own, NEAR * np.maximum(before, self._title))
        between = np.maximum(context, NEAR * after)
        content = np.sort(own[self._content]) if self._content.any() else np.sort(own)
        similarity = ranked.similarity[:, sentence.first_token : sentence.last_token]
        terms = self._terms[place]
        terms_before = self._terms[place - 1] if place else frozenset[str]()
        in_passage = frozenset[str]().union(*self._terms)
        maxsim = float(weights @ own)
        passage = float(weights @ self._whole)
        return Signals._make(
            (
                first,
                maxsim,
                float(rare @ own),
                float(weights @ context),
                float(rare @ context),
                float(rare @ between),
                float(content[0]),
                float(content[: max(1, len(content) // 3)].mean()),
                float(content.mean()),
                float(similarity.max(axis=0).mean()),
                float(similarity[0].max()),
                passage,
                float(rare @ self._whole),
                passage - maxsim,
                float(rare @ self._title),
                float(weights @ before),
                float(weights @ after),
                float(rare @ np.max(others, axis=0) - rare @ own),
                ranked.cosine,
                ranked.cosine - best.cosine,
                ranked.bm25,
                ranked.bm25 / best.bm25,
                ranked.fused,
                ranked.fused - best.fused,
                ranked.article_fused,
                ranked.article_fused - best.article,
                rank,
                self._share(terms),
                self._share(terms | terms_before | self._about),
                self._share(in_passage),
                self._share(in_passage | self._about),
                self._share(self._about),
                len(terms),
                len(self._rarity),
                *self._shape(place),
                *self._kinds(self._told(sentence)),
                self._source,
                self._month,
            )
        )

    def _shape(self, place: int) -> tuple[float, ...]:
        passage = self._ranked.kept.passage
        words = words_counted(self._told(self._sentences[place]))
        return words, place, len(self._sentences), passage.paragraph

    def _kinds(self, told: str) -> tuple[float, ...]:
        """Names and numbers, known or new, and what fits the kind of answer that is asked for."""
        question = self._question
        names, numbers = set(NAME.findall(told)), set(NUMBER.findall(told))
        anew = [one for one in names if one.lower() not in question.words and content_terms(one)]
        return (
            len(anew),
            _share_of(question.names, lambda one: one in names),
            _share_of(question.names, lambda one: one in self._near),
            _share_of(question.numbers, lambda one: one in numbers),
            _share_of(question.numbers, lambda one: one in self._near),
            question.when and _some(len(DATE.findall(told)) + 0.3 * len(TIME.findall(told))),
            question.who and _some(len(anew)),
            question.where and _some(len(PLACE.findall(told))),
            question.how_many
            and _some(len(numbers - question.numbers) + len(NUMBER_WORD.findall(told))),
            question.why and _some(len(CAUSE.findall(told))),
        )

    def _told(self, sentence: Sentence) -> str:
        return self._text[sentence.start : sentence.end]

    def _share(self, terms: frozenset[str]) -> float:
        return sum(self._rarity[term] for term in terms) / self._total


def _rare_weights(question: Asked, language: str) -> tuple[Floats, NDArray[np.bool_]]:
    rarity = question.rarity[language]
    spans = question.spans
    weights = np.full(len(spans), FUNCTION_WORD_RARITY, dtype=np.float32)
    content = np.zeros(len(spans), dtype=np.bool_)
    for start, end in content_words(question.text, language):
        inside = tokens_within(spans, start, end)
        terms = content_terms(question.text[start:end], language)
        rare = max((rarity.get(term, 0.0) for term in terms), default=0.0)
        weights[inside] = max(rare, FUNCTION_WORD_RARITY)
        content |= inside
    return np.asarray(weights / weights.sum(), dtype=np.float32), content


def _told_of(article: Article) -> str:
    told = (article.title, article.source, article.author, article.published)
    return " ".join(str(one) for one in told if one)


def _names_source(question: Asked, article: Article) -> bool:
    """Whether the question has the name of the article's publisher, be it without its "The"."""
    name = (article.source or "").removeprefix("The ").strip()
    return bool(name) and re.search(rf"\b{re.escape(name)}\b", question.text) is not None


def _names_month(question: Asked, article: Article) -> int:
    named = {month for month in MONTHS if re.search(rf"\b{month}\b", question.text)}
    if not named or article.published is None:
        return 0
    return 1 if MONTHS[article.published.month - 1] in named else -1


def _some(number: float) -> float:
    return min(number, MOST_COUNTED)


def _share_of(wanted: AbstractSet[str], is_there: Callable[[str], bool]) -> float:
    return sum(map(is_there, wanted)) / len(wanted) if wanted else -1.0

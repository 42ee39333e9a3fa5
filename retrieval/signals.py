"""What speaks for each sentence as the answer to a question, as numbers that a model can weigh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np

from retrieval import answerkinds
from retrieval.asked import NUMBER, Asked
from retrieval.indexed import Sentence
from retrieval.languages import latin_language
from retrieval.overlap import share
from retrieval.ranking import RankedPassage
from retrieval.records import Article, Floats
from retrieval.scoring import NAME, names_anew
from retrieval.scripts import words_counted
from retrieval.words import terms_in

EXAMINED = 30
"""How many sentences are looked at so closely: the best by what their tokens and words say."""

NEAR = 0.9
"""What a token of the title or of a sentence beside counts, where one of its own is 1."""


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


def signals(
    question: Asked, candidates: Sequence[tuple[RankedPassage, int, float]], best_bm25: float
) -> Floats:
    """The signals of each candidate, float32 of shape (candidates, signals).

    A candidate is a passage, the place of a sentence in it, and its first score; they come best
    first. `best_bm25` is the best of all passages found.
    """
    passages = {one.kept.id: one for one, _, _ in candidates}
    ranks = {
        id: rank for rank, id in enumerate(sorted(passages, key=lambda id: -passages[id].fused))
    }
    views = {id: _View(question, one) for id, one in passages.items()}
    best = _Best(
        max((one.cosine for one in passages.values()), default=0.0),
        max((one.fused for one in passages.values()), default=0.0),
        max((one.article_fused for one in passages.values()), default=0.0),
        best_bm25 or 1.0,
    )
    rows = [
        views[one.kept.id].signals(place, first, ranks[one.kept.id], best)
        for one, place, first in candidates
    ]
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(Signals._fields))


def most_covered(table: Floats) -> float:
    """The largest share of a question's content that a paragraph has, with its article's names.

    `table` has the signals of all sentences examined, float32 of shape (sentences, signals).
    """
    return float(table[:, Signals._fields.index("covered_in_all")].max(initial=0.0))


class _Best(NamedTuple):
    cosine: float
    fused: float
    article: float
    bm25: float


class _View:
    """A passage as a question sees it: what its sentences share is worked out once."""

    def __init__(self, question: Asked, ranked: RankedPassage) -> None:
        kept = ranked.kept
        self._question = question
        self._ranked = ranked
        self._text = kept.article.text
        self._sentences = kept.passage.sentences
        language = latin_language(self._text)
        self._rarity = question.rarity[language]
        self._weights = question.weights[language]
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
        self._about = terms_in(told, self._rarity, language)
        self._source = question.names_source(kept.article)
        self._month = question.month_of(kept.article)
        self._near = f"{told} {self._text[kept.passage.start : kept.passage.end]}"

    def signals(self, place: int, first: float, rank: int, best: _Best) -> Signals:
        ranked, weights, rare = self._ranked, self._ranked.weights, self._weights.rare
        sentence = self._sentences[place]
        own = self._maxima[place]
        before = self._maxima[place - 1] if place else self._nothing
        after = self._maxima[place + 1] if place + 1 < len(self._maxima) else self._nothing
        others = [one for at, one in enumerate(self._maxima) if at != place] or [self._nothing]
        context = np.maximum(own, NEAR * np.maximum(before, self._title))
        between = np.maximum(context, NEAR * after)
        content = self._weights.content
        best_content = np.sort(own[content] if content.any() else own)
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
                float(best_content[0]),
                float(best_content[: max(1, len(best_content) // 3)].mean()),
                float(best_content.mean()),
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
        anew = set(names_anew(told, question.words))
        return (
            len(anew),
            _share_of(question.names, lambda one: one in names),
            _share_of(question.names, lambda one: one in self._near),
            _share_of(question.numbers, lambda one: one in numbers),
            _share_of(question.numbers, lambda one: one in self._near),
            *answerkinds.counts(question.kinds, told, len(anew), len(numbers - question.numbers)),
        )

    def _told(self, sentence: Sentence) -> str:
        return self._text[sentence.start : sentence.end]

    def _share(self, terms: frozenset[str]) -> float:
        return share(terms, self._rarity)


def _told_of(article: Article) -> str:
    told = (article.title, article.source, article.author, article.published)
    return " ".join(str(one) for one in told if one)


def _share_of(wanted: AbstractSet[str], is_there: Callable[[str], bool]) -> float:
    return sum(map(is_there, wanted)) / len(wanted) if wanted else -1.0

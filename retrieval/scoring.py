"""Sentences get their first scores: what their tokens and where they stand say of a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from retrieval import headings
from retrieval.indexed import Sentence
from retrieval.ranking import RankedPassage
from retrieval.words import WORD, content_terms

ASKS_ITSELF = 0.1
"""What a sentence loses for being a question: it repeats what is asked and seldom answers it."""

NAMES_NOBODY = 0.05
"""What a sentence loses, where the question asks who or where, for naming nobody and nothing that
the question does not name itself."""

SHARPNESS = 0.05
"""What a score by late interaction is divided by to be compared as odds are."""

ASKS_FOR_A_NAME = re.compile(r"\b(?:who|whom|whose|where)\b", re.IGNORECASE)

NAME = re.compile(r"\b[A-Z]\w+")

QUESTION_END = re.compile(r"[?？؟][\"”’»)\s]*\Z")


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence that may answer, with its score and its MaxSim alone."""

    score: float
    maxsim: float
    place: int
    ranked: RankedPassage

    @property
    def sentence(self) -> Sentence:
        return self.ranked.kept.passage.sentences[self.place]


def scored_sentences(question: str, ranked: Sequence[RankedPassage]) -> list[Scored]:
    """All sentences of the passages, best first: late interaction plus their passage's lead."""
    asks_for_a_name = ASKS_FOR_A_NAME.search(question)
    asked = frozenset(word.lower() for word in WORD.findall(question))
    scored = []
    for one in ranked:
        lead = one.lead
        text = one.kept.article.text
        for place, sentence in enumerate(one.kept.passage.sentences):
            if sentence.last_token == sentence.first_token:
                continue
            if headings.says_nothing(text, one.kept.passage, sentence):
                continue
            own = one.maxsim(sentence.first_token, sentence.last_token)
            told = text[sentence.start : sentence.end]
            score = own + lead
            if QUESTION_END.search(told):
                score -= ASKS_ITSELF
            if asks_for_a_name and not any(names_anew(told, asked)):
                score -= NAMES_NOBODY
            scored.append(Scored(score, own, place, one))
    return sorted(scored, key=lambda s: (-s.score, s.ranked.kept.id, s.place))


def names_anew(sentence: str, asked: AbstractSet[str]) -> Iterator[str]:
    """The capitalised content words of a sentence that the question, `asked`, does not have."""
    names = NAME.findall(sentence)
    return (name for name in names if name.lower() not in asked and content_terms(name))


def sharpened(scored: Sequence[Scored]) -> list[Scored]:
    """The sentences with logarithms of odds for scores, which late interaction does not give."""
    return [replace(one, score=one.score / SHARPNESS) for one in scored]

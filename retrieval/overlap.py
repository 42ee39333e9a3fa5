"""How many of a question's words a sentence has, for languages that the model hardly knows.

Words are weighted by how rare they are. The model's own comparison counts for less the fewer
letters its tokens stand for: one in English text has 4.6 on average, one in Russian text 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from statistics import median

from retrieval.indexed import KeptPassage
from retrieval.languages import latin_language
from retrieval.scoring import Scored
from retrieval.words import terms_in

FAMILIAR, UNFAMILIAR = 3.3, 1.0
"""Letters of a token in a language that the model knows well, and in one it can only spell. With
the default model the median of three passages is never below the first on the English sets; on
XQuAD it is 2.4 to 3.4 in German and Spanish, 1 in Russian, and in Chinese, two thirds of whose
characters it does not have, below that."""

IN_SENTENCE, WITH_SENTENCE_BEFORE, IN_PASSAGE = 0.3, 0.3, 0.5
"""What the share of the question's words counts that is found there, in an unfamiliar language.
Tuned on half of the articles of XQuAD in Chinese, Russian, German and Spanish."""

MAXSIM = 0.8
"""How much of its weight late interaction loses there."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The shares of a question's words that a sentence has, it and the one before, its passage."""

    sentence: float
    with_sentence_before: float
    passage: float

    @property
    def score(self) -> float:
        return (
            IN_SENTENCE * self.sentence
            + WITH_SENTENCE_BEFORE * self.with_sentence_before
            + IN_PASSAGE * self.passage
        )


def familiarity(letters_of_tokens: Sequence[float]) -> float:
    """How well the model knows the language of some texts, from 0 to 1.

    For each text, `letters_of_tokens` has how many letters a token stands for.
    """
    if not letters_of_tokens:
        return 1.0
    known = (median(letters_of_tokens) - UNFAMILIAR) / (FAMILIAR - UNFAMILIAR)
    return min(1.0, max(0.0, known))


def overlaps(kept: KeptPassage, rarity: Mapping[str, float]) -> list[Overlap]:
    """What each sentence of a passage shares with a question; `rarity` weighs its terms."""
    text, language = kept.article.text, latin_language(kept.article.text)
    nothing = frozenset[str]()
    told = [terms_in(text[one.start : one.end], rarity, language) for one in kept.passage.sentences]
    whole = nothing.union(*told, terms_in(kept.article.title, rarity, language))

    return [
        Overlap(share(own, rarity), share(own | before, rarity), share(whole, rarity))
        for before, own in zip([nothing, *told], told, strict=False)
    ]


def share(terms: AbstractSet[str], rarity: Mapping[str, float]) -> float:
    """What some terms of a question weigh of all, as `rarity` weighs them; 0 where it has none."""
    total = sum(rarity.values())
    return sum(rarity[term] for term in terms) / total if total else 0.0


def weighed(
    scored: Sequence[Scored], rarity: Mapping[str, Mapping[str, float]], known: float
) -> list[Scored]:
    """The sentences anew, best first, by words as far as their language is not known.

    `rarity` has the terms of the question for each language that they are in.
    """
    passages = {one.ranked.kept.id: one.ranked.kept for one in scored}
    shared = {
        id: overlaps(kept, rarity[latin_language(kept.article.text)])
        for id, kept in passages.items()
    }
    anew = [
        replace(one, score=one.score + (1 - known) * (_overlap(one, shared) - MAXSIM * one.maxsim))
        for one in scored
    ]
    return sorted(anew, key=lambda s: (-s.score, s.ranked.kept.id, s.place))


def _overlap(one: Scored, shared: Mapping[int, Sequence[Overlap]]) -> float:
    return shared[one.ranked.kept.id][one.place].score

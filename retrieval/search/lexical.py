"""Scores by shared words, for texts whose language the reader cannot read.

A tokenizer breaks the words of a language that its model was not trained on into letters, so how
many letters a token stands for tells how well the model reads a text: 4.6 on average in English
and 1 in Russian, for the default.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from retrieval.index.indexes import LibraryIndexes
from retrieval.records import StoredPassage
from retrieval.search.candidates import Candidate
from retrieval.text.languages import latin_language
from retrieval.text.scripts import latin_letters
from retrieval.text.terms import content_terms, terms_in

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FAMILIAR, UNFAMILIAR = 3.3, 2.5
"""Letters of a token in a language that the reader knows well, and in one it does not know. The
median of three passages is hardly ever below the first on the English sets; on XQuAD it is 2.4 to
3.1 in German and Spanish, 1 in Russian, and in Chinese, two thirds of whose characters the default
reader does not have, below that. With 1 in place of 2.5, one in three quotes answers .896 and .936
of the German and the Spanish questions of the fit half, with 2.6 it is .912 and .944."""

UNKNOWN_TOKENS = ("[UNK]", "<unk>")
PASSAGES_SAMPLED = 3  # passages that tell how well the reader knows the language
ENOUGH = 400  # characters of such a passage

IN_SENTENCE, WITH_SENTENCE_BEFORE, IN_PASSAGE = 0.27, 0.27, 0.46
"""What the share of the question's words counts that is found there. Tuned on half of the articles
of XQuAD in Chinese, Russian, German and Spanish."""

SCALE, SHIFT = 12.0, -6.0
"""From a share of words to the logarithm of odds that the reader gives."""

Rarity = Mapping[str, Mapping[str, float]]
"""For each language that may answer, the terms of a question with their inverse document
frequencies, as in BM25."""


def rarity(
    indexes: Sequence[LibraryIndexes], question: str, languages: Iterable[str]
) -> dict[str, dict[str, float]]:
    """How rare the terms of a question are in each language, as a short question tells none."""
    total = sum(map(len, indexes))

    def rarity_of(term: str) -> float:
        having = sum(index.frequency(term) for index in indexes)
        return math.log(1 + (total - having + 0.5) / (having + 0.5))

    return {
        language: {term: rarity_of(term) for term in content_terms(question, language)}
        for language in languages
    }


def familiarity(tokenizer: Tokenizer, passages: Sequence[StoredPassage]) -> float:
    """How well a model knows the language of some passages, from 0 to 1."""
    texts = [
        passage.article.text[passage.passage.start : passage.passage.end][:ENOUGH]
        for passage in passages[:PASSAGES_SAMPLED]
    ]
    if not texts:
        return 1.0
    letters = median(letters_per_token(tokenizer, text) for text in texts)
    return min(1.0, max(0.0, (letters - UNFAMILIAR) / (FAMILIAR - UNFAMILIAR)))


def letters_per_token(tokenizer: Tokenizer, text: str) -> float:
    """How many letters of a text a token stands for; one that the model does not know, none.

    A letter counts as many as say the same in Latin letters.
    """
    encoded = tokenizer.encode(text, add_special_tokens=False)
    unknown = {tokenizer.token_to_id(name) for name in UNKNOWN_TOKENS}
    tokens = done = 0
    letters = 0.0
    for id, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
        if not any(map(str.isalpha, text[start:end])):
            continue
        # An unknown token may be a whole word, or all between two spaces.
        new = text[max(start, done) : end]
        tokens += len(new) if id in unknown else 1
        letters += 0 if id in unknown else latin_letters(new)
        done = end
    return letters / tokens if tokens else math.inf


def share(terms: AbstractSet[str], rarity: Mapping[str, float]) -> float:
    """What some terms of a question weigh of all; 0 where it has none."""
    total = sum(rarity.values())
    return sum(rarity[term] for term in terms) / total if total else 0.0


def mixed(candidates: Sequence[Candidate], rarity: Rarity, known: float) -> list[Candidate]:
    """The candidates, best first, scored by words as far as their language is not `known`."""
    passages = {candidate.stored.id: candidate.stored for candidate in candidates}
    shares = {
        id: _shares(stored, rarity[latin_language(stored.article.text)])
        for id, stored in passages.items()
    }
    scored = []
    for candidate in candidates:
        by_words = (1 - known) * (SCALE * shares[candidate.stored.id][candidate.place] + SHIFT)
        scored.append(
            replace(
                candidate,
                score=known * candidate.score + by_words,
                odds=known * candidate.odds + by_words,
                answer=candidate.answer if known == 1 else None,
            )
        )
    return sorted(
        scored, key=lambda candidate: (-candidate.score, candidate.stored.id, candidate.place)
    )


def coverage(passages: Iterable[StoredPassage], rarity: Rarity) -> Iterator[float]:
    """What each passage shares with a question, with what is known of its article."""
    for stored in passages:
        article, passage = stored.article, stored.passage
        language = latin_language(article.text)
        known = (article.title, article.source or "", article.author or "")
        text = " ".join((*known, article.text[passage.start : passage.end]))
        yield share(terms_in(text, rarity[language], language), rarity[language])


def _shares(stored: StoredPassage, rarity: Mapping[str, float]) -> list[float]:
    """What each sentence of a passage shares with a question, with the sentences around it."""
    text, language = stored.article.text, latin_language(stored.article.text)
    nothing = frozenset[str]()
    terms = [
        terms_in(text[slice(*sentence)], rarity, language) for sentence in stored.passage.sentences
    ]
    whole = nothing.union(*terms, terms_in(stored.article.title, rarity, language))
    return [
        IN_SENTENCE * share(own, rarity)
        + WITH_SENTENCE_BEFORE * share(own | before, rarity)
        + IN_PASSAGE * share(whole, rarity)
        for before, own in zip([nothing, *terms], terms, strict=False)
    ]

"""Make a question from a sentence, by rules: it asks for one of its names, dates or numbers; pure.

Such questions are not well-formed, and need not be: what counts is that they have about as many
words as people's questions, and share about as many of them with the sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from retrieval.records import Span
from retrieval.text import particulars
from retrieval.text.particulars import Kind, Token
from retrieval.words import WORD, content_terms

SHORTEST, LONGEST = 8, 45  # words of a sentence that is asked for
KEPT = (2, 3, 4)  # content words of the sentence that a question has
BROUGHT = (1, 2)  # content words that it has from around the sentence

_YEAR = re.compile(r"1\d{3}|20\d{2}")
_MONTH_OR_DAY = re.compile(r"[A-Za-z]{3,}")
_PLACE = re.compile(r"\b(?:in|at|near|from|to|across|outside) (?:the )?\Z", re.IGNORECASE)
_MONEY = re.compile(r"[$£€¥] ?\Z")


@dataclass(frozen=True, slots=True)
class _Run:
    """Particulars that stand together: a whole name, a whole date."""

    span: Span
    tokens: tuple[Token, ...]


def question(sentence: str, around: str, prose: str, chance: Random) -> str | None:
    """A question that this sentence answers; None if it is too short, or has no name or number.

    `around` are its title and its neighbours, whose words people use, too. In `prose`, the text
    around it, a word that begins the sentence is looked up: is it a name?
    """
    if not SHORTEST <= len(sentence.split()) <= LONGEST or sentence.rstrip("\"”’' ").endswith("?"):
        return None
    runs = _runs(sentence, prose)
    if not runs:
        return None
    run = chance.choice(runs)
    kept = _kept(sentence, run.span, chance)
    if len(kept) < min(KEPT):
        return None
    told = content_terms(sentence)
    words = filter(str.isalpha, dict.fromkeys(WORD.findall(around)))
    others = [word for word in words if content_terms(word) - told]
    brought = chance.sample(others, min(len(others), chance.choice(BROUGHT)))
    return f"{_asks_with(sentence, run)} {' '.join([*kept, *brought])}?"


def _runs(sentence: str, prose: str) -> list[_Run]:
    runs: list[_Run] = []
    for span, token in particulars.placed(sentence):
        if not particulars.is_particular(token, prose):
            continue
        last = runs[-1] if runs else None
        if last and not sentence[last.span.end : span.start].strip(" ,"):
            runs[-1] = _Run(Span(last.span.start, span.end), (*last.tokens, token))
        else:
            runs.append(_Run(span, (token,)))
    return runs


def _kept(sentence: str, asked: Span, chance: Random) -> list[str]:
    """Some of the content words nearest to what is asked for, in order."""
    outside = [
        word
        for word in WORD.finditer(sentence)
        if (word.end() <= asked.start or word.start() >= asked.end)
        and word[0].isalpha()
        and content_terms(word[0])
    ]
    number = chance.choice(KEPT)
    near = sorted(outside, key=lambda word: abs(word.start() - asked.start))[: 2 * number]
    chosen = chance.sample(near, min(number, len(near)))
    return [word[0] for word in sorted(chosen, key=lambda word: word.start())]


def _asks_with(sentence: str, run: _Run) -> str:
    told, before = sentence[slice(*run.span)], sentence[: run.span.start]
    if run.tokens[0].kind is not Kind.NUMBER:
        return "Where" if _PLACE.search(before) else "Who"
    if _YEAR.fullmatch(told) or _MONTH_OR_DAY.search(told):
        return "When"
    return "How much" if _MONEY.search(before) else "How many"

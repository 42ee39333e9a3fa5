"""How people type, and questions that no longer fit their passage."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.training.data import Example

ASKING = frozenset(
    "what which who whom whose when where why how is are was were do does did the a an of in on"
    " at to for by with from has have had will would can could should it its there that this"
    " and".split()
)
QUESTION_WORDS = frozenset("who when where why how".split())
NEAR = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in pairwise(row)}
OPPOSITES = [
    ("first", "last"), ("largest", "smallest"), ("before", "after"), ("northern", "southern"),
    ("north", "south"), ("eastern", "western"), ("east", "west"), ("highest", "lowest"),
    ("most", "least"), ("increase", "decrease"), ("increased", "decreased"), ("rise", "fall"),
    ("oldest", "youngest"), ("won", "lost"), ("win", "lose"), ("begin", "end"), ("began", "ended"),
    ("born", "buried"), ("male", "female"), ("men", "women"), ("mother", "father"),
    ("brother", "sister"), ("wife", "sister"), ("son", "daughter"), ("early", "late"),
    ("open", "close"), ("opened", "closed"), ("support", "oppose"),
    ("supported", "opposed"), ("allowed", "banned"), ("arrive", "leave"), ("arrived", "left"),
    ("longest", "shortest"), ("fastest", "slowest"), ("upper", "lower"), ("rich", "poor"),
    ("positive", "negative"), ("more", "fewer"), ("above", "below"), ("accepted", "rejected"),
    ("summer", "winter"), ("maximum", "minimum"), ("import", "export"), ("attacked", "defended"),
]  # fmt: skip
GENERAL = frozenset(
    "times types kinds things years ways members persons individuals others".split()
)
OPPOSITE = {**dict(OPPOSITES), **{b: a for a, b in OPPOSITES}}

_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w’'-]+(?: (?:of (?:the )?)?[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")
_WORD = re.compile(r"\w+")
_COUNTED = re.compile(r"(?<=\bhow many )[a-z]+s\b(?= (?!of\b))", re.I)


def as_chat(question: str, rng: random.Random) -> str:
    """The question as somebody types it on a telephone."""
    if rng.random() < 0.2:
        question = _keywords(question)
    if rng.random() < 0.85:
        question = question.lower()
    if rng.random() < 0.75:
        question = question.rstrip(" ?")
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        question = _mistyped(question, rng)
    return question


def _keywords(question: str) -> str:
    words = question.rstrip(" ?").split()
    content = [
        word for word in words if word.lower() not in ASKING or word.lower() in QUESTION_WORDS
    ]
    return " ".join(content) + "?" if len(content) > 1 else question


def _mistyped(question: str, rng: random.Random) -> str:
    """One letter of a longer word swapped, dropped, doubled, or replaced by its neighbour."""
    places = [m for m in _WORD.finditer(question) if len(m[0]) > 4 and m[0].isalpha()]
    if not places:
        return question
    place = rng.choice(places)
    word, i = place[0], rng.randrange(1, len(place[0]) - 1)
    typed = rng.choice(
        (
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
            word[:i] + NEAR.get(word[i].lower(), word[i]) + word[i + 1 :],
        )
    )
    return question[: place.start()] + typed + question[place.end() :]


def swapped(examples: Sequence[Example], most: int, rng: random.Random) -> Iterator[Example]:
    """Questions with a name, a number or a word swapped, so that their passage answers no more.

    Only what the passage holds is swapped, and only for what it does not hold.
    """
    usable = [
        example for example in examples if example.passage.gold and example.source != "reviewrc"
    ]
    names = defaultdict(list)
    counted = []
    for example in usable:
        for name in _NAME.findall(example.question):
            names[len(name.split())].append(name)
        counted += [word.lower() for word in _COUNTED.findall(example.question)]
    made = 0
    for example in rng.sample(usable, len(usable)):
        swaps = list(_swaps(example, names, counted, rng))
        if swaps and made < most:
            made += 1
            (start, end), other = rng.choice(swaps)
            question = example.question[:start] + other + example.question[end:]
            passage = replace(example.passage, gold=(), whole=False)
            yield replace(example, question=question, kind="swapped", passage=passage, negatives=())


def _swaps(
    example: Example, names: Mapping[int, Sequence[str]], counted: Sequence[str], rng: random.Random
) -> Iterator[tuple[tuple[int, int], str]]:
    """Places in a question, each with what to write there instead."""
    passage = f"{example.passage.title}. {example.passage.text}".lower()
    for match in _NAME.finditer(example.question):
        other = rng.choice(names[len(match[0].split())])
        words = [word for word in other.lower().split() if len(word) > 3]
        if match[0].lower() in passage and words and not any(word in passage for word in words):
            yield match.span(), other
    for match in _COUNTED.finditer(example.question):
        other = rng.choice(counted)
        if match[0].lower() in passage and other not in GENERAL and other[:-1] not in passage:
            yield match.span(), other
    for match in _NUMBER.finditer(example.question):
        value = int(match[0])
        other = str(value + rng.choice((-12, -7, -3, 2, 5, 11) if value > 40 else (1, 2, 3, 6)))
        if match[0] in passage and other not in passage:
            yield match.span(), other
    for match in _WORD.finditer(example.question):
        word = match[0].lower()
        other = OPPOSITE.get(word, "")
        if other and word in passage and not re.search(rf"\b{other}\b", passage):
            yield match.span(), other

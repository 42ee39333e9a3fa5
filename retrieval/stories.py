"""Whether two articles tell the same story: copies of one text, edited here and there.

Near-duplicates are found as Broder found them ("On the resemblance and containment of documents",
1997): a text is the set of its runs of three words, and the least values of many hash functions
over that set agree as often as two sets overlap (MinHash). Those values are cut into bands
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): texts that agree in a
whole band are worth comparing word by word, and all others are never looked at.
"""

from __future__ import annotations

import re
from functools import cached_property
from hashlib import blake2b

RUN = 3
"""Words that are compared together."""

BANDS = 85
ROWS = 3
"""Values in a band. Copies with a fifth of their words edited overlap by .34, so that a pair meets
in one of the bands with a probability of .97; two articles that overlap by .01 as news on one
topic does, with one of .00008. Recall of 800 copies and their originals with 40, 64, 85 bands of
3: .984, .997, .998; with 64 of 4: .968."""

BAND_BYTES = 6  # of a band's hash: SQLite keeps such a number in as many

FEWEST_RUNS = 30
"""What is shorter says too little to be known for a copy."""

RESEMBLANCE = 0.25
"""The share of their runs that two copies have in common, at the least. A fifth of the words edited
leaves .34, give or take; two articles of an archive that says everything in the same phrases
reached .24."""

KEPT_PARTICULARS = 1 / 3
"""The share of its names, and of its numbers, that a copy has from the original, at the least. Two
reports from one form share their sentences, and few of those. Without this, the reports of an
archive are all one story."""

FEWEST_PARTICULARS = 4

SAME_PART = 0.2
"""What two texts share with a third overlaps by this share, at the least, if all three are copies;
a round-up shares a different part of itself with each of its sources."""

# Scripts without spaces between words are compared by their characters.
WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
)

# A word at the beginning of a sentence has a capital whether it is a name or not.
NAME = re.compile(r"(?:(?<=\w )|(?<=[,;] ))[^\W\d_]\w+")

Run = tuple[str, ...]


class Wording:
    """What is compared of a text: its runs of words, its names and its numbers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = [word.lower() for word in WORD.findall(text)]
        self.runs: frozenset[Run] = self._runs_of(RUN)

    @cached_property
    def pairs(self) -> frozenset[Run]:
        """Its words with the word that follows."""
        return self._runs_of(2)

    @cached_property
    def names(self) -> frozenset[str]:
        """Its words with a capital that stand inside a sentence."""
        return frozenset(name for name in NAME.findall(self._text) if name[0].isupper())

    @cached_property
    def numbers(self) -> frozenset[Run]:
        """Its numbers, each between the words around it."""
        around = zip(*(["", *self._words, ""][at:] for at in range(3)), strict=False)
        return frozenset(three for three in around if three[1][0].isdigit())

    def _runs_of(self, length: int) -> frozenset[Run]:
        return frozenset(zip(*(self._words[at:] for at in range(length)), strict=False))


def bands(text: Wording) -> list[int]:
    """The bands of a text's signature; none for a short one. The same text has the same ones."""
    if len(text.runs) < FEWEST_RUNS:
        return []
    # It takes a second to import, and only what adds articles needs it.
    from datasketch import MinHash

    signature = MinHash(BANDS * ROWS, seed=1, scheme="affine32")
    signature.update_batch([" ".join(run).encode() for run in text.runs])
    values = signature.hashvalues.astype("<u4").reshape(BANDS, ROWS)
    return [_hash(number, band.tobytes()) for number, band in enumerate(values)]


def same(text: Wording, other: Wording) -> bool:
    """Whether two texts are copies of one, edited here and there."""
    if min(len(text.runs), len(other.runs)) < FEWEST_RUNS:
        return False
    shared = len(text.runs & other.runs)
    if shared < RESEMBLANCE * (len(text.runs) + len(other.runs) - shared):
        return False
    few, many = sorted((text, other), key=lambda one: len(one.runs))
    return _kept(_names(few, many)) and _kept(_numbers(few, many))


def same_part(text: Wording, first: Wording, second: Wording) -> bool:
    """Whether what a text shares with the first is, in part, what it shares with the second."""
    one, two = text.runs & first.runs, text.runs & second.runs
    return len(one & two) >= SAME_PART * min(len(one), len(two))


def _names(text: Wording, other: Wording) -> list[bool]:
    return [name in other.names for name in text.names]


def _numbers(text: Wording, other: Wording) -> list[bool]:
    return [
        (before, number) in other.pairs or (number, after) in other.pairs
        for before, number, after in text.numbers
    ]


def _kept(there: list[bool]) -> bool:
    return len(there) < FEWEST_PARTICULARS or sum(there) >= KEPT_PARTICULARS * len(there)


def _hash(number: int, band: bytes) -> int:
    digest = blake2b(number.to_bytes(1) + band, digest_size=BAND_BYTES).digest()
    return int.from_bytes(digest)

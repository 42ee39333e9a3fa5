"""Whether two articles tell the same story: copies of one text, edited here and there.

Near-duplicates are found as Broder found them ("On the resemblance and containment of documents",
1997): a text is the set of its runs of three words, and the least values of many hash functions
over that set agree as often as two sets overlap (MinHash). Those values are cut into bands
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): texts that agree in a
whole band are worth comparing word by word, and all others are never looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import chain

from retrieval.text.tokens import SPACELESS, Kind, Place, Token, by_place

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

SWAPPED_NUMBERS, SWAPPED = 0.42, 0.34
"""The share of its numbers and dates, and of these and its names, in whose place a copy has others,
at the most. Reports of different events in the same words swap more of them: 4 of 9 numbers from
one rise of the interest rates to the next, 7 of 18 in all from match to match. Of copies with
up to a fifth of their words edited, each number for a number and each name for a name, 2 to 4 in a
hundred are taken for another story."""

SHARED_FACTS = 0.5
"""The share of its numbers, dates and names that a copy has from the original, wherever they stand,
at the least. This tells reports of different events apart that were edited all over."""

SAME_PART = 0.2
"""What two texts share with a third overlaps by this share, at the least, if all three are copies;
a round-up shares a different part of itself with each of its sources."""

WORD = re.compile(rf"[{SPACELESS}]|[^\W{SPACELESS}]+")

Run = tuple[str, ...]


class Wording:
    """What is compared of a text: its runs of words, its names and its numbers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.words = [word.lower() for word in WORD.findall(text)]
        self.runs: frozenset[Run] = self._runs_of(RUN)

    @cached_property
    def facts_by_place(self) -> dict[Place, frozenset[Token]]:
        """Its numbers, dates and names, by the words around them."""
        return by_place(self._text)

    @cached_property
    def facts(self) -> frozenset[Token]:
        """Its numbers, dates and names, wherever they stand."""
        return frozenset(chain.from_iterable(self.facts_by_place.values()))

    def _runs_of(self, length: int) -> frozenset[Run]:
        return frozenset(zip(*(self.words[at:] for at in range(length)), strict=False))


@dataclass(frozen=True, slots=True)
class Swaps:
    """How many facts two texts both have at one place, and how many differ there."""

    same: int
    swapped: int

    @property
    def share(self) -> float:
        """The share that differs."""
        return self.swapped / ((self.same + self.swapped) or 1)


def bands(text: Wording) -> list[int]:
    """The bands of a text's signature; one for a short text, which only the same words share."""
    if len(text.runs) < FEWEST_RUNS:
        return [_hash(BANDS, " ".join(text.words).encode())]
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
    return not _of_another_event(text, other)


def same_part(text: Wording, first: Wording, second: Wording) -> bool:
    """Whether what a text shares with the first is, in part, what it shares with the second."""
    with_first, with_second = text.runs & first.runs, text.runs & second.runs
    return len(with_first & with_second) >= SAME_PART * min(len(with_first), len(with_second))


def _of_another_event(text: Wording, other: Wording) -> bool:
    """Whether other numbers, dates and names are told, or stand between the same words."""
    few, many = sorted((text.facts, other.facts), key=len)
    if len(few & many) < SHARED_FACTS * len(few):
        return True
    numbers, names = (_swaps(text, other, kind) for kind in (Kind.NUMBER, Kind.NAME))
    return (
        any(swaps.swapped and not swaps.same for swaps in (numbers, names))
        or numbers.share > SWAPPED_NUMBERS
        or Swaps(numbers.same + names.same, numbers.swapped + names.swapped).share > SWAPPED
    )


def _swaps(text: Wording, other: Wording, kind: Kind) -> Swaps:
    same = swapped = 0
    for place in text.facts_by_place.keys() & other.facts_by_place.keys():
        own, others = (
            {token.text for token in wording.facts_by_place[place] if token.kind is kind}
            for wording in (text, other)
        )
        same += len(own & others)
        swapped += min(len(own - others), len(others - own))
    return Swaps(same, swapped)


def _hash(number: int, band: bytes) -> int:
    digest = blake2b(number.to_bytes(1) + band, digest_size=BAND_BYTES).digest()
    return int.from_bytes(digest)

"""Near-duplicates: copies of one article, edited here and there, and the facts they must share.

Near-duplicates are found as in Broder, "On the resemblance and containment of documents" (1997): a
text is the set of its runs of three words, and the least values of many hash functions over that
set agree as often as two sets overlap (MinHash). The values are cut into bands (Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", chapter 3): only texts that agree in a whole band are
compared word by word. Two match reports or two weather reports may share all other words, so
copies must also share their facts: numbers, dates and names.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from hashlib import blake2b, sha1
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from retrieval.text.languages import DATES

SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Scripts without spaces between words, which are compared by their characters."""

PROSE_READ = 20_000
"""Characters of an article in which a word that opens a sentence is looked for in lower case."""

# -- tokens

_TOKEN = re.compile(rf"\d+(?:[.,:/–-]\d+)*|[{SPACELESS}]|[^\W\d{SPACELESS}]+")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_INSIDE = re.compile(r"[\w,;]\s\Z")

_FIRST = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
).split()
ONES = _FIRST[1:10]
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {word: value for value, word in enumerate(_FIRST)} | {
    word: 10 * value for value, word in enumerate(TENS, 2)
}
"""Numbers below a hundred that are one word."""

_ORDINALS = (
    "- first - third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_OTHERS = "hundred thousand million billion trillion half quarter third twice dozen".split()
_NUMBERS = (
    {word: word for word in (*TENS[1:], *_OTHERS)}
    | {word: str(value) for word, value in SMALL.items() if 1 < value <= 20}
    | {word: str(value) for value, word in enumerate(_ORDINALS)}
)
"""A number in words equals the one in digits. "One" and "second" are too often no numbers."""


class Kind(Enum):
    WORD = "word"
    NUMBER = "a number or a date"
    NAME = "a name"
    OPENING = "a word or a name, as it opens a sentence"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a text in its compared form: lower case, digits."""

    text: str
    kind: Kind


Place = tuple[str, str]  # the word before and the word after


def tokens(text: str) -> Iterator[Token]:
    """The words and numbers of a text, in order."""
    for match in _TOKEN.finditer(text):
        word, at = match[0], match.start()
        if word[0].isdigit():
            yield Token(_THOUSANDS.sub("", word).replace("–", "-"), Kind.NUMBER)
        elif word in DATES or word.lower() in _NUMBERS:
            yield Token(_NUMBERS.get(word.lower(), word.lower()), Kind.NUMBER)
        elif word[0].isupper() and word != "I":
            inside = _INSIDE.match(text, max(0, at - 2), at)
            yield Token(word.casefold(), Kind.NAME if inside else Kind.OPENING)
        else:
            yield Token(word.casefold(), Kind.WORD)


def facts_by_place(text: str) -> dict[Place, frozenset[Token]]:
    """The numbers, dates and names of a text by the words around them."""
    places: defaultdict[Place, frozenset[Token]] = defaultdict(frozenset)
    before, together = "", list[Token]()
    for token in chain(tokens(text), [Token("", Kind.WORD)]):
        if token.kind in (Kind.NUMBER, Kind.NAME):
            together.append(token)
            continue
        if together:
            places[before, token.text] |= frozenset(together)
            together = []
        before = token.text
    return dict(places)


def has_new_fact(text: str, other: str, prose: str) -> bool:
    """Whether a text has a number, a date or a name that another text lacks at that place.

    The order counts: it says who beat whom, how many died and how many were hurt. A word that opens
    a sentence counts as a name unless it is in lower case in `prose`, the text around it.
    """

    def is_fact(token: Token) -> bool:
        if token.kind is Kind.OPENING:
            return not re.search(rf"\b{re.escape(token.text)}\b", prose)
        return token.kind is not Kind.WORD

    remaining = iter([token.text for token in tokens(other)])
    if not all(token.text in remaining for token in tokens(text) if is_fact(token)):
        return True
    here, elsewhere = facts_by_place(text), facts_by_place(other)
    return any(not here[place] <= elsewhere[place] for place in here.keys() & elsewhere.keys())


# -- copies

RUN = 3  # words that are compared together

BANDS, ROWS = 85, 3
"""Bands, and values in each. Copies with a fifth of their words edited overlap by .34, so that a
pair meets in one of the bands with a probability of .97; two articles that overlap by .01 as news
on one topic does, with one of .00008. Recall of 800 copies and their originals with 40, 64, 85
bands of 3: .984, .997, .998; with 64 of 4: .968."""

BAND_BYTES = 6  # of a band's hash: SQLite stores such a number in as many

FEWEST_RUNS = 30  # shorter texts are no copies unless they are equal

RESEMBLANCE = 0.25
"""The least share of their runs that two copies have in common. A fifth of the words edited leaves
.34, give or take; two articles of an archive that says everything in the same phrases reached
.24."""

SWAPPED_NUMBERS, SWAPPED = 0.42, 0.34
"""The largest shares of its numbers and dates, and of these and its names, that a copy replaces.
Reports of different events in the same words replace more of them: 4 of 9 numbers from one rise of
the interest rates to the next, 7 of 18 in all from match to match. Of copies with up to a fifth of
their words edited, each number for a number and each name for a name, 2 to 4 in a hundred are taken
for another story."""

SHARED_FACTS = 0.5
"""The least share of its numbers, dates and names that a copy has from the original, wherever they
are. It separates reports of different events that were edited all over."""

SAME_PART = 0.2
"""The least overlap of what two texts share with a third if all three are copies; a round-up shares
a different part of itself with each of its sources."""

RUNS_AT_ONCE = 10_000  # runs that are hashed together, in 10 MB

WORD = re.compile(rf"[{SPACELESS}]|[^\W{SPACELESS}]+")


class Wording:
    """A text as it is compared: its words, its runs of words, and its facts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.words = [word.lower() for word in WORD.findall(text)]
        runs = zip(*(self.words[at:] for at in range(RUN)), strict=False)
        self.runs: frozenset[tuple[str, ...]] = frozenset(runs)

    @cached_property
    def facts_by_place(self) -> dict[Place, frozenset[Token]]:
        return facts_by_place(self._text)

    @cached_property
    def facts(self) -> frozenset[Token]:
        """Its numbers, dates and names, wherever they are."""
        return frozenset(chain.from_iterable(self.facts_by_place.values()))


def bands(text: Wording) -> list[int]:
    """The hashes of the bands of a text's signature; a single hash for a short text."""
    if len(text.runs) < FEWEST_RUNS:
        return [_hash(BANDS, " ".join(text.words).encode())]
    signature = _signature([" ".join(run).encode() for run in text.runs])
    values = signature.astype("<u4").reshape(BANDS, ROWS)
    return [_hash(number, band.tobytes()) for number, band in enumerate(values)]


def _signature(runs: Sequence[bytes]) -> NDArray[np.uint32]:
    """MinHash: the least value of each hash function over the runs; uint32 of shape (functions,).

    The functions are h -> a h + b modulo 2^32, with odd a, of a 32-bit SHA-1 that MurmurHash3's
    finalizer has mixed. The values are those of the package datasketch ("affine32"), which would
    bring the 140 MB of scipy along.
    """
    random = np.random.RandomState(1)
    a = random.randint(0, 1 << 31, BANDS * ROWS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = random.randint(0, 1 << 32, BANDS * ROWS, dtype=np.uint32)
    hashes = np.frombuffer(b"".join(sha1(run).digest()[:4] for run in runs), dtype="<u4")
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    least = np.full(BANDS * ROWS, np.iinfo(np.uint32).max, dtype=np.uint32)
    for at in range(0, len(hashes), RUNS_AT_ONCE):
        values = hashes[at : at + RUNS_AT_ONCE, np.newaxis] * a + b
        least = np.minimum(least, values.min(axis=0))
    return least


def same(text: Wording, other: Wording) -> bool:
    """Whether two texts are copies of one, edited here and there."""
    if min(len(text.runs), len(other.runs)) < FEWEST_RUNS:
        return False
    shared = len(text.runs & other.runs)
    if shared < RESEMBLANCE * (len(text.runs) + len(other.runs) - shared):
        return False
    few, many = sorted((text.facts, other.facts), key=len)
    if len(few & many) < SHARED_FACTS * len(few):
        return False
    numbers_same, numbers_swapped = _swaps(text, other, Kind.NUMBER)
    names_same, names_swapped = _swaps(text, other, Kind.NAME)
    shared, swapped = numbers_same + names_same, numbers_swapped + names_swapped
    return (
        numbers_swapped <= SWAPPED_NUMBERS * (numbers_swapped + numbers_same)
        and swapped <= SWAPPED * (swapped + shared)
        and not (names_swapped and not names_same)
    )


def same_part(text: Wording, first: Wording, second: Wording) -> bool:
    """Whether a text shares partly the same runs with two others."""
    with_first, with_second = text.runs & first.runs, text.runs & second.runs
    return len(with_first & with_second) >= SAME_PART * min(len(with_first), len(with_second))


def _swaps(text: Wording, other: Wording, kind: Kind) -> tuple[int, int]:
    shared = swapped = 0
    for place in text.facts_by_place.keys() & other.facts_by_place.keys():
        own, others = (
            {token.text for token in wording.facts_by_place[place] if token.kind is kind}
            for wording in (text, other)
        )
        shared += len(own & others)
        swapped += min(len(own - others), len(others - own))
    return shared, swapped


def _hash(number: int, band: bytes) -> int:
    return int.from_bytes(blake2b(number.to_bytes(1) + band, digest_size=BAND_BYTES).digest())

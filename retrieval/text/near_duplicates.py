"""Whether two articles tell the same story: copies of one text, edited here and there.

Near-duplicates are found as Broder found them ("On the resemblance and containment of documents",
1997): a text is the set of its runs of three words, and the least values of many hash functions
over that set agree as often as two sets overlap (MinHash). Those values are cut into bands
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): texts that agree in a
whole band are worth comparing word by word, and all others are never looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from hashlib import blake2b
from itertools import chain

SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Scripts without spaces between words, which are compared by their characters."""

PROSE_READ = 20_000
"""Characters of an article that tell whether a word at the beginning of a sentence is a name."""

_TOKEN = re.compile(rf"\d+(?:[.,:/–-]\d+)*|[{SPACELESS}]|[^\W\d{SPACELESS}]+")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")

_INSIDE = re.compile(r"[\w,;]\s\Z")

ONES = "one two three four five six seven eight nine".split()
_TEENS = ("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = (
    {"zero": 0}
    | {word: value for value, word in enumerate((*ONES, *_TEENS), 1)}
    | {word: 10 * value for value, word in enumerate(TENS, 2)}
)
"""Numbers below a hundred that are one word."""

_ORDINALS = (
    "- first - third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_OTHERS = (
    "thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion half"
    " quarter third twice dozen"
).split()
_NUMBERS = (
    {word: word for word in _OTHERS}
    | {word: str(value) for word, value in SMALL.items() if 1 < value <= 20}
    | {word: str(value) for value, word in enumerate(_ORDINALS)}
)
"""A number in words is the one in digits. "One" and "second" are too often no numbers."""

_DATES = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    January February March April May June July August September October November December
    Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag
    Januar Februar März April Mai Juni Juli Oktober Dezember
    today yesterday tomorrow tonight
    lunes martes miércoles jueves viernes sábado domingo
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lundi mardi mercredi jeudi vendredi samedi dimanche
    janvier février avril juin juillet août septembre octobre novembre décembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    gennaio febbraio maggio giugno luglio settembre ottobre dicembre
    понедельник вторник среду четверг пятницу субботу воскресенье
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    """.split()
)


class Kind(Enum):
    """What a word tells."""

    WORD = "word"
    NUMBER = "how many, how much or when"
    NAME = "who or where"
    OPENING = "a word or a name, as it opens a sentence"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, or a number, as it is compared: in lower case and in digits."""

    text: str
    kind: Kind


def tokens(text: str) -> Iterator[Token]:
    """The words and numbers of a text, in order."""
    for match in _TOKEN.finditer(text):
        word, at = match[0], match.start()
        if number := _number(word):
            yield Token(number, Kind.NUMBER)
        elif word[0].isupper() and word != "I":
            inside = _INSIDE.match(text, max(0, at - 2), at)
            yield Token(word.casefold(), Kind.NAME if inside else Kind.OPENING)
        else:
            yield Token(word.casefold(), Kind.WORD)


def _number(word: str) -> str | None:
    if word[0].isdigit():
        return _THOUSANDS.sub("", word).replace("–", "-")
    return word.lower() if word in _DATES else _NUMBERS.get(word.lower())


Place = tuple[str, str]
"""The word before and the word after."""


def by_place(text: str) -> dict[Place, frozenset[Token]]:
    """The numbers, dates and names of a text, with those that stand at one place together."""
    places: defaultdict[Place, set[Token]] = defaultdict(set)
    before, together = "", list[Token]()
    for token in tokens(text):
        if token.kind in (Kind.NUMBER, Kind.NAME):
            together.append(token)
            continue
        if together:
            places[before, token.text].update(together)
            together = []
        before = token.text
    if together:
        places[before, ""].update(together)
    return {place: frozenset(at_place) for place, at_place in places.items()}


def has_new_fact(text: str, other: str, prose: str) -> bool:
    """Whether a text has a number, a date or a name that another lacks at that place.

    In another order, they mean another thing: who beat whom, how many died and how many were hurt.
    A word that opens a sentence is a name unless it stands in lower case in the prose around it.
    """
    remaining = iter([token.text for token in tokens(other)])
    own = [token for token in tokens(text) if is_fact(token, prose)]
    if not all(token.text in remaining for token in own):
        return True
    here, elsewhere = by_place(text), by_place(other)
    return any(not here[place] <= elsewhere[place] for place in here.keys() & elsewhere.keys())


def is_fact(token: Token, prose: str) -> bool:
    """Whether a token is a number, a date or a name; `prose` is the text around it."""
    if token.kind is Kind.OPENING:
        return not re.search(rf"\b{re.escape(token.text)}\b", prose)
    return token.kind is not Kind.WORD


# -- copies

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

"""The tokens of a text, and its facts: the numbers, dates and names that set events apart.

Two match reports or two weather reports may have all their other words in common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

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

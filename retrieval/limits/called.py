"""What publishers and authors are called by those who ask; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

INDEXES_KEPT = 64

ALSO_CALLED = {
    "AFP": "Agence France-Presse",
    "AP": "Associated Press",
    "BBC": "British Broadcasting Corporation",
    "DPA": "Deutsche Presse-Agentur",
    "FT": "Financial Times",
    "NYT": "New York Times",
    "SCMP": "South China Morning Post",
    "SMH": "Sydney Morning Herald",
    "UPI": "United Press International",
    "WSJ": "Wall Street Journal",
    "WaPo": "Washington Post",
}
"""What publishers are called, and their names. Other initials are of three words or more."""

WORD = re.compile(r"[^\W_]+")
PART = re.compile(r"\s*[|·»]\s*|\s+[-–—]\s+|:\s+")
DOMAIN = re.compile(r"(?:www\.)?([\w.-]+?)\.(?:[a-z]{2,3}\.)?(?:com|org|net|[a-z]{2})", re.I)
CO_AUTHORS = re.compile(r"^by |\s*[,;/&|]\s*| and ", re.I)
MINOR = frozenset("the of and for a an".split())
MEANS_ANOTHER = frozenset(
    "administration council english government house kingdom nations state union world".split()
)
"""Last words of names that are no publisher where they stand alone: "the House" passed a bill."""


class Forms(NamedTuple):
    """What names are looked up by: words run together in lower case; initials as they stand, and
    last words, which stand for a name after "the"."""

    words: Mapping[str, tuple[str, ...]]
    initials: Mapping[str, tuple[str, ...]]
    lasts: Mapping[str, tuple[str, ...]]


class Word(NamedTuple):
    """A word of a question, and where it stands."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=INDEXES_KEPT)
def forms_of_publishers(publishers: tuple[str, ...]) -> Forms:
    words: dict[str, dict[str, None]] = {}
    initials: dict[str, dict[str, None]] = {}
    lasts: dict[str, dict[str, None]] = {}
    heads: dict[str, str] = {}
    having: dict[str, set[str]] = {}
    for name in publishers:
        head = PART.split(name)[0]
        domain = DOMAIN.fullmatch(head)
        told = without_the(words_of(head))
        heads[name] = key_of(told)
        for form in {name, head, domain[1] if domain else head}:
            whole = words_of(form)
            for one in (whole, without_the(whole)):
                words.setdefault(key_of(one), {})[name] = None
        for word in told:
            having.setdefault(word.text.casefold(), set()).add(heads[name])
        if not domain and _may_be_short(told):
            lasts.setdefault(told[-1].text, {})[name] = None
        for letters in _initials(told):
            initials.setdefault(letters, {})[name] = None
        for short, long in ALSO_CALLED.items():
            if heads[name] == key_of(words_of(long)):
                initials.setdefault(short, {})[name] = None
            elif told and told[0].text.upper() == short.upper():
                words.setdefault(key_of(words_of(long)), {})[name] = None
    words.pop("", None)
    return Forms(
        {key: tuple(names) for key, names in words.items()},
        # By initials only where one publisher has them; its sections are one.
        {
            letters: tuple(names)
            for letters, names in initials.items()
            if letters.lower() not in words and len({heads[name] for name in names}) == 1
        },
        {
            last: tuple(names)
            for last, names in lasts.items()
            if last.casefold() not in words and len(having[last.casefold()]) == 1
        },
    )


@lru_cache(maxsize=INDEXES_KEPT)
def forms_of_authors(authors: tuple[str, ...]) -> Forms:
    words: dict[str, dict[str, None]] = {}
    for name in authors:
        for person in CO_AUTHORS.split(name):
            if len(words_of(person)) > 1:
                words.setdefault(key_of(words_of(person)), {})[name] = None
    return Forms({key: tuple(names) for key, names in words.items()}, {}, {})


def _initials(told: Sequence[Word]) -> Iterator[str]:
    """The initials of a name of three words or more, with and without those like "of"; and what
    is initials itself, as the first word of "BBC News"."""
    for letters in {
        "".join(word.text[0] for word in told if word.text.lower() not in MINOR),
        "".join(word.text[0] for word in told),
    }:
        if len(letters) > 2:
            yield letters.upper()
    if told and len(told) > 1 and 2 < len(told[0].text) < 6 and told[0].text.isupper():
        yield told[0].text


def _may_be_short(told: Sequence[Word]) -> bool:
    """Whether people may say "the Gazette" of a name; not of "Times of India" or "Metro UK"."""
    last = told[-1].text if len(told) > 1 else ""
    small = MINOR.isdisjoint(word.text.lower() for word in told)
    return last.istitle() and small and last.lower() not in MEANS_ANOTHER


def without_the(words: Sequence[Word]) -> Sequence[Word]:
    return words[1:] if len(words) > 1 and words[0].text.lower() == "the" else words


def key_of(words: Iterable[Word]) -> str:
    return "".join(key for word in words if (key := word.text.casefold()) != "and")


def words_of(text: str) -> list[Word]:
    """The words of a text; without the s of a genitive, which names have and lack as they like."""
    return [
        Word(match[0], *match.span())
        for match in WORD.finditer(text)
        if not (match[0] in ("s", "S") and text[match.start() - 1 : match.start()] in ("'", "’"))
    ]

"""The publishers and the authors that a question names, as the catalog spells them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from retrieval.limits.telling import NOUN, VERB
from retrieval.records import Span
from retrieval.words import content_terms

LONGEST_NAME = 12  # words
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
WITHIN_A_NAME = re.compile(r"[^,;?!()\[\]\"“”„\n]{0,4}")
PART = re.compile(r"\s*[|·»]\s*|\s+[-–—]\s+|:\s+")
DOMAIN = re.compile(r"(?:www\.)?([\w.-]+?)\.(?:[a-z]{2,3}\.)?(?:com|org|net|[a-z]{2})", re.I)
CO_AUTHORS = re.compile(r"^by |\s*[,;/&|]\s*| and ", re.I)
MINOR = frozenset("the of and for a an".split())


@dataclass(frozen=True, slots=True)
class Named:
    """Characters of a question that name somebody, and all names of the catalog they stand for.

    `surely` is false for what may be a common word, such as "fortune".
    """

    span: Span
    names: tuple[str, ...]
    surely: bool


class Forms(NamedTuple):
    """What names are looked up by: words run together in lower case; initials as they stand."""

    words: Mapping[str, tuple[str, ...]]
    initials: Mapping[str, tuple[str, ...]]


class Word(NamedTuple):
    """A word of a question, and where it stands."""

    text: str
    start: int
    end: int


def publishers_in(question: str, publishers: Sequence[str]) -> list[Named]:
    """The publishers that a question names, in any of the forms people use, in order."""
    return list(_named(question, _forms_of_publishers(tuple(publishers))))


def authors_in(question: str, authors: Sequence[str]) -> list[Named]:
    """The authors that a question names whole, in order."""
    return list(_named(question, _forms_of_authors(tuple(authors))))


def spelled(name: str, publishers: Sequence[str]) -> tuple[str, ...]:
    """The publishers that somebody means who gives this name outright; none if there is none."""
    forms = _forms_of_publishers(tuple(publishers))
    return forms.words.get(_key(_words(name)), ()) or forms.initials.get(name.upper(), ())


# -- where they stand in a question


def _named(question: str, forms: Forms) -> Iterator[Named]:
    words = _words(question)
    keys = [_key([word]) for word in words]
    apart = [not WITHIN_A_NAME.fullmatch(question[a.end : b.start]) for a, b in pairwise(words)]
    place = 0
    while place < len(words):
        end, best = place, None
        key = ""
        for last in range(place, min(place + LONGEST_NAME, len(words))):
            if last > place and apart[last - 1]:
                break
            key += keys[last]
            if not keys[place] or not keys[last]:
                continue  # "and" joins names as often as it stands in one
            if key in forms.words or (last == place and words[last].text in forms.initials):
                named = _name(question, words, place, last, forms)
                if named:
                    end, best = last, named
        if best:
            yield best
        place = end + 1


def _name(
    question: str, words: Sequence[Word], first: int, last: int, forms: Forms
) -> Named | None:
    """What the words from the first to the last name, unless they are part of a longer name."""
    if _part_of_another(question, words, first, last):
        return None
    span = Span(words[first].start, words[last].end)
    told = question[slice(*span)]
    names = forms.words.get(_key(words[first : last + 1]))
    if names:
        return Named(span, names, _is_surely(told, first))
    return Named(span, forms.initials[told], len(told) > 2)


def _is_surely(told: str, place: int) -> bool:
    """Whether words are a name by their letters: "wired" may be a word, and so may "Wired" at the
    beginning of a question."""
    words = [word for word in told.split() if word.lower() not in MINOR]
    if place == 0 and len(words) == 1 and told == told.capitalize():
        return False
    return len(words) > 1 or any(word != word.lower() for word in words)


def _part_of_another(question: str, words: Sequence[Word], first: int, last: int) -> bool:
    """Whether a name is but a part of a longer one: of "York Times", or of "The Times of India"."""
    start, end = words[first].start, words[last].end
    if first > 1 and question[words[first - 1].end : start] == " ":
        before = words[first - 1]
        opens = question[: before.start].rstrip(" '\"‘“")[-1:] in (".", "?", "!", ":")
        if not before.text.islower() and not opens and content_terms(before.text):
            return True
    if last + 1 < len(words) and question[end : words[last + 1].start] == " ":
        after = words[last + 1].text
        if after == "of" and last + 2 < len(words):
            return not words[last + 2].text.islower()
        tells = NOUN.fullmatch(after) or VERB.fullmatch(after)
        return not after.islower() and not tells and bool(content_terms(after))
    return False


# -- the forms of names


@lru_cache(maxsize=INDEXES_KEPT)
def _forms_of_publishers(publishers: tuple[str, ...]) -> Forms:
    words: dict[str, dict[str, None]] = {}
    initials: dict[str, dict[str, None]] = {}
    heads: dict[str, str] = {}
    for name in publishers:
        head = PART.split(name)[0]
        domain = DOMAIN.fullmatch(head)
        told = _without_the(_words(head))
        heads[name] = _key(told)
        for form in {name, head, domain[1] if domain else head}:
            whole = _words(form)
            for one in (whole, _without_the(whole)):
                words.setdefault(_key(one), {})[name] = None
        for letters in _initials(told):
            initials.setdefault(letters, {})[name] = None
        for short, long in ALSO_CALLED.items():
            if heads[name] == _key(_words(long)):
                initials.setdefault(short, {})[name] = None
            elif told and told[0].text.upper() == short.upper():
                words.setdefault(_key(_words(long)), {})[name] = None
    words.pop("", None)
    return Forms(
        {key: tuple(names) for key, names in words.items()},
        # By initials only where one publisher has them; its sections are one.
        {
            letters: tuple(names)
            for letters, names in initials.items()
            if letters.lower() not in words and len({heads[name] for name in names}) == 1
        },
    )


@lru_cache(maxsize=INDEXES_KEPT)
def _forms_of_authors(authors: tuple[str, ...]) -> Forms:
    words: dict[str, dict[str, None]] = {}
    for name in authors:
        for person in CO_AUTHORS.split(name):
            if len(_words(person)) > 1:
                words.setdefault(_key(_words(person)), {})[name] = None
    return Forms({key: tuple(names) for key, names in words.items()}, {})


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


def _without_the(words: Sequence[Word]) -> Sequence[Word]:
    return words[1:] if len(words) > 1 and words[0].text.lower() == "the" else words


def _key(words: Iterable[Word]) -> str:
    return "".join(key for word in words if (key := word.text.casefold()) != "and")


def _words(text: str) -> list[Word]:
    """The words of a text; without the s of a genitive, which names have and lack as they like."""
    return [
        Word(match[0], *match.span())
        for match in WORD.finditer(text)
        if not (match[0] in ("s", "S") and text[match.start() - 1 : match.start()] in ("'", "’"))
    ]

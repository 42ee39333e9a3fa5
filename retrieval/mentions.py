"""The names in a text, and whether each is a person's; by its capitals, without a model; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from retrieval.words import content_terms


class Kind(Enum):
    """What bears a name, so far as its form and the words beside it tell."""

    PERSON = "person"
    THING = "place, thing or body"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text, at `start:end` of it, without a possessive ending.

    `pronoun` is "he" or "she" where the text around it tells which, else empty. `the` tells that
    the article stands before it: the Grey Wagtail.
    """

    name: str
    start: int
    end: int
    kind: Kind
    pronoun: str = ""
    the: bool = False


HE = frozenset("mr sir lord king prince father brother uncle monsieur herr señor".split())
SHE = frozenset(
    "mrs ms miss lady queen princess mother sister aunt madame frau señora dame".split()
)
HONORIFICS = (HE | SHE) | frozenset(
    "dr prof professor president chancellor minister senator mayor governor captain capt judge"
    " general colonel major sergeant officer bishop pope rabbi imam saint rev reverend coach"
    " secretary inspector".split()
)
THINGS = frozenset(
    "academy act agency airport album army association authority award awards bank bay beach"
    " board bridge bureau canal castle cathedral church city club college commission committee"
    " company congress corporation council county court cup department district empire"
    " federation festival fund games gazette group hall harbour herald high hill hospital hotel"
    " house inc industries institute international island islands journal lake league library"
    " limited ltd market memorial mill ministry mountain museum news office orchestra palace"
    " parliament park party police pier port post press prize project radio railway records"
    " republic river road school sea series show society square station street studio studios"
    " team theatre theater times tower town treaty tribune union university valley village war"
    " works world".split()
)
"""Words of which one in a name says that it is no person's."""

BEFORE_PLACES = frozenset(
    "in at near from to into towards toward across outside through the".split()
)
LINKS = frozenset("of the de la le da di du del van von der den bin al el for y".split())
NEVER = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december i tell explain describe list give"
    " name show please compare summarise summarize yes no ok okay thanks hello hi also again"
    " today yesterday tomorrow meanwhile later however besides according"
    " after before during when while since because although if under over between with"
    " until".split()
)
"""Words that open a sentence or name a day, and are nobody's name where they stand alone."""

_TOKEN = re.compile(r"\w+(?:[-.&’']\w+)*\.?")
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])\Z")
_INITIAL = re.compile(r"(?:[^\W\d_]\.)+\Z")
_ENDS_SENTENCE = re.compile(r"(?:^|[.!?:;\n][\"”’')\]]*\s+)[\"“‘'(\[]*\Z")
_SPEAKS = re.compile(r"['’]s\b|\s+(?:said|says|told|was born|died|who)\b")
_PRONOUN = re.compile(r"\b(he|his|him|she|her|hers)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")


def mentions(text: str) -> list[Mention]:
    """The names in a text, in order; what opens a sentence is one only where more speaks for it."""
    if text.isupper():
        return []
    return list(_found(text))


def topic_mention(heading: str) -> Mention:
    """A heading taken for the name of what a conversation is about: "Kelm (town)" is Kelm."""
    hint = _BRACKETS.search(heading)
    name = _BRACKETS.sub("", heading).strip() or heading
    kind = _kind(name, "", name.split()) if not hint else Kind.EITHER
    if kind is Kind.PERSON and name.split()[0].lower().rstrip(".") not in HONORIFICS:
        kind = Kind.EITHER
    return Mention(name, 0, len(heading), kind)


def _found(text: str) -> Iterator[Mention]:
    run: list[re.Match[str]] = []
    links: list[re.Match[str]] = []
    for token in [*_TOKEN.finditer(text), None]:
        if token is not None:
            last = (links or run)[-1:] or None
            joined = last is None or text[last[0].end() : token.start()] in (" ", "")
            ended = bool(run) and not links and _closes(run[-1].group(), run)
            capital = token.group()[0].isupper()
            if run and joined and not ended:
                if capital and not _POSSESSIVE.search((links or run)[-1].group()):
                    run, links = [*run, *links, token], []
                    continue
                if token.group().lower() in LINKS and len(links) < 2:
                    links.append(token)
                    continue
        if run and (found := _mention(text, run)):
            yield found
        run, links = [], []
        if token is not None and token.group()[0].isupper():
            run = [token]


def _closes(word: str, run: list[re.Match[str]]) -> bool:
    """Whether a full stop after a word ends the sentence: not after initials and titles."""
    return word.endswith(".") and not (
        _INITIAL.match(word) or word.lower().rstrip(".") in HONORIFICS | {"st", "jr", "sr", "mt"}
    )


def _mention(text: str, run: list[re.Match[str]]) -> Mention | None:
    opens = bool(_ENDS_SENTENCE.search(text, 0, run[0].start()))
    words = list(run)
    while words and opens and not _says_something(words[0].group()):
        words, opens = words[1:], False
        while words and words[0].group().lower() in LINKS and words[0].group()[0].islower():
            words = words[1:]
    if not words or all(not _says_something(word.group()) for word in words):
        return None
    start, end = words[0].start(), words[-1].end()
    name = text[start:end]
    last = words[-1].group()
    if not (_INITIAL.match(last) or last.lower() in ("jr.", "sr.", "inc.")):
        name = name.rstrip(".")
    name = _POSSESSIVE.sub("", name)
    if opens and len(words) == 1 and not _SPEAKS.match(text, start + len(name)):
        return None
    before = re.findall(r"\w+", text[max(0, start - 30) : start])[-1:]
    kind = _kind(name, before[0] if before else "", name.split())
    the = before[:1] in (["the"], ["The"])
    return Mention(name, start, start + len(name), kind, _pronoun(name, text[end:]), the)


def _says_something(word: str) -> bool:
    plain = _POSSESSIVE.sub("", word).rstrip(".")
    if plain.lower() in NEVER:
        return False
    return (
        bool(content_terms(plain))
        or bool(_INITIAL.match(word))
        or (len(plain) > 1 and plain.isupper())
    )


def _kind(name: str, before: str, words: list[str]) -> Kind:
    first = words[0].lower().rstrip(".")
    if first in HONORIFICS and len(words) > 1:
        return Kind.PERSON
    if any(word.lower() in THINGS for word in words):
        return Kind.THING
    if before.lower() in BEFORE_PLACES or (len(name) > 1 and name.isupper()) or first == "the":
        return Kind.THING
    if any(word in ("of", "the", "for", "and", "&") for word in words):
        return Kind.EITHER
    return Kind.PERSON if 2 <= len(words) <= 4 else Kind.EITHER


def _pronoun(name: str, after: str) -> str:
    first = name.split(maxsplit=1)[0].lower().rstrip(".")
    if first in HE | SHE:
        return "he" if first in HE else "she"
    found = _PRONOUN.search(after)
    if not found:
        return ""
    between = re.findall(r"(?<=[a-z,] )[A-Z]\w+", after[: found.start()])
    if any(word.lower() not in NEVER for word in between):
        return ""
    return "he" if found[1].lower() in ("he", "his", "him") else "she"

"""The word of a question that points to what was spoken of before; by its form alone, pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from retrieval.mentions import Kind, Mention, mentions
from retrieval.words import content_terms


class Points(Enum):
    """What a pronoun stands for."""

    HE = "a man"
    SHE = "a woman"
    THEY = "several, a body, or anybody"
    IT = "a thing"
    THIS = "whatever was spoken of"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pronoun at `start:end` of a question that stands for something outside of it.

    `owns` tells that it is a possessive: "his", "its".
    """

    start: int
    end: int
    points: Points
    owns: bool = False


FORMS = {
    "he": Points.HE,
    "him": Points.HE,
    "his": Points.HE,
    "she": Points.SHE,
    "her": Points.SHE,
    "hers": Points.SHE,
    "they": Points.THEY,
    "them": Points.THEY,
    "their": Points.THEY,
    "theirs": Points.THEY,
    "it": Points.IT,
    "its": Points.IT,
}
SUBJECTS = frozenset(("he", "she", "they", "it"))
OWNERS = frozenset(("his", "her", "their", "its"))

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_AUXILIARY = (
    r"(?:did|does|do|was|were|is|are|has|have|had|can|could|will|would|should|may|might|must"
    r"|didn['’]t|doesn['’]t|don['’]t|wasn['’]t|weren['’]t|isn['’]t|aren['’]t)"
)
_MAIN_SUBJECT = re.compile(rf"\b{_AUXILIARY}\s+\Z", re.IGNORECASE)
_JOINS = re.compile(r",|\b(?:and|but|or)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[,?.!]\s|\b(?:when|if|that|because|before|after|while|since|as|though|although|until|once|unless"
    r"|who|which|where|why|how|whether|and|but|or|than)\b",
    re.IGNORECASE,
)
_NOUN_PHRASE = re.compile(
    r"\b(?:the|a|an|each|every|which|no)\s+(?:[\w’'-]+\s+){0,3}?([\w’'-]+)(?=\s|[,?.!]|\Z)",
    re.IGNORECASE,
)
_PERSON_NOUN = re.compile(
    r"(?:mayor|president|king|queen|prince|princess|minister|chief|captain|judge|boss|coach|chef"
    r"|priest|nurse|pilot|cook|guard|guide|host|champion|student|patient|witness|suspect|victim"
    r"|man|woman|boy|girl|child|son|daughter|wife|husband|\w+man|\w+woman|\w+ist|\w+ian|\w+eer"
    r"|mother|father|brother|sister|\w+(?:er|or))\Z",
    re.IGNORECASE,
)
_NO_PERSON = frozenset(
    "number letter paper water winter summer power river tower order other career after over under"
    " never former later latter center centre theater cover corner factor border harbor harbour"
    " chapter character computer dinner weather matter quarter member september october november"
    " december color colour floor door error honor honour labor labour minor major color".split()
)
_NO_THING = frozenset(
    "day days year years time times moment week month hour reason way name names price purpose"
    " result effect cause goal part most first last best worst same next one people point"
    " beginning end rest".split()
)
"""Nouns that are seldom meant by a pronoun after them: "the day it opened"."""

_EMPTY_IT = re.compile(
    r"\b(?:is|was|isn['’]t|wasn['’]t|would)\s+it\s+(?:be\s+)?(?:like\s+(?:to|being|for)\b"
    r"|(?:\w+ly\s+)?\w+\s+(?:to|that|for)\b\s+\w+)"
    r"|\bit\s+(?:is|was|['’]s)\s+(?:\w+ly\s+)?\w+\s+(?:to|that)\b"
    r"|\b(?:does|did|will|would)\s+it\s+(?:take|cost|require)\s+(?:\w+\s+)?to\s+(?:\w+\s+){2,}"
    r"|\bit\s+(?:rain|snow|freeze|hail|rains|rained|snows|snowed|raining|snowing)\b"
    r"|\bit\s+(?:happen|seem|seems|turn out|turns out)\s+that\b"
    r"|\b(?:time|date|hour)\s+is\s+it\b",
    re.IGNORECASE,
)
"""“It” that stands for nothing: "What is it like to live there?", "Is it true that …?"."""

_SHOWN = re.compile(
    r"\b(the)\s+article\b|\b(this|these|those)\b(?!\s+(?:year|week|month|morning|evening|afternoon|night|season|spring"
    r"|summer|autumn|fall|winter|weekend|century|decade|who|whom)\b)"
    r"|\b(?:after|about|before|like|for|with|from|of|by|in|at|on|to|during)\s+(that)\b"
    r"(?=\s*[?.!]|\s+\w+\s*[?.!]?\Z|\Z)"
    rf"|(?:\b{_AUXILIARY}|^and|^but|^so)\s+(that)\b",
    re.IGNORECASE,
)
"""“This”, and “that” where it does not join two clauses; "this year" is no earlier turn's."""


def has_phrase(question: str) -> bool:
    """Whether a thing is named by a common noun with its article: the 28-foot dam."""
    return any(content_terms(phrase[1]) for phrase in _NOUN_PHRASE.finditer(question))


def has_pronoun(question: str) -> bool:
    """Whether a question has any word that could stand for another, wherever that is."""
    return any(word.lower() in FORMS for word in _WORD.findall(question))


def pointer(question: str) -> Pointer | None:
    """The first pronoun of a question that nothing in the question itself can be meant by."""
    names = mentions(question)
    empty = [one.span() for one in _EMPTY_IT.finditer(question)]
    for word in _WORD.finditer(question):
        form = word.group().lower()
        points = FORMS.get(form)
        if points is None:
            continue
        if points is Points.IT and any(a <= word.start() < b for a, b in empty):
            continue
        if not _is_inside(question, word, points, names):
            return Pointer(*word.span(), points, _owns(question, word))
    shown = _SHOWN.search(question)
    return Pointer(*shown.span(shown.lastindex or 0), Points.THIS) if shown else None


def _owns(question: str, word: re.Match[str]) -> bool:
    form = word.group().lower()
    if form not in OWNERS:
        return False
    following = _WORD.match(question, word.end() + 1)
    if form != "her":
        return following is not None
    return following is not None and bool(content_terms(following.group()))


def _is_inside(question: str, word: re.Match[str], points: Points, names: list[Mention]) -> bool:
    """Whether the question itself says, before the pronoun, what is meant by it."""
    before = question[: word.start()]
    owns = _owns(question, word)
    if (
        word.group().lower() in SUBJECTS
        and _MAIN_SUBJECT.search(before)
        and not _JOINS.search(before)
    ):
        return False
    for end in _antecedents(before, points, names):
        between = before[end:]
        if between.strip() == "of":  # "a highlight of their career" is not its own
            continue
        if owns or _CLAUSE.search(between) or word.group().lower() in SUBJECTS:
            return True
    return False


def _antecedents(before: str, points: Points, names: list[Mention]) -> list[int]:
    """Where each phrase ends that a pronoun after it can mean."""
    person = points in (Points.HE, Points.SHE)
    ends = []
    for name in names:
        fits = name.kind is not (Kind.THING if person else Kind.PERSON)
        if name.end <= len(before) and (fits or points is Points.THEY):
            ends.append(name.end)
    for phrase in _NOUN_PHRASE.finditer(before):
        noun = phrase[1].lower()
        if noun in _NO_THING or not content_terms(noun):
            continue
        is_person = bool(_PERSON_NOUN.match(noun)) and noun not in _NO_PERSON
        if points is Points.THEY or is_person == person:
            ends.append(phrase.end())
    if points is Points.THEY:
        plurals = re.finditer(r"(?<!what )(?<!which )\b\w{3,}[^s\W]s\b|\bpeople\b", before)
        ends += [one.end() for one in plurals if content_terms(one.group())]
    return ends

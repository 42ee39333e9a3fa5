"""Whom or what a pronoun means, of the names in the turns before it; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.mentions import Kind, Mention
from retrieval.pronouns import Points, has_phrase

PERSONS = (Points.HE, Points.SHE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """An earlier turn as it was meant: its question completed, and the names in both texts.

    `anew` tells that it began another subject, without a name.
    """

    question: str
    asked_of: tuple[Mention, ...]
    told_of: tuple[Mention, ...]
    anew: bool = False


def antecedent(points: Points, spoken: Sequence[Spoken]) -> Mention | None:
    """The name that a pronoun most likely means: near, and of the right kind.

    None where it rather means what the last question speaks of without a name.
    """
    last = spoken[-1]
    if points not in PERSONS and not last.asked_of and has_phrase(last.question):
        return None
    best, best_score = None, 0.0
    genders = {
        m.name: m.pronoun for one in spoken for m in (*one.asked_of, *one.told_of) if m.pronoun
    }
    for age, one in enumerate(reversed(spoken)):
        for place, names in enumerate((one.asked_of, one.told_of)):
            for name in names:
                fit = _fit(points, name, genders.get(name.name, ""))
                score = fit - 0.5 * place - 0.6 * age if fit else 0.0
                if score > best_score or (fit and best is None):
                    best, best_score = name, score
        if one.anew:
            break
    return best


def _fit(points: Points, name: Mention, gender: str) -> float:
    """How well a pronoun fits a name; 0 if it cannot mean it."""
    if points in PERSONS:
        wanted = "he" if points is Points.HE else "she"
        if name.kind is Kind.THING or gender not in ("", wanted):
            return 0.0
        return 2.5 if gender else 2.0 if name.kind is Kind.PERSON else 1.75
    if points is Points.THEY:
        return 0.0 if gender else 1.5 if name.kind is Kind.PERSON else 2.0
    if name.kind is Kind.PERSON or gender:
        return 0.0
    return 2.0 if name.kind is Kind.THING else 1.75


def whole_name(name: str, spoken: Sequence[Spoken]) -> str:
    """The longer name of a person of which this one word is a part."""
    if " " in name:
        return name
    for one in reversed(spoken):
        for other in (*one.asked_of, *one.told_of):
            parts = other.name.split()
            if 1 < len(parts) <= 4 and other.kind is not Kind.THING and name in parts:
                return other.name
    return name


def distinct(names: Sequence[Mention]) -> list[Mention]:
    """Without those whose name is part of another's."""
    return [
        one
        for one in names
        if not any(one.name != other.name and one.name in other.name for other in names)
    ]


def alike(new: Mention, names: Sequence[Mention]) -> Mention | None:
    """The name that is of the same kind as another, so far as can be told."""
    others = [one for one in names if one.name != new.name]
    same = [one for one in others if one.kind is new.kind]
    either = [one for one in others if Kind.EITHER in (one.kind, new.kind)]
    return next(iter(same or either or others), None)

"""What kind of question is asked, and how well each kind is answered; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.evaluation.asking import Asked
from retrieval.evaluation.figures import share, two_standard_errors

_PATTERNS = {
    "result": r"what (?:(?:had|has|will|would|might|could) )?(?:happen|result|follow)(?:s|ed)?\b"
    r"|(?:what|which) (?:\w+ ){0,4}(?:results?|consequences?|effects?|outcome|impact)\b",
    "why": r"why\b|how come\b|what (?:caus|made\b|makes\b)|for what (?:reason|purpose)"
    r"|what (?:\w+ ){0,3}(?:reasons?|causes?|purpose)\b",
    "how many": r"how (?:many|much|long|old|far|often|big|large|tall|high|fast|deep|wide|heavy)\b"
    r"|(?:what|which) (?:\w+ ){0,2}(?:number|percent|percentage|amount|proportion|share|price|cost"
    r"|population|size|length|height|width|weight|speed|distance|age|score)\b",
    "when": r"when\b"
    r"|(?:what|which) (?:years?|dates?|days?|months?|times?|century|decade|season)\b",
    "where": r"where\b|(?:what|which) (?:countr(?:y|ies)|cit(?:y|ies)|towns?|states?|places?"
    r"|regions?|villages?|continents?|streets?|count(?:y|ies)|locations?)\b",
    "who": r"who(?:m|se|['’]s)?\b|(?:what|which) (?:person|people|man|woman|author|president)\b",
    "how": r"how\b|(?:what|which) (?:manner|way)\b",
    "what": r"(?:what|which)(?:['’]s)?\b",
}
_KINDS = {kind: re.compile(rf"\b(?:{one})", re.IGNORECASE) for kind, one in _PATTERNS.items()}

KINDS = ("who", "when", "where", "how many", "what", "why", "how", "result", "other")


@dataclass(frozen=True, slots=True)
class KindFigures:
    """The share of the answerable questions of a kind that the first quotes answer.

    `first_error` and `three_error` are two standard errors.
    """

    kind: str
    questions: int
    first: float
    first_error: float
    three: float
    three_error: float


def kind_of(question: str) -> str:
    """The kind of a question, by the question word that it has first; "other" without any."""
    # Of two that begin at one place, the earlier of the patterns is the more special one.
    found = {kind: pattern.search(question) for kind, pattern in _KINDS.items()}
    places = {kind: one.start() for kind, one in found.items() if one}
    return min(places, key=places.__getitem__) if places else "other"


def by_kind(asked: Sequence[Asked]) -> list[KindFigures]:
    """How well each kind of question is answered, for the kinds that there are."""
    groups: dict[str, list[Asked]] = {kind: [] for kind in KINDS}
    for one in asked:
        if one.question.answerable:
            groups[kind_of(one.question.question)].append(one)
    return [_figures(kind, group) for kind, group in groups.items() if group]


def _figures(kind: str, asked: Sequence[Asked]) -> KindFigures:
    first, three = (share([one.is_answered_in(number) for one in asked]) for number in (1, 3))
    total = len(asked)
    errors = two_standard_errors(first, total), two_standard_errors(three, total)
    return KindFigures(kind, total, first, errors[0], three, errors[1])

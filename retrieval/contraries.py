"""Words that make a sentence say something else, though it has all its other words in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from retrieval.quantities import kind_of
from retrieval.words import WORD

ENGLISH = frozenset("the of and at by from is was were people for with".split())
"""What is in none of these words is not compared: denials in other languages are not known."""

_UNSURE = frozenset(
    "if not no never nobody none without denied denies expected expects forecast could may might"
    " would feared initially earlier previously originally plan plans planned target aims hopes"
    " hoped should cannot".split()
)
"""What is told with one of these, and what is told without it, are not the same."""

REPORTED = frozenset(("would",))
"""What is told with this may be no less certain: that it will be, in another's words."""

_OPPOSITES = """
    open/close begin/end start/end start/stop win/lose won/lost rise/fall rose/fell
    increase/decrease buy/sell bought/sold arrest/release approve/reject accept/reject
    agree/refuse confirm/deny
    up/down gain/lose gained/lost hire/fire join/leave arrive/leave arrive/depart allow/ban
    before/after first/last first/second more/less higher/lower north/south east/west old/new
    man/woman son/daughter husband/wife men/women boy/girl enter/leave appear/vanish guilty/innocent
    convict/acquit build/demolish built/demolished admit/deny raise/cut raise/lower postpone/cancel
    support/oppose succeed/fail alive/dead won/beaten opened/closed reopen/close import/export
"""


def unsure(text: str) -> frozenset[str]:
    """The words of doubt, denial and intention of a text."""
    words = WORD.findall(text)
    found = _UNSURE.intersection(word.casefold() for word in words)
    if "may" not in words:
        found -= {"may"}  # it is the month
    return found | ({"not"} if "n't" in text.casefold().replace("’", "'") else set())


def opposed(words: Iterable[str], others: Iterable[str]) -> bool:
    """Whether one says open where the other says close."""
    terms, them = ({kind_of(word) for word in told} for told in (words, others))
    return any(
        (first in terms and second in them and first not in them and second not in terms)
        or (second in terms and first in them and second not in them and first not in terms)
        for first, second in _opposites()
    )


@cache
def _opposites() -> list[tuple[str, str]]:
    pairs = (pair.split("/") for pair in _OPPOSITES.split())
    return [(kind_of(first), kind_of(second)) for first, second in pairs]

"""The publishers and the authors that a question names, as the catalog spells them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.limits.called import (
    MINOR,
    Forms,
    Word,
    forms_of_authors,
    forms_of_publishers,
    key_of,
    without_the,
    words_of,
)
from retrieval.limits.telling import NOUN, VERB
from retrieval.records import Span
from retrieval.words import content_terms

LONGEST_NAME = 12  # words
WITHIN_A_NAME = re.compile(r"[^,;?!()\[\]\"“”„\n]{0,4}")
ADVERB = re.compile(r"\w+ly|last|first|then|later|yesterday|today|recent|latest", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """Characters of a question that name somebody, and all names of the catalog they stand for.

    `surely` is false for what may be a common word, such as "fortune".
    """

    span: Span
    names: tuple[str, ...]
    surely: bool


def publishers_in(question: str, publishers: Sequence[str]) -> list[Named]:
    """The publishers that a question names, in any of the forms people use, in order."""
    return list(_named(question, forms_of_publishers(tuple(publishers))))


def authors_in(question: str, authors: Sequence[str]) -> list[Named]:
    """The authors that a question names whole, in order."""
    return list(_named(question, forms_of_authors(tuple(authors))))


def spelled(name: str, publishers: Sequence[str]) -> tuple[str, ...]:
    """The publishers that somebody means who gives this name outright; none if there is none."""
    forms = forms_of_publishers(tuple(publishers))
    words = words_of(name)
    return (
        forms.words.get(key_of(words), ())
        or forms.initials.get(name.upper(), ())
        or forms.lasts.get(key_of(without_the(words)).capitalize(), ())
    )


def sharing(name: str, publishers: Sequence[str]) -> list[str]:
    """The publishers that have a word of a name, those with the most of them first."""
    own = _telling(name)
    found = [one for one in publishers if own & _telling(one)]
    return sorted(found, key=lambda one: -len(own & _telling(one)))


def _telling(name: str) -> set[str]:
    return {word.text.casefold() for word in words_of(name)} - MINOR


# -- where they stand in a question


def _named(question: str, forms: Forms) -> Iterator[Named]:
    words = words_of(question)
    keys = [key_of([word]) for word in words]
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
            known = last == place and words[last].text in forms.initials
            short = last == place + 1 and keys[place] == "the" and words[last].text in forms.lasts
            if key in forms.words or known or short:
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
    names = forms.words.get(key_of(words[first : last + 1]))
    if names:
        return Named(span, names, _is_surely(told, first))
    if last > first:
        goes_on = _goes_on(question, words, last)
        return None if goes_on else Named(span, forms.lasts[words[last].text], surely=True)
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


def _goes_on(question: str, words: Sequence[Word], last: int) -> bool:
    """Whether a last word is but the first of what is meant: of "the Post office"."""
    if last + 1 == len(words) or question[words[last].end : words[last + 1].start] != " ":
        return False
    after = words[last + 1].text
    tells = any(form.fullmatch(after) for form in (NOUN, VERB, ADVERB))
    return not tells and bool(content_terms(after))

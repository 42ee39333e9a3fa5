"""Text fragments: what leads a browser to a quote in a page, after the WICG's directive; pure.

`start,end` leads to the first place where the words of `start` stand and on to the first after it
where those of `end` do; with `prefix-,` before them, these have to stand right before. Case and the
amount of white space do not matter, and words are whole.
"""

from __future__ import annotations

import re
from urllib.parse import quote as percent_encoded

LONGEST_WHOLE = 80  # characters of a quote that a link repeats whole
FEWEST = 4  # words of each end that a link to a longer quote repeats
MOST_BEFORE = 12  # words before a quote that tell it from another that says the same

# Chinese and Japanese put no space between words: there a clause is the least that is named.
_WORD = re.compile(r"[^\s。，、；：！？]+[。，、；：！？]*|[。，、；：！？]+")


def fragment(text: str, start: int, end: int) -> str:
    """The directive's value for a part of a text, with as few words as lead there and only there.

    Words that stand in the page but not in the article, such as its menu's, are not known here.
    """
    told, before = _one_spaced(text[start:end]).strip(), _one_spaced(text[:start])
    page, at = _alike(before + told), len(before)
    ends = _two_ends(page, at, told) or [told]
    named = [*_prefix(page, at, before, ends[0]), *map(_encoded, ends)]
    return ",".join(named)


def _two_ends(page: str, at: int, told: str) -> list[str] | None:
    """The words at both ends of a long quote that name it and no other; None if none do."""
    words = [match.span() for match in _WORD.finditer(told)]
    fewest = FEWEST if " " in told else 1
    if len(told) <= LONGEST_WHOLE or len(words) < 2 * fewest:
        return None
    for last in range(fewest, len(words) - fewest + 1):
        start = told[: words[last - 1][1]]
        if _first(page, start) == at:
            break
    else:
        return None
    for first in range(len(words) - fewest, last - 1, -1):
        end = told[words[first][0] :]
        if _first(page, end, at + len(start)) == at + words[first][0]:
            return [start, end]
    return None


def _prefix(page: str, at: int, before: str, start: str) -> list[str]:
    """The words before a quote, where they are needed to tell it from an earlier place."""
    if _first(page, start) == at:
        return []
    words = [match.start() for match in _WORD.finditer(before)][-MOST_BEFORE:]
    for first in reversed(words):
        if _first(page, before[first:] + start) == first:
            return [f"{_encoded(before[first:].strip())}-"]
    return []


def _first(page: str, words: str, after: int = 0) -> int:
    """Where some words stand first in a page, whole; -1 where they do not."""
    wanted = _alike(words)
    at = page.find(wanted, after)
    while at >= 0:
        end = at + len(wanted)
        if not (
            _joined(page[at - 1 : at], wanted[:1]) or _joined(wanted[-1:], page[end : end + 1])
        ):
            break
        at = page.find(wanted, at + 1)
    return at


def _joined(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum()


def _one_spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _alike(text: str) -> str:
    """A text as it is compared; a letter that is longer in lower case would move all after it."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _encoded(words: str) -> str:
    """Words in a directive, where a hyphen and a comma mean something, in an address."""
    return percent_encoded(words, safe="").replace("-", "%2D")

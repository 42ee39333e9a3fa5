"""Text fragments: what leads a browser to a quote in a page, after the WICG's directive; pure.

`start,end` leads to the first place where the words of `start` stand and on to the first after it
where those of `end` do; with `prefix-,` before them, these have to stand right before. Case and the
amount of white space do not matter, and words are whole. A browser finds each of the three only
within one block of the page, so none of them reaches over a line break of the article.
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
    lines = [_one_spaced(line).strip() for line in text[start:end].splitlines() if line.strip()]
    before = _one_spaced(text[:start])
    page, at = _alike(before + " ".join(lines)), len(before)
    ends = _ends(page, at, lines or [""])
    *_, block = ["", *text[:start].rstrip().splitlines()]
    named = [*_prefix(page, at, before, len(_one_spaced(block).strip()), ends[0])]
    return ",".join([*named, *map(_encoded, ends)])


def _ends(page: str, at: int, lines: list[str]) -> list[str]:
    """A quote of one short line whole, else the words at both ends that name it and no other.

    `page` ends with the quote, which begins at `at`. Where no words of a single line name it, it is
    given whole.
    """
    start = next((one for one in _openings(lines[0]) if _first(page, one) == at), None)
    after = at + len(start or lines[0])
    ending = (
        one for one in _closings(lines[-1]) if _first(page, one, after) == len(page) - len(one)
    )
    end = next(ending, None)
    if len(lines) > 1:
        return [start or lines[0], end or lines[-1]]
    return [start, end] if start and end and len(lines[0]) > LONGEST_WHOLE else lines


def _openings(line: str) -> list[str]:
    """The words that a line begins with, from a few to all; all of a short line."""
    if len(line) <= LONGEST_WHOLE:
        return [line]
    fewest = FEWEST if " " in line else 1
    return [line[: match.end()] for match in _WORD.finditer(line)][fewest - 1 :] or [line]


def _closings(line: str) -> list[str]:
    """The words that a line ends with, from a few to all; all of a short line."""
    if len(line) <= LONGEST_WHOLE:
        return [line]
    fewest = FEWEST if " " in line else 1
    return [line[match.start() :] for match in _WORD.finditer(line)][-fewest::-1] or [line]


def _prefix(page: str, at: int, before: str, block: int, start: str) -> list[str]:
    """The words before a quote, where they are needed to tell it from an earlier place.

    They are of the last `block` characters before it, white space at the end aside.
    """
    if _first(page, start) == at:
        return []
    begin = len(before.rstrip()) - block
    words = [match.start() for match in _WORD.finditer(before, begin)][-MOST_BEFORE:]
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

"""Links to quotes: text fragments that name a passage by as few words as possible."""

from __future__ import annotations

import re
from urllib.parse import quote as percent_encoded

from retrieval import Quote

LONGEST_WHOLE = 80  # characters of a quote that a link repeats whole
FEWEST = 4  # words of each end that a link to a longer quote repeats
MOST_BEFORE = 12  # words before a quote that distinguish it from an equal passage

# Chinese and Japanese put no space between words: there a clause is the least that is named.
_WORD = re.compile(r"[^\s。，、；：！？]+[。，、；：！？]*|[。，、；：！？]+")


def passage_link(quote: Quote) -> str | None:
    """Return the article's URL with a text fragment that names the quote; None without a URL."""
    if not quote.article.url:
        return None
    # An address copied from a search engine may already name another passage.
    url = quote.article.url.partition(":~:")[0]
    if quote.gone_since:  # the page no longer has the passage
        return url
    mark = ":~:" if "#" in url else "#:~:"
    return f"{url}{mark}text={fragment(quote.article.text, quote.start, quote.end)}"


def fragment(text: str, start: int, end: int) -> str:
    """Return the value of a text directive for `text[start:end]`.

    See the WICG's URL Fragment Text Directives: `text=before-,start,end`. Words that are in the
    page and not in the article, such as its menu, are not known here.
    """
    lines = [_single_spaced(line).strip() for line in text[start:end].splitlines() if line.strip()]
    lines = lines or [""]
    before = _single_spaced(text[:start])
    page, at = _lower(before + " ".join(lines)), len(before)
    ends = [_words(lines[0])[0], _words(lines[-1])[1]]
    if not _leads(page, at, ends):
        ends = [lines[0], lines[-1]]
    if ends == [lines[0]] * 2 and len(lines) == 1:
        ends = lines
    *_, block = ["", *text[:start].rstrip().splitlines()]
    prefix = _prefix(page, at, before, len(_single_spaced(block).strip()), ends[0])
    return ",".join([*prefix, *map(_encoded, ends)])


def _words(line: str) -> tuple[str, str]:
    """Return the first and the last words of a long line; a short line is whole."""
    words, fewest = list(_WORD.finditer(line)), FEWEST if " " in line else 1
    if len(line) <= LONGEST_WHOLE or len(words) <= 2 * fewest:
        return line, line
    return line[: words[fewest - 1].end()], line[words[-fewest].start() :]


def _leads(page: str, at: int, ends: list[str]) -> bool:
    """Return whether the words at both ends lead to a quote at the end of a page."""
    first, last = ends
    is_last = _find(page, last, at + len(first)) == len(page) - len(last)
    return _find(page, first) == at and is_last


def _prefix(page: str, at: int, before: str, block: int, start: str) -> list[str]:
    """Return the words before a quote that distinguish it from an earlier place, if any must.

    They are of the last `block` characters before it, without white space at the end.
    """
    if _find(page, start) == at:
        return []
    begin = len(before.rstrip()) - block
    words = [match.start() for match in _WORD.finditer(before, begin)][-MOST_BEFORE:]
    for first in reversed(words):
        if _find(page, before[first:] + start) == first:
            return [f"{_encoded(before[first:].strip())}-"]
    return []


def _find(page: str, words: str, after: int = 0) -> int:
    """Return the first place of whole words in a page; -1 if they are not in it."""
    wanted = _lower(words)
    at = page.find(wanted, after)
    while at >= 0:
        end = at + len(wanted)
        edges = (page[at - 1 : at], wanted[:1]), (wanted[-1:], page[end : end + 1])
        if not any(left.isalnum() and right.isalnum() for left, right in edges):
            break
        at = page.find(wanted, at + 1)
    return at


def _single_spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _lower(text: str) -> str:
    """Return the text in lower case, unless that changes its length and so the places in it."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _encoded(words: str) -> str:
    """Percent-encode words, with the hyphens and commas that mean something in a directive."""
    return percent_encoded(words, safe="").replace("-", "%2D")

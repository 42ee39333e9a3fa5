"""The title of a page: what machines are told, else what stands above the text, without the site.

Windows say "Pier reopens - The Harbour Post": beside a known title, the rest names the site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKS = r"\s+[|–—·•:»›/-]{1,2}\s+|\s*\|\s*|\s*::\s*"
_MARK_BEGINS = re.compile(rf"^(?:{_MARKS}|\s*[:–—|-]\s*)")
_MARK_ENDS = re.compile(rf"(?:{_MARKS}|\s*[:–—|-]\s*)$")
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
LONGEST_SITE = 50


@dataclass(frozen=True, slots=True)
class Titles:
    """Where a title may stand; each the most trusted first.

    `told` is told to machines; `headings` are those of the page, the one with the most text below
    it first, the greater of them are `great`; `lines` are other short lines of the page.
    """

    told: list[str]
    headings: list[str]
    great: list[str]
    lines: list[str]
    window: str | None


def title_and_site(titles: Titles, sites: list[str]) -> tuple[str | None, str | None]:
    """The title of the article, and the name of the site where the window's title gives it."""
    title = _title(titles, sites)
    if title is None:
        return None, None
    return title, _beside(title, titles.window or "")


def without_site(title: str, sites: list[str]) -> str:
    """A title without the names of the site before or after it."""
    for name in sites:
        bare = _stripped(title, name)
        title = bare if bare else title
    return title


def _stripped(title: str, name: str) -> str:
    folded, site = title.casefold(), name.casefold()
    if len(folded) != len(title) or not site:
        return title
    if folded.endswith(site) and (mark := _MARK_ENDS.search(title[: -len(site)])):
        return title[: mark.start()]
    if folded.startswith(site) and (mark := _MARK_BEGINS.match(title[len(site) :])):
        return title[len(site) + mark.end() :]
    return title


def _title(titles: Titles, sites: list[str]) -> str | None:
    told = [without_site(one, sites) for one in titles.told if one]
    told = [one for one in told if one.casefold() not in {name.casefold() for name in sites}]
    if told:
        return _uncut(told[0], {*told[1:], *titles.headings, *_pieces(titles.window or "")})
    window = titles.window or ""
    pieces = _pieces(window)
    named = {name.casefold() for name in sites}
    for group in (titles.headings, titles.lines):
        fitting = [
            one
            for one in group
            if one.casefold() not in named
            and (one in pieces or (len(one) >= 15 and window.startswith(one)))
        ]
        # The site's name may be a heading, too, but has less text below it. Of other lines, which
        # may name a section, the longest is the title.
        if fitting:
            return fitting[0] if group is titles.headings else max(fitting, key=len)
    if titles.great and len(titles.great[0]) >= 3:
        return without_site(titles.great[0], sites)
    return without_site(window, sites) or None


def _uncut(title: str, others: set[str]) -> str:
    """A title that was cut off for machines, whole, but without what may stand behind it."""
    if not _CUT.search(title):
        return title
    begun = _CUT.sub("", title)
    whole = [one for one in others if one.startswith(begun) and not _CUT.search(one)]
    return min(whole, key=len, default=title)


def _pieces(window: str) -> set[str]:
    marks = list(re.finditer(_MARKS, window))
    ends = [window[: mark.start()] for mark in marks]
    return {window, *ends, *(window[mark.end() :] for mark in marks)}


def _beside(title: str, window: str) -> str | None:
    """What a window's title says besides the title: the name of the site, after any section."""
    if window.startswith(title) and (mark := _MARK_BEGINS.match(window[len(title) :])):
        name = re.split(_MARKS, window[len(title) + mark.end() :])[-1]
    elif window.endswith(title) and (mark := _MARK_ENDS.search(window[: -len(title)])):
        name = re.split(_MARKS, window[: mark.start()])[0]
    else:
        return None
    name = name.strip()
    return name if 2 <= len(name) <= LONGEST_SITE and name.count(" ") <= 6 else None

"""What entries of all kinds of feeds are made of: lines, links, times, and whole texts."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.reading import bylines, dates, lines

# Before that there was no web: a clock that was never set says 1970, 1980 or 0001.
_FIRST_YEAR = 1990
# Names of months and weekdays are looked up in these, those of the most feeds first.
_LANGUAGES = (
    "en es de fr it pt ru nl pl sv da nb fi cs tr zh ja ko uk el hu ro sk sl hr sr bs bg mk be"
    " et lv lt ca eu gl ga cy is sq vi id ms th ar he fa hi bn ta te ml ka hy az kk uz sw"
).split()
# To load all languages takes more than a second, and a miss 10 ms from then on.
_MOST_MISSES = 20

_SHORTEST_WHOLE = 100  # words; what is shorter may be a summary that stands in the wrong element
_CUT_OFF = re.compile(
    r"(?:…|\.\.\."
    r"|\b(?:(?:read|see|view|learn)\s+(?:more|on|full|the|whole|rest)|continued?\s+reading"
    r"|full\s+(?:story|article))\b.{0,90})\W*(?:more\W+)?$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(
    r"\s*The (?:post|article|entry) .{1,300} (?:appeared first|was first published) on .{1,120}$",
    re.DOTALL,
)


class Times:
    """Reads the times of one feed."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._misses = 0

    def read(self, written: object) -> date | None:
        """A time as a feed writes it.

        None for what is none, is half of one or could be two, or was made up by a wrong clock.
        """
        words = line(written) or ""
        value = dates.parsed(words) or self._by_names(words)
        if value is None:
            with suppress(ValueError, OverflowError):
                value = parsedate_to_datetime(words)  # RFC 822 gives the year by two digits
        right = value and value.year >= _FIRST_YEAR and dates.plausible(value, self._today)
        return value if right else None

    def _by_names(self, words: str) -> date | None:
        """A time with the names of month and weekday in any of many languages."""
        is_clear = re.search(r"\d{4}", words) and not re.search(r"\d([./-])\d+\1\d{4}", words)
        if not is_clear or self._misses >= _MOST_MISSES or len(words) > dates.LONGEST:
            return None
        time: datetime | None = self._names.get_date_data(words).date_obj
        self._misses += time is None
        return time.date() if time and not re.search(r"\d:\d", words) else time

    @cached_property
    def _names(self) -> Any:
        # A tenth of a second to import.
        from dateparser.date import DateDataParser

        required = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
        return DateDataParser(languages=_LANGUAGES, settings={**required, "DATE_ORDER": "DMY"})


def line(written: object) -> str | None:
    """Words on one line, or None."""
    if not isinstance(written, str):
        return None
    # JSON can write half a character, which no file can keep.
    return " ".join(written.encode("utf-8", "replace").decode().split()) or None


def link(written: object, base: str) -> str | None:
    """An absolute link to a page, or None."""
    if not (words := line(written)):
        return None
    try:
        joined = urljoin(base, words.replace(" ", ""))
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.hostname else None


def names(authors: Any) -> str | None:
    """The names of some authors, as a sentence lists them."""
    given = [line(author.get("name")) for author in authors or [] if isinstance(author, dict)]
    # Of "ines@post.online (Ines Moller)" feedparser leaves "ine (Ines Moller".
    bare = [re.sub(r"^[a-z]* ?\((?=[^)]*$)", "", name) for name in given if name]
    plain = dict.fromkeys(bylines.without_by(name) for name in bare if "@" not in name)
    return bylines.listed(list(filter(None, plain))) or None


def is_whole(text: str, *, is_html: bool) -> bool:
    """Whether the content of an entry seems to be its whole article and no beginning of it."""
    text = unescape(re.sub(r"<[^>]*>", " ", text)) if is_html else text
    text = without_postscript(" ".join(text.split()))
    long_enough = len(text.split()) >= _SHORTEST_WHOLE
    return long_enough and lines.ends_sentence([text]) and not _CUT_OFF.search(text[-200:])


def without_postscript(text: str) -> str:
    """A text without the line that says where it appeared first."""
    return _POSTSCRIPT.sub("", text)

"""What entries of all kinds of feeds are made of: lines, links, times, and whole texts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.entries import Entry
from retrieval.reading import bylines, dates

# Before that there was no web: a clock that was never set says 1970, 1980 or 0001.
_FIRST_YEAR = 1990
_CLOCKS_DIFFER_BY = timedelta(hours=1)
# Names of months and weekdays are looked up in these, those of the most feeds first.
_LANGUAGES = (
    "en es de fr it pt ru nl pl sv da nb fi cs tr zh ja ko uk el hu ro sk sl hr sr bs bg mk be"
    " et lv lt ca eu gl ga cy is sq vi id ms th ar he fa hi bn ta te ml ka hy az kk uz sw"
).split()
# To load all languages takes more than a second, and a miss 10 ms from then on.
_MOST_MISSES = 20
_NUMERIC = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{4}")

_SHORTEST_WHOLE = 100  # words; what is shorter may be a summary that stands in the wrong element
_TAG = re.compile(r"<[^>]*>")
_ENDS_OF_A_TEXT = tuple(".!?…\"'”’»)。！？")
_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&#8230;|&hellip;|more)\]"
    r"|\b(?:read|see|view|learn)\s+(?:more|on)\b.{0,60}|\bcontinued?\s+reading\b.{0,90}"
    r"|\bread\s+(?:the\s+)?(?:full|whole|rest)\b.{0,60}|\bfull\s+(?:story|article)\b.{0,40})\W*$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(
    r"\s*The (?:post|article|entry) .{1,300} (?:appeared first|was first published) on .{1,120}$",
    re.DOTALL,
)


@dataclass
class Times:
    """Reads the times of one feed, which was fetched at `now`."""

    now: datetime
    misses: int = 0

    def read(self, written: str | None) -> date | None:
        """A time as a feed writes it; None for what is none, or was made up by a wrong clock."""
        if not written:
            return None
        value = dates.parsed(written)
        if value is None and re.search(r"\d{4}", written) and not _NUMERIC.search(written):
            value = self._by_names(written)
        return self.believed(value)

    def believed(self, value: date | None) -> date | None:
        """A time if something may have been published then: since the web began and before now."""
        if value is None or dates.day_of(value).year < _FIRST_YEAR:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value if value <= self.now + _CLOCKS_DIFFER_BY else None
        # Without a zone it may be tomorrow already where the entry was written.
        tomorrow = self.now.astimezone(UTC).date() + timedelta(days=1)
        return value if dates.day_of(value) <= tomorrow else None

    def _by_names(self, written: str) -> date | None:
        """A time with the names of month and weekday in any of many languages."""
        if self.misses >= _MOST_MISSES or len(written) > dates.LONGEST:
            return None
        found: datetime | None = self._names.get_date_data(written).date_obj
        self.misses += found is None
        if found is None:
            return None
        return found if re.search(r"\d:\d", written) else found.date()

    @cached_property
    def _names(self) -> Any:
        # A tenth of a second to import.
        from dateparser.date import DateDataParser

        required = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
        return DateDataParser(languages=_LANGUAGES, settings={**required, "DATE_ORDER": "DMY"})


def entry(
    id: str | None,
    link: str | None,
    title: str | None,
    text: str | None,
    *,
    is_html: bool,
    full: bool,
    **more: Any,
) -> Entry:
    """An entry with an id; `full` says that the feed calls its text the whole article."""
    whole = text is not None and (link is None or (full and is_whole(text, is_html=is_html)))
    id = id or link or id_from(title, text)
    return Entry(id, link, title, content=text, is_html=is_html, whole=whole, **more)


def line(written: object) -> str | None:
    """Words on one line, or None."""
    if not isinstance(written, str):
        return None
    # JSON can write half a character, which no file can keep.
    return " ".join(written.encode("utf-8", "replace").decode().split()) or None


def link(written: str | None, base: str) -> str | None:
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
    found: dict[str, None] = {}
    for one in authors or []:
        name = line(one.get("name")) if isinstance(one, dict) else None
        if name and "@" not in name:
            # Of "ines@post.online (Ines Moller)" feedparser leaves "ine (Ines Moller".
            found[bylines.without_by(re.sub(r"^[a-z]* ?\((?=[^)]*$)", "", name))] = None
    return bylines.listed([name for name in found if name]) or None


def is_whole(text: str, *, is_html: bool) -> bool:
    """Whether the content of an entry seems to be its whole article and no beginning of it."""
    text = " ".join((_TAG.sub(" ", text) if is_html else text).split())
    text = without_postscript(text)
    long_enough = len(text.split()) >= _SHORTEST_WHOLE
    return long_enough and text.endswith(_ENDS_OF_A_TEXT) and not _CUT_OFF.search(text[-200:])


def without_postscript(text: str) -> str:
    """A text without the line that tells where it appeared first."""
    return _POSTSCRIPT.sub("", text)


def id_from(*facts: str | None) -> str:
    """An id for an entry that has none, from what it tells."""
    return hashlib.sha256("\n".join(fact or "" for fact in facts).encode()).hexdigest()[:20]

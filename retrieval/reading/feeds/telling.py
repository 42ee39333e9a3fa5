"""What all kinds of feeds have in common: their times, their links, and how much they tell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from retrieval.entries import Entry, Feed
from retrieval.links import normalised
from retrieval.reading import dates

PARSER_ERRORS = (
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    RecursionError,
)
"""What feedparser and listparser raise over broken files, as they have no errors of their own."""

MOST_ENTRIES = 50_000
"""As many links as a sitemap may have; no feed has more."""

# Before that there was no web: a clock that was never set says 1970, 1980 or 0001.
_FIRST_YEAR = 1990
_CLOCKS_DIFFER_BY = timedelta(hours=1)
_SHORTEST_WHOLE = 100  # words; what is shorter may be a summary that stands in the wrong element
_TAG = re.compile(r"<[^>]*>")
_ENDS_OF_A_TEXT = tuple(".!?…\"'”’»)。！？")
_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&#8230;|&hellip;|more)\]"
    r"|\b(?:read|see|view|learn)\s+(?:more|on)\b.{0,60}|\bcontinue(?:d)?\s+reading\b.{0,90}"
    r"|\bread\s+(?:the\s+)?(?:full|whole|rest)\b.{0,60}"
    r"|\bfull\s+(?:story|article)\b.{0,40})\W*$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(
    r"\s*The (?:post|article|entry) .{1,300} (?:appeared first|was first published) on .{1,120}$",
    re.DOTALL,
)


def time(written: str | None, now: datetime) -> date | None:
    """A date as a feed writes it; None for one that a wrong clock has made up."""
    value = dates.parsed(written) if written else None
    return value if value is not None and believable(value, now) else None


def believable(value: date, now: datetime) -> bool:
    """Whether something may have been published then: after the web began and before now."""
    if dates.day_of(value).year < _FIRST_YEAR:
        return False
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value <= now + _CLOCKS_DIFFER_BY
    # Without a zone it may be tomorrow already where the entry was written.
    return dates.day_of(value) <= now.astimezone(UTC).date() + timedelta(days=1)


def link(written: str | None, base: str) -> str | None:
    """An absolute link to a page, or None."""
    if not written or not written.strip():
        return None
    try:
        joined = urljoin(base, "".join((line(written) or "").split()))
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.hostname else None


def line(written: object) -> str | None:
    """Words on one line, or None."""
    if not isinstance(written, str):
        return None
    # JSON can write half a character, which no file can keep.
    return " ".join(written.encode("utf-8", "replace").decode().split()) or None


def is_whole(content: str, *, is_html: bool) -> bool:
    """Whether the content of an entry seems to be its whole article and no beginning of it."""
    text = " ".join((_TAG.sub(" ", content) if is_html else content).split())
    text = _POSTSCRIPT.sub("", text)
    return (
        len(text.split()) >= _SHORTEST_WHOLE
        and text.endswith(_ENDS_OF_A_TEXT)
        and _CUT_OFF.search(text[-200:]) is None
    )


def without_postscript(text: str) -> str:
    """A text without the line that tells where it appeared first."""
    return _POSTSCRIPT.sub("", text)


def id_from(*facts: str | None) -> str:
    """An id for an entry that has none, from what it tells."""
    return hashlib.sha256("\n".join(fact or "" for fact in facts).encode()).hexdigest()[:20]


def distinct(feed: Feed) -> Feed:
    """The feed with an id of its own for each entry, and links only where they lead to one entry.

    An entry that stands twice is kept once. Where several entries lead to one page, such as the
    front page, it is the article of none of them.
    """
    entries = _with_own_ids(feed.entries[:MOST_ENTRIES])
    titles: dict[str, set[str | None]] = {}
    for entry in entries:
        if entry.link:
            titles.setdefault(normalised(entry.link), set()).add(entry.title)
    shared = {link for link, told in titles.items() if len(told) > 1}
    shared |= {normalised(feed.home)} if feed.home else set()
    kept: dict[str, Entry] = {}
    for entry in entries:
        link = normalised(entry.link) if entry.link else None
        if link in shared:
            entry = replace(entry, link=None, whole=entry.content is not None)
        kept.setdefault(entry.id if link is None or link in shared else link, entry)
    return replace(feed, entries=_with_own_times(list(kept.values())))


def _with_own_ids(entries: Sequence[Entry]) -> list[Entry]:
    """Entries told apart by the rest of them, in a feed that gives them all one id.

    Of two that are the same the first is the latest.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        known = found.get(entry.id)
        if known and not _is_same(known, entry):
            entry = replace(entry, id=id_from(entry.id, entry.link, entry.title))
        found.setdefault(entry.id, entry)
    return list(found.values())


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether two entries with one id are one, which may have got another title."""
    if one.link in (None, one.id):  # an id that was made of the link tells no more than that
        return one.title == other.title
    return one.link == other.link


def _with_own_times(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries without times that were made up when the feed was.

    Some servers give every entry the time of the request. If that counted as a change, each poll
    would read all of them again.
    """
    times = {entry.updated for entry in entries}
    if len(entries) > 2 and len(times) == 1:
        return tuple(replace(entry, updated=None) for entry in entries)
    return tuple(entries)

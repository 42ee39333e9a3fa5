"""What a feed says, and what is remembered of followed feeds; every record is frozen."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from operator import methodcaller
from typing import NamedTuple

from retrieval.text.links import normalised


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article, under an id that no other entry of the feed has.

    `content` is HTML where `is_html`, and `whole` where it is all of the article and no summary.
    `updated` is the time of its last change; an article's date is `published`.
    """

    id: str
    link: str | None = None
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: date | None = None
    updated: date | None = None
    content: str | None = None
    is_html: bool = True
    whole: bool = False

    @property
    def digest(self) -> str:
        """Stands for what a reader would see of the entry, whatever its id and its markup."""
        words = re.sub(r"<[^>]*>", " ", self.content or "").split()
        link, updated = self.link and normalised(self.link), self.updated
        seen = json.dumps([self.title, link, updated and updated.isoformat(), words])
        return hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()[:20]


def to_json(entry: Entry) -> str:
    """Write an entry as JSON, to wait in the catalog or to cross between processes."""
    return json.dumps(asdict(entry), default=methodcaller("isoformat"))


def from_json(written: str | bytes) -> Entry:
    """Return the entry that was written as JSON, by this version or an earlier one."""
    fields = json.loads(written)
    fields.pop("is_sitemap", None)  # of an earlier version
    for name in ("published", "updated"):
        if time := fields[name]:
            fields[name] = (datetime if "T" in time else date).fromisoformat(time)
    return Entry(**fields)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it was read; `broken` says what is wrong with markup of which some was saved."""

    title: str | None
    entries: tuple[Entry, ...]
    broken: str | None = None


class Listed(NamedTuple):
    """A feed as a list of feeds names it; `refused` says why it cannot be followed."""

    url: str
    title: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class FollowedFeed:
    """A feed that a library follows, with how many entries are settled, wait, and are `delayed`.

    `next_poll` is None for one that is gone for good. `failures` counts polls in vain since the
    last good one, and `trouble` says why, for people; `delay` says why an entry could not be read
    that is tried again at `next_try`.
    """

    library: str
    url: str
    title: str | None
    added: datetime
    next_poll: datetime | None
    interval: timedelta
    etag: str | None = None
    modified: str | None = None
    failures: int = 0
    trouble: str | None = None
    settled: int = 0
    waiting: int = 0
    delayed: int = 0
    next_try: datetime | None = None
    delay: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry whose article is still to be read, after `attempts` in vain, or to be updated."""

    library: str
    feed: str
    feed_title: str | None
    entry: Entry
    attempts: int
    article: str | None = None

    @property
    def name(self) -> str:
        """What people know the entry by."""
        return self.entry.link or self.entry.title or self.feed

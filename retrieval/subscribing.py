"""A link, a web page or an OPML file names feeds that are to be followed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime

from retrieval.catalog import Catalog
from retrieval.entries import FollowedFeed, Listed
from retrieval.errors import QuotewiseError, UnreadableSource
from retrieval.links import normalised
from retrieval.reading import feeds, is_link
from retrieval.reading.sources import opened, whole_file
from retrieval.reading.web.fetching import Fetcher

MOST_NAMED = 12

_SITE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
# No domain ends so, but the lists that readers export do.
_FILE = re.compile(r"[^/]+\.(?:opml|xml|json|rss|atom|txt|html?)", re.IGNORECASE)


def follow(
    catalog: Catalog,
    fetcher: Fetcher,
    library: str,
    source: str,
    now: datetime,
    *,
    refused: Callable[[UnreadableSource], None],
) -> list[FollowedFeed]:
    """Let a library follow the feeds that a source stands for, and return these.

    Each one that a list names and that cannot be followed is told to `refused`.
    """
    links = []
    for one in named(source, fetcher, now):
        if one.refused:
            refused(UnreadableSource(one.url, one.refused))
        else:
            links.append(catalog.feeds.follow(library, one.url, one.title, now))
    return [feed for feed in catalog.feeds.followed(library) if feed.url in links]


def unfollow(catalog: Catalog, library: str, url: str) -> FollowedFeed:
    """Let a library follow a feed no longer. Raises QuotewiseError if it does not."""
    for feed in catalog.feeds.followed(library):
        if normalised(feed.url) == normalised(url):
            catalog.feeds.unfollow(library, feed.url)
            return feed
    raise QuotewiseError(f"No feed {url} is followed: `quotewise feed list` lists them.")


def named(source: str, fetcher: Fetcher, now: datetime) -> list[Listed]:
    """The feeds that a source stands for: the one at a link, or all of an OPML list.

    Raises UnreadableSource if there is none, or if a page names several to choose from.
    """
    if not is_link(source):
        names_site = _SITE.fullmatch(source) and not _FILE.fullmatch(source)
        if os.path.exists(source) or not names_site:
            return _of_file(source)
        source = f"https://{source}"
    fetched = fetcher.fetch(source)
    kind, found = feeds.listed(fetched.content, fetched.url)
    if kind == feeds.LIST:
        return found
    if kind == feeds.PAGE:
        return [_at(_only(found, source), fetcher, now)]
    read = feeds.read(fetched.content, fetched.url, now=now, charset=fetched.charset)
    return [Listed(fetched.moved_to or source, read.title)]


def _of_file(file: str) -> list[Listed]:
    with opened(file) as stream:
        kind, found = feeds.listed(whole_file(stream, file), file)
    if kind != feeds.LIST:
        raise UnreadableSource(file, "this is no list of feeds; give an OPML file, or a link.")
    return found


def _at(link: str, fetcher: Fetcher, now: datetime) -> Listed:
    """The feed at a link, which is one for certain."""
    fetched = fetcher.fetch(link)
    read = feeds.read(fetched.content, fetched.url, now=now, charset=fetched.charset)
    return Listed(fetched.moved_to or link, read.title)


def _only(found: list[Listed], page: str) -> str:
    if not found:
        raise UnreadableSource(
            page, "this page names no feed; look there for a link to one (RSS, Atom) and give that."
        )
    if len(found) > 1:
        told = "".join(
            f"\n  {one.url}" + (f"  {one.title}" if one.title else "") for one in found[:MOST_NAMED]
        )
        raise UnreadableSource(page, f"this page names several feeds; give one or more:{told}")
    return found[0].url

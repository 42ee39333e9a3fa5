"""A file, a folder, a link or standard input becomes articles; the only package that opens any.

To read a new kind of text, write a module with `articles(source)` and add it to `documents.TEXTS`.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from io import BufferedReader, BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import documents, html, jsonlines, plaintext
from retrieval.sources.documents import Reader, suffix_of
from retrieval.sources.drafts import fingerprint
from retrieval.sources.fetch import Fetched, Fetcher
from retrieval.sources.source import (
    Source,
    opened,
    origin_of,
    root_of,
    why_unopened,
)
from retrieval.text.links import normalised, without_trackers

STANDARD_INPUT = "-"
READABLE = documents.READABLE
FEEDS = (".rss", ".atom", ".opml")
"""How the names of files end that are read, and of those that are followed."""

_LINK = re.compile(r"[a-z][a-z0-9+.-]{1,10}://", re.IGNORECASE)
_PAGE_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!doctype\s+html|<!--|<html|<head|<body|<article)", re.I
)
_OBJECT_BEGINS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"')

_SUFFIX_OF_TYPE = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    **dict.fromkeys(["text/xml", "application/xml"], ""),  # the content shows what it is
}
# With these a server says that it does not know; the name in the link says more.
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream")
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')
_ROOTS_OF_FEEDS = {
    **dict.fromkeys(["rss", "feed", "rdf"], "a feed"),
    **dict.fromkeys(["urlset", "sitemapindex"], "a sitemap"),
    "opml": "a list of feeds",
}


def is_link(source: str) -> bool:
    return _LINK.match(source) is not None


def files(source: str) -> list[str]:
    """The readable files of a folder, sorted; anything else is itself.

    A folder that may not be opened stays in the list, so that reading it says what is wrong.
    """
    if source == STANDARD_INPUT or not os.path.isdir(source):
        return [source]
    paths, shut = _listing(source)
    paths = [path for path in paths if suffix_of(path) in READABLE]
    if not paths and not shut:
        raise UnreadableSource(
            source, f"this folder holds no file to read; those end in {', '.join(READABLE)}."
        )
    return sorted(paths + shut)


def left_out(source: str) -> Counter[str]:
    """How many files of a folder are of kinds that are not read, by the end of their names."""
    paths, _ = _listing(source) if os.path.isdir(source) else ([], [])
    return Counter(suffix for suffix in map(suffix_of, paths) if suffix not in READABLE)


def _listing(folder: str) -> tuple[list[str], list[str]]:
    """The files in a folder, but hidden ones and lock files, and the folders that will not open."""
    paths, shut = list[str](), list[str]()
    for place, folders, names in os.walk(folder, onerror=lambda error: shut.append(error.filename)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [os.path.join(place, name) for name in names if not name.startswith((".", "~$"))]
    return paths, shut


def count(source: str) -> int:
    """How many articles and failures a source is going to give, as far as its files show."""
    with suppress(UnreadableSource):
        return sum(map(_lines, files(source)))
    return 1


def _lines(file: str) -> int:
    """The lines of a .jsonl file that are not blank; one for any other file."""
    if suffix_of(file) == ".jsonl" and not is_link(file):
        with suppress(UnreadableSource, OSError), opened(file) as stream:
            return sum(1 for _ in jsonlines.lines(stream)) or 1
    return 1


def articles(
    file: str,
    stdin: BufferedReader | None = None,
    *,
    today: date | None = None,
    fetcher: Fetcher | None = None,
    origin: str | None = None,
) -> Iterator[Article | UnreadableSource]:
    """One result for each article of a source; `origin` stands in place of a file's path."""
    today = today or date.today()
    try:
        if is_link(file):
            yield from _linked(file, fetcher or Fetcher(), today)
        elif file == STANDARD_INPUT:
            stream = stdin or cast(BufferedReader, sys.stdin.buffer)
            source = Source("standard input", None, stream, today)
            yield from _reader_of(stream, source.name, "")(source)
        else:
            with opened(file) as stream:
                source = Source(file, origin or origin_of(file), stream, today)
                yield from _reader_of(stream, file, suffix_of(file))(source)
    except UnreadableSource as error:
        yield error
    except OSError as error:
        yield UnreadableSource(file, why_unopened(error))


def _linked(link: str, fetcher: Fetcher, today: date) -> Iterator[Article | UnreadableSource]:
    """What is at a link; where that is a single article, it goes by its canonical link."""
    fetched = fetcher.fetch(link)
    stream = BufferedReader(BytesIO(fetched.content))
    reader = _reader_of(stream, link, _suffix_at(link, fetched))
    # Servers say ISO-8859-1 of everything.
    charset = None if fetched.charset in ("iso-8859-1", "latin1") else fetched.charset
    results = reader(Source(link, link, stream, today, without_trackers(fetched.url), charset))
    first, second = next(results, None), next(results, None)
    if isinstance(first, Article) and second is None and reader is not jsonlines.articles:
        first = _at_its_link(first, fetched)
    yield from filter(None, (first, second))
    yield from results


def _reader_of(stream: BufferedReader[Any], name: str, suffix: str) -> Reader:
    """The reader for a source: documents show by their first bytes, text by its name."""
    head = stream.peek(4096)
    if documents.kind_of(head, suffix):
        return documents.articles
    if reader := documents.TEXTS.get(suffix):
        return reader
    if kind := _feed_in(head):
        raise UnreadableSource(
            name,
            f"this is {kind}, not an article; follow a feed by its link, or a list of feeds by its"
            " file, with `quotewise feed add`.",
        )
    if _OBJECT_BEGINS.match(head):
        return jsonlines.articles
    return html.articles if _PAGE_BEGINS.match(head) else plaintext.articles


def _suffix_at(link: str, fetched: Fetched) -> str:
    """The suffix for a reader, empty if the content shows its kind. Raises UnreadableSource."""
    kind, head = fetched.content_type, fetched.content[:4096]
    if name := _feed_in(head):
        how = f"follow it with `quotewise feed add {link}`."
        raise UnreadableSource(link, f"this is {name}, not an article; {how}")
    if kind in _VAGUE:
        return suffix_of(urlsplit(fetched.url).path)
    if kind not in _SUFFIX_OF_TYPE and not documents.kind_of(head):
        reason = f"this is {kind[:60]} and no article; add a web page, a text or a document."
        raise UnreadableSource(link, reason)
    return _SUFFIX_OF_TYPE.get(kind, "")


def _feed_in(head: bytes) -> str | None:
    """What something is called that begins like a feed or names pages as feeds do; else None."""
    return "a feed" if _JSON_FEED.search(head) else _ROOTS_OF_FEEDS.get(root_of(head))


def _at_its_link(article: Article, fetched: Fetched) -> Article:
    """The article under its canonical link, which also gives it its id."""
    claimed = article.url
    url = claimed if claimed and _believed(claimed, fetched.url) else without_trackers(fetched.url)
    return replace(article, url=url, id=fingerprint(normalised(url)))


def _believed(claimed: str, fetched: str) -> bool:
    """Whether a page may go by the link that it claims: one of its own site.

    Else any page could pass for another paper's, and take the place of that paper's article. Some
    sites name their front page on all pages; then all their articles would be one.
    """
    ours, theirs = urlsplit(normalised(fetched)), urlsplit(normalised(claimed))
    own_host, claimed_host = f".{ours.hostname}", f".{theirs.hostname}"
    is_front_page = not (theirs.path or theirs.query) and (ours.path or ours.query)
    # A part of a site and the whole; but not two parts, which may be two people's blogs.
    is_own_site = own_host.endswith(claimed_host) or claimed_host.endswith(own_host)
    return theirs.scheme == "https" and is_own_site and not is_front_page

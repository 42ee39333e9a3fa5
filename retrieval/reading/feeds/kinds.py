"""What kind of feed some bytes are is told by their first element; each has its own parser."""

from __future__ import annotations

import re
import zlib
from datetime import datetime

from retrieval.entries import Feed, Listed
from retrieval.errors import UnreadableSource
from retrieval.reading.feeds import jsonfeed, opml, sitemaps, syndication, telling
from retrieval.reading.sources import LIMIT_BYTES, in_megabytes

_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
)
# Below an article, blogs name a feed of what its readers said, too.
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)

NO_FEED = "this is no feed; give the address of an RSS, Atom or JSON feed, or of a news sitemap."
INDEX = "this is an index of sitemaps; give the address of one that it names."

FEED, PAGE, LIST = "feed", "page", "list"

_HEAD_BYTES = 4096
_GZIP = b"\x1f\x8b"
# What may stand before the first element: marks, blanks, declarations and comments.
_PROLOG = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*", re.S | re.I)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")


def feed(content: bytes, url: str, *, now: datetime, charset: str | None) -> Feed:
    """The feed in some bytes. Raises UnreadableSource where there is none."""
    content = _unpacked(content, url)
    match _root(content):
        case "{":
            read = jsonfeed.feed(content, url, now)
        case "urlset":
            read = sitemaps.feed(content, url, now)
        case "sitemapindex":
            raise UnreadableSource(url, INDEX)
        case "rss" | "rdf" | "feed" | "channel":
            read = syndication.feed(content, url, now, charset)
        case _:
            raise UnreadableSource(url, NO_FEED)
    return telling.distinct(read)


def listed(content: bytes, name: str) -> tuple[str, list[Listed]]:
    """Whether this is a `LIST` of feeds to follow, a `PAGE` of some to choose from, or a `FEED`."""
    content = _unpacked(content, name)
    match _root(content):
        case "opml":
            return LIST, opml.feeds(content, name)
        case "sitemapindex":
            return PAGE, sitemaps.listed(content, name)
        case "html" | "head" | "body" | "!":
            return PAGE, page_feeds(content, name)
    return FEED, []


def _root(content: bytes) -> str:
    """The name of the first element, in small letters; `{` for JSON."""
    head = content[:_HEAD_BYTES]
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            head = head.decode(encoding, "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return "{"
    declared_html = re.match(rb"<!doctype\s+html", head, re.IGNORECASE)
    prolog = _PROLOG.match(head)
    root = _ROOT.match(head, prolog.end() if prolog else 0)
    if root:
        return root[1].decode().lower()
    return "!" if declared_html else ""


def _unpacked(content: bytes, url: str) -> bytes:
    """What a .gz file holds, as sitemaps often are; never more than may be read."""
    if not content.startswith(_GZIP):
        return content
    unpacking = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacking.decompress(content, LIMIT_BYTES + 1)
    except zlib.error as error:
        raise UnreadableSource(url, "this file is packed and damaged; try again later.") from error
    if len(unpacked) > LIMIT_BYTES:
        raise UnreadableSource(
            url, f"this is larger than {in_megabytes(LIMIT_BYTES)} when unpacked; no feed is."
        )
    return unpacked


def page_feeds(content: bytes, url: str) -> list[Listed]:
    """The feeds of a page, each once, in its order; feeds of comments are none that is meant."""
    from lxml import etree, html

    parser = html.HTMLParser(no_network=True, huge_tree=False)
    try:
        tree = html.document_fromstring(content, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return []
    base = telling.link(next(iter(tree.xpath("//base/@href")), None), url) or url
    found: dict[str, Listed] = {}
    for one in tree.iter("link"):
        kinds = (one.get("rel") or "").lower().split()
        type_ = (one.get("type") or "").partition(";")[0].strip().lower()
        link = telling.link(one.get("href"), base)
        if link is None or type_ not in _TYPES or not {"alternate", "feed"} & set(kinds):
            continue
        title = telling.line(one.get("title"))
        if not _COMMENTS.search(f"{title} {link}"):
            found.setdefault(link, Listed(link, title))
    return list(found.values())

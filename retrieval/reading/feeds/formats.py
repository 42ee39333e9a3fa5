"""RSS, Atom, JSON Feed, sitemaps, OPML and web pages: each is known by its first element.

Feeds of all kinds become the dictionaries that feedparser makes of RSS and Atom.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any
from xml.sax import SAXException

from retrieval.entries import Entry, Feed, Listed
from retrieval.errors import UnreadableSource
from retrieval.links import normalised
from retrieval.reading import trees
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.feeds import fields
from retrieval.reading.feeds.fields import Times
from retrieval.reading.sources import LIMIT_BYTES, in_megabytes

NO_FEED = "this is no feed; give the address of an RSS, Atom or JSON feed, or of a news sitemap."
INDEX = "this is an index of sitemaps; give the address of one that it names."
BROKEN = "this is broken and names no article or feed; it may be mended at another time."
PARTLY_BROKEN = "its XML is broken; what could be read of it was."
PACKED = (
    "this is packed, and damaged or larger than"
    f" {in_megabytes(LIMIT_BYTES)} when unpacked; no feed is."
)
NO_LINK = "this is no link to a feed; in the list, write one that begins with https:// or http://."
NO_LINKS = "this list names no feed with a link; an OPML list has an `xmlUrl` for each of them."
NO_FEED_NAMED = "this page names no feed; look there for a link to one (RSS, Atom) and give that."

MOST_ENTRIES = 50_000
"""As many links as a sitemap may have; no feed has more."""
MOST_NAMED = 12

_FEEDS = frozenset({"rss", "rdf", "feed", "channel"})
# What may stand before the first element: marks, blanks, declarations and comments.
_ROOT = re.compile(
    rb"(?>[\s\]>]|<!--.*?-->|<[?!][^>]*>)*+<(?:[\w.-]+:)?([a-z][\w.-]*)", re.S | re.I
)
_END = re.compile(rb"</(?:rss|feed|rdf:rdf|channel|urlset)>\s*$", re.I)
_LINKED = {f"application/{kind}" for kind in ("rss+xml", "atom+xml", "feed+json", "rdf+xml")}
# Below an article, blogs name a feed of what its readers said, too.
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)

# What a feed says of itself, its items, and whether its XML is broken.
_Parsed = tuple[dict[str, Any], list[dict[str, Any]], bool]


def feed(content: bytes, url: str, today: date, charset: str | None = None) -> Feed:
    """The feed in some bytes. Raises UnreadableSource where there is none."""
    content = _unpacked(content, url)
    root = root_of(content)
    if root in _FEEDS:
        about, items, broken = _syndication(content, url, charset)
    elif root == "urlset":
        about, items, broken = _sitemap(content, url)
    elif root == "{":
        about, items, broken = _json_feed(content, url)
    else:
        raise UnreadableSource(url, INDEX if root == "sitemapindex" else NO_FEED)
    if broken and not _END.search(content[-40:]):
        items = items[:-1]  # it is cut off, too, and comes whole another time
    if broken and not items:
        raise UnreadableSource(url, BROKEN)
    times = Times(today)
    entries = [_entry(item, url, times) for item in items[:MOST_ENTRIES]]
    entries = _distinct(entries, fields.link(about.get("link"), url))
    if root != "urlset":
        # Some feeds give one time only, which Atom calls `updated` and RSS `dc:date`.
        entries = [replace(entry, published=entry.published or entry.updated) for entry in entries]
    return Feed(_title(about), tuple(entries), PARTLY_BROKEN if broken else None)


def listed(content: bytes, name: str) -> list[Listed] | str | None:
    """The feeds that an OPML list names, or the link of the only feed of a page, or None.

    Raises UnreadableSource for a list without feeds, and for a page with none or several.
    """
    content = _unpacked(content, name)
    root = root_of(content)
    if root == "opml":
        return _opml_feeds(content, name)
    return (
        None if root in _FEEDS | {"urlset", "sitemapindex", "{", ""} else _page_feed(content, name)
    )


def root_of(content: bytes) -> str:
    """The name of the first element, in small letters; `{` for JSON."""
    # UTF-16 shows as ASCII with a zero in every second byte.
    head = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    root = _ROOT.match(head)
    return root[1].decode().lower() if root else head[:1].decode("ascii", "ignore").strip("<")


def _unpacked(content: bytes, url: str) -> bytes:
    """What a .gz file holds, as sitemaps often are; never more than may be read."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    with suppress(OSError, EOFError, zlib.error):
        with gzip.open(io.BytesIO(content)) as packed:
            unpacked = packed.read(LIMIT_BYTES + 1)
        if len(unpacked) <= LIMIT_BYTES:
            return unpacked
    raise UnreadableSource(url, PACKED)


# -- feeds of all kinds


def _syndication(content: bytes, url: str, charset: str | None) -> _Parsed:
    """RSS and Atom in all their versions: feedparser saves what broken ones hold."""
    # Importing feedparser takes a fifth of a second.
    import feedparser

    # It does not get the address: it would make ids of it, which change when the feed moves.
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    try:
        # A stream, because it takes a string for the name of a file.
        parsed = feedparser.parse(io.BytesIO(content), response_headers=headers)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise UnreadableSource(url, BROKEN) from error
    return parsed.feed, parsed.entries, isinstance(parsed.get("bozo_exception"), SAXException)


def _json_feed(content: bytes, url: str) -> _Parsed:
    """JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_int=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(url, BROKEN) from error
    items = document.get("items")
    if not isinstance(items, list):
        raise UnreadableSource(url, NO_FEED)
    about = {"title": document.get("title"), "link": document.get("home_page_url")}
    authors = _json_authors(document)
    return about, [_json_item(item, authors) for item in items if isinstance(item, dict)], False


def _json_item(item: dict[str, Any], authors: list[Any]) -> dict[str, Any]:
    strings = {
        key: value.encode("utf-8", "replace").decode()  # JSON can write half a character
        for key, value in item.items()
        if isinstance(value, str)
    }
    html = strings.get("content_html")
    kind = "text/html" if html else "text/plain"
    return {
        "id": strings.get("id"),
        # An `external_url` leads to a page that the entry is about, not to the entry.
        "link": strings.get("url"),
        "title": strings.get("title"),
        "authors": _json_authors(item) or authors,
        "content": [{"value": html or strings.get("content_text"), "type": kind}],
        "summary_detail": {"value": strings.get("summary"), "type": "text/plain"},
        "published": strings.get("date_published"),
        "updated": strings.get("date_modified"),
    }


def _json_authors(node: dict[str, Any]) -> list[Any]:
    """The `authors` of version 1.1, or the `author` of version 1."""
    authors = node.get("authors", [node["author"]] if "author" in node else [])
    return authors if isinstance(authors, list) else []


def _sitemap(content: bytes, url: str) -> _Parsed:
    """A sitemap (sitemaps.org), with Google's news elements or without."""
    root, broken = _xml(content, url)
    items = [
        {
            "id": link,
            "link": link,
            "title": element.findtext("{*}news/{*}title"),
            "source": {"title": element.findtext("{*}news/{*}publication/{*}name")},
            "published": element.findtext("{*}news/{*}publication_date"),
            "updated": element.findtext("{*}lastmod"),
        }
        for element in root.iterfind("{*}url")
        if (link := fields.link(element.findtext("{*}loc"), url))
    ]
    publishers = {item["source"]["title"] for item in items} - {None}
    return {"title": publishers.pop() if len(publishers) == 1 else None}, items, broken


def _xml(content: bytes, name: str) -> tuple[Any, bool]:
    """The root of some XML, and whether it is broken."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, recover=True)
    root = None
    with suppress(etree.LxmlError, ValueError):
        root = etree.fromstring(content, parser)
    if root is None:
        raise UnreadableSource(name, BROKEN)
    return root, len(parser.error_log) > 0


# -- entries


def _entry(item: dict[str, Any], url: str, times: Times) -> Entry:
    id, link, title = fields.line(item.get("id")), fields.line(item.get("link")), _title(item)
    if link == id and not (link or "").startswith("http"):
        link = None  # feedparser takes an id for the link, too, that need not be one
    link = fields.link(link, url)
    summary: dict[str, Any] = item.get("summary_detail") or {}
    contents: list[dict[str, Any]] = [*(item.get("content") or []), summary]
    longest = max(contents, key=lambda text: len((text.get("value") or "").strip()))
    text, is_html = longest.get("value") or "", longest.get("type") != "text/plain"
    text = text if text.strip() else None
    is_article = longest is not summary
    whole = link is None or (is_article and text and fields.is_whole(text, is_html=is_html))
    return Entry(
        id or link or _id_from(title, text),
        link,
        title,
        author=fields.names(item.get("authors")),
        publisher=fields.line((item.get("source") or {}).get("title")),
        # `get` would answer with the time of publication for one of a change that is not given.
        published=times.read(dict.get(item, "published")),
        updated=times.read(dict.get(item, "updated")),
        content=text,
        is_html=is_html,
        whole=bool(text and whole),
    )


def _title(item: dict[str, Any]) -> str | None:
    """A title in plain text; feeds write it as HTML, and often escape it once too often."""
    title, detail = fields.line(item.get("title")), item.get("title_detail") or {}
    if title and not (detail.get("type") == "text/plain" and "<" in title):
        title = unescape(re.sub(r"</?[a-z][^>]*>", "", title))
    return fields.line(title)


def _id_from(*facts: str | None) -> str:
    """An id for an entry that has none of its own."""
    return hashlib.sha256("\n".join(fact or "" for fact in facts).encode()).hexdigest()[:20]


def _distinct(entries: list[Entry], home: str | None) -> list[Entry]:
    """Entries with an id of their own each, and links only where they lead to one entry.

    An entry that stands twice comes once; the first is the latest. Where several entries lead to
    one page, such as the front page, it is the article of none of them.
    """
    distinct: dict[tuple[str, str | None], Entry] = {}
    for entry in entries:
        # An id that was made of the link says no more than that.
        by_title = entry.link in (None, entry.id)
        distinct.setdefault((entry.id, entry.title if by_title else entry.link), entry)
    ids = Counter(id for id, _ in distinct)
    links = {entry.link: normalised(entry.link) for entry in entries if entry.link}
    titles = {(links[entry.link], entry.title) for entry in distinct.values() if entry.link}
    leads = Counter(link for link, _ in titles)
    front = normalised(home) if home else None
    unique: dict[str, Entry] = {}
    for entry in distinct.values():
        if ids[entry.id] > 1:
            entry = replace(entry, id=_id_from(entry.id, entry.link, entry.title))
        link = links[entry.link] if entry.link else None
        if link and (leads[link] > 1 or link == front):
            entry, link = replace(entry, link=None, whole=entry.content is not None), None
        unique.setdefault(link or entry.id, entry)
    # Some servers give every entry the time of the request. If that counted as a change, each poll
    # would read all of them again.
    if len(unique) > 2 and len({entry.updated for entry in unique.values()}) == 1:
        return [replace(entry, updated=None) for entry in unique.values()]
    return list(unique.values())


# -- pages, and OPML, the lists that feed readers exchange


def _page_feed(content: bytes, url: str) -> str:
    """The link of the feed that a page names, of its articles and not of its comments."""
    tree = trees.parsed(text_of(content, url, declared=declared_charset(content)))
    titles: dict[str, str] = {}
    if tree is not None:
        tree.make_links_absolute(url, handle_failures="discard")
        for element in tree.iter("link"):
            link, title = fields.link(element.get("href"), url), fields.line(element.get("title"))
            leads = {"alternate", "feed"} & set((element.get("rel") or "").lower().split())
            kind = (element.get("type") or "").partition(";")[0].strip().lower()
            if link and leads and kind in _LINKED and not _COMMENTS.search(f"{title} {link}"):
                titles.setdefault(link, title or "")
    if not titles:
        raise UnreadableSource(url, NO_FEED_NAMED)
    if len(titles) > 1:
        choice = [f"  {link}  {title}".rstrip() for link, title in titles.items()][:MOST_NAMED]
        several = "this page names several feeds; give one or more:"
        raise UnreadableSource(url, "\n".join([several, *choice]))
    return next(iter(titles))


def _opml_feeds(content: bytes, name: str) -> list[Listed]:
    """The feeds of a list, each once, in its order, and those that have no link to follow."""
    feeds: dict[str, Listed] = {}
    for outline in _xml(content, name)[0].iter("{*}outline"):
        given = {key.lower(): value for key, value in outline.attrib.items()}
        if shown := fields.line(given.get("xmlurl")):
            link, title = fields.link(shown, ""), fields.line(given.get("title", given.get("text")))
            refused = None if link else NO_LINK
            feeds.setdefault(shown, Listed(link or shown[:200], title, refused))
    if all(feed.refused for feed in feeds.values()):
        raise UnreadableSource(name, NO_LINKS)
    return list(feeds.values())


def opml(named: Iterable[Listed]) -> str:
    """A list of feeds that any feed reader takes."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Feeds followed by Quotewise"
    body = etree.SubElement(root, "body")
    for feed in named:
        title = "".join(filter(str.isprintable, feed.title or feed.url))  # XML writes no others
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=feed.url)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return written.decode()

"""RSS, Atom, JSON Feed, sitemaps and web pages: each is known by its first element."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any
from xml.sax import SAXException

from retrieval.entries import Entry, Feed, Listed
from retrieval.errors import UnreadableSource
from retrieval.links import normalised
from retrieval.reading import dates, trees
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.feeds import fields
from retrieval.reading.feeds.fields import Times
from retrieval.reading.sources import LIMIT_BYTES, in_megabytes

FEED, PAGE, LIST = "feed", "page", "list"

NO_FEED = "this is no feed; give the address of an RSS, Atom or JSON feed, or of a news sitemap."
INDEX = "this is an index of sitemaps; give the address of one that it names."
BROKEN = "its XML is broken and holds no entry; it may be mended by the next poll."
PARTLY_BROKEN = "its XML is broken; what could be read of it was."
NO_LIST = "this list of feeds cannot be read; export it again as OPML."
EMPTY_LIST = "this list names no feed; an OPML list has an `xmlUrl` for each of them."
NO_LINK = "this is no link to a feed; in the list, write one that begins with https:// or http://."
NO_LINKS = "none of the feeds in this list has a link; those begin with https:// or http://."
BROKEN_JSON = "its JSON is broken; it may be mended by the next poll."
NO_JSON_FEED = "this JSON is no feed: it has no `items`; give the address of a feed."

LONGEST_LINK_SHOWN = 200

# What feedparser and listparser raise over broken files, as they have no errors of their own.
_PARSER_ERRORS = (
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    RecursionError,
)
MOST_ENTRIES = 50_000
"""As many links as a sitemap may have; no feed has more."""

# What may stand before the first element: marks, blanks, declarations and comments.
_PROLOG = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*", re.S | re.I)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_ENDS = (b"</rss>", b"</feed>", b"</rdf:rdf>", b"</channel>", b"</urlset>", b"</sitemapindex>")
_LINKED = {f"application/{kind}" for kind in ("rss+xml", "atom+xml", "feed+json", "rdf+xml")}
# Below an article, blogs name a feed of what its readers said, too.
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)


def feed(content: bytes, url: str, today: date, charset: str | None = None) -> Feed:
    """The feed in some bytes. Raises UnreadableSource where there is none."""
    content = _unpacked(content, url)
    match root_of(content):
        case "{":
            return _json_feed(content, url, Times(today))
        case "urlset":
            return _sitemap(content, url, Times(today))
        case "sitemapindex":
            raise UnreadableSource(url, INDEX)
        case "rss" | "rdf" | "feed" | "channel":
            return _syndication(content, url, Times(today), charset)
    raise UnreadableSource(url, NO_FEED)


def listed(content: bytes, name: str) -> tuple[str, list[Listed]]:
    """Whether this is a `LIST` of feeds to follow, a `PAGE` of some to choose from, or a `FEED`."""
    content = _unpacked(content, name)
    match root_of(content):
        case "opml":
            return LIST, _opml_feeds(content, name)
        case "sitemapindex":
            named, _ = _named(content, name, "sitemap", Times(date.today()))
            # First those that changed last, then those without a day.
            named.sort(key=lambda one: dates.day_of(one.updated or date.min), reverse=True)
            return PAGE, [Listed(one.id) for one in named]
        case "html" | "head" | "body" | "!":
            return PAGE, _page_feeds(content, name)
    return FEED, []


def root_of(content: bytes) -> str:
    """The name of the first element, in small letters; `{` for JSON, `!` for any HTML."""
    # UTF-16 shows as ASCII with a zero in every second byte.
    head = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if head.startswith(b"{"):
        return "{"
    prolog = _PROLOG.match(head)
    if root := _ROOT.match(head, prolog.end() if prolog else 0):
        return root[1].decode().lower()
    return "!" if re.match(rb"<!doctype\s+html", head, re.IGNORECASE) else ""


def _unpacked(content: bytes, url: str) -> bytes:
    """What a .gz file holds, as sitemaps often are; never more than may be read."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(content, LIMIT_BYTES + 1)
    except zlib.error as error:
        raise UnreadableSource(url, "this file is packed and damaged; try again later.") from error
    if len(unpacked) > LIMIT_BYTES:
        size = in_megabytes(LIMIT_BYTES)
        raise UnreadableSource(url, f"this is larger than {size} when unpacked; no feed is.")
    return unpacked


# -- RSS and Atom in all their versions: feedparser knows them, and saves what broken ones hold


def _syndication(content: bytes, url: str, times: Times, charset: str | None) -> Feed:
    # Importing feedparser takes a fifth of a second.
    import feedparser

    # It does not get the address: it would make ids of it, which change when the feed moves.
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    try:
        # A stream, because it takes a string for the name of a file.
        parsed = feedparser.parse(io.BytesIO(content), response_headers=headers)
    except _PARSER_ERRORS as error:
        raise UnreadableSource(url, BROKEN) from error
    broken = isinstance(parsed.get("bozo_exception"), SAXException)
    items = parsed.entries[:-1] if broken and _is_cut_off(content) else parsed.entries
    if broken and not items:
        raise UnreadableSource(url, BROKEN)
    home = fields.link(parsed.feed.get("link"), url)
    entries = _distinct([_of_item(item, url, times) for item in items], home)
    # Some feeds give one time only, which Atom calls `updated` and RSS `dc:date`.
    dated = [replace(entry, published=entry.published or entry.updated) for entry in entries]
    return Feed(_title(parsed.feed), tuple(dated), PARTLY_BROKEN if broken else None)


def _is_cut_off(content: bytes) -> bool:
    """Whether the end is missing; then the last entry comes whole another time."""
    return not content.rstrip()[-20:].lower().endswith(_ENDS)


def _of_item(item: Any, url: str, times: Times) -> Entry:
    link: str | None = item.get("link")
    if link == item.get("id") and not (link or "").startswith("http"):
        link = None  # feedparser takes an id for the link, too, that need not be one
    text, is_html, full = _content(item)
    return _entry(
        fields.line(item.get("id")),
        fields.link(item.get("feedburner_origlink") or link, url),
        _title(item),
        text,
        full=full,
        is_html=is_html,
        author=fields.names(item.get("authors")),
        publisher=fields.line((item.get("source") or {}).get("title")),
        # `get` would answer with the time of publication for one of a change that is not given.
        published=times.read(dict.get(item, "published")),
        updated=times.read(dict.get(item, "updated")),
    )


def _content(item: Any) -> tuple[str | None, bool, bool]:
    """The longest text of an entry, whether it is HTML, and whether it is called the content."""
    texts = [(part, True) for part in item.get("content") or []]
    texts.append((item.get("summary_detail") or {}, False))
    part, full = max(texts, key=lambda text: len((text[0].get("value") or "").strip()))
    value = part.get("value") or ""
    return value if value.strip() else None, part.get("type") != "text/plain", full


def _title(item: Any) -> str | None:
    """A title in plain text; feeds write it as HTML, and often escape it once too often."""
    title, detail = item.get("title"), item.get("title_detail") or {}
    if title and not (detail.get("type") == "text/plain" and "<" in title):
        title = unescape(re.sub(r"</?[a-z][^>]*>", "", title))
    return fields.line(title)


# -- JSON Feed, versions 1 and 1.1 (jsonfeed.org)


def _json_feed(content: bytes, url: str, times: Times) -> Feed:
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_int=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(url, BROKEN_JSON) from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise UnreadableSource(url, NO_JSON_FEED)
    items = [item for item in document["items"] if isinstance(item, dict)]
    author, home = _json_author(document), fields.link(_string(document, "home_page_url"), url)
    entries = [_of_json(item, url, author, times) for item in items]
    return Feed(fields.line(document.get("title")), _distinct(entries, home))


def _of_json(item: dict[str, Any], url: str, author: str | None, times: Times) -> Entry:
    html, text = _string(item, "content_html"), _string(item, "content_text")
    return _entry(
        fields.line(str(item.get("id") or "")),
        # An `external_url` leads to a page that the entry is about, not to the entry.
        fields.link(_string(item, "url"), url),
        fields.line(item.get("title")),
        html or text or _string(item, "summary"),
        full=bool(html or text),
        is_html=html is not None,
        author=_json_author(item) or author,
        published=times.read(_string(item, "date_published")),
        updated=times.read(_string(item, "date_modified")),
    )


def _json_author(node: dict[str, Any]) -> str | None:
    """The names of version 1.1's `authors`, or of version 1's `author`."""
    authors = node.get("authors")
    return fields.names(authors if isinstance(authors, list) else [node.get("author")])


def _string(node: dict[str, Any], key: str) -> str | None:
    value = node.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    return value.encode("utf-8", "replace").decode()  # JSON can write half a character


# -- sitemaps (sitemaps.org), those with Google's news elements, and indexes of sitemaps


def _sitemap(content: bytes, url: str, times: Times) -> Feed:
    entries, broken = _named(content, url, "url", times)
    if broken and not entries:
        raise UnreadableSource(url, BROKEN)
    publishers = {entry.publisher for entry in entries if entry.publisher}
    title = publishers.pop() if len(publishers) == 1 else None
    return Feed(title, _distinct(entries, None), PARTLY_BROKEN if broken else None)


def _named(content: bytes, url: str, kind: str, times: Times) -> tuple[list[Entry], bool]:
    """What the elements of a kind name, and whether the XML is broken."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableSource(url, BROKEN) from error
    broken = len(parser.error_log) > 0
    elements = [] if root is None else list(root.iterchildren("{*}*"))
    if broken and _is_cut_off(content):
        elements = elements[:-1]  # its link may be cut off, too
    entries = []
    for element in elements:
        link = fields.link(element.findtext("{*}loc"), url)
        if link and element.tag.rpartition("}")[2] == kind:
            news = "{*}news/{*}"
            entry = Entry(
                id=link,
                link=link,
                title=fields.line(element.findtext(f"{news}title")),
                publisher=fields.line(element.findtext(f"{news}publication/{{*}}name")),
                published=times.read(fields.line(element.findtext(f"{news}publication_date"))),
                updated=times.read(fields.line(element.findtext("{*}lastmod"))),
            )
            entries.append(entry)
    return entries, broken


# -- pages, and OPML, the lists that feed readers exchange: in by listparser, out by lxml


def _page_feeds(content: bytes, url: str) -> list[Listed]:
    """The feeds of a page, each once, in its order; feeds of comments are none that is meant."""
    tree = trees.parsed(text_of(content, url, declared=declared_charset(content)))
    if tree is None:
        return []
    base = fields.link(next(iter(tree.xpath("//base/@href")), None), url) or url
    found: dict[str, Listed] = {}
    for element in tree.iter("link"):
        link, title = fields.link(element.get("href"), base), fields.line(element.get("title"))
        leads = {"alternate", "feed"} & set((element.get("rel") or "").lower().split())
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        if link and leads and kind in _LINKED and not _COMMENTS.search(f"{title} {link}"):
            found.setdefault(link, Listed(link, title))
    return list(found.values())


def _opml_feeds(content: bytes, name: str) -> list[Listed]:
    """The feeds of a list, each once, in its order, and those that have no link to follow."""
    # It would import requests, if that is there, which takes a while.
    import listparser

    try:
        found = listparser.parse(content).feeds
    except _PARSER_ERRORS as error:
        raise UnreadableSource(name, NO_LIST) from error
    named = []
    for feed in found:
        link, title = fields.link(feed.url, ""), fields.line(feed.get("title"))
        shown = (fields.line(feed.url) or "")[:LONGEST_LINK_SHOWN]
        named.append(Listed(link or shown, title, refused=None if link else NO_LINK))
    if all(feed.refused for feed in named):
        raise UnreadableSource(name, NO_LINKS if named else EMPTY_LIST)
    return named


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


# -- entries


def _entry(
    id: str | None,
    link: str | None,
    title: str | None,
    text: str | None,
    *,
    full: bool,
    **more: Any,
) -> Entry:
    """An entry with an id; `full` says that the feed calls its text the whole article."""
    whole = text is not None and (
        link is None or (full and fields.is_whole(text, is_html=more["is_html"]))
    )
    return Entry(
        id or link or _id_from(title, text), link, title, content=text, whole=whole, **more
    )


def _id_from(*facts: str | None) -> str:
    """An id for an entry that has none of its own."""
    return hashlib.sha256("\n".join(fact or "" for fact in facts).encode()).hexdigest()[:20]


def _distinct(entries: list[Entry], home: str | None) -> tuple[Entry, ...]:
    """Entries with an id of their own each, and links only where they lead to one entry.

    An entry that stands twice is kept once. Where several entries lead to one page, such as the
    front page, it is the article of none of them.
    """
    entries = _with_own_ids(entries[:MOST_ENTRIES])
    titles: dict[str, set[str | None]] = {}
    for entry in entries:
        if entry.link:
            titles.setdefault(normalised(entry.link), set()).add(entry.title)
    shared = {link for link, names in titles.items() if len(names) > 1}
    shared |= {normalised(home)} if home else set()
    kept: dict[str, Entry] = {}
    for entry in entries:
        link = normalised(entry.link) if entry.link else None
        if link in shared:
            entry = replace(entry, link=None, whole=entry.content is not None)
        kept.setdefault(entry.id if link is None or link in shared else link, entry)
    # Some servers give every entry the time of the request. If that counted as a change, each poll
    # would read all of them again.
    if len(kept) > 2 and len({entry.updated for entry in kept.values()}) == 1:
        return tuple(replace(entry, updated=None) for entry in kept.values())
    return tuple(kept.values())


def _with_own_ids(entries: list[Entry]) -> list[Entry]:
    """Entries distinguished by the rest of them, in a feed that gives them all one id.

    Of two that are the same the first is the latest.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        if known := found.get(entry.id):
            # An id that was made of the link says no more than that.
            by_link = known.link not in (None, known.id)
            same = known.link == entry.link if by_link else known.title == entry.title
            if not same:
                entry = replace(entry, id=_id_from(entry.id, entry.link, entry.title))
        found.setdefault(entry.id, entry)
    return list(found.values())

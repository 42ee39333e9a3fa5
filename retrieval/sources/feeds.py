"""Bytes become a feed, and an entry an article: from its page with what the feed adds, or itself.

RSS, Atom, JSON Feed, sitemaps, OPML and web pages are known by their first element. Feeds of all
kinds become the dictionaries that feedparser makes of RSS and Atom. Feeds are strangers' files, so
they are parsed in the sandbox, like documents.
"""

import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax import SAXException

from retrieval.errors import UnreadableSource
from retrieval.records import (
    LONGEST_ID,
    Article,
    Entry,
    Feed,
    FollowedFeed,
    Listed,
    WaitingEntry,
    entry_from_json,
    entry_to_json,
)
from retrieval.sources import dates, drafts, header, html_metadata, html_tree, plaintext, sandbox
from retrieval.sources.drafts import Draft
from retrieval.sources.source import LIMIT_BYTES, declared_charset, root_of, text_of
from retrieval.text.links import entry_digest, is_web, normalised, without_trackers

NO_FEED = "this is no feed and names none; give the link of a feed (RSS, Atom, JSON) or sitemap."
INDEX = "this is an index of sitemaps; give the address of one that it names."
BROKEN = "this is broken or too large, and names no article or feed; try again another time."
LONG_LINK = f"this link is longer than {LONGEST_ID:,} bytes; give a shorter link of the feed."
NO_LINK = "this is no link to a feed; in the list, write one that begins with https:// or http://."

_LINKED = re.compile(r"application/(?:(?:rss|atom|rdf)\+xml|feed\+json)", re.IGNORECASE)
# Below an article, blogs name a feed of what its readers said, too.
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)

_SHORTEST_WHOLE = 100  # words; what is shorter may be a summary that stands in the wrong element
_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\b(?:(?:read|see|view|learn) (?:more|on|full|the|whole|rest)|continued? reading"
    r"|full (?:story|article))\b.{0,90})\W*(?:more\W+)?$",
    re.IGNORECASE,
)
# What blogs add to the texts in their feeds.
_POSTSCRIPT = re.compile(
    r"\s*The (?:post|article|entry) .{1,300} (?:appeared first|was first published) on .{1,120}$"
)
# Before that there was no web: a clock that was never set says 1970, 1980 or 0001.
_FIRST_YEAR = 1990
# Names of months and weekdays are looked up in these, those of the most feeds first.
_LANGUAGES = (
    "en es de fr it pt ru nl pl sv da nb fi cs tr zh ja ko uk el hu ro sk sl hr sr bs bg mk be"
    " et lv lt ca eu gl ga cy is sq vi id ms th ar he fa hi bn ta te ml ka hy az kk uz sw"
).split()
# And in so many entries only, as each miss takes 10 ms.
_MOST_LOOKED_UP = 100

NO_PROSE = "the feed has too few words of it to be quoted; open the link in a browser."
SHORTEST_PROSE = 12  # words
SHORTEST_POST = 5  # words; so many do if they are a whole sentence, and all that there is

_TITLE_ENDS = re.compile(r"\s*(?:[-–—|:»>]\s*)?\(?(?:RSS(?: 2\.0)?(?: feed)?|feed|Atom)\)?$", re.I)

Parsed = Feed | list[Listed] | str
# What a feed says of itself, and its items.
_Items = tuple[dict[str, Any], list[dict[str, Any]]]


def read(content: bytes, url: str, today: date, charset: str | None = None) -> Parsed:
    """A feed, the feeds of a list, or the link of a page's only feed. Raises UnreadableSource."""
    kind, *parsed = sandbox.parsed(parse, content, name=url, today=today, charset=charset)
    if kind == "feed":
        title, *entries = parsed
        return Feed(title, tuple(map(entry_from_json, entries)))
    return str(parsed[0]) if kind == "page" else [Listed(*named) for named in parsed]


def parse(data: bytes, *, name: str, today: date, charset: str | None) -> list[Any]:
    """The same in JSON: what the sandbox runs."""
    parsed = parsed_feed(data, name, today, charset)
    if isinstance(parsed, Feed):
        return ["feed", parsed.title, *map(entry_to_json, parsed.entries)]
    return ["page", parsed] if isinstance(parsed, str) else ["list", *parsed]


def article(waiting: WaitingEntry, today: date) -> Article:
    """The article that an entry holds itself. Raises UnreadableSource where that is no prose."""
    entry = waiting.entry
    data = entry_to_json(entry).encode()
    (parsed,) = sandbox.parsed(parse_entry, data, name=waiting.name, today=today)
    key = normalised(entry.link) if entry.link else f"{waiting.feed}\n{entry.id}"
    id = waiting.article or drafts.fingerprint(key)
    return filled(drafts.article(drafts.from_json(parsed), origin=None, id=id), waiting)


def parse_entry(data: bytes, *, name: str, today: date) -> list[Any]:
    """The draft of an entry, both in JSON: what the sandbox runs."""
    return [drafts.to_json(drafted(entry_from_json(data), name, today))]


def filled(article: Article, waiting: WaitingEntry) -> Article:
    """An article with what its feed says and itself does not."""
    from courlan import extract_domain

    entry, own, by_feed = waiting.entry, article.published, waiting.entry.published
    if own is None or (not isinstance(own, datetime) and by_feed and dates.day_of(by_feed) == own):
        own = by_feed  # which may give the time of the day, too
    # "The Skerry Post - RSS Feed" is The Skerry Post; other feeds may lead to its articles, too.
    title = waiting.feed_title or ""
    sites = {
        extract_domain(url) or urlsplit(url).hostname for url in (article.url, waiting.feed) if url
    }
    feed = (_TITLE_ENDS.sub("", title) or title) if len(sites) == 1 else ""
    host = html_metadata.domain(article.url)
    is_named = (article.source or "").lower().removeprefix("www.") not in ("", host)
    source = article.source if is_named else entry.publisher or feed or article.source
    return replace(article, author=article.author or entry.author, published=own, source=source)


def drafted(entry: Entry, name: str, today: date) -> Draft:
    """The text of an entry's content, and what its lines say of it."""
    content = "" if entry.is_html else entry.content or ""
    if entry.is_html and (tree := html_tree.parsed(f"<div>{entry.content or ''}")) is not None:
        for hidden in tree.xpath(html_tree.HIDDEN):
            hidden.drop_tree()
        content = "\n\n".join(html_tree.prose(tree, "figure", "nav", "aside"))
    blocks = plaintext.blocks(_POSTSCRIPT.sub("", content))
    heading = [[entry.title]] if entry.title else []
    draft = plaintext.of_blocks(heading + blocks, today)
    is_post = blocks and entry.whole and plaintext.ends_sentence(blocks[-1])
    shortest = SHORTEST_POST if is_post else SHORTEST_PROSE
    if not blocks or len(draft.text.split()) < shortest:
        raise UnreadableSource(name, NO_PROSE)
    link = entry.link and without_trackers(entry.link)
    return replace(draft, title=entry.title or draft.title, url=link)


def preload() -> None:
    """Read feeds, so that all that reading them imports is loaded."""
    item = b"<item><link>http://a.example/<pubDate>2 gen 2023"
    for small in (b"<rss><channel>" + item, b"<html>", b"<opml>"):
        with suppress(UnreadableSource):
            parsed_feed(small, "", date.today())


def parsed_feed(content: bytes, url: str, today: date, charset: str | None = None) -> Parsed:
    """A feed, or the feeds that a list or page names. Raises UnreadableSource for others."""
    content = _unpacked(content, url)
    root = root_of(content)
    match root:
        case "rss" | "rdf" | "feed" | "channel":
            about, items = _syndication(content, url, charset)
        case "urlset":
            about, items = _sitemap(content, url)
        case "{":
            about, items = _json_feed(content, url)
        case "opml":
            return _opml_feeds(content, url)
        case "" | "sitemapindex":
            raise UnreadableSource(url, INDEX if root else NO_FEED)
        case _:
            return _page_feed(content, url)
    entries = [_entry(item, url, today, at < _MOST_LOOKED_UP) for at, item in enumerate(items)]
    entries = _distinct(entries, _link(about.get("link"), url))
    if root == "urlset":
        entries = [entry for entry in entries if entry.link]
    else:
        # Some feeds give one time only, which Atom calls `updated` and RSS `dc:date`.
        entries = [replace(entry, published=entry.published or entry.updated) for entry in entries]
    return Feed(_title(about), tuple(entries))


def _unpacked(content: bytes, url: str) -> bytes:
    """What a .gz file holds, as sitemaps often are; never more than may be read."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    with suppress(zlib.error):
        unpacked = zlib.decompressobj(wbits=31).decompress(content, LIMIT_BYTES + 1)
        if len(unpacked) <= LIMIT_BYTES:
            return unpacked
    raise UnreadableSource(url, BROKEN)


# -- feeds of all kinds


def _syndication(content: bytes, url: str, charset: str | None) -> _Items:
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
    if not parsed.entries and isinstance(parsed.get("bozo_exception"), SAXException):
        raise UnreadableSource(url, BROKEN)
    return parsed.feed, parsed.entries


def _json_feed(content: bytes, url: str) -> _Items:
    """JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""
    try:
        about = json.loads(content.decode("utf-8-sig"), parse_int=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(url, BROKEN) from error
    if not isinstance(about.get("items"), list):
        raise UnreadableSource(url, NO_FEED)
    items = [_json_item(item, about) for item in about["items"] if isinstance(item, dict)]
    return {"title": about.get("title"), "link": about.get("home_page_url")}, items


def _json_item(item: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    authors = [by.get("authors") or [by.get("author")] for by in (item, about)]  # versions 1.1, 1
    return {
        "id": item.get("id"),
        # An `external_url` leads to a page that the entry is about, not to the entry.
        "link": item.get("url"),
        "title": item.get("title"),
        "authors": next(filter(_names, authors), None),
        "content": [
            {"value": item.get("content_html")},
            {"value": item.get("content_text"), "type": "text/plain"},
        ],
        "summary_detail": {"value": item.get("summary"), "type": "text/plain"},
        "published": item.get("date_published"),
        "updated": item.get("date_modified"),
    }


def _sitemap(content: bytes, url: str) -> _Items:
    """A sitemap (sitemaps.org), with Google's news elements or without."""
    items = [
        {
            "link": element.findtext("{*}loc"),
            "title": element.findtext("{*}news/{*}title"),
            "source": {"title": element.findtext("{*}news/{*}publication/{*}name")},
            "published": element.findtext("{*}news/{*}publication_date"),
            "updated": element.findtext("{*}lastmod"),
        }
        for element in _xml(content, url).iterfind("{*}url")
    ]
    publishers = {item["source"]["title"] for item in items} - {None}
    return {"title": publishers.pop() if len(publishers) == 1 else None}, items


def _xml(content: bytes, name: str) -> Any:
    """The root of some XML, of which what is broken is left out."""
    from lxml import etree

    with suppress(etree.LxmlError, ValueError):
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, recover=True))
        if root is not None:
            return root
    raise UnreadableSource(name, BROKEN)


# -- entries


def _entry(item: dict[str, Any], url: str, today: date, by_names: bool) -> Entry:
    id, link, title = _line(item.get("id")), _line(item.get("link")), _title(item)
    # feedparser takes an id for the link, too, that need not be a link.
    link = None if link == id and not (link or "").startswith("http") else _link(link, url)
    parts = [*(item.get("content") or []), item.get("summary_detail") or {}]
    part = max(parts, key=lambda part: len(_string(part.get("value"))))
    text, is_html = _string(part.get("value")), part.get("type") != "text/plain"
    is_article = part is not parts[-1] and _is_whole(text, is_html=is_html)
    return Entry(
        id if id and id != link else "",  # `_distinct` gives it an id of its own
        link,
        title,
        author=_names(item.get("authors")),
        publisher=_line((item.get("source") or {}).get("title")),
        # `get` would answer with the time of publication for one of a change that is not given.
        published=_time(dict.get(item, "published"), today, by_names),
        updated=_time(dict.get(item, "updated"), today, by_names),
        content=text or None,
        is_html=is_html,
        whole=bool(text) and (link is None or is_article),
    )


def _is_whole(text: str, *, is_html: bool) -> bool:
    """Whether the content of an entry seems to be its whole article and no beginning of it."""
    text = unescape(re.sub(r"<[^>]*>", " ", text)) if is_html else text
    text = _POSTSCRIPT.sub("", " ".join(text.split()))
    long_enough = len(text.split()) >= _SHORTEST_WHOLE
    return long_enough and plaintext.ends_sentence([text]) and not _CUT_OFF.search(text[-200:])


def _string(value: object) -> str:
    return drafts.storable(value).strip() if isinstance(value, str) else ""


def _line(value: object) -> str | None:
    return " ".join(_string(value).split()) or None


def _link(value: object, base: str) -> str | None:
    """An absolute link to a page, or None."""
    with suppress(ValueError):
        joined = urljoin(base, _string(value).replace(" ", ""))
        if value and is_web(joined):
            return joined
    return None


def _names(authors: object) -> str | None:
    given = authors if isinstance(authors, list) else []
    names = [_line(author.get("name")) or "" for author in given if isinstance(author, dict)]
    # Of "ines@post.online (Ines Moller)" feedparser leaves "ine (Ines Moller".
    names = [re.sub(r"^[a-z]* ?\((?=[^)]*$)", "", name) for name in names if "@" not in name]
    return header.listed(list(filter(None, dict.fromkeys(map(header.without_by, names))))) or None


def _title(item: dict[str, Any]) -> str | None:
    """A title in plain text; feeds write it as HTML, and often escape it once too often."""
    title, detail = _string(item.get("title")), item.get("title_detail") or {}
    if not (detail.get("type") == "text/plain" and "<" in title):
        title = unescape(re.sub(r"</?[a-z][^>]*>", "", title))
    return _line(title)


def _time(written: object, today: date, by_names: bool) -> date | None:
    """A time as a feed writes it; None for half of one, for two, or that of a wrong clock."""
    words = _line(written) or ""
    value = dates.parsed(words)
    is_clear = re.search(r"\d{4}", words) and not re.search(r"\d([./-])\d+\1\d{4}", words)
    if value is None and is_clear and by_names and len(words) <= dates.LONGEST:
        time: datetime | None = _dateparser().get_date_data(words).date_obj
        value = time.date() if time and not re.search(r"\d:\d", words) else time
    with suppress(ValueError, OverflowError):
        value = value or parsedate_to_datetime(words)  # RFC 822: a year of two digits
    right = value and value.year >= _FIRST_YEAR and dates.plausible(value, today)
    return value if right else None


@cache
def _dateparser() -> Any:
    # A tenth of a second to import, and more than a second to load all languages.
    from dateparser.date import DateDataParser

    required = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    return DateDataParser(languages=_LANGUAGES, settings={**required, "DATE_ORDER": "DMY"})


def _distinct(entries: list[Entry], home: str | None) -> list[Entry]:
    """Entries with an id of their own each, and links only where they lead to one entry.

    An entry that stands twice comes once; the first is the latest. Where several entries lead to
    one page, such as the front page, it is the article of none of them.
    """
    # Some servers give every entry the time of the request. If that counted as a change, each poll
    # would read all of them again.
    if len(entries) > 2 and len({entry.updated for entry in entries}) == 1:
        entries = [replace(entry, updated=None) for entry in entries]
    distinct: dict[tuple[str | None, str | None], Entry] = {}
    for entry in entries:
        distinct.setdefault((entry.id or entry.title, entry.link or entry.title), entry)
    ids = Counter(entry.id for entry in distinct.values())
    pages = [(normalised(entry.link or ""), entry.title) for entry in distinct.values()]
    leads = Counter(page for page, _ in set(pages))
    leads[normalised(home or "")] += 2
    unique: dict[str, Entry] = {}
    for entry, (page, _) in zip(distinct.values(), pages, strict=True):
        if leads[page] > 1:
            entry = replace(entry, link=None, whole=entry.content is not None)
        if not entry.id or ids[entry.id] > 1:
            entry = replace(entry, id=entry.link or entry_digest(entry))
        if len(entry.id.encode()) > LONGEST_ID:
            entry = replace(entry, id=drafts.fingerprint(entry.id))
        unique.setdefault(page if entry.link else entry.id, entry)
    return list(unique.values())


# -- pages, and OPML, the lists that feed readers exchange


def _page_feed(content: bytes, url: str) -> str:
    """The link of the feed that a page names, of its articles and not of its comments."""
    tree = html_tree.parsed(text_of(content, url, declared=declared_charset(content)))
    titles: dict[str, str] = {}
    if tree is not None:
        tree.make_links_absolute(url, handle_failures="discard")
        for element in tree.iter("link"):
            link, title = _link(element.get("href"), url), _line(element.get("title")) or ""
            is_feed = _LINKED.match(element.get("type") or "")
            if link and is_feed and not _COMMENTS.search(f"{title} {link}"):
                titles.setdefault(link, title)
    if not titles:
        raise UnreadableSource(url, NO_FEED)
    if len(titles) == 1:
        return next(iter(titles))
    choice = "\n".join(f"  {link}  {title}".rstrip() for link, title in [*titles.items()][:12])
    raise UnreadableSource(url, f"this page names several feeds; give one or more:\n{choice}")


def _opml_feeds(content: bytes, name: str) -> list[Listed]:
    """The feeds of a list, each once, in its order, and those that have no link to follow."""
    feeds: dict[str, Listed] = {}
    for outline in _xml(content, name).iter("{*}outline"):
        given = {key.lower(): value for key, value in outline.attrib.items()}
        if shown := _line(given.get("xmlurl")):
            link, title = _link(shown, ""), _line(given.get("title", given.get("text")))
            feeds.setdefault(shown, Listed(link or shown[:200], title, None if link else NO_LINK))
    if all(feed.refused for feed in feeds.values()):
        raise UnreadableSource(name, NO_FEED)
    return list(feeds.values())


def opml(feeds: Iterable[FollowedFeed | Listed]) -> bytes:
    """A list of feeds that any feed reader takes."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    etree.SubElement(root, "head")
    body = etree.SubElement(root, "body")
    for feed in feeds:
        title = "".join(filter(str.isprintable, feed.title or feed.url))  # XML writes no others
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=feed.url)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))

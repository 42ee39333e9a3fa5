"""Bytes become a feed, and an entry an article: from its page with what the feed adds, or itself.

Feeds are strangers' files, so they are parsed in the sandbox, like documents.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from retrieval.entries import Entry, Feed, Listed, WaitingEntry, from_json, to_json
from retrieval.errors import UnreadableSource
from retrieval.feeds import formats
from retrieval.feeds.formats import NO_FEED, Parsed, opml
from retrieval.records import Article
from retrieval.sources import dates, drafts, html_tree, lines, plaintext, sandbox
from retrieval.sources.drafts import Draft
from retrieval.text.links import normalised, without_trackers

__all__ = ["NO_FEED", "NO_PROSE", "article", "drafted", "filled", "opml", "read"]

NO_PROSE = "the feed has too few words of it to be quoted; open the link in a browser."
SHORTEST_PROSE = 12  # words
SHORTEST_POST = 5  # words; so many do if they are a whole sentence, and all that there is

_TITLE_ENDS = re.compile(
    r"\s*(?:[-–—|:»>]\s*)?\(?(?:RSS(?:\s*2\.0)?(?:\s+feed)?|feed|Atom)\)?$", re.I
)


def read(content: bytes, url: str, today: date, charset: str | None = None) -> Parsed:
    """A feed; or the feeds that an OPML list names; or the link of the only feed of a web page.

    Raises UnreadableSource for anything else, and where a page names several feeds.
    """
    kind, *parsed = sandbox.parsed(
        parse, content, name=url, today=today.isoformat(), charset=charset
    )
    if kind == "feed":
        title, broken, *entries = parsed
        return Feed(title, tuple(map(from_json, entries)), broken)
    return str(parsed[0]) if kind == "page" else [Listed(*named) for named in parsed]


def parse(data: bytes, *, name: str, today: str, charset: str | None) -> list[Any]:
    """The same in JSON: what the sandbox runs."""
    parsed = formats.parsed(data, name, date.fromisoformat(today), charset)
    if isinstance(parsed, Feed):
        return ["feed", parsed.title, parsed.broken, *map(to_json, parsed.entries)]
    return ["page", parsed] if isinstance(parsed, str) else ["list", *parsed]


def article(waiting: WaitingEntry, today: date) -> Article:
    """The article that an entry holds itself. Raises UnreadableSource where that is no prose."""
    entry = waiting.entry
    data = to_json(entry).encode()
    (parsed,) = sandbox.parsed(parse_entry, data, name=waiting.name, today=today.isoformat())
    key = normalised(entry.link) if entry.link else f"{waiting.feed}\n{entry.id}"
    id = waiting.article or drafts.fingerprint(key)
    return filled(drafts.article(drafts.from_json(parsed), origin=None, id=id), waiting)


def parse_entry(data: bytes, *, name: str, today: str) -> list[Any]:
    """The draft of an entry, both in JSON: what the sandbox runs."""
    return [drafts.to_json(drafted(from_json(data), name, date.fromisoformat(today)))]


def filled(article: Article, waiting: WaitingEntry) -> Article:
    """An article with what its feed says and itself does not."""
    entry, own, by_feed = waiting.entry, article.published, waiting.entry.published
    if own is None or (not isinstance(own, datetime) and by_feed and dates.day_of(by_feed) == own):
        own = by_feed  # which may give the time of the day, too
    # "The Skerry Post - RSS Feed" is The Skerry Post; other feeds may lead to its articles, too.
    title = waiting.feed_title or ""
    is_own = _site(article.url or waiting.feed) == _site(waiting.feed)
    feed = (_TITLE_ENDS.sub("", title) or title) if is_own else ""
    host = (urlsplit(article.url or "").hostname or "").removeprefix("www.")
    is_named = (article.source or "").lower().removeprefix("www.") not in ("", host)
    source = article.source if is_named else entry.publisher or feed or article.source
    return replace(article, author=article.author or entry.author, published=own, source=source)


def _site(url: str) -> str | None:
    """The domain under which a site is registered, such as post.co.uk for feeds.post.co.uk."""
    from courlan import extract_domain

    return extract_domain(url) or urlsplit(url).hostname


def drafted(entry: Entry, name: str, today: date) -> Draft:
    """The text of an entry's content, and what its lines say of it."""
    content = "" if entry.is_html else entry.content or ""
    if entry.is_html and (tree := html_tree.parsed(f"<div>{entry.content or ''}")) is not None:
        for hidden in tree.xpath(html_tree.HIDDEN):
            hidden.drop_tree()
        content = "\n\n".join(html_tree.prose(tree, "figure", "nav", "aside"))
    blocks = lines.blocks(formats.POSTSCRIPT.sub("", content))
    heading = [[entry.title]] if entry.title else []
    draft = plaintext.of_blocks(heading + blocks, today, flowing=True)
    is_post = blocks and entry.whole and lines.ends_sentence(blocks[-1])
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
            formats.parsed(small, "", date.today())

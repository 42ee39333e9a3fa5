"""What was fetched for a link: which reader it needs, and which link its article goes by."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

from retrieval.errors import UnreadableSource
from retrieval.feeds import formats
from retrieval.records import Article
from retrieval.sources import documents
from retrieval.sources.decoding import declared_charset
from retrieval.sources.drafts import fingerprint
from retrieval.sources.fetch.fetching import Fetched
from retrieval.text.links import normalised, without_trackers

_SUFFIXES = {
    "text/xml": "",
    "application/xml": "",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
# With these a server says that it does not know; the name in the link says more.
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream")
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')
_TEXTS = frozenset({".html", ".md", ".txt", ".text", ".markdown", ""})


def suffix_of(link: str, fetched: Fetched) -> str:
    """The suffix of a file of this kind, empty where the content shows by itself what it is.

    What no reader could make an article of is refused here, by its kind.
    """
    kind, head = fetched.content_type, fetched.content[:4096]
    if name := feed_in(head):
        how = f"follow it with `quotewise feed add {link}`."
        raise UnreadableSource(link, f"this is {name}, not an article; {how}")
    if documents.kind_of(head.removeprefix(b"\xef\xbb\xbf"), ""):
        return ""
    if kind in _VAGUE:
        return os.path.splitext(urlsplit(fetched.url).path)[1].lower()
    if kind not in _SUFFIXES:
        reason = f"this is {kind[:60]} and no article; add a web page, a text or a document."
        raise UnreadableSource(link, reason)
    return _SUFFIXES[kind]


def feed_in(head: bytes) -> str | None:
    """What something is called that begins like a feed or names pages as feeds do; else None."""
    roots = {"urlset": "a sitemap", "sitemapindex": "a sitemap", "opml": "a list of feeds"}
    root = formats.root_of(head)
    if root in ("rss", "feed", "rdf") or _JSON_FEED.search(head):
        return "a feed"
    return roots.get(root)


def text_in_utf8(fetched: Fetched, suffix: str) -> bytes:
    """The content, recoded where only the server's header says how a text is written.

    UTF-8 shows by itself. What a page declares comes before what the server does, since servers say
    ISO-8859-1 of everything; so that is not believed either.
    """
    charset, content = fetched.charset or "", fetched.content
    believed = charset not in ("", "iso-8859-1", "latin1", "utf-8", "utf8")
    if believed and suffix in _TEXTS and not declared_charset(content):
        with suppress(UnicodeDecodeError):
            content.decode()
            return content
        with suppress(LookupError, ValueError):
            return content.decode(charset).encode()
    return content


def at_its_link(article: Article, fetched: Fetched) -> Article:
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

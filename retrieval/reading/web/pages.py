"""What was fetched for a link: which reader it needs, and which link its article goes by."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

from retrieval.errors import UnreadableSource
from retrieval.links import normalised, without_trackers
from retrieval.reading.decoding import declared_charset
from retrieval.reading.drafts import fingerprint
from retrieval.reading.feeds import formats
from retrieval.reading.web.fetching import Fetched
from retrieval.records import Article

_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TYPES = {
    ".html": "text/html application/xhtml+xml",
    ".md": "text/markdown text/x-markdown",
    ".jsonl": "application/jsonl application/x-ndjson application/x-jsonlines",
    ".pdf": "application/pdf application/x-pdf",
    ".doc": "application/msword",
    ".docx": _OFFICE,
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
    ".rtf": "application/rtf",
    ".eml": "message/rfc822",
    ".mhtml": "multipart/related",
    ".zip": "application/zip application/x-zip-compressed",
}
_SUFFIXES = {kind: suffix for suffix, kinds in _TYPES.items() for kind in kinds.split()}
# With these a server says that it does not know; the name in the link tells more.
_VAGUE = frozenset(
    {"", "text/plain", "application/octet-stream", "binary/octet-stream", "application/download"}
)
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json", "text/x-opml")
_XML = frozenset({"text/xml", "application/xml", "application/rdf+xml"})
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')
_TEXTS = frozenset({".html", ".md", ".txt", ".text", ".markdown", ""})


def suffix_of(link: str, fetched: Fetched) -> str:
    """The suffix of a file of this kind, empty for a text of a kind that is not told.

    What no reader could make an article of is refused here, by its kind.
    """
    kind = fetched.content_type
    head = fetched.content[:4096]
    if name := feed_in(head) or ("a feed" if kind in _FEEDS else None):
        how = f"follow it with `quotewise feed add {link}`."
        raise UnreadableSource(link, f"this is {name}, not an article; {how}")
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if kind in _VAGUE:
        return os.path.splitext(urlsplit(fetched.url).path)[1].lower()
    if kind in _XML:
        return ""
    if suffix := _SUFFIXES.get(kind):
        return suffix
    raise UnreadableSource(link, _no_article(kind))


def feed_in(head: bytes) -> str | None:
    """What something is called that begins like a feed or names pages as feeds do; else None."""
    match formats.root_of(head):
        case "rss" | "feed" | "rdf":
            return "a feed"
        case "urlset" | "sitemapindex":
            return "a sitemap"
        case "opml":
            return "a list of feeds"
    return "a feed" if _JSON_FEED.search(head) else None


def text_in_utf8(fetched: Fetched, suffix: str) -> bytes:
    """The content, recoded where only the server's header tells how a text is written.

    UTF-8 shows by itself. What a page declares comes before what the server does, since servers say
    ISO-8859-1 of everything; so that is not believed either.
    """
    charset, content = fetched.charset, fetched.content
    believed = charset not in (None, "iso-8859-1", "latin1", "utf-8", "utf8")
    if charset and believed and suffix in _TEXTS and not declared_charset(content):
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
    one, other = ours.hostname, theirs.hostname
    if theirs.scheme != "https" or not one or not other:
        return False
    if not (theirs.path or theirs.query) and (ours.path or ours.query):
        return False
    # A part of a site and the whole; but not two parts, which may be two people's blogs.
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _no_article(kind: str) -> str:
    match kind.partition("/")[0]:
        case "image":
            return f"this is a picture ({kind}); add the page that it stands in."
        case "audio":
            return f"this is a sound recording ({kind}); add a page with its transcript."
        case "video":
            return f"this is a video ({kind}); add a page with its transcript."
    return f"this is no article but {kind[:60]}; add a page, a text or a document."

"""RSS and Atom in all their versions; feedparser knows them, and saves what broken ones hold."""

from __future__ import annotations

import io
import re
import xml.sax
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from retrieval.entries import Entry, Feed
from retrieval.errors import UnreadableSource
from retrieval.reading import bylines, dates
from retrieval.reading.feeds import telling

BROKEN = "its XML is broken and holds no entry; it may be mended by the next poll."
PARTLY_BROKEN = "its XML is broken; what could be read of it was."

_PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}
_HALF_ADDRESS = re.compile(r"^[a-z]* ?\((?=[^)]*$)")
_ENDS = (b"</rss>", b"</feed>", b"</rdf:rdf>", b"</channel>")


def feed(content: bytes, url: str, now: datetime, charset: str | None) -> Feed:
    """The feed in some XML. Raises UnreadableSource where nothing of it can be read."""
    parsed = _parsed(content, url, charset)
    broken = isinstance(parsed.get("bozo_exception"), xml.sax.SAXException)
    found = list(parsed.entries)
    if broken and not content.rstrip()[-20:].lower().endswith(_ENDS):
        # The end did not arrive, so the last entry is cut off; it comes whole another time.
        found = found[:-1]
    entries = tuple(_entry(one, url, now) for one in found)
    if broken and not entries:
        raise UnreadableSource(url, BROKEN)
    about = parsed.feed
    return Feed(
        title=telling.line(_text(about.get("title"), about.get("title_detail"))),
        entries=entries,
        home=telling.link(about.get("link"), url),
        every=_period(about),
        broken=PARTLY_BROKEN if broken else None,
    )


def _parsed(content: bytes, url: str, charset: str | None) -> Any:
    # Importing feedparser takes a fifth of a second.
    import feedparser

    # It is not told the address: it would make ids of it, which change when the feed moves.
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    try:
        # A stream, because it takes a string for the name of a file.
        return feedparser.parse(io.BytesIO(content), response_headers=headers)
    except telling.PARSER_ERRORS as error:
        raise UnreadableSource(url, BROKEN) from error


def _entry(one: Any, url: str, now: datetime) -> Entry:
    link = telling.link(_link(one), url)
    title = telling.line(_text(one.get("title"), one.get("title_detail")))
    content, is_html, whole = _content(one, has_link=link is not None)
    guid = telling.line(one.get("id"))
    return Entry(
        id=guid or link or telling.id_from(title, content),
        link=link,
        title=title,
        author=_author(one),
        publisher=telling.line((one.get("source") or {}).get("title")),
        published=_time(one, "published", now),
        updated=_time(one, "updated", now),
        content=content,
        is_html=is_html,
        whole=whole,
    )


def _link(one: Any) -> str | None:
    """The link to the article; feedparser takes an id for it, too, that need not be one."""
    original: str | None = one.get("feedburner_origlink")
    link: str | None = one.get("link")
    is_id = link == one.get("id") and not (link or "").startswith("http")
    return original or (None if is_id else link)


def _content(one: Any, *, has_link: bool) -> tuple[str | None, bool, bool]:
    """The longest text of an entry, whether it is HTML, and whether it is the whole article."""
    told = [(True, part) for part in one.get("content") or []]
    if one.get("summary_detail"):
        told.append((False, one["summary_detail"]))
    texts = [(part.get("value") or "", part.get("type"), full) for full, part in told]
    texts = [text for text in texts if text[0].strip()]
    if not texts:
        return None, False, False
    text, kind, full = max(texts, key=lambda text: len(text[0]))
    is_html = kind != "text/plain"
    whole = not has_link or (full and telling.is_whole(text, is_html=is_html))
    return text, is_html, whole


def _text(text: str | None, detail: Any) -> str | None:
    """A title in plain text; feeds write it as HTML, and often escape it once too often."""
    if not text or (detail and detail.get("type") == "text/plain" and "<" in text):
        return text
    return unescape(re.sub(r"</?[a-z][^>]*>", "", text))


def _author(one: Any) -> str | None:
    named = [telling.line(author.get("name")) for author in one.get("authors") or []]
    # Of "ines@post.online (Ines Moller)" feedparser leaves "ine (Ines Moller".
    named = [_HALF_ADDRESS.sub("", name) for name in named if name and "@" not in name]
    names = [bylines.without_by(name) for name in named if name]
    return bylines.listed(list(dict.fromkeys(names))) or None


def _time(one: Any, name: str, now: datetime) -> date | None:
    # feedparser answers with the time of publication for one of a change that is not told.
    if not dict.__contains__(one, name):
        return None
    written = dict.__getitem__(one, name)
    if dates.parsed(written) is not None:
        return telling.time(written, now)
    parsed = dict.get(one, f"{name}_parsed")
    try:
        value = datetime(*parsed[:6]).replace(tzinfo=UTC) if parsed else None
    except ValueError:
        return None
    return value if value is not None and telling.believable(value, now) else None


def _period(about: Any) -> timedelta | None:
    """How often a feed says that it changes."""
    told = []
    if (about.get("ttl") or "").strip().isdecimal():
        told.append(timedelta(minutes=min(int(about["ttl"]), 10**6)))
    hours = _PERIODS.get((about.get("sy_updateperiod") or "").strip().lower())
    if hours:
        often = (about.get("sy_updatefrequency") or "1").strip()
        times = int(often) if often.isdecimal() and len(often) < 5 else 1
        told.append(timedelta(hours=hours) / max(1, times))
    return max(told, default=None)

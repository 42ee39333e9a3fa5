"""An entry becomes an article: from its page, with what the feed adds, or from itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from retrieval.entries import Entry, WaitingEntry, from_json, to_json
from retrieval.errors import UnreadableSource
from retrieval.links import normalised, without_trackers
from retrieval.reading import dates, drafts, lines, plaintext, sandbox, trees
from retrieval.reading.documents import markup
from retrieval.reading.drafts import Draft
from retrieval.reading.lines import Block
from retrieval.records import Article

NO_PROSE = "the feed has too few words of it to be quoted; open the link in a browser."
SHORTEST_PROSE = 12  # words
SHORTEST_POST = 5  # words; so many do if they are a whole sentence, and all that there is

SHORTEST_WHOLE = 100  # words; what is shorter may be a summary that stands in the wrong element

_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\b(?:(?:read|see|view|learn)\s+(?:more|on|full|the|whole|rest)"
    r"|continued?\s+reading|full\s+(?:story|article))\b.{0,90})\W*(?:more\W+)?$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(
    r"\s*The (?:post|article|entry) .{1,300} (?:appeared first|was first published) on .{1,120}$",
    re.DOTALL,
)
_TITLE_ENDS = re.compile(
    r"\s*(?:[-–—|:»>]\s*)?\(?(?:RSS(?:\s*2\.0)?(?:\s+feed)?|feed|Atom)\)?$", re.I
)


def article(waiting: WaitingEntry, today: date) -> Article:
    """The article that an entry holds itself. Raises UnreadableSource where that is no prose."""
    entry = waiting.entry
    data = to_json(entry).encode()
    (parsed,) = sandbox.parsed(parse, data, name=waiting.name, today=today.isoformat())
    key = normalised(entry.link) if entry.link else f"{waiting.feed}\n{entry.id}"
    id = waiting.article or drafts.fingerprint(key)
    return filled(drafts.article(drafts.from_json(parsed), origin=None, id=id), waiting)


def filled(article: Article, waiting: WaitingEntry) -> Article:
    """An article with what its feed says and itself does not."""
    entry, own, by_feed = waiting.entry, article.published, waiting.entry.published
    if own is None or (not isinstance(own, datetime) and by_feed and dates.day_of(by_feed) == own):
        own = by_feed  # which may give the time of the day, too
    # "The Skerry Post - RSS Feed" is The Skerry Post.
    feed = waiting.feed_title and (_TITLE_ENDS.sub("", waiting.feed_title) or waiting.feed_title)
    host = (urlsplit(article.url or "").hostname or "").removeprefix("www.")
    is_named = (article.source or "").lower().removeprefix("www.") not in ("", host)
    source = article.source if is_named else entry.publisher or feed or article.source
    author = article.author or entry.author
    return replace(article, author=author, published=own, source=source)


def parse(data: bytes, *, name: str, today: str) -> list[dict[str, Any]]:
    """The draft of an entry, both in JSON: what the sandbox runs."""
    return [drafts.to_json(drafted(from_json(data), name, date.fromisoformat(today)))]


def drafted(entry: Entry, name: str, today: date) -> Draft:
    """The text of an entry's content, and what its lines say of it."""
    content = entry.content or ""
    blocks = [
        shown
        for block in (_blocks(content) if entry.is_html else lines.blocks(content))
        if (shown := [line for raw in block if (line := _POSTSCRIPT.sub("", raw))])
    ]
    heading = [[entry.title]] if entry.title else []
    draft = plaintext.of_blocks(heading + blocks, today, flowing=True)
    is_post = bool(blocks) and entry.whole and lines.ends_sentence(blocks[-1])
    shortest = SHORTEST_POST if is_post else SHORTEST_PROSE
    if not blocks or len(draft.text.split()) < shortest:
        raise UnreadableSource(name, NO_PROSE)
    link = entry.link and without_trackers(entry.link)
    return replace(draft, title=entry.title or draft.title, url=link)


def _blocks(content: str) -> list[Block]:
    """The paragraphs of some HTML, which is the article's own: no page stands around it."""
    tree = markup.html_of(f"<div>{content}</div>")
    if tree is None:
        return []
    for hidden in tree.xpath(trees.HIDDEN):
        hidden.drop_tree()
    return [[paragraph] for paragraph in markup.paragraphs(tree, "figure", "nav", "aside")]


def is_whole(text: str, *, is_html: bool) -> bool:
    """Whether the content of an entry seems to be its whole article and no beginning of it."""
    text = unescape(re.sub(r"<[^>]*>", " ", text)) if is_html else text
    text = _POSTSCRIPT.sub("", " ".join(text.split()))
    long_enough = len(text.split()) >= SHORTEST_WHOLE
    return long_enough and lines.ends_sentence([text]) and not _CUT_OFF.search(text[-200:])

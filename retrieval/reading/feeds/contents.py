"""An entry becomes an article: from its page, with what the feed tells besides, or from itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from retrieval.entries import Entry, from_json, to_json
from retrieval.errors import UnreadableSource
from retrieval.links import normalised, without_trackers
from retrieval.reading import dates, drafts, lines, plaintext, sandbox, trees
from retrieval.reading.drafts import Draft
from retrieval.reading.feeds import fields
from retrieval.reading.lines import Block
from retrieval.records import Article

NO_PROSE = "the feed tells only a title and a link; open the link in a browser."
SHORTEST_PROSE = 12  # words
SHORTEST_POST = 5  # words; so many do if they are a whole sentence, and all that there is

# What is shown beside the words of an article or not at all.
_BESIDE = (
    "script style noscript template svg figure iframe nav aside form button video audio".split()
)
# Line ends in the markup are spaces to a reader.
_LINE_ENDS = dict.fromkeys(map(ord, "\r\n\v\f\x85\u2028\u2029"), " ")
_TITLE_ENDS = re.compile(
    r"\s*(?:[-–—|:»>]\s*)?\(?(?:RSS(?:\s*2\.0)?(?:\s+feed)?|feed|Atom)\)?$", re.I
)


def article(entry: Entry, feed_title: str | None, id: str | None, today: date) -> Article:
    """The article that an entry holds itself. Raises UnreadableSource where that is no prose."""
    name = entry.link or entry.title or entry.id
    content = json.dumps(to_json(entry)).encode()
    (parsed,) = sandbox.parsed(parse, content, name=name, today=today.isoformat())
    draft = drafts.from_json(parsed)
    id = id or (drafts.fingerprint(normalised(draft.url)) if draft.url else None)
    return filled(drafts.article(draft, origin=None, id=id), entry, feed_title)


def filled(article: Article, entry: Entry, feed_title: str | None) -> Article:
    """An article with what its feed tells and itself does not."""
    # "The Skerry Post - RSS Feed" is The Skerry Post.
    named = feed_title and (_TITLE_ENDS.sub("", feed_title) or feed_title)
    host = (urlsplit(article.url or "").hostname or "").removeprefix("www.")
    is_named = (article.source or "").lower().removeprefix("www.") not in ("", host)
    return replace(
        article,
        author=article.author or entry.author,
        published=_published(article.published, entry.published),
        source=article.source if is_named else entry.publisher or named or article.source,
    )


def _published(own: date | None, by_feed: date | None) -> date | None:
    """The article's own date; the feed's time of that day, where it tells the day alone."""
    if own is None:
        return by_feed
    more = isinstance(by_feed, datetime) and not isinstance(own, datetime)
    return by_feed if more and by_feed and dates.day_of(by_feed) == own else own


def parse(data: bytes, *, name: str, today: str) -> list[dict[str, Any]]:
    """The draft of an entry, both in JSON: what the sandbox runs."""
    entry = from_json(json.loads(data))
    return [drafts.to_json(drafted(entry, name, date.fromisoformat(today)))]


def drafted(entry: Entry, name: str, today: date) -> Draft:
    """The text of an entry's content, and what its lines tell of it."""
    content = entry.content or ""
    blocks = _blocks(content) if entry.is_html else lines.blocks(content)
    blocks = [
        [line for raw in block if (line := fields.without_postscript(raw))] for block in blocks
    ]
    blocks = [block for block in blocks if block]
    if not blocks:
        raise UnreadableSource(name, NO_PROSE)
    heading = [[entry.title]] if entry.title else []
    draft = plaintext.of_blocks(heading + blocks, today, flowing=True)
    words, is_post = len(draft.text.split()), entry.whole and lines.ends_sentence(blocks[-1])
    if words < (SHORTEST_POST if is_post else SHORTEST_PROSE):
        number = f"{words} word{'' if words == 1 else 's'}"
        raise UnreadableSource(name, f"the feed tells only {number} of it, too few to be quoted.")
    link = entry.link and without_trackers(entry.link)
    return replace(draft, title=entry.title or draft.title, url=link)


def _blocks(content: str) -> list[Block]:
    """The paragraphs of some HTML, which is the article's own: no page stands around it."""
    from lxml import etree

    tree = trees.parsed(f"<div>{content}</div>")
    if tree is None:
        return lines.blocks(lines.without_markup(content))
    etree.strip_elements(tree, *_BESIDE, with_tail=False)
    trees.put_right(tree)
    for hidden in tree.xpath(trees.HIDDEN):
        hidden.drop_tree()
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        starts = event == "start"
        if element.tag == "br":
            pieces += ["\n"] if starts else []
        elif element.tag not in trees.INLINE:
            pieces.append("\n\n")
        words = element.text if starts else element.tail
        pieces.append((words or "").translate(_LINE_ENDS))
    return lines.blocks("".join(pieces))

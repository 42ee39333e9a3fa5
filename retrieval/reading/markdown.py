"""Markdown, with or without front matter, becomes an article of plain prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from retrieval.errors import UnreadableSource
from retrieval.reading import bylines, dates, drafts, lines, plaintext, tables
from retrieval.reading.decoding import text_of
from retrieval.reading.drafts import Draft
from retrieval.reading.lines import Block
from retrieval.reading.sources import Source, whole
from retrieval.records import Article

if TYPE_CHECKING:
    from markdown_it.token import Token

# Longer front matter is a document that opens with a rule.
LONGEST_FRONT_MATTER = 20_000
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_KEYS = {
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline", "by"),
    "source": ("source", "publisher", "publication", "site", "outlet"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "original"),
    "published": ("published", "date", "publish_date", "publishdate", "pubdate", "date_published"),
}
# More is no article, and the parser takes a second for each ten thousand it cannot pair.
MOST_MARKS = 60_000


def articles(source: Source) -> Iterator[Article]:
    """The one article of a Markdown file."""
    text = text_of(whole(source), source.name)
    if text.count("\n") // 4 + sum(text.count(mark) for mark in "[*_`<|") > MOST_MARKS:
        raise UnreadableSource(
            source.name,
            "this holds more markup than an article does; split it, or save it as .txt.",
        )
    draft = drafted(text, source.today)
    if not draft.text:
        raise UnreadableSource(source.name, "this holds no prose; nothing was read.")
    yield drafts.article(draft, origin=source.origin)


def drafted(text: str, today: date) -> Draft:
    """The prose of a Markdown text; its front matter knows better than its lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text[:LONGEST_FRONT_MATTER])
    pairs = _pairs(front[1]) if front else {}
    known = _told_by(pairs, today)
    heading, body = _prose(text[front.end() :] if front and pairs else text)
    draft = plaintext.of_blocks([[heading], *body] if heading else body, today, flowing=True)
    return replace(
        draft,
        title=known.title or heading or draft.title,
        author=known.author or draft.author,
        source=known.source or draft.source,
        url=known.url or draft.url,
        published=known.published or draft.published,
    )


def _prose(text: str) -> tuple[str | None, list[Block]]:
    """The first top heading, where nothing but headings stand before it, and blocks of prose."""
    # Ninety milliseconds to import, and only Markdown needs it.
    from markdown_it import MarkdownIt

    # Four spaces are an indented paragraph here more often than they are code.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")
    heading = None
    blocks: list[Block] = []
    opened = ""
    rows: list[list[str]] | None = None
    for token in parser.parse(text):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open" if rows is not None:
                rows.append([])
            case "table_close" if rows:
                blocks += [[line] for line in tables.as_lines(rows, has_names=True)]
                rows = None
            case "inline" if rows is not None:
                rows[-1].append(" ".join(_plain(token).split()))
            case "html_block":
                blocks += lines.blocks(lines.without_markup(token.content))
            case "inline":
                found = lines.blocks(_plain(token))
                if opened == "h1" and heading is None and not blocks and found:
                    heading = " ".join(found[0])
                else:
                    blocks += found
            case kind if kind.endswith("_open"):
                opened = token.tag
    return heading, blocks


def _plain(inline: Token) -> str:
    """The words of a paragraph, without emphasis, links' addresses, images, and what is struck."""
    words = []
    struck = 0
    for token in inline.children or []:
        tag = token.content.lower() if token.type == "html_inline" else ""
        if token.type in ("s_open", "s_close") or re.match(r"</?(?:s|del|strike)>", tag):
            struck += 1 if token.type == "s_open" or tag[1:2].isalpha() else -1
        elif struck > 0:
            continue
        elif token.type in ("text", "code_inline"):
            words.append(token.content)
        elif token.type == "softbreak":
            words.append("\n")
        elif token.type == "hardbreak" or tag.startswith("<br"):
            words.append("\n\n")
    return "".join(words)


def _told_by(pairs: dict[str, str], today: date) -> Draft:
    """What the front matter tells, as a draft without text."""
    told = {
        name: next((pairs[key] for key in keys if pairs.get(key)), None)
        for name, keys in _KEYS.items()
    }
    published = dates.parsed(told["published"]) if told["published"] else None
    url, source = told["url"], told["source"]
    if source and re.fullmatch(r"https?://\S+", source):
        url, source = url or source, None
    return Draft(
        text="",
        title=told["title"],
        author=bylines.without_by(told["author"]) if told["author"] else None,
        source=source,
        url=url,
        published=published if published and dates.plausible(published, today) else None,
    )


def _pairs(block: str) -> dict[str, str]:
    """The keys and values of front matter as text; empty where the block is none."""
    import yaml

    try:
        # The base loader makes strings only: no dates in the wrong zone, no objects.
        loaded = yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        loaded = None
    if not isinstance(loaded, dict):
        # Many tools write `title: Harbour: the plan`, which is not YAML but plain enough.
        found = re.findall(r"^([A-Za-z][\w-]{0,30}):[ \t]+(\S.*)$", block, re.MULTILINE)
        return {key.lower(): value.strip().strip("\"'") for key, value in found}
    return {str(key).lower(): _as_text(value) for key, value in loaded.items()}


def _as_text(value: object) -> str:
    match value:
        case str():
            return " ".join(value.split())
        case list():
            return bylines.listed([_as_text(item) for item in value[:20]])
        case dict():
            return _as_text(value.get("name") or "") if isinstance(value.get("name"), str) else ""
    return ""

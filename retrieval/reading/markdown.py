"""Markdown, with or without front matter, becomes an article of plain prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from retrieval.errors import UnreadableSource
from retrieval.reading import bylines, dates, drafts, lines, plaintext
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
_SKIPPED = {"fence", "code_block", "hr"}


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
    in_table = False
    for token in parser.parse(text):
        if token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        elif token.type.endswith("_open"):
            opened = token.tag
        elif in_table or token.type in _SKIPPED:
            continue
        elif token.type == "html_block":
            blocks += lines.blocks(lines.without_markup(token.content))
        elif token.type == "inline":
            found = lines.blocks(_plain(token))
            if opened == "h1" and heading is None and not blocks and found:
                heading = " ".join(found[0])
            else:
                blocks += found
    return heading, blocks


def _plain(inline: Token) -> str:
    """The words of a paragraph, without emphasis, links' addresses and images."""
    words = []
    for token in inline.children or []:
        match token.type:
            case "text" | "code_inline":
                words.append(token.content)
            case "softbreak":
                words.append("\n")
            case "hardbreak":
                words.append("\n\n")
            case "html_inline" if token.content.lower().startswith("<br"):
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

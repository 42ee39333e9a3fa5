"""Markdown, with or without front matter, becomes an article of plain prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import dates, drafts, header, html_tree, lines, plaintext
from retrieval.sources.drafts import Draft
from retrieval.sources.lines import Block
from retrieval.sources.source import Source, text_of, whole_file

# Longer front matter is a document that opens with a rule.
_FRONT_MATTER = re.compile(r"---[ \t\r]*\n(.{0,20000}?\n)(?:---|\.\.\.)[ \t\r]*(?:\n|$)", re.DOTALL)
_KEYS = {
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline", "by"),
    "source": ("source", "publisher", "publication", "site", "outlet"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "original"),
    "published": ("published", "date", "publish_date", "publishdate", "pubdate", "date_published"),
}
# More is no article, and the parser takes a second for each ten thousand it cannot pair.
MOST_MARKS = 60_000
_STRUCK = re.compile(r"<(s|del|strike)>(?:(?!<\1>).)*?</\1>", re.DOTALL | re.IGNORECASE)
_TABLE = re.compile(r"<table>\n<thead>(?:(?!<table).)*?</table>", re.DOTALL)
_CELL = re.compile(r"<t[hd][^<>]*>((?:(?!<t[hd]).)*?)</t[hd]>")


def articles(source: Source) -> Iterator[Article]:
    """The one article of a Markdown file."""
    text = text_of(whole_file(source.stream, source.name), source.name)
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
    front = _FRONT_MATTER.match(text)
    pairs = _pairs(front[1]) if front else {}
    heading, body = _prose(text[front.end() :] if front and pairs else text)
    draft = plaintext.of_blocks([[heading], *body] if heading else body, today, flowing=True)
    return replace(draft, **{"title": heading or draft.title, **_facts(pairs, today)})


def _prose(text: str) -> tuple[str | None, list[Block]]:
    """The heading of the whole, if the text begins with one, and blocks of prose."""
    # Ninety milliseconds to import, and only Markdown needs it.
    from markdown_it import MarkdownIt

    # Four spaces are an indented paragraph here more often than they are code.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")
    parser.add_render_rule("fence", lambda *_: "\n\n")
    page = _TABLE.sub(_written_out, _STRUCK.sub("", parser.render(text)))
    before, _, rest = page.partition("<h1>")
    heading, _, body = rest.partition("</h1>")
    title = " ".join(lines.without_markup(heading).split())
    if title and not _blocks(before):
        return title, _blocks(body)
    return None, _blocks(page)


def _blocks(page: str) -> list[Block]:
    return lines.blocks(lines.without_markup(page))


def _written_out(table: re.Match[str]) -> str:
    """A table as paragraphs in which each cell stands with the names of its row and column."""
    rows = [_CELL.findall(row) for row in re.sub("<br[ />]+", " ", table[0]).split("</tr>")]
    written = html_tree.as_lines([row for row in rows if row], has_names=True)
    return "".join(f"<p>{line}</p>" for line in written)


def _facts(pairs: dict[str, str], today: date) -> dict[str, Any]:
    """What front matter says of an article, under the names that a draft has for it."""
    facts: dict[str, Any] = {}
    for name, keys in _KEYS.items():
        if value := next(filter(None, map(pairs.get, keys)), None):
            facts[name] = value
    if re.fullmatch(r"https?://\S+", facts.get("source", "")):
        facts.setdefault("url", facts.pop("source"))
    if "author" in facts:
        facts["author"] = header.without_by(facts["author"])
    published = dates.parsed(facts.pop("published", ""))
    if published and dates.plausible(published, today):
        facts["published"] = published
    return facts


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
        pairs = re.findall(r"^([A-Za-z][\w-]{0,30}):[ \t]+(\S.*)$", block, re.MULTILINE)
        loaded = {key: value.strip().strip("\"'") for key, value in pairs}
    return {str(key).lower(): _as_text(value) for key, value in loaded.items()}


def _as_text(value: object) -> str:
    """A string, a list of strings or names, or what has a name, on one line."""
    items = value[:20] if isinstance(value, list) else [value]
    named = [item.get("name") if isinstance(item, dict) else item for item in items]
    return header.listed([" ".join(item.split()) for item in named if isinstance(item, str)])

"""Markdown, with or without front matter, becomes an article of plain prose."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import drafts, header, html_tree, plaintext
from retrieval.sources.drafts import Draft
from retrieval.sources.header import Facts
from retrieval.sources.source import Source, text_of, whole_file

# Longer front matter is a document that opens with a rule.
_FRONT_MATTER = re.compile(r"---[ \t\r]*\n(.{0,20000}?\n)(?:---|\.\.\.)[ \t\r]*(?:\n|$)", re.DOTALL)
# More is no article, and the parser takes a second for each ten thousand it cannot pair.
MOST_MARKS = 60_000


def articles(source: Source) -> Iterator[Article]:
    text = text_of(whole_file(source.stream, source.name), source.name, declared=source.charset)
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
    body = (text[front.end() :] if front and pairs else text).split("\n")
    for place, line in enumerate(body[: plaintext.HEADER_REACH]):
        if header.facts_in(line.strip(" *_\r"), today):
            body[place] += "\n"  # a paragraph of its own
    root = _rendered("\n".join(body))
    heading = next((html_tree.words(heading) for heading in root.iter("h1")), None)
    paragraphs = html_tree.prose(root)
    draft = plaintext.of_blocks([[paragraph] for paragraph in paragraphs], today)
    # The heading of the whole is one that the text begins with.
    title = heading if paragraphs and heading == paragraphs[0] else draft.title
    return replace(draft, **{"title": title, **_facts(pairs, today)})


def _rendered(text: str) -> Any:
    # Ninety milliseconds to import, and only Markdown needs it.
    from markdown_it import MarkdownIt

    # Four spaces are an indented paragraph here more often than they are code.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")
    parser.add_render_rule("fence", lambda *_: "<hr>")
    return html_tree.parsed(f"<div>{parser.render(text)}</div>")


def _facts(pairs: dict[str, str], today: date) -> dict[str, Any]:
    """What front matter says of an article, under the names that a draft has for it."""
    facts = Facts(title=pairs.get("title") or pairs.get("headline"))
    for key, value in pairs.items():
        is_title = key in ("title", "headline", "subject")
        if not is_title and (said := header.facts_in(f"{key}: {value}", today)):
            facts = facts.or_else(said)
    names = ("title", "author", "source", "url", "published")
    return {name: value for name in names if (value := getattr(facts, name))}


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
    return {re.sub("[_-]", " ", str(key).lower()): _as_text(value) for key, value in loaded.items()}


def _as_text(value: object) -> str:
    """A string, a list of strings or names, or what has a name, on one line."""
    items = value[:20] if isinstance(value, list) else [value]
    named = [item.get("name") if isinstance(item, dict) else item for item in items]
    return header.listed([" ".join(item.split()) for item in named if isinstance(item, str)])

"""What a reader found in one source, and the article it becomes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from retrieval import segments
from retrieval.records import Article, Span

TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it has an id: only the text is certain."""

    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None


def article(draft: Draft, *, origin: str | None, id: str | None = None) -> Article:
    """The article of a draft, under an id that stays the same when it is read again.

    Without an id of its own an article goes by its link, else by its file, else by its text: so a
    changed file at the same path is an update, not a second article.
    """
    return Article(
        id=id or fingerprint(draft.url or origin or draft.text),
        title=draft.title or title_from(draft.text),
        text=draft.text,
        url=draft.url,
        source=draft.source,
        author=draft.author,
        published=draft.published,
        origin=origin,
    )


def fingerprint(text: str) -> str:
    """Ten hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def title_from(text: str) -> str:
    """The first sentence of a text, cut at a word where it is long."""
    line = text.lstrip()[: 4 * TITLE_LENGTH].split("\n", 1)[0]
    first = segments.sentences(line, Span(0, len(line)))[:1]
    sentence = " ".join(" ".join(line[start:end] for start, end in first).split())
    if len(sentence) <= TITLE_LENGTH:
        return sentence
    head, _, cut = sentence[:TITLE_LENGTH].rpartition(" ")
    head = head or cut
    return (head.rstrip(",;:-–— ") or head) + "…"

"""What a reader found in one source, and the article it becomes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from retrieval import links, segments
from retrieval.reading import dates
from retrieval.records import Article, Span

TITLE_LENGTH = 90
NO_LINK = (
    "its link was left out because it is not a complete web address; write it with http:// or"
    " https:// and add it again."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it has an id: only the text is certain."""

    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None
    pages: tuple[int, ...] = ()
    note: str | None = None


def to_json(draft: Draft | Article) -> dict[str, Any]:
    """A draft as JSON can say it, to cross from one process to another."""
    published = draft.published.isoformat() if draft.published else None
    return {**asdict(draft), "published": published}


def from_json(content: Any) -> Draft:
    """The draft that was put into JSON. Raises ValueError if it is none."""
    match content:
        case {"text": str(text), "pages": list(pages), "published": published, **rest}:
            return Draft(
                _unbroken(text) or "",
                title=_unbroken(rest.get("title")),
                url=_unbroken(rest.get("url")),
                source=_unbroken(rest.get("source")),
                author=_unbroken(rest.get("author")),
                published=dates.parsed(published) if isinstance(published, str) else None,
                pages=tuple(place for place in pages if isinstance(place, int)),
                note=_unbroken(rest.get("note")),
            )
    raise ValueError("this is no draft of an article")


def _unbroken(words: object) -> str | None:
    """A string without halves of characters, which no file can store."""
    return words.encode("utf-8", "replace").decode() if isinstance(words, str) else None


def article(draft: Draft, *, origin: str | None, id: str | None = None) -> Article:
    """The article of a draft, under an id that stays the same when it is read again.

    Without an id of its own an article goes by its link, else by its file, else by its text: so a
    changed file at the same path is an update, not a second article.
    """
    draft = with_web_link(draft)
    return Article(
        id=id or fingerprint(draft.url or origin or draft.text),
        title=draft.title or title_from(draft.text),
        text=draft.text,
        url=draft.url,
        source=draft.source,
        author=draft.author,
        published=draft.published,
        origin=origin,
        pages=draft.pages,
        note=draft.note,
    )


def with_web_link(draft: Draft) -> Draft:
    """The draft, with a note in place of a URL that is no web address."""
    if draft.url is None or links.is_web(draft.url):
        return draft
    return replace(draft, url=None, note=" ".join(filter(None, (draft.note, NO_LINK))))


def fingerprint(text: str) -> str:
    """Sixteen hexadecimal digits that stand for a text: enough that nobody finds another with them.

    An article takes the place of one with its id, so that would be a way to replace a paper's.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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

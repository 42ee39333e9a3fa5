"""Records to rows of the catalog, and back; a removed article to text, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from retrieval.records import Article, Floats, Passage, Span, Version
from retrieval.text import links


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed article, with its key and what it said before."""

    key: int
    article: Article
    added: datetime
    versions: tuple[Version, ...]


ARTICLE_FIELDS = "a.id, a.title, a.text, a.url, a.source, a.author, a.published, a.origin, a.pages"
PASSAGE_FIELDS = 'p.paragraph, p.start, p."end", p.sentences, p.vector'


def article(fields: Sequence[Any]) -> Article:
    """The article in a row's `ARTICLE_FIELDS`."""
    id, title, text, url, source, author, published, origin, pages = fields
    begins = tuple(json.loads(pages)) if pages else ()
    # Version 0.1 kept any string as a URL.
    url = url if url and links.is_web(url) else None
    return Article(id, title, text, url, source, author, _date(published), origin, begins)


def version(fields: Sequence[Any]) -> Version:
    """The version in a row's `ARTICLE_FIELDS`, and when it was added and replaced."""
    *article_fields, added, replaced = fields
    return Version(
        article(article_fields), datetime.fromisoformat(added), datetime.fromisoformat(replaced)
    )


def from_article(a: Article) -> tuple[str | None, ...]:
    """An article as its `ARTICLE_FIELDS`."""
    published = None if a.published is None else a.published.isoformat()
    pages = json.dumps(a.pages) if a.pages else None
    return a.id, a.title, a.text, a.url, a.source, a.author, published, a.origin, pages


def passage(fields: Sequence[Any]) -> Passage:
    """The passage in a row's `PASSAGE_FIELDS`."""
    paragraph, start, end, sentences, vector = fields
    spans = tuple(Span(*pair) for pair in np.frombuffer(sentences, "<i4").reshape(-1, 2).tolist())
    return Passage(paragraph, start, end, spans, floats(vector))


def from_passage(p: Passage) -> tuple[int | bytes, ...]:
    """A passage as its `PASSAGE_FIELDS`."""
    sentences = np.array(p.sentences, dtype="<i4").tobytes()
    return p.paragraph, p.start, p.end, sentences, p.vector.astype("<f2").tobytes()


def without_tokens(sentences: bytes) -> bytes:
    """Sentences as they are kept now, from those that had the range of their tokens beside them.

    What is damaged stays so, for `verify` to report.
    """
    if len(sentences) % 16:
        return sentences
    return np.frombuffer(sentences, "<i4").reshape(-1, 4)[:, :2].tobytes()


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def floats(blob: bytes) -> Floats:
    """A vector as the catalog keeps it, back to float32."""
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)


def removed_to_json(removed: Removed) -> str:
    """A removed article as text."""
    versions = [
        (*from_article(old.article), old.added.isoformat(), old.replaced.isoformat())
        for old in removed.versions
    ]
    article = from_article(removed.article)
    return json.dumps(
        [removed.key, article, removed.added.isoformat(), versions], ensure_ascii=False
    )


def removed_from_json(text: str) -> Removed:
    """The removed article in a text of `removed_to_json`."""
    key, fields, added, versions = json.loads(text)
    return Removed(
        key,
        article(fields),
        datetime.fromisoformat(added),
        tuple(map(version, versions)),
    )

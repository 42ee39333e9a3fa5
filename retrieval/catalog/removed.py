"""Everything that the catalog keeps of an article, so that it can be put back after its removal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from retrieval.catalog import rows
from retrieval.records import Article, Version


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed article, with its key and what it said before."""

    key: int
    article: Article
    added: datetime
    versions: tuple[Version, ...]


def to_json(one: Removed) -> str:
    """A removed article as text."""
    versions = [
        (*rows.from_article(old.article), old.added.isoformat(), old.replaced.isoformat())
        for old in one.versions
    ]
    article = rows.from_article(one.article)
    return json.dumps([one.key, article, one.added.isoformat(), versions], ensure_ascii=False)


def from_json(text: str) -> Removed:
    """The removed article in a text of `to_json`."""
    key, article, added, versions = json.loads(text)
    return Removed(
        key,
        rows.article(article),
        datetime.fromisoformat(added),
        tuple(map(rows.version, versions)),
    )

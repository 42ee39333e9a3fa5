"""Quotes of what an article said before: where their words stand now, or since when they do not."""

from __future__ import annotations

from dataclasses import replace

from retrieval import segments, wording
from retrieval.catalog import Catalog
from retrieval.errors import QuotewiseError
from retrieval.records import KeptArticle, Quote, Span, Version


def quote_at(catalog: Catalog, library: str, id: str, sha256: str, told: Span) -> Quote | None:
    """What an article said at a place when it had this hash; None if it was removed."""
    kept = catalog.article(library, id)
    if kept and kept.article.sha256 == sha256:
        return wording.quoted(kept.article, told)
    earlier = catalog.version(library, id, sha256)
    now = catalog.article(library, earlier.now) if earlier else None
    if earlier is None or now is None:
        return None
    said = earlier.version
    place = wording.place(said.article.text, told, now.article.text)
    if place:
        return wording.quoted(now.article, place.span)
    return _last_said(said, told, catalog.versions(library, earlier.now))


def quoted(catalog: Catalog, library: str, quote: Quote) -> KeptArticle:
    """The article of a quote as it is, or as it was when it said so."""
    id, sha256 = quote.article.id, quote.article.sha256
    kept = catalog.article(library, id)
    if kept and kept.article.sha256 == sha256:
        return kept
    earlier = catalog.version(library, id, sha256)
    if earlier is None:
        raise QuotewiseError("That article has been removed since: please ask again.")
    return as_kept(earlier.version, library)


def as_kept(version: Version, library: str) -> KeptArticle:
    """A version as the article it was."""
    paragraphs = tuple(segments.paragraphs(version.article.text))
    return KeptArticle(version.article, library, version.added, paragraphs)


def _last_said(said: Version, told: Span, versions: list[Version]) -> Quote:
    """The quote of the last version that had its words, and since when the article has not."""
    for later in reversed(versions[versions.index(said) + 1 :]):
        place = wording.place(said.article.text, told, later.article.text)
        if place:
            there = wording.quoted(later.article, place.span)
            return replace(there, gone_since=later.replaced)
    return replace(wording.quoted(said.article, told), gone_since=said.replaced)

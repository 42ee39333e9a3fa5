"""Find an article by its id, its earlier versions, and the place of a quote in it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from retrieval.errors import QuotewiseError
from retrieval.records import Article, ArticleRef, Quote, Span, StoredArticle, Version
from retrieval.storage.catalog import Catalog
from retrieval.text import segmentation


@dataclass(frozen=True, slots=True)
class History:
    """Quotes and versions of articles that may have been changed since; of one library each."""

    catalog: Catalog

    def quote_at(self, ref: ArticleRef, sha256: str, span: Span) -> Quote | None:
        """What an article said at a place when it had this hash, without score and marks.

        The quote is where its words stand now. If they are gone from the article, it is one of
        what the article said last with them, and tells since when. None if it was removed.
        """
        library = ref.library
        stored = self.catalog.article(ref)
        if stored and stored.article.sha256 == sha256:
            return segmentation.quoted(stored.article, span, library)
        said, id_now = self.catalog.version(ref, sha256) or (None, ref.id)
        now = self.catalog.article(ArticleRef(library, id_now)) if said else None
        if said is None or now is None:
            return None
        place = segmentation.place(said.article.text, span, now.article.text)
        if place:
            return segmentation.quoted(now.article, place, library)
        gone = _last_said(said, span, self.catalog.versions(now.ref))
        return replace(gone, library=library)

    def also_in(self, quote: Quote, ids: Iterable[str]) -> tuple[Article, ...]:
        """Those of these articles in which the sentences of a quote stand word for word."""
        stored = [self.catalog.article(ArticleRef(quote.library, id)) for id in ids]
        span = Span(quote.start, quote.end)
        return tuple(
            other.article
            for other in stored
            if other and segmentation.place(quote.article.text, span, other.article.text)
        )

    def article_with(self, ref: ArticleRef, sha256: str) -> Article | None:
        """The article as it was when it had this id and this hash; None if it never had."""
        said = self._as_it_was(ref, sha256)
        # The hash that was written down with it may be its own no longer.
        return said.article if said and said.article.sha256 == sha256 else None

    def knows(self, ref: ArticleRef) -> bool:
        """Whether the library has an article with this id."""
        return self.catalog.article(ref) is not None

    def article_of(self, quote: Quote) -> StoredArticle:
        """The article of a quote as it is, or as it was when it said so.

        Raises QuotewiseError if it was removed.
        """
        said = self._as_it_was(quote.ref, quote.article.sha256)
        if said is None:
            raise QuotewiseError("That article has been removed since: please ask again.")
        return said

    def _as_it_was(self, ref: ArticleRef, sha256: str) -> StoredArticle | None:
        stored = self.catalog.article(ref)
        if stored and stored.article.sha256 == sha256:
            return stored
        earlier = self.catalog.version(ref, sha256)
        return as_article(ref.library, earlier[0]) if earlier else None


def article_with_id(catalog: Catalog, library: str, id: str) -> StoredArticle:
    """The article with this id, or with the only id that begins so.

    Raises QuotewiseError if there is none, or if several ids begin so.
    """
    article = catalog.article(ArticleRef(library, id))
    if article is None:
        beginning = catalog.ids_beginning_with(library, id) if id else []
        if len(beginning) > 1:
            raise QuotewiseError(
                f"Several articles have an id that begins with {id}: {', '.join(beginning)}. "
                "Give one of them whole."
            )
        article = catalog.article(ArticleRef(library, beginning[0])) if beginning else None
    if article is None:
        raise QuotewiseError(
            f"There is no article with the id {id!r}: look it up in the list of articles."
        )
    return article


def as_article(library: str, version: Version) -> StoredArticle:
    """A version as the article it was."""
    paragraphs = tuple(segmentation.paragraphs(version.article.text))
    return StoredArticle(version.article, library, version.added, paragraphs)


def numbered(versions: Sequence[Version], number: int) -> Version:
    """The version with this number, from 1. Raises QuotewiseError if there is none."""
    if not versions:
        raise QuotewiseError("That article has no earlier version: ask for it without a number.")
    if not 1 <= number <= len(versions):
        raise QuotewiseError(
            f"That article has {len(versions)} earlier version{'s' * (len(versions) > 1)}: give a "
            f"number from 1 to {len(versions)}."
        )
    return versions[number - 1]


def _last_said(said: Version, span: Span, versions: list[Version]) -> Quote:
    """The quote of the last version that had its words, and since when the article has not."""
    for later in reversed(versions[versions.index(said) + 1 :]):
        place = segmentation.place(said.article.text, span, later.article.text)
        if place:
            quote = segmentation.quoted(later.article, place)
            return replace(quote, gone_since=later.replaced)
    return replace(segmentation.quoted(said.article, span), gone_since=said.replaced)

"""A person names an article by its id, or by what its id begins with."""

from __future__ import annotations

from retrieval.errors import QuotewiseError
from retrieval.records import StoredArticle
from retrieval.storage import Catalog


def article_with_id(catalog: Catalog, library: str, id: str) -> StoredArticle:
    """The article with this id, or with the only id that begins so.

    Raises QuotewiseError if there is none, or if several ids begin so.
    """
    article = catalog.article(library, id)
    if article is None:
        beginning = catalog.ids_beginning_with(library, id) if id else []
        if len(beginning) > 1:
            raise QuotewiseError(
                f"Several articles have an id that begins with {id}: {', '.join(beginning)}. "
                "Give one of them whole."
            )
        article = catalog.article(library, beginning[0]) if beginning else None
    if article is None:
        raise QuotewiseError(
            f"There is no article with the id {id!r}: `quotewise articles` lists them."
        )
    return article

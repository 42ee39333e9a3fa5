"""What is made from the articles is made again: vectors, stories and indexes."""

from __future__ import annotations

from retrieval import passages
from retrieval.catalog import Catalog
from retrieval.encoder import Encoder
from retrieval.finding import article_with_id
from retrieval.indexes import Indexes
from retrieval.vectors import TokenCodec


def embed_again(catalog: Catalog, encoder: Encoder, codec: TokenCodec) -> None:
    """Let the model that is set read every article anew, in one transaction."""
    ids = [
        (library, kept.article.id)
        for library in catalog.libraries()
        for kept in catalog.articles(library)
    ]
    new = (
        article
        for library, id in ids
        for article in passages.embedded(
            [_drafted_again(catalog, library, id, encoder)], encoder, codec
        )
    )
    catalog.put(new, model=encoder.fingerprint)


def compare_and_index_again(catalog: Catalog, indexes: Indexes) -> None:
    """Find the stories anew, then fill the indexes from nothing."""
    for library in catalog.libraries():
        catalog.compare_again(library)
    for one in indexes.of(catalog.libraries()):
        one.rebuild()


def _drafted_again(catalog: Catalog, library: str, id: str, encoder: Encoder) -> passages.Drafted:
    kept = article_with_id(catalog, library, id)
    return passages.drafted(library, kept.article, kept.added, encoder)

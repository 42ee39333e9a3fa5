"""The catalog: what is kept, and the truth that every index is made from."""

from retrieval.catalog.catalog import Catalog, IndexEntry, NewArticle

__all__ = ["Catalog", "IndexEntry", "NewArticle"]

"""The catalog: what is kept, and the truth that every index is made from."""

from retrieval.catalog.catalog import Catalog
from retrieval.catalog.changes import IndexEntry
from retrieval.catalog.writing import NewArticle

__all__ = ["Catalog", "IndexEntry", "NewArticle"]

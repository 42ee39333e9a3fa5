"""What the indexes are of and what they find: passages, their sentences, hits; all are frozen."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.records import Article, ArticleRef, Floats, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one paragraph, short enough for the model to read at once.

    Most paragraphs are one passage. `paragraph` counts from 1. `vector` is float32 of shape
    (dimension,) and length one. `sentences` are characters of the article.
    """

    paragraph: int
    start: int
    end: int
    sentences: tuple[Span, ...]
    vector: Floats


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage in the catalog, with its id there, its library and the article it stands in."""

    id: int
    library: str
    article: Article
    passage: Passage

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that an index found: its cosine to the question, and its BM25 score (else 0).

    The BM25 score is divided by the logarithm of the number of passages, which is what a word of
    one passage weighs: the same words then count about the same in a library of any size.
    """

    passage_id: int
    cosine: float
    bm25: float

"""The library: articles in, quotes out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Self

from retrieval import checking, passages, quoting, ranking, reading
from retrieval.adding import Adding
from retrieval.catalog import Catalog
from retrieval.encoder import DEFAULT_MODEL, Encoder, Encoding, open_encoder
from retrieval.errors import QuotewiseError, UnreadableSource
from retrieval.indexes import Indexes, LibraryIndexes
from retrieval.records import Answer, Article, Hit, KeptArticle, Outcome
from retrieval.vectors import TokenCodec
from retrieval.words import content_terms

MAIN = "main"
"""The library that is meant where none is named."""

LONGEST_QUESTION = 2_000  # characters
CANDIDATES = 100  # passages asked of each index

ANSWERED_FROM = 0.5
"""The confidence from which the best quote counts as an answer."""


class Library:
    """All that is kept under one folder, and the answers to be had from it.

    Articles belong to libraries, which have names; a question is asked of one or several of them
    and never sees the others. Methods may be called from several threads, and several processes
    may open one folder.
    """

    def __init__(self, home: Path, model: str, copies: Path) -> None:
        self._home = home
        self._model = model
        self._copies = copies
        self._catalog = Catalog(home / "catalog.sqlite")

    @classmethod
    def open(
        cls, home: str | Path, *, model: str = DEFAULT_MODEL, copies: Path | None = None
    ) -> Self:
        """Open the library under a folder, which is made if it is not there.

        `model` is the default, a folder, or any name that sentence-transformers can load; its
        ONNX copy is kept under `copies`, or else in the same folder. Raises QuotewiseError if
        the folder cannot be written or what is in it cannot be read.
        """
        home = Path(home).expanduser()
        return cls(home, model, copies or home / "models")

    def warm_up(self) -> None:
        """Start the model now, so that the first question need not wait for it."""
        self._encoder_of_catalog()

    def close(self) -> None:
        """Close the catalog; what was added is kept already."""
        self._catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- articles in

    def add(self, sources: str | Iterable[str], *, library: str = MAIN) -> Iterator[Outcome]:
        """Read sources and keep their articles: one outcome each, in order, and on after a failure.

        A source is a file, a folder, or `-` for standard input. Nothing happens until the
        outcomes are drawn; those drawn are kept, even if the process ends the next moment.
        """
        encoder = self._encoder_of_catalog()
        adding = Adding(self._catalog, encoder, self._codec, library, datetime.now(UTC))
        try:
            for source in [sources] if isinstance(sources, str) else sources:
                yield from adding.take(source)
            yield from adding.finish()
        finally:
            for indexes in self._indexes.of([library]):
                indexes.catch_up()

    def count(self, sources: Iterable[str]) -> int:
        """How many outcomes `add` is going to give for these sources, as far as can be told."""
        total = 0
        for source in sources:
            try:
                total += sum(map(reading.count, reading.files(source)))
            except UnreadableSource:
                total += 1
        return total

    def remove(self, id: str, *, library: str = MAIN) -> KeptArticle:
        """Remove an article and return it as it was. Raises QuotewiseError if there is none."""
        kept = self.article(id, library=library)
        self._catalog.remove(library, kept.article.id)
        return kept

    def remove_all(self, *, library: str = MAIN) -> int:
        """Remove all articles of a library at once, and return how many there were."""
        return self._catalog.remove_all(library)

    def rename(self, library: str, name: str) -> None:
        """Call a library by another name. Raises QuotewiseError if another has that name."""
        if library in self._catalog.libraries() and not self._catalog.rename(library, name):
            raise QuotewiseError(f"There is a library called {name} already: choose another name.")

    # -- what is kept

    def articles(self, *, library: str = MAIN) -> Iterator[KeptArticle]:
        """All articles of a library, in the order in which they were added."""
        return self._catalog.articles(library)

    def article(self, id: str, *, library: str = MAIN) -> KeptArticle:
        """The article with this id, or with the only id that begins so.

        Raises QuotewiseError if there is none, or if several ids begin so.
        """
        kept = self._catalog.article(library, id)
        if kept is None:
            beginning = self._catalog.ids_beginning_with(library, id) if id else []
            if len(beginning) > 1:
                raise QuotewiseError(
                    f"Several articles have an id that begins with {id}: {', '.join(beginning)}. "
                    "Give one of them whole."
                )
            kept = self._catalog.article(library, beginning[0]) if beginning else None
        if kept is None:
            raise QuotewiseError(
                f"There is no article with the id {id!r}: `quotewise articles` lists them."
            )
        return kept

    # -- quotes out

    def answer(self, question: str, *, scope: Sequence[str] = (MAIN,), limit: int = 3) -> Answer:
        """Quote the kept sentences that best answer the question, at most `limit` of them.

        `scope` names the libraries that may be quoted. Raises QuotewiseError if the question is
        empty or too long.
        """
        started = time.perf_counter()
        question = _checked(question)
        query = self._encoder_of_catalog().encode_query(question)
        indexes = self._indexes.of(scope)
        ranked = self._ranked_passages(question, query, _hits(indexes, question, query))
        scored = quoting.scored_sentences(question, ranked)
        found = tuple(quoting.quotes(question, scored, limit))
        confidence = (
            quoting.confidence(quoting.evidence(question, scored[0], _rarity(indexes, question)))
            if scored
            else 0.0
        )
        answered = confidence >= ANSWERED_FROM
        return Answer(
            question,
            answered,
            confidence,
            quotes=found if answered else (),
            closest=() if answered else found,
            took_ms=(time.perf_counter() - started) * 1e3,
        )

    def first_of_each_index(
        self, question: str, *, scope: Sequence[str] = (MAIN,)
    ) -> tuple[Article | None, Article | None]:
        """The article BM25 alone would put first, and the one vectors alone would: baselines."""
        query = self._encoder_of_catalog().encode_query(question)
        hits = _hits(self._indexes.of(scope), question, query)
        best = [max(hits, key=attrgetter(kind), default=None) for kind in ("bm25", "cosine")]
        words, vectors = (self._catalog.passages([hit.passage_id] if hit else []) for hit in best)
        return words[0].article if words else None, vectors[0].article if vectors else None

    def _ranked_passages(
        self, question: str, query: Encoding, hits: Sequence[Hit]
    ) -> list[ranking.RankedPassage]:
        kept = self._catalog.passages(list(ranking.fused_scores(hits)))
        return ranking.ranked(
            self._codec.rotate(query.tokens),
            ranking.token_weights(question, query.spans),
            kept,
            [self._codec.decode(one.passage.token_codes) for one in kept],
            hits,
        )

    # -- upkeep

    def verify(self) -> list[str]:
        """What is wrong with the catalog or its indexes, a sentence each; empty if nothing is."""
        self._encoder_of_catalog()
        return checking.faults(self._catalog, self._indexes)

    def rebuild(self) -> None:
        """Make the indexes again; and the vectors, if another model is set."""
        if self._catalog.model() not in (None, self._encoder.fingerprint):
            self._embed_again()
        for indexes in self._indexes.of(self._catalog.libraries()):
            indexes.rebuild()

    def _embed_again(self) -> None:
        """Let the model that is set read every article anew, in one transaction."""
        ids = [
            (library, kept.article.id)
            for library in self._catalog.libraries()
            for kept in self._catalog.articles(library)
        ]
        new = (
            article
            for library, id in ids
            for article in passages.embedded(
                [self._drafted_again(library, id)], self._encoder, self._codec
            )
        )
        self._catalog.put(new, model=self._encoder.fingerprint)

    def _drafted_again(self, library: str, id: str) -> passages.Drafted:
        kept = self.article(id, library=library)
        return passages.drafted(library, kept.article, kept.added, self._encoder)

    # -- what is opened when first needed

    @cached_property
    def _encoder(self) -> Encoder:
        return open_encoder(self._model, self._copies)

    @cached_property
    def _codec(self) -> TokenCodec:
        return TokenCodec(self._encoder.dimension)

    @cached_property
    def _indexes(self) -> Indexes:
        return Indexes(self._home / "indexes", self._catalog, self._encoder.dimension)

    def _encoder_of_catalog(self) -> Encoder:
        """The encoder, if the catalog's vectors are its own."""
        kept = self._catalog.model()
        if kept not in (None, self._encoder.fingerprint):
            raise QuotewiseError(
                f"The articles were read in with the model {kept}, and the model set now is "
                f"{self._encoder.fingerprint}: set that model again, or run `quotewise rebuild` "
                "to read the articles in anew with this one."
            )
        return self._encoder


def _checked(question: str) -> str:
    question = " ".join(question.split())
    if not question:
        raise QuotewiseError("The question is empty: type what you would like to know.")
    if len(question) > LONGEST_QUESTION:
        raise QuotewiseError(
            f"The question has {len(question):,} characters and at most {LONGEST_QUESTION:,} are "
            "read: ask it in a sentence or two."
        )
    return question


def _hits(indexes: Sequence[LibraryIndexes], question: str, query: Encoding) -> list[Hit]:
    return [hit for one in indexes for hit in one.hits(question, query.pooled, CANDIDATES)]


def _rarity(indexes: Sequence[LibraryIndexes], question: str) -> dict[str, float]:
    """How rare each term of the question is, as BM25's inverse document frequency."""
    total = sum(map(len, indexes))
    rarity = {}
    for term in content_terms(question):
        having = sum(one.frequency(term) for one in indexes)
        rarity[term] = math.log(1 + (total - having + 0.5) / (having + 0.5))
    return rarity

"""tantivy: the words of a question find the passages that have them, ranked by BM25.

The only room that imports tantivy.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import tantivy

from retrieval.records import Article, Span

FIELDS = {"body": 1.0, "title": 0.5, "source": 0.5}
"""How much a word counts that is found in the passage, in its article's title, or in its source
(publisher, author and date). Tuned on the evaluation sets."""

NAMED_TO_TANTIVY = 500
"""Passages up to which a search is told the ids of those it is for; 27,000 would take 70 ms."""
LOOKED_THROUGH = 3_000
"""Passages of all that are looked through for some of more than that, before these are named."""

WRITER_BYTES = 30_000_000
WORD = re.compile(r"\w+")


class WordIndex:
    """The words of one library's passages, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, or begin an index there.

        Raises ValueError if what is there cannot be read, OSError if nothing can be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(_schema(), path=str(folder))
        except Exception as error:  # tantivy raises bare ValueError, OSError and panics alike
            raise ValueError(f"{folder} cannot be read: {error}") from error
        self._index.register_tokenizer("words", _analyzer())

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def update(self, added: Iterable[tuple[int, str, Article]], removed: Iterable[int]) -> None:
        """Take passages out and others in, each an id, its text and its article, in one commit.

        A passage that is already in is replaced. Raises ValueError if another process writes.
        """
        writer = self._index.writer(heap_size=WRITER_BYTES, num_threads=1)
        for id in removed:
            writer.delete_documents_by_term("id", id)
        for id, text, article in added:
            writer.delete_documents_by_term("id", id)
            writer.add_document(
                tantivy.Document(id=id, body=text, title=article.title, source=_source(article))
            )
        writer.commit()
        writer.wait_merging_threads()
        self.reload()

    def reload(self) -> None:
        """See what another process has committed since."""
        self._index.reload()

    def best(
        self, question: str, limit: int, within: Collection[int] | None = None
    ) -> dict[int, float]:
        """The BM25 scores of the passages that have the question's words, best first, by id.

        With `within`, of these passages only.
        """
        if within is not None and len(within) > NAMED_TO_TANTIVY:
            found = self.best(question, LOOKED_THROUGH)
            inside = [(id, score) for id, score in found.items() if id in within]
            if len(inside) >= limit or len(found) < LOOKED_THROUGH:
                return dict(inside[:limit])
        searcher = self._index.searcher()
        query = self._query(question)
        if within is not None:
            chosen = tantivy.Query.term_set_query(self._index.schema, "id", list(within))
            unscored = tantivy.Query.const_score_query(chosen, 0.0)
            must = tantivy.Occur.Must
            query = tantivy.Query.boolean_query([(must, query), (must, unscored)])
        hits = searcher.search(query, limit, count=False).hits
        ids = _ids(searcher, [address for _, address in hits])
        return {id: float(score) for id, (score, _) in zip(ids, hits, strict=True)}

    def frequency(self, term: str) -> int:
        """How many passages have a term in their own text."""
        return int(self._index.searcher().doc_freq("body", term))

    def ids(self) -> list[int]:
        """The ids of all passages, in order."""
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return []
        hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
        return sorted(_ids(searcher, [address for _, address in hits]))

    def _query(self, question: str) -> tantivy.Query:
        """Any of the question's terms, each once, in any field; built of terms and never parsed."""
        schema = self._index.schema
        clauses = [
            tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, term), weight)
            for term in dict.fromkeys(terms(question))
            for field, weight in FIELDS.items()
        ]
        should = tantivy.Occur.Should
        return tantivy.Query.boolean_query([(should, clause) for clause in clauses])


def _ids(searcher: tantivy.Searcher, addresses: list[tantivy.DocAddress]) -> list[int]:
    return [int(id or 0) for id in searcher.fast_field_values("id", addresses)]


def terms(text: str) -> list[str]:
    """The terms of a text as the index knows them: lower-case stems, in order."""
    return list(_analyzer().analyze(text))


def content_terms(text: str) -> frozenset[str]:
    """The terms of a text that carry meaning of their own: no articles, pronouns, auxiliaries."""
    return frozenset(_content_analyzer().analyze(text))


def shared_words(question: str, text: str) -> tuple[Span, ...]:
    """Where the words of a text are that a question has too, in whatever form."""
    wanted = content_terms(question)
    return tuple(
        Span(*word.span())
        for word in WORD.finditer(text)
        if not wanted.isdisjoint(content_terms(word.group()))
    )


def _source(article: Article) -> str:
    date = article.published
    told = f"{date:%Y} {date.month} {date.day} {date:%B}" if date else ""
    return " ".join(filter(None, (article.source, article.author, told)))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="words", index_option="freq")
    return builder.build()


def _steps() -> tantivy.TextAnalyzerBuilder:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
    )


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return _steps().filter(tantivy.Filter.stemmer("english")).build()


@cache
def _content_analyzer() -> tantivy.TextAnalyzer:
    return (
        _steps()
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.custom_stopword(QUESTION_WORDS))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


QUESTION_WORDS = """
    what which who whom whose when where why how do does did done doing has have had having
    i you he she we me my your his her our us them about can could would should may might must
    shall were been am from than so s t tell say says said many much there
""".split()
"""Words that ask, and others that tantivy's own list lacks."""

"""tantivy: the words of a question find the passages that have them, ranked by BM25.

Only this module imports tantivy.
"""

from __future__ import annotations

import difflib
import json
import mmap
import re
import zlib
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import chain
from pathlib import Path
from string import ascii_lowercase

import tantivy

from retrieval.records import Article
from retrieval.storage import BEGINNING, Generation
from retrieval.text.languages import ENGLISH, LATIN, latin_language
from retrieval.text.terms import terms

FIELDS = {"body": 1.0, "title": 0.5, "source": 0.5}
"""How much a word counts that is in the passage, in its article's title, or in its source
(publisher, author and date). Tuned on the evaluation sets."""
FORMAT = 3
"""Grows with what the index stores, or with how words become terms."""
NAMED_TO_TANTIVY = 500
"""Passages up to which a search is given the ids of those it may find; 27,000 would take 70 ms."""
LOOKED_THROUGH = 3_000
"""Hits that are filtered for a larger number of ids, before the ids are given to the search."""
LIKE_WEIGHT = 0.5
"""How much a word counts that is only like a misspelt one of the question."""
LONG = 8  # letters of a misspelt word that may differ in more than one
ALIKE_FROM = 3  # letters that are the same then
ALIKE = 0.85
"""The ratio of `difflib` from which on two long stems are like each other."""
WRITER_BYTES = 30_000_000

WORD = re.compile("[\\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963]+")
"""A word with its accents and vowel signs."""


class WordIndex:
    """The words of one library's passages, in a folder of their own.

    `generation` is the catalog's that they follow.
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in a folder, or begin one.

        Raises ValueError if it cannot be read, OSError if nothing can be written.
        """
        self._noted = folder / "generation"
        if not folder.exists():
            folder.mkdir(parents=True)
            self._note(BEGINNING)
        try:
            _check_files(folder)
            self._index = tantivy.Index(_schema(), path=str(folder))
        except Exception as error:  # tantivy raises bare ValueError, OSError and panics alike
            raise ValueError(f"{folder} cannot be read: {error}") from error
        self.reload()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def update(
        self,
        added: Iterable[tuple[int, str, Article]],
        removed: Iterable[int],
        generation: Generation = BEGINNING,
    ) -> None:
        """Add passages, each an id, its text and its article, and remove others, in one commit.

        A passage with a known id is replaced. Raises ValueError if another process writes.
        """
        writer = self._index.writer(heap_size=WRITER_BYTES, num_threads=1)
        for id in removed:
            writer.delete_documents_by_term("id", id)
        # The passages of an article come one after the other.
        language_of = lru_cache(1)(lambda article: latin_language(article.text))
        is_empty = not len(self)
        for id, text, article in added:
            if not is_empty:
                writer.delete_documents_by_term("id", id)
            language = language_of(article)
            texts = {"body": text, "title": article.title, "source": _source(article)}
            joined = {field: " ".join(terms(texts[field], language)) for field in FIELDS}
            writer.add_document(tantivy.Document(id=id, language=language, **joined))
        writer.commit()
        writer.wait_merging_threads()
        self._note(generation)
        self.reload()

    def reload(self) -> None:
        """See what another process has committed since.

        Raises OSError or ValueError if that was made by another version or is damaged.
        """
        self._index.reload()
        made_as, number, *id = self._noted.read_text("ascii").split()
        if int(made_as) != FORMAT:
            raise ValueError(f"{self._noted.parent} was made by another version")
        self.generation = Generation(int(number), "".join(id))

    def _note(self, generation: Generation) -> None:
        beside = self._noted.with_suffix(".new")
        beside.write_text(f"{FORMAT} {generation.number} {generation.id}", "ascii")
        beside.replace(self._noted)  # which is a link where the library cannot be written

    def best(
        self,
        question: str,
        limit: int,
        within: Collection[int] | None = None,
        like: Collection[str] = (),
    ) -> dict[int, float]:
        """The BM25 scores of the passages with words of the question, best first, by id.

        `within` limits the passages. `like` are words like misspelt ones of the question.
        """
        if within is not None and len(within) > NAMED_TO_TANTIVY:
            scores = self.best(question, LOOKED_THROUGH, like=like)
            inside = [(id, score) for id, score in scores.items() if id in within]
            if len(inside) >= limit or len(scores) < LOOKED_THROUGH:
                return dict(inside[:limit])
        searcher = self._index.searcher()
        query = self._query(question, like)
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

    def has(self, word: str) -> bool:
        """Whether a passage, a title or a source has a word, in any form."""
        searcher = self._index.searcher()
        wanted = chain.from_iterable(terms(word, language) for language in self._languages())
        return any(searcher.doc_freq(field, term) for term in wanted for field in FIELDS)

    def like(self, word: str, question: str) -> dict[str, list[str]]:
        """The terms of the passages that a misspelt word may mean, each with its spellings.

        They differ from it in one letter or in the order of two. The word is in lower case; the
        question around it gives the language.
        """
        searcher = self._index.searcher()
        languages = self._languages()
        language = latin_language(question)
        if language in languages or language != ENGLISH:
            languages = [name for name in languages if name == language]
        terms_like: dict[str, list[str]] = {}
        spellings = _edits(word)
        for name in languages:
            for spelling, term in zip(spellings, terms(" ".join(spellings), name), strict=True):
                if term in terms_like or searcher.doc_freq("body", term):
                    terms_like.setdefault(term, []).append(spelling)
        if not terms_like and len(word) >= LONG:
            for name in languages:
                terms_like.update(self._loosely_like(word, name))
        return terms_like

    def _loosely_like(self, word: str, language: str) -> dict[str, list[str]]:
        """The terms with the beginning of a long word and most of its letters in their order."""
        (stem,) = terms(word, language)
        listed = self._index.searcher().terms_with_prefix("body", stem[:ALIKE_FROM])
        near = difflib.get_close_matches(stem, [term for term, _ in listed], cutoff=ALIKE)
        length = len(stem) - (not word.startswith(stem))  # the stem of "philosophy" ends with an i
        ending, stemmed = word[length:], stem[length:]
        spellings = {term: term.removesuffix(stemmed) + ending for term in near}
        return {
            term: [spelling]
            for term, spelling in spellings.items()
            if terms(spelling, language) == [term]
        }

    def _languages(self) -> list[str]:
        """The languages of the articles in Latin letters."""
        searcher = self._index.searcher()
        return [language for language in LATIN if searcher.doc_freq("language", language)]

    def ids(self) -> list[int]:
        """The ids of all passages, in order."""
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return []
        hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
        return sorted(_ids(searcher, [address for _, address in hits]))

    def _query(self, question: str, like: Iterable[str]) -> tantivy.Query:
        """A query for any of the question's terms in any field.

        The terms are those of every language of the library, as a short question shows none.
        """
        schema = self._index.schema
        weights: dict[str, float] = {}
        for text, weight in [(question, 1.0), (" ".join(like), LIKE_WEIGHT)]:
            for language in self._languages():
                for term in terms(text, language):
                    weights.setdefault(term, weight)
        clauses = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(schema, field, term), field_weight * weight
            )
            for term, weight in weights.items()
            for field, field_weight in FIELDS.items()
        ]
        should = tantivy.Occur.Should
        return tantivy.Query.boolean_query([(should, clause) for clause in clauses])


def _ids(searcher: tantivy.Searcher, addresses: list[tantivy.DocAddress]) -> list[int]:
    return [int(id or 0) for id in searcher.fast_field_values("id", addresses)]


def _edits(word: str) -> list[str]:
    """All spellings that differ from a word in one letter or in the order of two, likeliest first.

    To look up each is quicker than a fuzzy search, and gives the words themselves.
    """
    halves = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    swapped = [a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1]
    dropped = [a + b[1:] for a, b in halves if b]
    added = [a + letter + b for a, b in halves for letter in ascii_lowercase]
    replaced = [a + letter + b[1:] for a, b in halves if b for letter in ascii_lowercase]
    return [edit for edit in dict.fromkeys(swapped + added + dropped + replaced) if edit != word]


def _source(article: Article) -> str:
    date = article.published
    when = f"{date:%Y} {date.month} {date.day} {date:%B}" if date else ""
    return " ".join(filter(None, (article.source, article.author, when)))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _check_files(folder: Path) -> None:
    """Raise ValueError or another error if a file of the last commit is damaged."""
    meta = folder / "meta.json"
    if not meta.exists():
        return
    segments = json.loads(meta.read_text("utf-8"))["segments"]
    committed = {segment["segment_id"].replace("-", "") for segment in segments}
    for path in folder.iterdir():
        if path.name.partition(".")[0] in committed and not _is_whole(path):
            raise ValueError(f"{path} is damaged")


def _is_whole(path: Path) -> bool:
    """Whether a file has the checksum in its footer: JSON, its length, and a fixed number."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        memoryview(data) as view,
    ):
        end = len(view) - 8 - int.from_bytes(view[-8:-4], "little")
        return bool(zlib.crc32(view[:end]) == json.loads(bytes(view[end:-8]))["crc"])

"""The indexes of each library, which follow the catalog change by change.

Vectors are in memory, read from the catalog at the start, 27,000 in .15 s, and those of a large
library from a file. Those of a very large one are clustered in the background. Words are on the
disk; a word index that is damaged, or was made from another history of the catalog, is made again.
"""

from __future__ import annotations

import logging
import math
import shutil
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from filelock import FileLock, Timeout

from retrieval.errors import ModelGone, QuotewiseError
from retrieval.index.vectors import VectorIndex
from retrieval.index.words import WordIndex
from retrieval.models import DEFAULT_MODEL, Encoder, open_encoder
from retrieval.records import Floats, Hit, ModelChange
from retrieval.storage import BEGINNING, Catalog, Changes, Generation, StoredModel
from retrieval.storage.pgvector import ServerVectors

log = logging.getLogger(__name__)

WORDS = "words"  # the folder of the word index
VECTORS = "vectors"  # how the name of a file of vectors begins

RESAVED = 0.1
"""The share of a large library's vectors that are read from the catalog at the start at most: a
million take 8 s, and .6 s from a file of 0.4 GB."""

BEGINS_AFTER = 10.0
"""Seconds until a large library's vectors are indexed: not by a process that only asks."""

MOST_OPEN = 200
"""Libraries whose indexes stay in memory; to open another again takes some milliseconds."""


class Indexes:
    """One model's indexes of all libraries, opened when needed; the last used stay open."""

    def __init__(
        self, folder: Path, catalog: Catalog, model: int, dimension: int, *, on_server: bool
    ) -> None:
        self._on_server = on_server
        self._folder = folder / f"model-{model}"
        self._catalog = catalog
        self._changes = Changes(catalog, model)
        self._dimension = dimension
        self._temporary: TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._opened = lru_cache(MOST_OPEN)(self._open)  # a search in one that is dropped goes on
        self._background = Background(ThreadPoolExecutor(1, "indexes"), threading.Event())

    def of(self, libraries: Iterable[str]) -> list[LibraryIndexes]:
        """The indexes of these libraries, without those that have never had an article."""
        numbers = self._catalog.libraries()
        with self._lock:
            return [self._opened(numbers[name]) for name in libraries if name in numbers]

    def close(self) -> None:
        """Stop what is done in the background, and remove the temporary files."""
        self._background.is_closed.set()
        self._background.cancel()
        self._background.executor.shutdown()
        if self._temporary is not None:
            self._opened.cache_clear()
            self._temporary.cleanup()
            self._temporary = None

    def _open(self, library: int) -> LibraryIndexes:
        folder = self._folder / str(library)
        if self._catalog.read_only:
            folder = self._linked(folder)
        ours = self._changes, library, self._dimension
        return LibraryIndexes(folder, *ours, self._background, on_server=self._on_server)

    def _linked(self, folder: Path) -> Path:
        """A temporary folder with links to the indexes in a folder that cannot be written."""
        try:
            self._temporary = self._temporary or TemporaryDirectory(prefix="quotewise-")
            linked = Path(self._temporary.name, folder.name)
            shutil.rmtree(linked, ignore_errors=True)
            for path in [*folder.glob(f"{VECTORS}-*"), *folder.glob(f"{WORDS}/*")]:
                link = linked / path.relative_to(folder)
                link.parent.mkdir(parents=True, exist_ok=True)
                if not path.name.endswith("lock"):
                    link.symlink_to(path.absolute())
        except OSError as error:
            raise QuotewiseError(
                f"Temporary files cannot be written ({error}): set TMPDIR to a folder where they "
                "can be."
            ) from error
        return linked


@dataclass(slots=True)
class Background:
    """Where the vectors of large libraries are indexed, one library at a time."""

    executor: ThreadPoolExecutor
    is_closed: threading.Event
    cancel: Callable[[], None] = lambda: None
    """Stops what does not look at `is_closed`."""


class LibraryIndexes:
    """The vector index of one library, in memory or on the server, and its word index, on disk.

    One process at a time updates the word index.
    """

    def __init__(
        self,
        folder: Path,
        changes: Changes,
        library: int,
        dimension: int,
        background: Background,
        *,
        on_server: bool,
    ) -> None:
        self._folder = folder
        self._changes = changes
        self._library = library
        self._dimension = dimension
        self._background = background
        self._is_busy = False  # in the background
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise QuotewiseError(
                f"{folder} cannot be written ({error.strerror}): give yourself permission, or take "
                "away what is in its place."
            ) from error
        self._writing = FileLock(folder / "lock")
        self._vectors: VectorIndex | ServerVectors
        if on_server:
            self._vectors = ServerVectors(changes, library, dimension)
        else:
            self._vectors = self._saved_vectors() or VectorIndex(dimension)
        self._saved = len(self._vectors)
        self._words: WordIndex | None = None

    def hits(
        self,
        question: str,
        vector: Floats,
        limit: int,
        within: Collection[int] | None = None,
        like: Collection[str] = (),
    ) -> list[Hit]:
        """The passages nearest in meaning and those nearest in words, each with both scores.

        `within` limits the passages. `like` are words like misspelt ones of the question.
        """
        with self._lock:
            self.catch_up()
            words = self._words
            bm25 = {} if words is None else words.best(question, limit, within, like)
            ids = {*self._vectors.nearest(vector, limit, within), *bm25}
        # The catalog's vectors are exact, a large index's are not.
        vectors = self._changes.vectors(sorted(ids))
        rarest = math.log1p(len(self))
        return [
            Hit(id, float(stored @ vector), bm25.get(id, 0.0) / rarest)
            for id, stored in vectors.items()
        ]

    def __len__(self) -> int:
        return len(self._vectors)

    def frequency(self, term: str) -> int:
        """How many passages of the library have a term."""
        with self._lock:
            return 0 if self._words is None else self._words.frequency(term)

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Those words that no article of the library has, in any form."""
        with self._lock:
            self.catch_up()
            if self._words is None:
                return list(words)
            return [word for word in words if not self._words.has(word)]

    def like(self, word: str, question: str) -> dict[str, list[str]]:
        """The terms that a misspelt word of a question may mean, each with its spellings."""
        with self._lock:
            return {} if self._words is None else self._words.like(word, question)

    def catch_up(self) -> None:
        """Follow the catalog to its last change."""
        with self._lock:
            generation, vectors = self._changes.generation(self._library), self._vectors
            if isinstance(vectors, ServerVectors):
                vectors.follow(generation)
                self._begin(vectors.needs_index, vectors.make_index, vectors.cancel)
            else:
                self._catch_up_vectors(vectors, generation)
                self._begin(vectors.needs_clusters, self._cluster)
            self._catch_up_words(generation)

    def _begin(
        self, is_needed: bool, work: Callable[[], None], cancel: Callable[[], None] = lambda: None
    ) -> None:
        """Do something in the background, unless it is being done."""
        if is_needed and not self._is_busy:
            self._is_busy = True
            with suppress(RuntimeError):  # it is being closed
                self._background.executor.submit(self._in_background, work, cancel)

    def _in_background(self, work: Callable[[], None], cancel: Callable[[], None]) -> None:
        """Do it unless this is closed soon; it is not tried again in this process if it fails."""
        if not self._background.is_closed.wait(BEGINS_AFTER):
            self._background.cancel = cancel  # of this library, not of the one that is asked next
            try:
                work()
                self._is_busy = False
            except Exception:
                if not self._background.is_closed.is_set():
                    log.exception("the vectors could not be indexed, and are searched without")

    def rebuild(self) -> None:
        """Make both indexes from the catalog, without embedding anything again."""
        with self._lock, self._writing:
            if isinstance(self._vectors, VectorIndex):
                self._vectors, self._saved = VectorIndex(self._dimension), 0
            self._restart_words()
            self.catch_up()
            self.finish()

    def finish(self) -> None:
        """Do now what else is done in the background on the server."""
        if isinstance(self._vectors, ServerVectors) and self._vectors.needs_index:
            self._vectors.make_index()

    def differences(self) -> list[str]:
        """The differences between the indexes and the catalog, a sentence each."""
        with self._lock:
            self.catch_up()
            stored = set(self._changes.passage_ids(self._library))
            indexed = {}
            if isinstance(self._vectors, VectorIndex):
                indexed["vector index"] = set(self._vectors.ids())
            if self._words is not None:
                indexed["word index"] = set(self._words.ids())
        return [
            f"the {name} lacks {len(stored - ids)} passages and has {len(ids - stored)} too many"
            for name, ids in indexed.items()
            if ids != stored
        ]

    def _catch_up_vectors(self, index: VectorIndex, generation: Generation) -> None:
        if index.generation == generation:
            return
        if not self._changes.has(self._library, index.generation):
            # Another catalog has replaced the last.
            index = self._vectors = VectorIndex(self._dimension)
            self._saved = 0
        between = self._library, index.generation.number, generation.number
        index.remove(self._changes.removed_between(*between))
        for ids, vectors in self._changes.vectors_between(*between):
            index.add(ids, vectors)
        index.generation = generation
        changed = abs(len(index) - self._saved)
        if not index.is_exact and changed >= RESAVED * len(index):
            self._save(index)

    def _cluster(self) -> None:
        """Put an index with clusters in the place of the present one, which answers meanwhile."""
        generation = self._changes.generation(self._library)
        between = self._library, BEGINNING.number, generation.number
        vectors = VectorIndex.clustered(
            self._dimension,
            len(self),
            lambda: self._changes.vectors_between(*between),
            self._background.is_closed.is_set,
        )
        if vectors is None:
            return
        vectors.generation = generation
        if self._save(vectors):
            # As it grew, it took up to twice the memory that it needs.
            vectors = self._saved_vectors() or vectors
        with self._lock:
            self._vectors = vectors
            self.catch_up()

    def _saved_vectors(self) -> VectorIndex | None:
        """The vectors that were saved last, which may have followed the catalog less far."""
        for path in self._folder.glob(f"{VECTORS}-*"):
            with suppress(OSError, ValueError):
                _, number, id = path.stem.split("-")
                generation = Generation(int(number), id)
                if self._changes.has(self._library, generation):
                    return VectorIndex.saved(path, self._dimension, generation)
            with suppress(OSError):  # it is of no use, and in nobody's way
                path.unlink()
        return None

    def _save(self, vectors: VectorIndex) -> bool:
        """Save vectors in the place of those that were saved before; return whether it was done."""
        if self._changes.catalog.read_only:
            return False
        number, id = vectors.generation
        saved = self._folder / f"{VECTORS}-{number}-{id}.faiss"
        try:
            with self._writing.acquire(timeout=0):
                vectors.save(saved)
                self._saved = len(vectors)
                for path in self._folder.glob(f"{VECTORS}-*"):
                    if path != saved:
                        path.unlink(missing_ok=True)
        except (OSError, Timeout):  # another process writes, or the disk is full
            return False
        return True

    def _catch_up_words(self, generation: Generation) -> None:
        """Update the word index, unless another process is doing so."""
        # While the next model reads, there are many generations without a change of this one.
        words = self._words
        if words is not None and self._changes.are_none_since(
            self._library, words.generation, generation
        ):
            words.generation = generation
            return
        try:
            with self._writing.acquire(timeout=10 if words is None else 0):
                words = self._words = self._current_words()
                if words.generation < generation:
                    between = self._library, words.generation.number, generation.number
                    words.update(
                        self._changes.texts_between(*between),
                        self._changes.removed_between(*between),
                        generation,
                    )
        except Timeout:
            log.info("another process is bringing the word index up to date")
        except (OSError, ValueError) as error:
            log.warning("the word index could not be brought up to date: %s", error)
            self._words = None

    def _current_words(self) -> WordIndex:
        """The word index with what other processes have added; a new one if it is not whole."""
        folder = self._folder / WORDS
        try:
            words = WordIndex(folder) if self._words is None else self._words
            words.reload()
            if not self._changes.has(self._library, words.generation):
                raise ValueError(f"{folder} was made from another history of the catalog")
            passages = self._changes.count_passages_at(self._library, words.generation.number)
            if len(words) != passages:
                raise ValueError(f"{folder} does not hold what it should")
            return words
        except (OSError, ValueError) as error:
            log.warning("the word index is made again from the catalog: %s", error)
            return self._restart_words()

    def _restart_words(self) -> WordIndex:
        folder = self._folder / WORDS
        with suppress(FileNotFoundError):
            # A thread of the old index may still write, so that its folder could not be removed.
            folder.rename(folder.with_name(f"{WORDS}-{uuid4().hex}"))
        for old in self._folder.glob(f"{WORDS}-*"):
            shutil.rmtree(old, ignore_errors=True)
        self._words = WordIndex(folder)
        return self._words


@dataclass(frozen=True, slots=True)
class Using:
    """A model at work, with all that belongs to it and to no other."""

    model: StoredModel
    encoder: Encoder
    indexes: Indexes


class Models:
    """The model that is set, and the one in use, which is another until a change is done."""

    def __init__(
        self, catalog: Catalog, home: Path, model: str, copies: Path, *, on_server: bool
    ) -> None:
        """`on_server` lets PostgreSQL search the vectors."""
        self._on_server = on_server
        folder = Path(model).expanduser()
        is_folder = model != DEFAULT_MODEL and folder.is_dir()
        # A process that is started elsewhere finds it by its whole path as well.
        self.is_set = str(folder.absolute()) if is_folder else model
        self.copies = copies
        self._catalog = catalog
        self._folder = home / "indexes"
        self._lock = threading.RLock()
        self._encoders: dict[str, Encoder] = {}
        self._using: Using | None = None

    def using(self) -> Using:
        """The model in use, which whatever process ends a change puts to use for all.

        A library without articles uses the one that is set. Raises ModelGone if the one that has
        read the articles cannot be opened any longer.
        """
        with self._lock:
            model = self._catalog.models.in_use()  # here, or who waited would open the one before
            if self._using is None or self._using.model != model:
                self.close()
                self._using = self._opened(model)
            return self._using

    def catch_up(self, libraries: Iterable[str]) -> None:
        """Bring the indexes of the model in use up to date with what some libraries have now."""
        for index in self.using().indexes.of(libraries):
            index.catch_up()

    def encoder(self, name: str) -> Encoder:
        """A model by its name or folder. Raises QuotewiseError if it cannot be opened."""
        with self._lock:
            if name not in self._encoders:
                self._encoders[name] = open_encoder(name, self.copies)
            return self._encoders[name]

    def close(self) -> None:
        """Close the indexes."""
        if self._using is not None:
            self._using.indexes.close()

    def change(self) -> ModelChange | None:
        """How far the change to the model that is set is, or to another that is under way.

        None where the model that is set is in use; nothing is opened to find out.
        """
        stored, after = self._catalog.models, self.is_set
        used, next = stored.in_use(), stored.next()
        if used is None:
            return None
        if next is not None:
            after = next.name
        elif used.name == after or not self._catalog.latest():
            return None
        return ModelChange(used.name, after, *stored.counts(), after == self.is_set)

    def prepare_indexes(self, next: StoredModel, encoder: Encoder) -> None:
        """Bring the indexes of the next model up to date, so that no question waits for them."""
        with closing(self._indexes(next, encoder)) as indexes:
            for name in self._catalog.libraries():  # those opened last stay in memory, not all
                (index,) = indexes.of([name])
                index.catch_up()
                index.finish()

    def remove_other_indexes(self) -> None:
        """Remove the indexes of earlier versions and of models that are not in use or next."""
        # Listed first, so that those of a model that is added meanwhile are not among them.
        folders = [path for path in self._folder.glob("*") if path.is_dir()]
        used = (self._catalog.models.in_use(), self._catalog.models.next())
        wanted = {f"model-{model.number}" for model in used if model}
        for path in folders:
            if path.name not in wanted:
                shutil.rmtree(path, ignore_errors=True)

    def _opened(self, model: StoredModel | None) -> Using:
        if model is None or not self._catalog.latest():
            model = self._catalog.models.take(self.encoder(self.is_set).fingerprint)
        self.remove_other_indexes()
        try:
            encoder = self.encoder(model.name)
        except QuotewiseError as error:
            if model.name == self.is_set:
                raise
            raise ModelGone(model.name, "cannot be opened any longer", self.is_set) from error
        if encoder.fingerprint != model.fingerprint:
            raise ModelGone(model.name, "has been changed since", self.is_set)
        self._encoders = {model.name: encoder}
        return Using(model, encoder, self._indexes(model, encoder))

    def _indexes(self, model: StoredModel, encoder: Encoder) -> Indexes:
        return Indexes(
            self._folder,
            self._catalog,
            model.number,
            encoder.dimension,
            on_server=self._on_server,
        )


def faults(catalog: Catalog, indexes: Indexes) -> list[str]:
    """What is wrong, a sentence each; empty if nothing is."""
    return list(catalog.damage()) or [
        f"library {library}: {text}"
        for library in catalog.libraries()
        for index in indexes.of([library])
        for text in index.differences()
    ]


def compare_and_index_again(catalog: Catalog, indexes: Indexes) -> None:
    """Compare all articles again to find the stories, then rebuild the indexes."""
    for library in catalog.libraries():
        catalog.compare_again(library)
    for index in indexes.of(catalog.libraries()):
        index.rebuild()

"""The indexes of each library, which follow the catalog change by change.

An index that is damaged, or was made from another history of the catalog, is made again.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from filelock import FileLock, Timeout

from retrieval.errors import ModelGone, QuotewiseError
from retrieval.index.vectors import VectorIndex
from retrieval.index.words import FORMAT, WordIndex
from retrieval.models import DEFAULT_MODEL, Encoder, open_encoder
from retrieval.records import Floats, Hit, ModelChange, StoredPassage
from retrieval.storage import BEGINNING, Catalog, Changes, Generation, StoredModel
from retrieval.storage.database import portions

log = logging.getLogger(__name__)

MOST_OPEN = 200
"""Libraries whose indexes stay in memory; to open another again takes some milliseconds."""
SAVED_EVERY = 0.05
"""The vectors are saved when this share of them is new, so that one new article does not rewrite
the whole file; until then a starting process takes the new ones from the catalog."""
ADDED_TOGETHER = 4_096  # vectors

UNKNOWN = Generation(-1, "")
"""The generation of an index that was not read yet, or that has none noted."""


class Indexes:
    """One model's indexes of all libraries, opened when needed; the last used stay open."""

    def __init__(self, folder: Path, catalog: Catalog, model: int, dimension: int) -> None:
        self._folder = folder / f"model-{model}"
        self._catalog = catalog
        self._changes = Changes(catalog, model)
        self._dimension = dimension
        self._temporary: TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._opened = OrderedDict[int, LibraryIndexes]()

    def of(self, libraries: Iterable[str]) -> list[LibraryIndexes]:
        """The indexes of these libraries, without those that have never had an article."""
        numbers = self._catalog.libraries()
        return [self._open(numbers[name]) for name in libraries if name in numbers]

    def close(self) -> None:
        """Remove the temporary files."""
        if self._temporary is not None:
            self._opened.clear()
            self._temporary.cleanup()
            self._temporary = None

    def _open(self, library: int) -> LibraryIndexes:
        with self._lock:
            if library not in self._opened:
                folder, keep = self._folder / str(library), not self._catalog.read_only
                if not keep:
                    folder = self._linked(folder)
                self._opened[library] = LibraryIndexes(
                    folder, self._changes, library, self._dimension, keep=keep
                )
            self._opened.move_to_end(library)
            if len(self._opened) > MOST_OPEN:
                self._opened.popitem(last=False)  # a search in it goes on
            return self._opened[library]

    def _linked(self, folder: Path) -> Path:
        """A temporary folder with links to the files of a folder that cannot be written."""
        try:
            self._temporary = self._temporary or TemporaryDirectory(prefix="quotewise-")
            linked = Path(self._temporary.name, folder.name)
            shutil.rmtree(linked, ignore_errors=True)
            for path in folder.rglob("*"):
                place = linked / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                if path.name == "generation":  # which is written over
                    shutil.copyfile(path, place)
                elif path.is_file() and not path.name.endswith("lock"):
                    place.symlink_to(path.absolute())
        except OSError as error:
            raise QuotewiseError(
                f"Temporary files cannot be written ({error}): set TMPDIR to a folder where they "
                "can be."
            ) from error
        return linked


class LibraryIndexes:
    """The vector index and the word index of one library.

    The vector index is in memory, and its file is a copy to start from. The word index is on disk,
    where one process at a time updates it.
    """

    def __init__(
        self, folder: Path, changes: Changes, library: int, dimension: int, *, keep: bool = True
    ) -> None:
        """Use the indexes in a folder; `keep` lets new vectors be saved there."""
        self._folder = folder
        self._keep = keep
        self._changes = changes
        self._library = library
        self._dimension = dimension
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise QuotewiseError(
                f"{folder} cannot be made ({error.strerror}): give yourself permission, or take "
                "away what is in its place."
            ) from error
        self._writing = FileLock(folder / "lock")
        self._vectors = VectorIndex(dimension)
        self._vectors_generation = UNKNOWN
        self._saved = 0
        self._words: WordIndex | None = None
        self._words_generation = UNKNOWN

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
            bm25 = self._best_words(question, limit, within, like)
            ids = {*self._vectors.nearest(vector, limit, within), *bm25}
            cosines = self._vectors.cosines(vector, sorted(ids))
        rarest = math.log1p(len(self))
        return [Hit(id, cosine, bm25.get(id, 0.0) / rarest) for id, cosine in cosines.items()]

    def __len__(self) -> int:
        return len(self._vectors)

    def frequency(self, term: str) -> int:
        """How many passages of the library have a term."""
        with self._lock:
            return self._words.frequency(term) if self._words else 0

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Those words that no article of the library has, in any form."""
        with self._lock:
            self.catch_up()
            return [word for word in words if not (self._words and self._words.has(word))]

    def like(self, word: str, question: str) -> dict[str, list[str]]:
        """The terms that a misspelt word of a question may mean, each with its spellings."""
        with self._lock:
            return self._words.like(word, question) if self._words else {}

    def catch_up(self) -> None:
        """Follow the catalog to its last change."""
        with self._lock:
            generation = self._changes.generation(self._library)
            # While the next model reads, there are many generations without a change of this one.
            if self._words is not None and all(
                self._changes.are_none_since(self._library, known, generation)
                for known in {self._vectors_generation, self._words_generation}
            ):
                self._vectors_generation = self._words_generation = generation
            if self._vectors_generation != generation:
                self._catch_up_vectors(generation)
            if self._words is None or self._words_generation != generation:
                self._catch_up_words(generation)

    def rebuild(self) -> None:
        """Make both indexes from the catalog, without embedding anything again."""
        with self._lock, self._writing:
            self._vectors, self._vectors_generation = VectorIndex(self._dimension), BEGINNING
            self._saved = 0
            self._restart_words()
            self.catch_up()
            self._save_vectors()

    def differences(self) -> list[str]:
        """The differences between the indexes and the catalog, a sentence each.

        Indexes on the disk that were made from another history are named, and made again.
        """
        with self._lock:
            noted = UNKNOWN
            with suppress(OSError, ValueError):
                noted = self._noted_words_generation()
            on_disk = {"vector index": self._vector_files().values(), "word index": [noted]}
            faults = [
                f"the {name} was made from another history of the catalog; it has been made again"
                for name, generations in on_disk.items()
                if any(  # an early version of Quotewise noted no history
                    generation.id and not self._changes.has(self._library, generation)
                    for generation in generations
                )
            ]
            self.catch_up()
            stored = set(self._changes.passage_ids(self._library))
            indexed = {"vector index": set(self._vectors.ids())}
            if self._words is not None:
                indexed["word index"] = set(self._words.ids())
        return faults + [
            f"the {name} lacks {len(stored - ids)} passages and has {len(ids - stored)} too many"
            for name, ids in indexed.items()
            if ids != stored
        ]

    def _is_whole(self, passages: int, generation: Generation) -> bool:
        """Whether an index of a generation has as many passages as the library had then."""
        return passages == self._changes.count_passages_at(self._library, generation.number)

    # -- vectors

    def _catch_up_vectors(self, generation: Generation) -> None:
        if not self._changes.has(self._library, self._vectors_generation):
            self._vectors, self._vectors_generation = self._read_vectors()
            self._saved = len(self._vectors)
            if self._vectors_generation >= generation:  # another process saved it just now
                return
        between = self._library, self._vectors_generation.number, generation.number
        self._vectors.remove(self._changes.removed_between(*between))
        for entries in portions(self._changes.entries_between(*between), ADDED_TOGETHER):
            ids = [entry.id for entry in entries]
            self._vectors.add(ids, np.stack([entry.passage.vector for entry in entries]))
        self._vectors_generation = generation
        size = len(self._vectors)
        if self._keep and size and abs(size - self._saved) > SAVED_EVERY * size:
            self._save_vectors()

    def _vector_files(self) -> dict[Path, Generation]:
        """The saved indexes, the newest first, and the generations in their names."""
        paths = sorted(self._folder.glob("vectors-*.faiss"), reverse=True)
        return {path: _generation_of(path.stem.split("-")[1:]) for path in paths}

    def _read_vectors(self) -> tuple[VectorIndex, Generation]:
        """The newest saved index that is whole, and its generation; else an empty index."""
        for path, generation in self._vector_files().items():
            if not self._changes.has(self._library, generation):
                log.info("%s was made from another history of the catalog", path)
                with suppress(OSError):
                    path.unlink()
                continue
            try:
                content = path.read_bytes()
                digest, data = content[:32], content[32:]
                if hashlib.sha256(data).digest() != digest:
                    raise ValueError(f"{path} is damaged")
                index = VectorIndex.from_bytes(data, self._dimension)
            except (OSError, ValueError) as error:
                log.warning("the vector index is made again from the catalog: %s", error)
                continue
            if self._is_whole(len(index), generation):
                return index, generation
        return VectorIndex(self._dimension), BEGINNING

    def _save_vectors(self) -> None:
        """Write the index beside the old file, then remove that; a failure costs only time."""
        data = self._vectors.to_bytes()
        number, id = self._vectors_generation
        path = self._folder / f"vectors-{number:012}-{id}.faiss"
        beside = path.with_suffix(f".{os.getpid()}")
        try:
            beside.write_bytes(hashlib.sha256(data).digest() + data)
            beside.replace(path)
            for other, generation in self._vector_files().items():
                if other.name < path.name or not self._changes.has(self._library, generation):
                    other.unlink(missing_ok=True)
            self._saved = len(self._vectors)
        except OSError as error:
            log.warning("the vector index could not be saved, so the next start is slow: %s", error)
            beside.unlink(missing_ok=True)

    # -- words

    def _best_words(
        self, question: str, limit: int, within: Collection[int] | None, like: Collection[str]
    ) -> dict[int, float]:
        if self._words is None:
            return {}
        try:
            return self._words.best(question, limit, within, like)
        except ValueError as error:
            log.warning("the word index is made again from the catalog: %s", error)
            with self._writing:
                self._restart_words()
                self._catch_up_words(self._changes.generation(self._library))
            return self._words.best(question, limit, within, like)

    def _catch_up_words(self, generation: Generation) -> None:
        """Update the word index, unless another process is doing so."""
        try:
            with self._writing.acquire(timeout=0 if self._words else 10):
                self._open_words()
                if self._words is not None and self._words_generation < generation:
                    between = self._library, self._words_generation.number, generation.number
                    entries = self._changes.entries_between(*between)
                    self._words.update(
                        ((entry.id, entry.text, entry.article) for entry in entries),
                        self._changes.removed_between(*between),
                    )
                    self._note_words_generation(generation)
        except Timeout:
            log.info("another process is bringing the word index up to date")
        except (OSError, ValueError) as error:
            log.warning("the word index could not be brought up to date: %s", error)
            self._words = None

    def _open_words(self) -> None:
        """Open the word index if it is whole; else begin an empty one."""
        folder = self._folder / "words"
        try:
            generation = self._noted_words_generation()
            if not self._changes.has(self._library, generation):
                raise ValueError(f"{folder} was made from another history of the catalog")
            self._words = self._words or WordIndex(folder)
            self._words.reload()
            if not self._is_whole(len(self._words), generation):
                raise ValueError(f"{folder} does not hold what it should")
            self._words_generation = generation
        except (OSError, ValueError) as error:
            if folder.exists():
                log.warning("the word index is made again from the catalog: %s", error)
            self._restart_words()

    def _restart_words(self) -> None:
        self._words = None
        shutil.rmtree(self._folder / "words", ignore_errors=True)
        self._words = WordIndex(self._folder / "words")
        self._note_words_generation(BEGINNING)

    def _noted_words_generation(self) -> Generation:
        """The generation of the word index on the disk.

        Raises OSError if there is none, and ValueError if it was made by another version.
        """
        folder = self._folder / "words"
        made_as, *generation = (folder / "generation").read_text("ascii").split()
        if int(made_as) != FORMAT:
            raise ValueError(f"{folder} was made by another version")
        return _generation_of(generation)

    def _note_words_generation(self, generation: Generation) -> None:
        noted = self._folder / "words" / "generation"
        noted.write_text(f"{FORMAT} {generation.number} {generation.id}", "ascii")
        self._words_generation = generation


def _generation_of(noted: Sequence[str]) -> Generation:
    """The generation whose number and id were noted."""
    try:
        number, id = (*noted, "")[:2]
        return Generation(int(number), id)
    except ValueError:
        return UNKNOWN


@dataclass(frozen=True, slots=True)
class Using:
    """A model at work, with all that belongs to it and to no other."""

    model: StoredModel
    encoder: Encoder
    indexes: Indexes


class Models:
    """The model that is set, and the one in use, which is another until a change is done."""

    def __init__(self, catalog: Catalog, home: Path, model: str, copies: Path) -> None:
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
        indexes = Indexes(self._folder, self._catalog, next.number, encoder.dimension)
        for name in self._catalog.libraries():  # those opened last stay in memory, not all of them
            indexes.of([name])[0].catch_up()

    def remove_other_indexes(self) -> None:
        """Remove the indexes of models neither in use nor next, and of earlier versions."""
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
        indexes = Indexes(self._folder, self._catalog, model.number, encoder.dimension)
        return Using(model, encoder, indexes)


def faults(catalog: Catalog, indexes: Indexes) -> list[str]:
    """What is wrong, a sentence each; empty if nothing is."""
    messages = list(catalog.damage())
    if messages:  # what is misshapen cannot be looked at more closely
        return messages
    for library, number in catalog.libraries().items():
        messages += _wrong_hashes(catalog, number)
        messages += [
            fault for passage in catalog.passages_of(number) for fault in _wrong_passage(passage)
        ]
        for index in indexes.of([library]):
            messages += [f"library {library}: {text}" for text in index.differences()]
    return messages


def _wrong_hashes(catalog: Catalog, library: int) -> Iterator[str]:
    for id, text, sha256 in catalog.recorded_hashes(library):
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            yield f"article {id}: its text is not the text that was added"


def _wrong_passage(stored: StoredPassage) -> Iterator[str]:
    name = f"article {stored.article.id}, paragraph {stored.passage.paragraph}"
    last = stored.passage.start
    for sentence in stored.passage.sentences:
        if not last <= sentence.start < sentence.end <= stored.passage.end:
            yield f"{name}: a sentence lies outside its passage"
        last = sentence.end
    if stored.passage.end > len(stored.article.text):
        yield f"{name}: it ends after the text does"
    if abs(float(stored.passage.vector @ stored.passage.vector) - 1) > 0.01:
        yield f"{name}: its vector is damaged"


def compare_and_index_again(catalog: Catalog, indexes: Indexes) -> None:
    """Compare all articles again to find the stories, then rebuild the indexes."""
    for library in catalog.libraries():
        catalog.compare_again(library)
    for index in indexes.of(catalog.libraries()):
        index.rebuild()

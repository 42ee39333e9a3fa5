"""FAISS: a vector finds the nearest passages.

Only this module imports faiss.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

import faiss
import numpy as np

from retrieval.records import Floats
from retrieval.storage import BEGINNING, Generation

EXACT = 200_000
"""Vectors up to which 16 bits a number are stored, which cost no measurable accuracy, half the
memory of 32, and a quarter of the time, as the speed of memory bounds the search. Beyond, 8 bits
halve memory and time again; of the ten nearest they find .99."""


class VectorIndex:
    """The vectors of one library's passages in memory, all of which each search compares.

    `generation` is the catalog's that they follow.
    """

    def __init__(self, dimension: int) -> None:
        self.generation = BEGINNING
        self._is_exact = True
        self._index = _empty(dimension, faiss.ScalarQuantizer.QT_fp16)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Sequence[int], vectors: bytes) -> None:
        """Add the vectors of passages, each of length one, as the catalog stores them."""
        numbers = np.array(ids, dtype=np.int64)
        if self._is_exact:
            # The catalog stores what the quantiser would make of them: 16-bit numbers.
            codes = np.frombuffer(vectors, dtype=np.uint8).reshape(len(ids), -1)
            self._index.add_sa_codes(codes, numbers)
            if len(self) > EXACT:
                self._compress()
        else:
            self._index.add_with_ids(_decoded(vectors, len(ids)), numbers)

    def _compress(self) -> None:
        """Store 8 bits a number from now on."""
        exact = self._index
        ids = faiss.vector_to_array(exact.id_map)
        vectors = exact.index.reconstruct_n(0, exact.ntotal)
        self._index = _empty(exact.d, faiss.ScalarQuantizer.QT_8bit)
        self._index.train(vectors)
        self._index.add_with_ids(vectors, ids)
        self._is_exact = False

    def save(self, path: Path) -> None:
        """Write the index to a file, at once or not at all. Raises OSError."""
        with NamedTemporaryFile(dir=path.parent, prefix="vectors-", delete=False) as file:
            written = Path(file.name)
        try:
            faiss.write_index(self._index, str(written))
            written.replace(path)
        except RuntimeError as error:
            raise OSError(str(error)) from error
        finally:
            written.unlink(missing_ok=True)

    @classmethod
    def saved(cls, path: Path, dimension: int, generation: Generation) -> Self:
        """Read what `save` wrote of a generation. Raises OSError or ValueError if it is damaged."""
        try:
            read = faiss.read_index(str(path))
        except RuntimeError as error:
            raise OSError(str(error)) from error
        if not isinstance(read, faiss.IndexIDMap2) or read.d != dimension:
            raise ValueError(f"{path} holds another index")
        index = cls(dimension)
        index._index, index._is_exact = read, False
        index.generation = generation
        return index

    @property
    def is_large(self) -> bool:
        """Whether reading it from a file is worth the room: from the catalog takes seconds."""
        return not self._is_exact

    def remove(self, ids: Sequence[int]) -> None:
        """Remove the vectors with these ids, if they exist."""
        self._index.remove_ids(faiss.IDSelectorBatch(np.array(ids, dtype=np.int64)))

    def ids(self) -> list[int]:
        """The ids of all vectors, in order."""
        return sorted(faiss.vector_to_array(self._index.id_map).tolist())

    def nearest(
        self, vector: Floats, limit: int, within: Collection[int] | None = None
    ) -> list[int]:
        """The ids of the passages nearest to a vector, nearest first; `within` these, if given."""
        chosen = None
        if within is not None:
            # A bit for each id up to the greatest: a set of faiss's own takes ten times as long.
            ids = np.fromiter(within, dtype=np.int64, count=len(within))
            bits = np.zeros(int(ids.max(initial=0)) + 1, dtype=bool)
            bits[ids] = True
            packed = np.packbits(bits, bitorder="little")
            # Both need names, as faiss stores only their addresses.
            selector = faiss.IDSelectorBitmap(len(packed), faiss.swig_ptr(packed))
            chosen = faiss.SearchParameters()
            chosen.sel = selector
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # for this thread; others would only wait
        try:
            _, nearest = self._index.search(vector[np.newaxis], limit, params=chosen)
        finally:
            faiss.omp_set_num_threads(threads)
        return [id for id in nearest[0].tolist() if id != -1]

    def cosines(self, vector: Floats, ids: Sequence[int]) -> dict[int, float]:
        """The cosine of a vector to each of these passages that exists."""
        cosines = {}
        for id in ids:
            try:
                cosines[id] = float(self._index.reconstruct(id) @ vector)
            except RuntimeError:  # an id that faiss does not know
                continue
        return cosines


def _empty(dimension: int, quantiser: int) -> faiss.IndexIDMap2:
    return faiss.IndexIDMap2(
        faiss.IndexScalarQuantizer(dimension, quantiser, faiss.METRIC_INNER_PRODUCT)
    )


def _decoded(vectors: bytes, count: int) -> Floats:
    return np.frombuffer(vectors, dtype="<f2").astype(np.float32).reshape(count, -1)

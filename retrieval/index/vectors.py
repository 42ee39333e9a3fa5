"""FAISS: a vector finds the nearest passages.

Only this module imports faiss.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Self

import faiss
import numpy as np
import numpy.typing as npt

from retrieval.records import Floats
from retrieval.storage import BEGINNING, Generation

Halves = npt.NDArray[np.float16]
Portions = Iterable[tuple[Sequence[int], bytes]]
"""Ids of passages and their vectors, as the catalog stores them."""

EXACT = 200_000
"""Vectors up to which 16 bits a number are stored, which cost no measurable accuracy, half the
memory of 32, and a quarter of the time, as the speed of memory bounds the search. Beyond, 8 bits
halve memory and time again."""

CLUSTERED = 500_000
"""Vectors beyond which only the clusters nearest to a question are compared."""

PROBES = 256
"""Clusters that are compared. Of a million passages' ten nearest they have .99, in a tenth of the
time that all take, and time grows with the square root of the number of passages."""

SAMPLED, ROUNDS = 40, 8
"""Vectors a cluster of which k-means finds the centres, and its rounds."""

CHECKSUM_BYTES = 4
WRITING = ".writing-"  # how the name of a file begins that is not whole yet


class VectorIndex:
    """The vectors of one library's passages in memory.

    A small index has 16 bits a number, a large one 8, and a very large one clusters (an inverted
    file; Sivic and Zisserman, 2003). `is_exact` while nothing of the catalog's vectors is lost.
    `generation` is the catalog's that they follow.
    """

    def __init__(self, dimension: int) -> None:
        self.generation = BEGINNING
        self.is_exact = True
        self._index: Any = _empty(dimension, faiss.ScalarQuantizer.QT_fp16)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def needs_clusters(self) -> bool:
        """Whether `clustered` should take the place of this index."""
        return _clusters_for(len(self)) > self._clusters

    @property
    def _clusters(self) -> int:
        return self._index.nlist if isinstance(self._index, faiss.IndexIVF) else 0

    def add(self, ids: Sequence[int], vectors: bytes) -> None:
        """Add the vectors of passages, each of length one, as the catalog stores them."""
        numbers = np.array(ids, dtype=np.int64)
        if self.is_exact:
            # The catalog stores what the quantiser would make of them: 16-bit numbers.
            codes = np.frombuffer(vectors, dtype=np.uint8).reshape(len(ids), -1)
            self._index.add_sa_codes(codes, numbers)
            if len(self) > EXACT:
                self._compress()
        else:
            self._index.add_with_ids(_stored(vectors, len(ids)).astype(np.float32), numbers)

    def _compress(self) -> None:
        """Store 8 bits a number from now on."""
        exact = self._index
        ids = faiss.vector_to_array(exact.id_map)
        vectors = exact.index.reconstruct_n(0, exact.ntotal)
        self._index = _empty(exact.d, faiss.ScalarQuantizer.QT_8bit)
        self._index.train(vectors)
        self._index.add_with_ids(vectors, ids)
        self.is_exact = False

    @classmethod
    def clustered(
        cls,
        dimension: int,
        count: int,
        portions: Callable[[], Portions],
        is_stopped: Callable[[], bool],
    ) -> Self | None:
        """An index with clusters, of about `count` vectors; None if it was stopped.

        Reads all portions twice, and takes one thread half a minute a million.
        """
        clusters = _clusters_for(count)
        chance = np.random.default_rng(0)
        sampled = []
        for ids, vectors in portions():
            is_chosen = chance.random(len(ids)) < SAMPLED * clusters / count
            sampled.append(_stored(vectors, len(ids))[is_chosen])
            if is_stopped():
                return None
        inverted = _inverted_file(clusters, sampled, is_stopped)
        if inverted is None:
            return None
        index = cls(dimension)
        index._index, index.is_exact = inverted, False
        for ids, vectors in portions():
            index.add(ids, vectors)
            if is_stopped():
                return None
        return index

    def save(self, path: Path) -> None:
        """Write the index and a checksum to a file, at once or not at all.

        One process at a time writes to a folder. Raises OSError.
        """
        for left in path.parent.glob(f"{WRITING}*"):  # by a process that was killed
            left.unlink()
        with NamedTemporaryFile(dir=path.parent, prefix=WRITING, delete=False) as file:
            written = Path(file.name)
        try:
            faiss.write_index(self._index, str(written))
            checksum = zlib.crc32(np.memmap(written, mode="r").data)
            with written.open("ab") as file:
                file.write(checksum.to_bytes(CHECKSUM_BYTES))
            written.replace(path)
        except RuntimeError as error:
            raise OSError(str(error)) from error
        finally:
            written.unlink(missing_ok=True)

    @classmethod
    def saved(cls, path: Path, dimension: int, generation: Generation) -> Self:
        """Read what `save` wrote of a generation. Raises OSError or ValueError if it is damaged."""
        data = np.memmap(path, mode="r")
        checksum = zlib.crc32(data[:-CHECKSUM_BYTES].data).to_bytes(CHECKSUM_BYTES)
        if data[-CHECKSUM_BYTES:].tobytes() != checksum:
            raise ValueError(f"{path} is damaged")
        try:
            read = faiss.read_index(str(path))
        except RuntimeError as error:  # another version of faiss wrote it
            raise ValueError(str(error)) from error
        if not isinstance(read, faiss.IndexIDMap | faiss.IndexIVF) or read.d != dimension:
            raise ValueError(f"{path} holds another index")
        index = cls(dimension)
        index._index, index.is_exact, index.generation = read, False, generation
        return index

    def remove(self, ids: Sequence[int]) -> None:
        """Remove the vectors with these ids, if they exist."""
        self._index.remove_ids(faiss.IDSelectorBatch(np.array(ids, dtype=np.int64)))

    def ids(self) -> list[int]:
        """The ids of all vectors, in order."""
        if not self._clusters:
            return sorted(faiss.vector_to_array(self._index.id_map).tolist())
        lists = self._index.invlists
        each = [
            faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number))
            for number in range(self._clusters)
        ]
        return sorted(np.concatenate(each).tolist())

    def nearest(
        self, vector: Floats, limit: int, within: Collection[int] | None = None
    ) -> list[int]:
        """The ids of the passages nearest to a vector, nearest first; `within` these, if given."""
        chosen: Any = faiss.SearchParametersIVF() if self._clusters else faiss.SearchParameters()
        if self._clusters:
            # To pass over an id takes little time: within a filter, all clusters are looked at.
            chosen.nprobe = PROBES if within is None else self._clusters
        if within is not None:
            # A bit for each id up to the greatest: a set of faiss's own takes ten times as long.
            ids = np.fromiter(within, dtype=np.int64, count=len(within))
            bits = np.zeros(int(ids.max(initial=0)) + 1, dtype=bool)
            bits[ids] = True
            packed = np.packbits(bits, bitorder="little")
            # Both need names, as faiss stores only their addresses.
            selector = faiss.IDSelectorBitmap(len(packed), faiss.swig_ptr(packed))
            chosen.sel = selector
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # for this thread; others would only wait
        try:
            _, nearest = self._index.search(vector[np.newaxis], limit, params=chosen)
        finally:
            faiss.omp_set_num_threads(threads)
        return [id for id in nearest[0].tolist() if id != -1]


def _empty(dimension: int, quantiser: int) -> faiss.IndexIDMap:
    return faiss.IndexIDMap(
        faiss.IndexScalarQuantizer(dimension, quantiser, faiss.METRIC_INNER_PRODUCT)
    )


def _inverted_file(
    clusters: int, sampled: list[Halves], is_stopped: Callable[[], bool]
) -> faiss.IndexIVF | None:
    """An empty inverted file whose clusters k-means has found; None if it was stopped."""
    faiss.omp_set_num_threads(1)  # for this thread: the others answer questions
    sample = np.concatenate(sampled).astype(np.float32)
    dimension = sample.shape[1]
    means = faiss.Kmeans(dimension, clusters, niter=1, spherical=True)
    means.cp.min_points_per_centroid = 1  # no warnings
    centres: Any = None
    for _ in range(ROUNDS):
        means.train(sample, init_centroids=centres)
        centres = means.centroids
        if is_stopped():
            return None
    nearest = faiss.IndexFlatIP(dimension)
    nearest.add(centres)
    inverted = faiss.IndexIVFScalarQuantizer(
        nearest, dimension, clusters, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    inverted.train(sample)
    return inverted


def _stored(vectors: bytes, count: int) -> Halves:
    return np.frombuffer(vectors, dtype="<f2").reshape(count, -1)


def _clusters_for(count: int) -> int:
    """A power of two, so that a library that grows is clustered again now and then only."""
    return 2 ** round(math.log2(2 * math.sqrt(count))) if count > CLUSTERED else 0

"""The vector index finds the nearest, exactly while it is small and nearly so when it is large."""

import numpy as np
import pytest

from retrieval.index import vectors
from retrieval.index.vectors import VectorIndex

DIMENSION, COUNT, TOGETHER = 64, 6_000, 1_000


@pytest.fixture(scope="module")
def stored():
    """Vectors of length one around a hundred centres, as the catalog stores them, by their ids."""
    chance = np.random.default_rng(5)
    centres = chance.standard_normal((100, DIMENSION))
    some = centres[chance.integers(100, size=COUNT)]
    some = some + 0.6 * chance.standard_normal(some.shape)
    some /= np.linalg.norm(some, axis=1, keepdims=True)
    return some.astype("<f2")


def filled(stored):
    index = VectorIndex(DIMENSION)
    for first in range(0, COUNT, TOGETHER):
        part = stored[first : first + TOGETHER]
        index.add(range(first + 1, first + len(part) + 1), part.tobytes())
    return index


@pytest.mark.parametrize("most", [COUNT, COUNT // 2])
def test_the_ten_nearest_are_found_before_and_after_vectors_are_compressed(
    stored, monkeypatch, most
):
    monkeypatch.setattr(vectors, "EXACT", most)
    index, exact = filled(stored), stored.astype(np.float32)
    assert len(index) == COUNT
    found = []
    for vector in exact[::100]:
        nearest = {int(n) + 1 for n in np.argsort(-(exact @ vector))[:10]}
        found.append(len(nearest & set(index.nearest(vector, 10))) / 10)
    assert np.mean(found) >= (0.999 if most == COUNT else 0.97)
    cosines = index.cosines(exact[0], [1, 2, COUNT + 1])
    assert cosines.keys() == {1, 2}
    assert cosines[2] == pytest.approx(float(exact[0] @ exact[1]), abs=0.02)


def test_removed_vectors_and_those_outside_a_filter_are_not_found_in_a_large_index(
    stored, monkeypatch
):
    monkeypatch.setattr(vectors, "EXACT", 100)
    index, vector = filled(stored), stored[41].astype(np.float32)
    assert index.nearest(vector, 1) == [42]
    index.remove([42])
    assert 42 not in index.nearest(vector, 100)
    assert set(index.nearest(vector, 10, within=range(50, 60))) == set(range(50, 60))
    assert index.ids() == [id for id in range(1, COUNT + 1) if id != 42]

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


def clustered(stored, monkeypatch, stop=lambda: False):
    """An index with clusters of all but the last hundred vectors."""
    monkeypatch.setattr(vectors, "CLUSTERED", 1_000)
    whole = VectorIndex(DIMENSION)

    def portions():
        for first in range(0, COUNT - 100, 100):
            yield range(first + 1, first + 101), stored[first : first + 100].tobytes()

    assert not whole.needs_clusters
    for ids, some in portions():
        whole.add(ids, some)
    assert whole.needs_clusters
    return VectorIndex.clustered(DIMENSION, len(whole), portions, stop)


def test_clusters_find_the_nearest_as_vectors_come_and_go(stored, monkeypatch, tmp_path):
    monkeypatch.setattr(vectors, "PROBES", 32)  # of 128
    index, exact = clustered(stored, monkeypatch), stored.astype(np.float32)
    assert not index.needs_clusters
    last = range(COUNT - 99, COUNT + 1)
    index.add(last, stored[-100:].tobytes())
    index.remove([42, COUNT + 7])
    index.save(tmp_path / "vectors")
    for each in index, VectorIndex.saved(tmp_path / "vectors", DIMENSION, index.generation):
        assert each.ids() == [id for id in range(1, COUNT + 1) if id != 42]
        assert 42 not in each.nearest(exact[41], 100)
        found = []
        for vector in exact[50::100]:
            nearest = {int(n) + 1 for n in np.argsort(-(exact @ vector))[:10]}
            found.append(len(nearest & set(each.nearest(vector, 20))) / 10)
        assert np.mean(found) >= 0.98


def test_all_that_a_filter_lets_through_is_found_whatever_its_cluster(stored, monkeypatch):
    monkeypatch.setattr(vectors, "PROBES", 1)
    index = clustered(stored, monkeypatch)
    chosen = set(range(7, COUNT - 100, 600))
    assert set(index.nearest(stored[0].astype(np.float32), 100, within=chosen)) == chosen
    assert index.nearest(stored[0].astype(np.float32), 100, within=[]) == []
    elsewhere = range(COUNT, 9 * COUNT)  # of another library
    assert set(index.nearest(stored[0].astype(np.float32), 100, [*chosen, *elsewhere])) == chosen
    index.remove(index.ids())
    assert index.nearest(stored[0].astype(np.float32), 100, within=chosen) == []


@pytest.mark.parametrize(
    "after", [3, 62, 80]
)  # while it samples, while it clusters, and while it fills
def test_clustering_stops_when_asked(stored, monkeypatch, after):
    calls = iter(range(10**6))
    assert clustered(stored, monkeypatch, lambda: next(calls) >= after) is None
    assert next(calls) == after + 1

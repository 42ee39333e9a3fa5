"""Time to find the story of the next article among 1,000 and among 100,000 articles.

PYTHONPATH=.:tests python tests/benchmark_stories.py

The catalogs are made directly, band by band.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from generated_news import article, edited
from sqlalchemy import Connection

from retrieval.storage import Catalog, stories
from retrieval.text import near_duplicates
from retrieval.text.near_duplicates import Wording

PROBES = 30
CROWDED = 10  # bands of each probe that many articles have, as if they shared its small print


def median_join_ms(folder: Path, articles: int) -> float:
    """The median processor time to find the story of a copy in an archive of this many articles."""
    catalog = Catalog(folder / f"{articles}.sqlite")
    dice = random.Random(articles)
    originals = [article(dice) for _ in range(PROBES)]
    _fill(catalog, articles, originals)
    times = []
    for number, original in enumerate(originals, start=1):
        copy = edited(original, 0.1, dice)
        with catalog.transaction() as db:
            key = _insert(db, articles + number, copy)
            started = time.thread_time()
            stories.join(catalog, key, 1, copy)
            times.append((time.thread_time() - started) * 1e3)
            story = db.exec_driver_sql("SELECT story FROM articles WHERE key = ?", (key,)).scalar()
            db.rollback()
        assert story == number, "the copy was not found"
    catalog.close()
    return statistics.median(times)


def _fill(catalog: Catalog, articles: int, originals: list[str]) -> None:
    dice = np.random.default_rng(articles)
    real = [near_duplicates.bands(Wording(text)) for text in originals]
    crowded = np.array([bands[:CROWDED] for bands in real]).ravel()
    bands = dice.integers(0, 1 << 48, (articles, near_duplicates.BANDS))
    bands[:, :5] = dice.choice(crowded, (articles, 5))
    bands[: len(real)] = real
    keys = np.repeat(np.arange(1, articles + 1), near_duplicates.BANDS)
    order = np.argsort(bands, axis=None, kind="stable")
    rows = zip(bands.ravel()[order].tolist(), keys[order].tolist(), strict=True)
    with catalog.transaction() as db:
        _fill_tables(db, articles, originals, rows)


def _fill_tables(
    db: Connection, articles: int, originals: list[str], rows: Iterable[tuple[int, int]]
) -> None:
    db.exec_driver_sql("INSERT INTO libraries (name) VALUES ('main')")
    for key in range(1, articles + 1):
        assert _insert(db, key, originals[(key - 1) % PROBES] if key <= PROBES else "") == key
    wire = random.Random(0)
    texts = [article(wire) for _ in range(100)]
    db.exec_driver_sql("CREATE TEMP TABLE texts (number INTEGER PRIMARY KEY, text TEXT)")
    db.exec_driver_sql("INSERT INTO texts VALUES (?, ?)", list(enumerate(texts)))
    db.exec_driver_sql(
        "UPDATE articles SET story = key, text = CASE WHEN text = ''"
        " THEN (SELECT t.text FROM texts t WHERE t.number = key % 100) ELSE text END"
    )
    db.exec_driver_sql("INSERT OR IGNORE INTO bands VALUES (1, ?, ?)", list(rows))


def _insert(db: Connection, number: int, text: str) -> int:
    key = db.exec_driver_sql(
        "INSERT INTO articles (library, id, title, text, sha256, added)"
        " VALUES (1, ?, '', ?, '', '')",
        (str(number), text),
    ).lastrowid
    assert key is not None
    return key


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for articles in (1_000, 100_000):
            took = median_join_ms(Path(folder), articles)
            print(f"{articles:,} articles: the story of the next is found in {took:.1f} ms")

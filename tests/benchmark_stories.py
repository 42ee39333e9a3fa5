"""How long it takes to find the story of the next article in archives of 1,000 and of 100,000.

PYTHONPATH=.:tests python tests/benchmark_stories.py
"""

import tempfile
from pathlib import Path

from archive import median_join_ms

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for articles in (1_000, 100_000):
            took = median_join_ms(Path(folder), articles)
            print(f"{articles:,} articles: the story of the next is found in {took:.1f} ms")

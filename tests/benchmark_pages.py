"""Compare the reader of web pages with trafilatura's modes on real pages.

    python tests/benchmark_pages.py DATA

`DATA` holds the Scrapinghub article extraction benchmark (`html/ID.html.gz` and
`ground-truth.json`) and, in `not-articles/`, pages that are no articles. The table gives, for each
reader, the mean precision and recall of a page's four-word sequences and their F1, as that
benchmark computes them; how many articles it refuses; how many of the other pages it refuses; how
many pages end in a defect; and the processor's milliseconds for an article, the mean of all.
Trafilatura runs with its metadata and htmldate.
"""

import argparse
import gzip
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from trafilatura import bare_extraction

from retrieval.errors import UnreadableSource
from retrieval.sources import html

Reader = Callable[[bytes, str, str | None], str | None]
TODAY = date(2026, 11, 1)


@dataclass
class Result:
    """What one reader made of all pages."""

    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    refused_articles: list[str] = field(default_factory=list)
    read_others: list[str] = field(default_factory=list)
    others: int = 0
    defects: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """The harmonic mean of the mean precision and the mean recall."""
        return statistics.harmonic_mean(map(statistics.mean, (self.precisions, self.recalls)))


def quotewise(page: bytes, name: str, url: str | None) -> str | None:
    """Return the text that the product reads; None if it refuses the page."""
    try:
        (draft,) = html.parse(page, name=name, today=TODAY, url=url)
    except UnreadableSource:
        return None
    return str(draft["text"])


def trafilatura(**mode: bool) -> Reader:
    """Return a reader that is trafilatura in one of its modes, with metadata."""

    def read(page: bytes, name: str, url: str | None) -> str | None:
        document = bare_extraction(
            page, url=url, include_comments=False, with_metadata=True, **mode
        )
        return (document.text or None) if document else None

    return read


READERS: dict[str, Reader] = {
    "quotewise": quotewise,
    "trafilatura, precision": trafilatura(favor_precision=True),
    "trafilatura": trafilatura(),
    "trafilatura, recall": trafilatura(favor_recall=True),
}


def compare(true: str, found: str) -> tuple[float, float]:
    """Return the precision and recall of four-word sequences."""
    one, other = _shingles(true), _shingles(found)
    shared = (one & other).total()
    return shared / other.total(), shared / one.total()


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = re.findall(r"\w+", text)
    return Counter(tuple(tokens[at : at + 4]) for at in range(max(1, len(tokens) - 3)))


def measure(readers: dict[str, Reader], data: Path) -> dict[str, Result]:
    """Run readers over a benchmark, page by page, so that all meet the machine alike."""
    results = {name: Result() for name in readers}
    truth = json.loads((data / "ground-truth.json").read_text())
    others = sorted((data / "not-articles").glob("*.html.gz"))
    articles = [data / "html" / f"{name}.html.gz" for name in truth]
    for turn, path in enumerate(articles + others):
        page = gzip.decompress(path.read_bytes())
        name = path.name.removesuffix(".html.gz")
        # Each reader goes first in turn, since the first finds the processor's caches cold.
        order = list(results.items())
        for reader, result in order[turn % len(order) :] + order[: turn % len(order)]:
            if name in truth:
                _measure_article(readers[reader], page, name, truth[name], result)
            else:
                result.others += 1
                if _text(readers[reader], page, name, None, result) is not None:
                    result.read_others.append(name)
    return results


def _measure_article(
    read: Reader, page: bytes, name: str, article: dict[str, str], result: Result
) -> None:
    start = time.process_time()
    text = _text(read, page, name, article["url"], result)
    result.times_ms.append((time.process_time() - start) * 1e3)
    if text is None:
        result.refused_articles.append(name)
    precision, recall = compare(article["articleBody"], text or "")
    result.precisions.append(precision)
    result.recalls.append(recall)


def _text(read: Reader, page: bytes, name: str, url: str | None, result: Result) -> str | None:
    try:
        return read(page, name, url)
    except Exception:  # any is a defect, and counted as one
        result.defects.append(name)
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder of the benchmark")
    options = parser.parse_args()
    html.preload()
    results = measure(READERS, options.data)
    print("| reader | F1 | precision | recall | articles refused | others refused | defects | ms |")
    print("|---|---|---|---|---|---|---|---|")
    for name, result in results.items():
        refused = result.others - len(result.read_others)
        print(
            f"| {name} | {result.f1:.3f} | {statistics.mean(result.precisions):.3f}"
            f" | {statistics.mean(result.recalls):.3f} | {len(result.refused_articles)}"
            f" | {refused} of {result.others} | {len(result.defects)}"
            f" | {statistics.mean(result.times_ms):.0f} |"
        )
    ours = results["quotewise"]
    print("articles refused:", *ours.refused_articles)
    print("others read:", *ours.read_others)
    print("defects:", *ours.defects)


if __name__ == "__main__":
    main()

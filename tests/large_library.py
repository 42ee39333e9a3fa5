"""A large library, made of a real one: `python tests/large_library.py SOURCE TARGET PASSAGES`.

Repeats the articles of the library in SOURCE until TARGET has so many passages. In each repetition
half of the words are others of the same length from the same library, so that no article is a copy
of another, and each vector is moved by noise, to a cosine of .94 with the one it comes from:
nothing is embedded again. An interrupted run goes on where it stopped.
"""

import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from retrieval import MAIN
from retrieval.storage import Catalog, NewArticle

NOISE = 0.36  # times the length of a vector
CHANGED = 0.5  # of the words
AT_ONCE = 500  # articles that are stored together
WORD = re.compile(r"[^\W\d_]{3,}")


def originals(catalog: Catalog) -> list[NewArticle]:
    """The articles of a catalog with their passages."""
    passages = defaultdict(list)
    articles = {}
    for stored in catalog.passages_of(catalog.libraries()[MAIN]):
        articles[stored.article.id] = stored.article
        passages[stored.article.id].append(stored.passage)
    now = datetime.now(UTC)
    return [NewArticle(MAIN, articles[id], now, passages[id]) for id in articles]


def repeated(originals: list[NewArticle], done: int) -> Iterator[NewArticle]:
    """The articles again and again, each time with other words, from number `done` on."""
    by_length = defaultdict(list)
    for new in originals:
        for word in WORD.findall(new.article.text):
            by_length[len(word)].append(word)
    number = done
    while True:
        new = originals[number % len(originals)]
        chance, noise = random.Random(number), np.random.default_rng(number)

        def other(match: re.Match[str], chance: random.Random = chance) -> str:
            word = match[0]
            return chance.choice(by_length[len(word)]) if chance.random() < CHANGED else word

        article = replace(
            new.article,
            id=f"{new.article.id}-{number}",
            text=WORD.sub(other, new.article.text),
            url=None,
            origin=None,
        )
        passages = []
        for passage in new.passages:
            moved = noise.standard_normal(len(passage.vector)).astype(np.float32)
            moved *= NOISE / np.linalg.norm(moved)
            vector = passage.vector + moved
            passages.append(replace(passage, vector=vector / np.linalg.norm(vector)))
        yield replace(new, article=article, passages=passages)
        number += 1


def main(source: Path, target: Path, passages: int) -> None:
    """Fill the target, and print the rate now and then."""
    catalog = Catalog(source / "catalog.sqlite")
    base = originals(catalog)
    model = catalog.models.in_use()
    assert model is not None
    filled = Catalog(target / "catalog.sqlite")
    filled.models.take(model.fingerprint)
    number = filled.libraries().get(MAIN)
    ids = filled.ids(MAIN) if number else []
    count = sum(1 for _ in filled.passages_of(number)) if number else 0
    print(f"{len(base)} articles to repeat; {count} passages are there", flush=True)
    began, before = time.monotonic(), count
    some: list[NewArticle] = []
    for new in repeated(base, len(ids)):
        some.append(new)
        count += len(new.passages)
        if len(some) == AT_ONCE or count >= passages:
            filled.put(some, model=model.fingerprint)
            some = []
            rate = (count - before) / (time.monotonic() - began)
            print(f"{count} passages, {rate:,.0f}/s", flush=True)
        if count >= passages:
            break
    filled.close()
    catalog.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))

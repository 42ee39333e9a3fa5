"""Whether a flipped bit goes unnoticed: `python tests/flipped_bits.py [FLIPS]`.

Flips a random bit, each second time in the catalog and else in the other files of a home in turn.
Then the library either names
the damage when it is opened, or `verify` does, or nothing that a reader sees has changed. What was
named is mended: by `restore` if it is in the catalog, or else by `rebuild`. Exits with 1 if not.
"""

from __future__ import annotations

import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from article_library import BAKERY, GLACIER, HARBOUR, add

from retrieval import Library, QuotewiseError
from retrieval.index import vectors
from retrieval.storage import backup

OTHERS = [
    {"id": f"tram-{number}", "text": f"Tram {number} has {7 * number} seats. " * 20}
    for number in range(100)
]
QUESTIONS = "What did the rat bite through?", "Which bread won the regional prize?"


def seen(library: Library) -> object:
    """What a reader sees of a library: its articles, earlier versions, and answers."""
    articles = list(library.articles())
    versions = [library.versions(each.article.id) for each in articles]
    answers = [library.answer(question) for question in QUESTIONS]
    quotes = [(quote.text, quote.article) for one in answers for quote in one.quotes]
    return articles, versions, quotes


def main(flips: int) -> int:
    """Flip, check and print; return the exit status."""
    vectors.EXACT = 1  # so that vectors are saved
    chance = random.Random(1)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        whole, home, copies = (Path(folder, name) for name in ("whole", "home", "copies"))
        with Library.open(whole, copies=copies) as library:
            add(library, Path(folder), *OTHERS, HARBOUR, BAKERY, GLACIER)
            add(library, Path(folder), HARBOUR | {"text": f"{HARBOUR['text']} It is mended."})
            library.rebuild()  # a removed passage counts for BM25 until its segment is merged
            before = seen(library)
        archive = Path(folder, "backup.zip")
        backup.back_up(whole, archive)
        files = [path.relative_to(whole) for path in whole.rglob("*") if path.is_file()]
        files = [path for path in files if (whole / path).stat().st_size]
        for number in range(flips):
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(whole, home)
            path = Path("catalog.sqlite") if number % 2 else files[number // 2 % len(files)]
            data = bytearray((home / path).read_bytes())
            bit = chance.randrange(8 * len(data))
            data[bit // 8] ^= 1 << bit % 8
            (home / path).write_bytes(data)
            try:
                outcome = consequence(home, copies, archive, before)
            except Exception as error:
                print(f"bit {bit} of {path}: {error!r}")
                return 1
            if outcome is None:
                print(f"bit {bit} of {path}: it was not noticed, or not mended")
                return 1
            found[f"{re.sub('[0-9a-f]{32}', 'ID', path.name)}: {outcome}"] += 1
    print(*sorted(f"{count} {outcome}" for outcome, count in found.items()), sep="\n")
    return 0


def consequence(home: Path, copies: Path, archive: Path, before: object) -> str | None:
    """What the flipped bit led to; None if it changed something and nothing mended that."""
    try:
        with Library.open(home, copies=copies) as library:
            faults = library.verify()
            if not faults:
                return "no effect" if seen(library) == before else None
            library.rebuild()
            if not library.verify():
                return "named, rebuilt" if seen(library) == before else None
        outcome = "named, restored"
    except QuotewiseError as error:
        assert "backup" in str(error), error  # what to do
        outcome = "cannot be opened, restored"
    backup.restore(archive, home, replace=True)
    with Library.open(home, copies=copies) as library:
        return outcome if not library.verify() and seen(library) == before else None


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))

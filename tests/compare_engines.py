"""Files, PostgreSQL and pgvector side by side: `python tests/compare_engines.py HOME QUESTIONS`.

Copies the archive in a folder to a new PostgreSQL database, asks the questions of a JSON Lines file
(each with a `question`) of both and of pgvector by turns, and prints how long each took. Exits with
1 unless both give each question the same answer, whatever its fields; pgvector's index need not
find all that is nearest, so of its answers the share is printed that are the same.
"""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from postgresql_server import Databases, server_url

from retrieval import Library, migrate
from retrieval.storage.pgvector import INDEXED


def main(home: Path, questions: Path, count: int) -> int:
    """Compare, print, and return the exit status."""
    lines = questions.read_text("utf-8").splitlines()[:count]
    asked = [json.loads(line)["question"] for line in lines]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        databases = Databases(server_url())
        url, began = databases.new(), time.perf_counter()
        copied = migrate(home, url)
        print(f"{copied.passages:,} passages copied in {time.perf_counter() - began:.0f} s")

        def opened(name: str, **more: str) -> Library:
            copies, place = home / "models", Path(folder, name)
            return stack.enter_context(Library.open(place, copies=copies, **more))

        stack.callback(databases.drop)
        libraries = {
            "files": stack.enter_context(Library.open(home)),
            "PostgreSQL": opened("memory", database=url),
            "pgvector": opened("pgvector", database=url, vectors="pgvector"),
        }
        for library in libraries.values():
            library.answer(asked[0])
        if copied.passages > INDEXED:
            began = time.perf_counter()
            libraries["pgvector"].rebuild()
            print(f"rebuilt, with pgvector's index, in {time.perf_counter() - began:.0f} s")
        took: dict[str, list[float]] = {name: [] for name in libraries}
        same = dict.fromkeys(libraries, 0)
        for question in asked:
            answers = {}
            for name, library in libraries.items():
                began = time.perf_counter()
                answer = library.answer(question)
                took[name].append(1000 * (time.perf_counter() - began))
                answers[name] = replace(answer, took_ms=0.0)
            for name, answer in answers.items():
                same[name] += answer == answers["files"]
        for name, times in took.items():
            p50, p95 = np.percentile(times, [50, 95])
            print(
                f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms; "
                f"{same[name]} of {len(asked)} answers as with files"
            )
    return int(same["PostgreSQL"] < len(asked))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int((sys.argv[3:] or [1_000])[0])))

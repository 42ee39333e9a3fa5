"""Order the negatives of training examples by how surely a reader takes them for an answer.

`python -m retrieval.training.negatives DATA READER --out FOLDER --most 20000`: DATA is what
`retrieval.training.data` wrote, READER a folder with an exported reader. A false answer in use is
the best of some two hundred sentences, so a second stage trains on the passages that the reader
itself scores highest when the article that answers is gone.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from retrieval.models import ReadablePassage, Reader
from retrieval.models.reader import open_exported
from retrieval.training.data import Example
from retrieval.training.reader import read_examples

log = logging.getLogger(__name__)

TOGETHER = 64  # questions that are read in one go


def ordered(reader: Reader, examples: Sequence[Example]) -> list[Example]:
    """The examples with their negatives, those with the highest sentence score first."""
    sorted_examples = []
    for example in examples:
        passages = [ReadablePassage(n.title, n.text, n.sentences) for n in example.negatives]
        readings = reader.read(example.question, passages)
        best = [
            max((sentence.score for sentence in sentences), default=0.0) for sentences in readings
        ]
        order = sorted(range(len(best)), key=lambda i: -best[i])
        negatives = tuple(example.negatives[i] for i in order)
        sorted_examples.append(replace(example, negatives=negatives))
    return sorted_examples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=20_000, help="questions, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    examples = read_examples(chosen.data / "train.jsonl")
    examples = random.Random(chosen.seed).sample(examples, min(chosen.most, len(examples)))
    reader = open_exported(chosen.reader)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with (chosen.out / "train.jsonl").open("w", encoding="utf-8") as file:
        for start in range(0, len(examples), TOGETHER):
            for example in ordered(reader, examples[start : start + TOGETHER]):
                file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            if start % (TOGETHER * 20) == 0:
                log.info("%d of %d questions", start, len(examples))


if __name__ == "__main__":
    main()

"""Order the negatives of training examples by how highly a reader scores them.

`python -m retrieval.training.negatives DATA READER --out FOLDER --most 20000`: DATA is what
`retrieval.training.data` wrote, READER a folder with an exported reader. In use, a false answer is
the best of some two hundred sentences, so a second stage trains on the passages that the reader
itself scores highest when the article that answers is missing.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.progress import track

from retrieval.models import ReadablePassage, Reader, open_reader
from retrieval.training.data import Example, Passage, read_examples, write_lines


def ordered(reader: Reader, examples: Sequence[Example]) -> Iterator[Example]:
    """The examples with their negatives, those with the highest sentence score first."""
    for example in track(examples):
        passages = [ReadablePassage(n.title, n.text, n.sentences) for n in example.negatives]
        best: dict[Passage, float] = {
            negative: max((sentence.score for sentence in sentences), default=0.0)
            for negative, sentences in zip(
                example.negatives, reader.read(example.question, passages), strict=True
            )
        }
        negatives = sorted(example.negatives, key=best.__getitem__, reverse=True)
        yield replace(example, negatives=tuple(negatives))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=20_000, help="questions, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    examples = read_examples(chosen.data / "train.jsonl")
    drawn = random.Random(chosen.seed).sample(examples, min(chosen.most, len(examples)))
    sorted_examples = ordered(open_reader(str(chosen.reader), chosen.reader), drawn)
    write_lines(chosen.out / "train.jsonl", map(asdict, sorted_examples))


if __name__ == "__main__":
    main()

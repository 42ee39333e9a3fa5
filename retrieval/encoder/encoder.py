"""Texts become vectors, each in one forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.onnx import run_each
from retrieval.records import Floats, Integers

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Forward = Callable[[Integers, Integers], Floats]
"""(token ids, attention mask), both int64 of shape (texts, tokens) -> vectors, float32 of shape
(texts, dimension)."""

BATCH_SIZE = 4  # texts; with a batch on each processor, as fast as any other number


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded model: tokenizer and forward pass.

    `fingerprint` names the model and its weights; vectors of different fingerprints do not mix.
    `max_tokens` is how many tokens of a text the model reads, special tokens included.
    """

    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    document_prompt: str
    tokenizer: Tokenizer
    forward: Forward

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, without special tokens."""
        return [
            len(encoding.ids)
            for encoding in self.tokenizer.encode_batch(texts, add_special_tokens=False)
        ]

    def encode_query(self, question: str) -> Floats:
        """Encode a question, with the prompt the model wants before queries: (dimension,)."""
        vector: Floats = self._encode([self.query_prompt + question])[0]
        return vector

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        """Encode texts: vectors of length one, float32 of shape (texts, dimension).

        Each is read in one pass; what exceeds `max_tokens` is not read.
        """
        return self._encode([self.document_prompt + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Floats:
        ids = [
            np.array(encoding.ids[: self.max_tokens], dtype=np.int64)
            for encoding in self.tokenizer.encode_batch(texts)
        ]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        batches = list(_batches_of_like_length(ids))
        made = run_each(lambda batch: self.forward(*_padded([ids[i] for i in batch])), batches)
        for batch, of_batch in zip(batches, made, strict=True):
            vectors[batch] = of_batch
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _batches_of_like_length(ids: Sequence[Integers]) -> Iterator[list[int]]:
    """Texts of like length go together, so that little of a batch is padding; longest first."""
    order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
    for start in range(0, len(order), BATCH_SIZE):
        yield order[start : start + BATCH_SIZE]


def _padded(ids: Sequence[Integers]) -> tuple[Integers, Integers]:
    padded = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(padded)
    for row, text_ids in enumerate(ids):
        padded[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return padded, mask

"""One forward pass gives each text a pooled vector and a vector for each of its tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.records import Floats, Integers
from retrieval.scripts import latin_letters

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Forward = Callable[[Integers, Integers], tuple[Floats, Floats]]
"""(token ids, attention mask), both (texts, tokens) -> token vectors (texts, tokens, dimension)
and pooled vectors (texts, dimension)."""

UNKNOWN_TOKENS = ("[UNK]", "<unk>")

BATCH_SIZE = 16  # its numbers fit the processor's cache better than 32, a tenth faster


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the model makes of one text.

    `pooled` is float32 of shape (dimension,) and `tokens` float32 of shape (tokens, dimension);
    every vector has length one. `spans` is int64 of shape (tokens, 2): the characters of the
    text each token stands for, empty for the special tokens the model adds.
    """

    pooled: Floats
    tokens: Floats
    spans: Integers


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
            len(one.ids) for one in self.tokenizer.encode_batch(texts, add_special_tokens=False)
        ]

    def letters_per_token(self, text: str) -> float:
        """How many letters of a text a token stands for; one that the model does not know, none.

        A letter counts as many as say the same in Latin letters.
        """
        encoded = self.tokenizer.encode(text, add_special_tokens=False)
        unknown = {self.tokenizer.token_to_id(name) for name in UNKNOWN_TOKENS}
        tokens = done = 0
        letters = 0.0
        for id, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
            told = text[max(start, done) : end]
            if not any(map(str.isalpha, text[start:end])):
                continue
            # An unknown token may be a whole word, or all between two spaces.
            tokens += len(told) if id in unknown else 1
            letters += 0 if id in unknown else latin_letters(told)
            done = end
        return letters / tokens if tokens else math.inf

    def encode_query(self, question: str) -> Encoding:
        """Encode a question, with the prompt the model wants before queries."""
        return _without_prompt(self._encode([self.query_prompt + question])[0], self.query_prompt)

    def encode_documents(self, texts: Sequence[str]) -> list[Encoding]:
        """Encode texts, each in exactly one pass; what exceeds `max_tokens` is not read."""
        prompt = self.document_prompt
        return [_without_prompt(one, prompt) for one in self._encode([prompt + t for t in texts])]

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        encoded = self.tokenizer.encode_batch(texts)
        ids = [np.array(one.ids[: self.max_tokens], dtype=np.int64) for one in encoded]
        made: dict[int, Encoding] = {}
        for batch in _batches_of_like_length(ids):
            tokens, pooled = self.forward(*_padded([ids[i] for i in batch]))
            for row, i in enumerate(batch):
                length = len(ids[i])
                made[i] = Encoding(
                    _unit(pooled[row]),
                    _unit(tokens[row, :length]),
                    _spans(texts[i], encoded[i].offsets[:length]),
                )
        return [made[i] for i in range(len(texts))]


def _spans(text: str, offsets: Sequence[tuple[int, int]]) -> Integers:
    """The characters that tokens stand for; those of multilingual models begin with the blank."""
    pieces = [(end, len(text[start:end].lstrip())) for start, end in offsets]
    spans = [(end - length, end) for end, length in pieces]
    return np.array(spans, dtype=np.int64).reshape(len(offsets), 2)


def _batches_of_like_length(ids: Sequence[Integers]) -> Iterator[list[int]]:
    """Texts of like length go together, so that little of a batch is padding."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    for start in range(0, len(order), BATCH_SIZE):
        yield order[start : start + BATCH_SIZE]


def _padded(ids: Sequence[Integers]) -> tuple[Integers, Integers]:
    padded = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(padded)
    for row, one in enumerate(ids):
        padded[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return padded, mask


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _without_prompt(encoding: Encoding, prompt: str) -> Encoding:
    """Count characters from the text's own start; the prompt's tokens get empty spans."""
    if not prompt:
        return encoding
    spans = np.maximum(encoding.spans - len(prompt), 0)
    return Encoding(encoding.pooled, encoding.tokens, spans)

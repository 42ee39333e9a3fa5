"""The reader: it reads a question and a passage together, and says which sentences answer.

Extractive question answering in its standard form (Devlin et al., "BERT", 2019): each token has a
logit for the start and one for the end of an answer, and the first token's stand for "nothing here
answers".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.onnx import run_each
from retrieval.records import Floats, Integers, Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Forward = Callable[[Integers, Integers, Integers], tuple[Floats, Floats]]
"""(token ids, type ids, attention mask), each (passages, tokens) -> start and end logits, each
float32 of shape (passages, tokens)."""

LONGEST_QUESTION = 96  # tokens; a longer one is cut, so that the passage is read
LONGEST_ANSWER = 30  # tokens of the words that answer


@dataclass(frozen=True, slots=True)
class ReadablePassage:
    """A passage of an article: its text, and where its sentences are in it."""

    title: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What the reader makes of a sentence.

    `score` is the logarithm of the odds that the sentence answers and not that nothing in the
    passage does; -inf for a sentence beyond the longest text that the model reads. `answer` are
    the characters of the passage that answer best.
    """

    score: float
    answer: Span | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A loaded model. `fingerprint` names it and its weights; `max_tokens` is what it reads."""

    fingerprint: str
    max_tokens: int
    tokenizer: Tokenizer
    forward: Forward

    def read(
        self, question: str, passages: Sequence[ReadablePassage]
    ) -> list[tuple[SentenceReading, ...]]:
        """Read the question with each passage; the sentences of each, in their order."""
        return next(self.read_all([(question, passages)]))

    def read_all(
        self, questions: Sequence[tuple[str, Sequence[ReadablePassage]]]
    ) -> Iterator[list[tuple[SentenceReading, ...]]]:
        """Read several questions at once, each with its passages."""
        pairs = [(self._shortened(q), passage) for q, passages in questions for passage in passages]
        texts = [(question, _with_title(passage)) for question, passage in pairs]
        encoded = self.tokenizer.encode_batch(texts)
        longest_first = sorted(range(len(pairs)), key=lambda i: -len(encoded[i].ids))
        # One passage at a time: 8-bit models share scales in a batch, so that a score would depend
        # on the passages beside it.
        outputs = run_each(self._logits, [encoded[i] for i in longest_first])
        logits = dict(zip(longest_first, outputs, strict=True))
        read = [_sentences(passage, encoded[i], *logits[i]) for i, (_, passage) in enumerate(pairs)]
        at = 0
        for _, passages in questions:
            yield read[at : at + len(passages)]
            at += len(passages)

    def _logits(self, encoded: Encoding) -> tuple[Floats, Floats]:
        ids, types, mask = (
            np.array([values], dtype=np.int64)
            for values in (encoded.ids, encoded.type_ids, encoded.attention_mask)
        )
        start, end = self.forward(ids, types, mask)
        return start[0], end[0]

    def _shortened(self, question: str) -> str:
        encoded = self.tokenizer.encode(question, add_special_tokens=False)
        longest = min(LONGEST_QUESTION, self.max_tokens // 4)
        if len(encoded.ids) <= longest:
            return question
        return question[: encoded.offsets[longest - 1][1]]


def _with_title(passage: ReadablePassage) -> str:
    return f"{passage.title}. {passage.text}" if passage.title else passage.text


def _sentences(
    passage: ReadablePassage, encoded: Encoding, start: Floats, end: Floats
) -> tuple[SentenceReading, ...]:
    """The reading of each sentence, from the logits of the passage's tokens, each (tokens,)."""
    shift = len(passage.title) + 2 if passage.title else 0
    offsets = np.array(encoded.offsets, dtype=np.int64) - shift
    of_passage = np.array([sequence == 1 for sequence in encoded.sequence_ids])
    of_passage &= (offsets[:, 0] >= 0) & (offsets[:, 1] > offsets[:, 0])
    nothing = float(start[0] + end[0])
    read = []
    for first, last in passage.sentences:
        inside = np.flatnonzero(of_passage & (offsets[:, 0] >= first) & (offsets[:, 1] <= last))
        if not len(inside):
            read.append(SentenceReading(-np.inf, None))
            continue
        starts, ends = start[inside], end[inside]
        score = float(np.logaddexp.reduce(starts) + np.logaddexp.reduce(ends)) - nothing
        # The best start and end, the end not before the start nor too far behind it.
        together = np.triu(starts[:, None] + ends[None, :] + 1e4) - 1e4
        together = np.where(np.tri(len(inside), k=LONGEST_ANSWER - 1) > 0, together, -1e4)
        begin, stop = np.unravel_index(int(together.argmax()), together.shape)
        answer = Span(int(offsets[inside[begin], 0]), int(offsets[inside[stop], 1]))
        read.append(SentenceReading(score, answer))
    return tuple(read)

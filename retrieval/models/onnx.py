"""ONNX: export models, quantise them to 8 bits, and run them without torch."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch

Input = TypeVar("Input")
Output = TypeVar("Output")

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"


@cache
def onnxruntime() -> ModuleType:
    """Import onnxruntime without telemetry, which it decides on import; restore the environment."""
    before = os.environ.get(NO_TELEMETRY)
    os.environ.setdefault(NO_TELEMETRY, "1")
    try:
        import onnxruntime as module

        return module  # type: ignore[no-any-return]
    finally:
        if before is None:
            del os.environ[NO_TELEMETRY]


def session(model: bytes | Path) -> Any:
    """Open a model that runs in a single thread; `run_each` runs it in several."""
    ort = onnxruntime()
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    source = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def run_each(forward: Callable[[Input], Output], inputs: Sequence[Input]) -> list[Output]:
    """Run a model on each input, one input on each processor; the longest should be first.

    This takes a third less time than to run each input on all processors.
    """
    if len(inputs) == 1:
        return [forward(inputs[0])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(forward, inputs))


def export(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Mapping[str, int],
    path: Path,
) -> None:
    """Write a module of torch to a file, quantised to 8 bits and optimised for a fast start.

    `inputs` are examples, int64 of shape (texts, length). `outputs` has the number of axes of each
    output; the first two, or a single one, have the same sizes.
    """
    with TemporaryDirectory(dir=path.parent) as folder:
        exported, quantised = Path(folder, "exported.onnx"), Path(folder, "quantised.onnx")
        _export(module, inputs, outputs, exported)
        _quantise(exported, quantised)
        _optimise(quantised, path)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield a new folder that replaces `folder` at the end, or is removed after an error."""
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        yield building
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _export(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Mapping[str, int],
    path: Path,
) -> None:
    import torch

    both = {0: "texts", 1: "length"}
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter warns of its successor, which needs another package, and of branches
        # that do not depend on the input here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=dict.fromkeys(inputs, both)
            | {name: both if axes > 1 else {0: "texts"} for name, axes in outputs.items()},
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
    """Save the graph as onnxruntime optimises it, so that a later start is ten times faster."""
    ort = onnxruntime()
    options = ort.SessionOptions()
    # One level higher would bind the file to this processor's instruction set.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(optimised)
    options.log_severity_level = 3
    ort.InferenceSession(str(quantised), options, providers=["CPUExecutionProvider"])

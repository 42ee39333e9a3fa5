"""A model is loaded and copied in a process of its own, so that who answers never imports torch."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from retrieval.encoder.loading import copy_of, open_encoder
from retrieval.errors import QuotewiseError, Stopped

LOOKS_EVERY_S = 0.1
ROOT = str(Path(__file__).parents[2])


def copy_apart(model: str, copies: Path, stop: Callable[[], bool]) -> None:
    """Have the ONNX copy of a model made, unless it is there; a model without one is left as it is.

    Raises QuotewiseError if the model cannot be loaded, and Stopped if `stop` says so meanwhile.
    """
    if (copy_of(model, copies) / "copy.json").exists():
        return
    path = os.environ.get("PYTHONPATH", "")
    # A file, not a pipe: that holds 64 KiB, and who writes more waits until somebody reads.
    with tempfile.TemporaryFile("w+", errors="replace") as told_in:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main()", model, str(copies)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=told_in,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([ROOT, path])},
            start_new_session=True,  # Ctrl-C is for the one who answers, who ends this one
        )
        try:
            while process.poll() is None:
                if stop():
                    raise Stopped("The model's copy is made another time.")
                time.sleep(LOOKS_EVERY_S)
        finally:
            process.kill()
            process.wait()
        told_in.seek(0)
        told = told_in.read()
    if process.returncode:
        raise QuotewiseError(told.strip().rpartition("\n")[2] or f"{model} could not be copied.")


def main() -> None:
    """Load the model named on the command line, which writes its copy, after all other work."""
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        open_encoder(sys.argv[1], Path(sys.argv[2]))
    except QuotewiseError as error:
        sys.exit(" ".join(str(error).split()))

"""onnxruntime, imported so that it reports to nobody and the environment stays as it is."""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

SILENCE = "ORT_DISABLE_TELEMETRY"


@cache
def onnxruntime() -> ModuleType:
    """Import onnxruntime, which reads at that moment, and never again, whether to report."""
    before = os.environ.get(SILENCE)
    os.environ.setdefault(SILENCE, "1")
    try:
        import onnxruntime as module

        return module  # type: ignore[no-any-return]
    finally:
        if before is None:
            del os.environ[SILENCE]

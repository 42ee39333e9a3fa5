"""A port that cannot be listened on is told with the setting that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retrieval import QuotewiseError


@contextmanager
def free_port(setting: str, port: int) -> Iterator[None]:
    """Tell in a sentence that a port cannot be listened on, and which setting names it."""
    try:
        yield
    except OSError as error:
        raise QuotewiseError(
            f"Port {port} cannot be listened on ({error.strerror or error}): set "
            f"QUOTEWISE_TELEGRAM_{setting.upper()} to a free one."
        ) from error

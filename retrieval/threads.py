"""Computing in one thread for the moment; the process goes on with as many threads as before.

One question at a time gains little from several threads: those of numpy wait by spinning, and so
take the processor from the model's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

_limiting = Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context in which numpy's BLAS computes in one thread.

    The setting is the process's. Only one thread at a time makes it and takes it back, so that no
    other takes it for what was there before; the others compute meanwhile as it happens to be.
    """
    if not _limiting.acquire(blocking=False):
        yield
        return
    try:
        with _blas().limit(limits=1):
            yield
    finally:
        _limiting.release()


@cache
def _blas() -> ThreadpoolController:
    # Not those that use OpenMP, such as faiss's own: their setting is each thread's.
    return ThreadpoolController().select(threading_layer="pthreads")

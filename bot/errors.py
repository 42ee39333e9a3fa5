"""What a person reads of an error: one sentence, and where a defect's traceback is."""

from __future__ import annotations

import errno
import tempfile
import traceback

REFUSALS = frozenset(
    getattr(errno, name)
    for name in "EACCES EDQUOT EFBIG EIO EMFILE ENFILE ENOSPC EPERM EROFS ESTALE".split()
    if hasattr(errno, name)
)
"""What the system refuses although the program is right."""

UNWRITTEN = "the output cannot be written"


def error_message(error: Exception) -> str:
    """Return the sentence for an error; the traceback of a defect is written to a file."""
    from bot.telegram.redaction import cleaned
    from retrieval import QuotewiseError

    if isinstance(error, QuotewiseError):
        return cleaned(str(error))
    if isinstance(error, OSError) and error.errno in REFUSALS:
        # Output that is not buffered has no name.
        what = f"{error.filename} cannot be used" if error.filename else UNWRITTEN
        return f"{what}: {system_reason(error)}."
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="quotewise-", suffix=".log", delete=False
    ) as file:
        file.write(cleaned("".join(traceback.format_exception(error))))
    summary = cleaned(f"{type(error).__name__}: {error}")
    return (
        f"something is wrong with Quotewise itself ({summary}). Nothing you added is lost. Please "
        f"report it with {file.name}."
    )


def system_reason(error: OSError) -> str:
    """Return what the system says of an error."""
    return "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)

"""PDF files, office documents, books, e-mail and archives become articles, each in the sandbox."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from retrieval.errors import UnreadableSource
from retrieval.reading import sandbox
from retrieval.reading.documents import parts
from retrieval.reading.documents.kinds import SUFFIXES, Kind, kind_of
from retrieval.reading.sources import Source, in_megabytes
from retrieval.records import Article

__all__ = ["LIMIT_BYTES", "SUFFIXES", "articles", "begins_like_one"]

LIMIT_BYTES = 50_000_000
LONGEST_S = 300.0
"""After which no more of the files of one archive are begun."""

_CONTENTS = "retrieval.reading.documents.contents."


def begins_like_one(head: bytes, suffix: str) -> bool:
    """Whether these first bytes are those of a document, whatever its name says."""
    return kind_of(head, suffix) is not None


def articles(source: Source) -> Iterator[Article | UnreadableSource]:
    """The articles of a document; one result each for the files of an archive."""
    data = source.stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(
            source.name, f"this is larger than {in_megabytes(LIMIT_BYTES)}; split it."
        )
    suffix = os.path.splitext(source.name)[1].lower()
    kind = kind_of(data, suffix)
    if kind is not Kind.ARCHIVE:
        yield from _results(source, data, "parse", source.name, suffix)
    if kind in (Kind.ARCHIVE, Kind.MAIL):
        yield from _files_inside(source, data, suffix)


def _results(
    source: Source, data: bytes, task: str, name: str, suffix: str
) -> Iterator[Article | UnreadableSource]:
    today = source.today.isoformat()
    found = sandbox.parsed(_CONTENTS + task, data, name=name, today=today, suffix=suffix)
    for content in found:
        yield parts.result(content, name, source.origin)


def _files_inside(source: Source, data: bytes, suffix: str) -> Iterator[Article | UnreadableSource]:
    """The files in an archive or sent with an e-mail, each read in a call of its own."""
    task = _CONTENTS + "files"
    paths = sandbox.parsed(task, data, name=source.name, keep=True, suffix=suffix)
    if not paths and kind_of(data, suffix) is Kind.ARCHIVE:
        raise UnreadableSource(source.name, "this archive holds no files.")
    started = time.monotonic()
    for number, path in enumerate(paths):
        name = f"{source.name}: {path}"
        if time.monotonic() - started > LONGEST_S:
            raise UnreadableSource(
                source.name,
                f"after {LONGEST_S:.0f} seconds {len(paths) - number:,} of its {len(paths):,} files"
                " were not read; unpack it and add the folder.",
            )
        try:
            found = sandbox.parsed(
                _CONTENTS + "file",
                data,
                name=name,
                keep=number + 1 < len(paths),
                today=source.today.isoformat(),
                suffix=suffix,
                number=number,
            )
        except UnreadableSource as error:
            yield error
            continue
        # Two files of one archive may have one name.
        inner = path if path not in paths[:number] else f"{path}#{number}"
        for content in found:
            yield parts.result(content, name, f"{source.origin}!{inner}" if source.origin else None)

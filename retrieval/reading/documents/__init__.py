"""PDF files, office documents, books, e-mail and archives become articles, each in the sandbox."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import sandbox
from retrieval.reading.documents import contents
from retrieval.reading.documents.kinds import SUFFIXES, kind_of, result
from retrieval.reading.sandbox import Parser
from retrieval.reading.sources import Source, in_megabytes
from retrieval.records import Article

__all__ = ["LIMIT_BYTES", "SUFFIXES", "articles", "begins_like_one"]

LIMIT_BYTES = 50_000_000
LONGEST_S = 120.0
"""After which no more of the files of one archive are begun."""


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
    files: list[str] = []
    found = _parsed(contents.parse, data, source, source.name, suffix=suffix)
    for content in found:
        match content:
            case {"file": str(path)}:
                files.append(path)
            case _:
                yield result(content, source.name, source.origin)
    if not found:
        raise UnreadableSource(source.name, "this holds no files that could be read.")
    yield from _files_inside(source, data, suffix, files)


def _files_inside(
    source: Source, data: bytes, suffix: str, paths: list[str]
) -> Iterator[Article | UnreadableSource]:
    """The files in an archive or sent with an e-mail, each read in a call of its own."""
    started = time.monotonic()
    for number, path in enumerate(paths):
        if time.monotonic() - started > LONGEST_S:
            left = len(paths) - number
            raise UnreadableSource(
                source.name,
                f"its files take too long to read, and {left:,} of {len(paths):,} were not read;"
                " unpack it and add the folder.",
            )
        name = f"{source.name}: {path}"
        # Two files of one archive may have one name.
        inner = path if path not in paths[:number] else f"{path}#{number}"
        try:
            found = _parsed(contents.file, data, source, name, suffix=suffix, number=number)
        except UnreadableSource as error:
            yield error
            continue
        for content in found:
            yield result(content, name, f"{source.origin}!{inner}" if source.origin else None)


def _parsed(parser: Parser, data: bytes, source: Source, name: str, **facts: Any) -> list[Any]:
    today = source.today.isoformat()
    return sandbox.parsed(parser, data, name=name, today=today, **facts)

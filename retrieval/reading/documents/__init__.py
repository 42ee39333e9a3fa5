"""PDF files, office documents, books, e-mail and archives become articles, each in the sandbox."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.reading import drafts, sandbox
from retrieval.reading.documents import contents
from retrieval.reading.documents.kinds import SUFFIXES, kind_of
from retrieval.reading.sandbox import Parser
from retrieval.reading.sources import Source, in_megabytes
from retrieval.records import Article

__all__ = ["LIMIT_BYTES", "SUFFIXES", "articles", "begins_like_one"]

LIMIT_BYTES = 50_000_000
LONGEST_S = 120.0
"""After which no more of the files of one archive are begun."""

BROKEN = "this was not read as it should have been; open it, save it anew, and add that."


def begins_like_one(head: bytes, suffix: str) -> bool:
    """Return whether these first bytes are those of a document, whatever its name says."""
    return kind_of(head, suffix) is not None


def articles(source: Source) -> Iterator[Article | UnreadableSource]:
    """Yield the articles of a document; one result each for the files of an archive.

    Raises UnreadableSource if the document as a whole cannot be read.
    """
    data = source.stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(
            source.name, f"this is larger than {in_megabytes(LIMIT_BYTES)}; split it."
        )
    suffix = os.path.splitext(source.name)[1].lower()
    found = _parsed(contents.parse, data, source, source.name, suffix=suffix)
    if not found:
        raise UnreadableSource(source.name, "this holds no files that could be read.")
    paths: list[str] = []
    for content in found:
        match content:
            case {"file": str(path)}:
                paths.append(path)
            case _:
                yield _result(content, source.name, source.origin)
    started = time.monotonic()
    for number, path in enumerate(paths):
        if time.monotonic() - started > LONGEST_S:
            raise UnreadableSource(
                source.name,
                f"its files take too long to read, and {len(paths) - number:,} of {len(paths):,}"
                " were not read; unpack it and add the folder.",
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
            yield _result(content, name, f"{source.origin}!{inner}" if source.origin else None)


def _parsed(parser: Parser, data: bytes, source: Source, name: str, **facts: Any) -> list[Any]:
    return sandbox.parsed(parser, data, name=name, today=source.today.isoformat(), **facts)


def _result(content: Any, name: str, origin: str | None) -> Article | UnreadableSource:
    """The article or the refusal that came out of the sandbox; nonsense is refused.

    An article goes by the path of its document and its path in that, so that it keeps its id when
    the document is read again.
    """
    match content:
        case {"refused": str(refused), "reason": str(reason)}:
            return UnreadableSource(refused, reason)
        case {"text": str(), **rest}:
            path, id = rest.get("path"), rest.get("id")
            place = f"{origin}!{path}" if origin and path else origin
            try:
                given = id if isinstance(id, str) else None
                return drafts.article(drafts.from_json(content), origin=place, id=given)
            except ValueError:
                pass
    return UnreadableSource(name, BROKEN)

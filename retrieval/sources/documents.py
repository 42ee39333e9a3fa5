"""PDF files, office documents, books, e-mail and archives become articles, each in the sandbox."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import contents, drafts, sandbox
from retrieval.sources.contents import SUFFIXES, kind_of
from retrieval.sources.sandbox import Parser
from retrieval.sources.source import Source, in_megabytes

__all__ = ["SUFFIXES", "articles", "kind_of"]

LIMIT_BYTES = 50_000_000
LONGEST_S = 120.0
"""After which no more of the files of one archive are begun."""

NOT_READ = "this could not be read; open it, save it as a new file, and add that."


def articles(source: Source) -> Iterator[Article | UnreadableSource]:
    """Yield the articles of a document; one result each for the files of an archive.

    Raises UnreadableSource if the document as a whole cannot be read.
    """
    name, data = source.name, source.stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise UnreadableSource(name, f"this is larger than {in_megabytes(LIMIT_BYTES)}; split it.")

    def parsed(parser: Parser, name: str, **facts: Any) -> list[Any]:
        suffix, today = os.path.splitext(source.name)[1].lower(), source.today.isoformat()
        return sandbox.parsed(parser, data, name=name, today=today, suffix=suffix, **facts)

    content = parsed(contents.parse, name)
    if not content:
        raise UnreadableSource(name, "this holds no files that could be read.")
    paths: list[str] = []
    for result in content:
        match result:
            case {"file": str(path)}:
                paths.append(path)
            case _:
                yield _result(result, name, source.origin)
    started = time.monotonic()
    for number, path in enumerate(paths):
        if time.monotonic() - started > LONGEST_S:
            raise UnreadableSource(
                name,
                f"its files take too long to read, and {len(paths) - number:,} of {len(paths):,}"
                " were not read; unpack it and add the folder.",
            )
        # Two files of one archive may have one name.
        inner = path if path not in paths[:number] else f"{path}#{number}"
        place = f"{source.origin}!{inner}" if source.origin else None
        named = f"{name}: {path}"
        try:
            for result in parsed(contents.file, named, number=number):
                yield _result(result, named, place)
        except UnreadableSource as error:
            yield error


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
            own_id = id if isinstance(id, str) else None
            try:
                return drafts.article(drafts.from_json(content), origin=place, id=own_id)
            except ValueError:
                pass
    return UnreadableSource(name, NOT_READ)

"""JSON Lines: one article a line, its text kept exactly as given, but for NUL.

`{"id", "title", "text", "url", "source", "author", "published"}`; all but `text` may be missing
or null, other keys are ignored.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import UnreadableSource
from retrieval.records import LONGEST_ID, Article
from retrieval.sources import dates, drafts
from retrieval.sources.drafts import Draft
from retrieval.sources.source import EMPTY, LIMIT_BYTES, Source, in_megabytes

BLOCK_BYTES = 1 << 20
_DATE = "2018-10-08 or 2018-10-08T09:59:00+09:00"
_STRINGS = ("id", "text", "title", "url", "source", "author", "published")


def articles(source: Source) -> Iterator[Article | UnreadableSource]:
    """One result for each line that is not blank, whatever the other lines hold."""
    number = 0
    for number, line in lines(source.stream):
        try:
            yield _article(line, source.origin)
        except ValueError as error:
            yield UnreadableSource(f"{source.name} line {number}", str(error))
    if number == 0:
        raise UnreadableSource(source.name, EMPTY)


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not blank and their numbers; None for one too long to hold in memory."""
    number = 0
    while line := stream.readline(LIMIT_BYTES + 1):
        number += 1
        if len(line) > LIMIT_BYTES:
            while line and not line.endswith(b"\n"):
                line = stream.readline(BLOCK_BYTES)
            yield number, None
        elif not line.isspace():
            yield number, line


def _article(line: bytes | None, origin: str | None) -> Article:
    """The article on a line; a ValueError says what is wrong with it."""
    if line is None:
        longest = in_megabytes(LIMIT_BYTES)
        raise ValueError(f"this line is longer than {longest}; give each article its own line.")
    try:
        # pandas writes NaN for what is missing.
        record = json.loads(line.decode("utf-8-sig"), parse_constant=lambda constant: None)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise ValueError("this line is not JSON in UTF-8; each line must be one whole JSON object.")
    facts: dict[str, Any] = {key: _string(record, key) for key in _STRINGS}
    id, written = facts.pop("id"), facts.pop("published")
    if id is not None and len(id.encode()) > LONGEST_ID:
        raise ValueError(
            f"`id` is longer than {LONGEST_ID:,} bytes; give the article a shorter one."
        )
    if facts["text"] is None:
        raise ValueError("`text` is missing; every article needs its text.")
    published = dates.parsed(written) if written else None
    if written and published is None:
        # Dropping it quietly would give every quote of this article a wrong source line.
        raise ValueError(f"`published` must be a certain date, such as {_DATE}, or null.")
    # Without a link the text gives an article its id, since all lines share the file.
    article = drafts.article(Draft(**facts, published=published), origin=None, id=id)
    return replace(article, origin=origin)


def _string(record: dict[str, object], key: str) -> str | None:
    """The string or number under a key, None where it is missing or blank."""
    value = record.get(key)
    if type(value) in (int, float):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str) or drafts.storable(value) != value.replace("\0", ""):
        raise ValueError(f"`{key}` must be a string of whole characters, or null.")
    value = drafts.storable(value)
    return value if value.strip() else None

"""JSON Lines: one article a line, its text kept exactly as given.

`{"id", "title", "text", "url", "source", "author", "published"}`; all but `text` may be missing
or null, other keys are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, NoReturn

from retrieval.errors import UnreadableSource
from retrieval.reading import dates, drafts
from retrieval.reading.drafts import Draft
from retrieval.reading.sources import LIMIT_BYTES, Source, in_megabytes
from retrieval.records import Article

BLOCK_BYTES = 1 << 20
MOST_DIGITS = 400
_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}
_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def articles(source: Source) -> Iterator[Article | UnreadableSource]:
    """One result for each line that is not blank, whatever the other lines hold."""
    number = 0
    empty = True
    for number, line in enumerate(_lines(source.stream), 1):
        if number == 1 and line is not None:
            if line.startswith(_WIDE_MARKS):
                raise UnreadableSource(
                    source.name,
                    "JSON Lines are UTF-8, this is UTF-16 or UTF-32; convert it, for instance with"
                    " `iconv -f UTF-16 -t UTF-8`.",
                )
            line = line.removeprefix(_UTF8_MARK)
        if line is not None and (not line or line.isspace()):
            continue
        empty = False
        try:
            yield _article(line, source.origin)
        except ValueError as error:
            yield UnreadableSource(f"{source.name} line {number}", str(error))
    if empty:
        raise UnreadableSource(source.name, "this is empty; nothing was read.")


def count(stream: BinaryIO) -> int:
    """How many lines are not blank, read in blocks of bounded size."""
    lines = 0
    pending = False
    while block := stream.read(BLOCK_BYTES):
        first, *rest = block.split(b"\n")
        pending = pending or not (not first or first.isspace())
        for part in rest:
            lines += pending
            pending = not (not part or part.isspace())
    return lines + pending


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is too long to hold in memory."""
    while line := stream.readline(LIMIT_BYTES + 1):
        if len(line) <= LIMIT_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(BLOCK_BYTES)
        yield None


def _article(line: bytes | None, origin: str | None) -> Article:
    """The article on a line; a ValueError says what is wrong with it."""
    if line is None:
        raise ValueError(
            f"this line is longer than {in_megabytes(LIMIT_BYTES)}; give each article its own line."
        )
    record = _object(line)
    text = record.get("text")
    if text is None:
        raise ValueError("`text` is missing; every article needs its text.")
    if not isinstance(text, str):
        raise ValueError(f"`text` is {_KINDS[type(text)]}; it must be a string.")
    if not text.strip():
        raise ValueError("`text` is blank; every article needs its text.")
    draft = Draft(
        text=_encodable("text", text),
        title=_string(record, "title"),
        url=_string(record, "url"),
        source=_string(record, "source"),
        author=_string(record, "author"),
        published=_date(record),
    )
    draft = drafts.with_web_link(draft)
    id = _id(record) or drafts.fingerprint(draft.url or draft.text)
    return drafts.article(draft, origin=origin, id=id)


def _object(line: bytes) -> dict[str, object]:
    """The JSON object on a line."""
    try:
        record = json.loads(line.decode(), parse_constant=_refuse_constant, parse_int=_integer)
    except UnicodeDecodeError:
        raise ValueError(
            "this line is not UTF-8; convert the file, for instance with"
            " `iconv -f WINDOWS-1252 -t UTF-8`."
        ) from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"this line is not JSON ({error.msg.lower()} at character {error.pos + 1});"
            " each line must be one whole JSON object."
        ) from None
    except RecursionError:
        raise ValueError("this line is nested too deeply to be an article.") from None
    if not isinstance(record, dict):
        kind = _KINDS[type(record)]
        raise ValueError(f"this line is {kind}; it must be a JSON object with a `text`.")
    return record


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON; each line must be one whole JSON object.")


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number on this line has more digits than any number needs.")
    return int(digits)


def _string(record: dict[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"`{key}` is {_KINDS[type(value)]}; it must be a string or null.")
    return _encodable(key, value) if value.strip() else None


def _id(record: dict[str, object]) -> str | None:
    value = record.get("id")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _string(record, "id")


def _date(record: dict[str, object]) -> date | None:
    value = record.get("published")
    written = str(value) if type(value) in (int, float) else _string(record, "published")
    if written is None:
        return None
    published = dates.parsed(written)
    if published is None:
        # Dropping it quietly would give every quote of this article a wrong source line.
        raise ValueError(
            f"`published` is {json.dumps(written[:40], ensure_ascii=False)}, which is no certain"
            " date; write it as 2018-10-08 or 2018-10-08T09:59:00+09:00."
        )
    return published


def _encodable(key: str, value: str) -> str:
    """The string, unless it holds half of a character, which no file can store."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"`{key}` holds half a character (a lone surrogate) at character {error.start + 1};"
            " write the whole character."
        ) from None
    return value

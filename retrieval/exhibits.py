"""Files with answers, read with distrust: what is quoted in them, and the articles they bring."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from json import JSONDecodeError
from typing import Any

from retrieval.errors import QuotewiseError
from retrieval.records import Article, ArticleRef

LARGEST = 100_000_000
"""Bytes of a file that are read: an answer with the books it quotes has a few million."""

WHAT_TO_GIVE = "give what `quotewise ask --export` wrote, or what `quotewise ask --json` printed."

_SPACE = re.compile(r"[\s\ufeff]*")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An answer of a file, from 1, and the articles beside it; None where there are only quotes."""

    number: int
    answer: Mapping[str, Any]
    articles: tuple[Enclosed, ...] | None


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An article in a file, the hash stated for its text, and its library; empty if not named."""

    article: Article
    stated: str
    library: str = ""

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.library, self.article.id)


class _Refused(ValueError):
    """JSON that could be read in two ways, or in none."""


def read(data: bytes, name: str) -> list[Exhibit]:
    """The answers of a file: one JSON object or many, one after the other.

    What could not be asked is left out. Raises QuotewiseError for what is no such file.
    """
    if len(data) > LARGEST:
        raise QuotewiseError(
            f"{name} has more than {LARGEST:,} bytes, which no answer has: {WHAT_TO_GIVE}"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise QuotewiseError(f"{name} is not text in UTF-8: {WHAT_TO_GIVE}") from error
    exhibits: list[Exhibit] = []
    for line, value in _values(text, name):
        for number, element in enumerate(value if isinstance(value, list) else [value], 1):
            where = f"{name} line {line}" + (f" item {number}" if isinstance(value, list) else "")
            exhibit = _exhibit(element, where, len(exhibits) + 1)
            if exhibit:
                exhibits.append(exhibit)
    return exhibits


def quotes(answer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """All that an answer quotes, wherever it stands there, with a name for each place.

    What stands in a list of quotes counts as one, whatever it looks like.
    """
    waiting: list[tuple[str, Any]] = [("", answer)]
    while waiting:
        path, value = waiting.pop()
        if path and (_is_quote(value) or _is_listed(path)):
            yield _place(path), value
        elif isinstance(value, dict):
            waiting += reversed([(f"{path}.{key}", inside) for key, inside in value.items()])
        elif isinstance(value, list):
            waiting += reversed([(f"{path}.{at}", element) for at, element in enumerate(value, 1)])


def _is_quote(value: object) -> bool:
    """Whether something says of a text that it is an article's."""
    return (
        isinstance(value, dict) and "text" in value and bool(value.keys() & {"article", "sha256"})
    )


def _is_listed(path: str) -> bool:
    return re.fullmatch(r"\.(?:quotes|closest|timeline)\.\d+", path) is not None


def _place(path: str) -> str:
    """The name of a quote's place: `quote 1`, `closest 2`."""
    *lists, last = path.strip(".").split(".")
    name = ".".join(lists)
    return f"{'quote' if name == 'quotes' else name} {last}".strip()


def _values(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """The JSON values of a text with the line that each begins in."""
    decoder = json.JSONDecoder(object_pairs_hook=_each_once, parse_constant=_no_constant)
    at = _after_space(text, 0)
    line, counted = 1, 0
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = decoder.raw_decode(text, at)
        except JSONDecodeError as error:
            raise QuotewiseError(
                f"{name} line {error.lineno} is no JSON ({error.msg.lower()} at character "
                f"{error.colno}): {WHAT_TO_GIVE}"
            ) from error
        except RecursionError as error:
            raise QuotewiseError(
                f"{name} line {line} is nested more deeply than any answer: {WHAT_TO_GIVE}"
            ) from error
        except ValueError as error:
            reason = str(error) if isinstance(error, _Refused) else "a number is too long"
            raise QuotewiseError(f"{name} line {line}: {reason}: {WHAT_TO_GIVE}") from error
        yield line, value
        at = _after_space(text, end)


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose fields all readers read alike: with the first or the last of two, not."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _Refused("an object has the same field twice")
    return fields


def _no_constant(name: str) -> None:
    raise _Refused(f"{name} is no number in JSON")


def _exhibit(value: object, where: str, number: int) -> Exhibit | None:
    if not isinstance(value, dict):
        raise QuotewiseError(f"{where} is no answer: {WHAT_TO_GIVE}")
    if "answer" not in value:
        failed = "error" in value and not value.keys() & {"quotes", "closest"}
        return None if failed else Exhibit(number, value, None)
    answer, articles = value["answer"], value.get("articles")
    if not isinstance(answer, dict) or not isinstance(articles, list):
        raise QuotewiseError(f"{where} needs an `answer` and its `articles`: {WHAT_TO_GIVE}")
    enclosed = tuple(_enclosed(article, where) for article in articles)
    known = dict[tuple[ArticleRef, str], Enclosed]()
    for copy in enclosed:
        if known.setdefault((copy.ref, copy.stated), copy) != copy:
            raise QuotewiseError(
                f"{where} has the article {copy.article.id} twice, and not alike: {WHAT_TO_GIVE}"
            )
    return Exhibit(number, answer, enclosed)


def _enclosed(value: object, where: str) -> Enclosed:
    fields = value if isinstance(value, dict) else {}
    needed = [fields.get(name) for name in ("id", "title", "text", "sha256")]
    known = [fields.get(name) for name in ("url", "source", "author", "published", "library")]
    pages = fields.get("pages", [])
    if (
        not all(isinstance(field, str) for field in needed)
        or not all(isinstance(field, str | None) for field in known)
        or not isinstance(pages, list)
        or not all(type(page) is int for page in pages)
    ):
        raise QuotewiseError(f"{where} has an article that is none: {WHAT_TO_GIVE}")
    id, title, text, stated = map(str, needed)
    url, source, author, published, library = known
    day = _date(published, where)
    article = Article(id, title, text, url, source, author, day, pages=tuple(pages))
    return Enclosed(article, stated, library or "")


def _date(published: str | None, where: str) -> date | None:
    if published is None:
        return None
    try:
        if "T" in published:
            return datetime.fromisoformat(published)
        return date.fromisoformat(published)
    except ValueError as error:
        raise QuotewiseError(
            f"{where} has an article of {published[:40]!r}, which is no date: {WHAT_TO_GIVE}"
        ) from error

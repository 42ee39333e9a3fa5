"""Check the quotes of exported answers against the texts that they name, by hash and place."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from os.path import commonprefix
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.errors import QuotewiseError
from retrieval.library import MAIN
from retrieval.records import Article, ArticleRef, Span
from retrieval.storage.history import History
from retrieval.text import segmentation

LARGEST = 100_000_000
"""Bytes of a file that are read: an answer with the books it quotes has a few million."""

BEFORE = 2_000  # characters before a quote that its link may name
SHOWN = 60  # characters of what differs

WHAT_TO_GIVE = "give what `quotewise ask --export` wrote, or what `quotewise ask --json` printed."

_NOT_SPACE = re.compile(r"[^\s\ufeff]")

Articles = dict[tuple[ArticleRef, str], Article]
"""The articles in a file, by reference and by the SHA-256 of their text."""


class Verdict(StrEnum):
    """The result of checking a quote."""

    STANDS = "stands"
    ALTERED = "altered"
    HASH_DIFFERS = "hash differs"
    NOT_HERE = "article not here"
    OUT_OF_RANGE = "offsets out of range"
    SOURCE_DIFFERS = "source differs"
    NO_QUOTE = "no quote"


@dataclass(frozen=True, slots=True)
class Checked:
    """A quote of a file and its verdict; `reason` is a sentence unless it stands.

    `answer` counts the file's answers from 1 and `place` names the quote in it. `article` is the
    quoted article, None unless the quote stands.
    """

    answer: int
    place: str
    text: str
    verdict: Verdict
    reason: str = ""
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An answer of a file, counted from 1, and its articles; None if the file has only quotes."""

    number: int
    answer: Mapping[str, Any]
    articles: Articles | None


@dataclass(frozen=True, slots=True)
class _Brought:
    """The articles that a file brings along, looked up as in a History."""

    articles: Articles

    def article_with(self, ref: ArticleRef, sha256: str) -> Article | None:
        return self.articles.get((ref, sha256))

    def knows(self, ref: ArticleRef) -> bool:
        return any(ref == known for known, _ in self.articles)


@dataclass(frozen=True, slots=True)
class Texts:
    """The articles, present and past, that quotes are compared with.

    They are those of `library`, or else of the one that each quote names, or else of `main`.
    """

    history: History | _Brought
    library: str | None = None
    main: str = MAIN


# -- reading files


class _Strict(BaseModel):
    """Fields of JSON without conversions: true is no number, and text has no lone surrogates."""

    model_config = ConfigDict(strict=True)


class _Named(_Strict):
    id: str
    sha256: str
    library: str | None = None


class _Written(_Strict):
    id: str
    title: str
    text: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    library: str | None = None
    pages: list[int] = []

    def article(self) -> Article:
        """The article. Raises ValueError if its date is none."""
        fields = self.model_dump(exclude={"library", "published", "pages"})
        kind = datetime if "T" in (self.published or "") else date
        day = kind.fromisoformat(self.published) if self.published is not None else None
        return Article(**fields, published=day, pages=tuple(self.pages))


def read(data: bytes, name: str) -> list[Exhibit]:
    """The answers of a file: one JSON object or list of them, or several one after the other.

    Questions that could not be asked are left out. Raises QuotewiseError for any other file.
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
            if not isinstance(element, dict):
                raise QuotewiseError(f"{where} is no answer: {WHAT_TO_GIVE}")
            if "answer" in element:
                exhibits.append(_exported(element, where, len(exhibits) + 1))
            elif "error" not in element or element.keys() & {"quotes", "closest"}:
                exhibits.append(Exhibit(len(exhibits) + 1, element, None))
    return exhibits


def _values(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """The JSON values of a text, each with the line it begins in."""
    decoder = json.JSONDecoder(object_pairs_hook=_fields_once, parse_constant=_no_constant)
    line, end = 1, 0
    while begin := _NOT_SPACE.search(text, end):
        line += text.count("\n", end, begin.start())
        try:
            value, next_end = decoder.raw_decode(text, begin.start())
        except (ValueError, RecursionError) as error:
            raise QuotewiseError(
                f"{name} line {line} is no JSON that an answer has ({error}): {WHAT_TO_GIVE}"
            ) from error
        yield line, value
        line += text.count("\n", begin.start(), next_end)
        end = next_end


def _fields_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("an object has the same field twice")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _exported(fields: Mapping[str, Any], where: str, number: int) -> Exhibit:
    answer, listed = fields["answer"], fields.get("articles")
    if not isinstance(answer, dict) or not isinstance(listed, list):
        raise QuotewiseError(f"{where} needs an `answer` and its `articles`: {WHAT_TO_GIVE}")
    articles = Articles()
    for value in listed:
        try:
            written = _Written.model_validate(value)
            article = written.article()
        except ValueError as error:
            raise QuotewiseError(f"{where} has an article that is none: {WHAT_TO_GIVE}") from error
        key = ArticleRef(written.library or "", article.id), article.sha256
        if articles.setdefault(key, article) != article:
            raise QuotewiseError(
                f"{where} has the article {article.id} twice, and not alike: {WHAT_TO_GIVE}"
            )
    return Exhibit(number, answer, articles)


# -- checking quotes


class _Fails(Exception):
    """A quote does not stand; the arguments are the verdict and the reason."""


def checked(exhibit: Exhibit, texts: Texts | None) -> Iterator[Checked]:
    """Check each quote of an answer with its own articles, or else with those of `texts`."""
    if exhibit.articles is not None:
        texts = Texts(_Brought(exhibit.articles), main="")
    assert texts, "an answer without articles needs texts to compare it with"
    for place, quote in _quotes(exhibit.answer):
        text = quote.get("text") if isinstance(quote, dict) else None
        try:
            if not isinstance(text, str):
                raise _Fails(Verdict.NO_QUOTE, "There is no text here to compare.")
            article = _quoted_article(quote, texts)
        except _Fails as error:
            shown = text if isinstance(text, str) else ""
            yield Checked(exhibit.number, place, shown, *error.args)
        else:
            yield Checked(exhibit.number, place, text, Verdict.STANDS, article=article)


def _quotes(answer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything an answer quotes, at any depth, with a name for its place: `quote 1`, `closest 2`.

    Elements of the lists of quotes count whatever they are; elsewhere, objects with a text and an
    article or a hash.
    """
    waiting: list[tuple[str, Any]] = [("", answer)]
    while waiting:
        path, value = waiting.pop()
        is_listed = re.fullmatch(r"\.(?:quotes|closest|timeline)\.\d+", path)
        fields = value.keys() if isinstance(value, dict) else set()
        if path and (is_listed or ("text" in fields and fields & {"article", "sha256"})):
            name, _, last = path.removeprefix(".").rpartition(".")
            yield f"{'quote' if name == 'quotes' else name} {last}".strip(), value
        elif isinstance(value, dict):
            waiting += reversed([(f"{path}.{key}", inside) for key, inside in value.items()])
        elif isinstance(value, list):
            waiting += reversed([(f"{path}.{at}", element) for at, element in enumerate(value, 1)])


def _quoted_article(quote: Mapping[str, Any], texts: Texts) -> Article:
    """The article that has a quote as the file says. Raises _Fails if anything differs."""
    source: Any = quote.get("article")
    article = _find(source, quote.get("sha256"), texts)
    span = _checked_span(quote, article.text, "It says “{}” where the article has “{}”.")
    answer = quote.get("answer")
    if answer is not None:  # as in every answer of an earlier version
        _checked_span(answer, quote["text"], "It says that “{}” answers where the quote has “{}”.")
    _check_source(source, article)
    true_places = {
        "paragraph": bisect_right(_paragraph_starts(article.text), span.start),
        "page": bisect_right(article.pages, span.start) or None,
    }
    for name, true in true_places.items():
        if name in quote and quote[name] != true:
            raise _Fails(
                Verdict.SOURCE_DIFFERS,
                f"It is said to stand in {name} {quote[name]}, and stands in {true or 'none'}.",
            )
    _check_link(quote.get("link"), article, span)
    copies = quote.get("also_in", [])
    if not isinstance(copies, list):
        raise _Fails(Verdict.SOURCE_DIFFERS, "“Also in” is no list of articles.")
    for copy in copies:
        _check_copy(copy, article, span, texts)
    return article


@lru_cache(maxsize=32)
def _paragraph_starts(text: str) -> list[int]:
    return [paragraph.start for paragraph in segmentation.paragraphs(text)]


def _find(source: Any, sha256: Any, texts: Texts) -> Article:
    try:
        named = _Named.model_validate({**source, "sha256": sha256})
    except (TypeError, ValidationError) as error:
        reason = "It does not name its article by library, id and hash."
        raise _Fails(Verdict.NO_QUOTE, reason) from error
    ref = ArticleRef(texts.library or named.library or texts.main, named.id)
    if article := texts.history.article_with(ref, named.sha256):
        return article
    if texts.history.knows(ref):
        raise _Fails(
            Verdict.HASH_DIFFERS, f"The article {ref.id} is here, and its text has another hash."
        )
    where = f" in the library {ref.library}" if ref.library else ""
    raise _Fails(Verdict.NOT_HERE, f"There is no article with the id {ref.id}{where}.")


def _checked_span(stated: Any, text: str, differs: str) -> Span:
    """The place in a text of the words that a file states. Raises _Fails if others are there."""
    if not isinstance(stated, dict) or not isinstance(stated.get("text"), str):
        raise _Fails(Verdict.NO_QUOTE, "The words said to answer have no text to compare.")
    start, end = stated.get("start"), stated.get("end")
    # JSON's true and 1.0 are no offsets, though Python would take them.
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise _Fails(
            Verdict.OUT_OF_RANGE,
            f"`start` and `end` have to be whole numbers from 0 to {len(text):,}.",
        )
    actual = text[start:end]
    if actual != stated["text"]:
        at = len(commonprefix([stated["text"], actual]))  # noqa: RUF071 (characters, not paths)
        words = (part[max(0, at - 20) :][:SHOWN] for part in (stated["text"], actual))
        raise _Fails(Verdict.ALTERED, differs.format(*words))
    return Span(start, end)


def _check_source(source: Mapping[str, Any], article: Article) -> None:
    published = article.published.isoformat() if article.published else None
    for name, label, true in (
        ("title", "title", article.title),
        ("source", "publisher", article.source),
        ("author", "author", article.author),
        ("published", "date", published),
        ("url", "link", article.url),
    ):
        if name not in source or source[name] != true:
            stated, actual = (
                "none" if value is None else f"“{str(value)[: 2 * SHOWN]}”"
                for value in (source.get(name), true)
            )
            raise _Fails(
                Verdict.SOURCE_DIFFERS,
                f"The {label} is said to be {stated}, and the article has {actual}.",
            )


def _check_copy(copy: Any, article: Article, span: Span, texts: Texts) -> None:
    """Check that another article has the quote, too."""
    try:
        other = _find(copy, copy.get("sha256") if isinstance(copy, dict) else None, texts)
        _check_source(copy, other)
    except _Fails as error:
        verdict, reason = error.args
        raise _Fails(verdict, f"Also in: {reason}") from error
    if segmentation.place(article.text, span, other.text) is None:
        raise _Fails(
            Verdict.ALTERED, f"It is said to stand in “{other.title}” as well, and does not."
        )


def _check_link(link: object, article: Article, span: Span) -> None:
    """Check that a link leads to the article's page and marks the quote."""
    if link is None:
        return
    page, _, directive = link.partition(":~:") if isinstance(link, str) else ("", "", "")
    own = (article.url or "").partition(":~:")[0]
    if not own or page.rstrip("#") != own.rstrip("#"):
        raise _Fails(Verdict.SOURCE_DIFFERS, "The link leads to another page than the article's.")
    if directive and not _marks(directive, article.text, span):
        raise _Fails(Verdict.SOURCE_DIFFERS, "The link marks other words than the quote's.")


def _marks(directive: str, text: str, span: Span) -> bool:
    """Whether a text directive, `text=before-,start,end` (WICG), names a quote."""
    name, _, value = directive.partition("=")
    parts = value.split(",")
    before = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    ends = [unquote(part) for part in parts]
    quoted = " ".join(text[slice(*span)].split())
    return (
        name == "text"
        and len(ends) in (1, 2)
        and all(ends)
        and quoted.startswith(ends[0])
        and quoted.endswith(ends[-1])
        and " ".join(text[: span.start][-BEFORE:].split()).endswith(before)
    )

"""Check the quotes of exported answers against the texts that they name, by hash and place."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

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

_OPTIONAL = ("url", "source", "author", "published", "library")  # fields of an article
_NOT_SPACE = re.compile(r"[^\s\ufeff]")

Articles = dict[tuple[ArticleRef, str], Article]
"""The articles in a file, by reference and by the SHA-256 that the file states for their text."""


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


class Texts:
    """The articles of a library, present and past, that quotes are compared with."""

    def __init__(self, history: History, library: str | None = None) -> None:
        """Look in `library`, or else in the one that each quote names, or else in the main one."""
        self._history = history
        self._library = library

    def ref(self, library: str | None, id: str) -> ArticleRef:
        """The article that a quote names by its library, if it names one, and by its id."""
        return ArticleRef(self._library or library or MAIN, id)

    def find(self, ref: ArticleRef, sha256: str) -> Article | None:
        """The article as it was when its text had this hash."""
        return self._history.article_with(ref, sha256)

    def knows(self, ref: ArticleRef) -> bool:
        """Whether there is such an article, whatever its text."""
        return self._history.knows(ref)


class _FileTexts(Texts):
    """The articles that a file brings along; each text is hashed again."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles

    def ref(self, library: str | None, id: str) -> ArticleRef:
        return ArticleRef(library or "", id)

    def find(self, ref: ArticleRef, sha256: str) -> Article | None:
        article = self._articles.get((ref, sha256))
        if article is None or not _is_unicode(article.text):
            return None
        actual = hashlib.sha256(article.text.encode()).hexdigest()
        return article if actual == sha256 else None

    def knows(self, ref: ArticleRef) -> bool:
        return any(ref == known for known, _ in self._articles)


# -- reading files


class _Refused(ValueError):
    """JSON that programs could read in different ways."""


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
        except json.JSONDecodeError as error:
            reason = f" is no JSON ({error.msg.lower()} at character {error.colno})"
            raise QuotewiseError(f"{name} line {error.lineno}{reason}: {WHAT_TO_GIVE}") from error
        except RecursionError as error:
            reason = " is nested more deeply than any answer"
            raise QuotewiseError(f"{name} line {line}{reason}: {WHAT_TO_GIVE}") from error
        except ValueError as error:
            reason = str(error) if isinstance(error, _Refused) else "a number is too long"
            raise QuotewiseError(f"{name} line {line}: {reason}: {WHAT_TO_GIVE}") from error
        yield line, value
        line += text.count("\n", begin.start(), next_end)
        end = next_end


def _fields_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _Refused("an object has the same field twice")
    return fields


def _no_constant(name: str) -> None:
    raise _Refused(f"{name} is no number in JSON")


def _exported(fields: Mapping[str, Any], where: str, number: int) -> Exhibit:
    """An answer that `ask --export` wrote, with its articles."""
    answer, listed = fields["answer"], fields.get("articles")
    if not isinstance(answer, dict) or not isinstance(listed, list):
        raise QuotewiseError(f"{where} needs an `answer` and its `articles`: {WHAT_TO_GIVE}")
    articles = Articles()
    for value in listed:
        library, sha256, article = _article(value, where)
        key = ArticleRef(library, article.id), sha256
        if articles.setdefault(key, article) != article:
            raise QuotewiseError(
                f"{where} has the article {article.id} twice, and not alike: {WHAT_TO_GIVE}"
            )
    return Exhibit(number, answer, articles)


def _article(value: object, where: str) -> tuple[str, str, Article]:
    """An article of a file with its library, empty if not named, and its stated SHA-256."""
    fields = value if isinstance(value, dict) else {}
    pages = fields.get("pages", [])
    if not (
        all(isinstance(fields.get(name), str) for name in ("id", "title", "text", "sha256"))
        and all(isinstance(fields.get(name), str | None) for name in _OPTIONAL)
        and isinstance(pages, list)
        and all(type(page) is int for page in pages)
    ):
        raise QuotewiseError(f"{where} has an article that is none: {WHAT_TO_GIVE}")
    url, source, author, published, library = (fields.get(name) for name in _OPTIONAL)
    day: date | None = None
    if published is not None:
        kind = datetime if "T" in published else date
        try:
            day = kind.fromisoformat(published)
        except ValueError as error:
            raise QuotewiseError(
                f"{where} has an article of {published[:40]!r}, which is no date: {WHAT_TO_GIVE}"
            ) from error
    id, title, text = fields["id"], fields["title"], fields["text"]
    article = Article(id, title, text, url, source, author, day, pages=tuple(pages))
    return library or "", fields["sha256"], article


# -- checking quotes


class _Fails(Exception):
    """A quote does not stand; the arguments are the verdict and the reason."""


def checked(exhibit: Exhibit, texts: Texts | None) -> Iterator[Checked]:
    """Check each quote of an answer.

    An answer with its own articles is compared with those alone, and needs no `texts`; any other
    is compared with `texts`.
    """
    if exhibit.articles is not None:
        texts = _FileTexts(exhibit.articles)
    assert texts, "an answer without articles needs texts to compare it with"
    for place, quote in _quotes(exhibit.answer):
        text = quote.get("text") if isinstance(quote, dict) else None
        shown = text if isinstance(text, str) else ""
        try:
            article = _quoted_article(quote, texts)
        except _Fails as error:
            yield Checked(exhibit.number, place, shown, *error.args)
        else:
            yield Checked(exhibit.number, place, shown, Verdict.STANDS, article=article)


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


def _quoted_article(quote: Any, texts: Texts) -> Article:
    """The article that has a quote as the file says. Raises _Fails if anything differs."""
    if not isinstance(quote, dict) or not isinstance(quote.get("text"), str):
        raise _Fails(Verdict.NO_QUOTE, "There is no text here to compare.")
    source = quote.get("article")
    source = source if isinstance(source, dict) else {}
    article = _find(source, quote.get("sha256"), texts)
    span = _span(quote, article.text, "article")
    actual = article.text[slice(*span)]
    if actual != quote["text"]:
        raise _Fails(Verdict.ALTERED, _difference(quote["text"], actual))
    _check_answer(quote)
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


def _find(source: Mapping[str, Any], sha256: Any, texts: Texts) -> Article:
    id, library = source.get("id"), source.get("library")
    if not (isinstance(id, str) and isinstance(sha256, str) and isinstance(library, str | None)):
        raise _Fails(Verdict.NO_QUOTE, "It does not name its article by library, id and hash.")
    if not _is_unicode(id + (library or "")):
        raise _Fails(Verdict.NOT_HERE, "There is no article with that id.")
    ref = texts.ref(library, id)
    article = texts.find(ref, sha256)
    if article is not None:
        return article
    if texts.knows(ref):
        raise _Fails(
            Verdict.HASH_DIFFERS, f"The article {id} is here, and its text has another hash."
        )
    where = f" in the library {ref.library}" if ref.library else ""
    raise _Fails(Verdict.NOT_HERE, f"There is no article with the id {id}{where}.")


def _span(place: Mapping[str, Any], text: str, name: str) -> Span:
    """The characters of a text that `start` and `end` name."""
    start, end = place.get("start"), place.get("end")
    # JSON's true and 1.0 are no offsets, though Python would take them.
    if type(start) is not int or type(end) is not int:
        raise _Fails(Verdict.OUT_OF_RANGE, "`start` and `end` have to be whole numbers.")
    if not 0 <= start < end <= len(text):
        raise _Fails(Verdict.OUT_OF_RANGE, f"The {name} has the characters 0 to {len(text):,}.")
    return Span(start, end)


def _difference(claimed: str, actual: str) -> str:
    """Where two texts part."""
    pairs = enumerate(zip(claimed, actual, strict=False))
    at = next((at for at, (left, right) in pairs if left != right), min(len(claimed), len(actual)))
    words, instead = (text[max(0, at - 20) :][:SHOWN] for text in (claimed, actual))
    return f"It says “{words}” where the article has “{instead}”."


def _check_answer(quote: Mapping[str, Any]) -> None:
    """Check that the words said to answer, if any, are at their place in the quote."""
    answer = quote.get("answer")
    if answer is None:  # as in every answer of an earlier version
        return
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
        raise _Fails(Verdict.NO_QUOTE, "The words said to answer have no text to compare.")
    actual = quote["text"][slice(*_span(answer, quote["text"], "quote"))]
    if actual != answer["text"]:
        raise _Fails(
            Verdict.ALTERED,
            f"It says that “{answer['text'][:SHOWN]}” answers where the quote has "
            f"“{actual[:SHOWN]}”.",
        )


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
    source = copy if isinstance(copy, dict) else {}
    try:
        other = _find(source, source.get("sha256"), texts)
        _check_source(source, other)
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
    """Whether a text directive names a quote: whole or by its ends, and the words before it.

    See the WICG's URL Fragment Text Directives: `text=before-,start,end`.
    """
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


def _is_unicode(text: str) -> bool:
    """Whether a text holds no lone surrogates, which JSON can write and UTF-8 cannot."""
    return not re.search("[\ud800-\udfff]", text)

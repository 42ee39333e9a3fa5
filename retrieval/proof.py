"""Whether quotes stand: each is compared anew with the text that it names, by hash and by place."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from retrieval import exhibits
from retrieval.exhibits import Enclosed, Exhibit
from retrieval.library import MAIN
from retrieval.records import Article, ArticleRef, Span
from retrieval.storage.history import History
from retrieval.text import matching, segmentation

BEFORE = 2_000  # characters before a quote in which the words stand that its link may name

SHOWN = 60  # characters of what differs


class Verdict(StrEnum):
    """What became of a quote."""

    STANDS = "stands"
    ALTERED = "altered"
    HASH_DIFFERS = "hash differs"
    NOT_HERE = "article not here"
    OUT_OF_RANGE = "offsets out of range"
    SOURCE_DIFFERS = "source differs"
    NO_QUOTE = "no quote"


@dataclass(frozen=True, slots=True)
class Checked:
    """A quote of a file and what became of it; `reason` is a sentence unless it stands.

    `answer` counts the file's answers from 1 and `place` names the quote in it. `article` is the
    one in which it was looked up, None where there was none.
    """

    answer: int
    place: str
    text: str
    verdict: Verdict
    reason: str = ""
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """Where articles are looked up: by library, id and hash, or by library and id.

    `library_of` gives the library in which to look for a quote that names one, or None.
    """

    with_hash: Callable[[ArticleRef, str], Article | None]
    knows: Callable[[ArticleRef], bool]
    library_of: Callable[[str | None], str]
    paragraphs: dict[str, list[Span]] = field(default_factory=dict)
    """Those of texts that were looked at, by their hash."""

    @classmethod
    def of_library(cls, history: History, library: str | None = None) -> Texts:
        """The articles of a library as they are, and as they were.

        Without a library, those of the library that each quote names, or else of the first.
        """
        return cls(history.article_with, history.knows, lambda named: library or named or MAIN)

    @classmethod
    def enclosed(cls, articles: Sequence[Enclosed]) -> Texts:
        """The articles that a file brings along; the hash of each is taken anew."""
        by_hash = {
            (enclosed.ref, enclosed.stated): enclosed.article
            for enclosed in articles
            if _sha256(enclosed.article.text) == enclosed.stated
        }
        refs = {enclosed.ref for enclosed in articles}
        return cls(
            lambda ref, sha256: by_hash.get((ref, sha256)),
            refs.__contains__,
            lambda named: named or "",
        )

    def number(self, article: Article, sha256: str, at: int) -> int:
        """The number of the paragraph that holds a character, from 1."""
        if sha256 not in self.paragraphs:
            self.paragraphs[sha256] = segmentation.paragraphs(article.text)
        return bisect_right([span.start for span in self.paragraphs[sha256]], at)


class _Fails(Exception):
    """A quote does not stand."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def checked(exhibit: Exhibit, stored: Callable[[], Texts]) -> Iterator[Checked]:
    """What became of each quote of an answer, one by one.

    An answer that brings its articles along is compared with those and nothing else; another
    with what is kept.
    """
    texts = stored() if exhibit.articles is None else Texts.enclosed(exhibit.articles)
    for place, quote in exhibits.quotes(exhibit.answer):
        text = quote.get("text") if isinstance(quote, dict) else None
        shown = text if isinstance(text, str) else ""
        try:
            article = _quoted_article(quote, texts)
        except _Fails as error:
            yield Checked(exhibit.number, place, shown, error.verdict, error.reason)
        else:
            yield Checked(exhibit.number, place, shown, Verdict.STANDS, article=article)


def _quoted_article(quote: Any, texts: Texts) -> Article:
    """The article in which a quote stands with all that is told of it, or else _Fails."""
    if not isinstance(quote, dict) or not isinstance(quote.get("text"), str):
        raise _Fails(Verdict.NO_QUOTE, "There is no text here to compare.")
    source = quote.get("article")
    source = source if isinstance(source, dict) else {}
    article, sha256 = _looked_up(source, quote.get("sha256"), texts)
    span = _span(quote, article.text, "article")
    actual = article.text[slice(*span)]
    if actual != quote["text"]:
        raise _Fails(Verdict.ALTERED, _difference(quote["text"], actual))
    _same_answer(quote)
    _same_source(source, article)
    _same_place(quote, article, texts.number(article, sha256, span.start))
    if wrong := _link_fault(quote.get("link"), article, span):
        raise _Fails(Verdict.SOURCE_DIFFERS, wrong)
    others = quote.get("also_in", [])
    if not isinstance(others, list):
        raise _Fails(Verdict.SOURCE_DIFFERS, "“Also in” is no list of articles.")
    for other in others:
        _has_it_too(other, article, span, texts)
    return article


def _looked_up(source: Mapping[str, Any], sha256: Any, texts: Texts) -> tuple[Article, str]:
    id, named = source.get("id"), source.get("library")
    if not isinstance(id, str) or not isinstance(sha256, str) or not isinstance(named, str | None):
        raise _Fails(Verdict.NO_QUOTE, "It does not name its article by library, id and hash.")
    if not _is_text(id + (named or "")):
        raise _Fails(Verdict.NOT_HERE, "There is no article with that id.")
    ref = ArticleRef(texts.library_of(named), id)
    article = texts.with_hash(ref, sha256)
    if article is not None:
        return article, sha256
    if texts.knows(ref):
        raise _Fails(
            Verdict.HASH_DIFFERS, f"The article {id} is here, and its text has another hash."
        )
    where = f" in the library {ref.library}" if ref.library else ""
    raise _Fails(Verdict.NOT_HERE, f"There is no article with the id {id}{where}.")


def _span(place: Mapping[str, Any], text: str, name: str) -> Span:
    """The characters of a text that a place names, or else _Fails."""
    start, end = place.get("start"), place.get("end")
    # JSON's true and 1.0 are no places, though Python would take them.
    if type(start) is not int or type(end) is not int:
        raise _Fails(Verdict.OUT_OF_RANGE, "`start` and `end` have to be whole numbers.")
    if not 0 <= start < end <= len(text):
        raise _Fails(Verdict.OUT_OF_RANGE, f"The {name} has the characters 0 to {len(text):,}.")
    return Span(start, end)


def _same_answer(quote: Mapping[str, Any]) -> None:
    """Check that the words said to answer stand at their place in the quote, if any are."""
    answer = quote.get("answer")
    if answer is None:  # as in every answer of an earlier version
        return
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
        raise _Fails(Verdict.NO_QUOTE, "The words said to answer have no text to compare.")
    start, end = _span(answer, quote["text"], "quote")
    actual = quote["text"][start:end]
    if actual != answer["text"]:
        raise _Fails(
            Verdict.ALTERED,
            f"It says that “{answer['text'][:SHOWN]}” answers where the quote has "
            f"“{actual[:SHOWN]}”.",
        )


def _difference(claimed: str, actual: str) -> str:
    """Where two texts part."""
    pairs = enumerate(zip(claimed, actual, strict=False))
    at = next((at for at, (left, right) in pairs if left != right), min(len(claimed), len(actual)))
    words, instead = (text[max(0, at - 20) :][:SHOWN] for text in (claimed, actual))
    return f"It says “{words}” where the article has “{instead}”."


_NAMES = {
    "title": "title",
    "source": "publisher",
    "author": "author",
    "published": "date",
    "url": "link",
}


def _same_source(source: Mapping[str, Any], article: Article) -> None:
    for name, called in _NAMES.items():
        value = getattr(article, name)
        true = value.isoformat() if name == "published" and value else value
        if name not in source or source[name] != true:
            stated = source.get(name)
            raise _Fails(
                Verdict.SOURCE_DIFFERS,
                f"The {called} is said to be {_named(stated)}, and the article has {_named(true)}.",
            )


def _named(value: object) -> str:
    return "none" if value is None else f"“{str(value)[: 2 * SHOWN]}”"


def _same_place(quote: Mapping[str, Any], article: Article, paragraph: int) -> None:
    page = bisect_right(article.pages, quote["start"]) or None
    for name, true in (("paragraph", paragraph), ("page", page)):
        if name in quote and quote[name] != true:
            raise _Fails(
                Verdict.SOURCE_DIFFERS,
                f"It is said to stand in {name} {quote[name]}, and stands in {true or 'none'}.",
            )


def _has_it_too(other: Any, article: Article, span: Span, texts: Texts) -> None:
    other = other if isinstance(other, dict) else {}
    try:
        copy, _ = _looked_up(other, other.get("sha256"), texts)
        _same_source(other, copy)
    except _Fails as error:
        raise _Fails(error.verdict, f"Also in: {error.reason}") from error
    if matching.place(article.text, span, copy.text) is None:
        raise _Fails(
            Verdict.ALTERED, f"It is said to stand in “{copy.title}” as well, and does not."
        )


def _sha256(text: str) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest() if _is_text(text) else None


def _is_text(text: str) -> bool:
    """Whether a text holds no halves of characters, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _link_fault(link: object, article: Article, span: Span) -> str | None:
    """What is wrong with the link to what is told in an article, a sentence; None if nothing is."""
    if link is None:
        return None
    page, _, directive = link.partition(":~:") if isinstance(link, str) else ("", "", "")
    own = (article.url or "").partition(":~:")[0]
    if not own or page.rstrip("#") != own.rstrip("#"):
        return "The link leads to another page than the article's."
    if directive and not _marks(directive, article.text, span):
        return "The link marks other words than the quote's."
    return None


def _marks(directive: str, text: str, span: Span) -> bool:
    """Whether a text directive names what is told: whole or by its ends, and what stands before.

    See the WICG's URL Fragment Text Directives: `text=before-,start,end`.
    """
    name, _, value = directive.partition("=")
    parts = value.split(",")
    before = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    ends = [unquote(part) for part in parts]
    said = " ".join(text[slice(*span)].split())
    return (
        name == "text"
        and len(ends) in (1, 2)
        and all(ends)
        and said.startswith(ends[0])
        and said.endswith(ends[-1])
        and " ".join(text[: span.start][-BEFORE:].split()).endswith(before)
    )

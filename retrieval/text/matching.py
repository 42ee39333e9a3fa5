"""Matching: where the sentences of one text are in another, word for word.

White space and the style of quotation marks may differ, as they do in another edition of a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.records import Article, Quote, Span
from retrieval.text import segmentation

_DOUBLE = '"“”„‟«»″'
_SINGLE = "'‘’‚‛`´′"
_MARK = re.compile(f"[{_DOUBLE}]|``|''|[{_SINGLE}]")
_ANY_DOUBLE = f"(?:[{_DOUBLE}]|``|'')"
_ANY_SINGLE = f"[{_SINGLE}]"
_DATELINE = re.compile(r"\s(?:—|–|--?)\s+\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """The place of sentences in a text; paragraphs count from 1."""

    paragraph: int
    span: Span


def place(text: str, span: Span, other: str) -> Place | None:
    """Where the words at a span of one text are in another; None if they are not there.

    They must begin and end with a sentence there: "It was not true that the dam broke." does not
    say that the dam broke. Only the place and the agency before a report may be missing.
    """
    whole = _whole_sentences(text, span)
    spans = segmentation.paragraphs(other)
    for match in _pattern(text[slice(*whole)]).finditer(other):
        number, paragraph = _paragraph(spans, match.start())
        sentences = segmentation.sentences(other, paragraph)
        begins = any(match.start() == sentence.start for sentence in sentences) or (
            number == 1 and _DATELINE.search(other, paragraph.start, match.start())
        )
        if begins and any(match.end() == sentence.end for sentence in sentences):
            inside = _pattern(text[slice(*span)]).search(other, *match.span())
            return Place(number, Span(*inside.span())) if inside else None
    return None


def quoted(article: Article, span: Span, library: str = "") -> Quote:
    """The quote at a span of an article, without a score."""
    number, _ = _paragraph(segmentation.paragraphs(article.text), span.start)
    return Quote(article.text[slice(*span)], article, number, *span, score=0.0, library=library)


def _whole_sentences(text: str, span: Span) -> Span:
    """The sentences that hold a span: a very long sentence is quoted in part."""
    _, paragraph = _paragraph(segmentation.paragraphs(text), span.start)
    inside = [
        sentence
        for sentence in segmentation.sentences(text, paragraph)
        if sentence.start < span.end and span.start < sentence.end
    ]
    return Span(inside[0].start, inside[-1].end) if inside else span


def _paragraph(spans: list[Span], at: int) -> tuple[int, Span]:
    """The number and span of the paragraph that holds a character."""
    return max((number, span) for number, span in enumerate(spans, 1) if span.start <= at)


def _pattern(words: str) -> re.Pattern[str]:
    """The words with any white space between them and any style of quotation marks."""
    return re.compile(r"\s+".join(map(_with_any_marks, words.split())))


def _with_any_marks(word: str) -> str:
    pattern, done = "", 0
    for mark in _MARK.finditer(word):
        pattern += re.escape(word[done : mark.start()])
        pattern += _ANY_SINGLE if mark[0] in _SINGLE else _ANY_DOUBLE
        done = mark.end()
    return pattern + re.escape(word[done:])

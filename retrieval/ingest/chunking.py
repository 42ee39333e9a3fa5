"""An article becomes passages: runs of whole sentences that the model reads in one pass each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from retrieval.models import Encoder
from retrieval.records import Article, Passage, Span
from retrieval.storage import NewArticle
from retrieval.text import segmentation

SPECIAL_TOKENS = 2  # what a model adds before and after a text
LONGEST_TITLE = 40  # tokens; a longer title would push the passage out of the model's sight
TYPICAL_WINDOW = 220
"""The most tokens of a passage with its title, even where the model could read more: one vector
for a longer text finds less."""


def embedded(new: Sequence[NewArticle], encoder: Encoder) -> list[NewArticle]:
    """Articles with their passages, none longer than the model can read, and read by it."""
    cut = [_cut(item.article, encoder) for item in new]
    vectors = iter(encoder.encode_documents([text for drafts in cut for _, text in drafts]))
    return [
        replace(item, passages=[replace(passage, vector=next(vectors)) for passage, _ in drafts])
        for item, drafts in zip(new, cut, strict=True)
    ]


def _cut(article: Article, encoder: Encoder) -> list[tuple[Passage, str]]:
    """The passages of an article, still without vectors, and what the model is to read of each."""
    title = _title_as_context(article.title, encoder)
    room = min(encoder.max_tokens, TYPICAL_WINDOW) - SPECIAL_TOKENS
    room -= sum(encoder.count_tokens([title, encoder.document_prompt]))
    paragraphs = segmentation.paragraphs(article.text)
    sizes = encoder.count_tokens([article.text[start:end] for start, end in paragraphs])
    drafts = []
    for number, (paragraph, size) in enumerate(zip(paragraphs, sizes, strict=True), start=1):
        for run in _runs(article.text, paragraph, size, room, encoder):
            start, end = run[0].start, run[-1].end
            passage = Passage(number, start, end, run, np.empty(0, np.float32))
            drafts.append((passage, title + article.text[start:end]))
    return drafts


def _title_as_context(title: str, encoder: Encoder) -> str:
    """The title as it stands before a passage: it says what "he" and "the deal" are about."""
    words = title.replace("_", " ").split()
    longest = min(LONGEST_TITLE, encoder.max_tokens // 3)
    while words and encoder.count_tokens([" ".join(words)])[0] > longest:
        words = words[: len(words) // 2]
    return " ".join(words) + ". " if words else ""


def _runs(
    text: str, paragraph: Span, size: int, room: int, encoder: Encoder
) -> Iterator[tuple[Span, ...]]:
    """A paragraph's sentences in groups of at most `room` tokens; the paragraph has `size`."""
    sentences = segmentation.sentences(text, paragraph)
    if size <= room:
        yield tuple(sentences)
        return
    run: list[Span] = []
    taken = 0
    for sentence, sentence_size in _readable(text, sentences, room, encoder):
        if run and taken + sentence_size > room:
            yield tuple(run)
            run, taken = [], 0
        run.append(sentence)
        taken += sentence_size
    if run:
        yield tuple(run)


def _readable(
    text: str, sentences: Sequence[Span], room: int, encoder: Encoder
) -> Iterator[tuple[Span, int]]:
    """Sentences with their sizes; what runs on without an end is cut where the model would stop."""
    sizes = encoder.count_tokens([text[start:end] for start, end in sentences])
    waiting = list(zip(sentences, sizes, strict=True))[::-1]
    while waiting:
        span, size = waiting.pop()
        if size <= room:
            yield span, size
            continue
        # Tokens are of like length, so this leaves some room; the rest is looked at again.
        reach = span.start + max(1, (span.end - span.start) * room * 4 // (size * 5))
        cut = max(
            text.rfind(" ", span.start + 1, reach),
            *(text.rfind(mark, span.start, reach - 1) + 1 for mark in "，、；："),
        )
        cut = cut if cut > span.start else reach
        after = cut + len(text[cut : span.end]) - len(text[cut : span.end].lstrip())
        parts = [Span(after, span.end), Span(span.start, cut)]
        counted = encoder.count_tokens([text[start:end] for start, end in parts])
        waiting += zip(parts, counted, strict=True)

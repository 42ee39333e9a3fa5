"""An article becomes passages: runs of whole sentences that the model reads in one pass each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from retrieval.models import Encoder
from retrieval.records import Article, Floats, Passage, Span
from retrieval.storage import NewArticle
from retrieval.text import segmentation

SPECIAL_TOKENS = 2  # what a model adds before and after a text
LONGEST_TITLE = 40  # tokens; a longer title would push the passage out of the model's sight
TYPICAL_WINDOW = 220
"""The most tokens of a passage with its title, even where the model could read more: one vector
for a longer text finds less."""


class _Draft(NamedTuple):
    """A passage before the model has read it, and what the model is to read."""

    paragraph: int
    sentences: tuple[Span, ...]
    text: str


def embedded(new: Sequence[NewArticle], encoder: Encoder) -> list[NewArticle]:
    """Articles with their passages, none longer than the model can read, and read by it."""
    cut = [_cut(item.article, encoder) for item in new]
    texts = [draft.text for drafts in cut for draft in drafts]
    vectors = iter(encoder.encode_documents(texts))
    return [
        replace(item, passages=[_passage(draft, next(vectors)) for draft in drafts])
        for item, drafts in zip(new, cut, strict=True)
    ]


def _cut(article: Article, encoder: Encoder) -> list[_Draft]:
    title = _title_as_context(article.title, encoder)
    room = min(encoder.max_tokens, TYPICAL_WINDOW) - SPECIAL_TOKENS
    room -= sum(encoder.count_tokens([title, encoder.document_prompt]))
    paragraphs = segmentation.paragraphs(article.text)
    sizes = encoder.count_tokens([article.text[start:end] for start, end in paragraphs])
    drafts = []
    for number, (paragraph, size) in enumerate(zip(paragraphs, sizes, strict=True), start=1):
        for run in _runs(article.text, paragraph, size, room, encoder):
            text = title + article.text[run[0].start : run[-1].end]
            drafts.append(_Draft(number, run, text))
    return drafts


def _passage(draft: _Draft, vector: Floats) -> Passage:
    start, end = draft.sentences[0].start, draft.sentences[-1].end
    return Passage(draft.paragraph, start, end, draft.sentences, vector)


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

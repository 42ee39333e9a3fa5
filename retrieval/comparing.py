"""The sentences that were found for a question, ready to be compared with each other."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval import agreement
from retrieval.catalog import Catalog
from retrieval.quoting import Scored
from retrieval.records import Answer, Quote
from retrieval.tellings import Telling
from retrieval.vectors import TokenCodec

COMPARED = 40
"""Sentences that are looked at for others that tell the same: the best ones for the question."""


def with_others(
    catalog: Catalog, codec: TokenCodec, answer: Answer, scored: Sequence[Scored], limit: int
) -> Answer:
    """An answer with who else says so and who differs; as it is where it does not answer."""
    if not answer.quotes:
        return answer
    return agreement.compared(answer, tellings(catalog, codec, scored), limit)


def tellings(catalog: Catalog, codec: TokenCodec, scored: Sequence[Scored]) -> list[Telling]:
    """The best sentences as they are compared, each with its story and its token vectors."""
    best = scored[:COMPARED]
    stories = catalog.stories([one.ranked.kept.id for one in best])
    decoded = {
        kept.id: codec.decode(kept.passage.token_codes)
        for kept in {one.ranked.kept.id: one.ranked.kept for one in best}.values()
    }
    return [
        Telling(
            _quote(one),
            stories.get(one.ranked.kept.id),
            decoded[one.ranked.kept.id][one.sentence.first_token : one.sentence.last_token],
        )
        for one in best
    ]


def _quote(one: Scored) -> Quote:
    kept, sentence = one.ranked.kept, one.sentence
    text = kept.article.text[sentence.start : sentence.end]
    return Quote(
        text, kept.article, kept.passage.paragraph, sentence.start, sentence.end, one.score
    )

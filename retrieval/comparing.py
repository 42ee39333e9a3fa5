"""An answer beside what else was found for its question: who says so too, and what came when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from retrieval import agreement, answering, scoring, timeline
from retrieval.catalog import Catalog
from retrieval.encoder import Encoding
from retrieval.indexed import Hit
from retrieval.records import Answer, Quote
from retrieval.runs import likelihoods
from retrieval.scoring import Scored
from retrieval.tellings import Telling
from retrieval.vectors import TokenCodec

COMPARED = 40
"""Sentences that are looked at for others that tell the same: the best ones for the question."""


def with_others(catalog: Catalog, answer: Answer, scored: Sequence[Scored], limit: int) -> Answer:
    """An answer with who else says so and who differs; as it is where it does not answer."""
    if not answer.quotes:
        return answer
    return agreement.compared(answer, tellings(catalog, scored), limit)


def with_timeline(
    catalog: Catalog,
    codec: TokenCodec,
    answer: Answer,
    query: Encoding,
    hits: Sequence[Hit],
    *,
    within: Collection[int] | None,
) -> Answer:
    """An answer with the quotes of all stories in order, if it is asked what happened."""
    question = answer.question
    if not answer.quotes or not timeline.asks(question):
        return answer
    stories = catalog.stories([hit.passage_id for hit in hits])
    wide = timeline.widened(hits, stories)
    ranked = answering.ranked_passages(catalog, codec, question, query, wide)
    scored = scoring.sharpened(scoring.scored_sentences(question, ranked))
    events = timeline.events(question, scored, stories)
    quotes = answering.quotes(catalog, question, events, timeline.MOST, within)
    return replace(answer, timeline=timeline.in_order(quotes))


def tellings(catalog: Catalog, scored: Sequence[Scored]) -> list[Telling]:
    """The best sentences as they are compared, each with its story and its token vectors."""
    best = scored[:COMPARED]
    stories = catalog.stories([one.ranked.kept.id for one in best])
    return [
        Telling(
            _quote(one, likelihood),
            stories.get(one.ranked.kept.id),
            one.ranked.tokens[one.sentence.first_token : one.sentence.last_token],
        )
        for one, likelihood in zip(best, likelihoods(scored), strict=False)
    ]


def _quote(one: Scored, likelihood: float) -> Quote:
    kept, sentence = one.ranked.kept, one.sentence
    text = kept.article.text[sentence.start : sentence.end]
    return Quote(
        text,
        kept.article,
        kept.passage.paragraph,
        sentence.start,
        sentence.end,
        likelihood,
        library=kept.library,
    )

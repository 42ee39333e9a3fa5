"""Answers and articles as terminal text, as JSON and as Telegram messages; all of it is pure.

This is the only room that escapes. `bot.rendering.telegram` is imported by its own name.
"""

from bot.rendering.characters import plain
from bot.rendering.evaluations import (
    figures_table,
    kinds_table,
    risks_table,
)
from bot.rendering.fields import answer_fields, article_fields, export_fields, quote_fields
from bot.rendering.sources import (
    NO_FEEDS,
    can_be_lifted,
    change_line,
    changed_line,
    counted,
    day,
    feed_fields,
    feed_line,
    feed_name,
    filters_text,
    left_out_line,
    passage_link,
    proof_fields,
    proof_line,
    proof_total,
    shown_quotes,
    source_line,
    total_line,
)
from bot.rendering.terminal import (
    NO_ARTICLES,
    answer_text,
    article_line,
    article_text,
    context_text,
    more_text,
    outcome_line,
    quote_text,
)

__all__ = [
    "NO_ARTICLES",
    "NO_FEEDS",
    "answer_fields",
    "answer_text",
    "article_fields",
    "article_line",
    "article_text",
    "can_be_lifted",
    "change_line",
    "changed_line",
    "context_text",
    "counted",
    "day",
    "export_fields",
    "feed_fields",
    "feed_line",
    "feed_name",
    "figures_table",
    "filters_text",
    "kinds_table",
    "left_out_line",
    "more_text",
    "outcome_line",
    "passage_link",
    "plain",
    "proof_fields",
    "proof_line",
    "proof_total",
    "quote_fields",
    "quote_text",
    "risks_table",
    "shown_quotes",
    "source_line",
    "total_line",
]

"""A question that is quoted brings the reply to it, as an interview has it; pure."""

from __future__ import annotations

import re

from retrieval.records import Span
from retrieval.scoring import QUESTION_END
from retrieval.scripts import words_counted
from retrieval.segments import paragraphs, sentences

LONGEST_REPLY = 50
"""Words of whole sentences that are taken of a reply."""

SENTENCE_END = re.compile(r"[.!…。！।։۔][\"”’»）)」』\]]*\Z")
"""What ends a reply, and neither a heading nor "Best,"."""

LOOKED_AT = 1_000  # characters after a question; so many words have fewer


def with_reply(text: str, span: Span) -> Span:
    """A part of an article that ends with a question, up to the first sentences after that.

    They may stand in the next paragraph. As it is, if no question ends it, or if another question,
    a line that is no sentence, or nothing follows.
    """
    if not QUESTION_END.search(text[span.start : span.end]):
        return span
    rest = text[span.end : span.end + LOOKED_AT]
    end, words = span.end, 0
    for paragraph in paragraphs(rest)[:1]:
        for one in sentences(rest, paragraph):
            told = rest[one.start : one.end]
            words += words_counted(told)
            if words > LONGEST_REPLY or not SENTENCE_END.search(told):
                break
            end = span.end + one.end
    return Span(span.start, end)

"""A question that leaves something out is understood with the one it builds on; pure."""

from __future__ import annotations

import re

from retrieval.words import WORD, content_terms

OPENS_SO = re.compile(r"(?:and|but|so|then|also|what about|how about)\b", re.IGNORECASE)
PRONOUNS = frozenset("he she it they him her them his hers its their this these those".split())
LEAST_CONTENT = 2
"""A question with fewer words that carry meaning says too little to be asked by itself."""


def builds_on(question: str) -> bool:
    """Whether a question needs the one before it: "And what did it cost?", "Why?".

    A pronoun points back only where nothing in the question comes before it to point to: "When
    did he land?" does, "Who saved the school when it was to close?" does not.
    """
    if OPENS_SO.match(question) or len(content_terms(question)) < LEAST_CONTENT:
        return True
    for word in WORD.findall(question):
        if word.lower() in PRONOUNS:
            return True
        if content_terms(word):
            return False
    return False

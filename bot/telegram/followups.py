"""A question that leaves something out is understood with the one it builds on; pure."""

from __future__ import annotations

import re

from retrieval.words import WORD, content_terms

OPENS_SO = re.compile(r"(?:and|but|so|then|also|what about|how about)\b", re.IGNORECASE)
PRONOUNS = frozenset("he she it they him her them his hers its their this these those".split())
SHORT = 3
"""Words of a question that says too little to be asked by itself: "Who paid?"."""
NAME = re.compile(r"(?<!^)\b[A-Z]\w+")


def builds_on(question: str) -> bool:
    """Whether a question needs the one before it: "And what did it cost?", "Why?".

    A pronoun points back only where nothing in the question comes before it to point to: "When
    did he land?" does, "Who saved the school when it was to close?" does not.
    """
    words = WORD.findall(question)
    if OPENS_SO.match(question) or (words and not content_terms(question)):
        return True
    if question.endswith("?") and len(words) <= SHORT and not NAME.search(question):
        return len(content_terms(question)) == 1
    for word in words:
        if word.lower() in PRONOUNS:
            return True
        if content_terms(word):
            return False
    return False

"""The questions of a set as they stand in its files, and when two answers are the same."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import QuotewiseError
from retrieval.scripts import folded, without_spaces_around_unspaced

PUNCTUATION_AWAY = str.maketrans(
    "", "", string.punctuation + "“”‘’–—…«»" + "。，、；：？！（）「」『』《》〈〉【】·・～،؛؟۔¿¡„।"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, strings any of which a right quote holds, and the articles that answer.

    A question that nothing answers may have `article_ids`, too: those that come close.
    """

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool
    id: str = ""


def questions_of(path: Path) -> list[Question]:
    """The questions of a file. Raises QuotewiseError if it cannot be read."""
    return [
        Question(
            line["question"],
            tuple(line["answers"]),
            frozenset(line["article_ids"]),
            line["answerable"],
            str(line.get("id", "")),
        )
        for line in lines_of(path)
    ]


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file that has one a line. Raises QuotewiseError if it cannot be read."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise QuotewiseError(
            f"{path} cannot be read ({error}): give a folder with articles.jsonl and "
            "questions.jsonl, an object a line."
        ) from error


def normalised(text: str) -> str:
    """A text as answers are compared: lower-case, without punctuation and the words a, an, the.

    Nor does a space count beside a character of a script that needs none: 136 次 is 136次.
    """
    plain = folded(text).lower().translate(PUNCTUATION_AWAY)
    told = " ".join(word for word in plain.split() if word not in ("a", "an", "the"))
    return without_spaces_around_unspaced(told)

"""The questions of a set as they stand in its files, and when two answers are the same."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import QuotewiseError
from retrieval.text.languages import folded, without_spaces_around_unspaced

PUNCTUATION_AWAY = str.maketrans(
    "", "", string.punctuation + "“”‘’–—…«»" + "。，、；：？！（）「」『』《》〈〉【】·・～،؛؟۔¿¡„।"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, strings any of which a right quote holds, and the articles that answer.

    A question that nothing answers may have `article_ids`, too: those that come close. `half` is
    "fit" for questions that may be trained and tuned on, "report" for those that are only measured,
    and None where the set is not halved.
    """

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool
    id: str = ""
    half: str | None = None

    def is_answered_by(self, text: str) -> bool:
        """Whether a text holds one of the answers."""
        wanted = [answer for answer in map(normalised, self.answers) if answer]
        plain = normalised(text)
        return any(answer in plain for answer in wanted)


def questions_of(path: Path, half: str | None = None) -> list[Question]:
    """The questions of a file, or of one half of it.

    Raises QuotewiseError if it cannot be read, or has no question of that half.
    """
    questions = [
        Question(
            line["question"],
            tuple(line["answers"]),
            frozenset(line["article_ids"]),
            line["answerable"],
            str(line.get("id", "")),
            line.get("half"),
        )
        for line in lines_of(path)
    ]
    if half is None:
        return questions
    chosen = [question for question in questions if question.half == half]
    if not chosen:
        raise QuotewiseError(
            f"{path} has no question with the half {half!r}: leave --half out to ask all of them."
        )
    return chosen


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
    words = " ".join(word for word in plain.split() if word not in ("a", "an", "the"))
    return without_spaces_around_unspaced(words)

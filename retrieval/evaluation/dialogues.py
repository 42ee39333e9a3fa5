"""Sets of conversations: how well questions are answered that build on those before them.

There are two kinds of sets, each a `turns.jsonl`. In CANARD (Elgohary et al., 2019) a line has
`id`, `history`, the `question` as it was asked and its `standalone` form, written by a person; the
articles are made of its answers. In the other kind a line has `conversation`, `turn`, `question`,
`answers` (a right quote holds one of them; none if nothing answers) and `article_id`, and the
articles are in an `articles.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.evaluation.questions import (
    Question,
    QuestionResult,
    Reading,
    TemporaryLibrary,
    lines_of,
    share,
)
from retrieval.records import AnswerStatus, Turn
from retrieval.search import followups

UNANSWERED = "I don't know."  # what CANARD says where the passage has no answer


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The questions of a conversation; `topic` is what the person knows at first, if anything."""

    questions: tuple[Question, ...]
    topic: str = ""

    @property
    def opening(self) -> list[Turn]:
        """The turns before the first question."""
        return [Turn("", subject=self.topic)] if self.topic else []


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The answers to a question by itself, in its conversation, and as a person rewrote it."""

    dialogue: Dialogue
    alone: QuestionResult
    followed: QuestionResult
    rewritten: QuestionResult | None

    @property
    def is_shown(self) -> bool:
        """Whether the answer in the conversation is shown as an answer or a probable one."""
        return self.followed.answer.status is not AnswerStatus.NONE


@dataclass(frozen=True, slots=True)
class DialogueFigures:
    """How well the questions of conversations were answered; shares lie between 0 and 1.

    The first ones are over the `questions` with an answer: `article_at_1` is the share whose first
    quote is of the right article, `answer_at_1` and `_at_3` of those whose answer is in the first
    quote or the first three, each also without the turns before, `unaided`, and as a person
    `rewritten`, where the set has that. `shown_right` is the share whose first quote holds the
    answer and is shown as an answer or a probable one, and `understood` the share that was asked
    with the subject of an earlier question. Of the `unanswerable` questions, `false_answers` were
    answered, and `false_probable` at least probably. `new_topic_unchanged` is the share of
    rewritten questions that, asked in another conversation, get the first quote they get alone.
    """

    articles: int
    dialogues: int
    questions: int
    article_at_1_unaided: float | None
    article_at_1: float | None
    article_at_1_rewritten: float | None
    answer_at_1_unaided: float | None
    answer_at_1: float | None
    answer_at_1_rewritten: float | None
    answer_at_3: float | None
    shown_right: float | None
    understood: float | None
    unanswerable: int
    false_answers: float | None
    false_probable: float | None
    new_topic_unchanged: float | None
    p50_ms: float


class Dialogues(TemporaryLibrary):
    """The conversations of a set, and a temporary library for their articles."""

    def __init__(
        self,
        folder: Path,
        *,
        model: str,
        copies: Path,
        reader: str | None = None,
        articles: Path | None = None,
    ) -> None:
        """Load the set; `articles` is the folder with its articles, if they are not in the set's.

        Raises QuotewiseError if the folder does not hold a set.
        """
        self.dialogues, made_articles = _read(folder / "turns.jsonl")
        path = (articles or folder) / "articles.jsonl"
        if not made_articles and not path.is_file():
            raise QuotewiseError(
                f"{path} cannot be read: name the folder that holds the articles of these "
                "conversations with --articles."
            )
        super().__init__(path, model=model, copies=copies, reader=reader)
        if made_articles:
            self._articles = Path(self._home.name, "articles.jsonl")
            self._articles.write_text(made_articles, "utf-8")

    def ask(self) -> Iterator[list[TurnResult]]:
        """Ask the questions of each conversation, following up on the library's own answers."""
        for dialogue in self.dialogues:
            earlier, results = dialogue.opening, []
            for question in dialogue.questions:
                followed = self._answered(question, question.question, earlier)
                earlier.append(followups.turn(followed.answer))
                alone = self._answered(question, question.question)
                standalone = question.standalone
                rewritten = self._answered(question, standalone) if standalone else None
                results.append(TurnResult(dialogue, alone, followed, rewritten))
            yield results

    def change_topic(self) -> Iterator[bool]:
        """Ask a rewritten question of each conversation in the next: is it answered as if alone?"""
        for dialogue, other in zip(self.dialogues, self.dialogues[1:], strict=False):
            last, first = dialogue.questions[-1], other.questions[0]
            if last.standalone:
                turn = followups.turn(self.library.answer(first.standalone or first.question))
                alone = self._answered(last, last.standalone)
                after_other = self._answered(last, last.standalone, [*other.opening, turn])
                yield alone.quotes[:1] == after_other.quotes[:1]

    def _answered(
        self, question: Question, text: str, earlier: Sequence[Turn] = ()
    ) -> QuestionResult:
        return QuestionResult(question, self.library.answer(text, earlier=earlier))


def dialogue_figures(
    reading: Reading, results: Sequence[TurnResult], topic_changes: Sequence[bool]
) -> DialogueFigures:
    """Sum up the answers to a set. Raises QuotewiseError if no question of it has an answer."""
    answerable = [result for result in results if result.followed.question.answerable]
    others = [result for result in results if not result.followed.question.answerable]
    if not answerable:
        raise QuotewiseError("The set has no question with an answer: there is nothing to measure.")
    forms = {
        "_unaided": [result.alone for result in answerable],
        "": [result.followed for result in answerable],
        "_rewritten": [result.rewritten for result in answerable if result.rewritten],
    }
    shares: dict[str, float | None] = {}
    for form, answers in forms.items():
        shares[f"article_at_1{form}"] = share([answer.names_article_in(1) for answer in answers])
        shares[f"answer_at_1{form}"] = share([answer.is_right for answer in answers])
    return DialogueFigures(
        articles=reading.articles,
        dialogues=len({result.dialogue for result in results}),
        questions=len(answerable),
        answer_at_3=share([result.followed.is_answered_in(3) for result in answerable]),
        shown_right=share([result.is_shown and result.followed.is_right for result in answerable]),
        understood=share([r.followed.answer.understood is not None for r in answerable]),
        unanswerable=len(others),
        false_answers=share([result.followed.answer.answered for result in others]),
        false_probable=share([result.is_shown for result in others]),
        new_topic_unchanged=share(topic_changes),
        p50_ms=float(np.median([result.followed.answer.took_ms for result in results])),
        **shares,
    )


def _read(path: Path) -> tuple[list[Dialogue], str]:
    """The conversations of a file; those of CANARD with their articles as JSON lines."""
    by_conversation: dict[str, list[dict[str, Any]]] = {}
    try:
        for line in lines_of(path):
            number = line["id"].partition("#")[0] if "history" in line else line["conversation"]
            by_conversation.setdefault(str(number), []).append(line)
        if all("history" in turns[0] for turns in by_conversation.values()):
            dialogues = [made for turns in by_conversation.values() if (made := _canard(turns))]
            return dialogues, _articles_of(dialogues)
        return [_conversation(turns) for turns in by_conversation.values()], ""
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise QuotewiseError(
            f"{path} cannot be read ({error!r}): give a folder with a turns.jsonl, an object a "
            "line with `id`, `history`, `question` and `standalone`, or else with `conversation`, "
            "`turn`, `question`, `answers` and `article_id`."
        ) from error


def _conversation(turns: Sequence[dict[str, Any]]) -> Dialogue:
    turns = sorted(turns, key=lambda turn: turn["turn"])
    return Dialogue(
        tuple(_question(turn["question"], turn["answers"], turn["article_id"]) for turn in turns)
    )


def _question(
    question: str, answers: Sequence[str], article: str, standalone: str | None = None
) -> Question:
    ids = frozenset({article})
    return Question(question, tuple(answers), ids, bool(answers), standalone=standalone)


def _canard(turns: Sequence[dict[str, Any]]) -> Dialogue | None:
    """A dialogue of CANARD, where the next turn's history has the answer to a question.

    Turns without an answer in the set are left out; None if nothing remains.
    """
    turns = sorted(turns, key=lambda turn: len(turn["history"]))
    title, section, *said = turns[-1]["history"]
    questions, article = [], f"{title}/{section}"
    for turn in turns:
        place = len(turn["history"]) - 1
        if place < len(said):
            answers = () if said[place] == UNANSWERED else (said[place],)
            questions.append(_question(turn["question"], answers, article, turn["standalone"]))
    return Dialogue(tuple(questions), f"{title}, {section}") if questions else None


def _articles_of(dialogues: Sequence[Dialogue]) -> str:
    """An article for each section, with a paragraph for each answer, as JSON lines."""
    articles: dict[str, dict[str, None]] = {}  # each paragraph once, in order
    for dialogue in dialogues:
        for question in dialogue.questions:
            (id,) = question.article_ids
            for answer in question.answers:
                articles.setdefault(id, {})[" ".join(answer.split())] = None
    lines = [
        {"id": id, "title": id.replace("/", ": ", 1), "text": "\n\n".join(paragraphs)}
        for id, paragraphs in articles.items()
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)

"""Conversations become figures: how well questions are answered that lean on those before them.

Two kinds of sets hold them, each as a `turns.jsonl`. In CANARD (Elgohary et al., 2019) a line has
`id`, `history`, the `question` as it was asked and its `standalone` form, written by a person; the
articles are made of its answers. In the other a line has `conversation`, `turn`, `question`,
`answers` (any of which a right quote holds; none where nothing answers) and `article_id`, and the
articles stand in an `articles.jsonl`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.evaluation.asking import Reading
from retrieval.evaluation.sets import lines_of, normalised
from retrieval.library import Library
from retrieval.records import Answer, AnswerStatus, Quote, Status, Turn
from retrieval.search import followups

UNANSWERED = "I don't know."
"""What CANARD says where the passage has no answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation, strings any of which a right quote holds, and their article.

    Nothing answers where there are no `answers`. `standalone` is the question as a person wrote it
    to be understood without the others, if the set has that.
    """

    question: str
    answers: tuple[str, ...]
    article_id: str | None
    standalone: str | None = None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The questions of a conversation; `topic` is what the person knows at first, if anything."""

    exchanges: tuple[Exchange, ...]
    topic: str = ""

    @property
    def opening(self) -> list[Turn]:
        """The turns before the first question."""
        return [Turn("", subject=self.topic)] if self.topic else []


@dataclass(frozen=True, slots=True)
class Tried:
    """The answers to a question by itself, in its conversation, and as a person rewrote it."""

    dialogue: Dialogue
    exchange: Exchange
    alone: Answer
    followed: Answer
    rewritten: Answer | None

    def names_article(self, answer: Answer) -> bool:
        """Whether the first quote is from the article that answers."""
        return any(q.article.id == self.exchange.article_id for q in _quotes(answer)[:1])

    def is_answered_by(self, answer: Answer, first: int) -> bool:
        """Whether one of the first quotes holds an answer."""
        wanted = [normalised(expected) for expected in self.exchange.answers]
        texts = [normalised(quote.text) for quote in _quotes(answer)[:first]]
        return any(expected in text for expected in wanted for text in texts)

    @property
    def is_shown(self) -> bool:
        """Whether the answer in its conversation is shown as one, be it only a probable one."""
        return self.followed.status is not AnswerStatus.NONE


@dataclass(frozen=True, slots=True)
class DialogueFigures:
    """How well the questions of conversations were answered; shares lie between 0 and 1.

    The first ones are over the `questions` with an answer: `article_at_1` is the share whose first
    quote is of the right article, `answer_at_1` and `_at_3` of those whose answer stands in the
    first quote or the first three, each also without the turns before, `as_asked`, and as a person
    `rewritten`, where the set has that. `shown_right` is the share whose first quote holds the
    answer and is shown as an answer or a probable one, and `understood` the share that was asked
    with the subject of an earlier one. Of the `unanswerable` questions, `false_answers` were
    answered, and `false_probable` at least probably. `new_topic_kept` is the share of rewritten
    questions that, asked in another conversation, get the first quote that they get alone.
    """

    articles: int
    dialogues: int
    questions: int
    article_at_1_as_asked: float | None
    article_at_1: float | None
    article_at_1_rewritten: float | None
    answer_at_1_as_asked: float | None
    answer_at_1: float | None
    answer_at_1_rewritten: float | None
    answer_at_3: float | None
    shown_right: float | None
    understood: float | None
    unanswerable: int
    false_answers: float | None
    false_probable: float | None
    new_topic_kept: float | None
    p50_ms: float


class Dialogues:
    """One set, its articles read into a library that is gone at the end of its `with`."""

    def __init__(
        self,
        folder: Path,
        *,
        model: str,
        copies: Path,
        reader: str | None = None,
        articles: Path | None = None,
    ) -> None:
        """Load the set; its articles are those of the folder `articles`, if they are not in it.

        Raises QuotewiseError if the folder does not hold a set.
        """
        self.dialogues, lines = _read(folder, articles or folder)
        self._home = tempfile.TemporaryDirectory(prefix="quotewise-dialogues-")
        self._articles = Path(self._home.name) / "articles.jsonl"
        self._articles.write_text(lines, "utf-8")
        self.library = Library.open(self._home.name, model=model, copies=copies, reader=reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.library.close()
        self._home.cleanup()

    def read(self) -> Reading:
        """Read the articles in that the conversations are about."""
        self.library.warm_up()
        started = perf_counter()
        for outcome in self.library.add(str(self._articles)):
            if outcome.status is Status.FAILED:
                raise QuotewiseError(f"{outcome.source}: {outcome.reason}")
        took = perf_counter() - started
        paragraphs = [len(article.paragraphs) for article in self.library.articles()]
        return Reading(len(paragraphs), sum(paragraphs), sum(paragraphs) / took)

    def ask(self) -> Iterator[list[Tried]]:
        """Lead one conversation after the other, each turn with the product's own answers."""
        for dialogue in self.dialogues:
            earlier, tried = dialogue.opening, []
            for exchange in dialogue.exchanges:
                followed = self.library.answer(exchange.question, earlier=earlier)
                earlier.append(followups.turn(followed))
                alone = self.library.answer(exchange.question)
                rewritten = (
                    self.library.answer(exchange.standalone) if exchange.standalone else None
                )
                tried.append(Tried(dialogue, exchange, alone, followed, rewritten))
            yield tried

    def change_topic(self) -> Iterator[bool]:
        """Ask a rewritten question of each conversation in the next: is it answered as if alone?"""
        for dialogue, other in zip(self.dialogues, self.dialogues[1:], strict=False):
            question = dialogue.exchanges[-1].standalone
            if question:
                first = other.exchanges[0].standalone or other.exchanges[0].question
                earlier = [*other.opening, followups.turn(self.library.answer(first))]
                alone = self.library.answer(question)
                after_other = self.library.answer(question, earlier=earlier)
                yield _quotes(alone)[:1] == _quotes(after_other)[:1]


def figures(
    reading: Reading, tried: Sequence[Tried], topic_changes: Sequence[bool]
) -> DialogueFigures:
    """Sum up what came of a set. Raises QuotewiseError if no question of it has an answer."""
    answerable = [attempt for attempt in tried if attempt.exchange.answers]
    others = [attempt for attempt in tried if not attempt.exchange.answers]
    if not answerable:
        raise QuotewiseError("The set has no question with an answer: there is nothing to measure.")
    alone = [(attempt, attempt.alone) for attempt in answerable]
    followed = [(attempt, attempt.followed) for attempt in answerable]
    rewritten = [(attempt, attempt.rewritten) for attempt in answerable if attempt.rewritten]
    return DialogueFigures(
        articles=reading.articles,
        dialogues=len({attempt.dialogue for attempt in tried}),
        questions=len(answerable),
        article_at_1_as_asked=_share(attempt.names_article(answer) for attempt, answer in alone),
        article_at_1=_share(attempt.names_article(answer) for attempt, answer in followed),
        article_at_1_rewritten=_share(
            attempt.names_article(answer) for attempt, answer in rewritten
        ),
        answer_at_1_as_asked=_share(attempt.is_answered_by(answer, 1) for attempt, answer in alone),
        answer_at_1=_share(attempt.is_answered_by(answer, 1) for attempt, answer in followed),
        answer_at_1_rewritten=_share(
            attempt.is_answered_by(answer, 1) for attempt, answer in rewritten
        ),
        answer_at_3=_share(attempt.is_answered_by(answer, 3) for attempt, answer in followed),
        shown_right=_share(
            attempt.is_shown and attempt.is_answered_by(attempt.followed, 1)
            for attempt in answerable
        ),
        understood=_share(answer.understood is not None for _, answer in followed),
        unanswerable=len(others),
        false_answers=_share(attempt.followed.answered for attempt in others),
        false_probable=_share(attempt.is_shown for attempt in others),
        new_topic_kept=_share(topic_changes),
        p50_ms=float(np.median([attempt.followed.took_ms for attempt in tried])),
    )


def _share(truths: Iterable[bool]) -> float | None:
    values = list(truths)
    return sum(values) / len(values) if values else None


def _quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes, or the closest sentences where nothing answers."""
    return answer.quotes or answer.closest


def _read(folder: Path, articles: Path) -> tuple[list[Dialogue], str]:
    """The conversations of a folder, and their articles as JSON, an object a line."""
    path = folder / "turns.jsonl"
    by_conversation: dict[str, list[dict[str, Any]]] = {}
    try:
        for line in lines_of(path):
            number = line["id"].partition("#")[0] if "history" in line else line["conversation"]
            by_conversation.setdefault(str(number), []).append(line)
        if all("history" in turns[0] for turns in by_conversation.values()):
            dialogues = [_canard(turns) for turns in by_conversation.values()]
            return dialogues, "".join(_articles_of(dialogues))
        dialogues = [_conversation(turns) for turns in by_conversation.values()]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise QuotewiseError(
            f"{path} cannot be read ({error!r}): give a folder with a turns.jsonl, an object a "
            "line with `id`, `history`, `question` and `standalone`, or else with `conversation`, "
            "`turn`, `question`, `answers` and `article_id`."
        ) from error
    try:
        return dialogues, (articles / "articles.jsonl").read_text("utf-8")
    except OSError as error:
        raise QuotewiseError(
            f"{articles / 'articles.jsonl'} cannot be read ({error}): name the folder that holds "
            "the articles of these conversations with --articles."
        ) from error


def _conversation(turns: Sequence[dict[str, Any]]) -> Dialogue:
    return Dialogue(
        tuple(
            Exchange(turn["question"], tuple(turn["answers"]), turn["article_id"])
            for turn in sorted(turns, key=lambda turn: turn["turn"])
        )
    )


def _canard(turns: Sequence[dict[str, Any]]) -> Dialogue:
    """A dialogue of CANARD: the answer to a question stands in the history of the next one."""
    turns = sorted(turns, key=lambda turn: len(turn["history"]))
    title, section, *said = turns[-1]["history"]
    return Dialogue(
        tuple(
            Exchange(
                turn["question"],
                () if answer == UNANSWERED else (answer,),
                f"{title}/{section}",
                turn["standalone"],
            )
            for turn, answer in ((turn, _next(turn, said)) for turn in turns)
            if answer is not None
        ),
        f"{title}, {section}",
    )


def _next(turn: dict[str, Any], said: Sequence[str]) -> str | None:
    """The answer to a turn; None where the set does not have it."""
    return dict(enumerate(said)).get(len(turn["history"]) - 1)


def _articles_of(dialogues: Sequence[Dialogue]) -> Iterator[str]:
    """An article for each section that is spoken of, with a paragraph for each answer."""
    answers: dict[str, dict[str, None]] = {}
    for dialogue in dialogues:
        for exchange in dialogue.exchanges:
            texts = (" ".join(answer.split()) for answer in exchange.answers)
            answers.setdefault(exchange.article_id or "", {}).update(dict.fromkeys(texts))
    for id, paragraphs in answers.items():
        if paragraphs:
            title = id.replace("/", ": ", 1)
            yield json.dumps({"id": id, "title": title, "text": "\n\n".join(paragraphs)}) + "\n"

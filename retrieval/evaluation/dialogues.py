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
    Reading,
    TemporaryLibrary,
    holds_answer,
    lines_of,
    share,
)
from retrieval.records import Answer, AnswerStatus, Quote, Turn
from retrieval.search import followups

UNANSWERED = "I don't know."  # what CANARD says where the passage has no answer


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a conversation, strings any of which a right quote holds, and their article.

    Without `answers` nothing answers. `standalone` is the question as a person rewrote it to be
    understood without the others, if the set has that.
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
class ExchangeResult:
    """The answers to a question by itself, in its conversation, and as a person rewrote it."""

    dialogue: Dialogue
    exchange: Exchange
    alone: Answer
    followed: Answer
    rewritten: Answer | None

    @property
    def is_shown(self) -> bool:
        """Whether the answer in the conversation is shown as an answer or a probable one."""
        return self.followed.status is not AnswerStatus.NONE

    def names_article(self, answer: Answer) -> bool:
        """Whether the first quote is from the article that answers."""
        return any(q.article.id == self.exchange.article_id for q in _quotes(answer)[:1])

    def is_answered_by(self, answer: Answer, first: int) -> bool:
        """Whether one of the first quotes holds an answer."""
        quotes = _quotes(answer)[:first]
        return any(holds_answer(quote.text, self.exchange.answers) for quote in quotes)


@dataclass(frozen=True, slots=True)
class DialogueFigures:
    """How well the questions of conversations were answered; shares lie between 0 and 1.

    The first ones are over the `questions` with an answer: `article_at_1` is the share whose first
    quote is of the right article, `answer_at_1` and `_at_3` of those whose answer is in the first
    quote or the first three, each also without the turns before, `as_asked`, and as a person
    `rewritten`, where the set has that. `shown_right` is the share whose first quote holds the
    answer and is shown as an answer or a probable one, and `understood` the share that was asked
    with the subject of an earlier question. Of the `unanswerable` questions, `false_answers` were
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

    def ask(self) -> Iterator[list[ExchangeResult]]:
        """Ask the questions of each conversation, following up on the library's own answers."""
        for dialogue in self.dialogues:
            earlier, results = dialogue.opening, []
            for exchange in dialogue.exchanges:
                followed = self.library.answer(exchange.question, earlier=earlier)
                earlier.append(followups.turn(followed))
                alone = self.library.answer(exchange.question)
                standalone = exchange.standalone
                rewritten = self.library.answer(standalone) if standalone else None
                results.append(ExchangeResult(dialogue, exchange, alone, followed, rewritten))
            yield results

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


def dialogue_figures(
    reading: Reading, results: Sequence[ExchangeResult], topic_changes: Sequence[bool]
) -> DialogueFigures:
    """Sum up the answers to a set. Raises QuotewiseError if no question of it has an answer."""
    answerable = [result for result in results if result.exchange.answers]
    others = [result for result in results if not result.exchange.answers]
    if not answerable:
        raise QuotewiseError("The set has no question with an answer: there is nothing to measure.")
    forms = {
        "_as_asked": [(result, result.alone) for result in answerable],
        "": [(result, result.followed) for result in answerable],
        "_rewritten": [(result, result.rewritten) for result in answerable if result.rewritten],
    }
    shares: dict[str, float | None] = {}
    for form, pairs in forms.items():
        shares[f"article_at_1{form}"] = share([r.names_article(answer) for r, answer in pairs])
        shares[f"answer_at_1{form}"] = share([r.is_answered_by(answer, 1) for r, answer in pairs])
    return DialogueFigures(
        articles=reading.articles,
        dialogues=len({result.dialogue for result in results}),
        questions=len(answerable),
        answer_at_3=share([r.is_answered_by(r.followed, 3) for r in answerable]),
        shown_right=share([r.is_shown and r.is_answered_by(r.followed, 1) for r in answerable]),
        understood=share([r.followed.understood is not None for r in answerable]),
        unanswerable=len(others),
        false_answers=share([result.followed.answered for result in others]),
        false_probable=share([result.is_shown for result in others]),
        new_topic_kept=share(topic_changes),
        p50_ms=float(np.median([result.followed.took_ms for result in results])),
        **shares,
    )


def _quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes, or the closest sentences where nothing answers."""
    return answer.quotes or answer.closest


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
        tuple(
            Exchange(turn["question"], tuple(turn["answers"]), turn["article_id"]) for turn in turns
        )
    )


def _canard(turns: Sequence[dict[str, Any]]) -> Dialogue | None:
    """A dialogue of CANARD, where the next turn's history has the answer to a question.

    Turns without an answer in the set are left out; None if nothing remains.
    """
    turns = sorted(turns, key=lambda turn: len(turn["history"]))
    title, section, *said = turns[-1]["history"]
    exchanges = []
    for turn in turns:
        place = len(turn["history"]) - 1
        if place < len(said):
            answers = () if said[place] == UNANSWERED else (said[place],)
            article = f"{title}/{section}"
            exchanges.append(Exchange(turn["question"], answers, article, turn["standalone"]))
    return Dialogue(tuple(exchanges), f"{title}, {section}") if exchanges else None


def _articles_of(dialogues: Sequence[Dialogue]) -> str:
    """An article for each section, with a paragraph for each answer, as JSON lines."""
    articles: dict[str, dict[str, None]] = {}  # each paragraph once, in order
    for dialogue in dialogues:
        for exchange in dialogue.exchanges:
            for answer in exchange.answers:
                paragraphs = articles.setdefault(exchange.article_id or "", {})
                paragraphs[" ".join(answer.split())] = None
    lines = [
        {"id": id, "title": id.replace("/", ": ", 1), "text": "\n\n".join(paragraphs)}
        for id, paragraphs in articles.items()
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)

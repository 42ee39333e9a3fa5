"""A set of dialogues becomes figures: how much of what a question leaves out is found again.

As in CANARD (Elgohary et al., 2019): each question is asked as it was asked, with the turns before
it, and in the words of a person who wrote it so that it stands by itself.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.evaluation import Reading, normalised
from retrieval.library import Library
from retrieval.records import Answer, Quote, Status, Turn

UNANSWERED = "I don't know."
"""What stands in the set where the passage has no answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a dialogue, the same by itself, and its answer; `told` is None if unknown."""

    question: str
    standalone: str
    told: str | None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Questions about one section of an article, which is what the person knows at first."""

    title: str
    section: str
    exchanges: tuple[Exchange, ...]

    @property
    def article_id(self) -> str:
        """The id of the article that its answers are made."""
        return f"{self.title}/{self.section}"

    @property
    def heading(self) -> Turn:
        """What is spoken of, as if it had been asked for."""
        return Turn(self.title, self.section)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a question: as it was asked, in its dialogue, and rewritten by a person."""

    dialogue: Dialogue
    exchange: Exchange
    asked: Answer
    followed: Answer
    rewritten: Answer

    def names_article(self, answer: Answer) -> bool:
        """Whether the first quote is from the article that is spoken of."""
        return any(q.article.id == self.dialogue.article_id for q in _quotes(answer)[:1])

    def is_told_in(self, answer: Answer, first: int) -> bool:
        """Whether one of the first quotes holds the answer of the dialogue."""
        wanted = normalised(self.exchange.told or "")
        return any(wanted in normalised(quote.text) for quote in _quotes(answer)[:first])


@dataclass(frozen=True, slots=True)
class DialogueFigures:
    """How well the questions of dialogues were answered; shares lie between 0 and 1.

    All but `new_topic_kept` are over the questions with an answer. `article_at_1` is the share
    whose first quote is of their article, `answer_at_1` and `_at_3` of those whose own answer
    stands in the first quote or the first three; `as_asked` without the turns before, `rewritten`
    in a person's words. `way` is how much of the way from the one to the other `article_at_1`
    goes. `understood` is the share that was completed. `new_topic_kept` is the share of rewritten
    questions that, asked in another dialogue, get the first quote that they get alone; None where
    there is one dialogue.
    """

    articles: int
    dialogues: int
    questions: int
    article_at_1_as_asked: float
    article_at_1: float
    article_at_1_rewritten: float
    way: float | None
    answer_at_1_as_asked: float
    answer_at_1: float
    answer_at_1_rewritten: float
    answer_at_3: float
    understood: float
    new_topic_kept: float | None
    p50_ms: float


class Dialogues:
    """One set, its own passages read into a library that is gone at the end of its `with`."""

    def __init__(
        self, folder: Path, *, model: str, copies: Path, reader: str | None = None
    ) -> None:
        """Load the set. Raises QuotewiseError if the folder does not hold one."""
        self.dialogues = _dialogues(folder / "turns.jsonl")
        self._home = tempfile.TemporaryDirectory(prefix="quotewise-dialogues-")
        self._library = Library.open(self._home.name, model=model, copies=copies, reader=reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._library.close()
        self._home.cleanup()

    def read(self) -> Reading:
        """Read the passages in that the dialogues are about."""
        path = Path(self._home.name) / "articles.jsonl"
        path.write_text("".join(_article_lines(self.dialogues)), "utf-8")
        self._library.warm_up()
        started = perf_counter()
        for outcome in self._library.add(str(path)):
            if outcome.status is Status.FAILED:
                raise QuotewiseError(f"{outcome.source}: {outcome.reason}")
        took = perf_counter() - started
        paragraphs = [len(kept.paragraphs) for kept in self._library.articles()]
        return Reading(len(paragraphs), sum(paragraphs), sum(paragraphs) / took)

    def ask(self) -> Iterator[list[Tried]]:
        """Lead one dialogue after the other."""
        for dialogue in self.dialogues:
            yield list(self._led(dialogue))

    def change_topic(self) -> Iterator[bool]:
        """Ask a rewritten question of each dialogue in the next one: is it answered as if alone?"""
        for one, other in zip(self.dialogues, self.dialogues[1:], strict=False):
            question = one.exchanges[-1].standalone
            earlier = [other.heading, *(_turn(two.question, two) for two in other.exchanges)]
            alone = self._library.answer(question)
            there = self._library.answer(question, earlier=earlier)
            yield _quotes(alone)[:1] == _quotes(there)[:1]

    def _led(self, dialogue: Dialogue) -> Iterator[Tried]:
        earlier = [dialogue.heading]
        for one in dialogue.exchanges:
            followed = self._library.answer(one.question, earlier=earlier)
            earlier.append(_turn(followed.understood or one.question, one, settled=True))
            if one.told is not None:
                asked = self._library.answer(one.question)
                rewritten = self._library.answer(one.standalone)
                yield Tried(dialogue, one, asked, followed, rewritten)


def figures(reading: Reading, tried: Sequence[Tried], kept: Sequence[bool]) -> DialogueFigures:
    """Sum up what came of a set. Raises QuotewiseError if no question of it has an answer."""
    if not tried:
        raise QuotewiseError("The set has no question with an answer: there is nothing to measure.")
    asked = _share([one.names_article(one.asked) for one in tried])
    followed = _share([one.names_article(one.followed) for one in tried])
    rewritten = _share([one.names_article(one.rewritten) for one in tried])
    return DialogueFigures(
        articles=reading.articles,
        dialogues=len({one.dialogue for one in tried}),
        questions=len(tried),
        article_at_1_as_asked=asked,
        article_at_1=followed,
        article_at_1_rewritten=rewritten,
        way=(followed - asked) / (rewritten - asked) if rewritten > asked else None,
        answer_at_1_as_asked=_share([one.is_told_in(one.asked, 1) for one in tried]),
        answer_at_1=_share([one.is_told_in(one.followed, 1) for one in tried]),
        answer_at_1_rewritten=_share([one.is_told_in(one.rewritten, 1) for one in tried]),
        answer_at_3=_share([one.is_told_in(one.followed, 3) for one in tried]),
        understood=_share([one.followed.understood is not None for one in tried]),
        new_topic_kept=_share(kept) if kept else None,
        p50_ms=float(np.median([one.followed.took_ms for one in tried])),
    )


def _share(truths: Sequence[bool]) -> float:
    return sum(truths) / len(truths)


def _quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes, or the closest sentences where nothing answers."""
    return answer.quotes or answer.closest


def _turn(question: str, exchange: Exchange, *, settled: bool = False) -> Turn:
    return Turn(question, exchange.told or "", settled)


def _article_lines(dialogues: Sequence[Dialogue]) -> Iterator[str]:
    """An article for each section that is spoken of, with a paragraph for each answer."""
    told: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for one in dialogues:
        titles[one.article_id] = f"{one.title}: {one.section}"
        answers = (" ".join(e.told.split()) for e in one.exchanges if e.told is not None)
        told.setdefault(one.article_id, []).extend(answers)
    for id, paragraphs in told.items():
        if paragraphs:
            text = "\n\n".join(dict.fromkeys(paragraphs))
            yield json.dumps({"id": id, "title": titles[id], "text": text}) + "\n"


def _dialogues(path: Path) -> list[Dialogue]:
    """The dialogues, whose answers stand in the history of the turns that come later."""
    try:
        lines = [json.loads(one) for one in path.read_text("utf-8").splitlines() if one.strip()]
        turns: dict[str, list[dict[str, Any]]] = {}
        for line in lines:
            turns.setdefault(line["id"].partition("#")[0], []).append(line)
        return [_dialogue(sorted(one, key=lambda t: len(t["history"]))) for one in turns.values()]
    except (OSError, ValueError, LookupError) as error:
        raise QuotewiseError(
            f"{path} cannot be read ({error}): give a folder with turns.jsonl, an object a line "
            "with `id`, `history`, `question` and `standalone`."
        ) from error


def _dialogue(turns: Sequence[dict[str, Any]]) -> Dialogue:
    title, section, *said = turns[-1]["history"]
    answers = dict(enumerate(said[1::2]))
    return Dialogue(
        title,
        section,
        tuple(
            Exchange(
                turn["question"],
                turn["standalone"],
                None if answers.get(number, UNANSWERED) == UNANSWERED else answers[number],
            )
            for number, turn in ((len(turn["history"]) // 2 - 1, turn) for turn in turns)
        ),
    )

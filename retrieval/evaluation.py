"""Measure how well a library answers the questions or conversations of an evaluation set.

Conversations are those of CANARD (Elgohary et al., 2019), whose articles are made of its answers,
or turns about the articles of an `articles.jsonl`.
"""

import json
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from functools import partial
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Self

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.library import Library
from retrieval.records import Answer, AnswerStatus, Quote, Status, Turn
from retrieval.search import followups
from retrieval.search.calibration import Calibration, of_reader
from retrieval.sources import dates
from retrieval.text.languages import folded, without_spaces_around_unspaced, words_counted

QUOTE_LIMIT = 5
RISKS = (0.01, 0.02, 0.05, 0.1, 0.2)
BINS = 10  # of confidences, in the calibration error
UNANSWERED = "I don't know."  # what CANARD says where the passage has no answer

_NO_PUNCTUATION = str.maketrans(
    "", "", string.punctuation + "“”‘’–—…«»" + "。，、；：？！（）「」『』《》〈〉【】·・～،؛؟۔¿¡„।"
)


# -- the set


@dataclass(frozen=True, slots=True)
class Question:
    """A question, strings any of which a right quote holds, and the articles that answer.

    An unanswerable question may have `article_ids`, too: articles that come close. `half` is "fit"
    for questions that may be trained and tuned on, "report" for those that are only measured, and
    None where the set is not halved. `standalone` is a question of a conversation as a person
    rewrote it to be understood without the others.
    """

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool
    id: str = ""
    half: str | None = None
    standalone: str | None = None

    def is_answered_by(self, text: str) -> bool:
        """Whether a text holds one of the answers; it never holds an answer without words."""
        plain = normalised(text)
        return any(answer in plain for answer in map(normalised, self.answers) if answer)


def questions_of(path: Path, half: str | None = None) -> list[Question]:
    """Read the questions of a set or of one half. Raises QuotewiseError if there are none."""
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
    chosen = [question for question in questions if half in (None, question.half)]
    if half and not chosen:
        raise QuotewiseError(
            f"{path} has no question with the half {half!r}: leave --half out to ask all of them."
        )
    return chosen


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line. Raises QuotewiseError if it cannot be read."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise QuotewiseError(
            f"{path} cannot be read ({error}): give a folder with articles.jsonl and "
            "questions.jsonl, an object a line."
        ) from error


def normalised(text: str) -> str:
    """A text as answers are compared: lower-case, without punctuation and the words a, an, the.

    Spaces beside characters of a script that needs none do not count: 136 次 is 136次.
    """
    plain = folded(text).lower().translate(_NO_PUNCTUATION)
    words = " ".join(word for word in plain.split() if word not in ("a", "an", "the"))
    return without_spaces_around_unspaced(words)


# -- asking


@dataclass(frozen=True, slots=True)
class Reading:
    articles: int
    paragraphs: int
    paragraphs_per_second: float


class TemporaryLibrary:
    """A library with the articles of a file, deleted at the end of its `with` block."""

    def __init__(self, articles: Path, options: Mapping[str, Any]) -> None:
        self._articles = articles
        self._home = TemporaryDirectory(prefix="quotewise-evaluation-")
        self.library = Library.open(self._home.name, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.library.close()
        self._home.cleanup()

    def read(self) -> Reading:
        """Add the articles. Raises QuotewiseError if one of them cannot be read."""
        self.library.warm_up()
        started = perf_counter()
        for outcome in self.library.add(str(self._articles)):
            if outcome.status is Status.FAILED:
                raise QuotewiseError(f"{outcome.source}: {outcome.reason}")
        took = perf_counter() - started
        paragraphs = [len(article.paragraphs) for article in self.library.articles()]
        return Reading(len(paragraphs), sum(paragraphs), sum(paragraphs) / took)


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question and its answer; `exact` if each quote is what the article's file says.

    `without_gold` is the answer without the articles that answer, if that was asked for.
    """

    question: Question
    answer: Answer
    exact: bool = True
    without_gold: Answer | None = None

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return self.answer.quotes or self.answer.closest

    @property
    def is_right(self) -> bool:
        return self.question.answerable and self.is_answered_in(1)

    def is_answered_in(self, first: int) -> bool:
        return any(self.question.is_answered_by(quote.text) for quote in self.quotes[:first])

    def names_article_in(self, first: int) -> bool:
        """Whether one of the first quotes is from an article that answers, or also in one."""
        named = {article.id for q in self.quotes[:first] for article in (q.article, *q.also_in)}
        return not named.isdisjoint(self.question.article_ids)


class Evaluation(TemporaryLibrary):
    """The questions of a set, and a temporary library for its articles."""

    def __init__(self, folder: Path, *, half: str | None = None, **options: Any) -> None:
        """Load a set. `options` are `Library.open`'s. Raises QuotewiseError if there is none."""
        self.questions = questions_of(folder / "questions.jsonl", half)
        lines = lines_of(folder / "articles.jsonl")
        self._texts = {line["id"]: line["text"] for line in lines}
        # The day of the last article counts as today, so that "last week" means the same always.
        days = [day for line in lines if (day := dates.parsed(line.get("published") or ""))]
        self._now = max((datetime.combine(day, time.max) for day in days), default=None)
        super().__init__(folder / "articles.jsonl", options)

    def ask(
        self,
        questions: Sequence[Question] | None = None,
        *,
        without_gold: bool = False,
        risk: float | None = None,
    ) -> Iterator[QuestionResult]:
        """Ask the questions of the set, or others; if answerable, again `without_gold` articles."""
        answer_to = partial(self.library.answer, risk=risk, now=self._now)
        arrivals = self.library.arrivals(0)
        keys = {arrival.stored.article.id: arrival.key for arrival in arrivals}
        for question in self.questions if questions is None else questions:
            answer = answer_to(question.question, limit=QUOTE_LIMIT)
            quotes = answer.quotes or answer.closest
            exact = all(q.text == self._texts[q.article.id][q.start : q.end] for q in quotes)
            left = None
            if without_gold and question.answerable:
                others = [key for id, key in keys.items() if id not in question.article_ids]
                left = answer_to(question.question, limit=1, only=others)
            yield QuestionResult(question, answer, exact, left)


# -- figures


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """How a set is answered at a stated risk; shares lie between 0 and 1.

    Questions with a confidence above `threshold` are answered. `answered` is the share of the
    answerable questions, `right` the share of those whose first quote holds the answer, and
    `false_answers` the share of unanswerable questions that are answered. `within_reach` is the
    share of answerable questions that would be answered if the set's own unanswerable questions
    were known and exactly the risk taken. A share of nothing is None.
    """

    risk: float
    threshold: float
    answered: float
    right: float | None
    false_answers: float | None
    within_reach: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How well and how fast a set was answered; shares lie between 0 and 1.

    Over answerable questions, and with the closest sentences where nothing is answered:
    `article_at_1` and `_at_5` (a quote of an article that answers), `answer_in_quote_at_1` and
    `_at_3`, and the mean words of a first quote. `answered` is the share of these questions with
    the status `answer`, `probable` the share with that status, and `right_of_answered` and
    `right_of_probable` are the shares of those whose first quote is right.
    `false_answers` and `false_probable` are the shares of unanswerable questions with either
    status; `auroc` is how well the confidence separates the two kinds of questions. Those
    `_without_gold` are the same for answerable questions whose articles were left out.
    `calibration_error` and `brier` say how far the confidences lie from what was right, over
    answerable questions. `exact_quotes` is the share of answers whose quotes all are, word for
    word, at their place in the article. `two_standard_errors` has those of each share
    and each AUROC, by name. `risks` are the figures at other risks. A share of nothing is None.
    """

    articles: int
    paragraphs: int
    paragraphs_per_second: float
    questions: int
    answerable: int
    article_at_1: float
    article_at_5: float
    answer_in_quote_at_1: float
    answer_in_quote_at_3: float
    first_quote_words: float
    answered: float
    right_of_answered: float | None
    probable: float
    right_of_probable: float | None
    false_answers: float | None
    false_probable: float | None
    auroc: float | None
    false_answers_without_gold: float | None
    auroc_without_gold: float | None
    calibration_error: float
    brier: float
    exact_quotes: float
    p50_ms: float
    p95_ms: float
    two_standard_errors: Mapping[str, float]
    risks: tuple[RiskPoint, ...]


def figures(
    reading: Reading, results: Sequence[QuestionResult], reader: str | None = None
) -> Figures:
    """Sum up the answers to a set. Raises QuotewiseError if no question is answerable."""
    answerable = [result for result in results if result.question.answerable]
    if not answerable:
        raise QuotewiseError("The set has no answerable question: there is nothing to measure.")
    sure = [result for result in answerable if result.answer.status is AnswerStatus.ANSWER]
    probable = [result for result in answerable if result.answer.status is AnswerStatus.PROBABLE]
    others = [result.answer for result in results if not result.question.answerable]
    left = [result.without_gold for result in results if result.without_gold]
    shares = {
        "article_at_1": [result.names_article_in(1) for result in answerable],
        "article_at_5": [result.names_article_in(5) for result in answerable],
        "answer_in_quote_at_1": [result.is_right for result in answerable],
        "answer_in_quote_at_3": [result.is_answered_in(3) for result in answerable],
        "answered": [result.answer.answered for result in answerable],
        "right_of_answered": [result.is_right for result in sure],
        "probable": [result.answer.status is AnswerStatus.PROBABLE for result in answerable],
        "right_of_probable": [result.is_right for result in probable],
        "false_answers": [answer.answered for answer in others],
        "false_probable": [answer.status is AnswerStatus.PROBABLE for answer in others],
        "false_answers_without_gold": [answer.answered for answer in left],
        "exact_quotes": [result.exact for result in results],
    }
    # None only for the fields that may be None, which mypy cannot know.
    values: dict[str, Any] = {name: share(truths) for name, truths in shares.items()}
    given = {name: truths for name, truths in shares.items() if truths}
    errors = {n: 2 * float(np.std(truths)) / sqrt(len(truths)) for n, truths in given.items()}
    raw = [result.answer.raw for result in answerable]
    for name, answers in (("auroc", others), ("auroc_without_gold", left)):
        area = values[name] = auroc(raw, [answer.raw for answer in answers])
        if area is not None:
            errors[name] = _two_errors_of_auroc(area, len(raw), len(answers))
    times = [result.answer.took_ms for result in results]
    words = [words_counted(result.quotes[0].text) for result in answerable if result.quotes]
    pairs = [(result.answer.confidence, result.is_right) for result in answerable]
    return Figures(
        **asdict(reading),
        questions=len(results),
        answerable=len(answerable),
        first_quote_words=float(np.mean(words)) if words else 0.0,
        calibration_error=calibration_error(pairs),
        brier=float(np.mean([(confidence - right) ** 2 for confidence, right in pairs])),
        p50_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
        two_standard_errors=errors,
        risks=risk_points(results, of_reader(reader)),
        **values,
    )


def risk_points(
    results: Sequence[QuestionResult], calibration: Calibration
) -> tuple[RiskPoint, ...]:
    answerable = [result for result in results if result.question.answerable]
    falling = sorted((r.answer.raw for r in results if not r.question.answerable), reverse=True)

    def at(risk: float) -> RiskPoint:
        answered = [r for r in answerable if calibration.answers(r.answer.raw, risk)]
        reached = [r.answer.raw > falling[int(risk * len(falling))] for r in answerable if falling]
        return RiskPoint(
            risk,
            calibration.threshold(risk),
            answered=len(answered) / max(1, len(answerable)),
            right=share([result.is_right for result in answered]),
            false_answers=share([calibration.answers(raw, risk) for raw in falling]),
            within_reach=share(reached),
        )

    return tuple(map(at, RISKS))


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error of confidences, each with whether the answer was right.

    The bins hold equally many (Nguyen and O'Connor, 2015): of equally wide bins most are empty.
    """
    bins = [group for group in np.array_split(np.array(sorted(pairs)), BINS) if len(group)]
    distances = [abs(group[:, 0].mean() - group[:, 1].mean()) * len(group) for group in bins]
    return float(sum(distances) / len(pairs))


def auroc(answerable: Sequence[float], others: Sequence[float]) -> float | None:
    """How well confidences separate two kinds of questions; None if one kind is missing."""
    from sklearn.metrics import roc_auc_score

    if not answerable or not others:
        return None
    truths = [1] * len(answerable) + [0] * len(others)
    return float(roc_auc_score(truths, [*answerable, *others]))


def share(truths: Sequence[bool]) -> float | None:
    return sum(truths) / len(truths) if truths else None


def _two_errors_of_auroc(area: float, some: int, others: int) -> float:
    """Twice the standard error of an AUROC (Hanley and McNeil, Radiology, 1982)."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    squares = area * (1 - area) + (some - 1) * (q1 - area**2) + (others - 1) * (q2 - area**2)
    return 2 * sqrt(max(squares, 0.0) / (some * others))


# -- conversations


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The questions of a conversation; `opening` are the turns before the first one."""

    questions: tuple[Question, ...]
    opening: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The answers to a question by itself, in its conversation, and as a person rewrote it."""

    dialogue: Dialogue
    alone: QuestionResult
    followed: QuestionResult
    rewritten: QuestionResult | None

    @property
    def is_shown(self) -> bool:
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

    def __init__(self, folder: Path, *, articles: Path | None = None, **options: Any) -> None:
        """Load a set; `articles` is the folder with its articles. Raises QuotewiseError if none."""
        self.dialogues, made_articles = _read(folder / "turns.jsonl")
        path = (articles or folder) / "articles.jsonl"
        if not made_articles and not path.is_file():
            raise QuotewiseError(
                f"{path} cannot be read: name the folder that holds the articles of these "
                "conversations with --articles."
            )
        super().__init__(path, options)
        if made_articles:
            self._articles = Path(self._home.name, "articles.jsonl")
            self._articles.write_text(made_articles, "utf-8")

    def ask(self) -> Iterator[list[TurnResult]]:
        """Ask the questions of each conversation, following up on the library's own answers."""
        for dialogue in self.dialogues:
            earlier, results = [*dialogue.opening], []
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
            dialogues = list(filter(None, map(_canard, by_conversation.values())))
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
    """A dialogue of CANARD, whose turns have the answer to the one before; None if none has."""
    turns = sorted(turns, key=lambda turn: len(turn["history"]))
    title, section, *said = turns[-1]["history"]
    questions, article = [], f"{title}/{section}"
    for turn in turns:
        place = len(turn["history"]) - 1
        if place < len(said):
            answers = () if said[place] == UNANSWERED else (said[place],)
            questions.append(_question(turn["question"], answers, article, turn["standalone"]))
    opening = Turn("", subject=f"{title}, {section}")
    return Dialogue(tuple(questions), (opening,)) if questions else None


def _articles_of(dialogues: Sequence[Dialogue]) -> str:
    """An article for each section, with a paragraph for each answer, as JSON lines."""
    articles: defaultdict[str, dict[str, None]] = defaultdict(dict)  # each paragraph once, in order
    for question in (question for dialogue in dialogues for question in dialogue.questions):
        (id,) = question.article_ids
        articles[id] |= {" ".join(answer.split()): None for answer in question.answers}
    return "".join(
        f"{json.dumps({'id': id, 'title': id.replace('/', ': ', 1), 'text': text})}\n"
        for id, paragraphs in articles.items()
        if (text := "\n\n".join(paragraphs))
    )

"""Fit a calibration to a library, with questions made from its own articles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random

from retrieval import calibration, fitting, questions, segments
from retrieval.calibration import Calibration, Trial
from retrieval.errors import QuotewiseError
from retrieval.library import Library
from retrieval.records import Limits, Quote
from retrieval.text.particulars import PROSE_READ

FEWEST = 20
"""Fewer questions cannot show a risk of one in twenty."""

FEWEST_ARTICLES = 5
"""With fewer articles there is nothing that could be taken for the one that is left out."""


@dataclass(frozen=True, slots=True)
class Made:
    """A question that was made from a sentence of an article, and the article's id."""

    question: str
    sentence: str
    id: str


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcomes of a question with its source in the library, and with its story left out."""

    made: Made
    there: Trial
    left_out: Trial


def made(library: Library, name: str, most: int, seed: int = 0) -> list[Made]:
    """Make at most `most` questions from a library's sentences, the same for the same seed.

    Raises QuotewiseError if there are too few to calibrate with.
    """
    found = list(islice(_made(library, name, seed), most))
    articles = len({one.id for one in found})
    if len(found) < FEWEST or articles < FEWEST_ARTICLES:
        raise QuotewiseError(
            f"Calibrating takes {FEWEST} questions from {FEWEST_ARTICLES} articles, and here are "
            f"{len(found)} from {articles}: add more articles. Until then the calibration that "
            "comes with Quotewise holds."
        )
    return found


def tried(library: Library, name: str, asked: Sequence[Made]) -> Iterator[Tried]:
    """Ask each question of the whole library, and again without the story of its source.

    They are asked without limits: a publisher or a day in a sentence is not meant as one.
    """
    ask = partial(library.answer, scope=[name], limit=1, limits=Limits())
    places = library.calibrations.places(name)
    for one in asked:
        answer = ask(one.question)
        story = places[one.id].story
        others = [place.key for place in places.values() if place.story != story]
        left = ask(one.question, only=others)
        right = any(_is_source(quote, one) for quote in (*answer.quotes, *answer.closest)[:1])
        yield Tried(
            one, Trial(answer.raw, True, right), Trial(left.raw, False, False, left_out=True)
        )


def trials(done: Sequence[Tried]) -> list[Trial]:
    """All outcomes of made questions."""
    return [trial for one in done for trial in (one.there, one.left_out)]


def fitted(done: Sequence[Tried]) -> Calibration:
    """The calibration halfway between what these questions give and the shipped one.

    Made questions show how often, in this library, an article is taken for another that is
    missing. They cannot show how often an article about a subject is taken for one that answers:
    the shipped calibration knows that.
    """
    own = fitting.fitted([trials(done)], f"{len(done)} questions from its own articles")
    return calibration.halfway(own, calibration.default())


def _made(library: Library, name: str, seed: int) -> Iterator[Made]:
    """Questions from all articles in turn, until no sentence is left."""
    ids = library.ids(library=name)
    Random(seed).shuffle(ids)
    waiting = deque(_of_article(library, name, id, seed) for id in ids)
    while waiting:
        questions_of_article = waiting.popleft()
        for one in islice(questions_of_article, 1):
            yield one
            waiting.append(questions_of_article)


def _of_article(library: Library, name: str, id: str, seed: int) -> Iterator[Made]:
    article = library.article(id, library=name).article
    chance = Random(f"{seed} {id}")
    sentences = [
        span
        for one in segments.paragraphs(article.text)
        for span in segments.sentences(article.text, one)
    ]
    texts = [article.text[slice(*span)] for span in sentences]
    for place in chance.sample(range(len(texts)), len(texts)):
        around = [article.title, *texts[max(place - 1, 0) : place], *texts[place + 1 : place + 2]]
        prose = article.text[:PROSE_READ]
        question = questions.question(texts[place], " ".join(around), prose, chance)
        if question:
            yield Made(question, texts[place], id)


def _is_source(quote: Quote, made: Made) -> bool:
    """Whether a quote is the sentence, also in another article of the same story."""
    said, wanted = (" ".join(text.split()) for text in (quote.text, made.sentence))
    return wanted in said or said in wanted

"""A library is asked questions made from its own articles, with the source there and left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from random import Random

from retrieval import calibration, fitting, questions, segments
from retrieval.calibration import Calibration, Trial
from retrieval.errors import QuotewiseError
from retrieval.library import Library
from retrieval.text.particulars import PROSE_READ
from retrieval.records import Answer, Limits

FEWEST = 20
"""Questions that tell something: of fewer not even one in twenty may be answered wrongly."""

FEWEST_ARTICLES = 5
"""Articles that tell something: where one is left out, others must be there to be taken for it."""


@dataclass(frozen=True, slots=True)
class Made:
    """A question that was made from a sentence of an article, and the article's id."""

    question: str
    sentence: str
    id: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a question: with its source in the library, and with its story left out."""

    made: Made
    there: Trial
    left_out: Trial


def made(library: Library, name: str, most: int, seed: int = 0) -> list[Made]:
    """Questions from sentences of a library's articles, at most so many; the same for a seed.

    Raises QuotewiseError if there are too few to tell anything.
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
    """Ask each question of the whole library, and again without what tells the same story.

    A sentence that names a publisher or a day is no question that would limit itself to these.
    """
    ask = partial(library.answer, scope=[name], limit=1, limits=Limits())
    places = library.calibrations.places(name)
    for one in asked:
        answer = ask(one.question)
        story = places[one.id].story
        others = [place.key for place in places.values() if place.story != story]
        left = ask(one.question, only=others)
        right = _is_source(answer, one)
        yield Tried(
            one, Trial(answer.raw, True, right), Trial(left.raw, False, False, left_out=True)
        )


def trials(done: Sequence[Tried]) -> list[Trial]:
    """What a calibration learns from made questions."""
    return [trial for one in done for trial in (one.there, one.left_out)]


def fitted(done: Sequence[Tried], off_topic: Sequence[float]) -> Calibration:
    """The calibration that these questions give, halfway between theirs and the shipped one.

    Made questions tell how often an article is taken for another that is missing, in this library.
    How often one that speaks of a thing is taken for one that tells it, they cannot: for that the
    shipped calibration stands. Measured on questions that it did not see, at a risk of .05, this
    raises what is answered of news from .05 to .12 with nothing false, where the shipped one was
    too careful; near misses of search questions rise from .14 to .30, and by made questions alone
    would rise to .58 (`python tests/make_calibration.py --own` measures all three).
    """
    shipped = calibration.default()
    own = fitting.fitted([trials(done)], off_topic, f"{len(done)} questions from its own articles")
    if not off_topic:
        own = replace(own, nothing_below=shipped.nothing_below)
    return calibration.halfway(own, shipped)


def _made(library: Library, name: str, seed: int) -> Iterator[Made]:
    """Questions, from one article after the other in turn, until no sentence is left."""
    ids = library.ids(library=name)
    Random(seed).shuffle(ids)
    waiting: Iterator[Iterator[Made]] = (_of_article(library, name, id, seed) for id in ids)
    while True:
        left = []
        for one, rest in _first_of_each(waiting):
            yield one
            left.append(rest)
        if not left:
            return
        waiting = iter(left)


def _first_of_each(all_made: Iterator[Iterator[Made]]) -> Iterator[tuple[Made, Iterator[Made]]]:
    for made_of_one in all_made:
        for first in made_of_one:
            yield first, made_of_one
            break


def _of_article(library: Library, name: str, id: str, seed: int) -> Iterator[Made]:
    article = library.article(id, library=name).article
    chance = Random(f"{seed} {id}")
    sentences = [
        span
        for one in segments.paragraphs(article.text)
        for span in segments.sentences(article.text, one)
    ]
    told = [article.text[slice(*span)] for span in sentences]
    for place in chance.sample(range(len(told)), len(told)):
        around = " ".join(
            [article.title, *told[max(place - 1, 0) : place], *told[place + 1 : place + 2]]
        )
        question = questions.question(told[place], around, article.text[:PROSE_READ], chance)
        if question:
            yield Made(question, told[place], id)


def _is_source(answer: Answer, made: Made) -> bool:
    """Whether the first quote is the sentence, or its like in an article of the same story."""
    for quote in (*answer.quotes, *answer.closest)[:1]:
        said, wanted = (" ".join(text.split()) for text in (quote.text, made.sentence))
        return wanted in said or said in wanted
    return False

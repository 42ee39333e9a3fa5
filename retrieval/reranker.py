"""A CrossEncoder reads the question and each of the best sentences together, and orders them.

The only room that imports a CrossEncoder; none comes with Quotewise, and none is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.errors import QuotewiseError
from retrieval.records import Floats
from retrieval.scoring import Scored

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 20
"""How many sentences it reads: each takes it some milliseconds, and later ones seldom answer."""


@dataclass(frozen=True, slots=True)
class Reranker:
    """A loaded CrossEncoder that gives one number for a question and a text."""

    model: CrossEncoder

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """How well each text answers the question, from 0 to 1; float32 of shape (texts,)."""
        from torch.nn import Sigmoid

        if not texts:
            return np.zeros(0, dtype=np.float32)
        pairs = [(question, text) for text in texts]
        told = self.model.predict(pairs, activation_fn=Sigmoid(), show_progress_bar=False)
        return np.asarray(told, dtype=np.float32)


def open_reranker(name: str) -> Reranker:
    """Load a CrossEncoder by its name or folder. Raises QuotewiseError if that cannot be done."""
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = CrossEncoder(name, device="cpu")
    except Exception as error:  # it raises whatever the hub, the disk or the config made it
        raise QuotewiseError(
            f"The reranker {name} could not be loaded: {error}. Give the name or the folder of a "
            "CrossEncoder of sentence-transformers that is on this machine, or set none."
        ) from error
    if model.num_labels != 1:
        raise QuotewiseError(
            f"The reranker {name} gives {model.num_labels} numbers for a text: set one that gives "
            "one, which says how well the text answers."
        )
    return Reranker(model)


def reranked(reranker: Reranker, question: str, scored: Sequence[Scored]) -> list[Scored]:
    """The best sentences in the reranker's order, then the others as they were.

    It reads each with its article's title. Scores stay with the places, not with the sentences,
    so that they go on to order the quotes of an answer.
    """
    first, others = scored[:RERANKED], scored[RERANKED:]
    told = reranker.scores(question, [_with_title(one) for one in first])
    order = sorted(range(len(first)), key=lambda i: -told[i])
    placed = [replace(first[i], score=place.score) for i, place in zip(order, first, strict=True)]
    return [*placed, *others]


def _with_title(one: Scored) -> str:
    article = one.ranked.kept.article
    sentence = article.text[one.sentence.start : one.sentence.end]
    return f"{article.title}. {sentence}" if article.title else sentence

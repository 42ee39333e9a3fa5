"""Sets are halved: to one half models are fitted, and the other tells how good they are."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from retrieval.evaluation.sets import Question

FEW = 100  # articles; a set of fewer is halved by article, as its questions share them


def is_tuned_on(question: Question, titles: Mapping[str, str]) -> bool:
    """Whether a question belongs to the half that may be fitted to.

    `titles` are those of the set's articles, by id.
    """
    told = question.id
    if len(titles) < FEW and question.article_ids:
        told = min(titles[id] for id in question.article_ids).replace("_", " ")
    return zlib.crc32(told.encode()) % 2 == 0

"""Measure how well the questions of a set are answered from its articles."""

from retrieval.evaluation.asking import Evaluation, QuestionResult, Reading
from retrieval.evaluation.curve import RiskPoint
from retrieval.evaluation.figures import KINDS, Figures, KindFigures, by_kind, figures, kind_of
from retrieval.evaluation.sets import Question, normalised

__all__ = [
    "KINDS",
    "Evaluation",
    "Figures",
    "KindFigures",
    "Question",
    "QuestionResult",
    "Reading",
    "RiskPoint",
    "by_kind",
    "figures",
    "kind_of",
    "normalised",
]

"""A set of articles and questions with known answers becomes figures."""

from retrieval.evaluation.asking import Asked, Evaluation, Reading
from retrieval.evaluation.curve import RiskPoint
from retrieval.evaluation.figures import Figures, figures
from retrieval.evaluation.sets import Question, normalised

__all__ = [
    "Asked",
    "Evaluation",
    "Figures",
    "Question",
    "Reading",
    "RiskPoint",
    "figures",
    "normalised",
]

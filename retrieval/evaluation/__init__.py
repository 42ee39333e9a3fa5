"""Measure how well a library answers the questions and conversations of an evaluation set."""

from retrieval.evaluation.dialogues import DialogueFigures, Dialogues, dialogue_figures
from retrieval.evaluation.questions import (
    Evaluation,
    Figures,
    KindFigures,
    Question,
    QuestionResult,
    RiskPoint,
    by_kind,
    figures,
    normalised,
)
from retrieval.search.calibration import of_reader

__all__ = [
    "DialogueFigures",
    "Dialogues",
    "Evaluation",
    "Figures",
    "KindFigures",
    "Question",
    "QuestionResult",
    "RiskPoint",
    "by_kind",
    "dialogue_figures",
    "figures",
    "normalised",
    "of_reader",
]

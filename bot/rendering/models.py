"""The progress of a change of the model, in a sentence."""

from __future__ import annotations

from bot.rendering.characters import plain
from bot.rendering.sources import counted
from retrieval import ModelChange


def change_line(change: ModelChange) -> str:
    """How far it is, which model answers meanwhile, and what lets it go on."""
    return (
        f"The model {plain(change.after)} has read {change.read:,} of "
        f"{counted(change.articles, 'article')}; {plain(change.before)} answers until it has read "
        "all. `quotewise rebuild` lets it read them."
    )


def changed_line(change: ModelChange) -> str:
    """That it is done."""
    return f"The model {plain(change.after)} has read all articles and answers from now on."

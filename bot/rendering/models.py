"""How far a change of the model is, in a sentence."""

from __future__ import annotations

from bot.rendering.characters import plain
from bot.rendering.sources import counted
from retrieval import ModelChange


def change_line(change: ModelChange) -> str:
    """How far it is, and which model answers meanwhile."""
    return (
        f"The model {plain(change.after)} has read {change.read:,} of "
        f"{counted(change.articles, 'article')}; {plain(change.before)} answers until it has read "
        "all."
    )


def waiting_line(change: ModelChange) -> str:
    """How far it is, and what lets it go on, for who cannot wait for it."""
    return (
        f"{change_line(change)} `quotewise rebuild` lets it go on, and so do `quotewise chat` and "
        "`quotewise telegram` while they run."
    )


def changed_line(change: ModelChange) -> str:
    """That it is done."""
    return f"The model {plain(change.after)} has read all articles and answers from now on."

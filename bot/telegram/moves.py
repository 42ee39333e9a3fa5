"""Groups that become supergroups: what is just being added for one follows it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

MOST_MOVES = 1_000  # which are remembered


@dataclass(slots=True)
class Move:
    """A group's articles on their way to the library of the supergroup that it has become."""

    new: int
    _ended: threading.Event = field(default_factory=threading.Event)
    _arrived: bool = False

    def end(self, *, arrived: bool) -> None:
        """Note that the articles are there, or that they stay behind."""
        self._arrived = arrived
        self._ended.set()

    def arrived(self) -> bool:
        """Whether the articles are there, as soon as that is known."""
        self._ended.wait()
        return self._arrived


@dataclass(frozen=True, slots=True)
class Moves:
    """The latest moves since the bot began, by the number that each group had."""

    _moves: dict[int, Move] = field(default_factory=dict)

    def begin(self, old: int, new: int) -> Move | None:
        """Begin a move before any article does; None if both chats told of it and it has begun."""
        if old == new or old in self._moves:
            return None
        if len(self._moves) == MOST_MOVES:
            del self._moves[next(iter(self._moves))]
        self._moves[old] = Move(new)
        return self._moves[old]

    def of(self, chat: int) -> Move | None:
        """The move of a group, which may not have ended."""
        return self._moves.get(chat)

    def now(self, chat: int) -> int:
        """The number that a chat has by now."""
        move = self._moves.get(chat)
        return move.new if move else chat

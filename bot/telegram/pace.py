"""How fast a person, or a chat, may go on."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Self

from bot.telegram.settings import TelegramSettings

LIGHTER = 3
"""So many times as often as ask a question, a person may do what costs less or comes in bunches."""


@dataclass(slots=True)
class Pace:
    """How often in a minute something may be done."""

    most: int
    done: defaultdict[int, deque[tuple[float, Hashable]]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def wait(self, who: int, when: float, what: Hashable = None) -> float:
        """How many seconds too early it comes; 0, and it counts, if it may be done.

        `when` is the time, in seconds of any clock that is always the same one. What has a name
        counts once, however often it is begun.
        """
        counted = self.done[who]
        while counted and counted[0][0] <= when - 60:
            counted.popleft()
        if what is not None and any(one == what for _, one in counted):
            return 0.0
        if len(counted) >= self.most:
            return max(counted[0][0] + 60 - when, 1.0)
        counted.append((when, what))
        return 0.0


@dataclass(frozen=True, slots=True)
class Paces:
    """The pace of each thing that people do."""

    person: Pace
    chat: Pace
    commands: Pace
    sources: Pace
    buttons: Pace
    inline: Pace

    @classmethod
    def of(cls, settings: TelegramSettings) -> Self:
        """As the settings have it."""
        often = LIGHTER * settings.person_rate
        lighter = (Pace(often) for _ in range(4))
        return cls(Pace(settings.person_rate), Pace(settings.chat_rate), *lighter)

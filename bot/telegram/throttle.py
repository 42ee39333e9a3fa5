"""Throttles: how often a person or a chat may ask, press or send."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Self

from bot.telegram.settings import TelegramSettings

MOST_PEOPLE = 2_000
"""Of whom it is remembered what they did; within a minute no more than 1,800 get an answer, as a
bot may send 30 messages a second."""
LIGHTER = 3
"""So many times as often as ask a question, a person may do what costs less or comes in bunches."""


@dataclass(slots=True)
class Throttle:
    """How often in a minute something may be done."""

    most: int
    done: OrderedDict[int, OrderedDict[Hashable, float]] = field(default_factory=OrderedDict)
    """When each person or chat did what, the first first; who did something last comes last."""

    def wait(self, who: int, when: float, what: Hashable) -> float:
        """How many seconds too early it comes; 0, and it counts, if it may be done.

        `when` is the time, in seconds of any clock that is always the same one. `what` names it:
        it counts once, however often it is begun.
        """
        done = self.done.setdefault(who, OrderedDict())
        self.done.move_to_end(who)
        if len(self.done) > MOST_PEOPLE:
            self.done.popitem(last=False)
        while done and next(iter(done.values())) <= when - 60:
            done.popitem(last=False)
        if what in done:
            return 0.0
        if len(done) >= self.most:
            return max(next(iter(done.values())) + 60 - when, 1.0)
        done[what] = when
        return 0.0


@dataclass(frozen=True, slots=True)
class Throttles:
    """A throttle for each thing that people do."""

    person: Throttle
    chat: Throttle
    commands: Throttle
    sources: Throttle
    buttons: Throttle
    inline: Throttle

    @classmethod
    def of(cls, settings: TelegramSettings) -> Self:
        """As the settings have it."""
        often = LIGHTER * settings.person_rate
        lighter = (Throttle(often) for _ in range(4))
        return cls(Throttle(settings.person_rate), Throttle(settings.chat_rate), *lighter)

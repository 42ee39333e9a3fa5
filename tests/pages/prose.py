"""Invented English prose: a small grammar with a cast of people, places and figures a story."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random


def sections(language: str) -> dict[str, list[str]]:
    """The lists of words and sentences of a language, by their headings."""
    found: dict[str, list[str]] = {}
    lines = (Path(__file__).parent / "words" / f"{language}.txt").read_text(encoding="utf-8")
    for line in filter(None, lines.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            found[line[1:-1]] = entries = []
        else:
            entries.append(line)
    return found


WORDS = sections("en")
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
_SLOT = re.compile(r"\{([^{}]*)\}")


class Writer:
    """Writes one story: the same seed gives the same cast and the same words."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.town, *self._towns = random.sample(WORDS["towns"], 4)
        self.thing, *self._things = random.sample(WORDS["things"], 2)
        self.body = random.choice(WORDS["bodies"])
        self.paper = random.choice(WORDS["papers"])
        self.people = [self.name() for _ in range(4)]
        self._sentences = random.sample(WORDS["sentences"], len(WORDS["sentences"]))

    def name(self) -> str:
        """A person's name."""
        return (
            f"{self.random.choice(WORDS['first names'])} {self.random.choice(WORDS['last names'])}"
        )

    def sentence(self) -> str:
        """A sentence that this story has not told in this form before."""
        if not self._sentences:
            self._sentences = self.random.sample(WORDS["sentences"], len(WORDS["sentences"]))
        return self.fill(self._sentences.pop())

    def paragraph(self, sentences: tuple[int, int] = (1, 3)) -> str:
        """Some sentences of the story."""
        return " ".join(self.sentence() for _ in range(self.random.randint(*sentences)))

    def paragraphs(self, least: int = 5, most: int = 10) -> list[str]:
        """The paragraphs of a story."""
        return [self.paragraph() for _ in range(self.random.randint(least, most))]

    def headline(self) -> str:
        """What stands above the story."""
        return self.fill(self.random.choice(WORDS["headlines"]))

    def some(self, lines: list[str], count: int) -> list[str]:
        """Different lines of a list, filled in."""
        return [self.fill(line) for line in self.random.sample(lines, count)]

    def fill(self, line: str) -> str:
        """A line with every slot filled, the innermost first."""
        while slot := _SLOT.search(line):
            line = f"{line[: slot.start()]}{self._filled(slot[1])}{line[slot.end() :]}"
        line = re.sub(r"\b([Aa]) (?=[aeio])", r"\1n ", line)
        return line[0].upper() + line[1:]

    def _filled(self, slot: str) -> str:
        if "|" in slot:
            return self.random.choice(slot.split("|"))
        random = self.random
        fillings = {
            "town": lambda: random.choice([self.town, self.town, *self._towns]),
            "Town": lambda: self.town,
            "thing": lambda: random.choice([self.thing, self.thing, self.thing, *self._things]),
            "Thing": self.thing.capitalize,
            "body": lambda: self.body,
            "Body": self.body.capitalize,
            "name": lambda: random.choice(self.people),
            "role": lambda: random.choice(WORDS["roles"]),
            "pron": lambda: random.choice(["she", "he"]),
            "day": lambda: random.choice(DAYS),
            "month": lambda: random.choice(MONTHS),
            "year": lambda: str(random.randint(1880, 2009)),
            "year2": lambda: str(random.randint(2027, 2040)),
            "n": lambda: str(random.randint(3, 48)),
            "n2": lambda: str(random.randint(50, 98)),
            "d": lambda: str(random.randint(1, 9)),
        }
        # Anything else is an alternative that stands alone.
        return fillings[slot]() if slot in fillings else slot

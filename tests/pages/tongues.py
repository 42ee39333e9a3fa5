"""Short invented news in eight other languages, with the words a site puts around its articles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from pages.prose import sections


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: its news in sentences with slots, and how it writes bylines and dates."""

    code: str
    names: tuple[str, ...]
    papers: tuple[str, ...]
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    byline: str
    months: tuple[str, ...]
    dated: str
    read_more: str
    around: tuple[str, ...]
    space: str = " "

    def date_line(self, day: date) -> str:
        """A date as readers of this language see it."""
        month = self.months[day.month - 1] if self.months else str(day.month)
        return self.dated.format(day=day.day, month=month, year=day.year)

    def paragraphs(self, random: Random) -> list[str]:
        """The paragraphs of one story."""
        person, other = random.sample(self.names, 2)
        told = [
            line.format(a=person, b=other, n=random.randint(12, 48), y=random.randint(1921, 1998))
            for line in random.sample(self.sentences, len(self.sentences))
        ]
        paragraphs = []
        while told:
            taken = random.randint(1, 3)
            paragraphs.append(self.space.join(told[:taken]))
            told = told[taken:]
        return paragraphs


def tongue(code: str) -> Tongue:
    """The language of this code."""
    words = sections(code)
    return Tongue(
        code,
        names=tuple(words["names"]),
        papers=tuple(words["papers"]),
        headlines=tuple(words["headlines"]),
        sentences=tuple(words["sentences"]),
        byline=words["byline"][0],
        months=tuple(words["months"]),
        dated=words["date"][0],
        read_more=words["read more"][0],
        around=tuple(words["around"]),
        space="" if code in ("zh", "ja") else " ",
    )


TONGUES = tuple(map(tongue, "de es fr ru zh ko ja ar".split()))

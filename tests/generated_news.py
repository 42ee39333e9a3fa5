"""Invented news: articles on overlapping topics, reports from a form, and edited copies."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PLACES = (
    "Aldermouth Brackwell Carrow Dunmere Eastholm Fennick Garsdale Hallin Inverlee Jorvale Kelm "
    "Lenn Morrow Norwick Orrin Pelham Quarndon Rusk Skerry Tesk Ulverby Varn Westray Yarrow Zellin"
).split()
FIRST = (
    "Ada Bram Clara Dov Edda Farid Greta Hollis Ines Joren Kaia Luka Mira Nils Oona Petra Rafe "
    "Signe Tomas Una Viggo Wren Yusuf Zora"
).split()
LAST = (
    "Abel Brandt Calloway Drummond Eklund Fenn Garrick Halvorsen Iversen Jessop Kettle Lindqvist "
    "Marsh Nwosu Ostrander Pryce Quill Rask Sandoval Thorne Ulrich Vance Whitlock Yates"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January March April June July September October November December".split()

TOPICS = {
    "council": (
        "the town council;the planning committee;council leader {who};the mayor's office;"
        "opposition councillors;a group of residents;the finance committee;deputy mayor {who}",
        "voted to approve;agreed to postpone;rejected by a single vote;asked for a review of;"
        "defended;called for changes to;published the costs of;promised to look again at",
        "the plan for {n} homes on {street};a rise in parking charges;the budget for {year};"
        "repairs to the {place} library;the sale of the old {street} school;"
        "a contract worth {n} million crowns;the closing of {n} village halls;a new bus lane",
    ),
    "crime": (
        "police in {place};detective {who};prosecutors;the regional court;a spokesman for the "
        "force;lawyers for the accused;a witness named {who};customs officers",
        "arrested {n} people over;opened an inquiry into;are looking for witnesses of;"
        "found no sign of a link to;asked the public for help with;heard new evidence about;"
        "closed the file on;linked a man of {n} to",
        "a robbery on {street};the theft of {n} bicycles;a fire at the {place} warehouse;"
        "the disappearance of {who};a fraud of {n} million crowns;a break-in at the museum;"
        "threats against a {place} shopkeeper;the smuggling of cigarettes through {place}",
    ),
    "nature": (
        "rangers in the {place} hills;biologist {who};the fisheries board;volunteers from {place};"
        "the national park;a team from the university of {place};farmers;the water authority",
        "counted {n} pairs of;released {n} young;found the nest of;want a ban on hunting;"
        "blamed a dry spring for the loss of;asked walkers to keep away from;"
        "have begun to restore a home for;are divided over",
        "sea eagles on the cliffs;otters in the {place} river;lynx near the border;"
        "salmon below the old dam;the peat bog at {place};swans on the canal;"
        "wild bees along the railway;wolves in the {place} valley",
    ),
}
OPENINGS = (
    "On {day},;Earlier this week,;After a meeting that lasted {n} hours,;Despite the weather,;"
    "In a statement on {day},;For the first time since {year},;Late on {day} evening,;"
    "According to people familiar with the matter,;In the meantime,;As expected,;;;;;"
).split(";")
TAILS = (
    ", according to a statement;, officials said on {day};, the {place} Courier reported;;;;"
    " after months of talks;, a step that critics called too late;, in spite of protests;"
    " at a cost of {n},000 crowns;, the second such case since {month};"
    " and will report back by the end of {month};, said {who}, who lives nearby;"
    " for the first time in {n} years;, as the region has done since {year}"
).split(";")
REMARKS = (
    '"We did not expect this," said {who}.;"It is a good day for {place}," {who} said.;'
    "{who}, {n}, said the decision had come as a surprise.;The case continues.;"
    '"There is still a long way to go," said {who} of the {last} Institute.;'
    "A decision is expected before the end of {month}.;Nobody was hurt.;"
    "The ministry did not answer a request for comment.;More than {n} people attended.;"
    "Similar plans had failed in {place} in {year}.;{place} has about {n},000 inhabitants.;"
    '"I have lived here for {n} years and never seen anything like it," said {who}.'
).split(";")

WEATHER = (
    "Weather for {place} on {day}. The day begins with fog in the valleys and {n} degrees at "
    "dawn. By noon the sun comes out and temperatures rise to {n} degrees in the town and {n} "
    "degrees on the coast.\n\n"
    "The wind blows from the west at {n} kilometres an hour, with gusts of up to {n} in the "
    "hills. Rain is expected from {n} o'clock, about {n} millimetres of it. The night stays "
    "mild, with a low of {n} degrees. Pollen counts are moderate. The sun sets at {n} minutes "
    "past {n}."
)
MARKET = (
    "Shares in {place} closed {n} points higher on {day}. The {place} index gained {n} points "
    "to {n},{n} points. {last} Group led the way with a rise of {n} percent, ahead of {last} "
    "Bank, which added {n} percent. At the other end of the list, {last} lost {n} percent.\n\n"
    "The crown traded at {n} cents to the euro. A barrel of oil cost {n} dollars, {n} dollars "
    "more than on the day before. Turnover came to {n} million crowns, and traders spoke of a "
    "quiet session."
)


@dataclass(frozen=True)
class WireText:
    """An invented text, and the number of its story."""

    text: str
    story: int


def article(dice: random.Random) -> str:
    """An article of five to eight paragraphs, with phrases that many others on its topic have."""
    cast = [f"{dice.choice(FIRST)} {dice.choice(LAST)}" for _ in range(4)]
    home = dice.sample(PLACES, 3)
    topics = dice.sample(sorted(TOPICS), 2)

    def sentence() -> str:
        if dice.random() < 0.25:
            return _filled(dice.choice(REMARKS), dice, cast, home)
        who, does, what = (
            dice.choice(phrases.split(";"))
            for phrases in TOPICS[topics[0] if dice.random() < 0.8 else topics[1]]
        )
        opening, tail = dice.choice(OPENINGS), dice.choice(TAILS)
        text = _filled(f"{opening} {who} {does} {what}{tail}.", dice, cast, home).strip()
        return text[0].upper() + text[1:]

    return "\n\n".join(
        " ".join(sentence() for _ in range(dice.randint(1, 3))) for _ in range(dice.randint(5, 8))
    )


def report(dice: random.Random) -> str:
    """Today's report from one of two forms, with other names and numbers each time."""
    cast = [f"{dice.choice(FIRST)} {dice.choice(LAST)}" for _ in range(3)]
    return _filled(dice.choice([WEATHER, MARKET]), dice, cast, PLACES)


def edited(text: str, share: float, dice: random.Random) -> str:
    """A copy with this share of its words replaced, deleted or followed by another word."""
    words = re.findall(r"\S+\s*", text)
    for at in dice.sample(range(len(words)), round(share * len(words))):
        word = words[at].rstrip()
        space = words[at][len(word) :]
        phrase = _filled(dice.choice(REMARKS + TAILS), dice, ["Ada Rask"], PLACES)
        other = dice.choice(phrase.split() or ["still"])
        words[at] = dice.choice([f"{other}{space}", "", f"{word} {other}{space}"])
    return "".join(words).strip()


def wire(seed: int, articles: int = 800, copies: int = 200, reports: int = 60) -> list[WireText]:
    """Articles of which `reports` are from a form, and near-copies of some of them, shuffled."""
    dice = random.Random(seed)
    texts = [
        WireText(report(dice) if number < reports else article(dice), number)
        for number in range(articles)
    ]
    for _ in range(copies):
        one = texts[dice.randrange(articles)]
        texts.append(WireText(edited(one.text, dice.uniform(0.05, 0.2), dice), one.story))
    dice.shuffle(texts)
    return texts


def figures(texts: list[WireText], found: Callable[[int], int]) -> tuple[float, float]:
    """Precision and recall of a grouping, over pairs; `found` has the group of each text."""
    pairs = [(a, b) for b in range(len(texts)) for a in range(b)]
    real = {(a, b) for a, b in pairs if texts[a].story == texts[b].story}
    joined = {(a, b) for a, b in pairs if found(a) == found(b)}
    return len(real & joined) / len(joined), len(real & joined) / len(real)


def _filled(phrase: str, dice: random.Random, cast: list[str], home: Sequence[str]) -> str:
    """A phrase with people of a cast, places of a home, and numbers in its gaps."""
    chosen: dict[str, Callable[[], object]] = {
        "who": lambda: dice.choice(cast),
        "last": lambda: dice.choice(cast).split()[-1],
        "place": lambda: dice.choice(home),
        "street": lambda: f"{dice.choice(LAST)} Street",
        "day": lambda: dice.choice(DAYS),
        "month": lambda: dice.choice(MONTHS),
        "year": lambda: dice.randint(1960, 2025),
        "n": lambda: dice.randint(2, 99),
    }
    return re.sub(r"{(\w+)}", lambda gap: str(chosen[gap[1]]()), phrase)

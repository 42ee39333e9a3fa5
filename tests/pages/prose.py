"""Invented English prose: a small grammar with a cast of people, places and figures a story."""

from __future__ import annotations

import re
from random import Random

FIRST = (
    "Ada Bram Carys Dmitri Edda Farid Greta Henrik Imke Joss Katya Lorne Maeve Nadir Odile Piet"
    " Quinn Rosalind Sven Tilda Ulla Viktor Wren Yannick Zora Alasdair Beatriz Corin Delphine Emeka"
).split()
LAST = (
    "Fenn Okafor Brandt Lindqvist Moreau Castellan Thorne Vasquez Holloway Kessler Marsh O’Dowd"
    " Petrov Quayle Rask Stenberg Tolland Underhill Varga Whitlock Yelland Zander Abbott Bellweather"
    " Crane Dunmore Eastlake Farrow Garnett Hobday"
).split()
TOWN = (
    "Skerry|Harrowgate|Dunmarsh|Port Ellery|Low Tarn|Castleby|Wexholm|Ravensby|Oldhaven|Tesk Hollow"
    "|Marrowick|Saltby|Kirkwell|Fennick|Brackley Cross"
).split("|")
PAPER = (
    "The Harbour Post|Tesk Valley Record|The Castleby Courier|Ravensby Echo|North Fell Times"
    "|The Saltby Examiner|Marsh & Moor|Inland Review|The Kirkwell Dispatch|Lantern Daily"
    "|The Long Shore|Meridian Weekly|Fennick Today|Ploughshare"
).split("|")
THING = (
    "footbridge|reservoir|harbour wall|bus depot|town library|salt works|railway yard|paper mill"
    "|grain store|lighthouse|sports hall|water tower|fish market|tram line|heating plant|observatory"
).split("|")
BODY = (
    "town council|river authority|port commission|planning board|heritage trust|housing cooperative"
    "|transport office|county court|fishing union|water company|public auditor|school board"
).split("|")
ROLE = (
    "engineer|councillor|marine biologist|shopkeeper|retired teacher|union secretary|surveyor"
    "|ferry captain|hydrologist|archivist|nurse|bus driver|planner|economist|beekeeper"
).split("|")
SENTENCES = """
The {body} {voted|decided|agreed} on {day} to {close|reopen|sell|rebuild} the {thing} in {town}, {ending a dispute that had divided residents for {n} years|after a debate that ran past midnight|a step that few had expected so soon}.
{Work|Construction|Demolition} is {due|expected|planned} to begin in {month} and {should|is meant to|will} take about {n} months, according to {a report|documents|a timetable} seen by {residents|this newspaper|members of the board}.
“We {waited|argued|hoped} long enough,” said {name}, {a|the} {role} who {has lived beside the {thing} since {year}|led the campaign|first raised the alarm}.
The {project|repair|plan} will cost {n}.{d} million crowns, {nearly twice the first estimate|a third more than planned|less than the {body} had feared}, and will be paid {from the storm fund|out of a loan|by a levy on every household}.
{name}, {a|the} {role} at the {body}, {told|warned|reminded} a {packed|half-empty|noisy} meeting that {the foundations had moved by {n} millimetres|no inspection had been made since {year}|the old drawings could not be trusted}.
A {survey|study|count} of {n}{d}0 households in {town} found that {n} per cent {supported the plan|had never used the {thing}|wanted to wait for a second opinion}.
“Nobody {asked|told|warned} us,” {pron} said. “We read about it {in the paper|on a notice at the bakery|the morning the lorries came}.”
The {thing}, built in {year} and {extended|painted|repaired} only {once|twice} since, {has stood empty for {n} winters|is the last of its kind on this coast|still serves some {n}{d}0 people a day}.
Critics {say|fear|point out} that {traffic|noise|the cost of heating} will {grow|fall} {faster than the {body} admits|in the streets behind the {thing}|once the summer visitors return}.
{In {year}|Twenty years ago|During the long winter of {year}}, a {storm|fire|landslip} {tore away part of the roof|left {n} families without water|cut the road to {town} for {n} days}.
The {role} {name} keeps a {notebook|ledger|box of photographs} that {records every high tide since {year}|lists the names of all who worked there|shows how the shore has moved}.
Under the {agreement|contract|decision}, the {body} {keeps|gives up|must return} {n} hectares of land, and the {thing} {passes to a trust|remains open on weekdays|may not be altered before {year2}}.
{n} of the {body}’s {n2} members {abstained|stayed away|left the room before the vote}.
{name} {called|considered|described} the {vote|outcome|figure} {“a beginning, no more”|“better than we dared to ask for”|“an insult to anyone who can count”}.
By {day} afternoon {workers had fenced off the {thing}|a queue reached as far as the {thing}|the first boats were tied up again}, and {the street was quiet|children were selling lemonade|a brass band played in the drizzle}.
Neither the {body} nor {name} {answered|would comment on} {questions about the delay|the missing invoices|what happens to the {n} jobs}.
The {n2} jobs at the {thing} are {safe until {month}|to move to {town}|not mentioned in the contract at all}.
Measurements taken {at dawn|over {n} nights|by volunteers} {showed|suggested} that {the water was {n} degrees warmer than in {year}|dust levels had halved|the ground was still sinking}.
An appeal {may be lodged|was lodged} with the county court {before the end of {month}|within {n} days}; {name} said {pron} {would think it over|had no money left for lawyers|was certain to win}.
What {residents|fishermen|parents} want, {pron} added, is {a ferry that runs on time|somebody who answers the telephone|a plain account of where the money went}.
The {body} has {n} weeks to {publish its reasons|find another contractor|reply in writing}.
Some of the stone came from {town}, {n} kilometres upstream, and {was cut by hand|arrived on barges|carries the masons’ marks to this day}.
For {name}, {whose family ran the {thing} for three generations|who moved here from {town} in {year}}, the {news|decision} came {too late|as a relief|on a difficult day}.
“It is a {small|stubborn|lovely} {place|building|piece of work},” said {name}, “and it deserves {better than a car park|another hundred years|a coat of paint}.”
Insurance covers {a fifth|about half|none} of the damage, which {assessors put at {n}0,000 crowns|nobody has yet been able to measure}.
The {school|clinic|post office} next to the {thing} will {move|close early|stay where it is} {for the length of the works|until {month}|whatever the court decides}.
Rain fell on {n} of the last {n2} days, and the {river|harbour basin|lower meadow} {rose by {n} centimetres|was closed to swimmers|looked, as one {role} put it, like tea}.
Officials {blamed|praised} the {contractor|weather|volunteers}, who {had worked through two weekends|had no training for such a task|were never paid for the last {n} weeks}.
There is no {plan|money|law} for {such a case|what comes after|moving the archive}, and {the {body} has not asked for one|{name} doubts there ever will be}.
{Opponents|Supporters} gathered {n}{d}0 signatures in {n} days, more than {any petition since {year}|the town has voters under thirty}.
The oldest {map|photograph|letter} in the archive, dated {year}, shows {a row of elms where the {thing} now stands|two chimneys and a slipway|that the road once ran along the water}.
If the {money|weather} holds, the first {visitors|trains|tenants} could {arrive|return} by {month} {year2}, {name} said.
{name} laughed when asked whether {pron} would stand again: “Ask my {husband|daughter|doctor}.”
A second {opinion|estimate|inspection}, ordered by the {body} in {month}, {came to the opposite conclusion|has never been published|ran to {n}{d}0 pages}.
Prices for a flat {near|behind|within sight of} the {thing} have {doubled|fallen by a tenth|hardly changed} since {year}, {figures from the county show|say agents in {town}}.
Fishermen land about {n} tonnes of herring there in a good week, {half of what they did in {year}|nearly all of it sold before breakfast}.
""".strip().splitlines()
HEADLINES = """
{Town} votes to {close|rebuild|sell} its {thing}
{Body} delays decision on {thing} until {month}
Residents of {town} ask who will pay for the {thing}
After {n} years, the {thing} of {town} opens again
How {a|one} {role} saved the {thing} in {town}
“Nobody told us”: {town} and its vanishing {thing}
{Thing} repairs to cost {n}.{d} million crowns, {body} says
{Body} chief quits over {thing} contract in {town}
The {role} who counts the tides at {town}
""".strip().splitlines()
HEADINGS = """
A vote after midnight
What the survey found
The cost of waiting
Who pays for the {thing}
An archive in a biscuit tin
{Town} before the storm
Where the stone came from
What happens next
The view from the {body}
A question of {n} millimetres
""".strip().splitlines()
QUESTIONS = """
When did you first see the {thing}?
Were you surprised by the vote of the {body}?
What do people in {town} say to you about it?
How much of the {n} million crowns has been spent?
Would you do it all again?
Is there anything the {body} could still change?
Why does a {role} care about a {thing}?
What will you do after {month}?
""".strip().splitlines()
STORIES_ELSEWHERE = """
Beekeepers count their losses after a mild winter
Ten walks for a wet weekend
Swimmers return to the canal at Orley
The bakery that never closes
Tram drivers accept pay offer
Why the clocks of Pell run late
Museum finds lost sketchbook in its own cellar
Quiz: how well do you know your bridges?
Goalkeeper, 41, signs for one more season
Potato prices reach a ten-year high
The night shift at the seed bank
Choir of postmen wins national prize
""".strip().splitlines()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
_SLOT = re.compile(r"\{([^{}]*)\}")


class Writer:
    """Writes one story: the same seed gives the same cast and the same words."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.town, *self._towns = random.sample(TOWN, 4)
        self.thing, *self._things = random.sample(THING, 2)
        self.body = random.choice(BODY)
        self.paper = random.choice(PAPER)
        self.people = [self.name() for _ in range(4)]
        self._sentences = random.sample(SENTENCES, len(SENTENCES))

    def name(self) -> str:
        """A person's name."""
        return f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"

    def sentence(self) -> str:
        """A sentence that this story has not told in this form before."""
        if not self._sentences:
            self._sentences = self.random.sample(SENTENCES, len(SENTENCES))
        return self.fill(self._sentences.pop())

    def paragraph(self, sentences: tuple[int, int] = (1, 3)) -> str:
        """Some sentences of the story."""
        return " ".join(self.sentence() for _ in range(self.random.randint(*sentences)))

    def paragraphs(self, least: int = 5, most: int = 10) -> list[str]:
        """The paragraphs of a story."""
        return [self.paragraph() for _ in range(self.random.randint(least, most))]

    def headline(self) -> str:
        """What stands above the story."""
        return self.fill(self.random.choice(HEADLINES))

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
        match slot:
            case "town":
                return random.choice([self.town, self.town, *self._towns])
            case "Town":
                return self.town
            case "thing":
                return random.choice([self.thing, self.thing, self.thing, *self._things])
            case "Thing":
                return self.thing.capitalize()
            case "body":
                return self.body
            case "Body":
                return self.body.capitalize()
            case "name":
                return random.choice(self.people)
            case "role":
                return random.choice(ROLE)
            case "pron":
                return random.choice(["she", "he"])
            case "day":
                return random.choice(DAYS)
            case "month":
                return random.choice(MONTHS)
            case "year":
                return str(random.randint(1880, 2009))
            case "year2":
                return str(random.randint(2027, 2040))
            case "n":
                return str(random.randint(3, 48))
            case "n2":
                return str(random.randint(50, 98))
            case "d":
                return str(random.randint(1, 9))
        return slot  # an alternative of one, such as {Town's}

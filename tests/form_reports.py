"""Invented reports of different events in the same words, as desks write them from one form."""

from __future__ import annotations

from itertools import combinations

FORMS = {
    "match": (
        "{a} beat {b} {score} at {ground} on {day} to go top of the Northern League. Varga scored "
        "twice in the first half. Ostrom added a third after the break. {b} pulled one back late "
        "on through {scorer}. Manager Ilka Dorn said her side had deserved to win. The club has "
        "now won {n} games in a row, and leads Tarn by {m} points with {left} games to play.",
        "Brackwell/Dunmere/3-1/Mill Road/Saturday/Palmgren/five/two/eight",
        "Brackwell/Eastholm/3-0/Mill Road/Sunday/Keane/six/three/seven",
        "Brackwell/Garsdale/4-1/Mill Road/Wednesday/Orsted/seven/five/six",
        "a/b/score/ground/day/scorer/n/m/left",
    ),
    "weather": (
        "Rain is expected across the north on {day}, with highs of {a} degrees in Kelm and {b} in "
        "Yarrow. Winds will be light from the west. The Weather Office said that roads may flood "
        "in low places and that drivers should take care. {next} will be drier, with some sun in "
        "the afternoon and a high of {c} degrees. Further rain is forecast from {then} on.",
        "Monday/12/14/Tuesday/15/Wednesday",
        "Friday/9/11/Saturday/13/Sunday",
        "Thursday/7/12/Friday/10/Saturday",
        "day/a/b/next/c/then",
    ),
    "rates": (
        "The Bank of Norrland raised interest rates by {step} point to {rate} percent on Thursday, "
        "its {time} rise in a row, and said inflation would fall more slowly than it had hoped. "
        "Governor Aldo Brenn said that food prices had proved more stubborn than the bank "
        "expected. {yes} of the nine members of the committee voted for the rise, and {no} for no "
        "change. The crown rose {rose} percent against the dollar after the decision. Economists "
        "polled by Veritas expect one more rise in {month}.",
        "a quarter/4.5/twelfth/Seven/two/0.2/June",
        "a quarter/4.75/thirteenth/Seven/two/0.4/August",
        "half a/5.25/fourteenth/Five/four/0.9/September",
        "step/rate/time/yes/no/rose/month",
    ),
    "obituary": (
        "{name}, who taught at the school in {town} for {n} years, died at home on {day}. {he} was "
        "{age}. Born in {born}, the teacher came to the valley as a child and never left it again. "
        "Former pupils remembered a patient voice, a bicycle in all weathers and a drawer full of "
        "peppermints. A service will be held in the parish church on {service} at {hour} o'clock. "
        "The family asks for donations to the library instead of flowers.",
        "Ada Marsh/Carrow/31/Monday/She/84/1939/Friday/eleven",
        "Nils Thorne/Carrow/27/Sunday/He/79/1944/Thursday/ten",
        "Greta Pryce/Orrin/40/Tuesday/She/91/1932/Saturday/two",
        "name/town/n/day/he/age/born/service/hour",
    ),
    "earnings": (
        "Ledger Corp reported net income of ${a} million for the {quarter} quarter, up from ${b} "
        "million a year earlier. Revenue rose {c} percent to ${d} billion. Chief Executive Dana "
        "Roe said that demand had been strong in all regions. The company kept its outlook for the "
        "year. Shares of Ledger rose {e} percent in early trading on {day} in Port Aster. Analysts "
        "surveyed by Factum had expected net income of ${f} million.",
        "120/first/98/12/1.2/3/Tuesday/110",
        "131/second/104/9/1.3/4/Wednesday/140",
        "127/third/101/7/1.25/2/Tuesday/119",
        "a/quarter/b/c/d/e/day/f",
    ),
    "crash": (
        "A {age}-year-old {who} died on {day} when {his} car left the {road} near {town} and hit a "
        "tree. Police were called shortly after {hour}. Nobody else was in the car, and no other "
        "vehicle was involved. The road was closed for three hours while the wreck was removed. "
        "An officer said that the surface had been wet and that speed may have played a part. "
        "Witnesses are asked to call the station in {station}.",
        "34/man/Saturday/his/A40/Skerry/midnight/Hallin",
        "22/woman/Tuesday/her/B119/Rusk/six/Norwick",
        "51/man/Friday/his/A7/Tesk/noon/Hallin",
        "age/who/day/his/road/town/hour/station",
    ),
    "quake": (
        "An earthquake of magnitude {size} struck {km} kilometres off the coast of {land} on {day},"
        " the Seismic Survey said. It was at a depth of {deep} kilometres. There were no reports"
        " of damage or of injuries. People in the towns along the coast ran out of their houses and"
        " spent the night in the open. No warning of a tsunami was given. Quakes are common in the "
        "region, where two plates of the crust meet.",
        "5.8/41/Zellin/Monday/10",
        "6.1/73/Zellin/Thursday/33",
        "5.4/26/Ulverby/Sunday/12",
        "size/km/land/day/deep",
    ),
    "market": (
        "Shares closed {up} on {day} after a quiet session. The main index {did} {a} percent to "
        "{b} points. Banks and makers of cars led the way, while oil companies fell behind. "
        "Traders said that many investors were waiting for the figures on jobs, which are due on "
        "Friday. The crown hardly moved against the dollar. A barrel of oil cost {c} dollars in "
        "the evening.",
        "higher/Monday/gained/0.6/4,112/81",
        "lower/Tuesday/lost/0.4/4,096/79",
        "higher/Wednesday/gained/1.2/4,145/83",
        "up/day/did/a/b/c",
    ),
    "court": (
        "A court in {town} has sentenced a former {job} to {n} years in prison for fraud. {name}, "
        "{age}, had taken {sum} crowns from the accounts of elderly customers over a period of "
        "four years. The judge said that the accused had abused the trust of people who could not "
        "defend themselves. The defence had asked for a suspended sentence and will appeal. Part "
        "of the money was spent on holidays and a boat; the rest has not been found.",
        "Lenn/banker/three/Viggo Sandoval/47/410,000",
        "Morrow/solicitor/five/Edda Whitlock/58/1.2 million",
        "Lenn/accountant/four/Rafe Quill/39/620,000",
        "town/job/n/name/age/sum",
    ),
    "election": (
        "{name} of the {party} has been elected mayor of {town} with {share} percent of the vote. "
        "{rival}, who had held the office for {n} years, came second with {less} percent. Turnout "
        "was {turn} percent, a little more than last time. The new mayor promised to bring life "
        "back to the centre and to keep the swimming pool open. The count lasted until late in the "
        "night because the ballots of one district had to be counted again.",
        "Una Kettle/Greens/Inverlee/52.3/Joren Yates/eight/44.1/61",
        "Tomas Ulrich/Liberals/Fennick/50.8/Mira Abel/twelve/47.9/58",
        "Ines Garrick/Greens/Pelham/56.7/Bram Eklund/six/39.2/66",
        "name/party/town/share/rival/n/less/turn",
    ),
    "launch": (
        "A rocket carrying {n} satellites lifted off from the space port at {place} on {day} and "
        "put them into orbit {minutes} minutes later. It was the company's {time} launch of the "
        "year. The first stage came down on a ship in the ocean, as planned. The satellites belong "
        "to a network that is to bring fast internet to remote places. Astronomers have complained "
        "that the bright dots spoil their pictures of the sky.",
        "53/Cape Ansel/Sunday/62/14th",
        "49/Cape Ansel/Wednesday/58/17th",
        "22/Point Marr/Friday/71/21st",
        "n/place/day/minutes/time",
    ),
    "concert": (
        "{band} will play at the {hall} on {date}, the promoters said on Monday. Tickets cost "
        "between {low} and {high} crowns and go on sale on {sale} at nine in the morning. It is "
        "the only concert in the country on this tour. The last one was sold out within an hour,"
        " and nobody may buy more than four tickets. Doors open at seven, and there is no other "
        "act.",
        "The Lanterns/Harbour Hall/4 June/390/850/Thursday",
        "Silver Tide/Harbour Hall/19 July/420/990/Friday",
        "Mona Vale/Old Arena/30 August/310/640/Wednesday",
        "band/hall/date/low/high/sale",
    ),
    "fire": (
        "A fire destroyed {what} in {town} in the early hours of {day}. {n} firefighters fought "
        "the flames for {h} hours before they were under control. Nobody was hurt. Neighbours were "
        "told to keep their windows shut because of the smoke. The damage is put at {sum} crowns. "
        "How the fire began is not known, and investigators are to look at the ruins as soon as "
        "they have cooled down.",
        "a barn/Westray/Monday/Forty/five/900,000",
        "a warehouse/Varn/Thursday/Sixty/seven/3 million",
        "a sawmill/Jorvale/Saturday/Thirty/four/1.5 million",
        "what/town/day/n/h/sum",
    ),
    "post": (
        "The board of the school in {town} has chosen {name} as its new head. {name} has taught "
        "there since the spring and was the only candidate to be heard in public. Parents had "
        "asked for somebody who knows the place. The former head, {old}, left at short notice "
        "after a quarrel over the rules for telephones. The board thanked the teachers for their "
        "patience and hopes for quieter times.",
        "Carrow/Clara Fenn/Dov Jessop",
        "Hallin/Yusuf Quill/Zora Vance",
        "Carrow/Kaia Rask/Clara Fenn",
        "town/name/old",
    ),
    "jobs": (
        "Unemployment in the country {did} to {a} percent in {month}, the statistics office said on"
        " {day}. That was {more} than economists had expected. {n} people were looking for work, "
        "and employers reported {open} vacancies. The office said that builders and hotels had "
        "taken on more staff while industry had shed some. Wages grew {b} percent from a year "
        "before.",
        "fell/5.1/March/Tuesday/less/210,000/64,000/3.9",
        "fell/4.9/April/Thursday/less/202,000/67,000/4.1",
        "rose/5.3/July/Wednesday/more/219,000/58,000/3.6",
        "did/a/month/day/more/n/open/b",
    ),
}


def pairs() -> dict[str, tuple[str, str]]:
    """Two reports of each pair of events, by a name for the pair."""
    found = {}
    for kind, (form, *events, fields) in FORMS.items():
        told = [
            form.format_map(dict(zip(fields.split("/"), event.split("/"), strict=True)))
            for event in events
        ]
        for one, other in combinations(range(len(told)), 2):
            found[f"{kind} {one + 1} and {other + 1}"] = told[one], told[other]
    return found

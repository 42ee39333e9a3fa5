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
}


def pairs() -> dict[str, tuple[str, str]]:
    """Two reports of each pair of events, by a name for the pair."""
    found = {}
    for kind, (form, *events, fields) in FORMS.items():
        texts = [
            form.format_map(dict(zip(fields.split("/"), event.split("/"), strict=True)))
            for event in events
        ]
        for one, other in combinations(range(len(texts)), 2):
            found[f"{kind} {one + 1} and {other + 1}"] = texts[one], texts[other]
    return found

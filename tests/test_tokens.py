"""Numbers, dates and names are what a second report tells that the first did not."""

import pytest

from retrieval.text.near_duplicates import Kind, has_new_fact, tokens

ONE = "Brackwell beat Dunmere 3-1 on Saturday, and two players were sent off after the break."
PROSE = f"{ONE} The club said that officials and players were content."


def test_a_text_has_numbers_dates_and_names():
    told = "The Bank of Lenn paid 1,200 crowns in May for seven boats, said Ada."
    kinds = {token.text: token.kind for token in tokens(told) if token.kind is not Kind.WORD}
    assert kinds == {
        "the": Kind.OPENING,
        "bank": Kind.NAME,
        "lenn": Kind.NAME,
        "1200": Kind.NUMBER,
        "may": Kind.NUMBER,
        "7": Kind.NUMBER,
        "ada": Kind.NAME,
    }


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("3-1", "3-0"),
        ("Saturday", "Sunday"),
        ("Saturday", "yesterday"),
        ("two", "four"),
        ("beat Dunmere", "beat Eastholm"),
        ("Brackwell beat", "Eastholm beat"),
        ("Brackwell beat Dunmere", "Dunmere beat Brackwell"),
        ("on Saturday", "on Saturday in Rusk"),
    ],
)
def test_another_number_date_or_name_tells_anew(part: str, other: str):
    assert part in ONE
    assert has_new_fact(ONE.replace(part, other), ONE, PROSE)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("players were", "men were"),
        ("two", "2"),
        ("3-1", "3–1"),
        (" on Saturday", ""),
        (" after the break", ""),
        ("Brackwell beat", "Officials said Brackwell beat"),
    ],
)
def test_other_words_and_fewer_facts_are_nothing_new(part: str, other: str):
    assert part in ONE
    assert not has_new_fact(ONE.replace(part, other), ONE, PROSE)


def test_the_same_numbers_of_other_things_tell_anew():
    """Though "two" and "people" stand in both, it is not two who died in the first."""
    told = "Three people died and two people were hurt."
    assert has_new_fact("Two people died.", told, "")
    assert not has_new_fact("Three people died.", told, "")

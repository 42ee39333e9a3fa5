"""Numbers are read as values, with what they count; what could be read in two ways is left out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.text.quantities import Amount, Date, values


def amounts(text: str) -> list[Amount]:
    return values(text)[0]


def dates(text: str) -> list[Date]:
    return values(text)[1]


@pytest.mark.parametrize(
    ("text", "told", "low", "high"),
    [
        ("Twelve people died.", "Twelve people", 12, 12),
        ("It killed 1,200 hens.", "1,200 hens", 1200, 1200),
        ("Two hundred and fifty boats came.", "Two hundred and fifty boats", 250, 250),
        ("It cost $3.5 million.", "$3.5 million", 3.5e6, 3.5e6),
        ("It cost £2bn.", "£2bn", 2e9, 2e9),
        ("Sales fell by 4 per cent.", "4 per cent", 4, 4),
        ("About 300 boats came.", "About 300 boats", 255, 345),
        ("More than 40 boats came.", "More than 40 boats", 40, 4e10),
        ("Up to 40 boats came.", "Up to 40 boats", 0, 40),
    ],
)
def test_a_number_is_read_with_what_it_counts(text, told, low, high):
    (amount,) = amounts(text)
    assert text[slice(*amount.span)] == told
    assert (amount.low, amount.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    "text",
    [
        "It was built in 1914.",
        "It opens on 3 May.",
        "It opens at 6 p.m. sharp.",
        "The Boeing 737 landed.",
        "It cost 1.200 crowns.",  # to some, one and a fifth
        "Between 10 and 12 boats came.",
        "One in five boats sank.",
        "Dunmere won 3-1.",
        "Dozens of boats came.",
        "14 more sank.",
        "It cost 1 200 crowns.",
    ],
)
def test_a_date_a_range_a_part_a_name_and_what_can_be_read_in_two_ways_are_left_out(text):
    assert amounts(text) == []


@pytest.mark.parametrize(
    ("one", "other", "allowed"),
    [
        ("12 boats sank.", "Twelve boats sank.", True),
        ("12 boats sank.", "14 boats sank.", False),
        ("300 boats sank.", "312 boats sank.", True),
        ("300 boats sank.", "360 boats sank.", False),
        ("At least 12 boats sank.", "14 boats sank.", True),
        ("3 million boats sank.", "3.2 million boats sank.", True),
        ("1,204 boats sank.", "1204 boats sank.", True),
        ("12 boats sank.", "14 cars sank.", True),
        ("12 people died.", "14 died.", False),
        ("It cost $12.", "It cost €14.", True),
    ],
)
def test_a_number_allows_those_it_may_stand_for_and_those_of_other_things(one, other, allowed):
    (here,), (there,) = amounts(one), amounts(other)
    assert here.allows(there) == there.allows(here) == allowed


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "0 12 81.3 1,200 1.200 2021 $ £3m 5k % two twenty-one hundred million dozen a half and"
            " to about at least 3 May , . ( - people died in of one p m ٣ 9999999999999999 \u202f"
            " May Jan. 3rd 31st since".split()
        )
        | st.text(max_size=3)
    ).map(" ".join)
)
def test_any_text_is_read(text):
    for found in (*amounts(text), *dates(text)):
        assert 0 <= found.span.start < found.span.end <= len(text)
        assert found.allows(found)


def test_each_value_has_the_words_of_its_own_clause():
    dead, hurt = amounts("It left 12 people dead and 30 injured, police said.")
    assert (dead.near & hurt.near, "dead" in dead.near, "hurt" in hurt.near) == (set(), True, True)
    built, repaired = dates("The dam was built in 1914, and the weir was repaired in 1999.")
    assert (built.near & repaired.near, "built" in built.near) == (set(), True)


@pytest.mark.parametrize(
    ("text", "told", "year", "month", "day"),
    [
        ("It opens on 3 May.", "3 May", None, 5, 3),
        ("It opened on May 3, 2021.", "May 3, 2021", 2021, 5, 3),
        ("It opened in May 2021.", "May 2021", 2021, 5, None),
        ("It opened in 2021.", "2021", 2021, None, None),
    ],
)
def test_a_date_is_read_as_far_as_it_is_stated(text, told, year, month, day):
    (found,) = dates(text)
    assert text[slice(*found.span)] == told
    assert (found.year, found.month, found.day) == (year, month, day)

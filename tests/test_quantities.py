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
        ("They sold twenty-one boats.", "twenty-one boats", 21, 21),
        ("Two hundred and fifty boats came.", "Two hundred and fifty boats", 250, 250),
        ("Three dozen boats came.", "Three dozen boats", 36, 36),
        ("It cost $3.5 million.", "$3.5 million", 3.5e6, 3.5e6),
        ("It cost £2bn.", "£2bn", 2e9, 2e9),
        ("It cost 3.5 million crowns.", "3.5 million crowns", 3.5e6, 3.5e6),
        ("Sales fell by 4 per cent.", "4 per cent", 4, 4),
        ("Sales fell by 81.3 percent.", "81.3 percent", 81.3, 81.3),
        ("About 300 boats came.", "About 300 boats", 255, 345),
        ("More than 40 boats came.", "More than 40 boats", 40, 4e10),
        ("Up to 40 boats came.", "Up to 40 boats", 0, 40),
        ("Nearly 40 boats came.", "Nearly 40 boats", 34, 40),
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
        "It opens on May 3.",
        "It opens at 6 p.m. sharp.",
        "It opens at 6:30.",
        "The Boeing 737 landed.",
        "Ada Fenn, 43, won.",
        "It cost 1.200 crowns.",  # to some, one and a fifth
        "It cost 3,5 crowns.",
        "Between 10 and 12 boats came.",
        "10 to 12 boats came.",
        "One in five boats sank.",
        "Dunmere won 3-1.",
        "The 30-year-old won.",
        "The 12th boat sank.",
        "Dozens of boats came.",
        "One of the boats sank.",
        "14 of the boats sank.",
        "Another 14 boats sank.",
        "14 more sank.",
        "It took 6 years.",
        "It cost 1 200 crowns.",
        "Two and a half million boats came.",
        "The boats - old tugs - sank.",
        f"It cost {'9' * 400} crowns.",
        "It cost ٣٠٠ crowns.",
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
        ("300 boats sank.", "400 boats sank.", False),
        ("About 300 boats sank.", "340 boats sank.", True),
        ("At least 12 boats sank.", "14 boats sank.", True),
        ("At least 14 boats sank.", "12 boats sank.", False),
        ("3 million boats sank.", "3.2 million boats sank.", True),
        ("3 million boats sank.", "3.6 million boats sank.", False),
        ("1,204 boats sank.", "1204 boats sank.", True),
        ("12 boats sank.", "14 cars sank.", True),
        ("12 children died.", "14 people died.", True),
        ("12 people died.", "14 died.", False),
        ("It cost 12 dollars.", "It cost $14.", False),
        ("It cost $12.", "It cost €14.", True),
        ("Sales fell by 12 percent.", "Sales fell by 14 points.", True),
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


def test_words_for_one_kind_of_harm_are_the_same():
    told = ["12 people died.", "It killed 14.", "14 dead.", "The toll rose to 14.", "14 deaths."]
    assert all("dead" in amounts(text)[0].near for text in told)


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
        ("It opened on Jan. 3rd.", "Jan. 3rd", None, 1, 3),
        ("It opened on the 3rd of May 2021.", "3rd of May 2021", 2021, 5, 3),
        ("It opened in May 2021.", "May 2021", 2021, 5, None),
        ("It opened in 2021.", "2021", 2021, None, None),
    ],
)
def test_a_date_is_read_as_far_as_it_is_stated(text, told, year, month, day):
    (found,) = dates(text)
    assert text[slice(*found.span)] == told
    assert (found.year, found.month, found.day) == (year, month, day)


def test_dates_are_the_same_unless_something_that_both_state_differs():
    full, no_year, month, other = dates("On 3 May 2021, on 3 May, in May 2021, on 5 May.")
    assert full.allows(no_year)
    assert full.allows(month)
    assert not full.allows(other)

"""A date is read only where it is certain."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from retrieval.sources import dates
from retrieval.sources.dates import Dated

TODAY = date(2026, 11, 1)
SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2018-10-08", date(2018, 10, 8)),
        ("20181008", date(2018, 10, 8)),
        ("2018-10-08T09:59", datetime(2018, 10, 8, 9, 59)),
        ("2018-10-08T09:59:30Z", datetime(2018, 10, 8, 9, 59, 30, tzinfo=UTC)),
        ("2018-10-08T09:59:00+09:00", datetime(2018, 10, 8, 9, 59, tzinfo=SEOUL)),
        ("Mon, 08 Oct 2018 09:59:00 +0900", datetime(2018, 10, 8, 9, 59, tzinfo=SEOUL)),
        ("October 8, 2018", date(2018, 10, 8)),
        ("8 Oct. 2018", date(2018, 10, 8)),
        ("Oct 8, 2018 9:59 p.m.", datetime(2018, 10, 8, 21, 59)),
        ("2018-10-08 09:59 KST", datetime(2018, 10, 8, 9, 59, tzinfo=SEOUL)),
        ("10:15 AM GMT+9, October 8, 2018", datetime(2018, 10, 8, 10, 15, tzinfo=SEOUL)),
        ("2018.10.08", date(2018, 10, 8)),
        ("2018년 10월 8일", date(2018, 10, 8)),
        ("13/10/2018", date(2018, 10, 13)),
        ("1709710200", datetime(2024, 3, 6, 7, 30, tzinfo=UTC)),
        ("1709150200", datetime(2024, 2, 28, 19, 56, 40, tzinfo=UTC)),
        ("1709710200.25", datetime(2024, 3, 6, 7, 30, tzinfo=UTC)),
        ("1709710200123", datetime(2024, 3, 6, 7, 30, tzinfo=UTC)),
    ],
)
def test_certain_dates_are_read_with_their_time(written, value):
    assert dates.parsed(written) == value
    assert type(dates.parsed(written)) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2018",
        "October 2018",
        "2018",
        "10:15",
        "tomorrow",
        "",
        "8 Oct 18",
        "Oct 8",
        "2018-13-45",
        "31 February 2018",
        "99999-01-01",
        "8 October 2018 10:00 +9999",
        "1" * 50,
        "9" * 5000,
    ],
)
def test_what_could_be_two_dates_or_none_is_none(written):
    assert dates.parsed(written) is None


def test_dates_are_found_where_they_stand_in_a_line():
    line = "Posted October 7, 2018 at 5:02 PM, again on 2018-10-09"
    assert dates.written_in(line, TODAY) == [
        Dated(7, 33, datetime(2018, 10, 7, 17, 2)),
        Dated(44, 54, date(2018, 10, 9)),
    ]


def test_dates_after_the_day_of_reading_are_left_out_but_for_one_day_of_grace():
    line = "1 November 2026, 2 November 2026, 3 November 2026"
    assert [found.value.day for found in dates.written_in(line, TODAY)] == [1, 2]


def test_a_link_may_hold_its_date():
    assert dates.in_link("https://post.example/2018/10/08/pier", TODAY) == date(2018, 10, 8)
    assert dates.in_link("https://post.example/2018/99/08/pier", TODAY) is None
    assert dates.in_link("https://post.example/123456/10/08", TODAY) is None

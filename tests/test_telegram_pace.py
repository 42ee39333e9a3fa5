"""The pace at which people may ask."""

from bot.telegram.pace import Pace


def test_so_many_a_minute_may_be_done():
    pace = Pace(2)
    assert [pace.wait(1, when, when) for when in (0.0, 10.0, 20.0, 59.0, 60.5, 61.0)] == [
        0, 0, 40, 1, 0, 9,
    ]  # fmt: skip
    assert pace.wait(2, 61.0, 61.0) == 0, "each person for himself"


def test_what_is_begun_again_counts_once():
    pace = Pace(1)
    assert [pace.wait(1, 0.0, what) for what in ("a", "a", "b", "a")] == [0, 0, 60, 0]

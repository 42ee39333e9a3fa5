"""A link to a passage names it by as few words as lead there, and nowhere else."""

import re
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.fragments import LONGEST_WHOLE, fragment

DAM = (
    "The dam at Orr, which was built in 1914 of river stone and of timber, was taken down on "
    "Tuesday, said Kim Orde."
)
COST = "It cost four crowns."


def of(text: str, quoted: str, nth: int = 0) -> str:
    """The directive for the nth place where some words stand in a text."""
    start = [match.start() for match in re.finditer(re.escape(quoted), text)][nth]
    return fragment(text, start, start + len(quoted))


def test_a_long_quote_is_named_by_the_four_words_at_each_end():
    assert (
        of(f"News.\n\n{DAM} {COST}", DAM)
        == "The%20dam%20at%20Orr%2C,Tuesday%2C%20said%20Kim%20Orde."
    )


def test_a_short_quote_is_repeated_whole():
    whole = "a" * 9 + " word" * 14 + "s"
    assert len(whole) == LONGEST_WHOLE
    assert of(f"News.\n\n{DAM} {COST}", COST) == "It%20cost%20four%20crowns."
    assert unquote(of(whole, whole)) == whole
    assert "," in of(f"{whole}s", f"{whole}s")


def test_hyphens_and_commas_are_encoded_and_words_are_whole():
    quoted = "Forty-one, " + "well-kept boats " * 6 + "lay there, off-shore & safe-ish then."
    assert of(quoted, quoted) == (
        "Forty%2Done%2C%20well%2Dkept%20boats%20well%2Dkept,off%2Dshore%20%26%20safe%2Dish%20then."
    )


def test_an_end_grows_until_it_leads_to_the_quote_and_no_other():
    other = "The dam at Orr, which was old, leaked. The dam at Orr, which was built of clay, held."
    assert of(f"{other} {DAM}", DAM).split(",")[0] == (
        "The%20dam%20at%20Orr%2C%20which%20was%20built%20in"
    )
    twice = DAM.replace(
        "of timber", "of timber, said Kim Orde. The wall fell on Tuesday, said Kim Orde. It"
    )
    start, end = map(unquote, of(twice, twice).split(","))
    assert end == "down on Tuesday, said Kim Orde."
    assert leads(twice, start, end) == (0, len(twice))


def test_what_is_said_twice_is_told_apart_by_the_words_before_it():
    text = f"{COST} The second dam did, too. {COST}"
    assert of(text, COST) == "It%20cost%20four%20crowns."
    assert of(text, COST, 1) == "too.-,It%20cost%20four%20crowns."
    long = f"{DAM} And again: {DAM}"
    assert of(long, DAM, 1).startswith("again%3A-,The%20dam%20at%20Orr%2C%20which")


def test_words_that_only_begin_like_the_quote_are_no_earlier_place():
    text = "It cost four crownsmen their post. IT COST  FOUR\nCROWNS: nothing. It cost four crowns"
    assert of(text, "It cost four crowns", 1).startswith("nothing.-,")
    assert of("It cost four crownsmen. It cost four crowns", "It cost four crowns", 1) == (
        "It%20cost%20four%20crowns"
    )


def test_a_quote_without_spaces_is_named_by_its_first_and_last_clause():
    first, last = "奥尔的大坝建于一九一四年，", "共花费四百二十克朗。"
    quoted = first + "大坝用河石和木材建成，" * 8 + last
    assert [*map(unquote, of(quoted, quoted).split(","))] == [first, last]


TALK = (
    "The Lamp met Ivo Brand at the lock.\n\nIs the lock safe?\n\nNo, a gate broke in June.\n\n"
    "Who mended it?\n\nMy sister Edda and a smith from Orle who was paid by the parish council, "
    "which had the money from a fair.\n- two bolts\n- one hinge\n\nIs the lock safe?\n\nIt is now."
)


def test_each_end_of_a_quote_over_several_paragraphs_lies_in_one_of_them():
    assert of(TALK, "Is the lock safe?\n\nNo, a gate broke in June.") == (
        "Is%20the%20lock%20safe%3F,No%2C%20a%20gate%20broke%20in%20June."
    )
    assert of(TALK, TALK[37:]) == "Is%20the%20lock%20safe%3F,It%20is%20now."
    long = TALK[TALK.index("Who") : TALK.index("\n- two")]
    assert of(TALK, long) == "Who%20mended%20it%3F,money%20from%20a%20fair."
    assert of(TALK, TALK[TALK.index("My sister") : TALK.index("\n\nIs the lock safe?\n\nIt")]) == (
        "My%20sister%20Edda%20and,%2D%20one%20hinge"
    )


def test_the_words_before_a_quote_are_those_of_one_paragraph():
    again = "Is the lock safe?\n\nIt is now."
    assert of(TALK, again) == "hinge-,Is%20the%20lock%20safe%3F,It%20is%20now."
    twice = "one hinge\n\nIs it safe?\n\nNo.\n\nAnd one hinge\n\nIs it safe?\n\nIt is now."
    assert of(twice, "Is it safe?", 1) == "And%20one%20hinge-,Is%20it%20safe%3F"
    same = "No.\n\nIs it safe?\n\nNo.\n\nIs it safe?"
    assert of(same, "Is it safe?", 1) == "Is%20it%20safe%3F", "no paragraph before it helps"


WORDS = st.lists(
    st.sampled_from("the dam at Orr was built of stone, and held".split()), max_size=60
)


@given(before=WORDS, quoted=WORDS.filter(bool), after=WORDS)
@settings(max_examples=300, deadline=None)
def test_a_browser_is_led_to_the_quote_wherever_its_words_tell_it_apart(before, quoted, after):
    text = " ".join([*before, *quoted, *after])
    start = len(" ".join(before)) + bool(before)
    end = start + len(" ".join(quoted))
    parts = fragment(text, start, end).split(",")
    prefix = parts.pop(0) if parts[0].endswith("-") else ""
    if prefix:
        assert leads(text, f"{prefix[:-1]}%20{parts[0]}", *parts[1:])[1] == end
    elif leads(text[:end], *parts) != (start, end):
        # Nothing but more words than are looked at would tell it apart.
        assert " ".join(quoted) in " ".join([*before, *quoted][:-1])


PARAGRAPHS = st.lists(WORDS.filter(bool).map(" ".join), min_size=1, max_size=4)


@given(before=PARAGRAPHS, quoted=PARAGRAPHS, after=PARAGRAPHS)
@settings(max_examples=300, deadline=None)
def test_no_part_of_a_link_reaches_over_two_paragraphs(before, quoted, after):
    text = "\n\n".join([*before, *quoted, *after])
    start = len("\n\n".join(before)) + 2
    end = start + len("\n\n".join(quoted))
    parts = fragment(text, start, end).split(",")
    assert len(parts) - parts[0].endswith("-") == 2 or len(quoted) == 1
    assert all(unquote(part.removesuffix("-")) in text for part in parts)
    if text.count(quoted[0]) == text.count(quoted[-1]) == 1:
        assert leads(text, *[part for part in parts if not part.endswith("-")]) == (start, end)


def leads(text: str, start: str, end: str | None = None) -> tuple[int, int]:
    """Where a browser is led by a directive; all of it has to be in lower case or as written."""
    first = found(text, unquote(start), 0)
    if end is None:
        return first, first + len(unquote(start))
    last = found(text, unquote(end), first + len(unquote(start)))
    return first, last + len(unquote(end))


def found(text: str, words: str, after: int) -> int:
    match = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)").search(text, after)
    assert match, (words, text)
    return match.start()

"""A link to a passage names it by as few words as lead there, and nowhere else."""

import re
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.text import fragment

DAM = (
    "The dam at Orr, which was built in 1914 of river stone and of timber, was taken down on "
    "Tuesday, said Kim Orde."
)
COST = "It cost four crowns."


def of(text: str, quoted: str, nth: int = 0) -> str:
    """The directive for the nth place where some words stand in a text."""
    start = [match.start() for match in re.finditer(re.escape(quoted), text)][nth]
    return fragment(text, start, start + len(quoted))


def test_a_repeated_quote_is_distinguished_by_the_words_before_it():
    text = f"{COST} The second dam did, too. {COST}"
    assert of(text, COST) == "It%20cost%20four%20crowns."
    assert of(text, COST, 1) == "too.-,It%20cost%20four%20crowns."
    long = f"{DAM} And again: {DAM}"
    assert of(long, DAM, 1).startswith("again%3A-,The%20dam%20at%20Orr%2C%20which")


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
@settings(max_examples=100, deadline=None)
def test_a_browser_finds_the_quote_if_its_words_are_unique(before, quoted, after):
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
@settings(max_examples=100, deadline=None)
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

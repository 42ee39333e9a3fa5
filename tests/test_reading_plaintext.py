"""Articles copied into text files are read as clean paragraphs with their title and source."""

import time
from datetime import date, datetime

import pytest
from generated_documents import COST, FERRY, MAYOR

from retrieval.sources import plaintext
from retrieval.sources.drafts import Draft

TODAY = date(2026, 11, 1)

PROSE = f"{FERRY}\n\n{MAYOR}\n\n{COST}"


def read(text: str) -> Draft:
    return plaintext.drafted(text, TODAY)


def test_lines_wrapped_at_72_columns_are_joined_with_a_space():
    draft = read("""\
North pier to reopen in spring

By Ada Fenn

The harbour council voted on Tuesday to reopen the north pier after a
nine-month closure, ending a dispute that had split the town.

"We waited long enough," said Mayor Ines Calder. The first ferry to Low
Island leaves at six in the morning.

Repairs cost 4.2 million crowns, a third more than planned, and were
paid from the storm fund.
""")
    assert draft == Draft(text=PROSE, title="North pier to reopen in spring", author="Ada Fenn")


@pytest.mark.parametrize(
    ("opening", "source", "published"),
    [
        ("NEW YORK, Oct 7 (AFP) — ", "AFP", None),
        ("PORT ELLA, Jan. 2, 2019 /PRNewswire/ -- ", "PRNewswire", date(2019, 1, 2)),
        ("The NATO summit - ", None, None),
    ],
)
def test_datelines_come_in_several_forms(opening, source, published):
    draft = read(f"North pier to reopen\n\n{opening}{FERRY}\n\n{MAYOR}")
    assert (draft.source, draft.published) == (source, published)


@pytest.mark.parametrize(
    ("line", "author", "source"),
    [
        ("By KIM YOO-RA", "Kim Yoo-ra", None),
        ("By Jane Doe, John Roe and Ada Fenn", "Jane Doe, John Roe and Ada Fenn", None),
        ("By Jane Doe, Staff Writer", "Jane Doe", None),
        ("By Jane Doe, Reuters", "Jane Doe", "Reuters"),
        ("By Jane O'Neill (jane@harbourpost.example)", "Jane O'Neill", None),
        ("Author: Jane Doe", "Jane Doe", None),
        ("By Reuters", None, "Reuters"),
    ],
)
def test_bylines_give_author_and_publisher_and_are_no_text(line, author, source):
    draft = read(f"North pier to reopen\n\n{line}\n\n{PROSE}")
    assert (draft.author, draft.source, draft.text) == (author, source, PROSE)


@pytest.mark.parametrize("line", ["By Friday the pier was open again.", "By Land and Sea"])
def test_prose_that_begins_with_by_is_no_byline(line):
    draft = read(f"North pier to reopen\n\n{line}\n\n{PROSE}")
    assert draft.author is None
    assert draft.text == f"{line}\n\n{PROSE}"


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Published: 8 October 2018 10:15", datetime(2018, 10, 8, 10, 15)),
        ("October 7, 2018", date(2018, 10, 7)),
        ("Updated : 2018-10-09 08:00 Posted : 2018-10-07 17:02", datetime(2018, 10, 7, 17, 2)),
        ("Updated October 9, 2018", date(2018, 10, 9)),
        ("October 7, 2018 | World", date(2018, 10, 7)),
        ("2018.10.07 17:02", datetime(2018, 10, 7, 17, 2)),
        ("Published on: 07/10/2018", None),
    ],
)
def test_date_lines_give_the_date_and_are_no_text(line, published):
    draft = read(f"North pier to reopen\n\n{line}\n\n{PROSE}")
    assert (draft.published, draft.text) == (published, PROSE)


def test_headers_like_those_of_an_e_mail_are_no_text():
    draft = read(
        "Title: North pier to reopen: the plan\nAuthor: Jane Doe\nDate: 8 October 2018\n"
        "Source: The Harbour Post\nURL: https://harbourpost.example/pier\n\n" + PROSE
    )
    assert draft == Draft(
        text=PROSE,
        title="North pier to reopen: the plan",
        url="https://harbourpost.example/pier",
        source="The Harbour Post",
        author="Jane Doe",
        published=date(2018, 10, 8),
    )


CAPTION = "Fishing boats wait at the north pier, Sunday. Screengrab of the mayor's video"
RELATED = (
    "Council split over pier repairs Council split over pier repairs 2018-10-06 09:59   |   Town"
)


def test_a_page_copied_whole_leaves_only_its_prose():
    draft = read(
        "North pier to reopen in spring \xa0 \xa0 DATE: 2024-09-22 18:23:37\n\n"
        f"{CAPTION.replace('boats', 'boats<strong></strong>')}\n{CAPTION}\n\n"
        "Calder calls the vote 'a good day'\n\nBy Ada Fenn\n\n"
        f"{FERRY}\n\n{MAYOR}\n\n{RELATED}\n{COST}\n"
    )
    assert draft == Draft(
        text=PROSE,
        title="North pier to reopen in spring",
        author="Ada Fenn",
        published=date(2018, 10, 6),
    )


def test_the_date_in_the_link_beats_the_day_the_page_was_saved():
    link = "https://harbourpost.example/2018/10/07/pier"
    draft = read(f"North pier to reopen\nRetrieved: 2024-09-22\n{link}\n\n{PROSE}")
    assert (draft.published, draft.url, draft.text) == (date(2018, 10, 7), link, PROSE)


def test_buttons_addresses_and_rights_are_no_prose():
    draft = read(
        f"Home > News > Town\n\nNorth pier to reopen\n\nShare\nTweet\n\n{PROSE}\n\n"
        "Tags: pier, ferry\n\nada@harbourpost.example\n\n"
        "Copyright 2018 The Harbour Post. All rights reserved.\n\n(END)\n"
    )
    assert draft == Draft(text=PROSE, title="North pier to reopen")


def test_leftover_tags_go_and_entities_are_decoded_once():
    draft = read(
        f"Pier &amp; ferry <b>open</b>\n\n<p class='lead'>{FERRY}</p>"
        "<p>A&amp;B say &amp;lt;yes&amp;gt;,"
        ' she said, as 3 <4 and 5> 4.<br/>See <a href="https://harbour.example/?a=1&copy=2">it</a>.</p>'
    )
    assert draft.title == "Pier & ferry open"
    assert draft.text == f"{FERRY}\n\nA&B say &lt;yes&gt;, she said, as 3 <4 and 5> 4.\n\nSee it."


@pytest.mark.parametrize(
    "hostile",
    [
        "<b a=a " * 100_000,
        ("Boats. Photo by " + "A" * 400 + "\n") * 2_000,
        ("Oct 8, 2018 " * 15 + "\n") * 2_000,
    ],
)
def test_hostile_text_is_read_in_a_time_that_grows_with_its_length(hostile):
    start = time.process_time()
    assert read(hostile).text
    assert time.process_time() - start < 5  # it takes a tenth of a second

"""Articles copied into text files are read as clean paragraphs with their title and source."""

import time
from datetime import UTC, date, datetime

import pytest
from generated_documents import COST, FERRY, MAYOR

from retrieval.sources import plaintext
from retrieval.sources.drafts import Draft

TODAY = date(2026, 11, 1)

PROSE = f"{FERRY}\n\n{MAYOR}\n\n{COST}"


def read(text: str) -> Draft:
    return plaintext.drafted(text, TODAY)


def test_clean_text_is_kept_word_for_word():
    draft = read(f"North pier to reopen in spring\n\n{PROSE}\n")
    assert draft == Draft(text=PROSE, title="North pier to reopen in spring")


def test_a_byline_that_ends_with_the_day_of_an_update_is_no_related_story():
    byline = "By Ada Fenn | Pier News | 8 May 2024 | Updated 9 May 2024"
    draft = read(f"North pier to reopen\n\n{byline}\n\n{PROSE}")
    assert (draft.author, draft.source) == ("Ada Fenn", "Pier News")
    assert draft.published == date(2024, 5, 8)


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


def test_wrapped_lines_without_blank_lines_break_where_a_line_ends_early():
    draft = read("""\
North pier to reopen in spring
The harbour council voted on Tuesday to reopen the north pier after a
nine-month closure, ending a dispute that had split the town.
"We waited long enough," said Mayor Ines Calder. The first ferry to Low
Island leaves at six in the morning.
Repairs cost 4.2 million crowns, a third more than planned, and were
paid from the storm fund.
""")
    assert draft.title == "North pier to reopen in spring"
    assert draft.text == PROSE


def test_one_line_a_paragraph_needs_no_blank_lines():
    draft = read(f"North pier to reopen\nBy Ada Fenn\n8 October 2018\n{FERRY}\n{MAYOR}\n{COST}")
    assert draft == Draft(
        text=PROSE, title="North pier to reopen", author="Ada Fenn", published=date(2018, 10, 8)
    )


def test_windows_and_old_mac_line_ends_are_line_ends():
    unix = f"North pier to reopen\n\nBy Ada Fenn\n\n{PROSE}"
    assert read(unix.replace("\n", "\r\n")) == read(unix.replace("\n", "\r")) == read(unix)


def test_a_dateline_tells_date_and_agency_and_stays_in_the_text():
    draft = read(f"North pier to reopen\n\nEASTMOOR, Oct. 7, 2018 (Yonhap) -- {FERRY}\n\n{MAYOR}")
    assert draft.text == f"EASTMOOR, Oct. 7, 2018 (Yonhap) -- {FERRY}\n\n{MAYOR}"
    assert (draft.published, draft.source) == (date(2018, 10, 7), "Yonhap")


@pytest.mark.parametrize(
    ("opening", "source", "published"),
    [
        ("LONDON (Reuters) - ", "Reuters", None),
        ("NEW YORK, Oct 7 (AFP) — ", "AFP", None),
        ("PORT ELLA, Jan. 2, 2019 /PRNewswire/ -- ", "PRNewswire", date(2019, 1, 2)),
        ("The NATO summit - ", None, None),
        ("NASA - ", None, None),
    ],
)
def test_datelines_come_in_several_forms(opening, source, published):
    draft = read(f"North pier to reopen\n\n{opening}{FERRY}\n\n{MAYOR}")
    assert (draft.source, draft.published) == (source, published)


@pytest.mark.parametrize(
    ("line", "author", "source"),
    [
        ("By Jane Doe", "Jane Doe", None),
        ("by Jane Doe", "Jane Doe", None),
        ("BY JANE DOE", "Jane Doe", None),
        ("By KIM YOO-RA", "Kim Yoo-ra", None),
        ("By Kim Yoo-ra", "Kim Yoo-ra", None),
        ("By Jane Doe and John Roe", "Jane Doe and John Roe", None),
        ("By Jane Doe, John Roe and Ada Fenn", "Jane Doe, John Roe and Ada Fenn", None),
        ("By JANE DOE and JOHN ROE", "Jane Doe and John Roe", None),
        ("By Jane Doe, Staff Writer", "Jane Doe", None),
        ("By Jane Doe, Reuters", "Jane Doe", "Reuters"),
        ("By Jane Doe in Port Ella", "Jane Doe", None),
        ("By Jane Doe for The Harbour Post", "Jane Doe", "The Harbour Post"),
        ("By Jane van der Berg, Environment Correspondent", "Jane van der Berg", None),
        ("By Jane O'Neill (jane@harbourpost.example)", "Jane O'Neill", None),
        ("Jane Doe | Reuters", "Jane Doe", "Reuters"),
        ("Jane Doe | The Harbour Post", "Jane Doe", "The Harbour Post"),
        ("Written by Jane Doe", "Jane Doe", None),
        ("Author: Jane Doe", "Jane Doe", None),
        ("Author: Doe, Jane; ROE, John", "Jane Doe and John Roe", None),
        ("By MARA O'NEIL and Juan de la Cruz", "Mara O'Neil and Juan de la Cruz", None),
        ("By KIM Yoo-ra", "Kim Yoo-ra", None),
        ("Jane Doe, Staff Writer", "Jane Doe", None),
        ("By Reuters", None, "Reuters"),
        ("By Associated Press", None, "Associated Press"),
    ],
)
def test_bylines_tell_author_and_outlet_and_leave_the_text(line, author, source):
    draft = read(f"North pier to reopen\n\n{line}\n\n{PROSE}")
    assert (draft.author, draft.source, draft.text) == (author, source, PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "By Friday the pier was open again.",
        "By the time the storm had passed, nothing was left of the pier.",
        "By Land and Sea",
        "By then the council had voted twice and changed its mind three times.",
    ],
)
def test_prose_that_begins_with_by_is_no_byline(line):
    draft = read(f"North pier to reopen\n\n{line}\n\n{PROSE}")
    assert draft.author is None
    assert draft.text == f"{line}\n\n{PROSE}"


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Published: 8 October 2018 10:15", datetime(2018, 10, 8, 10, 15)),
        ("Posted : 2018-10-07 17:02", datetime(2018, 10, 7, 17, 2)),
        ("October 7, 2018", date(2018, 10, 7)),
        ("Sunday, October 7th, 2018", date(2018, 10, 7)),
        ("Oct. 7, 2018, 5:02 p.m.", datetime(2018, 10, 7, 17, 2)),
        ("Published Oct 7, 2018 at 5:02 PM | Updated Oct 9, 2018", datetime(2018, 10, 7, 17, 2)),
        ("Updated : 2018-10-09 08:00 Posted : 2018-10-07 17:02", datetime(2018, 10, 7, 17, 2)),
        ("Updated October 9, 2018", date(2018, 10, 9)),
        ("October 7, 2018 | World", date(2018, 10, 7)),
        ("7 October 2018 · 4 min read", date(2018, 10, 7)),
        ("Date: 2018/10/07", date(2018, 10, 7)),
        ("2018.10.07 17:02", datetime(2018, 10, 7, 17, 2)),
        ("입력 2018년 10월 7일", date(2018, 10, 7)),
        ("13/10/2018", date(2018, 10, 13)),
        ("Sun 7 Oct 2018 17.02 GMT", datetime(2018, 10, 7, 17, 2, tzinfo=UTC)),
        ("Posted: Oct 7, 2018 / 05:02 PM Updated: Oct 8, 2018", datetime(2018, 10, 7, 17, 2)),
        ("Published on: 07/10/2018", None),
    ],
)
def test_lines_that_tell_the_date_leave_the_text(line, published):
    draft = read(f"North pier to reopen\n\n{line}\n\n{PROSE}")
    assert (draft.published, draft.text) == (published, PROSE)


def test_a_byline_and_a_date_may_share_a_line():
    draft = read(f"North pier to reopen\n\nBy Jane Doe | October 7, 2018\n\n{PROSE}")
    assert (draft.author, draft.published, draft.text) == ("Jane Doe", date(2018, 10, 7), PROSE)


def test_headers_like_those_of_an_e_mail_are_told_apart_from_the_text():
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


def test_the_head_of_a_pasted_e_mail_is_no_prose():
    draft = read(
        "From: Jane Doe <jane@harbourpost.example>\nTo: The desk\n"
        f"Date: Tue, 8 Oct 2018 10:15:00 +0200\nSubject: North pier to reopen\n\n{PROSE}"
    )
    assert (draft.title, draft.author, draft.text) == ("North pier to reopen", "Jane Doe", PROSE)


def test_a_headline_with_a_colon_is_a_title_not_a_header():
    assert read(f"Source: minister to quit\n\n{PROSE}").title == "Source: minister to quit"


def test_metadata_may_stand_below_the_article():
    draft = read(
        f"North pier to reopen\n\n{PROSE}\n\nSource: The Harbour Post\nRetrieved 2020-01-02"
    )
    assert (draft.source, draft.published) == ("The Harbour Post", date(2020, 1, 2))
    assert draft.text == PROSE


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


def test_a_stamp_on_a_line_of_its_own_yields_to_a_related_story():
    draft = read(
        "North pier to reopen\nDATE: 2024-09-22 18:23:37\n\nBy Ada Fenn\n\n"
        f"{FERRY}\n{RELATED}\n{MAYOR}"
    )
    assert (draft.published, draft.text) == (date(2018, 10, 6), f"{FERRY}\n\n{MAYOR}")


def test_the_date_in_the_link_beats_the_day_the_page_was_saved():
    link = "https://harbourpost.example/2018/10/07/pier"
    draft = read(f"North pier to reopen\nRetrieved: 2024-09-22\n{link}\n\n{PROSE}")
    assert (draft.published, draft.url, draft.text) == (date(2018, 10, 7), link, PROSE)


def test_metadata_may_stand_above_the_title():
    draft = read(f"October 7, 2018\n\nNorth pier to reopen\n\nBy Ada Fenn\n\n{PROSE}")
    assert draft == Draft(
        text=PROSE, title="North pier to reopen", author="Ada Fenn", published=date(2018, 10, 7)
    )


def test_buttons_addresses_and_rights_are_no_prose():
    draft = read(
        f"Home > News > Town\n\nNorth pier to reopen\n\nShare\nTweet\n\n{PROSE}\n\n"
        "Tags: pier, ferry\n\nada@harbourpost.example\n\n"
        "Copyright 2018 The Harbour Post. All rights reserved.\n\n(END)\n"
    )
    assert draft == Draft(text=PROSE, title="North pier to reopen")


def test_a_stamp_counts_where_the_text_tells_no_other_date():
    draft = read(f"North pier to reopen DATE: 2024-09-22 18:23:37\n\n{PROSE}")
    assert (draft.title, draft.published) == (
        "North pier to reopen",
        datetime(2024, 9, 22, 18, 23, 37),
    )


def test_dates_told_in_prose_are_not_when_it_was_published():
    draft = read(f"North pier to reopen\n\nThe pier was founded on 3 May 1987. {FERRY}\n\n{MAYOR}")
    assert draft.published is None


def test_a_date_within_a_headline_stays_in_it():
    draft = read(f"Remembering the flood of 3 May 1987\n\n{PROSE}")
    assert (draft.title, draft.published) == ("Remembering the flood of 3 May 1987", None)


def test_dates_after_the_day_of_reading_are_not_believed():
    draft = read(f"North pier to reopen\n\nPublished: 8 October 2098\n\n{PROSE}")
    assert draft.published is None


def test_a_title_may_stand_twice():
    draft = read(f"North pier to reopen\n\nNorth pier to reopen\n\nBy Ada Fenn\n\n{PROSE}")
    assert (draft.title, draft.text) == ("North pier to reopen", PROSE)


def test_text_that_begins_with_prose_keeps_it_all():
    draft = read(PROSE)
    assert (draft.title, draft.text) == (None, PROSE)


def test_a_standfirst_above_the_byline_stays():
    standfirst = "After nine months and three votes, ferries are back on Saturday."
    draft = read(f"North pier to reopen\n\n{standfirst}\n\nBy Ada Fenn\n\n{PROSE}")
    assert (draft.author, draft.text) == ("Ada Fenn", f"{standfirst}\n\n{PROSE}")


def test_a_diary_keeps_the_dates_above_its_entries():
    text = f"{FERRY}\n\n{MAYOR}\n\nMay 3, 2018\n\n{COST}\n\nMay 4, 2018\n\n{COST[:-1]} again."
    assert read(f"Diary of a pier\n\n{text}").text == text


def test_leftover_tags_go_and_entities_are_decoded_once():
    draft = read(
        f"Pier &amp; ferry <b>open</b>\n\n<p class='lead'>{FERRY}</p>"
        "<p>A&amp;B say &amp;lt;yes&amp;gt;,"
        ' she said, as 3 <4 and 5> 4.<br/>See <a href="https://harbour.example/?a=1&copy=2">it</a>.</p>'
    )
    assert draft.title == "Pier & ferry open"
    assert draft.text == f"{FERRY}\n\nA&B say &lt;yes&gt;, she said, as 3 <4 and 5> 4.\n\nSee it."


def test_a_single_line_is_both_text_and_title():
    assert read("Pier opens today") == Draft(text="Pier opens today")


@pytest.mark.parametrize(
    "hostile",
    [
        "word " * 200_000,
        "<b a=a " * 100_000,
        "<!--" * 100_000,
        "&amp" * 100_000,
        ("Boats. Photo by " + "A" * 400 + "\n") * 2_000,
        ("Oct 8, 2018 " * 15 + "\n") * 2_000,
        "a\n" * 100_000,
    ],
)
def test_hostile_text_is_read_in_a_time_that_grows_with_its_length(hostile):
    start = time.process_time()
    assert read(hostile).text
    assert time.process_time() - start < 5  # it takes a tenth of a second

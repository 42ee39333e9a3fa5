"""The filters that a question sets by its dates and names, and those given as options."""

from datetime import date, datetime

import pytest
from article_library import refusal

from retrieval.errors import QuotewiseError
from retrieval.records import Filters
from retrieval.search.filters import Known, filters_given, filters_of, filters_written
from retrieval.storage import Holdings

NOW = datetime(2026, 11, 24, 12)  # a Tuesday
PUBLISHERS = (
    "Gull Radio | News of the Coast",
    "Kelm Health - Advice",
    "Kelm Health - Food",
    "Orle Daily News",
    "Reuters",
    "The Associated Press",
    "The Kelm Post",
    "The Lamp",
    "TideTimes.com",
)
DAYS = (
    date(2021, 5, 3),
    date(2023, 3, 4),
    date(2023, 3, 30),
    date(2023, 5, 1),
    date(2026, 6, 15),
    date(2026, 11, 18),
)
AUTHORS = (
    "Bridie Fenn",
    "By Carl Voss and Ann Lee",
    "Søren Ibáñez-Ruiz",
    "M. T. D’Arcy",
    "Ann Pell",
    "Rolf Pell",
)
KEPT = Holdings(PUBLISHERS, AUTHORS, DAYS, 6, 1)


def filters(question: str, kept: Holdings = KEPT) -> Filters:
    return filters_of(question, NOW, Known(kept))


def dates(question: str) -> tuple[str | None, str | None]:
    found = filters(question)
    return found.since and found.since.isoformat(), found.until and found.until.isoformat()


def unread(question: str) -> list[str]:
    found = filters(question)
    assert found == Filters(unread=found.unread)
    return [question[slice(*span)] for span in found.unread]


def sources(question: str) -> tuple[str, ...]:
    return filters(question).sources


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What happened last week?", "2026-11-16", "2026-11-22"),
        ("What did the council decide in March 2023?", "2023-03-01", "2023-03-31"),
        ("Since March 2023, who has resigned?", "2023-03-01", None),
        ("As of 3 May 2021, who was the mayor?", None, "2021-05-03"),
        ("What did Reuters report on 4 March 2023?", "2023-03-04", "2023-03-04"),
        ("What did the press write before 2023 about the pier?", None, "2022-12-31"),
        ("Are there articles from between March and May 2023?", "2023-03-01", "2023-05-31"),
        ("What do articles from March '23 say?", "2023-03-01", "2023-03-31"),
        ("Who has resigned since Monday?", "2026-11-23", None),
        ("What happened the day before yesterday?", "2026-11-22", "2026-11-23"),
    ],
)
def test_words_about_the_reporting_filter_by_day_of_publication(question, since, until):
    assert dates(question) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        "What happened in the 1904 flood?",
        "Did the strike end before March 2023?",
        "Since when does the ferry run, since he left?",
        "When was Theresa May in office, and who led the March on Orle?",
        "What could one read on 31 June 2023?",
        "What was written in 1859 by Darwin?",  # no article is so old
        "What became of the 1990s band, of summer 2019 and of Mill 3/4?",
    ],
)
def test_days_of_events_set_no_filter(question):
    assert filters(question) == Filters()


@pytest.mark.parametrize(
    ("day", "until"),
    [
        ("mid-2019", "2019-08-31"),  # two thirds of it
        ("the end of 2019", "2019-12-31"),
        ("9 am on Wed 5 June 2019", "2019-06-05"),
        ("30/06/2019", "2019-06-30"),
        ("06.12.2019", "2019-12-06"),
        ("2019-12", "2019-12-31"),
        ("Monday", "2026-11-23"),
    ],
)
def test_as_of_a_day_in_any_form_leaves_out_what_is_later(day, until):
    assert dates(f"As of {day}, who was the mayor?") == (None, until)
    assert dates(f"Who was the mayor as at {day}?") == (None, until)


@pytest.mark.parametrize(
    "when", ["the 2019 census", "when he won in 2019", "the Monday after the storm", "Node 20.11.1"]
)
def test_as_of_something_that_is_no_date_sets_no_filter(when):
    assert filters(f"Who was the mayor as of {when}?") == Filters()
    assert filters(f"As at {when}, who was the mayor?") == Filters()


@pytest.mark.parametrize(
    "day",
    [
        "12/06/2019",
        "12/06/19",
        "31 June 2019",
        "summer 2019",
        "1990s",
        "29 February to 3 March 2023",
    ],
)
def test_an_ambiguous_or_unreadable_date_sets_no_filter_and_is_named(day):
    assert unread(f"Who was the mayor as of {day}?") == [day]
    assert unread(f"What do articles from {day} say about the pier?") == [day]
    assert filters(f"Who was hurt in the fire of {day}, and who saw it?") == Filters()


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("what did the lamp say about the pier?", ["The Lamp"]),
        ("According to Reuters and the AP, who won?", ["Reuters", "The Associated Press"]),
        ("Who won, as per the ODN?", ["Orle Daily News"]),
        ("In a Tide Times article, who won?", ["TideTimes.com"]),
        ("What is in The Lamp's latest piece?", ["The Lamp"]),
        ("What does Kelm Health recommend?", ["Kelm Health - Advice", "Kelm Health - Food"]),
        ("What does 'Kelm Health - Food' recommend?", ["Kelm Health - Food"]),
    ],
)
def test_publishers_that_should_be_quoted_filter_the_sources(question, named):
    assert list(sources(question)) == named


PAPERS = (
    "The Wexcombe Gazette",
    "Southern Echo | Sport",
    "Southern Echo | News",
    "White House Press Office",
    "North Post",
    "South Post",
    "The Lamp",
)
ECHO = ("Southern Echo | Sport", "Southern Echo | News")


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did the Gazette say about the tram driver?", PAPERS[:1]),
        ("What did the Echo and the Gazette write?", (*ECHO, *PAPERS[:1])),
        ("What did the Lamp say?", ("The Lamp",)),
        ("What did the Post say?", ()),  # which of them?
        ("Who sued the Gazette?", ()),
    ],
)
def test_the_last_word_of_a_publisher_is_enough_where_no_other_name_has_it(question, named):
    assert filters(question, Holdings(PAPERS)).sources == named


@pytest.mark.parametrize(
    ("question", "authors"),
    [
        ("Who won, in the article by Bridie Fenn?", ["Bridie Fenn"]),
        ("What does Bridie Fenn's column say?", ["Bridie Fenn"]),
        ("What did Ann Lee write?", ["By Carl Voss and Ann Lee"]),
        ("In an article by Soren Ibanez Ruiz, who won?", ["Søren Ibáñez-Ruiz"]),
        ("What did Darcy write about the pier?", ["M. T. D’Arcy"]),
        ("Who married Bridie Fenn?", []),
        ("What did Pell write?", []),  # which of them?
        ("What did the fenn write?", []),
    ],
)
def test_an_author_is_a_filter_in_any_spelling(question, authors):
    assert list(filters(question).authors) == authors


def test_given_filters_take_days_in_the_words_that_people_use():
    given = filters_given(NOW, since="March 2023", until="yesterday", sources=["The Lamp"])
    assert given == Filters(date(2023, 3, 1), date(2026, 11, 23), ("The Lamp",))
    assert filters_given(NOW, since="2023", until="2023-03-04").since == date(2023, 1, 1)
    assert filters_given(NOW, since="2023-03", until="2023-03").until == date(2023, 3, 31)
    assert filters_given(NOW, since="04.03.2023", until="Mar '23") == Filters(
        date(2023, 3, 4), date(2023, 3, 31)
    )
    assert filters_given(NOW, since="Monday", until="mid-2026") == Filters(
        date(2026, 11, 23), date(2026, 8, 31)
    )
    written = filters_written("since March 2023 source The Lamp source Reuters", NOW)
    assert written == Filters(since=date(2023, 3, 1), sources=("The Lamp", "Reuters"))


@pytest.mark.parametrize("day", ["tomorrow", "March or May 2023", "٢٠٢٣-03", "04/03/2023"])
def test_what_is_no_day_is_refused_with_examples_of_days(day):
    assert refusal(filters_given, NOW, until=day) == (
        f"until {day!r} names no day that can be read: write 2023-03-01, 1 March 2023, "
        "March 2023 or last week."
    )


def test_a_name_in_quotation_marks_may_have_any_words():
    for words in ('source "The Source Weekly" since 2023', "since 2023 source “The Source Weekly”"):
        found = filters_written(words, NOW)
        assert found == Filters(since=date(2023, 1, 1), sources=("The Source Weekly",))
    with pytest.raises(QuotewiseError, match='quotation marks: source "The Source Weekly"'):
        filters_written('source "The Source Weekly', NOW)

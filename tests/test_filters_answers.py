"""Answers keep to the filters of a question, name them, and say where others would answer."""

from datetime import date, datetime

import pytest
from article_library import add, refusal
from quotewise_command import new_home, printed, run

from bot.rendering.fields import answer_fields
from bot.rendering.telegram import answer_messages
from bot.rendering.terminal import answer_text
from bot.rendering.text import filters_text
from retrieval import Answer, Filters, Library, Silence
from retrieval.search.followups import turn

NOW = datetime(2024, 4, 10, 9)
FARE = "What is the fare of the Orle ferry?"
LAMP = "The fare of the Orle ferry is four crowns, says the harbour office."
POST = "The fare of the Orle ferry is five crowns now, says the harbour office."
ARTICLES = [
    {
        "id": "fare-2023",
        "title": "Ferry to Orle is cheap",
        "source": "The Lamp",
        "author": "Bridie Fenn",
        "published": "2023-03-14T23:30:00-05:00",  # the 15th in London
        "text": f"{LAMP}\n\nDogs ride free in winter.",
    },
    {
        "id": "fare-2024",
        "title": "Ferry to Orle costs more",
        "source": "The Kelm Post",
        "author": "Carl Voss",
        "published": "2024-04-02",
        "text": f"{POST}\n\nThe harbour office will paint the pier.",
    },
    {
        "id": "mill",
        "title": "Mill sold",
        "source": "The Kelm Post",
        "published": "2023-03-20",
        "text": "The Brand family has sold the old paper mill to a brewer from Lund.",
    },
    {
        "id": "undated",
        "title": "About the pier",
        "source": "The Lamp",
        "text": "The pier of Kelm was built of oak and stands on ninety piles.",
    },
]


@pytest.fixture(scope="module")
def home(tmp_path_factory, copies):
    home = new_home(tmp_path_factory.mktemp("filters") / "home", copies)
    with Library.open(home) as library:
        add(library, home, *ARTICLES)
    return home


@pytest.fixture(scope="module")
def ferries(home):
    with Library.open(home) as library:
        yield library


def ids(answer: Answer) -> set[str]:
    return {quote.article.id for quote in (*answer.quotes, *answer.closest)}


def first_line(answer: Answer) -> str:
    return answer_text(answer).plain.partition("\n")[0]


def test_a_month_in_the_question_keeps_to_the_articles_of_that_month(ferries):
    asked = "What was the fare of the Orle ferry in March 2023?"
    answer = ferries.answer(asked, now=NOW)
    assert answer.quotes[0].text == LAMP
    assert ids(answer) <= {"fare-2023", "mill"}
    assert (answer.filters.since, answer.filters.until) == (date(2023, 3, 1), date(2023, 3, 31))
    assert first_line(answer) == (
        "Only articles of 1–31 March 2023. 1 article without a date is left out. "
        "To ask all articles: `--all` or `/all`."
    )
    everywhere = ferries.answer(asked, filters=Filters(), now=NOW)
    assert (everywhere.filters, everywhere.inside) == (Filters(), None)
    assert "fare-2024" in ids(everywhere)
    day = date(2023, 3, 14)
    assert ids(ferries.answer(FARE, filters=Filters(since=day, until=day))) == {"fare-2023"}


def test_a_publisher_in_the_question_keeps_to_its_articles(ferries):
    answer = ferries.answer("According to the Lamp, what is the fare of the Orle ferry?", now=NOW)
    assert answer.quotes[0].text == LAMP
    assert ids(answer) <= {"fare-2023", "undated"}
    assert (
        first_line(answer) == "Only articles of The Lamp. To ask all articles: `--all` or `/all`."
    )


def test_a_question_as_of_a_day_never_sees_a_later_article(ferries):
    asked = "As of {}, what is the fare of the Orle ferry?"
    answer = ferries.answer(asked.format("1 April 2024"), limit=9, now=NOW)
    assert answer.quotes[0].text == LAMP
    assert ids(answer) == {"fare-2023", "mill"}
    early = ferries.answer(asked.format("1 May 2020"), now=NOW, risk=0.5)
    assert (early.quotes, early.closest, early.silence) == ((), (), Silence.OUTSIDE)
    line = "There is no article until 1 May 2020 here; others answer that."
    assert first_line(early).startswith(line)


def test_a_date_that_could_be_two_sets_no_filter_and_the_answer_says_so(ferries):
    answer = ferries.answer("As of 02/04/2024, what is the fare of the Orle ferry?", now=NOW)
    assert (answer.inside, POST in {quote.text for quote in answer.shown}) == (None, True)
    note = "Could not read the date “02/04/2024”, which sets no limit: write 2023-03-01, "
    note += "1 March 2023, March 2023 or last week."
    assert note in first_line(answer)
    assert note in answer_messages(answer)[0]
    assert answer_fields(answer)["limits"]["unread"] == ["02/04/2024"]


def test_an_answer_says_where_only_others_answer(ferries):
    within = Filters(since=date(2023, 3, 18), until=date(2023, 3, 31))
    answer = ferries.answer(FARE, filters=within)
    assert (answer.answered, answer.silence, ids(answer)) == (False, Silence.OUTSIDE, {"mill"})
    assert (answer.inside, answer.undated) == (1, 1)
    assert first_line(answer) == (
        "No article of 18–31 March 2023 answers that; others do. "
        "1 article without a date is left out. Closest:"
    )
    nowhere = ferries.answer("Who painted the ceiling of the opera?", filters=within)
    assert first_line(nowhere).startswith("No article of 18–31 March 2023 answers that, nor does")


def test_given_filters_apply_together_and_take_names_in_any_form(ferries):
    filters = Filters(sources=("kelm post",), articles=("fare-2024",))
    answer = ferries.answer(FARE, filters=filters)
    assert answer.filters == Filters(sources=("The Kelm Post",), articles=("fare-2024",))
    assert ids(answer) == {"fare-2024"}
    assert first_line(answer) == "Only articles with the id fare-2024 of The Kelm Post."


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (
            Filters(sources=("The Kelm Pots",)),
            "No article here is of a publisher called 'The Kelm Pots'. Is it The Kelm Post?",
        ),
        (
            Filters(articles=("nope",)),
            "There is no article with the id 'nope': look it up in the list of articles.",
        ),
        (
            Filters(since=date(2024, 1, 2), until=date(2024, 1, 1)),
            "No day is both since 2024-01-02 and until 2024-01-01: give the earlier day as the "
            "one since when.",
        ),
    ],
)
def test_filters_that_no_article_can_match_are_refused(ferries, filters, reason):
    assert refusal(ferries.answer, FARE, filters=filters) == reason


def test_new_articles_are_known_to_the_next_question(library, tmp_path):
    asked = "According to the Kelm Post, what is the fare of the Orle ferry?"
    add(library, tmp_path, ARTICLES[0])
    assert library.answer(asked).filters == Filters()
    add(library, tmp_path, ARTICLES[1])
    assert library.answer(asked).filters.sources == ("The Kelm Post",)
    library.remove("fare-2024")
    assert library.answer(asked).filters == Filters()


def test_filters_are_written_as_people_would():
    since, until = date(2023, 2, 27), date(2023, 3, 5)
    names = Filters(sources=("The Lamp", "Reuters"), authors=("Ann Lee",), since=until)
    assert [filters_text(one) for one in (Filters(since, until), names)] == [
        "articles of 27 February – 5 March 2023",
        "articles by Ann Lee of The Lamp or Reuters since 5 March 2023",
    ]


def test_json_has_the_filters_and_the_words_that_set_them(ferries):
    answer = ferries.answer("What did The Lamp say on the Orle ferry as of 2 May 2023?", now=NOW)
    assert answer_fields(answer)["limits"] == {
        "since": None,
        "until": "2023-05-02",
        "sources": ["The Lamp"],
        "authors": [],
        "articles": [],
        "words": ["The Lamp", "2 May 2023"],
        "unread": [],
        "inside": 1,
        "undated": 1,
    }
    assert answer_fields(ferries.answer(FARE))["limits"] is None


def test_a_follow_up_that_only_names_filters_asks_the_last_question_within_them(ferries):
    first = ferries.answer(FARE, now=NOW)
    then = ferries.answer("And according to The Kelm Post?", earlier=[turn(first)], now=NOW)
    assert then.understood == FARE
    assert (then.filters.sources, ids(then)) == (("The Kelm Post",), {"fare-2024", "mill"})
    later = ferries.answer("And in March 2023?", earlier=[turn(then)], now=NOW)
    assert (later.understood, later.inside, ids(later)) == (FARE, 2, {"fare-2023", "mill"})


def test_options_set_the_filters_of_ask_and_all_lifts_them(home):
    options = ("--source", "the lamp", "--since", "March 2023", "--limit", "1")
    assert printed(home, "ask", *options, FARE) == (
        "Only articles of The Lamp since 1 March 2023. 1 article without a date is left out.\n\n"
        f"1. {LAMP}\n   Ferry to Orle is cheap, The Lamp, Bridie Fenn, 14 March 2023 "
        "(paragraph 1)\n\n"
    )
    asked = "What is the fare of the Orle ferry, according to The Lamp?"
    everywhere = printed(home, "ask", "--all", "--limit", "9", asked)
    assert not everywhere.startswith("Only")
    assert POST in everywhere


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            ["--all", "--until", "2023"],
            "All articles and limits exclude each other: leave out either.",
        ),
        (
            ["--since", "yesteryear"],
            "since 'yesteryear' names no day that can be read: write 2023-03-01, "
            "1 March 2023, March 2023 or last week.",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_asked(home, options, reason):
    done = run(home, "ask", *options, FARE)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"quotewise: {reason}\n")


def test_the_console_sets_filters_for_the_questions_to_come_and_lifts_them(home):
    lines = ["/only", "/only since 2024 source kelm post", FARE, "/only", "/all", "/only"]
    lines += ["/only The Lamp", "/only source The Lump"]
    shown = printed(home, "chat", "--article", "fare-2023", input="\n".join(lines)).splitlines()
    only = "Only articles of The Kelm Post since 1 January 2024"
    assert [line for line in shown if line and not line.startswith(("   ", "2.", "3."))] == [
        "Only articles with the id fare-2023 answer from now on; /all lifts that.",
        f"{only} answer from now on; /all lifts that.",
        f"{only}.",
        f"1. {POST}",
        f"{only} answer from now on; /all lifts that.",
        f"1. {LAMP}",
        "All articles may answer.",
        "Say which articles, as in: /only since March 2023 source The Lamp. There are since DAY, "
        "until DAY, source NAME and article ID; a NAME that has one of these words in it stands in "
        'quotation marks: source "The Source Weekly".',
        "No article here is of a publisher called 'The Lump'. Is it The Lamp?",
    ]

"""Who else says what a quote says, on their own or copied; and who tells another number or date."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from shelf import add

from bot import rendering
from retrieval import Answer, Library

BOLD = 0.9  # a question about a few short articles is seldom as sure as the default risk wants

ASKED = "How many people died when the ferry Orla sank?"
POST = {
    "id": "post",
    "title": "Twelve die as ferry sinks",
    "source": "The Harbour Post",
    "published": "2021-05-03",
    "text": "Twelve people died when the ferry Orla sank off Kelm on Sunday night.\n\n"
    "The Orla was on her way from Kelm to Skerry with the last passengers of the weekend.",
}
RECORD = {
    "id": "record",
    "title": "Ferry disaster off Kelm",
    "source": "Valley Record",
    "published": "2021-05-04",
    "text": "The sinking of the ferry Orla off Kelm has killed 12 people, the coastguard said.\n\n"
    "Divers from Skerry searched the wreck all of Monday and found nobody alive.",
}
LATER = {
    "id": "later",
    "title": "More victims found in the wreck",
    "source": "Valley Record",
    "published": "2021-05-06",
    "text": "The ferry Orla, which sank off Kelm, took 14 people to their deaths.\n\n"
    "Two more bodies were found by divers from Skerry on Wednesday.",
}
FILLER = (
    "The wreck lies in 40 metres of water. The owner has promised to raise it before the winter. "
    "Fishermen from Skerry were the first to reach the place and took survivors from a raft. A "
    "school in Kelm was opened to them for the night, and neighbours brought blankets and soup."
)


@dataclass(frozen=True)
class Shelf:
    """A library for one test, in a home that all tests here share."""

    library: Library
    name: str
    folder: Path

    def asked(self, *articles: dict[str, str], question: str = ASKED, limit: int = 3) -> Answer:
        """The answer from these articles and no others."""
        add(self.library, self.folder, *articles, to=self.name)
        answer = self.library.answer(question, scope=[self.name], limit=limit, risk=BOLD)
        assert answer.answered, "there is something to compare"
        return answer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, copies: Path) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("home"), copies=copies) as library:
        yield library


@pytest.fixture
def shelf(home: Library, tmp_path: Path) -> Shelf:
    return Shelf(home, tmp_path.name, tmp_path)


def below(answer: Answer) -> str:
    """What stands below the quotes in a terminal."""
    return rendering.answer_text(answer).plain.rpartition("\n\n")[2]


# -- who says so


def test_a_publisher_that_says_it_in_its_own_words_is_counted(shelf):
    answer = shelf.asked(POST, RECORD)
    assert [quote.text for quote in answer.agreement.independent] == [
        RECORD["text"].partition("\n")[0]
    ]
    assert below(answer) == (
        "2 publishers say so independently (The Harbour Post, Valley Record)\n"
    )


def test_one_publisher_is_counted_once_and_its_own_articles_not_at_all(shelf):
    again = RECORD | {
        "id": "again",
        "text": "The coastguard said the ferry Orla had killed 12 people by sinking off Kelm.",
    }
    own = RECORD | {"id": "own", "source": "Harbour Post"}
    answer = shelf.asked(POST, RECORD, again, own)
    assert below(answer) == (
        "2 publishers say so independently (The Harbour Post, Valley Record)\n"
    )


def test_an_article_without_a_publisher_is_nobody_else(shelf):
    unknown = {name: RECORD[name] for name in ("id", "title", "text")}
    assert shelf.asked(POST, unknown).agreement is None


def test_a_quote_without_a_publisher_is_not_counted_itself(shelf):
    unknown = {name: POST[name] for name in ("id", "title", "text")}
    third = RECORD | {"id": "third", "source": "Kelm Courier"}
    third["text"] = (
        "The coastguard said that 12 people were dead after the ferry Orla sank off Kelm."
    )
    answer = shelf.asked(unknown, RECORD, third)
    assert answer.quotes[0].article.id == "post"
    assert below(answer) == ("2 publishers say so independently (Kelm Courier, Valley Record)\n")


def test_one_known_publisher_alone_is_not_worth_a_word(shelf):
    unknown = {name: POST[name] for name in ("id", "title", "text")}
    assert shelf.asked(unknown, RECORD).agreement is None


def test_sites_are_publishers_where_no_name_is_known(shelf):
    here, there = (
        {name: one[name] for name in ("id", "title", "text")}
        | {"url": f"https://{site}.example/{one['id']}"}
        for one, site in ((POST, "post"), (RECORD, "record"))
    )
    assert len(shelf.asked(here, there).agreement.independent) == 1


def test_copies_of_one_text_are_one_voice(shelf):
    text = f"{POST['text']}\n\n{FILLER}"
    copy = POST | {"id": "copy", "source": "Kelm Courier", "published": "2021-05-04"}
    answer = shelf.asked(POST | {"text": text}, copy | {"text": text})
    assert below(answer) == "1 publisher says so (The Harbour Post); 1 copied (Kelm Courier)\n"


def test_a_sentence_taken_over_into_another_story_is_copied(shelf):
    taken = RECORD | {
        "text": f"{POST['text'].partition('.')[0]}, we learn.\n\nKelm is in mourning."
    }
    assert below(shelf.asked(POST, taken)) == (
        "1 publisher says so (The Harbour Post); 1 copied (Valley Record)\n"
    )


def test_who_names_the_other_as_its_source_is_no_second_voice(shelf):
    text = "The sinking of the ferry Orla off Kelm has killed 12 people, the Harbour Post reports."
    assert below(shelf.asked(POST, RECORD | {"text": text})) == (
        "1 publisher says so (The Harbour Post); 1 copied (Valley Record)\n"
    )


def test_independent_and_copied_voices_are_told_apart(shelf):
    text = f"{POST['text']}\n\n{FILLER}"
    copy = POST | {"id": "copy", "source": "Kelm Courier", "published": "2021-05-05"}
    answer = shelf.asked(POST | {"text": text}, copy | {"text": text}, RECORD)
    assert below(answer) == (
        "2 publishers say so independently (The Harbour Post, Valley Record); "
        "1 copied (Kelm Courier)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "The ferry Orla, which was built in 1972, carried up to 200 people from Kelm to Skerry.",
        "The ferry Orla has not sunk off Kelm, and the 12 people are not dead, the owner said.",
        "The ferry Orla may have sunk off Kelm, and 12 people could have died, it is feared.",
        "Three people died when a bus hit a tree near Kelm on Sunday night.",
        "Twelve people died when the ferry Bella sank off Dunmere on Sunday night.",
        "Twelve people died when the ferry Orla sank off Kelm on Thursday night.",
        "Did twelve people die when the ferry Orla sank off Kelm?",
    ],
)
def test_who_speaks_of_something_else_or_is_not_sure_does_not_say_so(shelf, text):
    answer = shelf.asked(POST, RECORD | {"text": text})
    assert answer.agreement is None


# -- who differs


def test_a_later_and_higher_number_is_shown_beside_the_first_with_both_dates(shelf):
    answer = shelf.asked(POST, LATER)
    assert below(answer) == (
        "They differ: Twelve people died (The Harbour Post, 3 May 2021) – "
        "14 people to their deaths (Valley Record, 6 May 2021)\n"
    )


def test_the_words_that_differ_are_places_in_their_articles(shelf):
    answer = shelf.asked(POST, LATER)
    for one in answer.agreement.differences:
        for side in (one.one, one.other):
            assert side.article.text[side.start : side.end] == side.text


def test_the_words_that_differ_are_marked_in_the_quotes(shelf):
    answer = shelf.asked(POST, LATER)
    text = rendering.answer_text(answer)
    marked = [text.plain[s.start : s.end] for s in text.spans if s.style == "bold red underline"]
    assert sorted(marked) == ["14 people to their deaths", "Twelve people died"]


def test_a_sentence_that_differs_stands_next_to_the_quote(shelf):
    others = [
        RECORD | {"id": f"more-{n}", "text": f"{text} It happened at night.", "source": f"S{n}"}
        for n, text in enumerate(
            (
                "The ferry Orla sank off Kelm, and the owner of the ferry wept.",
                "People asked how the ferry Orla sank when many were on board.",
                "When the ferry Orla sank, many people died who could not swim.",
            )
        )
    ]
    answer = shelf.asked(POST, *others, LATER)
    texts = [quote.text for quote in answer.quotes]
    here = next(at for at, text in enumerate(texts) if "welve people" in text or " 14 " in text)
    assert len(texts) == 3
    assert "welve people" in texts[here] + texts[here + 1]
    assert " 14 people" in texts[here] + texts[here + 1]


def test_no_more_quotes_are_given_than_were_asked_for(shelf):
    answer = shelf.asked(POST, LATER, limit=1)
    assert (len(answer.quotes), len(answer.agreement.differences)) == (1, 1)


def test_one_opening_on_two_dates_is_told(shelf):
    told = ("will open on 3 May, mayor Ada Fenn said", "opens on 5 May, the council says")
    articles = [
        one | {"text": f"The new library in Kelm {text}.\n\nThe library cost Kelm dearly."}
        for one, text in zip((POST, RECORD), told, strict=True)
    ]
    question = "When does the new library in Kelm open?"
    assert below(shelf.asked(*articles, question=question)) == (
        "They differ: 3 May (The Harbour Post, 3 May 2021) – 5 May (Valley Record, 4 May 2021)\n"
    )


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("The sinking of the ferry Orla off Kelm killed at least 10 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed about 13 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed a dozen people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed 14 sheep.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm hurt 14 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed 14 of the people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed another 14 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm may have killed 14 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm on Friday killed 14 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed 14 people.", "2023-05-04"),
        ("The sinking of the ferry Bella off Dunmere killed 14 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm killed 10 to 14 people.", "2021-05-04"),
        ("The sinking of the ferry Orla off Kelm in May 1974 killed 14 people.", "2021-05-04"),
    ],
)
def test_nobody_is_said_to_differ_who_may_mean_the_same_or_something_else(shelf, text, published):
    first = POST | {"text": POST["text"].replace("off Kelm on", "off Kelm on the 2 May 2021, a")}
    answer = shelf.asked(first, RECORD | {"text": text, "published": published})
    assert answer.agreement is None or answer.agreement.differences == ()


@pytest.mark.parametrize(
    ("one", "other", "question"),
    [
        (
            "Shares in Lenn Bank of Kelm fell by 3 percent at the opening.",
            "Shares in Lenn Bank of Kelm fell by 5 percent at the opening.",
            "How much did shares in Lenn Bank of Kelm fall?",
        ),
        (
            "The day in Kelm begins with fog and 11 degrees on the Skerry.",
            "The day in Kelm begins with fog and 18 degrees on the Skerry.",
            "How warm is the day in Kelm when it begins with fog?",
        ),
        (
            "Striker Bram Rask of Dunmere scored 2 goals at Brackwell.",
            "Striker Bram Rask of Dunmere scored 3 goals at Brackwell.",
            "How many goals did Bram Rask of Dunmere score at Brackwell?",
        ),
    ],
)
def test_what_is_told_in_the_same_words_week_after_week_does_not_differ(
    shelf, one, other, question
):
    week, next_week = POST | {"text": one}, RECORD | {"text": other, "published": "2021-05-11"}
    assert shelf.asked(week, next_week, question=question).agreement is None


def test_towns_with_one_kind_of_news_are_not_confused(shelf):
    here, there = (
        one | {"text": f"Police arrested {number} people at a protest.\n\n{town} was calm."}
        for one, number, town in ((POST, 45, "Kelm in Orrin"), (RECORD, 61, "Tesk in Varn"))
    )
    question = "How many people did police arrest at a protest?"
    assert shelf.asked(here, there, question=question).agreement is None


def test_where_nothing_answers_nobody_is_counted(shelf):
    add(shelf.library, shelf.folder, POST, RECORD, to=shelf.name)
    answer = shelf.library.answer("What is the price of rice in Tokyo?", scope=[shelf.name])
    assert (answer.answered, answer.agreement) == (False, None)

"""Which publishers report what a quote says, and which give another number or date."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from article_library import add, shared_library

from bot.rendering import terminal
from retrieval import Answer, Article, Library, Quote
from retrieval.records import Span
from retrieval.search.corroboration import Claim, difference, says_so

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
LATER = RECORD | {
    "id": "later",
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
class Asker:
    """Asks a library of its own, in a home that all tests here share."""

    library: Library
    name: str
    folder: Path

    def __call__(self, *articles: dict[str, str], question: str = ASKED, limit: int = 3) -> Answer:
        """The answer from these articles and no others."""
        add(self.library, self.folder, *articles, to=self.name)
        return self.library.answer(question, scope=[self.name], limit=limit, risk=BOLD)


home = shared_library()


@pytest.fixture
def ask(home, tmp_path):
    return Asker(home, tmp_path.name, tmp_path)


def claim(article: dict[str, str], answer: str | None = None) -> Claim:
    """The first sentence of an article, with the words that answer, or as if all of it did."""
    published = date.fromisoformat(article["published"])
    quoted = Article(**article | {"published": published})
    sentence = quoted.text.partition("\n")[0]
    start = sentence.index(answer or sentence)
    quote = Quote(sentence, quoted, 1, 0, len(sentence), score=0.5)
    return Claim(quote, Span(start, start + len(answer or sentence)), story=None)


def differing(question: str, one: Claim, other: Claim) -> tuple[str, str] | None:
    found = difference(question, one, other)
    return found and (found.quote.text, found.other.text)


def last_line(answer: Answer) -> str:
    return terminal.answer_text(answer).plain.rpartition("\n\n")[2]


def test_a_publisher_that_says_it_in_its_own_words_is_counted_once_and_its_own_articles_not(ask):
    text = "The coastguard said the ferry Orla had killed 12 people by sinking off Kelm."
    again = RECORD | {"id": "again", "text": text}
    own = RECORD | {"id": "own", "source": "Harbour Post"}
    answer = ask(POST, RECORD, again, own)
    (other,) = answer.agreement.independent
    assert other.text in (RECORD["text"].partition("\n")[0], text)
    assert last_line(answer) == (
        "2 publishers say so independently (The Harbour Post, Valley Record)\n"
    )


def test_an_article_without_a_publisher_is_nobody_else(ask):
    assert ask(POST, {name: RECORD[name] for name in ("id", "title", "text")}).agreement is None


def test_where_nothing_answers_no_publisher_is_counted(ask):
    assert ask(POST, RECORD, question="What is the price of rice in Tokyo?").agreement is None


@pytest.mark.parametrize(
    ("post", "other"),
    [
        (
            f"{POST['text']}\n\n{FILLER}",
            POST | {"id": "copy", "source": "Valley Record", "text": f"{POST['text']}\n\n{FILLER}"},
        ),
        (
            POST["text"],
            RECORD | {"text": f"From Kelm we hear that t{POST['text'][1:69]}\n\nKelm mourns."},
        ),
    ],
    ids=["a copy", "a sentence taken over"],
)
def test_who_copies_is_no_second_voice(ask, post, other):
    assert last_line(ask(POST | {"text": post}, other)) == (
        "1 publisher says so (The Harbour Post); 1 copied (Valley Record)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "The ferry Orla has not sunk off Kelm, and the 12 people are not dead, the owner said.",
        "The ferry Orla may have sunk off Kelm, and 12 people could have died, it is feared.",
        "Twelve people died when the ferry Bella sank off Dunmere on Sunday night.",
        "Twelve people died when the ferry Orla sank off Kelm on Thursday night.",
        "Did twelve people die when the ferry Orla sank off Kelm?",
        "Fourteen people died when the ferry Orla sank off Kelm on Sunday night.",
    ],
)
def test_a_sentence_on_another_thing_or_in_doubt_does_not_say_so(text):
    assert says_so(ASKED, claim(POST), claim(RECORD))
    assert not says_so(ASKED, claim(POST), claim(RECORD | {"text": text}))


def test_a_later_number_is_quoted_before_the_first_and_both_are_dated(ask):
    answer = ask(POST, LATER)
    assert [quote.article.id for quote in answer.quotes[:2]] == ["later", "post"]
    assert last_line(answer) == (
        "They differ: 14 people (Valley Record, 6 May 2021) – "
        "Twelve people (The Harbour Post, 3 May 2021)\n"
    )
    (found,) = answer.agreement.differences
    for side in (found.quote, found.other):
        assert side.article.text[side.start : side.end] == side.text


def test_no_more_quotes_are_given_than_were_asked_for(ask):
    answer = ask(POST, LATER, limit=1)
    assert (len(answer.quotes), len(answer.agreement.differences)) == (1, 1)


def test_only_the_words_that_answer_differ():
    text = "The sinking of the ferry Orla off Kelm killed 12 people and hurt 30, a guard said."
    one, other = POST | {"text": text}, LATER | {"text": text.replace("12", "14")}
    died = claim(one, "killed 12 people"), claim(other, "killed 14 people")
    assert differing(ASKED, *died) == ("14 people", "12 people")
    asked = "How many were hurt on the ferry Orla?"
    assert differing(asked, claim(one, "30"), claim(other, "30")) is None
    assert differing(ASKED, claim(one), claim(other)) is None, "one of two numbers may answer"


@pytest.mark.parametrize(
    "text",
    [
        "The sinking of the ferry Orla off Kelm killed at least 10 people.",
        "The sinking of the ferry Orla off Kelm killed about 13 people.",
        "The sinking of the ferry Orla off Kelm killed 14 sheep.",
        "The sinking of the ferry Orla off Kelm hurt 14 people.",
        "The sinking of the ferry Orla off Kelm killed another 14 people.",
        "The sinking of the ferry Orla off Kelm may have killed 14 people.",
        "The sinking of the ferry Orla off Kelm killed 10 to 14 people.",
        "The sinking of the ferry Orla off Kelm in May 1974 killed 14 people.",
        "The sinking of the ferry Bella off Dunmere killed 14 people.",
    ],
)
def test_a_number_that_may_mean_the_same_or_something_else_does_not_differ(text):
    dated = POST["text"].replace("off Kelm on", "off Kelm on the 2 May 2021, a")
    first = claim(POST | {"text": dated}, "Twelve people died")
    counted = "The sinking of the ferry Orla off Kelm killed 14 people."
    assert differing(ASKED, first, claim(LATER | {"text": counted}))
    assert differing(ASKED, first, claim(RECORD | {"text": text})) is None


@pytest.mark.parametrize(
    ("text", "first", "later", "differ"),
    [
        ("The lock at Kelm was built in {}.", "1904", "1911", True),
        ("The last election in Kelm was held in {}.", "2017", "2021", False),
        ("The regatta of Kelm begins on {}.", "3 May", "5 May", True),
        ("The regatta of Kelm begins on {}.", "3 May 2020", "5 May 2021", False),
        ("Guests came to Kelm on {}.", "3 May", "5 May", False),
    ],
)
def test_only_what_happens_once_differs(text, first, later, differ):
    one = claim(POST | {"text": text.format(first)}, first)
    other = claim(RECORD | {"text": text.format(later)}, later)
    assert bool(differing("How many in Kelm, and when?", one, other)) == differ

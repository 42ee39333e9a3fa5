"""In Telegram an answer tells the filters that the question set, and a button lifts them."""

import pytest
from article_library import add
from quotewise_command import new_home
from telegram_bot import QUICK, Bot, faultless_api, library_of, pressed, said
from test_filters_answers import ARTICLES, LAMP, POST

from retrieval import Library

ASKED = "According to The Lamp, what is the fare of the Orle ferry?"
EARLY = "As of 1 May 2020, what is the fare of the Orle ferry?"
USUAL = [["More", "In context", "Sources"], ["👍", "👎", "Copy"], ["Filter", "Proof"]]


api = pytest.fixture(scope="module")(faultless_api)


@pytest.fixture(scope="module")
def bot(api, tmp_path_factory, copies):
    home = new_home(tmp_path_factory.mktemp("telegram") / "home", copies)
    bot = Bot(api, home, QUICK | {"QUOTEWISE_RISK": "0.5"})
    with Library.open(home) as library:
        add(library, home, *ARTICLES[:2], to=library_of(api.private(bot.admin)))
    bot.start()
    yield bot
    bot.stop()


@pytest.fixture(scope="module")
def chat(api, bot):
    return api.private(bot.admin)


def rows(message):
    return [[button.text for button in row] for row in message.buttons]


def test_all_articles_answer_in_the_same_message_after_a_restart_too(api, ada, chat, bot):
    answer = said(api, chat, ada, ASKED)
    assert answer.text.startswith(f"Only articles of The Lamp.\n\n{LAMP}")
    assert POST not in answer.text
    assert rows(answer) == [["All articles"], *USUAL[:2], ["Proof"]], "nothing is left to filter"
    bot.stop()
    bot.start()
    assert rows(pressed(api, answer, "In context", ada)) == [["Back", "• 1 •"]]
    back = pressed(api, answer, "Back", ada)
    assert (back.text, rows(back)) == (answer.text, rows(answer))
    everywhere = pressed(api, answer, "All articles", ada)
    assert "Only articles" not in everywhere.text
    assert POST in everywhere.text
    assert rows(everywhere) == USUAL
    shown = pressed(api, answer, "Sources", ada)
    assert "The Kelm Post" in shown.text


def test_an_answer_without_any_article_within_the_limits_has_but_that_button(api, ada, chat, bot):
    answer = said(api, chat, ada, EARLY)
    assert answer.text == "There is no article until 1 May 2020 here; others answer that."
    assert rows(answer) == [["All articles"]]
    everywhere = pressed(api, answer, "All articles", ada)
    assert LAMP in everywhere.text
    assert rows(everywhere)[-1] == USUAL[-1]


def test_all_articles_answer_a_follow_up_as_it_was_understood(api, ada, chat, bot):
    said(api, chat, ada, "What is the fare of the Orle ferry?")
    answer = said(api, chat, ada, "And according to The Lamp?")
    understood, only, _ = answer.text.split("\n\n", 2)
    assert understood.startswith("Understood as: ")
    assert only == "Only articles of The Lamp."
    assert POST not in answer.text
    everywhere = pressed(api, answer, "All articles", ada)
    assert everywhere.text.startswith(understood)
    assert "Only articles" not in everywhere.text
    assert POST in everywhere.text

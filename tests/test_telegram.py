"""The Telegram bot as people meet it: questions, the buttons under answers, groups, articles."""

from __future__ import annotations

import re

import pytest
from article_library import add
from telegram_bot import (
    QUICK,
    Bot,
    faultless_api,
    granted,
    labels,
    newcomer,
    pressed,
    said,
)

from retrieval import Library

DAM = "What was the 28-foot dam built in 1914 to power?"
BUILT = "The 28-foot dam was built in 1914 to power a paper mill"
HURT = "How many people were hurt when the Grey Wagtail struck the pier?"


api = pytest.fixture(scope="module")(faultless_api)


@pytest.fixture(scope="module")
def bot(api, tmp_path_factory, stocked):
    home = stocked(tmp_path_factory.mktemp("telegram") / "home")
    bot = Bot(api, home, QUICK)
    bot.start("--log-level=debug")
    yield bot
    assert bot.stop() == 0
    assert bot.log.count("\n") > 1000
    assert api.token not in bot.log
    assert api.token.split(":")[1] not in bot.log


@pytest.fixture(scope="module")
def chat(api, bot):
    """The administrator's own chat, which reads the samples."""
    return granted(api, bot)


def test_a_question_is_answered_with_quotes_and_their_source(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    first = answer.html.split("\n")[0]
    assert first.startswith("<blockquote>")
    assert BUILT in re.sub("<[^>]+>", "", first)
    assert "paper mill" in "".join(re.findall("<b>(.*?)</b>", first)), "the words that answer"
    assert "#:~:text=" in answer.html
    assert "Tesk Valley Record, Carl Ostrander, 5 October 2021" in answer.text
    assert labels(answer) == [
        *("More", "In context", "Sources", "👍", "👎", "Copy", "Filter", "Proof")
    ]


def test_what_the_articles_do_not_say_is_not_answered(api, ada, chat):
    answer = said(api, chat, ada, "Who is the president of Brazil?")
    assert answer.text == "No article here speaks of that."
    assert labels(answer) == ["More", "👍", "👎"]
    before = len(api.sent(chat))
    more = pressed(api, answer, "More", ada)
    assert labels(more)[:2] == ["In context", "Sources"]
    (closest,) = api.sent(chat)[before:]
    assert closest.html.count("<blockquote") == 3


def presses_done(api, chat, user, *presses):
    """Wait until buttons that were pressed have done all that they do."""
    for press in presses:
        api.wait_for_answer(press)
    about = api.say(chat, user, "/about@quotewise_bot")
    api.wait(lambda: any(sent.reply_to == about.message_id for sent in api.sent(chat)))


def quotes_in(messages):
    return [quote for sent in messages for quote in re.findall("<blockquote.*?</b", sent.html)]


def test_more_pressed_quickly_or_after_going_back_sends_each_quote_once(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    before = len(api.sent(chat))
    presses_done(api, chat, ada, *(api.press(answer, "More", ada) for _ in range(3)))
    assert len(quotes_in(api.sent(chat)[before:])) == 3
    pressed(api, answer, "In context", ada)
    pressed(api, answer, "Back", ada)
    presses_done(api, chat, ada, api.press(answer, "More", ada))
    more = quotes_in(api.sent(chat)[before:])
    assert len(more) == len(set(more)) > 3


def test_more_pressed_by_two_people_of_a_group_sends_each_quote_once(api, ada, bot, chat):
    hal, _ = newcomer(api, bot, "Hal")
    group = api.supergroup("Newsroom", ada, hal)
    said(api, group, ada, "/grant main")
    nameless = {"id": group.id, "type": "supergroup", "title": "Newsroom"}
    answer = said(api, group, ada, f"@quotewise_bot {DAM}", sender_chat=nameless)
    before = len(api.sent(group))
    presses_done(api, group, ada, *(api.press(answer, "More", user) for user in (ada, hal)))
    assert len(quotes_in(api.sent(group)[before:])) == 3


def test_each_quote_has_its_context_and_what_differs_comes_back(api, ada, chat):
    answer = said(api, chat, ada, HURT)
    *_, line = answer.text.split("\n\n")
    assert sorted(line.removeprefix("They differ: ").split(" – ")) == [
        "Fourteen people (The Harbour Post, 3 March 2023)",
        "Seventeen people (Velmouth Standard, 3 March 2023)",
    ]
    underlined = "".join(re.findall("<u>(.*?)</u>", answer.html))
    sides = ["Fourteen people", "Seventeen people"]
    assert underlined in ("".join(sides), "".join(reversed(sides)))
    context = pressed(api, answer, "In context", ada)
    assert labels(context)[:3] == ["Back", "• 1 •", "2"]
    second = pressed(api, answer, "2", ada)
    assert labels(second)[:3] == ["Back", "1", "• 2 •"]
    assert second.html != context.html
    assert pressed(api, answer, "Back", ada).html == answer.html


def test_what_happened_is_listed_in_order_and_comes_back_so(api, ada, chat):
    answer = said(api, chat, ada, "What happened with the Grey Wagtail?")
    dates = re.findall(r"^<b>(\d+ \w+ \d{4})</b>$", answer.html, flags=re.MULTILINE)
    assert answer.text.startswith("In the order of publication:\n\n3 March 2023\n")
    assert dates == ["3 March 2023", "21 November 2023"]
    pressed(api, answer, "Sources", ada)
    assert pressed(api, answer, "Back", ada).html == answer.html


def test_an_answer_says_when_its_article_no_longer_says_it(api, ada, chat, bot, tmp_path):
    """What changes while the bot runs, another process may have changed."""
    wall = {"id": "wall", "title": "The wall", "text": "The wall at Ness fell down at noon."}
    with Library.open(bot.home) as library:
        add(library, tmp_path, wall)
        answer = said(api, chat, ada, "When did the wall at Ness fall down?")
        assert answer.text.startswith(wall["text"])
        add(library, tmp_path, wall | {"text": "The wall at Ness still stands."})
    context = pressed(api, answer, "In context", ada)
    assert re.match(
        r"The wall\nno longer in the article since \d+ \w+ \d{4}\n" + wall["text"], context.text
    )
    back = pressed(api, answer, "Back", ada)
    assert re.match(wall["text"] + r"\nThe wall\nno longer in the article since ", back.text)
    assert "no longer in the article" in pressed(api, answer, "Sources", ada).text
    with Library.open(bot.home) as library:
        library.remove("wall")


def test_if_the_article_that_answered_is_removed_what_is_left_is_no_answer(
    api, ada, bot, chat, tmp_path
):
    wall = {"id": "wall", "title": "The wall", "text": "The wall at Ness fell down at noon."}
    with Library.open(bot.home) as library:
        add(library, tmp_path, wall)
        answer = said(api, chat, ada, "When did the wall at Ness fall down?")
        assert answer.text.startswith(wall["text"])
        library.remove("wall")
    notice = api.wait_for_answer(api.press(answer, "In context", ada)).text
    assert notice == "An article that this quoted has been removed: this is what is left."
    back = pressed(api, answer, "Back", ada)
    assert back.text.startswith("Nothing here answers that. Closest:\n\n")


def test_a_declined_file_is_not_added(api, ada, chat):
    content = b"The bridge\n\nBy Jo Doe\n\nThe bridge over the Lenn was closed on Friday."
    offer = api.wait_for_answer(api.send_file(chat, ada, "bridge.txt", content))
    pressed(api, offer, "No", ada)
    assert api.now(offer).buttons == ()
    assert "The bridge" not in said(api, chat, ada, "/articles").text


def test_a_code_lets_in_one_person_and_no_other(api, ada, chat):
    bo, cy = api.user("Bo"), api.user("Cy")
    assert "dam was built" not in said(api, api.private(bo), bo, DAM).text
    code = said(api, chat, ada, "/pair").text.split()[1]
    said(api, api.private(bo), bo, f"/pair {code}")
    assert "no articles here" in said(api, api.private(bo), bo, DAM).text
    refused = said(api, api.private(cy), cy, f"/pair {code}").text
    assert refused == "That code is not valid, or no longer."


def test_the_links_with_a_code_let_a_person_and_a_group_in(api, ada, chat):
    di = api.user("Di")
    code = said(api, chat, ada, "/pair").text.split()[1]
    assert said(api, api.private(di), di, f"/start {code}").text.startswith("Send me articles")
    assert "no articles here" in said(api, api.private(di), di, DAM).text
    group, code = api.group("Linked", di), said(api, chat, ada, "/pair").text.split()[1]
    assert said(api, group, di, f"/start@quotewise_bot {code}").text.startswith("Send me articles")
    assert "not valid" in said(api, api.private(di), di, "/start 12345678").text


def test_a_group_is_greeted_and_hears_how_it_is_let_in(api, ada):
    group = api.group("New here", api.user("Eli"))
    api.kick_bot(group)
    api.add_bot(group)
    (greeting,) = api.wait(lambda: api.sent(group))
    assert greeting.text.startswith("Send me articles: links, files")
    assert "First let this group in: ask whoever runs me for a code" in greeting.text


def test_after_new_a_question_builds_on_none_before(api, ada, chat):
    said(api, chat, ada, DAM)
    assert "Understood as" in said(api, chat, ada, "And how long did it stand?").text
    assert said(api, chat, ada, "/new").text == "Your next question builds on none before."
    assert "Understood as" not in said(api, chat, ada, "And how long did it stand?").text


def test_inline_shows_what_comes_close_and_the_way_to_the_chat(api, ada):
    answer = api.wait(lambda: api.ask_inline(ada, "Who painted the town hall of Velmouth blue?"))
    raw = api.wait(lambda: answer.answer)
    descriptions = [result["description"] for result in raw["results"]]
    assert all(text.startswith("Closest: ") for text in descriptions)
    assert raw["button"]["start_parameter"] == "inline"
    stranger = api.user("Fay")
    query = api.ask_inline(stranger, DAM)
    raw = api.wait(lambda: query.answer)
    assert (raw["results"], raw["button"]["text"]) == ([], "Open the chat")
    assert said(api, api.private(ada), ada, "/start inline").text.startswith("Send me articles")


def test_another_chat_reads_nothing_of_this_chat(api, ada, bot, chat):
    dee, own = newcomer(api, bot, "Dee")
    answer = said(api, chat, ada, DAM)
    hers = said(api, own, dee, "/help")
    for data in [button.data for row in answer.buttons for button in row if button.data]:
        api.wait_for_answer(api.press(hers, data, dee, forged=True))
    assert not any("dam" in sent.text for sent in api.sent(own))
    assert "no articles here" in said(api, own, dee, DAM).text
    assert [result for result in api.inline(dee, DAM).results if "1914" in result.text] == []


def test_an_edited_question_edits_the_answer(api, ada, chat):
    question = api.say(chat, ada, DAM)
    answer = api.wait_for_answer(question)
    before = len(api.sent(chat))
    api.edit(question, HURT)
    api.wait(lambda: "They differ" in api.now(answer).text)
    assert len(api.sent(chat)) == before


def test_a_follow_up_is_understood_with_the_question_before(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    follow = said(api, chat, ada, "And how much will it cost to take it out?", reply_to=answer)
    understood, _ = follow.text.split("\n\n", 1)
    assert re.fullmatch(r"Understood as: .+And how much will it cost to take it out\?", understood)
    assert "Taking the dam out will cost $7.4 million" in follow.text
    pressed(api, follow, "In context", ada)
    assert pressed(api, follow, "Back", ada).html == follow.html


def test_a_follow_up_is_understood_after_a_restart_too(api, ada, chat, bot):
    said(api, chat, ada, DAM)
    assert bot.stop() == 0
    bot.start("--log-level=debug")
    follow = said(api, chat, ada, "And how much will it cost to take it out?")
    assert re.match(r"Understood as: .+And how much will it cost to take it out\?\n", follow.text)
    other = said(api, chat, ada, "Who owns the hardware store on the west side of the Tesk River?")
    assert "Understood as" not in other.text


def test_a_follow_up_builds_on_the_questions_of_its_own_asker(api, ada, bot, chat):
    hal, _ = newcomer(api, bot, "Hal")
    group = api.group("Two", ada, hal)
    said(api, group, ada, "/grant main")
    said(api, group, ada, f"@quotewise_bot {DAM}")
    assert "Understood as" not in said(api, group, hal, "@quotewise_bot Why?").text
    assert re.match(r"Understood as: .+Why\?\n", said(api, group, ada, "@quotewise_bot Why?").text)


def test_a_group_is_answered_when_it_means_the_bot_and_in_its_topic(api, ada, chat):
    forum = api.supergroup("Forum", ada, api.user("Eve"), forum=True)
    topic = api.topic(forum, "Rivers")
    said(api, forum, ada, "/grant main")
    before = len(api.sent(forum))
    api.privacy = False
    api.say(forum, ada, "Does anybody know when the dam was built?", topic=topic)
    api.privacy = True
    question = api.say(forum, ada, f"@quotewise_bot {DAM}", topic=topic)
    answer = api.wait_for_answer(question)
    assert BUILT in answer.text
    assert (answer.reply_to, answer.topic) == (question.message_id, topic)
    assert len(api.sent(forum)) == before + 1


@pytest.mark.parametrize("code", [429, 500, 502, None])
def test_an_answer_arrives_though_the_server_fails_or_the_connection_drops(api, ada, chat, code):
    if code:
        api.fail("sendMessage", code=code, chat=chat.id)
    else:
        api.drop_before("sendMessage", chat=chat.id)
    assert BUILT in said(api, chat, ada, DAM).text

"""The Telegram bot as people meet it: its own process, over HTTP, against a strict server."""

from __future__ import annotations

import re

import pytest
from article_library import add
from botapi import from_channel, from_hidden
from telegram_bot import QUICK, Bot, faultless_api, granted, pressed, said

from retrieval import Library

OPENED = "The first tram line in Lund opened on 13 December 2020, after three years of building."
TRAM = f"Tram opens\n\n{OPENED}"
DAM = "What was the 28-foot dam built in 1914 to power?"
BUILT = "The 28-foot dam was built in 1914 to power a paper mill"


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
    said(api, api.private(bot.admin), bot.admin, "/start")
    return granted(api, bot)


def paired(api, chat, ada, name):
    """A new person who is let in with a code, and their chat."""
    code = re.search(r"/pair (\w+)", said(api, chat, ada, "/pair").text)[1]
    person = api.user(name)
    own = api.private(person)
    said(api, own, person, f"/pair {code}")
    return person, own


def test_a_question_is_answered_with_quotes_and_their_source(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    first = answer.html.split("\n")[0]
    assert first.startswith("<blockquote>")
    assert BUILT in re.sub("<[^>]+>", "", first)
    assert "paper mill" in "".join(re.findall("<b>(.*?)</b>", first)), "the words that answer"
    assert "#:~:text=" in answer.html
    assert "Tesk Valley Record, Carl Ostrander, 5 October 2021" in answer.text
    assert [[b.text for b in row] for row in answer.buttons] == [
        ["More", "In context", "Sources"],
        ["👍", "👎"],
    ]


def test_what_the_articles_do_not_say_is_not_answered(api, ada, chat):
    answer = said(api, chat, ada, "Who is the president of Brazil?")
    assert answer.text == "No article here speaks of that."
    assert [[b.text for b in row] for row in answer.buttons] == [["More"], ["👍", "👎"]]
    before = len(api.sent(chat))
    more = pressed(api, answer, "More", ada)
    assert [b.text for b in more.buttons[0]] == ["In context", "Sources"]
    (closest,) = api.sent(chat)[before:]
    assert closest.html.count("<blockquote") == 3


def test_the_buttons_of_an_answer(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    context = pressed(api, answer, "In context", ada)
    assert "Its removal will also open 46 miles of river" in context.text
    assert pressed(api, answer, "Back", ada).html == answer.html
    sources = pressed(api, answer, "Sources", ada)
    assert "teskvalleyrecord.example" in sources.html
    assert "<blockquote>" not in sources.html
    pressed(api, answer, "Back", ada)
    query = api.press(api.now(answer), "👍", ada)
    assert api.wait_for_answer(query).text


def presses_done(api, chat, user, *presses):
    """Wait until buttons that were pressed have done all that they do."""
    for press in presses:
        api.wait_for_answer(press)
    about = api.say(chat, user, "/about@quotewise_bot")
    api.wait(lambda: any(one.reply_to == about.message_id for one in api.sent(chat)))


def quotes_in(messages):
    return [quote for one in messages for quote in re.findall("<blockquote.*?</b", one.html)]


def test_more_pressed_quickly_again_sends_each_quote_once(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    before = len(api.sent(chat))
    presses_done(api, chat, ada, *(api.press(answer, "More", ada) for _ in range(3)))
    assert len(quotes_in(api.sent(chat)[before:])) == 3
    presses_done(api, chat, ada, api.press(answer, "More", ada))
    more = quotes_in(api.sent(chat)[before:])
    assert len(more) == len(set(more)) > 3


def test_more_goes_on_where_it_was_after_going_back(api, ada, chat):
    answer = said(api, chat, ada, DAM)
    before = len(api.sent(chat))
    pressed(api, answer, "More", ada)
    pressed(api, answer, "In context", ada)
    pressed(api, answer, "Back", ada)
    pressed(api, answer, "More", ada)
    more = quotes_in(api.sent(chat)[before:])
    assert len(more) == len(set(more)) > 3


def test_more_pressed_by_two_people_of_a_group_sends_each_quote_once(api, ada, chat):
    hal, _ = paired(api, chat, ada, "Hal")
    group = api.supergroup("Desk", ada, hal)
    said(api, group, ada, "/grant main")
    nameless = {"id": group.id, "type": "supergroup", "title": "Desk"}
    answer = said(api, group, ada, f"@quotewise_bot {DAM}", sender_chat=nameless)
    before = len(api.sent(group))
    presses_done(api, group, ada, *(api.press(answer, "More", one) for one in (ada, hal)))
    assert len(quotes_in(api.sent(group)[before:])) == 3


def test_each_quote_that_is_shown_has_its_context(api, ada, chat):
    answer = said(
        api, chat, ada, "How many people were hurt when the Grey Wagtail struck the pier?"
    )
    context = pressed(api, answer, "In context", ada)
    assert [b.text for b in context.buttons[0]][:3] == ["Back", "• 1 •", "2"]
    second = pressed(api, answer, "2", ada)
    assert [b.text for b in second.buttons[0]][:3] == ["Back", "1", "• 2 •"]
    assert second.html != context.html
    assert pressed(api, answer, "Back", ada).html == answer.html


def test_what_differs_stands_below_the_quotes_and_comes_back_with_them(api, ada, chat):
    answer = said(
        api, chat, ada, "How many people were hurt when the Grey Wagtail struck the pier?"
    )
    assert answer.text.endswith(
        "\n\nThey differ: Fourteen people (The Harbour Post, 3 March 2023) – "
        "Seventeen people (Velmouth Standard, 3 March 2023)"
    )
    underlined = "".join(re.findall("<u>(.*?)</u>", answer.html))
    assert underlined == "Fourteen peopleSeventeen people"
    pressed(api, answer, "In context", ada)
    assert pressed(api, answer, "Back", ada).html == answer.html


def test_what_happened_is_told_in_order_and_comes_back_so(api, ada, chat):
    answer = said(api, chat, ada, "What happened with the Grey Wagtail?")
    dates = re.findall(r"^<b>(\d+ \w+ \d{4})</b>$", answer.html, flags=re.MULTILINE)
    assert answer.text.startswith("In the order of publication:\n\n3 March 2023\n")
    assert dates == ["3 March 2023", "21 November 2023"]
    pressed(api, answer, "Sources", ada)
    assert pressed(api, answer, "Back", ada).html == answer.html


def test_a_post_is_added_after_a_yes_and_then_answers(api, ada, chat):
    origin = from_channel("Lund Times", username="lundtimes")
    offer = api.wait_for_answer(api.forward(chat, ada, TRAM, origin=origin))
    assert "Shall I add" in offer.text
    done = pressed(api, offer, "Add it", ada)
    api.wait(lambda: "1 paragraph" in api.now(done).text)
    assert "Lund Times" in api.now(done).text
    assert OPENED in said(api, chat, ada, "When did the first tram line in Lund open?").text
    again = api.wait_for_answer(api.forward(chat, ada, TRAM, origin=origin))
    pressed(api, again, "Add it", ada)
    api.wait(lambda: "already" in api.now(again).text)


def test_a_file_is_added_declined_and_removed(api, ada, chat):
    content = b"The bridge\n\nBy Jo Doe\n\nThe bridge over the Lenn was closed on Friday."
    offer = api.wait_for_answer(api.send_file(chat, ada, "bridge.txt", content))
    pressed(api, offer, "No", ada)
    assert api.now(offer).buttons == ()
    offer = api.wait_for_answer(api.send_file(chat, ada, "bridge.txt", content))
    pressed(api, offer, "Add it", ada)
    api.wait(lambda: "1 paragraph" in api.now(offer).text)
    listed = said(api, chat, ada, "/articles")
    assert "The bridge" in listed.text
    assert "The bridge over the Lenn was" in said(api, chat, ada, "Which bridge was closed?").text


def test_a_file_that_is_no_article_gets_a_sentence(api, ada, chat):
    refused = api.wait_for_answer(api.send_file(chat, ada, "cat.exe", b"MZ\0\0"))
    if refused.buttons:
        pressed(api, refused, "Add it", ada)
        api.wait(lambda: "Reading" not in api.now(refused).text)
    assert re.search(r"text|read|\.txt", api.now(refused).text)


def test_an_answer_tells_that_its_article_no_longer_says_it(api, ada, chat, bot, tmp_path):
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


def test_a_post_of_a_hidden_person(api, ada, chat):
    post = "The school in Orr got a new roof in May, after two winters with buckets."
    offer = api.wait_for_answer(api.forward(chat, ada, post, origin=from_hidden("B. Hidden")))
    pressed(api, offer, "Add it", ada)
    api.wait(lambda: "1 paragraph" in api.now(offer).text)
    assert said(api, chat, ada, "When did the school in Orr get a new roof?").text.startswith(post)


def test_a_stranger_is_told_what_to_do_and_gets_in_with_a_code(api, ada, chat, bot):
    stranger = api.user("Bo")
    door = api.private(stranger)
    refused = said(api, door, stranger, DAM)
    assert "dam was built" not in refused.text
    assert said(api, door, stranger, "/pair WRONG123").text != ""
    code = re.search(r"/pair (\w+)", said(api, chat, ada, "/pair").text)[1]
    said(api, door, stranger, f"/pair {code}")
    assert "no articles here" in said(api, door, stranger, DAM).text
    other = api.user("Cy")
    assert "not" in said(api, api.private(other), other, f"/pair {code}").text


def test_another_chat_reads_nothing_of_this_one(api, ada, chat):
    dee, own = paired(api, chat, ada, "Dee")
    answer = said(api, chat, ada, DAM)
    for data in [b.data for row in api.now(answer).buttons for b in row]:
        hers = said(api, own, dee, "/help")
        api.wait_for_answer(api.press(hers, data, dee)) if hers.buttons else None
    assert "no articles here" in said(api, own, dee, DAM).text
    assert [r for r in api.inline(dee, DAM).results if "1914" in (r.text or "")] == []


def test_inline_quotes_come_from_the_askers_library(api, ada, chat):
    found = api.inline(ada, "When did the first tram line in Lund open?")
    assert found.personal
    assert OPENED in found.results[0].text


def test_an_edited_question_edits_the_answer(api, ada, chat):
    question = api.say(chat, ada, DAM)
    answer = api.wait_for_answer(question)
    before = len(api.sent(chat))
    api.edit(question, "When did the first tram line in Lund open?")
    api.wait(lambda: OPENED in api.now(answer).text)
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


def test_a_follow_up_builds_on_what_its_own_asker_asked(api, ada, chat):
    hal, _ = paired(api, chat, ada, "Hal")
    group = api.group("Two", ada, hal)
    said(api, group, ada, "/grant main")
    said(api, group, ada, f"@quotewise_bot {DAM}")
    assert "Understood as" not in said(api, group, hal, "@quotewise_bot Why?").text
    assert re.match(r"Understood as: .+Why\?\n", said(api, group, ada, "@quotewise_bot Why?").text)


def test_a_group_hears_only_what_is_meant_for_the_bot(api, ada, chat):
    group = api.group("Newsroom", ada, api.user("Eve"))
    said(api, group, ada, "/grant main")
    before = len(api.sent(group))
    api.privacy = False
    api.say(group, ada, "Does anybody know when the dam was built?")
    api.privacy = True
    answer = said(api, group, ada, f"@quotewise_bot {DAM}")
    assert BUILT in answer.text
    assert len(api.sent(group)) == before + 1
    assert api.now(answer).reply_to


def test_a_topic_is_answered_in_the_topic(api, ada, chat):
    forum = api.supergroup("Forum", ada, forum=True)
    topic = api.topic(forum, "Rivers")
    said(api, forum, ada, "/grant main")
    assert said(api, forum, ada, f"@quotewise_bot {DAM}", topic=topic).topic == topic


def test_a_group_that_becomes_a_supergroup_keeps_its_articles(api, ada, chat):
    group = api.group("Old", ada)
    said(api, group, ada, "/grant main")
    moved = api.migrate(group)
    assert BUILT in said(api, moved, ada, f"@quotewise_bot {DAM}").text


def test_a_blocked_bot_and_one_that_was_removed_go_on(api, ada, chat):
    fay, _ = paired(api, chat, ada, "Fay")
    api.block(fay)
    group = api.group("Brief", ada)
    api.kick_bot(group)
    assert BUILT in said(api, chat, ada, DAM).text


@pytest.mark.parametrize("code", [429, 500, 502])
def test_an_answer_arrives_though_the_server_fails(api, ada, chat, code):
    more = {"retry_after": 1} if code == 429 else {}
    api.fail("sendMessage", times=1, code=code, chat=chat.id, **more)
    assert BUILT in said(api, chat, ada, DAM).text


def test_an_answer_arrives_though_the_connection_drops(api, ada, chat):
    api.drop_before("sendMessage", times=1, chat=chat.id)
    assert BUILT in said(api, chat, ada, DAM).text


def test_forget_removes_everything_of_a_chat(api, ada, chat):
    gil, own = paired(api, chat, ada, "Gil")
    offer = api.wait_for_answer(
        api.forward(own, gil, TRAM, origin=from_channel("Lund Times", username="lundtimes"))
    )
    pressed(api, offer, "Add it", gil)
    api.wait(lambda: "1 paragraph" in api.now(offer).text)
    asked = said(api, own, gil, "/forget")
    pressed(api, asked, asked.buttons[0][0].text, gil)
    api.wait(lambda: api.now(asked).edits > 0)
    assert "no articles here" in said(api, own, gil, "When did the tram open?").text

"""What the Telegram bot does when people write something other than a plain question."""

from __future__ import annotations

import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botapi import from_channel
from telegram_bot import QUICK, Bot, faultless_api, free_port, granted, new_home, said

DAM = "What was the 28-foot dam built in 1914 to power?"
BUILT = "The 28-foot dam was built in 1914 to power a paper mill"
GROUP_ANONYMOUS = 1_087_968_824
"""The account under which Telegram shows an administrator who writes without a name."""


api = pytest.fixture(scope="module")(faultless_api)


@pytest.fixture(scope="module")
def bot(api, tmp_path_factory, stocked):
    bot = Bot(api, stocked(tmp_path_factory.mktemp("manners") / "home"), QUICK)
    bot.start()
    yield bot
    assert bot.stop() == 0


@pytest.fixture(scope="module")
def chat(api, bot):
    """The administrator's own chat, which reads the samples."""
    return granted(api, bot)


def added(api, chat, user, name, content):
    """What is said of a file that was sent and added."""
    offer = api.wait_for_answer(api.send_file(chat, user, name, content))
    api.wait_for_answer(api.press(offer, "Add it", user))
    api.wait(lambda: re.search("paragraph|Unchanged", api.now(offer).text))
    return api.now(offer).text


def test_a_stranger_cannot_wipe_a_group(api, ada, chat):
    mallory = api.user("Mallory")
    group = api.group("Unpaired", ada, mallory)
    answer = said(api, group, ada, "@quotewise_bot /forget")
    asked = said(api, group, ada, "/forget")
    added_to = api.press(answer, f"forget:{mallory.id}", mallory, forged=True)
    assert api.wait_for_answer(added_to).text == "That is no longer for you to say."
    other = api.press(asked, "Forget everything", ada)
    api.wait_for_answer(other)
    api.wait(lambda: api.now(asked).text == "Forgotten: 0 articles and all answers.")


def test_no_button_does_anything_for_a_stranger(api, ada, chat):
    mallory = api.user("Mallory")
    group = api.group("Strange", ada, mallory)
    said(api, group, ada, "/grant main")
    said(api, group, ada, "/watch When does the bridge open?")
    answer = said(api, group, ada, f"@quotewise_bot {DAM}")
    shown = [button.data for row in answer.buttons for button in row]
    listed = said(api, group, ada, "/watch").buttons[0][0].data
    told = {
        **dict.fromkeys(shown, "That answer is no longer kept: please ask again."),
        "add:some": "That has been added or declined already.",
        "page:0": "That list is too old: please send /articles again.",
        "remove:0:0123456789abcdef": "That list is too old: please send /articles again.",
        f"forget:{mallory.id}": "That is no longer for you to say.",
        listed: "That list is too old: please send /watch again.",
        "unfeed:0123456789abcdef": "That list is too old: please send /feed again.",
    }
    assert {
        data: api.wait_for_answer(api.press(answer, data, mallory, forged=True)).text
        for data in told
    } == told
    assert api.now(answer).edits == 0
    assert said(api, group, ada, "/watch").text.endswith("When does the bridge open?")


def test_a_library_that_was_revoked_is_quoted_by_no_old_answer(api, ada, chat):
    group = api.group("Revoked", ada)
    said(api, group, ada, "/grant main")
    answer = said(api, group, ada, f"@quotewise_bot {DAM}")
    assert BUILT in answer.text
    assert said(api, group, ada, "/revoke main").text == (
        "This chat no longer reads the library main."
    )
    pressed = api.wait_for_answer(api.press(answer, "In context", ada))
    assert pressed.text == "That article can no longer be read here: please ask again."
    assert api.now(answer).edits == 0


def test_a_library_that_is_not_there_cannot_be_granted(api, ada, chat):
    assert said(api, chat, ada, "/grant mian").text == (
        "Send /grant and the name of a shared library. There are: main."
    )
    assert said(api, chat, ada, "/grant main -4711").text == (
        "The chat -4711 now reads the library main as well."
    )
    assert said(api, chat, ada, "/revoke main --5").text == "This chat does not read that library."


def test_a_file_that_is_sent_again_is_said_to_be_there(api, ada, chat):
    content = b"The lock\n\nBy Jo Doe\n\nThe lock at Orr was painted green in March."
    assert added(api, chat, ada, "lock.txt", content).startswith("Added: The lock")
    assert added(api, chat, ada, "lock.txt", content).startswith(
        "Unchanged: this chat's library has it already: The lock"
    )


def test_a_file_name_longer_than_the_disk_takes_is_no_obstacle(api, ada, chat):
    content = b"The weir\n\nBy Jo Doe\n\nThe weir at Orr was mended in April."
    assert added(api, chat, ada, "w" * 400 + ".txt", content).startswith("Added: The weir")


def test_a_pasted_text_is_offered_and_added(api, ada, chat):
    text = "Weir mended\n" + "The weir at Orr was mended in April, and the mill turns again. " * 12
    offer = api.wait_for_answer(api.say(chat, ada, text))
    assert offer.text == "Shall I add this text to this chat's articles?"
    api.wait_for_answer(api.press(offer, "Add it", ada))
    api.wait(lambda: api.now(offer).text.startswith("Added: Weir mended"))
    told = [line for line in said(api, chat, ada, "/articles").text.split("\n") if "Weir m" in line]
    number = told[0].partition(".")[0]
    assert said(api, chat, ada, f"/remove {number}").text == "Removed: Weir mended"
    assert said(api, chat, ada, "/remove 4711").text == (
        "There is no article 4711 here: see /articles."
    )


def test_what_holds_no_word_is_no_question(api, ada, chat):
    assert said(api, chat, ada, "🐝").text.startswith("What would you like to know?")


def test_an_unknown_command_is_no_question(api, ada, chat):
    told = "I do not know that command: /help lists those I know."
    assert said(api, chat, ada, "/settings").text == told
    group = api.group("Commands", ada)
    assert said(api, group, ada, "/settings@quotewise_bot").text == told
    before = len(api.sent(group))
    api.privacy = False
    api.say(group, ada, "/weather")
    api.privacy = True
    said(api, group, ada, "/help")
    assert len(api.sent(group)) == before + 1, "the other command may be another bot's"


def test_a_mention_alone_is_asked_what_it_would_like_to_know(api, ada, chat):
    group = api.group("Mentions", ada)
    assert said(api, group, ada, "@quotewise_bot").text.startswith("What would you like to know?")


def test_a_picture_gets_a_sentence_and_its_caption_an_answer(api, ada, chat):
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]
    assert said(api, chat, ada, "", photo=photo).text == (
        "I read questions, files, links and forwarded posts: please send one of those."
    )
    assert BUILT in said(api, chat, ada, "", photo=photo, caption=DAM).text


def test_a_post_of_a_groups_own_channel_is_not_offered(api, ada, chat):
    group = api.supergroup("Linked", ada)
    before = len(api.sent(group))
    api.privacy = False
    origin = from_channel("Lund Times")
    api.forward(group, ada, "The tram opens.", origin=origin, is_automatic_forward=True)
    api.privacy = True
    said(api, group, ada, "/help")
    assert len(api.sent(group)) == before + 1


def test_who_asks_without_a_name_may_press_the_buttons(api, ada, chat):
    group = api.supergroup("Anonymous", ada)
    code = re.search(r"/pair (\w+)", said(api, chat, ada, "/pair").text)[1]
    said(api, group, ada, f"/pair {code}")
    said(api, group, ada, "/grant main")
    sender = {
        "from": {"id": GROUP_ANONYMOUS, "is_bot": True, "first_name": "Group"},
        "sender_chat": {"id": group.id, "type": "supergroup", "title": "Anonymous"},
    }
    answer = said(api, group, ada, f"@quotewise_bot {DAM}", **sender)
    api.wait_for_answer(api.press(answer, "Sources", ada))
    api.wait(lambda: api.now(answer).text.startswith("Sources"))


def test_a_mention_that_is_edited_in_is_answered(api, ada, chat):
    group = api.group("Edits", ada)
    said(api, group, ada, "/grant main")
    api.privacy = False
    question = api.say(group, ada, DAM)
    api.edit(question, f"@quotewise_bot {DAM}")
    assert BUILT in api.wait_for_answer(question).text
    api.privacy = True


def test_a_person_who_was_let_in_can_be_put_out(api, ada, chat):
    bo = api.user("Bo")
    own = api.private(bo)
    code = re.search(r"/pair (\w+)", said(api, chat, ada, "/pair").text)[1]
    said(api, own, bo, f"/pair {code}")
    assert f"/unpair {bo.id} – Bo" in said(api, chat, ada, "/unpair").text
    assert said(api, own, bo, f"/unpair {bo.id}").text == (
        "Only an administrator of the bot can do that."
    )
    assert said(api, chat, ada, f"/unpair {bo.id}").text == (
        "Bo is put out; the articles of that chat are kept."
    )
    assert said(api, own, bo, DAM).text.startswith("I only talk to people I was introduced to.")


def test_a_chain_of_follow_ups_does_not_grow(api, ada, chat):
    said(api, chat, ada, DAM)
    for _ in range(3):
        answer = said(api, chat, ada, "And what did removing it cost?")
        assert "$7.4 million" in answer.text
    assert (
        BUILT
        not in said(
            api, chat, ada, "Who rescued Mount Carrow when it was about to close?"
        ).text.split("\n")[0]
    ), "that question stands by itself"


own_api = pytest.fixture(faultless_api)


def test_a_webhook_has_a_secret_of_its_own_and_acknowledges_what_it_cannot_read(
    own_api, copies, tmp_path
):
    """Telegram would send it again and again, and none of those after it."""
    api, port, public = own_api, free_port(), "https://quotewise.example"
    link = f"http://127.0.0.1:{port}/telegram"
    api.proxy(public, f"http://127.0.0.1:{port}")
    bot = Bot(api, new_home(tmp_path / "home", copies))
    bot.more["QUOTEWISE_TELEGRAM_WEBHOOK_URL"] = public
    bot.more["QUOTEWISE_TELEGRAM_WEBHOOK_PORT"] = str(port)
    bot.start()
    try:
        secret = api.called("setWebhook")[-1].parameters["secret_token"]
        assert len(secret) >= 32
        for forged in ("", "guess", "gueß"):
            with pytest.raises(HTTPError, match="403"):
                posted(link, b'{"update_id": 1}', forged)
        before = bot.log
        message = {"message_id": "four", "text": "my secret"}
        for update in ({"update_id": 2, "message": message}, {"message": message}, [message], "no"):
            assert posted(link, json.dumps(update).encode(), secret) == 200
        assert posted(link, b"\xff{", secret) == 200
        own = api.private(bot.admin)
        assert said(api, own, bot.admin, "/about").text.startswith("Quotewise quotes")
        told = bot.log.removeprefix(before)
        assert told.count("update 2 is left out: it cannot be read (KeyError)\n") == 1
        assert told.count("what came by the webhook is no update\n") == 4
        assert told.count("\n") == 5
        assert "my secret" not in bot.log
    finally:
        bot.stop()


def posted(link, data, secret):
    """The status with which an update is acknowledged."""
    request = Request(link, data=data)
    request.add_header("Content-Type", "application/json")
    request.add_header("X-Telegram-Bot-Api-Secret-Token", secret)
    with urlopen(request, timeout=60) as answer:
        return answer.status

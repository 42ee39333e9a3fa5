"""What the Telegram bot does when people write something other than a plain question."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botapi import from_channel, from_hidden, wire
from botapi.text import Entity
from telegram import Chat as TelegramChat
from telegram import Message, MessageEntity
from telegram_bot import QUICK, Bot, faultless_api, free_port, granted, new_home, said

from bot.telegram.handlers.additions import links_in
from bot.telegram.update_queue import joined

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


WEIR = (
    "Weir {n} at Orr was mended in week {n} of the year, and the mill behind it turns again, "
    "though the council had first refused to pay for the oak that was needed."
)


def long_text(title, paragraphs=60):
    """A text of several paragraphs that Telegram does not take in one message."""
    return "\n\n".join([title, *(WEIR.format(n=n) for n in range(1, paragraphs + 1))])


def split_by_a_client(text):
    """The parts in which Telegram's clients send a long text: they end with a paragraph."""
    parts = []
    while len(text) > 4096:
        end = text.rindex("\n\n", 0, 4096)
        parts.append(text[:end].strip())
        text = text[end:].strip()
    return [*parts, text]


def sent_after(api, chat, ada, before):
    """What the bot has sent to a chat since, once it has answered everything."""
    about = api.say(chat, ada, "/about@quotewise_bot")
    api.wait(lambda: any(one.reply_to == about.message_id for one in api.sent(chat)))
    return api.sent(chat)[before:-1]


def added_text(api, chat, ada, offer, title):
    """How the bot says that a text it offered is added."""
    api.wait_for_answer(api.press(offer, "Add it", ada))
    api.wait(lambda: api.now(offer).text.startswith("Added: "))
    assert api.now(offer).text.startswith(f"Added: {title}")
    return api.now(offer).text


def test_a_pasted_text_that_arrives_in_parts_is_offered_once_and_as_a_whole(api, ada, chat):
    parts = split_by_a_client(long_text("Weirs mended one by one", 75))
    assert len(parts) == 3
    before = len(api.sent(chat))
    for part in parts:
        api.say(chat, ada, part)
    (offer,) = sent_after(api, chat, ada, before)
    assert offer.text == "Shall I add this text to this chat's articles?"
    told = added_text(api, chat, ada, offer, "Weirs mended one by one")
    assert "75 paragraphs" in told
    assert "Weir 75 at Orr was mended" in said(api, chat, ada, "When was weir 75 mended?").text


def test_a_question_right_after_a_long_text_is_answered(api, ada, chat):
    before = len(api.sent(chat))
    api.say(chat, ada, long_text("Weirs of a short list", 20))
    question = api.say(chat, ada, DAM)
    offer, answer = sent_after(api, chat, ada, before)
    assert offer.text.startswith("Shall I add this text")
    assert answer.reply_to == question.message_id
    assert BUILT in answer.text


def test_a_text_written_minutes_after_a_long_one_is_no_part_of_it(api, ada, chat):
    first, second = split_by_a_client(long_text("Weirs of two letters", 40))
    written, before = int(time.time()) - 600, len(api.sent(chat))
    api.say(chat, ada, first, date=written)
    api.say(chat, ada, second, date=written + 120)
    assert len(sent_after(api, chat, ada, before)) == 2


def test_the_parts_of_a_text_in_a_group_are_those_of_one_person_there(api, ada, chat):
    bo = api.user("Bo")
    group = api.group("Weirs", ada, bo)
    said(api, group, ada, "/grant main")
    code = re.search(r"/pair (\w+)", said(api, chat, ada, "/pair").text)[1]
    said(api, group, ada, f"/pair {code}")
    first, second = split_by_a_client(long_text("Weirs for the group", 45))
    before, own = len(api.sent(group)), len(api.sent(chat))
    api.privacy = False
    api.say(group, ada, f"@quotewise_bot {first}")
    asked = api.say(group, bo, f"@quotewise_bot {DAM}")
    api.say(chat, ada, DAM)
    api.say(group, ada, second)
    api.privacy = True
    offer, answer = sent_after(api, group, ada, before)
    assert answer.reply_to == asked.message_id
    assert BUILT in answer.text
    told = added_text(api, group, ada, offer, "Weirs for the group")
    assert "45 paragraphs" in told
    assert BUILT in api.wait(lambda: api.sent(chat)[own:])[0].text


def test_a_forwarded_post_of_several_parts_is_offered_once_and_as_a_whole(api, ada, chat):
    parts = split_by_a_client(long_text("Weirs of the channel", 50))
    date, before = int(time.time()) - 90_000, len(api.sent(chat))
    for number, part in enumerate(parts):
        origin = from_channel("Orr Post", username="orrpost", date=date + number, message_id=number)
        api.forward(chat, ada, part, origin=origin)
    other = from_channel("Orr Post", username="orrpost", date=date + 300, message_id=9)
    api.forward(chat, ada, "Oak is dear.\n\nA tree costs four crowns in Orr.", origin=other)
    offer, _other = sent_after(api, chat, ada, before)
    told = added_text(api, chat, ada, offer, "Weirs of the channel, Orr Post")
    assert "50 paragraphs" in told


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        ("x" * 4095 + "y", "z and so on", ""),
        ("The weir was", "mended in May", " "),
        ("The weir, the lock,", "Orr and the mill", " "),
        ("The weir was mended.", "The mill turns.", "\n"),
        ("Weirs of Orr", "The mill turns.", "\n"),
        ("The weir was ", "mended in May", ""),
        ("The weir was", "\n\nmended in May", ""),
    ],
)
def test_parts_are_joined_where_the_client_has_cut_them(before, after, between):
    assert joined([before, after]) == f"{before}{between}{after}"


def message(text, *entities, caption=False):
    """A message as python-telegram-bot reads it."""
    marked = [MessageEntity(*entity[:3], url=dict(enumerate(entity)).get(3)) for entity in entities]
    fields = {"text": text, "entities": marked}
    if caption:
        fields = {"caption": text, "caption_entities": marked}
    return Message(1, datetime.now(UTC), TelegramChat(1, "private"), **fields)


PAGE = "https://kelm.example/lock"


@pytest.mark.parametrize(
    ("text", "entities", "links"),
    [
        ("The lock reopens", [("text_link", 4, 4, PAGE)], [PAGE]),
        ("🚢🚢 The lock", [("text_link", 9, 4, PAGE)], [PAGE]),
        ("Why did it close?", [("text_link", 0, 17, PAGE)], [PAGE]),
        ("Why did the lock close?", [("text_link", 12, 4, PAGE)], []),
        ("kelm.example/lock", [("url", 0, 17)], [PAGE]),
        ("See kelm.example/lock.", [("url", 4, 17)], [PAGE]),
        ("What does kelm.example/lock say?", [("url", 10, 17)], []),
        ("kelm.example", [("url", 0, 12)], ["https://kelm.example"]),
        ("@quotewise_bot kelm.example", [("mention", 0, 14), ("url", 15, 12)], [PAGE[:-5]]),
        ("Who maintains kelm.py these days", [("url", 14, 7)], []),
        ("HTTP://KELM.example", [("url", 0, 19)], ["HTTP://KELM.example"]),
        ("tg://resolve?domain=kelm", [("url", 0, 24)], []),
        ("ftp://kelm.example/lock", [("url", 0, 23)], []),
        ("The lock", [("text_link", 4, 4, "tg://user?id=7")], []),
        ("Read http://intranet/lock", [], ["http://intranet/lock"]),
        (f"{PAGE} and here", [("url", 0, 25), ("text_link", 30, 4, PAGE)], [PAGE]),
    ],
)
@pytest.mark.parametrize("caption", [False, True])
def test_the_links_of_a_message_are_those_that_telegram_marks(text, entities, links, caption):
    assert links_in(message(text, *entities, caption=caption)) == links


def test_hidden_links_are_offered_like_written_ones(api, ada, chat):
    words = (Entity("text_link", 4, 4, (("url", PAGE),)),)
    told = f"Shall I add {PAGE} to this chat's articles?"
    assert said(api, chat, ada, "The lock reopens", entities=words).text == told
    bare = (Entity("url", 0, 17),)
    assert said(api, chat, ada, PAGE.removeprefix("https://"), entities=bare).text == told
    marked = [words[0].wire()]
    offer = said(api, chat, ada, "", photo=PHOTO, caption="The lock opens", caption_entities=marked)
    assert offer.text == told


def test_a_hidden_link_in_a_forwarded_post_is_its_source(api, ada, chat):
    text = "The lock reopens\n\nThe lock at Kelm reopens to barges on the ninth of June."
    link = Entity("text_link", 4, 4, (("url", PAGE),))
    origin = from_hidden("Jo Doe")
    offer = api.wait_for_answer(api.forward(chat, ada, text, origin=origin, entities=(link,)))
    added_text(api, chat, ada, offer, "The lock reopens")
    answer = said(api, chat, ada, "When does the lock at Kelm reopen to barges?")
    assert PAGE in answer.html


def test_an_edit_of_a_question_into_something_else_is_not_searched_for(api, ada, chat):
    question = api.say(chat, ada, DAM)
    answer = api.wait_for_answer(question)
    for text, told in [
        ("🐝", "What would you like to know?"),
        ("https://kelm.org/lock", "Shall I add https://kelm.org/lock to this chat's articles?"),
        (long_text("Weirs once more", 10), "Shall I add this text to this chat's articles?"),
    ]:
        before = len(api.sent(chat))
        api.edit(question, text)
        (reply,) = sent_after(api, chat, ada, before)
        assert reply.text.startswith(told)
        assert api.now(answer).edits == 0
    api.edit(question, "When does the lock at Kelm reopen to barges?")
    api.wait(lambda: "Kelm reopens" in api.now(answer).text)


def test_an_edited_caption_of_a_file_is_no_question(api, ada, chat):
    content = b"The sluice\n\nThe sluice at Orr is older than the town."
    file = api.send_file(chat, ada, "sluice.txt", content, "sluice")
    api.wait_for_answer(file)
    before = len(api.sent(chat))
    api.edit(file, "The sluice at Orr")
    assert sent_after(api, chat, ada, before) == []


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


FILE = {"file_id": "f", "file_unique_id": "f"}
SIZE = {"width": 90, "height": 90}
PHOTO = [FILE | SIZE]
POLL = {
    "id": "1",
    "question": "Which lock?",
    "options": [{"persistent_id": "1", "text": text, "voter_count": 0} for text in ("Orr", "Kelm")],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": True,
    "members_only": False,
}
STICKER = {"type": "regular", "is_animated": False, "is_video": False}
ANIMATION = {"animation": FILE | SIZE | {"duration": 1}, "document": FILE | {"file_name": "a.mp4"}}
WITHOUT_WORDS = [
    {"photo": PHOTO},
    {"voice": FILE | {"duration": 3}},
    {"audio": FILE | {"duration": 3}},
    {"video": FILE | SIZE | {"duration": 3}},
    {"video_note": FILE | {"length": 90, "duration": 3}},
    {"sticker": FILE | SIZE | STICKER},
    {"location": {"latitude": 55.7, "longitude": 13.2}},
    {"contact": {"phone_number": "+4670000000", "first_name": "Jo"}},
    {"poll": POLL},
    {"dice": {"emoji": "🎲", "value": 6}},
    {"checklist": {"title": "Oak", "tasks": [{"id": 1, "text": "Buy it"}]}},
    ANIMATION,
    {"photo": PHOTO, "forward_origin": from_hidden("Jo Doe")},
]
READS = "I read questions, files, links and forwarded posts: please send one of those."


def sent_without_words(api, chat, user, **content):
    """What somebody sends that the server does not know, and so does not check."""
    message = api.world.post(chat, user, "")
    api.deliver({"message": {**wire.message(message), **content}})
    return message


@pytest.mark.parametrize("content", WITHOUT_WORDS, ids="-".join)
def test_what_has_no_words_gets_a_sentence_in_private_and_none_in_a_group(api, ada, chat, content):
    before = len(api.sent(chat))
    sent = sent_without_words(api, chat, ada, **content)
    assert [(one.reply_to, one.text) for one in sent_after(api, chat, ada, before)] == [
        (sent.message_id, READS)
    ]
    group = api.group("Pictures", ada)
    said(api, group, ada, "/about@quotewise_bot")
    sent_without_words(api, group, ada, **content)
    assert sent_after(api, group, ada, 1) == []


def test_a_caption_is_a_question(api, ada, chat):
    assert BUILT in said(api, chat, ada, "", photo=PHOTO, caption=DAM).text
    moving = sent_without_words(api, chat, ada, **ANIMATION, caption=DAM)
    assert BUILT in api.wait_for_answer(moving).text


def test_an_album_gets_one_sentence(api, ada, chat):
    for album in ("one", "two"):
        before = len(api.sent(chat))
        for _ in range(10):
            api.say(chat, ada, "", photo=PHOTO, media_group_id=album)
        assert [one.text for one in sent_after(api, chat, ada, before)] == [READS]


def test_an_album_with_a_caption_gets_the_answer_alone(api, ada, chat):
    before = len(api.sent(chat))
    api.say(chat, ada, "", photo=PHOTO, media_group_id="three", caption=DAM)
    for _ in range(3):
        api.say(chat, ada, "", photo=PHOTO, media_group_id="three")
    (answer,) = sent_after(api, chat, ada, before)
    assert BUILT in answer.text


def test_a_stranger_who_sends_a_picture_is_told_how_to_get_in(api, ada, chat):
    stranger = api.user("Bo")
    told = said(api, api.private(stranger), stranger, "", photo=PHOTO).text
    assert told.startswith("I only talk to people I was introduced to.")


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
        answer = said(api, chat, ada, "And how much will it cost to take it out?")
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

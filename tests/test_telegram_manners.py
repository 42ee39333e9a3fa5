"""What the Telegram bot does when people write something other than a plain question."""

import re
import time

import pytest
from botapi import Entity, from_channel, from_hidden
from botapi.text import Formatted
from postgresql_server import on_both_engines
from telegram_bot import anonymously, labels, shared_bot

DAM = "What was the 28-foot dam built in 1914 to power?"
BUILT = "The 28-foot dam was built in 1914 to power a paper mill"


api, site, bot = shared_bot(samples=True)


@pytest.fixture(scope="module")
def chat(api, bot):
    """The administrator's own chat, which reads the samples."""
    return bot.granted()


@pytest.fixture(autouse=True)
def chat_without_offer(api, ada, chat):
    """No test leaves an offer, which what the next test sends would be added to."""
    yield
    decline_all(api, ada, chat)


def decline_all(api, ada, chat):
    for offer in api.sent(chat):
        if "No" in labels(offer):
            api.pressed(offer, "No", ada)


def test_a_greeting_is_introduced_to_in_private_and_passed_over_in_a_group(api, ada, chat):
    english = ("hi", "Thanks!", "lol", "I love you 😀", "What can you do?")
    german = ("Hallo!", "moin", "Danke", "Wer bist du?", "Was kannst du?")
    for text in (*english, *german):
        assert api.said(chat, ada, text).text == (
            "I answer questions with sentences of your articles, word for word.\n"
            "Ask one, such as:\n"
            "What is said about “Fourteen injured as island ferry strikes pier”?\n"
            "What is said about “Velm ferry rams Kettle Head pier, 17 hurt”?\n"
            "What is said about “Ferry valve was fitted back to front, inquiry told”?"
        )
    group = api.group("Greeters", ada)
    api.said(group, ada, "/grant main")
    before = len(api.sent(group))
    api.say(group, ada, "@quotewise_bot thanks")
    assert BUILT in api.said(group, ada, f"@quotewise_bot {DAM}").text
    assert len(api.sent(group)) == before + 1
    introduction = api.said(group, ada, "@quotewise_bot what can you do?").text
    assert introduction.startswith("I answer questions with sentences of your articles")


def test_the_word_help_gets_what_the_command_gets(api, ada, chat):
    whole = api.said(chat, ada, "/help").text
    assert [api.said(chat, ada, word).text for word in ("help", "Help!", "Hilfe")] == [whole] * 3


def test_a_message_without_words_gets_advice_that_fits_the_chat(api, ada, chat):
    assert api.said(chat, ada, "🚗?").text == (
        "What would you like to know? Write a question, in words."
    )
    group = api.group("Wordless", ada)
    api.said(group, ada, "/grant main")
    assert api.said(group, ada, "@quotewise_bot").text == (
        "What would you like to know? Write the question beside my name, or reply to me with it."
    )


@on_both_engines
def test_no_button_does_anything_for_a_stranger(api, ada, chat):
    mallory = api.user("Mallory")
    group = api.group("Strange", ada, mallory)
    api.said(group, ada, "/grant main")
    api.said(group, ada, "/watch When does the bridge open?")
    answer = api.said(group, ada, f"@quotewise_bot {DAM}")
    shown = [button.data for row in answer.buttons for button in row if button.data]
    listed = api.said(group, ada, "/watch").buttons[0][0].data
    reported = {
        **dict.fromkeys(shown, "That answer is no longer kept: please ask again."),
        "add:some": (
            "That has been added or declined already, or is too old: please send it again."
        ),
        "page:0": "That list is too old: please send /articles again.",
        "remove:0:0123456789abcdef": "That list is too old: please send /articles again.",
        f"forget:{mallory.id}": "That is no longer for you to say.",
        listed: "That list is too old: please send /watch again.",
        "unfeed:0123456789abcdef": "That list is too old: please send /feed again.",
    }
    assert {data: api.toast(answer, data, mallory, forged=True) for data in reported} == reported
    assert api.now(answer).edits == 0
    assert api.said(group, ada, "/watch").text.endswith("When does the bridge open?")


def test_a_library_that_was_revoked_is_quoted_by_no_old_answer(api, ada, chat):
    group = api.group("Revoked", ada)
    api.said(group, ada, "/grant main")
    answer = api.said(group, ada, f"@quotewise_bot {DAM}")
    assert BUILT in answer.text
    assert api.said(group, ada, "/revoke main").text == (
        "This chat no longer reads the library main."
    )
    pressed = api.wait_for_answer(api.press(answer, "In context", ada))
    assert pressed.text == "That article can no longer be read here: please ask again."
    assert api.now(answer).edits == 0


def test_a_library_that_is_not_there_cannot_be_granted(api, ada, chat):
    assert api.said(chat, ada, "/grant mian").text == (
        "Send /grant and the name of a shared library. There are: main."
    )
    assert api.said(chat, ada, "/grant main -4711").text == (
        "The chat -4711 now reads the library main as well."
    )
    assert api.said(chat, ada, "/revoke main --5").text == "This chat does not read that library."


def test_a_file_is_added_once_however_long_its_name(api, ada, chat):
    content = b"The lock\n\nBy Jo Doe\n\nThe lock at Orr was painted green in March."
    outcomes = []
    for _ in range(2):
        offer = api.offered(chat, ada, "w" * 400 + ".txt", content)
        outcomes.append(api.added(offer, ada))
    assert outcomes[0].startswith("Added: The lock")
    assert outcomes[1].startswith("Unchanged: this chat's library has it already: The lock")


def test_a_pasted_text_is_offered_and_added(api, ada, chat):
    text = "Weir mended\n" + "The weir at Orr was mended in April, and the mill turns again. " * 12
    offer = api.said(chat, ada, text)
    assert offer.text == "Shall I add this text to this chat's articles?"
    assert api.added(offer, ada).startswith("Added: Weir mended")
    reported = [
        line for line in api.said(chat, ada, "/articles").text.split("\n") if "Weir m" in line
    ]
    number = reported[0].partition(".")[0]
    assert api.said(chat, ada, f"/remove {number}").text == "Removed: Weir mended"
    assert api.said(chat, ada, "/remove 4711").text == (
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


def test_a_pasted_text_that_arrives_in_parts_is_offered_once_and_as_a_whole(api, bot, ada, chat):
    parts = split_by_a_client(long_text("Weirs mended one by one", 75))
    assert len(parts) == 3
    before = len(api.sent(chat))
    for part in parts:
        api.say(chat, ada, part)
    (offer,) = bot.sent_since(chat, before)
    assert offer.text == "Shall I add this text to this chat's articles?"
    assert re.match("Added: Weirs mended one by one.* 75 paragraphs", api.added(offer, ada))
    assert "Weir 75 at Orr was mended" in api.said(chat, ada, "When was weir 75 mended?").text


def test_a_text_that_a_client_cut_within_a_word_is_added_as_it_was_written(api, bot, ada, chat):
    text = "Otters\n\n" + " ".join(WEIR.format(n=n) for n in range(1, 30))
    text = text[:4090] + "unquestionably. An otter named Pim was seen at the last weir of Kelm."
    before = len(api.sent(chat))
    for part in (text[:4096], text[4096:]):
        api.say(chat, ada, part)
    (offer,) = bot.sent_since(chat, before)
    assert api.added(offer, ada).startswith("Added: Otters")
    answer = api.said(chat, ada, "Where was an otter named Pim seen?")
    assert "An otter named Pim was seen at the last weir of Kelm." in answer.text
    assert "unquestionably." in api.pressed(answer, "In context", ada).text


def test_a_question_right_after_a_long_text_is_answered(api, bot, ada, chat):
    before = len(api.sent(chat))
    api.say(chat, ada, long_text("Weirs of a short list", 20))
    question = api.say(chat, ada, DAM)
    offer, answer = bot.sent_since(chat, before)
    assert offer.text.startswith("Shall I add this text")
    assert answer.reply_to == question.message_id
    assert BUILT in answer.text


def test_a_text_written_minutes_after_a_long_one_is_no_part_of_it(api, bot, ada, chat):
    first, second = split_by_a_client(long_text("Weirs of two letters", 40))
    written, before = int(time.time()) - 600, len(api.sent(chat))
    api.say(chat, ada, first, date=written)
    api.say(chat, ada, second, date=written + 120)
    assert len(bot.sent_since(chat, before)) == 2


def test_the_parts_of_a_text_in_a_group_are_those_of_one_person(api, ada, bot, chat):
    bo = api.user("Bo")
    group = api.group("Weirs", ada, bo)
    api.said(group, ada, "/grant main")
    bot.pair(group, ada)
    first, second = split_by_a_client(long_text("Weirs for the group", 45))
    before, own = len(api.sent(group)), len(api.sent(chat))
    api.privacy = False
    api.say(group, ada, f"@quotewise_bot {first}")
    asked = api.say(group, bo, f"@quotewise_bot {DAM}")
    api.say(chat, ada, DAM)
    api.say(group, ada, second)
    api.privacy = True
    offer, answer = bot.sent_since(group, before)
    assert answer.reply_to == asked.message_id
    assert BUILT in answer.text
    assert re.match("Added: Weirs for the group.* 45 paragraphs", api.added(offer, ada))
    assert BUILT in api.wait(lambda: api.sent(chat)[own:])[0].text


def test_a_forwarded_post_of_several_parts_is_offered_once_and_as_a_whole(api, bot, ada, chat):
    parts = split_by_a_client(long_text("Weirs of the channel", 50))
    date, before = int(time.time()) - 90_000, len(api.sent(chat))
    written = int(time.time()) - 120
    for number, part in enumerate(parts):
        origin = from_channel("Orr Post", username="orrpost", date=date + number, message_id=number)
        api.forward(chat, ada, part, origin=origin, date=written)
    other = from_channel("Orr Post", username="orrpost", date=date + 300, message_id=9)
    api.forward(chat, ada, "Oak is dear.\n\nA tree costs four crowns in Orr.", origin=other)
    offer, _other = bot.sent_since(chat, before)
    outcome = api.added(offer, ada)
    assert re.match("Added: Weirs of the channel, Orr Post.* 50 paragraphs", outcome)


PAGE = "https://kelm.example/lock"
FILE = {"file_id": "f", "file_unique_id": "f"}
SIZE = {"width": 90, "height": 90}
PHOTO = [FILE | SIZE]


LINKS = [
    ("The lock reopens", Entity("text_link", 4, 4, PAGE), PAGE),
    ("🚢🚢 The lock", Entity("text_link", 9, 4, PAGE), PAGE),
    ("Why did it close?", Entity("text_link", 0, 17, PAGE), PAGE),
    ("Why did the lock close?", Entity("text_link", 12, 4, PAGE), None),
    ("kelm.example/lock", Entity("url", 0, 17), PAGE),
    ("See kelm.example/lock.", Entity("url", 4, 17), PAGE),
    ("What does kelm.example/lock say?", Entity("url", 10, 17), None),
    ("kelm.example", Entity("url", 0, 12), "https://kelm.example"),
    ("Who maintains kelm.py these days", Entity("url", 14, 7), None),
    ("HTTP://KELM.example", Entity("url", 0, 19), "HTTP://KELM.example"),
    ("tg://resolve?domain=kelm", Entity("url", 0, 24), None),
    ("The lock", Entity("text_link", 4, 4, "tg://user?id=7"), None),
    ("Read http://intranet/lock", Entity("url", 5, 20), "http://intranet/lock"),
]


def test_a_link_that_telegram_marks_is_offered_unless_it_is_in_a_question(api, ada, chat):
    for text, marked, link in LINKS:
        caption = {"photo": PHOTO, "caption": text, "caption_entities": [marked.json()]}
        for reply in (
            api.said(chat, ada, text, entities=(marked,)).text,
            api.said(chat, ada, "", **caption).text,
        ):
            offer = f"Shall I add {link} to this chat's articles?"
            assert reply == offer if link else "Shall I add" not in reply, text
            decline_all(api, ada, chat)


def test_a_hidden_link_in_a_forwarded_post_is_its_source(api, ada, chat):
    text = "The lock reopens\n\nThe lock at Kelm reopens to barges on the ninth of June."
    link = Entity("text_link", 4, 4, PAGE)
    origin = from_hidden("Jo Doe")
    offer = api.wait_for_answer(api.forward(chat, ada, text, origin=origin, entities=(link,)))
    assert api.added(offer, ada).startswith("Added: The lock reopens")
    assert PAGE in api.said(chat, ada, "When does the lock at Kelm reopen to barges?").html


def test_an_edit_of_a_question_into_something_else_is_not_searched_for(api, bot, ada, chat):
    question = api.say(chat, ada, DAM)
    answer = api.wait_for_answer(question)
    for text, reported in [
        ("🐝", "What would you like to know?"),
        ("https://kelm.org/lock", "Shall I add https://kelm.org/lock to this chat's articles?"),
        (long_text("Weirs once more", 10), "Shall I add this text to this chat's articles?"),
    ]:
        before = len(api.sent(chat))
        api.edit(question, text)
        (reply,) = bot.sent_since(chat, before)
        assert reply.text.startswith(reported)
        assert api.now(answer).edits == 0
        decline_all(api, ada, chat)
    before = len(api.sent(chat))
    api.edit(question, "When does the lock at Kelm reopen to barges?")
    api.wait(lambda: "Kelm reopens" in api.now(answer).text)
    assert len(api.sent(chat)) == before


def test_an_edited_caption_of_a_file_is_no_question(api, bot, ada, chat):
    content = b"The sluice\n\nThe sluice at Orr is older than the town."
    file = api.send_file(chat, ada, "sluice.txt", content, "sluice")
    api.wait_for_answer(file)
    before = len(api.sent(chat))
    api.edit(file, "The sluice at Orr")
    assert bot.sent_since(chat, before) == []


def test_an_unknown_command_is_no_question(api, ada, chat):
    reported = "I do not know that command: /help lists those I know."
    assert api.said(chat, ada, "/weather").text == reported
    group = api.group("Commands", ada)
    assert api.said(group, ada, "/weather@quotewise_bot").text == reported
    before = len(api.sent(group))
    api.privacy = False
    api.say(group, ada, "/weather")
    api.privacy = True
    api.said(group, ada, "/help")
    assert len(api.sent(group)) == before + 1, "the other command may be another bot's"


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
    message = api.post(chat, user, Formatted(""))
    api.deliver({"message": {**message.json(), **content}})
    return message


def test_what_has_no_words_gets_a_sentence_in_private_and_none_in_a_group(api, bot, ada, chat):
    before = len(api.sent(chat))
    sent = [sent_without_words(api, chat, ada, **content) for content in WITHOUT_WORDS]
    replies = bot.sent_since(chat, before)
    assert [(reply.reply_to, reply.text) for reply in replies] == [
        (message.message_id, READS) for message in sent
    ]
    group = api.group("Pictures", ada)
    for content in WITHOUT_WORDS:
        sent_without_words(api, group, ada, **content)
    assert bot.sent_since(group, 0) == []


def test_a_caption_is_a_question_and_an_album_gets_one_reply(api, bot, ada, chat):
    assert (
        BUILT
        in api.wait_for_answer(sent_without_words(api, chat, ada, **ANIMATION, caption=DAM)).text
    )
    before = len(api.sent(chat))
    for _ in range(10):
        api.say(chat, ada, "", photo=PHOTO, media_group_id="plain")
    api.say(chat, ada, "", photo=PHOTO, media_group_id="captioned", caption=DAM)
    for _ in range(3):
        api.say(chat, ada, "", photo=PHOTO, media_group_id="captioned")
    reply, answer = bot.sent_since(chat, before)
    assert reply.text == READS
    assert BUILT in answer.text


def test_a_stranger_who_sends_a_picture_is_told_how_to_get_in(api, ada, chat):
    stranger = api.user("Bo")
    reported = api.said(api.private(stranger), stranger, "", photo=PHOTO).text
    assert reported.startswith("I only talk to people I was introduced to.")


def test_a_post_of_a_groups_own_channel_is_not_offered(api, ada, chat):
    group = api.supergroup("Linked", ada)
    before = len(api.sent(group))
    api.privacy = False
    origin = from_channel("Lund Times")
    api.forward(group, ada, "The tram opens.", origin=origin, is_automatic_forward=True)
    api.privacy = True
    api.said(group, ada, "/help")
    assert len(api.sent(group)) == before + 1


def test_who_asks_without_a_name_may_press_the_buttons(api, ada, bot, chat):
    group = api.supergroup("Anonymous", ada)
    bot.pair(group, ada)
    api.said(group, ada, "/grant main")
    answer = api.said(group, ada, f"@quotewise_bot {DAM}", **anonymously(group))
    api.toast(answer, "Sources", ada)
    api.wait(lambda: api.now(answer).text.startswith("Sources"))


def test_a_mention_that_is_edited_in_is_answered(api, ada, chat):
    group = api.group("Edits", ada)
    api.said(group, ada, "/grant main")
    api.privacy = False
    question = api.say(group, ada, DAM)
    api.edit(question, f"@quotewise_bot {DAM}")
    assert BUILT in api.wait_for_answer(question).text
    api.privacy = True


def test_a_person_who_was_let_in_can_be_put_out(api, ada, bot, chat):
    bo, own = bot.newcomer("Bo")
    api.said(own, bo, "/watch When does the bridge open?")
    assert f"/unpair {bo.id} – Bo" in api.said(chat, ada, "/unpair").text
    assert api.said(own, bo, f"/unpair {bo.id}").text == (
        "Only an administrator of the bot can do that."
    )
    assert api.said(chat, ada, f"/unpair {bo.id}").text == (
        "Bo is put out; the articles of that chat are kept."
    )
    assert api.said(own, bo, DAM).text.startswith("I only talk to people I was introduced to.")
    assert bot.stored("SELECT * FROM watches WHERE chat = ?", own.id) == []


def test_a_chain_of_follow_ups_does_not_grow(api, ada, chat):
    api.said(chat, ada, DAM)
    for _ in range(3):
        answer = api.said(chat, ada, "And how much will it cost to take it out?")
        assert "$7.4 million" in answer.text
    assert (
        BUILT
        not in api.said(
            chat, ada, "Who rescued Mount Carrow when it was about to close?"
        ).text.split("\n")[0]
    ), "that question stands by itself"

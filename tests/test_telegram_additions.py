"""Adding what people send to a chat's articles: several at once, by a reply, or unasked."""

import json
import time

import pytest
from botapi import Entity, from_channel, from_user
from feed_server import Story, publish
from telegram_bot import labels, person, shared_bot
from website import Reply

WEIR = b"Weir repaired\n\nThe weir at Lauda was repaired in October by two divers from Brest."
MINE = b"Mine reopened\n\nThe slate mine at Pell reopened in June with nine miners."
GATE = b"Gate painted\n\nThe gate at Orme was painted blue by a painter called Hulda Quist."
TRAM = "Tram opens\n\nThe tram line to Kelm opened on Monday with forty guests on board."
OLD = "That has been added or declined already, or is too old: please send it again."
BELOW = "I ask again below, with what came since."
NO_KIND = "Not added: setup.exe: I do not read files of that kind"
DENIED = "Only this group's administrators can change its settings."


api, site, bot = shared_bot()


@pytest.fixture(scope="module", autouse=True)
def stories(site):
    publish(site, *map(Story, range(1, 61)))


creator, mia, max_ = map(person, ("Cleo", "Mia", "Max"))


@pytest.fixture
def group(api, bot, creator, mia, max_):
    """A paired group, where the bot sees only what is meant for it."""
    group = api.supergroup("Allotments", creator, mia, max_)
    bot.pair(group, creator)
    return group


def link(site, number):
    """The link of a story on the site."""
    return site.url(Story(number).path)


def hold(api, chat, user):
    """Let the bot be busy with this chat, so that what comes next waits in its queue."""
    api.slow(1.5, "sendMessage", chat=chat.id, times=1)
    before = len(api.called("sendMessage"))
    api.say(chat, user, "/about@quotewise_bot")
    api.wait(lambda: len(api.called("sendMessage")) > before)


# -- a reply that mentions the bot


REQUESTS = (
    *("", "add", "Add this, please!", "can you add that?"),
    *("bitte", "Füge das bitte hinzu.", "Kannst du den Artikel aufnehmen?"),
)


def test_a_mention_in_reply_to_a_link_adds_it_at_once(bot, group, site, mia, max_):
    for number, words in enumerate(REQUESTS, start=1):
        post = bot.api.say(group, mia, f"Have you seen this? {link(site, number)}")
        report = bot.api.said(group, max_, f"@quotewise_bot {words}", reply_to=post)
        assert bot.api.outcome(report).startswith("Added: Council votes on"), words
        assert report.buttons == ()
    adders = bot.stored("SELECT person FROM adders WHERE chat = ?", group.id)
    assert adders == [(max_.id,)] * len(REQUESTS)
    bot.api.wait(lambda: bot.stored("SELECT * FROM offers WHERE chat = ?", group.id) == [])


def test_a_mention_in_reply_to_a_file_a_post_or_a_long_text_adds_that(api, group, mia, max_):
    long_text = "Hedge cut\n\n" + "The hedge at Orme was cut in May by the parish council. " * 12
    sent = [
        api.send_file(group, mia, "weir.txt", WEIR),
        api.forward(group, mia, TRAM, origin=from_channel("Kelm Post")),
        api.say(group, mia, long_text),
    ]
    for message, title in zip(sent, ["Weir repaired", "Tram opens", "Hedge cut"], strict=True):
        report = api.said(group, max_, "@quotewise_bot add", reply_to=message)
        assert api.outcome(report).startswith(f"Added: {title}")


def test_a_question_in_reply_to_a_link_stays_a_question(api, group, site, mia):
    post = api.say(group, mia, link(site, 1))
    for words in (
        "who voted on the repair?",
        "Tell me who voted",
        "please show what it costs",
        "Was kostet das",
        "the cost of it?",
    ):
        answer = api.said(group, mia, f"@quotewise_bot {words}", reply_to=post)
        assert answer.text.startswith("There are no articles here yet."), words


def test_a_mention_in_reply_to_a_file_that_is_not_read_says_why(api, group, mia):
    program = api.send_file(group, mia, "setup.exe", b"MZ")
    reply = api.said(group, mia, "@quotewise_bot add", reply_to=program).text
    assert reply.startswith("I read texts, web pages, PDF")
    film = api.send_file(group, mia, "film.txt", b"", size=30 * 2**20)
    reply = api.said(group, mia, "@quotewise_bot add", reply_to=film).text
    assert reply.startswith("Not added: film.txt: it is over 20 MB")


def test_a_mention_in_reply_to_a_short_remark_or_to_the_bot_adds_nothing(api, group, mia):
    remark = api.say(group, mia, "Nice weather")
    reply = api.said(group, mia, "@quotewise_bot", reply_to=remark)
    assert reply.text.startswith("What would you like to know?")
    reply = api.said(group, mia, "@quotewise_bot", reply_to=reply)
    assert reply.text.startswith("What would you like to know?")


# -- several sources, one offer


def test_all_links_of_a_message_are_offered_and_added_together(api, own, site, pat):
    links = [link(site, number) for number in range(1, 8)]
    offer = api.said(own, pat, "For the archive:\n" + "\n".join([*links, links[0]]))
    assert offer.text == (
        "Shall I add these 7 to this chat's articles?\n\n"
        + "\n".join(f"• {link}" for link in links)
    )
    assert labels(offer) == ["Add all 7", "No"]
    before = len(api.sent(own))
    assert api.added(offer, pat).startswith("7 added\n\nAdded: ")
    assert len(api.sent(own)) == before
    assert len(api.titles(own, pat)) == 7


def test_several_are_declined_together(api, own, site, bot, pat):
    offer = api.said(own, pat, f"{link(site, 1)} {link(site, 2)}")
    assert api.pressed(offer, "No", pat).text == "Not added."
    assert bot.stored("SELECT * FROM offers WHERE chat = ?", own.id) == []


def test_more_links_than_are_added_at_once_are_not_added(api, own, site, pat):
    text = "\n".join(link(site, number) for number in range(1, 53))
    offer = api.said(own, pat, text)
    assert offer.text.startswith("Shall I add these 50 to this chat's articles?\n\n• ")
    assert labels(offer)[0] == "Add all 50"
    reported = api.added(offer, pat)
    assert reported.startswith(
        f"50 added, 2 failed\n\nNot added: {link(site, 51)}: "
        f"I add 50 at once: please send it again\nNot added: {link(site, 52)}"
    )


def test_an_album_of_files_is_offered_once_with_what_is_not_read(api, own, pat):
    hold(api, own, pat)
    before = len(api.sent(own))
    for name, content in [
        ("weir.txt", WEIR),
        ("setup.exe", b"MZ"),
        ("mine.txt", MINE),
        ("gate.txt", GATE),
    ]:
        api.send_file(own, pat, name, content, media_group_id="album")
    api.wait(lambda: len(api.sent(own)) == before + 2)
    offer = api.sent(own)[-1]
    assert offer.text == (
        "Shall I add these 3 to this chat's articles?\n\n"
        f"• weir.txt\n• mine.txt\n• gate.txt\n{NO_KIND}"
    )
    assert api.added(offer, pat) == (
        f"3 added, 1 failed\n\n{NO_KIND}\n"
        "Added: Weir repaired\nAdded: Mine reopened\nAdded: Gate painted"
    )
    assert len(api.sent(own)) == before + 2


def test_files_that_are_not_read_are_refused_in_one_message(api, own, bot, pat):
    hold(api, own, pat)
    before = len(api.sent(own))
    api.send_file(own, pat, "setup.exe", b"MZ")
    api.send_file(own, pat, "film.txt", b"", size=30 * 2**20)
    _about, reply = bot.sent_since(own, before)
    kinds, refused = reply.text.split("\n\n")
    assert kinds.startswith("I read texts, web pages, PDF")
    assert refused == (
        f"{NO_KIND}\nNot added: film.txt: it is over 20 MB, which Telegram does not hand to bots: "
        "please send it in parts"
    )


def test_what_comes_within_a_minute_is_asked_for_together_below(api, own, site, pat):
    first = api.offered(own, pat, "weir.txt", WEIR)
    assert first.text == "Shall I add weir.txt to this chat's articles?"
    second = api.said(own, pat, link(site, 1))
    assert second.text == (
        f"Shall I add these 2 to this chat's articles?\n\n• weir.txt\n• {link(site, 1)}"
    )
    api.wait(lambda: api.now(first).text == BELOW)
    assert api.now(first).buttons == ()
    post = api.forward(own, pat, TRAM, origin=from_channel("Kelm Post"))
    third = api.wait_for_answer(post)
    assert third.text.endswith(f"• weir.txt\n• {link(site, 1)}\n• Tram opens")
    api.wait(lambda: api.now(second).text == BELOW)
    assert api.toast(second, f"add:{third.buttons[0][0].data[4:]}", pat, forged=True) == BELOW
    assert api.added(third, pat).startswith("3 added")


def test_a_link_that_is_almost_as_long_as_a_message_is_offered(api, own, site, pat):
    long_link = link(site, 1) + "?" + "x" * 4000
    offer = api.said(own, pat, long_link)
    assert offer.text.startswith(f"Shall I add {long_link[:900]}")
    assert api.added(offer, pat).startswith("Added: ")


def test_what_comes_twice_is_offered_once(api, own, site, pat):
    api.said(own, pat, link(site, 1))
    again = api.said(own, pat, link(site, 1))
    assert again.text == f"Shall I add {link(site, 1)} to this chat's articles?"
    assert api.added(again, pat).startswith("Added: ")


def test_what_comes_later_or_from_somebody_else_is_offered_by_itself(api, group, site, mia, max_):
    now = int(time.time())
    for user, written, number in [(mia, now - 300, 1), (mia, now - 200, 2), (max_, now - 190, 3)]:
        asked = f"@quotewise_bot {link(site, number)}"
        offer = api.said(group, user, asked, date=written)
        assert offer.text == f"Shall I add {link(site, number)} to this chat's articles?"


def test_a_text_with_a_link_is_added_as_a_text_also_right_after_a_link(api, own, bot, site, pat):
    hold(api, own, pat)
    before = len(api.sent(own))
    api.say(own, pat, link(site, 1))
    api.say(own, pat, "Hedge cut\n\n" + "The hedge was cut in May. " * 30 + link(site, 2))
    *_, offer = bot.sent_since(own, before)
    assert offer.text.endswith(f"• {link(site, 1)}\n• Hedge cut")


def test_files_of_one_person_are_offered_together_though_others_write(api, group, bot, mia, max_):
    hold(api, group, mia)
    before = len(api.sent(group))
    api.privacy = False
    api.send_file(group, mia, "weir.txt", WEIR)
    api.send_file(group, max_, "gate.txt", GATE)
    api.say(group, max_, "Nice weather")
    api.send_file(group, mia, "mine.txt", MINE)
    api.privacy = True
    _about, hers, his = bot.sent_since(group, before)
    assert hers.text.endswith("• weir.txt\n• mine.txt")
    assert his.text == "Shall I add gate.txt to this chat's articles?"


def test_a_question_between_sources_is_answered_in_its_turn(api, own, bot, pat):
    hold(api, own, pat)
    before = len(api.sent(own))
    api.send_file(own, pat, "weir.txt", WEIR)
    question = api.say(own, pat, "Who repaired the weir?")
    api.send_file(own, pat, "mine.txt", MINE)
    _about, first, answer, second = bot.sent_since(own, before)
    assert first.text == BELOW
    assert answer.reply_to == question.message_id
    assert second.text.endswith("• weir.txt\n• mine.txt")


# -- crashes, and earlier versions


def test_an_offer_that_a_crash_interrupts_is_made_once_and_whole(api, own, bot, pat):
    bot.settle()
    api.drop_before("sendMessage", times=None, chat=own.id)
    asked, before = len(api.called("sendMessage")), len(api.sent(own))
    api.send_file(own, pat, "weir.txt", WEIR)
    api.wait(lambda: len(api.called("sendMessage")) > asked)
    api.send_file(own, pat, "mine.txt", MINE)
    api.wait(lambda: bot.undone == 2)
    bot.kill()
    api.heal()
    bot.start()
    (offer,) = bot.sent_since(own, before)
    assert offer.text.endswith("• weir.txt\n• mine.txt")
    assert len(bot.stored("SELECT * FROM offers WHERE chat = ?", own.id)) == 1


def test_several_that_a_crash_interrupts_are_added_by_the_next_process(api, own, bot, site, pat):
    api.slow(20, "getFile", times=None)
    api.said(own, pat, f"{link(site, 1)} {link(site, 2)}")
    api.offered(own, pat, "weir.txt", WEIR)
    offer = api.sent(own)[-1]
    api.press(offer, "Add all 3", pat)
    api.wait(lambda: api.now(offer).text == "Adding: 2 of 3 …")
    bot.kill()
    api.heal()
    bot.start()
    assert api.outcome(offer).startswith("1 added, 2 unchanged")


def test_an_addition_that_ended_three_processes_is_given_up(api, own, bot, pat):
    offer = api.offered(own, pat, "weir.txt", WEIR)
    api.slow(20, "getFile", times=None)
    api.press(offer, "Add it", pat)
    api.wait(lambda: api.now(offer).text == "Reading …")
    bot.kill()
    api.heal()
    bot.stored("UPDATE offers SET attempts = 3 WHERE chat = ?", own.id)
    bot.start()
    api.wait(lambda: api.now(offer).text.startswith("It could not be added: I stopped working"))
    api.wait(lambda: bot.stored("SELECT * FROM offers WHERE chat = ?", own.id) == [])


def test_what_is_added_for_somebody_who_has_blocked_the_bot_is_done(api, own, bot, pat):
    offer = api.offered(own, pat, "weir.txt", WEIR)
    api.slow(2, "getFile", times=1)
    api.press(offer, "Add it", pat)
    api.wait(lambda: api.now(offer).text == "Reading …")
    api.block(pat)
    api.wait(lambda: bot.stored("SELECT * FROM offers WHERE chat = ?", own.id) == [])
    api.block(pat, on=False)
    assert api.titles(own, pat) == ["Weir repaired"]


def test_an_addition_without_a_question_goes_on_after_a_crash(api, own, bot, site, pat):
    asked = len(api.called("getFile"))
    api.slow(3, "getFile", times=None)
    file = api.send_file(own, pat, "weir.txt", WEIR)
    api.wait_for_answer(file)
    before = len(api.sent(own))
    report = api.said(own, pat, "add", reply_to=file)
    assert report.text == "Reading …"
    api.wait(lambda: len(api.called("getFile")) > asked)
    bot.settle()
    bot.kill()
    api.heal()
    bot.start()
    assert api.outcome(report) == "Added: Weir repaired, 1 paragraph"
    assert len(api.sent(own)) == before + 1


def test_an_offer_of_an_earlier_version_is_added(api, own, bot, pat):
    file = api.send_file(own, pat, "mine.txt", MINE)
    offer = api.wait_for_answer(file)
    source = json.dumps({"file": file.file.id, "name": "mine.txt"})
    bot.stored("UPDATE offers SET source = ?, shown_in = NULL WHERE chat = ?", source, own.id)
    assert api.added(offer, pat) == "Added: Mine reopened, 1 paragraph"


def test_one_failure_of_several_keeps_the_others(api, own, site, pat):
    site.set("/gone", Reply(status=410))
    offer = api.said(own, pat, f"{link(site, 1)} {site.url('/gone')} {link(site, 2)}")
    reported = api.added(offer, pat)
    assert reported.startswith(f"2 added, 1 failed\n\nNot added: {site.url('/gone')}: ")
    assert reported.count("Added: ") == 2


# -- the settings of a chat


def test_a_chat_that_adds_without_asking_asks_no_more_after_a_restart_too(api, own, bot, site, pat):
    shown = api.said(own, pat, "/settings")
    assert shown.text == "Settings of this chat\n\nI ask before I add what you send here."
    assert labels(shown) == ["Add without asking: off"]
    on = api.pressed(shown, "Add without asking: off", pat)
    assert on.text == "Settings of this chat\n\nI add what you send here without asking."
    assert labels(on) == ["Add without asking: on"]
    assert bot.stop() == 0
    bot.start()
    report = api.offered(own, pat, "weir.txt", WEIR)
    assert api.outcome(report) == "Added: Weir repaired, 1 paragraph"
    report = api.said(own, pat, f"{link(site, 1)} {link(site, 2)}")
    assert api.outcome(report).startswith("2 added")
    api.pressed(shown, "Add without asking: on", pat)
    assert api.said(own, pat, link(site, 3)).text.startswith("Shall I add")


def test_only_administrators_change_the_settings_of_a_group(api, group, creator, mia):
    shown = api.said(group, mia, "/settings")
    assert api.toast(shown, "Add without asking: off", mia).startswith(DENIED)
    assert labels(api.said(group, mia, "/settings")) == ["Add without asking: off"]
    api.pressed(shown, "Add without asking: off", creator)
    assert labels(api.said(group, mia, "/settings")) == ["Add without asking: on"]


def test_the_settings_move_with_a_group_and_go_when_it_is_forgotten(api, bot, creator, mia):
    group = api.group("Sheds", creator, mia)
    bot.pair(group, creator)
    api.pressed(api.said(group, creator, "/settings"), "Add without asking: off", creator)
    moved = api.migrate(group)
    assert labels(api.said(moved, creator, "/settings")) == ["Add without asking: on"]
    api.pressed(api.said(moved, creator, "/forget"), "Forget everything", creator)
    assert labels(api.said(moved, creator, "/settings")) == ["Add without asking: off"]
    assert bot.stored("SELECT * FROM chats WHERE chat IN (?, ?)", group.id, moved.id) == []


# -- what is not offered, and buttons that no longer work


OWN_WORDS = "Jo said so.\n\nhttps://kelm.example/said"


def test_what_the_bot_wrote_is_not_offered_in_private(api, own, pat):
    reply = "Not added: Jo said so.: I wrote that, and what it quotes is in the articles already"
    forwarded = api.forward(own, pat, OWN_WORDS, origin=from_user(api.bot))
    assert api.wait_for_answer(forwarded).text == reply
    assert api.said(own, pat, OWN_WORDS, via_bot=api.bot.json()).text == reply


def test_what_the_bot_wrote_is_passed_over_in_a_group(api, group, mia, bot):
    before = len(api.sent(group))
    api.privacy = False
    api.forward(group, mia, OWN_WORDS, origin=from_user(api.bot))
    chosen = api.say(group, mia, f"@quotewise_bot {OWN_WORDS}", via_bot=api.bot.json())
    api.privacy = True
    assert bot.sent_since(group, before) == []
    answer = api.said(group, mia, "@quotewise_bot add", reply_to=chosen)
    assert answer.text.startswith("There are no articles here yet.")


def test_a_button_of_an_old_or_taken_offer_answers_a_notice(api, own, bot, pat):
    api.slow(2, "getFile", times=1)
    offer = api.offered(own, pat, "weir.txt", WEIR)
    data = offer.button("Add it").data
    api.press(offer, "Add it", pat)
    assert api.toast(offer, data, pat, forged=True) == "That is being added already."
    assert api.outcome(offer).startswith("Added")
    api.wait(lambda: bot.stored("SELECT * FROM offers WHERE chat = ?", own.id) == [])
    assert api.toast(offer, data, pat, forged=True) == OLD


def test_a_button_of_somebody_elses_offer_answers_a_notice(api, own, group, mia, max_):
    offer = api.said(group, mia, "@quotewise_bot https://kelm.example/")
    assert api.toast(offer, "Add it", max_) == "Only the person who sent it can say so."
    elsewhere = api.said(own, own.user, "/settings")
    assert api.toast(elsewhere, offer.button("Add it").data, own.user, forged=True) == OLD


def test_a_hidden_link_counts_among_those_of_a_message(api, own, site, pat):
    hidden = Entity("text_link", 0, 4, link(site, 2))
    shown = link(site, 1)
    offer = api.said(own, pat, f"This {shown}", entities=(hidden, Entity("url", 5, len(shown))))
    assert offer.text.endswith(f"• {link(site, 2)}\n• {shown}")

"""Adding what people send to a chat's articles: several at once, by a reply, or unasked."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, contextmanager

import pytest
from botapi import Entity, from_channel, from_user
from feed_server import Story
from quotewise_command import new_home
from telegram_bot import (
    QUICK,
    Bot,
    added,
    faultless_api,
    labels,
    newcomer,
    outcome,
    paired,
    pressed,
    running,
    said,
    stored,
    titles,
    toast,
    undone,
    until,
)
from website import Reply, Website

WEIR = b"Weir repaired\n\nThe weir at Lauda was repaired in October by two divers from Brest."
MINE = b"Mine reopened\n\nThe slate mine at Pell reopened in June with nine miners."
GATE = b"Gate painted\n\nThe gate at Orme was painted blue by a painter called Hulda Quist."
TRAM = "Tram opens\n\nThe tram line to Kelm opened on Monday with forty guests on board."
OLD = "That has been added or declined already, or is too old: please send it again."
BELOW = "I ask again below, with what came since."
NO_KIND = "Not added: setup.exe: I do not read files of that kind"
DENIED = "Only this group's administrators can change its settings."


api = pytest.fixture(scope="module")(faultless_api)


@pytest.fixture(scope="module")
def site():
    with Website() as site:
        for number in range(1, 61):
            site.set(Story(number).path, Story(number).page)
        yield site


@pytest.fixture(scope="module")
def bot(api, tmp_path_factory, copies, site):
    home = new_home(tmp_path_factory.mktemp("additions") / "home", copies)
    yield from running(Bot(api, home, QUICK | {"QUOTEWISE_ALLOW_HOSTS": site.host}))


@pytest.fixture
def own(api, bot):
    """A private chat of its own for each test."""
    return newcomer(api, bot, "Pat")[1]


@pytest.fixture
def members(api):
    """The creator of a group, and two members."""
    return [api.user(name) for name in ("Cleo", "Mia", "Max")]


@pytest.fixture
def group(api, bot, members):
    """A paired group, where the bot sees only what is meant for it."""
    group = api.supergroup("Allotments", *members)
    paired(api, bot, group, members[0])
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


def replies(api, bot, chat, before):
    """The bot's messages in a chat beyond so many, once it has done everything."""
    until(lambda: undone(bot) == 0 and not api.pending())
    return api.sent(chat)[before:]


# -- a reply that mentions the bot


REQUESTS = (
    *("", "add", "Add this, please!", "can you add that?"),
    *("bitte", "Füge das bitte hinzu.", "Kannst du den Artikel aufnehmen?"),
)


def test_a_mention_in_reply_to_a_link_adds_it_at_once(api, bot, group, members, site):
    _, mia, max_ = members
    for number, words in enumerate(REQUESTS, start=1):
        post = api.say(group, mia, f"Have you seen this? {link(site, number)}")
        report = said(api, group, max_, f"@quotewise_bot {words}", reply_to=post)
        assert outcome(api, report).startswith("Added: Council votes on"), words
        assert report.buttons == ()
    adders = stored(bot, "SELECT person FROM adders WHERE chat = ?", group.id)
    assert adders == [(max_.id,)] * len(REQUESTS)
    until(lambda: stored(bot, "SELECT * FROM offers WHERE chat = ?", group.id) == [])


def test_a_mention_in_reply_to_a_file_a_post_or_a_long_text_adds_that(api, group, members):
    _, mia, max_ = members
    long_text = "Hedge cut\n\n" + "The hedge at Orme was cut in May by the parish council. " * 12
    sent = [
        api.send_file(group, mia, "weir.txt", WEIR),
        api.forward(group, mia, TRAM, origin=from_channel("Kelm Post")),
        api.say(group, mia, long_text),
    ]
    for message, title in zip(sent, ["Weir repaired", "Tram opens", "Hedge cut"], strict=True):
        report = api.wait_for_answer(api.say(group, max_, "@quotewise_bot add", reply_to=message))
        assert outcome(api, report).startswith(f"Added: {title}")


def test_a_question_in_reply_to_a_link_stays_a_question(api, group, members, site):
    mia = members[1]
    post = api.say(group, mia, link(site, 1))
    for words in (
        "who voted on the repair?",
        "Tell me who voted",
        "please show what it costs",
        "Was kostet das",
        "the cost of it?",
    ):
        answer = said(api, group, mia, f"@quotewise_bot {words}", reply_to=post)
        assert answer.text.startswith("There are no articles here yet."), words


def test_a_mention_in_reply_to_a_file_that_is_not_read_says_why(api, group, members):
    mia = members[1]
    program = api.send_file(group, mia, "setup.exe", b"MZ")
    reply = said(api, group, mia, "@quotewise_bot add", reply_to=program).text
    assert reply.startswith("I read texts, web pages, PDF")
    film = api.send_file(group, mia, "film.txt", b"", size=30 * 2**20)
    reply = said(api, group, mia, "@quotewise_bot add", reply_to=film).text
    assert reply.startswith("Not added: film.txt: it is over 20 MB")


def test_a_mention_in_reply_to_a_short_remark_or_to_the_bot_adds_nothing(api, group, members):
    mia = members[1]
    remark = api.say(group, mia, "Nice weather")
    reply = said(api, group, mia, "@quotewise_bot", reply_to=remark)
    assert reply.text.startswith("What would you like to know?")
    reply = said(api, group, mia, "@quotewise_bot", reply_to=reply)
    assert reply.text.startswith("What would you like to know?")


# -- several sources, one offer


def test_all_links_of_a_message_are_offered_and_added_together(api, own, site):
    pat = own.user
    links = [link(site, number) for number in range(1, 8)]
    offer = said(api, own, pat, "For the archive:\n" + "\n".join([*links, links[0]]))
    assert offer.text == (
        "Shall I add these 7 to this chat's articles?\n\n"
        + "\n".join(f"• {link}" for link in links)
    )
    assert labels(offer) == ["Add all 7", "No"]
    before = len(api.sent(own))
    assert added(api, offer, pat).startswith("7 added\n\nAdded: ")
    assert len(api.sent(own)) == before
    assert len(titles(api, own, pat)) == 7


def test_several_are_declined_together(api, own, site, bot):
    pat = own.user
    offer = said(api, own, pat, f"{link(site, 1)} {link(site, 2)}")
    assert pressed(api, offer, "No", pat).text == "Not added."
    assert stored(bot, "SELECT * FROM offers WHERE chat = ?", own.id) == []


def test_more_links_than_are_added_at_once_are_not_added(api, own, site):
    pat = own.user
    text = "\n".join(link(site, number) for number in range(1, 53))
    offer = said(api, own, pat, text)
    assert offer.text.startswith("Shall I add these 50 to this chat's articles?\n\n• ")
    assert labels(offer)[0] == "Add all 50"
    reported = added(api, offer, pat)
    assert reported.startswith(
        f"50 added, 2 failed\n\nNot added: {link(site, 51)}: "
        f"I add 50 at once: please send it again\nNot added: {link(site, 52)}"
    )


def test_an_album_of_files_is_offered_once_with_what_is_not_read(api, own):
    pat = own.user
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
    assert added(api, offer, pat) == (
        f"3 added, 1 failed\n\n{NO_KIND}\n"
        "Added: Weir repaired\nAdded: Mine reopened\nAdded: Gate painted"
    )
    assert len(api.sent(own)) == before + 2


def test_files_that_are_not_read_are_refused_in_one_message(api, own, bot):
    pat = own.user
    hold(api, own, pat)
    before = len(api.sent(own))
    api.send_file(own, pat, "setup.exe", b"MZ")
    api.send_file(own, pat, "film.txt", b"", size=30 * 2**20)
    _about, reply = replies(api, bot, own, before)
    kinds, refused = reply.text.split("\n\n")
    assert kinds.startswith("I read texts, web pages, PDF")
    assert refused == (
        f"{NO_KIND}\nNot added: film.txt: it is over 20 MB, which Telegram does not hand to bots: "
        "please send it in parts"
    )


def test_what_comes_within_a_minute_is_asked_for_together_below(api, own, site):
    pat = own.user
    first = api.wait_for_answer(api.send_file(own, pat, "weir.txt", WEIR))
    assert first.text == "Shall I add weir.txt to this chat's articles?"
    second = said(api, own, pat, link(site, 1))
    assert second.text == (
        f"Shall I add these 2 to this chat's articles?\n\n• weir.txt\n• {link(site, 1)}"
    )
    api.wait(lambda: api.now(first).text == BELOW)
    assert api.now(first).buttons == ()
    post = api.forward(own, pat, TRAM, origin=from_channel("Kelm Post"))
    third = api.wait_for_answer(post)
    assert third.text.endswith(f"• weir.txt\n• {link(site, 1)}\n• Tram opens")
    api.wait(lambda: api.now(second).text == BELOW)
    assert toast(api, second, f"add:{third.buttons[0][0].data[4:]}", pat, forged=True) == BELOW
    assert added(api, third, pat).startswith("3 added")


def test_a_link_that_is_almost_as_long_as_a_message_is_offered(api, own, site):
    long_link = link(site, 1) + "?" + "x" * 4000
    offer = said(api, own, own.user, long_link)
    assert offer.text.startswith(f"Shall I add {long_link[:900]}")
    assert added(api, offer, own.user).startswith("Added: ")


def test_what_comes_twice_is_offered_once(api, own, site):
    pat = own.user
    said(api, own, pat, link(site, 1))
    again = said(api, own, pat, link(site, 1))
    assert again.text == f"Shall I add {link(site, 1)} to this chat's articles?"
    assert added(api, again, pat).startswith("Added: ")


def test_what_comes_later_or_from_somebody_else_is_offered_by_itself(api, group, members, site):
    _, mia, max_ = members
    now = int(time.time())
    for user, written, number in [(mia, now - 300, 1), (mia, now - 200, 2), (max_, now - 190, 3)]:
        asked = f"@quotewise_bot {link(site, number)}"
        offer = said(api, group, user, asked, date=written)
        assert offer.text == f"Shall I add {link(site, number)} to this chat's articles?"


def test_no_file_of_an_album_is_lost_to_the_limit_of_a_person(tmp_path, copies):
    home, rate = new_home(tmp_path / "home", copies), {"QUOTEWISE_TELEGRAM_PERSON_RATE": "1"}
    with contextmanager(faultless_api)() as api, ExitStack() as ending:
        bot = Bot(api, home, rate)
        ending.callback(bot.kill)
        bot.start()
        chat = api.private(bot.admin)
        for number in range(8):
            content = f"Note {number}\n\nNote number {number} is about the weir.".encode()
            file = api.send_file(chat, bot.admin, f"{number}.txt", content, media_group_id="eight")
            offer = api.wait_for_answer(file)
        assert offer.text.startswith("Shall I add these 8 to this chat's articles?")


def test_a_text_with_a_link_is_added_as_a_text_also_right_after_a_link(api, own, bot, site):
    pat = own.user
    hold(api, own, pat)
    before = len(api.sent(own))
    api.say(own, pat, link(site, 1))
    api.say(own, pat, "Hedge cut\n\n" + "The hedge was cut in May. " * 30 + link(site, 2))
    *_, offer = replies(api, bot, own, before)
    assert offer.text.endswith(f"• {link(site, 1)}\n• Hedge cut")


def test_files_of_a_person_in_a_group_are_offered_together_though_others_write(
    api, group, members, bot
):
    _, mia, max_ = members
    hold(api, group, mia)
    before = len(api.sent(group))
    api.privacy = False
    api.send_file(group, mia, "weir.txt", WEIR)
    api.send_file(group, max_, "gate.txt", GATE)
    api.say(group, max_, "Nice weather")
    api.send_file(group, mia, "mine.txt", MINE)
    api.privacy = True
    _about, hers, his = replies(api, bot, group, before)
    assert hers.text.endswith("• weir.txt\n• mine.txt")
    assert his.text == "Shall I add gate.txt to this chat's articles?"


def test_a_question_between_sources_is_answered_in_its_turn(api, own, bot):
    pat = own.user
    hold(api, own, pat)
    before = len(api.sent(own))
    api.send_file(own, pat, "weir.txt", WEIR)
    question = api.say(own, pat, "Who repaired the weir?")
    api.send_file(own, pat, "mine.txt", MINE)
    _about, first, answer, second = replies(api, bot, own, before)
    assert first.text == BELOW
    assert answer.reply_to == question.message_id
    assert second.text.endswith("• weir.txt\n• mine.txt")


# -- crashes, and earlier versions


def test_an_offer_that_a_crash_interrupts_is_made_once_and_whole(api, own, bot):
    pat = own.user
    until(lambda: undone(bot) == 0)
    api.drop_before("sendMessage", times=None, chat=own.id)
    asked, before = len(api.called("sendMessage")), len(api.sent(own))
    api.send_file(own, pat, "weir.txt", WEIR)
    api.wait(lambda: len(api.called("sendMessage")) > asked)
    api.send_file(own, pat, "mine.txt", MINE)
    until(lambda: undone(bot) == 2)
    bot.kill()
    api.heal()
    bot.start()
    (offer,) = replies(api, bot, own, before)
    assert offer.text.endswith("• weir.txt\n• mine.txt")
    assert len(stored(bot, "SELECT * FROM offers WHERE chat = ?", own.id)) == 1


def test_several_that_a_crash_interrupts_are_added_by_the_next_process(api, own, bot, site):
    pat = own.user
    api.slow(20, "getFile", times=None)
    said(api, own, pat, f"{link(site, 1)} {link(site, 2)}")
    api.wait_for_answer(api.send_file(own, pat, "weir.txt", WEIR))
    offer = api.sent(own)[-1]
    api.press(offer, "Add all 3", pat)
    api.wait(lambda: api.now(offer).text == "Adding: 2 of 3 …")
    bot.kill()
    api.heal()
    bot.start()
    assert outcome(api, offer).startswith("1 added, 2 unchanged")


def test_an_addition_that_ended_three_processes_is_given_up(api, own, bot):
    pat = own.user
    offer = api.wait_for_answer(api.send_file(own, pat, "weir.txt", WEIR))
    api.slow(20, "getFile", times=None)
    api.press(offer, "Add it", pat)
    api.wait(lambda: api.now(offer).text == "Reading …")
    bot.kill()
    api.heal()
    stored(bot, "UPDATE offers SET attempts = 3 WHERE chat = ?", own.id)
    bot.start()
    api.wait(lambda: api.now(offer).text.startswith("It could not be added: I stopped working"))
    until(lambda: stored(bot, "SELECT * FROM offers WHERE chat = ?", own.id) == [])


def test_what_is_added_for_somebody_who_has_blocked_the_bot_is_done(api, own, bot):
    pat = own.user
    offer = api.wait_for_answer(api.send_file(own, pat, "weir.txt", WEIR))
    api.slow(2, "getFile", times=1)
    api.press(offer, "Add it", pat)
    api.wait(lambda: api.now(offer).text == "Reading …")
    api.block(pat)
    until(lambda: stored(bot, "SELECT * FROM offers WHERE chat = ?", own.id) == [])
    api.block(pat, on=False)
    assert titles(api, own, pat) == ["Weir repaired"]


def test_an_addition_without_a_question_goes_on_in_its_message_after_a_crash(api, own, bot, site):
    pat = own.user
    asked = len(api.called("getFile"))
    api.slow(3, "getFile", times=None)
    file = api.send_file(own, pat, "weir.txt", WEIR)
    api.wait_for_answer(file)
    before = len(api.sent(own))
    report = said(api, own, pat, "add", reply_to=file)
    assert report.text == "Reading …"
    api.wait(lambda: len(api.called("getFile")) > asked)
    until(lambda: undone(bot) == 0)
    bot.kill()
    api.heal()
    bot.start()
    assert outcome(api, report) == "Added: Weir repaired, 1 paragraph"
    assert len(api.sent(own)) == before + 1


def test_an_offer_of_an_earlier_version_is_added(api, own, bot):
    pat = own.user
    file = api.send_file(own, pat, "mine.txt", MINE)
    offer = api.wait_for_answer(file)
    source = json.dumps({"file": file.file.id, "name": "mine.txt"})
    stored(bot, "UPDATE offers SET source = ?, shown_in = NULL WHERE chat = ?", source, own.id)
    assert added(api, offer, pat) == "Added: Mine reopened, 1 paragraph"


def test_one_failure_of_several_keeps_the_others(api, own, site):
    pat = own.user
    site.set("/gone", Reply(status=410))
    offer = said(api, own, pat, f"{link(site, 1)} {site.url('/gone')} {link(site, 2)}")
    reported = added(api, offer, pat)
    assert reported.startswith(f"2 added, 1 failed\n\nNot added: {site.url('/gone')}: ")
    assert reported.count("Added: ") == 2


# -- the settings of a chat


def test_a_chat_that_adds_without_asking_asks_no_more_after_a_restart_too(api, own, bot, site):
    pat = own.user
    shown = said(api, own, pat, "/settings")
    assert shown.text == "Settings of this chat\n\nI ask before I add what you send here."
    assert labels(shown) == ["Add without asking: off"]
    on = pressed(api, shown, "Add without asking: off", pat)
    assert on.text == "Settings of this chat\n\nI add what you send here without asking."
    assert labels(on) == ["Add without asking: on"]
    assert bot.stop() == 0
    bot.start()
    report = api.wait_for_answer(api.send_file(own, pat, "weir.txt", WEIR))
    assert outcome(api, report) == "Added: Weir repaired, 1 paragraph"
    report = said(api, own, pat, f"{link(site, 1)} {link(site, 2)}")
    assert outcome(api, report).startswith("2 added")
    pressed(api, shown, "Add without asking: on", pat)
    assert said(api, own, pat, link(site, 3)).text.startswith("Shall I add")


def test_only_administrators_change_the_settings_of_a_group(api, group, members):
    creator, mia, _ = members
    shown = said(api, group, mia, "/settings")
    assert toast(api, shown, "Add without asking: off", mia).startswith(DENIED)
    assert labels(said(api, group, mia, "/settings")) == ["Add without asking: off"]
    pressed(api, shown, "Add without asking: off", creator)
    assert labels(said(api, group, mia, "/settings")) == ["Add without asking: on"]


def test_the_settings_move_with_a_group_and_go_when_it_is_forgotten(api, bot, members):
    creator = members[0]
    group = api.group("Sheds", *members)
    paired(api, bot, group, creator)
    pressed(api, said(api, group, creator, "/settings"), "Add without asking: off", creator)
    moved = api.migrate(group)
    assert labels(said(api, moved, creator, "/settings")) == ["Add without asking: on"]
    pressed(api, said(api, moved, creator, "/forget"), "Forget everything", creator)
    assert labels(said(api, moved, creator, "/settings")) == ["Add without asking: off"]
    assert stored(bot, "SELECT * FROM chats WHERE chat IN (?, ?)", group.id, moved.id) == []


# -- what is not offered, and buttons that no longer work


OWN_WORDS = "Jo said so.\n\nhttps://kelm.example/said"


def test_what_the_bot_wrote_is_not_offered_in_private(api, own):
    pat = own.user
    reply = "Not added: Jo said so.: I wrote that, and what it quotes is in the articles already"
    forwarded = api.forward(own, pat, OWN_WORDS, origin=from_user(api.bot))
    assert api.wait_for_answer(forwarded).text == reply
    assert said(api, own, pat, OWN_WORDS, via_bot=api.bot.json()).text == reply


def test_what_the_bot_wrote_is_passed_over_in_a_group(api, group, members, bot):
    mia, before = members[1], len(api.sent(group))
    api.privacy = False
    api.forward(group, mia, OWN_WORDS, origin=from_user(api.bot))
    chosen = api.say(group, mia, f"@quotewise_bot {OWN_WORDS}", via_bot=api.bot.json())
    api.privacy = True
    assert replies(api, bot, group, before) == []
    answer = said(api, group, mia, "@quotewise_bot add", reply_to=chosen)
    assert answer.text.startswith("There are no articles here yet.")


def test_a_button_of_an_old_or_taken_offer_answers_a_notice(api, own, bot):
    pat = own.user
    api.slow(2, "getFile", times=1)
    offer = api.wait_for_answer(api.send_file(own, pat, "weir.txt", WEIR))
    data = offer.button("Add it").data
    api.press(offer, "Add it", pat)
    assert toast(api, offer, data, pat, forged=True) == "That is being added already."
    assert outcome(api, offer).startswith("Added")
    until(lambda: stored(bot, "SELECT * FROM offers WHERE chat = ?", own.id) == [])
    assert toast(api, offer, data, pat, forged=True) == OLD


def test_a_button_of_somebody_elses_offer_answers_a_notice(api, own, group, members, site):
    offer = said(api, group, members[1], f"@quotewise_bot {link(site, 1)}")
    theirs = "Only the person who sent it can say so."
    assert toast(api, offer, "Add it", members[2]) == theirs
    elsewhere = said(api, own, own.user, "/settings")
    assert toast(api, elsewhere, offer.button("Add it").data, own.user, forged=True) == OLD


def test_a_hidden_link_counts_among_those_of_a_message(api, own, site):
    pat = own.user
    hidden = Entity("text_link", 0, 4, link(site, 2))
    shown = link(site, 1)
    offer = said(api, own, pat, f"This {shown}", entities=(hidden, Entity("url", 5, len(shown))))
    assert offer.text.endswith(f"• {link(site, 2)}\n• {shown}")

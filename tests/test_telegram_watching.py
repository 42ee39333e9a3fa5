"""Links and documents in Telegram, and what the bot sends unasked: alerts, digests, feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from article_library import reader_with
from feed_server import FEED, Story, publish
from generated_documents import pdf
from quotewise_command import new_home
from telegram_bot import (
    QUICK,
    Bot,
    added,
    faultless_api,
    library_of,
    newcomer,
    running,
    said,
    stored,
)
from website import Reply, Website

from retrieval import Library
from retrieval.search.calibration import Calibration

OPENS = "The swing bridge at Orr opens to traffic on 4 May, the council said on Monday."
BRIDGE = {
    "id": "bridge",
    "title": "Swing bridge to open",
    "source": "Orr Post",
    "text": f"{OPENS}\n\nIt was closed for two years while its bearings were cast anew in Kelm. "
    "Bargemen had meanwhile to wait for high water, and shops on the north bank lost a third of "
    "their trade.",
}
ELSEWHERE = {
    "id": "goats",
    "title": "Goats graze the dyke",
    "source": "Orr Post",
    "text": "Forty goats graze the dyke at Orr this spring, which spares the city the mowing.",
}
WHEN = "When does the swing bridge at Orr open?"


api = pytest.fixture(scope="module")(faultless_api)


@pytest.fixture(scope="module")
def site():
    with Website() as site:
        yield site


@pytest.fixture(scope="module")
def bot(api, tmp_path_factory, copies, site):
    home = new_home(tmp_path_factory.mktemp("watching") / "home", copies)
    yield from running(Bot(api, home, QUICK | {"QUOTEWISE_ALLOW_HOSTS": site.host}))


@pytest.fixture
def chat(api, ada, bot):
    """A group of its own for each test, whose only member is the administrator."""
    return api.group("Room", ada)


def by_itself(api, chat):
    """What the bot said in a chat without being asked."""
    return [item for item in api.sent(chat) if item.reply_to is None]


def add_elsewhere(bot, copies, chat, *articles):
    """Another process adds articles to a chat's library."""
    source = bot.home / "news.jsonl"
    source.write_text("".join(json.dumps(item) + "\n" for item in articles), "utf-8")
    with Library.open(bot.home, copies=copies) as library:
        assert all(
            item.reason is None for item in library.add(str(source), library=library_of(chat))
        )


# -- links and documents


def test_a_link_is_added_after_a_yes_and_then_answers(api, ada, bot, site):
    story = Story(3)
    site.set(story.path, story.page)
    own = api.private(ada)
    link = site.url(story.path)
    offer = api.wait_for_answer(api.say(own, ada, link))
    assert offer.text == f"Shall I add {link} to this chat's articles?"
    outcome = added(api, offer, ada)
    assert outcome.startswith("Added: ")
    assert story.title in outcome
    again = api.wait_for_answer(api.say(own, ada, f"{link}?utm_source=chat"))
    assert added(api, again, ada).startswith("Unchanged: ")


def test_a_link_that_leads_to_no_article_says_why(api, ada, bot, site):
    site.set("/gone", Reply(status=410))
    own = api.private(ada)
    offer = api.wait_for_answer(api.say(own, ada, site.url("/gone")))
    outcome = added(api, offer, ada)
    assert outcome.startswith("Not added: ")
    assert site.url("/gone") in outcome
    private = api.wait_for_answer(api.say(own, ada, "http://169.254.169.254/latest/"))
    assert added(api, private, ada).startswith("Not added: ")


def test_a_pdf_is_added_and_its_pages_are_told(api, ada, bot):
    own = api.private(ada)
    content = pdf("The lock at Kelm was dredged in June for the first time since 1978.")
    offer = api.wait_for_answer(api.send_file(own, ada, "lock.pdf", content))
    assert "paragraph" in added(api, offer, ada)
    answer = said(api, own, ada, "When was the lock at Kelm dredged?")
    assert "dredged in June" in answer.text
    assert "page 1" in answer.text


def test_a_file_that_no_reader_takes_names_those_that_are_read(api, ada, bot):
    refused = api.wait_for_answer(api.send_file(api.private(ada), ada, "cat.exe", b"MZ"))
    assert refused.text.startswith("I read texts, web pages, PDF, office documents, e-books")
    feed = api.wait_for_answer(api.send_file(api.private(ada), ada, "Post.rss", b"<rss/>"))
    assert feed.text == (
        "Not added: Post.rss: that is a feed or a list of feeds: send /feed and the link of one"
    )


# -- alerts


def test_a_standing_question_is_answered_once_a_story_by_whatever_process(
    api, ada, bot, chat, copies
):
    assert said(api, chat, ada, f"/watch {WHEN}").text == (
        "I shall tell this chat when a new article answers that. /watch lists what is watched."
    )
    add_elsewhere(bot, copies, chat, ELSEWHERE)
    add_elsewhere(bot, copies, chat, BRIDGE)
    api.wait(lambda: by_itself(api, chat))
    (alert,) = by_itself(api, chat)
    assert alert.text.startswith(f"News on: {WHEN}\n\n{OPENS}\nSwing bridge to open, Orr Post")
    copy = BRIDGE | {"id": "copy", "source": "Kelm Echo"}
    add_elsewhere(bot, copies, chat, copy)
    bot.stop()
    bot.start()
    # A later story shows that the bot has looked past the copy, and past the restart.
    later = {
        "id": "later",
        "title": "Opening put off",
        "text": "The swing bridge at Orr opens to traffic on 9 June, the council now says.",
    }
    add_elsewhere(bot, copies, chat, later)
    api.wait(lambda: len(by_itself(api, chat)) > 1)
    assert [item.text.split("\n")[2] for item in by_itself(api, chat)] == [OPENS, later["text"]]


def test_a_probable_answer_is_shown_with_a_caveat_and_raises_no_alert(
    api, bot, chat, copies, tmp_path
):
    ada = bot.admin
    # Whatever the reader says is probable, at a risk of 1 in 11; a timeline is an answer anyway.
    probable = Calibration(((0, 0), (1, 1)), ((0.0,) * 10,), "a test")
    assert bot.stop() == 0
    bot.start("--reader", reader_with(tmp_path / "reader", probable))
    sure = api.group("Sure", ada)
    watched = {chat: WHEN, sure: "What happened with the swing bridge at Orr?"}
    for room, question in watched.items():
        add_elsewhere(bot, copies, room, ELSEWHERE)
        said(api, room, ada, f"/watch {question}")
    for room in watched:
        add_elsewhere(bot, copies, room, BRIDGE)
    api.wait(lambda: by_itself(api, sure))
    assert by_itself(api, chat) == []
    asked = [said(api, item, ada, f"@quotewise_bot {watched[item]}").text for item in watched]
    assert [item.startswith("Probably:\n\n") for item in asked] == [True, False]
    assert bot.stop() == 0
    bot.start()


def test_standing_questions_are_listed_and_removed(api, ada, bot, chat):
    assert said(api, chat, ada, "/watch").text.startswith("Nothing is watched here. Send /watch")
    said(api, chat, ada, f"/watch {WHEN}")
    said(api, chat, ada, f"/watch {WHEN}")
    said(api, chat, ada, "/watch Who won the regatta?")
    listed = said(api, chat, ada, "/watch")
    assert listed.text == f"Watched here\n\n1. {WHEN}\n2. Who won the regatta?"
    reported = api.wait_for_answer(api.press(listed, "✕ 1", ada))
    assert reported.text == "Removed."
    api.wait(lambda: api.now(listed).text == "Watched here\n\n1. Who won the regatta?")
    assert said(api, chat, ada, "/watch off").text == "Nothing is watched here any longer."
    assert said(api, chat, ada, "/watch").text.startswith("Nothing is watched here. Send /watch")


def test_the_articles_of_another_chat_raise_no_alert(api, ada, bot, chat, copies):
    other = api.group("Other", ada)
    said(api, chat, ada, f"/watch {WHEN}")
    said(api, other, ada, f"/watch {WHEN}")
    add_elsewhere(bot, copies, other, BRIDGE)
    api.wait(lambda: by_itself(api, other))
    assert by_itself(api, chat) == []


def test_a_chat_that_threw_the_bot_out_is_told_nothing_and_the_others_are(
    api, ada, bot, chat, copies
):
    gone = api.group("Gone", ada)
    for room in (gone, chat):
        said(api, room, ada, f"/watch {WHEN}")
    api.fail("sendMessage", times=None, chat=gone.id, code=403)
    add_elsewhere(bot, copies, gone, BRIDGE)
    add_elsewhere(bot, copies, chat, BRIDGE)
    api.wait(lambda: by_itself(api, chat))
    api.heal()
    assert said(api, gone, ada, "/watch").text.startswith("Nothing is watched here.")


def test_who_is_put_out_is_told_nothing_any_longer(api, ada, bot):
    office = api.private(ada)
    bo, own = newcomer(api, bot, "Bo")
    said(api, own, bo, f"/watch {WHEN}")
    assert said(api, office, ada, f"/unpair {bo.id}").text.startswith("Bo is put out")
    assert stored(bot, "SELECT * FROM watches WHERE chat = ?", own.id) == []


# -- feeds


def test_a_chat_follows_a_feed_and_lists_and_removes_it(api, ada, bot, chat, site):
    story = Story(8)
    publish(site, story)
    assert said(api, chat, ada, "/feed").text.startswith("No feed is followed here.")
    assert said(api, chat, ada, f"/feed {site.url(FEED)}").text == (
        "Followed: The Skerry Post. Its articles come in within some minutes, and new ones as they "
        "appear."
    )
    listed = said(api, chat, ada, "/feed")
    assert listed.text == "Feeds\n\n1. The Skerry Post"
    api.wait(lambda: story.title in said(api, chat, ada, "/articles").text)
    pressed = api.wait_for_answer(api.press(listed, "✕ 1", ada))
    assert pressed.text == "Removed; its articles are kept."
    api.wait(lambda: api.now(listed).text.startswith("No feed is followed here."))
    assert story.title in said(api, chat, ada, "/articles").text


def test_a_link_to_a_feed_names_the_chats_own_command(api, ada, bot, site):
    publish(site, Story(9))
    own = api.private(ada)
    offer = api.wait_for_answer(api.say(own, ada, site.url(FEED)))
    assert f"follow it with `/feed {site.url(FEED)}`." in added(api, offer, ada)


def test_no_file_of_the_machine_can_be_named_as_a_feed(api, ada, chat):
    answers = {
        "/etc/passwd": "https:///etc/passwd: this is no web link",
        "file:///etc/passwd": "That is no link: it should begin with https:// or http://.",
        "../feeds.opml": "https://../feeds.opml: no site called",
    }
    for path, reported in answers.items():
        assert said(api, chat, ada, f"/feed {path}").text.startswith(reported)


# -- digests


def test_the_time_and_the_zone_of_a_digest(api, ada, bot, chat):
    how = "Send /digest and a time"
    for wrong in ("", "24", "soon", "8:00 ../etc"):
        assert how in said(api, chat, ada, f"/digest {wrong}").text
    assert said(api, chat, ada, "/digest 8:00 Mars").text.startswith("Mars is no time zone I know.")
    for given, clock in (("20.30", "20:30 UTC"), ("8 Europe/Berlin", "8:00 Europe/Berlin")):
        reported = f"This chat gets a digest at {clock} on days with new articles."
        assert said(api, chat, ada, f"/digest {given}").text == reported
    assert said(api, chat, ada, "/digest off").text == "This chat gets no digest."
    assert said(api, chat, ada, "/digest").text.startswith(how)


def test_a_digest_names_what_is_new_at_the_chats_own_time(api, ada, bot, chat, copies):
    west = api.group("Six hours behind", ada)
    for room in (chat, west):
        said(api, room, ada, "/digest 8:00")
        add_elsewhere(bot, copies, room, BRIDGE, ELSEWHERE, BRIDGE | {"id": "b2", "source": "Echo"})
    bot.stop()
    hour = datetime.now(UTC).hour
    zones = ("Etc/GMT-6", "UTC") if hour < 18 else ("UTC", "Etc/GMT+6")
    for room, zone in zip((chat, west), zones, strict=True):
        minute = 60 * (hour + 3 if hour < 18 else hour - 3)
        change = "UPDATE digests SET minute = ?, zone = ?, last = NULL WHERE chat = ?"
        stored(bot, change, minute, zone, room.id)
    bot.start()
    api.wait(lambda: by_itself(api, chat))
    (digest,) = by_itself(api, chat)
    assert digest.text == (
        "New today: 2 articles\n\n"
        "• Swing bridge to open, Orr Post\n• Goats graze the dyke, Orr Post"
    )
    assert by_itself(api, west) == []

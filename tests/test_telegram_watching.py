"""Links and documents in Telegram, and what the bot sends unasked: alerts, digests, feeds."""

from datetime import UTC, datetime

import pytest
from article_library import reader_with
from feed_server import FEED, Story, publish
from generated_documents import pdf
from telegram_bot import shared_bot
from website import Reply

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


# An alert to a chat that has just thrown the bot out is noted for a question that is gone by then.
api, site, bot = shared_bot()


@pytest.fixture
def chat(api, ada, bot):
    """A group of its own for each test, whose only member is the administrator."""
    return api.group("Room", ada)


def by_itself(api, chat):
    """What the bot said in a chat without being asked."""
    return [item for item in api.sent(chat) if item.reply_to is None]


# -- links and documents


def test_a_link_is_added_after_a_yes_and_then_answers(api, ada, bot, site):
    story = Story(3)
    site.set(story.path, story.page)
    own = api.private(ada)
    link = site.url(story.path)
    offer = api.said(own, ada, link)
    assert offer.text == f"Shall I add {link} to this chat's articles?"
    outcome = api.added(offer, ada)
    assert outcome.startswith("Added: ")
    assert story.title in outcome
    assert api.added(api.said(own, ada, f"{link}?utm_source=chat"), ada).startswith("Unchanged: ")


def test_a_link_that_leads_to_no_article_says_why(api, ada, bot, site):
    site.set("/gone", Reply(status=410))
    own = api.private(ada)
    offer = api.said(own, ada, site.url("/gone"))
    outcome = api.added(offer, ada)
    assert outcome.startswith("Not added: ")
    assert site.url("/gone") in outcome
    private = api.said(own, ada, "http://169.254.169.254/latest/")
    assert api.added(private, ada).startswith("Not added: ")


def test_a_pdf_is_added_and_its_pages_are_told(api, ada, bot):
    own = api.private(ada)
    content = pdf("The lock at Kelm was dredged in June for the first time since 1978.")
    assert "paragraph" in api.added(api.offered(own, ada, "lock.pdf", content), ada)
    answer = api.said(own, ada, "When was the lock at Kelm dredged?")
    assert "dredged in June" in answer.text
    assert "page 1" in answer.text


def test_a_file_that_no_reader_takes_names_those_that_are_read(api, ada, bot):
    refused = api.offered(api.private(ada), ada, "cat.exe", b"MZ")
    assert refused.text.startswith("I read texts, web pages, PDF, office documents, e-books")
    feed = api.offered(api.private(ada), ada, "Post.rss", b"<rss/>")
    assert feed.text == (
        "Not added: Post.rss: that is a feed or a list of feeds: send /feed and the link of one"
    )


# -- alerts


def test_a_standing_question_is_answered_once_a_story_by_whatever_process(api, ada, bot, chat):
    assert api.said(chat, ada, f"/watch {WHEN}").text == (
        "I shall tell this chat when a new article answers that. /watch lists what is watched."
    )
    bot.add(chat, ELSEWHERE)
    bot.add(chat, BRIDGE)
    api.wait(lambda: by_itself(api, chat))
    (alert,) = by_itself(api, chat)
    assert alert.text.startswith(f"News on: {WHEN}\n\n{OPENS}\nSwing bridge to open, Orr Post")
    copy = BRIDGE | {"id": "copy", "source": "Kelm Echo"}
    bot.add(chat, copy)
    bot.stop()
    bot.start()
    # A later story shows that the bot has looked past the copy, and past the restart.
    later = {
        "id": "later",
        "title": "Opening put off",
        "text": "The swing bridge at Orr opens to traffic on 9 June, the council now says.",
    }
    bot.add(chat, later)
    api.wait(lambda: len(by_itself(api, chat)) > 1)
    assert [item.text.split("\n")[2] for item in by_itself(api, chat)] == [OPENS, later["text"]]


def test_a_probable_answer_is_shown_with_a_caveat_and_raises_no_alert(api, bot, chat, tmp_path):
    ada = bot.admin
    # Whatever the reader says is probable, at a risk of 1 in 11; a timeline is an answer anyway.
    probable = Calibration(((0, 0), (1, 1)), ((0.0,) * 10,), "a test")
    assert bot.stop() == 0
    bot.start("--reader", reader_with(tmp_path / "reader", probable))
    sure = api.group("Sure", ada)
    watched = {chat: WHEN, sure: "What happened with the swing bridge at Orr?"}
    for room, question in watched.items():
        bot.add(room, ELSEWHERE)
        api.said(room, ada, f"/watch {question}")
    for room in watched:
        bot.add(room, BRIDGE)
    api.wait(lambda: by_itself(api, sure))
    assert by_itself(api, chat) == []
    asked = [api.said(item, ada, f"@quotewise_bot {watched[item]}").text for item in watched]
    assert [item.startswith("Probably:\n\n") for item in asked] == [True, False]
    assert bot.stop() == 0
    bot.start()


def test_standing_questions_are_listed_and_removed(api, ada, bot, chat):
    assert api.said(chat, ada, "/watch").text.startswith("Nothing is watched here. Send /watch")
    api.said(chat, ada, f"/watch {WHEN}")
    api.said(chat, ada, f"/watch {WHEN}")
    api.said(chat, ada, "/watch Who won the regatta?")
    listed = api.said(chat, ada, "/watch")
    assert listed.text == f"Watched here\n\n1. {WHEN}\n2. Who won the regatta?"
    assert api.toast(listed, "✕ 1", ada) == "Removed."
    api.wait(lambda: api.now(listed).text == "Watched here\n\n1. Who won the regatta?")
    assert api.said(chat, ada, "/watch off").text == "Nothing is watched here any longer."
    assert api.said(chat, ada, "/watch").text.startswith("Nothing is watched here. Send /watch")


def test_the_articles_of_another_chat_raise_no_alert(api, ada, bot, chat):
    other = api.group("Other", ada)
    api.said(chat, ada, f"/watch {WHEN}")
    api.said(other, ada, f"/watch {WHEN}")
    bot.add(other, BRIDGE)
    api.wait(lambda: by_itself(api, other))
    assert by_itself(api, chat) == []


def test_a_chat_that_threw_the_bot_out_is_told_nothing_and_the_others_are(api, ada, bot, chat):
    gone = api.group("Gone", ada)
    for room in (gone, chat):
        api.said(room, ada, f"/watch {WHEN}")
    api.fail("sendMessage", times=None, chat=gone.id, code=403)
    bot.add(gone, BRIDGE)
    bot.add(chat, BRIDGE)
    api.wait(lambda: by_itself(api, chat))
    api.heal()
    assert api.said(gone, ada, "/watch").text.startswith("Nothing is watched here.")


# -- feeds


def test_a_chat_follows_a_feed_and_lists_and_removes_it(api, ada, bot, chat, site):
    story = Story(8)
    publish(site, story)
    assert api.said(chat, ada, "/feed").text.startswith("No feed is followed here.")
    assert api.said(chat, ada, f"/feed {site.url(FEED)}").text == (
        "Followed: The Skerry Post. Its articles come in within some minutes, and new ones as they "
        "appear."
    )
    listed = api.said(chat, ada, "/feed")
    assert listed.text == "Feeds\n\n1. The Skerry Post"
    api.wait(lambda: story.title in api.said(chat, ada, "/articles").text)
    assert api.toast(listed, "✕ 1", ada) == "Removed; its articles are kept."
    api.wait(lambda: api.now(listed).text.startswith("No feed is followed here."))
    assert story.title in api.said(chat, ada, "/articles").text


def test_a_link_to_a_feed_names_the_chats_own_command(api, ada, bot, site):
    publish(site, Story(9))
    own = api.private(ada)
    offer = api.said(own, ada, site.url(FEED))
    assert f"follow it with `/feed {site.url(FEED)}`." in api.added(offer, ada)


def test_no_file_of_the_machine_can_be_named_as_a_feed(api, ada, chat):
    answers = {
        "/etc/passwd": "https:///etc/passwd: this is no web link",
        "file:///etc/passwd": "That is no link: it should begin with https:// or http://.",
        "../feeds.opml": "https://../feeds.opml: no site called",
    }
    for path, reported in answers.items():
        assert api.said(chat, ada, f"/feed {path}").text.startswith(reported)


# -- digests


def test_the_time_and_the_zone_of_a_digest(api, ada, bot, chat):
    how = "Send /digest and a time"
    for wrong in ("", "24", "soon", "8:00 ../etc"):
        assert how in api.said(chat, ada, f"/digest {wrong}").text
    assert api.said(chat, ada, "/digest 8:00 Mars").text.startswith("Mars is no time zone I know.")
    for given, clock in (("20.30", "20:30 UTC"), ("8 Europe/Berlin", "8:00 Europe/Berlin")):
        reported = f"This chat gets a digest at {clock} on days with new articles."
        assert api.said(chat, ada, f"/digest {given}").text == reported
    assert api.said(chat, ada, "/digest off").text == "This chat gets no digest."
    assert api.said(chat, ada, "/digest").text.startswith(how)


def test_a_digest_names_what_is_new_at_the_chats_own_time(api, ada, bot, chat):
    west = api.group("Six hours behind", ada)
    for room in (chat, west):
        api.said(room, ada, "/digest 8:00")
        bot.add(room, BRIDGE, ELSEWHERE, BRIDGE | {"id": "b2", "source": "Echo"})
    bot.stop()
    hour = datetime.now(UTC).hour
    zones = ("Etc/GMT-6", "UTC") if hour < 18 else ("UTC", "Etc/GMT+6")
    for room, zone in zip((chat, west), zones, strict=True):
        minute = 60 * (hour + 3 if hour < 18 else hour - 3)
        change = "UPDATE digests SET minute = ?, zone = ?, last = NULL WHERE chat = ?"
        bot.stored(change, minute, zone, room.id)
    bot.start()
    api.wait(lambda: by_itself(api, chat))
    (digest,) = by_itself(api, chat)
    assert digest.text == (
        "New today: 2 articles\n\n"
        "• Swing bridge to open, Orr Post\n• Goats graze the dyke, Orr Post"
    )
    assert by_itself(api, west) == []

"""Who may change what a group has: its administrators, and who added an article."""

import json
import time

import pytest
from botapi import from_user
from feed_server import FEED, Story, publish
from postgresql_server import in_files, on_both_engines
from telegram_bot import anonymously, labels, library_of, person, shared_bot

from retrieval import Library

WEIR = b"Weir repaired\n\nThe weir at Lauda was repaired in October by two divers from Brest."
MINE = b"Mine reopened\n\nThe slate mine at Pell reopened in June with nine miners."
REMOVE = "Only this group's administrators, or the person who added it, can remove an article."
FORGET = "Only this group's administrators can remove everything of it."
FEEDS = "Only this group's administrators can change its feeds."
WATCHES = "Only this group's administrators can change what it watches."
DIGEST = "Only this group's administrators can change its digest."
UNDO = "Only this group's administrators, or the person who added it, can undo that."
HINT = " If you are an anonymous administrator, make me an administrator, too."
TRY_AGAIN = "I could not ask Telegram who may do that in this group: please try again."

pytestmark = on_both_engines

api, site, bot = shared_bot()


creator, administrator, mia, max_ = map(person, ("Cleo", "Abel", "Mia", "Max"))


@pytest.fixture
def group(bot, creator, administrator, mia, max_):
    """A paired supergroup, which the bot's own administrator is not in."""
    group = bot.api.supergroup("Allotments", creator, administrator, mia, max_)
    bot.api.set_status(group, administrator, "administrator")
    bot.pair(group, creator)
    return group


def add(api, chat, user, content, name="text.txt"):
    """Send a file and add it."""
    api.privacy = False
    offer = api.offered(chat, user, name, content)
    api.privacy = True
    return api.added(offer, user)


AS_CHANNEL = {
    "from": {"id": 136_817_688, "is_bot": True, "first_name": "Channel"},
    "sender_chat": {"id": -1_001_900_000_044, "type": "channel", "title": "Compost Weekly"},
}
"""How somebody sends a message in the name of a channel."""


# -- removing one article


def test_a_member_removes_no_article_that_another_added(api, group, administrator, mia, max_):
    add(api, group, mia, WEIR)
    opened = api.pressed(api.said(group, max_, "/articles"), "1", max_)
    assert api.said(group, max_, "/remove 1").text == REMOVE
    assert api.toast(opened, "Remove", max_) == REMOVE + HINT
    begun = time.monotonic()
    for _ in range(25):  # each asks Telegram for his rights, which must not count as a message
        assert api.toast(opened, "Remove", max_) == REMOVE + HINT
    assert api.titles(group, max_) == ["Weir repaired"]
    assert time.monotonic() - begun < 30
    assert api.toast(opened, "Remove", administrator) == "Removed: Weir repaired"
    add(api, group, max_, MINE)
    assert api.said(group, administrator, "/remove 1").text == "Removed: Mine reopened"
    assert api.titles(group, max_) == []


def test_who_added_an_article_removes_it(api, group, mia):
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    opened = api.pressed(api.said(group, mia, "/articles"), "1", mia)
    assert api.toast(opened, "Remove", mia) == "Removed: Weir repaired"
    assert api.said(group, mia, "/remove 1").text == "Removed: Mine reopened"


def test_an_article_that_nobody_added_is_the_administrators(api, group, administrator, mia, bot):
    bot.add(group, {"id": "old", "title": "Old hedge", "text": "A hedge fell."})
    assert api.said(group, mia, "/remove 1").text == REMOVE
    assert api.said(group, administrator, "/remove 1").text == "Removed: Old hedge"


def test_who_changes_an_article_that_another_added_may_not_remove_it(api, group, mia, max_):
    article = {"id": "gate", "title": "Gate", "text": "The gate at Orme was painted blue."}
    add(api, group, mia, json.dumps(article).encode(), "gate.jsonl")
    changed = json.dumps(article | {"text": "The gate at Orme was painted red."}).encode()
    assert add(api, group, max_, changed, "gate.jsonl").startswith("Updated")
    assert api.said(group, max_, "/remove 1").text == REMOVE
    assert api.said(group, mia, "/remove 1").text == "Removed: Gate"


def test_who_added_an_article_before_its_group_moved_removes_it(api, bot, creator, mia, max_):
    small = api.group("Sheds", creator, mia, max_)
    bot.pair(small, creator)
    add(api, small, mia, WEIR)
    moved = api.migrate(small)
    assert api.said(moved, max_, "/remove 1").text == REMOVE
    assert api.said(moved, mia, "/remove 1").text == "Removed: Weir repaired"
    assert bot.stored("SELECT * FROM adders WHERE chat IN (?, ?)", small.id, moved.id) == []


# -- who has the right


def test_an_anonymous_administrator_has_the_right_and_a_channel_has_not(api, group, creator, mia):
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    assert api.said(group, mia, "/remove 1", **AS_CHANNEL).text == REMOVE
    assert api.said(group, mia, "/forget", **AS_CHANNEL).text == FORGET
    assert api.said(group, creator, "/remove 1", **anonymously(group)).text == (
        "Removed: Weir repaired"
    )
    asked = api.said(group, creator, "/forget", **anonymously(group))
    assert api.toast(asked, "Forget everything", mia) == FORGET + HINT
    api.toast(asked, "Forget everything", creator)
    api.wait(lambda: api.now(asked).text == "Forgotten: 1 article and all answers.")


def test_the_bots_own_administrator_has_the_right_in_every_group(api, group, mia, bot):
    add(api, group, mia, WEIR)
    assert api.said(group, bot.admin, "/remove 1").text == "Removed: Weir repaired"


def test_who_is_no_administrator_any_longer_has_no_right(api, group, administrator, mia):
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    asked = api.said(group, administrator, "/forget")
    assert api.said(group, administrator, "/remove 1").text == "Removed: Weir repaired"
    for status in ("member", "left"):
        api.set_status(group, administrator, status)
        assert api.said(group, administrator, "/remove 1").text == REMOVE
        assert api.toast(asked, "Forget everything", administrator) == FORGET + HINT
    assert api.titles(group, mia) == ["Mine reopened"]


def test_nothing_is_removed_while_telegram_names_no_administrators(api, group, creator, mia):
    add(api, group, mia, WEIR)
    opened = api.pressed(api.said(group, creator, "/articles"), "1", creator)
    api.fail("getChatAdministrators", times=2, chat=group.id, code=403)
    assert api.said(group, creator, "/remove 1").text == TRY_AGAIN
    assert api.toast(opened, "Remove", creator) == TRY_AGAIN
    assert api.said(group, mia, "/forget").text == FORGET
    assert api.said(group, creator, "/remove 1").text == "Removed: Weir repaired"


def test_a_command_that_is_forwarded_or_edited_is_none(api, group, creator, mia, max_):
    add(api, group, mia, WEIR)
    before = api.said(group, creator, "@quotewise_bot 🐝")
    for command in ("/remove 1", "/forget"):
        offer = api.wait_for_answer(
            api.forward(group, creator, command, origin=from_user(max_), reply_to=before)
        )
        assert offer.text == "Shall I add this post to this chat's articles?"
        api.toast(offer, "No", creator)
    greeting = api.say(group, creator, "/start")
    api.wait_for_answer(greeting)
    api.edit(greeting, "/remove 1")
    assert api.titles(group, creator) == ["Weir repaired"]


# -- everything, feeds and standing questions


@in_files  # it asks so often that it would have to wait for a minute, as Telegram demands
def test_only_administrators_forget_a_group_and_hear_how_much_goes(api, group, site, creator, mia):
    publish(site, Story(21))
    add(api, group, mia, WEIR)
    assert api.said(group, mia, "/forget").text == FORGET
    asked = api.said(group, creator, "/forget")
    assert asked.text == (
        "Shall I remove 1 article and all answers of this chat? They go at once, and that cannot "
        "be undone."
    )
    assert api.toast(asked, "Keep it", mia) == FORGET + HINT
    assert api.toast(asked, "Forget everything", mia) == FORGET + HINT
    add(api, group, mia, MINE, "mine.txt")
    api.said(group, creator, f"/feed {site.url(FEED)}")
    api.wait(lambda: len(api.titles(group, mia)) == 3)
    assert api.said(group, creator, "/forget").text.startswith(
        "Shall I remove 3 articles, 1 feed and all answers of this chat?"
    )
    api.toast(asked, "Forget everything", creator)
    api.wait(lambda: api.now(asked).text == "Forgotten: 3 articles, 1 feed and all answers.")


def test_who_added_what_is_forgotten_with_the_group(api, group, bot, creator, mia):
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    api.said(group, creator, "/remove 1")
    assert len(bot.stored("SELECT * FROM adders WHERE chat = ?", group.id)) == 1
    asked = api.said(group, creator, "/forget")
    api.toast(asked, "Forget everything", creator)
    api.wait(lambda: api.now(asked).text.startswith("Forgotten: 1 article"))
    assert bot.stored("SELECT * FROM adders WHERE chat = ?", group.id) == []
    assert bot.stored("SELECT * FROM removals WHERE chat = ?", group.id) == []


def test_a_member_sees_the_feeds_of_a_group_and_changes_none(api, group, site, creator, mia):
    publish(site, Story(22))
    assert api.said(group, mia, f"/feed {site.url(FEED)}").text == FEEDS
    api.said(group, creator, f"/feed {site.url(FEED)}")
    listed = api.said(group, mia, "/feed")
    assert listed.text == "Feeds\n\n1. The Skerry Post"
    assert api.toast(listed, "✕ 1", mia) == FEEDS + HINT
    assert api.said(group, mia, "/feed").text == listed.text
    assert api.toast(listed, "✕ 1", creator) == "Removed; its articles are kept."


def test_a_member_changes_neither_what_a_group_watches_nor_its_digest(api, group, creator, mia):
    assert api.said(group, mia, "/watch Who mends the sluice?").text == WATCHES
    api.said(group, creator, "/watch Who mends the sluice?")
    listed = api.said(group, mia, "/watch")
    assert api.said(group, mia, "/watch off").text == WATCHES
    assert api.toast(listed, "✕ 1", mia) == WATCHES + HINT
    assert api.said(group, mia, "/watch").text == "Watched here\n\n1. Who mends the sluice?"
    assert api.toast(listed, "✕ 1", creator) == "Removed."
    assert api.said(group, mia, "/digest 9:00").text == DIGEST
    api.said(group, creator, "/digest 9:00")
    assert api.said(group, mia, "/digest off").text == DIGEST
    assert api.said(group, mia, "/digest").text.startswith("This chat gets its digest at 9:00 UTC")
    assert api.said(group, creator, "/digest off").text == "This chat gets no digest."


# -- undoing a removal


def test_a_removal_is_undone_with_a_button_after_a_restart_too(api, own, bot, pat):
    add(api, own, pat, WEIR)
    add(api, own, pat, MINE, "mine.txt")
    with Library.open(bot.home) as library:
        before = list(library.articles(library=library_of(own)))
    removed = api.said(own, pat, "/remove 1")
    assert removed.text == "Removed: Weir repaired"
    assert bot.stop() == 0
    bot.start()
    assert api.toast(removed, "Undo", pat) == "Put back: Weir repaired"
    api.wait(lambda: api.now(removed).text == "Put back: Weir repaired")
    assert api.now(removed).buttons == ()
    with Library.open(bot.home) as library:
        assert list(library.articles(library=library_of(own))) == before
    assert "two divers from Brest" in api.said(own, pat, "Who repaired the weir at Lauda?").text


def test_the_list_of_articles_has_buttons_that_undo_the_last_removals(api, own, pat):
    add(api, own, pat, WEIR)
    add(api, own, pat, MINE, "mine.txt")
    listed = api.said(own, pat, "/articles")
    for title in ("Weir repaired", "Mine reopened"):
        assert api.toast(api.pressed(listed, "1", pat), "Remove", pat) == f"Removed: {title}"
        api.wait(lambda title=title: f"Undo: {title}" in labels(api.now(listed)))
    assert labels(api.now(listed)) == ["Undo: Mine reopened", "Undo: Weir repaired"]
    assert labels(api.said(own, pat, "/articles")) == labels(api.now(listed))
    assert api.toast(listed, "Undo: Weir repaired", pat) == "Put back: Weir repaired"
    api.wait(lambda: labels(api.now(listed)) == ["1", "Undo: Mine reopened"])
    assert api.titles(own, pat) == ["Weir repaired"]


def test_a_removal_is_undone_once_and_for_ten_minutes(api, own, bot, pat):
    late = "That can no longer be undone: ten minutes have passed, or it is done."
    add(api, own, pat, WEIR)
    removed = api.said(own, pat, "/remove 1")
    shown = api.now(removed)
    assert api.toast(removed, "Undo", pat) == "Put back: Weir repaired"
    api.wait(lambda: api.now(removed).buttons == ())
    assert api.toast(removed, shown.buttons[0][0].data, pat, forged=True) == late
    assert api.titles(own, pat) == ["Weir repaired"]
    removed = api.said(own, pat, "/remove 1")
    bot.stored("UPDATE removals SET removed = removed - 600 WHERE chat = ?", own.id)
    assert api.toast(removed, "Undo", pat) == late
    assert api.titles(own, pat) == []


def test_a_removal_is_not_undone_over_an_article_that_was_added_again(api, own, pat):
    add(api, own, pat, WEIR)
    removed = api.said(own, pat, "/remove 1")
    add(api, own, pat, WEIR)
    assert api.toast(removed, "Undo", pat) == "Weir repaired is here again: nothing was changed."
    assert api.titles(own, pat) == ["Weir repaired"]


def test_who_may_remove_an_article_may_undo_that(api, group, creator, mia, max_):
    add(api, group, mia, WEIR)
    for remover, undoer in ((creator, mia), (mia, creator)):
        removed = api.said(group, remover, "/remove 1")
        assert api.toast(removed, "Undo", max_) == UNDO + HINT
        assert api.titles(group, max_) == []
        assert api.toast(removed, "Undo", undoer) == "Put back: Weir repaired"
    assert api.said(group, max_, "/remove 1").text == REMOVE
    assert api.said(group, mia, "/remove 1").text == "Removed: Weir repaired"


def test_a_removal_is_undone_in_no_other_chat(api, own, pat, group, creator):
    add(api, own, pat, WEIR)
    undo = api.said(own, pat, "/remove 1").buttons[0][0].data
    here = api.said(group, creator, "/help")
    assert api.toast(here, undo, creator, forged=True).startswith("That can no longer be undone")


def test_a_removal_in_a_group_that_became_a_supergroup_is_undone(api, bot, creator, mia, max_):
    small = api.group("Sheds", creator, mia, max_)
    bot.pair(small, creator)
    add(api, small, mia, WEIR)
    api.said(small, mia, "/remove 1")
    moved = api.migrate(small)
    listed = api.said(moved, mia, "/articles")
    assert api.toast(listed, "Undo: Weir repaired", mia) == "Put back: Weir repaired"
    assert api.titles(moved, mia) == ["Weir repaired"]


def test_a_restored_article_is_no_news(api, own, pat):
    api.said(own, pat, "/watch Who repaired the weir at Lauda?")
    add(api, own, pat, WEIR)
    api.wait(lambda: [item for item in api.sent(own) if item.text.startswith("News on:")])
    assert api.toast(api.said(own, pat, "/remove 1"), "Undo", pat) == "Put back: Weir repaired"
    add(api, own, pat, b"Weir opened\n\nThe weir at Lauda was repaired again by Ole Munk.", "b.txt")
    api.wait(lambda: any("Ole Munk" in item.text for item in api.sent(own)))
    assert sum("News on:" in item.text and "Brest" in item.text for item in api.sent(own)) == 1


@in_files
def test_a_removed_text_is_gone_from_the_bots_file_once_it_cannot_be_undone(api, own, bot, pat):
    """The article comes from another process, so that no message of the chat has its text."""
    text = "The strongbox at Kerr opens with the key under the third flowerpot."
    bot.add(own, {"id": "box", "title": "Strongbox", "text": text})
    api.said(own, pat, "/remove 1")
    files = list(bot.home.glob("telegram.sqlite*"))

    def is_kept():
        return any(b"third flowerpot" in file.read_bytes() for file in files)

    assert is_kept()
    bot.stored("UPDATE removals SET removed = removed - 600 WHERE chat = ?", own.id)
    api.wait(lambda: not is_kept())
    api.said(own, pat, "/help")

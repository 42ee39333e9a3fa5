"""Who may change what a group has: its administrators, and who added an article."""

from __future__ import annotations

import json
import time

import pytest
from botapi import from_user
from feed_server import FEED, Story, publish
from quotewise_command import new_home
from telegram_bot import (
    QUICK,
    Bot,
    added,
    faultless_api,
    labels,
    library_of,
    newcomer,
    paired,
    pressed,
    running,
    said,
    stored,
    titles,
    toast,
    until,
)
from website import Website

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


api = pytest.fixture(scope="module")(faultless_api)


@pytest.fixture(scope="module")
def site():
    with Website() as site:
        yield site


@pytest.fixture(scope="module")
def bot(api, tmp_path_factory, copies, site):
    home = new_home(tmp_path_factory.mktemp("groups") / "home", copies)
    yield from running(Bot(api, home, QUICK | {"QUOTEWISE_ALLOW_HOSTS": site.host}))


@pytest.fixture(scope="module")
def members(api):
    """The creator of each group, an administrator, and two members."""
    return [api.user(name) for name in ("Cleo", "Abel", "Mia", "Max")]


@pytest.fixture
def group(api, bot, members):
    """A paired supergroup, which the bot's own administrator is not in."""
    creator, administrator, *_ = members
    group = api.supergroup("Allotments", *members)
    api.set_status(group, administrator, "administrator")
    paired(api, bot, group, creator)
    return group


@pytest.fixture
def own(api, bot):
    """A private chat of its own for each test."""
    return newcomer(api, bot, "Pat")[1]


def add(api, chat, user, content, name="text.txt"):
    """Send a file and add it."""
    api.privacy = False
    offer = api.wait_for_answer(api.send_file(chat, user, name, content))
    api.privacy = True
    return added(api, offer, user)


def anonymously(group):
    """How an administrator who hides their name sends a message."""
    return {
        "from": {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"},
        "sender_chat": {"id": group.id, "type": "supergroup", "title": group.title},
    }


AS_CHANNEL = {
    "from": {"id": 136_817_688, "is_bot": True, "first_name": "Channel"},
    "sender_chat": {"id": -1_001_900_000_044, "type": "channel", "title": "Compost Weekly"},
}
"""How somebody sends a message in the name of a channel."""


# -- removing one article


def test_a_member_removes_no_article_that_another_added(api, group, members):
    creator, administrator, mia, max_ = members
    add(api, group, mia, WEIR)
    opened = pressed(api, said(api, group, max_, "/articles"), "1", max_)
    assert said(api, group, max_, "/remove 1").text == REMOVE
    assert toast(api, opened, "Remove", max_) == REMOVE + HINT
    begun = time.monotonic()
    for _ in range(25):  # each asks Telegram for his rights, which must not count as a message
        assert toast(api, opened, "Remove", max_) == REMOVE + HINT
    assert titles(api, group, max_) == ["Weir repaired"]
    assert time.monotonic() - begun < 30
    assert toast(api, opened, "Remove", administrator) == "Removed: Weir repaired"
    add(api, group, max_, MINE)
    assert said(api, group, creator, "/remove 1").text == "Removed: Mine reopened"
    assert titles(api, group, max_) == []


def test_who_added_an_article_removes_it(api, group, members):
    mia = members[2]
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    opened = pressed(api, said(api, group, mia, "/articles"), "1", mia)
    assert toast(api, opened, "Remove", mia) == "Removed: Weir repaired"
    assert said(api, group, mia, "/remove 1").text == "Removed: Mine reopened"


def test_an_article_that_nobody_is_known_to_have_added_is_the_administrators(
    api, group, members, bot, copies
):
    source = bot.home / "old.jsonl"
    source.write_text(json.dumps({"id": "old", "title": "Old hedge", "text": "A hedge fell."}))
    with Library.open(bot.home, copies=copies) as library:
        assert [item.reason for item in library.add(str(source), library=library_of(group))] == [
            None
        ]
    assert said(api, group, members[2], "/remove 1").text == REMOVE
    assert said(api, group, members[1], "/remove 1").text == "Removed: Old hedge"


def test_who_changes_an_article_that_another_added_may_not_remove_it(api, group, members):
    mia, max_ = members[2:]
    article = {"id": "gate", "title": "Gate", "text": "The gate at Orme was painted blue."}
    add(api, group, mia, json.dumps(article).encode(), "gate.jsonl")
    changed = json.dumps(article | {"text": "The gate at Orme was painted red."}).encode()
    assert add(api, group, max_, changed, "gate.jsonl").startswith("Updated")
    assert said(api, group, max_, "/remove 1").text == REMOVE
    assert said(api, group, mia, "/remove 1").text == "Removed: Gate"


def test_who_added_an_article_before_its_group_moved_removes_it(api, group, members, bot):
    creator, _, mia, max_ = members
    small = api.group("Sheds", *members)
    paired(api, bot, small, creator)
    add(api, small, mia, WEIR)
    moved = api.migrate(small)
    assert said(api, moved, max_, "/remove 1").text == REMOVE
    assert said(api, moved, mia, "/remove 1").text == "Removed: Weir repaired"
    assert stored(bot, "SELECT * FROM adders WHERE chat IN (?, ?)", small.id, moved.id) == []


# -- who has the right


def test_an_anonymous_administrator_has_the_right_and_a_channel_has_not(api, group, members):
    creator, mia = members[0], members[2]
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    assert said(api, group, mia, "/remove 1", **AS_CHANNEL).text == REMOVE
    assert said(api, group, mia, "/forget", **AS_CHANNEL).text == FORGET
    assert said(api, group, creator, "/remove 1", **anonymously(group)).text == (
        "Removed: Weir repaired"
    )
    asked = said(api, group, creator, "/forget", **anonymously(group))
    assert toast(api, asked, "Forget everything", mia) == FORGET + HINT
    toast(api, asked, "Forget everything", creator)
    api.wait(lambda: api.now(asked).text == "Forgotten: 1 article and all answers.")


def test_the_bots_own_administrator_has_the_right_in_every_group(api, group, members, bot):
    add(api, group, members[2], WEIR)
    assert said(api, group, bot.admin, "/remove 1").text == "Removed: Weir repaired"


def test_who_is_no_administrator_any_longer_has_no_right(api, group, members):
    _, administrator, mia, _ = members
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    asked = said(api, group, administrator, "/forget")
    assert said(api, group, administrator, "/remove 1").text == "Removed: Weir repaired"
    for status in ("member", "left"):
        api.set_status(group, administrator, status)
        assert said(api, group, administrator, "/remove 1").text == REMOVE
        assert toast(api, asked, "Forget everything", administrator) == FORGET + HINT
    assert titles(api, group, mia) == ["Mine reopened"]


def test_nothing_is_removed_while_telegram_cannot_say_who_is_an_administrator(api, group, members):
    creator, _, mia, _ = members
    add(api, group, mia, WEIR)
    opened = pressed(api, said(api, group, creator, "/articles"), "1", creator)
    api.fail("getChatAdministrators", times=2, chat=group.id, code=403)
    assert said(api, group, creator, "/remove 1").text == TRY_AGAIN
    assert toast(api, opened, "Remove", creator) == TRY_AGAIN
    group.hides_members = True
    assert said(api, group, mia, "/forget").text == FORGET
    assert said(api, group, creator, "/remove 1").text == "Removed: Weir repaired"


def test_a_command_that_is_forwarded_or_edited_is_none(api, group, members):
    creator, _, mia, max_ = members
    add(api, group, mia, WEIR)
    before = said(api, group, creator, "@quotewise_bot 🐝")
    for command in ("/remove 1", "/forget"):
        offer = api.wait_for_answer(
            api.forward(group, creator, command, origin=from_user(max_), reply_to=before)
        )
        assert offer.text == "Shall I add this post to this chat's articles?"
        toast(api, offer, "No", creator)
    greeting = api.say(group, creator, "/start")
    api.wait_for_answer(greeting)
    api.edit(greeting, "/remove 1")
    assert titles(api, group, creator) == ["Weir repaired"]


# -- everything, feeds and standing questions


def test_forgetting_a_group_is_for_its_administrators_who_are_told_how_much_goes(
    api, group, members, site
):
    creator, administrator, mia, max_ = members
    publish(site, Story(21))
    add(api, group, mia, WEIR)
    assert said(api, group, mia, "/forget").text == FORGET
    asked = said(api, group, creator, "/forget")
    assert asked.text == (
        "Shall I remove 1 article and all answers of this chat? They go at once, and that cannot "
        "be undone."
    )
    assert toast(api, asked, "Keep it", mia) == FORGET + HINT
    assert toast(api, asked, "Forget everything", max_) == FORGET + HINT
    add(api, group, mia, MINE, "mine.txt")
    said(api, group, creator, f"/feed {site.url(FEED)}")
    api.wait(lambda: len(titles(api, group, mia)) == 3)
    assert said(api, group, administrator, "/forget").text.startswith(
        "Shall I remove 3 articles, 1 feed and all answers of this chat?"
    )
    toast(api, asked, "Forget everything", administrator)
    api.wait(lambda: api.now(asked).text == "Forgotten: 3 articles, 1 feed and all answers.")


def test_who_added_what_is_forgotten_with_the_group(api, group, members, bot):
    creator, _, mia, _ = members
    add(api, group, mia, WEIR)
    add(api, group, mia, MINE, "mine.txt")
    said(api, group, creator, "/remove 1")
    assert len(stored(bot, "SELECT * FROM adders WHERE chat = ?", group.id)) == 1
    asked = said(api, group, creator, "/forget")
    toast(api, asked, "Forget everything", creator)
    api.wait(lambda: api.now(asked).text.startswith("Forgotten: 1 article"))
    assert stored(bot, "SELECT * FROM adders WHERE chat = ?", group.id) == []
    assert stored(bot, "SELECT * FROM removals WHERE chat = ?", group.id) == []


def test_a_member_sees_the_feeds_of_a_group_and_changes_none(api, group, members, site):
    creator, _, mia, _ = members
    publish(site, Story(22))
    assert said(api, group, mia, f"/feed {site.url(FEED)}").text == FEEDS
    said(api, group, creator, f"/feed {site.url(FEED)}")
    listed = said(api, group, mia, "/feed")
    assert listed.text == "Feeds\n\n1. The Skerry Post"
    assert toast(api, listed, "✕ 1", mia) == FEEDS + HINT
    assert said(api, group, mia, "/feed").text == listed.text
    assert toast(api, listed, "✕ 1", creator) == "Removed; its articles are kept."


def test_a_member_changes_neither_what_a_group_watches_nor_its_digest(api, group, members):
    creator, _, mia, _ = members
    assert said(api, group, mia, "/watch Who mends the sluice?").text == WATCHES
    said(api, group, creator, "/watch Who mends the sluice?")
    listed = said(api, group, mia, "/watch")
    assert said(api, group, mia, "/watch off").text == WATCHES
    assert toast(api, listed, "✕ 1", mia) == WATCHES + HINT
    assert said(api, group, mia, "/watch").text == "Watched here\n\n1. Who mends the sluice?"
    assert toast(api, listed, "✕ 1", creator) == "Removed."
    assert said(api, group, mia, "/digest 9:00").text == DIGEST
    said(api, group, creator, "/digest 9:00")
    assert said(api, group, mia, "/digest off").text == DIGEST
    assert said(api, group, mia, "/digest").text.startswith("This chat gets its digest at 9:00 UTC")
    assert said(api, group, creator, "/digest off").text == "This chat gets no digest."


# -- undoing a removal


def test_a_removal_is_undone_with_a_button_after_a_restart_too(api, own, bot, copies):
    pat = own.user
    add(api, own, pat, WEIR)
    add(api, own, pat, MINE, "mine.txt")
    with Library.open(bot.home, copies=copies) as library:
        before = list(library.articles(library=library_of(own)))
    removed = said(api, own, pat, "/remove 1")
    assert removed.text == "Removed: Weir repaired"
    assert bot.stop() == 0
    bot.start()
    assert toast(api, removed, "Undo", pat) == "Put back: Weir repaired"
    api.wait(lambda: api.now(removed).text == "Put back: Weir repaired")
    assert api.now(removed).buttons == ()
    with Library.open(bot.home, copies=copies) as library:
        assert list(library.articles(library=library_of(own))) == before
    answer = said(api, own, pat, "Who repaired the weir at Lauda?")
    assert "two divers from Brest" in answer.text


def test_the_list_of_articles_has_buttons_that_undo_the_last_removals(api, own):
    pat = own.user
    add(api, own, pat, WEIR)
    add(api, own, pat, MINE, "mine.txt")
    listed = said(api, own, pat, "/articles")
    for title in ("Weir repaired", "Mine reopened"):
        opened = pressed(api, listed, "1", pat)
        assert toast(api, opened, "Remove", pat) == f"Removed: {title}"
        api.wait(lambda title=title: f"Undo: {title}" in labels(api.now(listed)))
    assert labels(api.now(listed)) == ["Undo: Mine reopened", "Undo: Weir repaired"]
    assert labels(said(api, own, pat, "/articles")) == labels(api.now(listed))
    assert toast(api, listed, "Undo: Weir repaired", pat) == "Put back: Weir repaired"
    api.wait(lambda: labels(api.now(listed)) == ["1", "Undo: Mine reopened"])
    assert titles(api, own, pat) == ["Weir repaired"]


def test_a_removal_is_undone_once_and_for_ten_minutes(api, own, bot):
    pat, late = own.user, "That can no longer be undone: ten minutes have passed, or it is done."
    add(api, own, pat, WEIR)
    removed = said(api, own, pat, "/remove 1")
    shown = api.now(removed)
    assert toast(api, removed, "Undo", pat) == "Put back: Weir repaired"
    api.wait(lambda: api.now(removed).buttons == ())
    again = api.press(api.now(removed), shown.buttons[0][0].data, pat, forged=True)
    assert api.wait_for_answer(again).text == late
    assert titles(api, own, pat) == ["Weir repaired"]
    removed = said(api, own, pat, "/remove 1")
    stored(bot, "UPDATE removals SET removed = removed - 600 WHERE chat = ?", own.id)
    assert toast(api, removed, "Undo", pat) == late
    assert titles(api, own, pat) == []


def test_a_removal_is_not_undone_over_an_article_that_was_added_again(api, own):
    pat = own.user
    add(api, own, pat, WEIR)
    removed = said(api, own, pat, "/remove 1")
    add(api, own, pat, WEIR)
    assert toast(api, removed, "Undo", pat) == "Weir repaired is here again: nothing was changed."
    assert titles(api, own, pat) == ["Weir repaired"]


def test_who_may_remove_an_article_may_undo_that(api, group, members):
    creator, _, mia, max_ = members
    add(api, group, mia, WEIR)
    for remover, undoer in ((creator, mia), (mia, creator)):
        removed = said(api, group, remover, "/remove 1")
        assert toast(api, removed, "Undo", max_) == UNDO + HINT
        assert titles(api, group, max_) == []
        assert toast(api, removed, "Undo", undoer) == "Put back: Weir repaired"
    assert said(api, group, max_, "/remove 1").text == REMOVE
    assert said(api, group, mia, "/remove 1").text == "Removed: Weir repaired"


def test_a_removal_is_undone_in_no_other_chat(api, own, group, members):
    add(api, own, own.user, WEIR)
    undo = said(api, own, own.user, "/remove 1").buttons[0][0].data
    here = said(api, group, members[0], "/help")
    forged = api.press(here, undo, members[0], forged=True)
    assert api.wait_for_answer(forged).text.startswith("That can no longer be undone")


def test_a_removal_in_a_group_that_became_a_supergroup_since_is_undone(api, members, bot):
    creator, _, mia, _ = members
    small = api.group("Sheds", *members)
    paired(api, bot, small, creator)
    add(api, small, mia, WEIR)
    said(api, small, mia, "/remove 1")
    moved = api.migrate(small)
    listed = said(api, moved, mia, "/articles")
    assert toast(api, listed, "Undo: Weir repaired", mia) == "Put back: Weir repaired"
    assert titles(api, moved, mia) == ["Weir repaired"]


def test_a_restored_article_is_no_news(api, own, bot):
    pat = own.user
    said(api, own, pat, "/watch Who repaired the weir at Lauda?")
    add(api, own, pat, WEIR)
    api.wait(lambda: [item for item in api.sent(own) if item.text.startswith("News on:")])
    removed = said(api, own, pat, "/remove 1")
    assert toast(api, removed, "Undo", pat) == "Put back: Weir repaired"
    add(api, own, pat, b"Weir opened\n\nThe weir at Lauda was repaired again by Ole Munk.", "b.txt")
    api.wait(lambda: any("Ole Munk" in item.text for item in api.sent(own)))
    assert sum("News on:" in item.text and "Brest" in item.text for item in api.sent(own)) == 1


def test_a_removed_text_is_gone_from_the_bots_file_when_it_can_no_longer_be_undone(
    api, own, bot, copies
):
    """The article comes from another process, so that no message of the chat has its text."""
    source = bot.home / "secret.jsonl"
    text = "The strongbox at Kerr opens with the key under the third flowerpot."
    source.write_text(json.dumps({"id": "box", "title": "Strongbox", "text": text}))
    with Library.open(bot.home, copies=copies) as library:
        list(library.add(str(source), library=library_of(own)))
    said(api, own, own.user, "/remove 1")
    files = list(bot.home.glob("telegram.sqlite*"))

    def is_kept():
        return any(b"third flowerpot" in file.read_bytes() for file in files)

    assert is_kept()
    stored(bot, "UPDATE removals SET removed = removed - 600 WHERE chat = ?", own.id)
    until(lambda: not is_kept())
    said(api, own, own.user, "/help")

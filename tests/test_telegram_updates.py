"""Every update that Telegram can send is worked off, and none stops the bot."""

from __future__ import annotations

import time
from functools import cache

import pytest
from telegram_bot import free_port, granted, said, stored, undone, until
from telegram_values import DESCRIPTION, Values

DAM = "What was the 28-foot dam built in 1914 to power?"
MILL = "paper mill"
STRANGER = {"id": 5_000_000_777, "is_bot": False, "first_name": "Eve"}
THEIRS = {"id": -4_000_000_777, "type": "group", "title": "Strangers"}

by_both_ways = pytest.mark.parametrize("way", ["polling", "webhook"])


def from_stranger(**more):
    """A message in a group of strangers."""
    return {"message_id": 9, "date": 1_700_000_000, "chat": THEIRS, "from": STRANGER, **more}


def pinned_unseen():
    """The service message about a pinned message that the bot has never seen."""
    unseen = {"message_id": 4, "date": 0, "chat": THEIRS}
    return from_stranger(pinned_message=unseen)


def receive_by(api, bot, way):
    """Let the bot poll for updates, or take them at a webhook."""
    if way == "webhook":
        port, public = free_port(), "https://quotewise.example"
        api.proxy(public, f"http://127.0.0.1:{port}")
        bot.more |= {
            "QUOTEWISE_TELEGRAM_WEBHOOK_URL": public,
            "QUOTEWISE_TELEGRAM_WEBHOOK_PORT": str(port),
        }


@by_both_ways
def test_a_stranger_who_pins_an_unseen_message_stops_nobody(api, bot, ada, way):
    receive_by(api, bot, way)
    bot.start()
    chat = granted(api, bot)
    before = bot.log
    api.deliver({"message": pinned_unseen()})
    assert MILL in said(api, chat, ada, DAM).text
    until(lambda: undone(bot) == 0 and not api.pending())
    bot.stop()
    api.deliver({"message": pinned_unseen()})
    bot.start()
    assert MILL in said(api, chat, ada, DAM).text
    until(lambda: undone(bot) == 0 and not api.pending())
    assert "defect" not in bot.log.removeprefix(before)


@by_both_ways
def test_an_unreadable_update_is_logged_once_and_costs_no_other(api, bot, ada, way):
    receive_by(api, bot, way)
    bot.start()
    chat = granted(api, bot)
    bot.stop()
    before = bot.log
    secret = "the harbour safe opens with marzipan"
    first = api.say(chat, ada, DAM)
    api.deliver({"message": {"text": secret, "message_id": 1, "chat": THEIRS}})
    bad = api.updates.last_id
    api.deliver({"message": secret})
    second = api.say(chat, ada, "/help")
    bot.start()
    until(lambda: undone(bot) == 0 and not api.pending())
    assert [item.reply_to for item in api.sent(chat)][-2:] == [first.message_id, second.message_id]
    api.deliver({"update_id": bad, "message": {"text": secret}})
    api.updates.last_id = bad + 2
    bot.stop()
    bot.start()
    assert said(api, chat, ada, "/about").text
    log = bot.log.removeprefix(before)
    lines = [line.partition("Z ")[2] for line in log.splitlines() if "cannot be read" in line]
    assert lines == [
        f"ERROR update {bad} is left out: it cannot be read (KeyError)",
        f"ERROR update {bad + 1} is left out: it cannot be read (AttributeError)",
    ]
    assert secret not in log


def test_a_press_under_an_inaccessible_message_does_its_work(api, bot, chat, ada):
    answer = said(api, chat, ada, DAM)
    before = bot.log
    reported = api.wait_for_answer(api.press(answer, "👍", ada, inaccessible=True)).text
    assert reported == "Thank you, that is noted."
    api.press(answer, "In context", ada, inaccessible=True)
    api.wait(lambda: "Its removal will also open" in api.now(answer).text)
    api.delete(answer)
    api.wait_for_answer(api.press(answer, "In context", ada, inaccessible=True))
    until(lambda: undone(bot) == 0)
    assert "defect" not in bot.log.removeprefix(before)


@cache
def every_update():
    """A valid update for each field of Message and of Update, in a group of strangers."""
    values, contents = Values(), []
    for full in (False, True):
        for name in values.fields("Message"):
            for value in values.of_field("Message", name, full=full):
                contents.append({"message": from_stranger(**{name: value})})
        for name in values.fields("Update"):
            if name != "update_id":
                for value in values.of_field("Update", name, full=full):
                    contents.append({name: value})
    return contents


def nested(depth):
    """An object within an object, and so on."""
    value = {}
    for _ in range(depth):
        value = {"reply_to_message": value}
    return value


UNREADABLE = [
    {
        "message": None,
        "inline_query": {"id": "1", "from": {"id": [1]}, "query": "", "offset": ""},
    },
    {"message": from_stranger(chat={"id": {}, "type": "group"})},
    {"message": nested(600)},
    {"edited_message": [from_stranger()]},
    {"callback_query": {"id": "1", "from": STRANGER, "message": "gone"}},
]


@by_both_ways
def test_every_field_of_an_update_passes_all_handlers(api, bot, ada, way):
    receive_by(api, bot, way)
    bot.start()
    chat = granted(api, bot)
    before = bot.log
    api.deliver({})
    api.deliver({"message": from_stranger(text="\ud800")})
    updates = every_update() if DESCRIPTION.exists() else []
    for update in updates if way == "polling" else updates[::20]:
        api.deliver(update)
    assert MILL in said(api, chat, ada, DAM).text
    until(lambda: undone(bot) == 0 and not api.pending())
    assert "cannot be read" not in (log := bot.log.removeprefix(before))
    assert "defect" not in log
    for update in UNREADABLE:
        api.deliver(update)
    until(lambda: undone(bot) == 0 and not api.pending())
    lines = bot.log.removeprefix(before).splitlines()
    assert sum("is left out: it cannot be read" in line for line in lines) == len(UNREADABLE)


def by_strangers(count):
    """Updates of many strangers: commands, files, presses, inline queries, and moved groups."""
    for n in range(count):
        person = {"id": 6_000_000_000 + n, "is_bot": False, "first_name": "Eve"}
        group = {"id": -4_000_000_000 - n, "type": "group", "title": "Strangers"}
        moved = {"id": -1_002_000_000_000 - n, "type": "supergroup", "title": "Strangers"}
        message = {"message_id": 1, "date": int(time.time()), "chat": group, "from": person}
        command = [{"type": "bot_command", "offset": 0, "length": 5}]
        file = {"file_id": f"f{n}", "file_unique_id": f"f{n}", "file_name": "a.txt"}
        query = {"id": str(n), "from": person}
        yield {"message": {**message, "text": "/nope", "entities": command}}
        yield {"message": {**message, "document": file}}
        yield {"callback_query": {**query, "message": message, "chat_instance": "1", "data": "x:1"}}
        yield {"inline_query": {**query, "query": "Who?", "offset": ""}}
        yield {"message": {**message, "chat": moved, "migrate_from_chat_id": group["id"]}}
        yield {"message": {**message, "chat": moved, "text": "Hello"}}


def test_many_strangers_leave_nothing_in_the_bots_file(api, bot, chat, ada):
    tables = stored(bot, "SELECT name FROM sqlite_master WHERE type = 'table'")

    def rows():
        return {
            name: stored(bot, f"SELECT count(*) FROM {name}")
            for (name,) in tables
            if name != "updates"
        }

    before = rows()
    for update in by_strangers(50):
        api.deliver(update)
    said(api, chat, ada, "/help")
    until(lambda: undone(bot) == 0 and not api.pending())
    assert rows() == before

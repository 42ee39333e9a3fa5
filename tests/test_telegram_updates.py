"""Every update that Telegram can send is stored as it came, and none stops the bot."""

from __future__ import annotations

import asyncio
import json
import logging
from functools import cache

import pytest
from telegram.error import NetworkError
from telegram_bot import bot_in_process, free_port, granted, said, undone, until
from telegram_values import DESCRIPTION, Values

from bot.telegram.store import opened
from bot.telegram.update_queue import UpdateQueue

DAM = "What was the 28-foot dam built in 1914 to power?"
MILL = "paper mill"
STRANGER = {"id": 5_000_000_777, "is_bot": False, "first_name": "Eve"}
THEIRS = {"id": -4_000_000_777, "type": "group", "title": "Strangers"}

by_both_ways = pytest.mark.parametrize("way", ["polling", "webhook"])
warns_of_deprecated_fields = pytest.mark.filterwarnings(
    "ignore::telegram.warnings.PTBDeprecationWarning"
)
described = pytest.mark.skipif(not DESCRIPTION.exists(), reason=f"{DESCRIPTION} is not there")


def from_stranger(**more):
    """A message in a group of strangers."""
    return {"message_id": 9, "date": 1_700_000_000, "chat": THEIRS, "from": STRANGER, **more}


def pinned_unseen():
    """The message that tells of a pinned one that the bot has never seen."""
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
    assert [one.reply_to for one in api.sent(chat)][-2:] == [first.message_id, second.message_id]
    api.deliver({"update_id": bad, "message": {"text": secret}})
    api.updates.last_id = bad + 2
    bot.stop()
    bot.start()
    assert said(api, chat, ada, "/about").text
    log = bot.log.removeprefix(before)
    assert [line for line in log.splitlines() if "cannot be read" in line] == [
        f"quotewise: update {bad} is left out: it cannot be read (KeyError)",
        f"quotewise: update {bad + 1} is left out: it cannot be read (AttributeError)",
    ]
    assert secret not in log


def test_a_press_under_an_inaccessible_message_does_its_work(api, bot, chat, ada):
    answer = said(api, chat, ada, DAM)
    before = bot.log
    told = api.wait_for_answer(api.press(answer, "👍", ada, inaccessible=True)).text
    assert told == "Thank you, that is noted."
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
    return [{"update_id": id, **content} for id, content in enumerate(contents, start=1)]


@described
@warns_of_deprecated_fields
def test_every_field_of_an_update_is_stored_as_it_came(api, samples, tmp_path, caplog):
    async def work():
        async with bot_in_process(api, samples, tmp_path) as application:
            queue = application.update_queue
            for update in every_update():
                await queue.put(update)
            rows = queue._store.execute("SELECT payload FROM updates ORDER BY id").fetchall()
            received = [repr(queue.get_nowait()) for _ in range(queue.qsize())]
        async with bot_in_process(api, samples, tmp_path) as application:
            queue = application.update_queue
            assert await queue.recover() == len(rows)
            recovered = [repr(queue.get_nowait()) for _ in range(queue.qsize())]
        assert [json.loads(payload) for (payload,) in rows] == every_update()
        assert recovered == received
        assert len(received) == len(every_update())

    asyncio.run(work())
    assert [one.message for one in caplog.records if one.levelno >= logging.ERROR] == []


@described
@warns_of_deprecated_fields
def test_every_field_of_an_update_passes_all_handlers(api, samples, tmp_path, caplog):
    async def work():
        async with bot_in_process(api, samples, tmp_path) as application:
            await application.start()
            for update in every_update():
                await application.update_queue.put(update)
            await application.update_queue.join()
            assert application.update_queue.waiting() == 0

    asyncio.run(work())
    assert [one.message for one in caplog.records if one.levelno >= logging.ERROR] == []


@described
@by_both_ways
def test_updates_with_all_their_fields_arrive_over_http(api, bot, ada, way):
    receive_by(api, bot, way)
    bot.start()
    chat = granted(api, bot)
    before = bot.log
    for update in [one for one in every_update() if len(json.dumps(one)) > 20_000]:
        api.deliver({**update, "update_id": api.updates.last_id + 1})
    assert MILL in said(api, chat, ada, DAM).text
    until(lambda: undone(bot) == 0 and not api.pending())
    assert "read" not in (log := bot.log.removeprefix(before))
    assert "defect" not in log


def nested(depth):
    """An object within an object, and so on."""
    value = {}
    for _ in range(depth):
        value = {"reply_to_message": value}
    return value


MALFORMED = {
    1: {},
    2: {
        "message": None,
        "inline_query": {"id": "1", "from": {"id": [1]}, "query": "", "offset": ""},
    },
    3: {"message": from_stranger(chat={"id": {}, "type": "group"})},
    4: {"message": nested(5_000)},
    5: {"edited_message": [from_stranger()]},
    6: {"callback_query": {"id": "1", "from": STRANGER, "message": "gone"}},
    7: {"message": from_stranger(text="\ud800")},
}


def test_nothing_that_is_malformed_escapes_the_inbox(tmp_path, caplog):
    store = opened(tmp_path / "telegram.sqlite")
    queue = UpdateQueue(store)

    async def work():
        for id, content in MALFORMED.items():
            await queue.put({"update_id": id, **content})
        assert [queue.get_nowait().update_id for _ in range(queue.qsize())] == [1, 7]
        assert queue.waiting() == 2
        store.execute("UPDATE updates SET payload = '{' WHERE id = 7")
        assert await queue.recover() == 2
        assert [queue.get_nowait().update_id for _ in range(queue.qsize())] == [1]
        store.close()
        with pytest.raises(NetworkError, match="could not be stored"):
            await queue.put({"update_id": 8})

    asyncio.run(work())
    told = [(one.levelname, one.message.partition(": ")[0]) for one in caplog.records]
    assert told == [("ERROR", f"update {id} is left out") for id in (2, 3, 4, 5, 6, 7)]

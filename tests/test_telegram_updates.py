"""Every update that Telegram can send is worked off, and none stops the bot."""

import json
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botapi.schema import CONST
from postgresql_server import on_both_engines

from bot.telegram import update_queue
from bot.telegram.store import TABLES

DAM = "What was the 28-foot dam built in 1914 to power?"
MILL = "paper mill"
STRANGER = {"id": 5_000_000_777, "is_bot": False, "first_name": "Eve"}
THEIRS = {"id": -4_000_000_777, "type": "group", "title": "Strangers"}

pytestmark = on_both_engines

by_both_ways = pytest.mark.parametrize("way", ["polling", "webhook"])


def from_stranger(**more):
    """A message in a group of strangers."""
    return {"message_id": 9, "date": 1_700_000_000, "chat": THEIRS, "from": STRANGER, **more}


@by_both_ways
def test_an_unreadable_update_is_logged_once_and_costs_no_other(api, bot, ada, way):
    if way == "webhook":
        bot.use_webhook()
    bot.start()
    chat = bot.granted()
    bot.stop()
    before = bot.log
    secret = "the harbour safe opens with marzipan"
    first = api.say(chat, ada, DAM)
    api.deliver({"message": {"text": secret, "message_id": 1, "chat": THEIRS}})
    bad = api.updates.last_id
    api.deliver({"message": secret})
    second = api.say(chat, ada, "/help")
    bot.start()
    bot.settle()
    assert [item.reply_to for item in api.sent(chat)][-2:] == [first.message_id, second.message_id]
    api.deliver({"update_id": bad, "message": {"text": secret}})
    api.updates.last_id = bad + 2
    bot.stop()
    bot.start()
    assert api.said(chat, ada, "/about").text
    log = bot.log.removeprefix(before)
    lines = [line.partition("Z ")[2] for line in log.splitlines() if "cannot be read" in line]
    assert lines == [
        f"ERROR update {bad} is left out: it cannot be read (KeyError)",
        f"ERROR update {bad + 1} is left out: it cannot be read (AttributeError)",
    ]
    assert secret not in log


def test_a_press_under_an_inaccessible_message_does_its_work(api, bot, chat, ada):
    answer = api.said(chat, ada, DAM)
    before = bot.log
    assert api.toast(answer, "👍", ada, inaccessible=True) == "Thank you, that is noted."
    api.press(answer, "In context", ada, inaccessible=True)
    api.wait(lambda: "Its removal will also open" in api.now(answer).text)
    api.delete(answer)
    api.toast(answer, "In context", ada, inaccessible=True)
    bot.settle()
    assert "defect" not in bot.log.removeprefix(before)


# -- every field of an update

DESCRIPTION = Path(__file__).parents[2] / "shared" / "telegram" / "botapi-10.1.json"
DEEPEST = 3
"""Objects within each other from which on only required fields are filled."""

SCALARS: dict[str, Any] = {"Integer": 1, "Float": 0.5, "String": "x", "Boolean": True}
SPECIAL: dict[tuple[str, str], Any] = {
    ("Chat", "id"): -4_000_000_777,
    ("Chat", "type"): "group",
    ("InaccessibleMessage", "date"): 0,
    ("MessageEntity", "type"): "bold",
    ("MessageEntity", "offset"): 0,
}
"""Values of fields that are not valid with just any value of their type."""


@cache
def types() -> dict[str, Any]:
    """The types of the Bot API by name, from a machine-readable description."""
    return json.loads(DESCRIPTION.read_text("utf-8"))["types"]


def value_of(type: str, *, full: bool, depth: int = 0) -> Any:
    """A value with its required fields, or with all; of a union, the first type it stands for."""
    if type in SCALARS:
        return SCALARS[type]
    if type.startswith("Array of "):
        return [value_of(type.removeprefix("Array of "), full=full, depth=depth)]
    kind = types()[type]
    if "subtypes" in kind:
        return value_of(kind["subtypes"][0], full=full, depth=depth)
    value = {}
    for field in kind.get("fields", []):
        name, const = field["name"], CONST.search(field["description"])
        if (type, name) in SPECIAL:
            value[name] = SPECIAL[type, name]
        elif const and field["types"] == ["String"]:
            value[name] = const[1]
        elif field["required"] or (full and depth < DEEPEST):
            value[name] = value_of(field["types"][0], full=full, depth=depth + 1)
    return value


def values_of_fields(type: str) -> Iterator[dict[str, Any]]:
    """Each field of an object with a value of each type that it may have."""
    for full in (False, True):
        for field in types()[type]["fields"]:
            name = field["name"]
            if (type, name) in SPECIAL:
                yield {name: SPECIAL[type, name]}
                continue
            for possible in field["types"]:
                for concrete in types().get(possible, {}).get("subtypes", [possible]):
                    yield {name: value_of(concrete, full=full)}


@cache
def every_update():
    """A valid update for each field of Message and of Update, in a group of strangers."""
    messages = [{"message": from_stranger(**field)} for field in values_of_fields("Message")]
    return messages + [field for field in values_of_fields("Update") if "update_id" not in field]


def nested(depth):
    """An object within an object, and so on."""
    value = {}
    for _ in range(depth):
        value = {"reply_to_message": value}
    return value


UNREADABLE = [
    {"message": None, "inline_query": {"id": "1", "from": {"id": [1]}, "query": "", "offset": ""}},
    {"message": from_stranger(chat={"id": {}, "type": "group"})},
    {"message": nested(600)},
    {"edited_message": [from_stranger()]},
    {"callback_query": {"id": "1", "from": STRANGER, "message": "gone"}},
]


@by_both_ways
def test_every_field_of_an_update_passes_all_handlers(api, bot, ada, way):
    if way == "webhook":
        bot.use_webhook()
    bot.start()
    chat = bot.granted()
    before = bot.log
    unseen = {"message_id": 4, "date": 0, "chat": THEIRS}
    api.deliver({})
    api.deliver({"message": from_stranger(text="\ud800")})
    api.deliver({"message": from_stranger(pinned_message=unseen)})
    updates = every_update() if DESCRIPTION.exists() else []
    for update in updates if way == "polling" else updates[::20]:
        api.deliver(update)
    assert MILL in api.said(chat, ada, DAM).text
    bot.settle()
    assert "cannot be read" not in (log := bot.log.removeprefix(before))
    assert "defect" not in log
    for update in UNREADABLE:
        api.deliver(update)
    bot.settle()
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
    tables = TABLES.tables.keys() - {"updates", "requests"}

    def rows():
        return {name: bot.stored(f"SELECT count(*) FROM {name}") for name in tables}

    before = rows()
    for update in by_strangers(50):
        api.deliver(update)
    api.said(chat, ada, "/help")
    bot.settle()
    assert rows() == before
    assert bot.stored("SELECT DISTINCT who FROM requests") == [(ada.id,)]


def test_a_question_that_ends_the_process_again_and_again_is_given_up_and_that_is_said(
    api, bot, chat, ada
):
    bot.settle()  # or the last command might be taken for the question
    api.fail("sendMessage", times=None)
    question = api.say(chat, ada, DAM)
    attempts = "SELECT attempts FROM updates WHERE payload IS NOT NULL"
    api.wait(lambda: bot.stored(attempts) == [(1,)])
    bot.kill()
    most = update_queue.MOST_ATTEMPTS
    bot.stored("UPDATE updates SET attempts = ? WHERE payload IS NOT NULL", most)
    api.heal()
    bot.start()
    assert api.wait_for_answer(question).text.startswith("Something is wrong with me")
    bot.settle()
    assert f"was begun {most} times and is given up" in bot.log

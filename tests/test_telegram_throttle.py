"""The pace at which people may ask, and that strangers cost nothing lasting."""

import asyncio
import time

from telegram_bot import bot_in_process

from bot.telegram.rate_limiter import MOST_PEOPLE, Throttle


def test_so_many_a_minute_may_be_done():
    throttles = Throttle(2)
    assert [throttles.wait(1, when, when) for when in (0.0, 10.0, 20.0, 59.0, 60.5, 61.0)] == [
        0, 0, 40, 1, 0, 9,
    ]  # fmt: skip
    assert throttles.wait(2, 61.0, 61.0) == 0, "each person for himself"


def test_what_is_begun_again_counts_once():
    throttles = Throttle(1)
    assert [throttles.wait(1, 0.0, what) for what in ("a", "a", "b", "a")] == [0, 0, 60, 0]


def test_those_who_did_something_last_are_remembered():
    throttles = Throttle(1)
    for who in range(2 * MOST_PEOPLE):
        throttles.wait(who, 0.0, "a")
        throttles.wait(0, 0.0, "a")
    assert len(throttles.done) == MOST_PEOPLE
    assert throttles.wait(0, 1.0, "b") == 59
    assert throttles.wait(2 * MOST_PEOPLE - 1, 1.0, "b") == 59


def by_strangers(count):
    """Updates of so many strangers: commands, files, presses, inline queries, and moved groups."""
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


def test_many_strangers_leave_nothing_behind(api, library, tmp_path):
    async def work():
        async with bot_in_process(api, library, tmp_path) as application:
            services, processor = application.bot_data["services"], application.update_processor
            await application.start()
            for id, update in enumerate(by_strangers(100)):
                await services.queue.put({"update_id": id, **update})
            await services.queue.join()
            assert services.queue.waiting() == 0
            for throttles in (
                services.throttles.commands,
                services.throttles.sources,
                services.throttles.buttons,
            ):
                assert not throttles.done
            assert not services.throttles.inline.done
            assert not services.queue._newest
            assert not processor._was
            assert not processor._lanes

    asyncio.run(work())

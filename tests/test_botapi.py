"""The Telegram server of the tests is itself as strict, and as whole, as the tests need."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import aiohttp
import httpx
import pytest
import telegram
from botapi import BotApi, from_channel, from_hidden, from_user
from botapi.people import User
from telegram.error import ChatMigrated, Forbidden, NetworkError, RetryAfter, TimedOut


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


def post(api: BotApi, method: str, **json: Any) -> dict[str, Any]:
    answer = httpx.post(f"{api.url}/bot{api.token}/{method}", json=json, timeout=60)
    return answer.json()


def refusal(api: BotApi, method: str, **json: Any) -> str:
    answer = post(api, method, **json)
    assert answer["ok"] is False, answer
    return answer["description"]


def through_ptb(api: BotApi, does: Callable[[telegram.Bot], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        urls = {"base_url": f"{api.url}/bot", "base_file_url": f"{api.url}/file/bot"}
        async with telegram.Bot(api.token, **urls) as bot:
            return await does(bot)

    return asyncio.run(run())


def updates(api: BotApi, **asked: Any) -> list[dict[str, Any]]:
    """What the bot gets, confirmed at once."""
    got = post(api, "getUpdates", **asked)["result"]
    if got:
        post(api, "getUpdates", offset=got[-1]["update_id"] + 1)
    return got


def texts(got: list[dict[str, Any]]) -> list[str]:
    return [one["message"].get("text", "") for one in got]


@pytest.fixture
def anna(api: BotApi) -> User:
    """Someone who has written to the bot, and whose message the bot has got."""
    user = api.user("Anna", username="anna_a", language_code="en")
    api.say(api.private(user), user, "/start")
    updates(api)
    return user


def test_a_wrong_token_is_unauthorized_and_a_malformed_one_not_found(api):
    wrong = api.token[:-1] + "x"
    for token, code in ((wrong, 401), ("nonsense", 404)):
        answer = httpx.get(f"{api.url}/bot{token}/getMe")
        assert (answer.status_code, answer.json()["error_code"]) == (code, code)


def test_an_unknown_method_is_a_violation(api):
    assert refusal(api, "sendMesage") == "Not Found: method not found"
    assert api.violations


def test_requests_are_read_in_every_form(api, anna):
    url, said = f"{api.url}/bot{api.token}/sendMessage", {"chat_id": anna.id, "text": "x"}
    answers = [
        httpx.get(url, params=said),
        httpx.post(url, data=said),
        httpx.post(url, json=said),
        httpx.post(url, files={name: (None, str(value)) for name, value in said.items()}),
        httpx.post(url.replace("sendMessage", "SENDMESSAGE"), params=said),
    ]
    assert [one.json()["ok"] for one in answers] == [True] * 5
    assert [one.text for one in api.sent(api.private(anna))] == ["x"] * 5
    assert api.violations == []


@pytest.mark.parametrize(
    ("method", "asked", "description"),
    [
        ("sendMessage", {"text": "x", "parse_mod": "HTML"}, "unknown parameter"),
        ("sendMessage", {}, "message text is empty"),
        ("sendMessage", {"text": " \n"}, "message text is empty"),
        ("sendMessage", {"text": "x" * 4097}, "message is too long"),
        ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": "<b>x", "parse_mode": "HTML"}, "can't find end tag"),
        ("sendMessage", {"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ("sendMessage", {"text": "<b>x</b> " * 101, "parse_mode": "HTML"}, "ENTITIES_TOO_LONG"),
        ("sendMessage", {"text": "x", "reply_markup": {"inline": []}}, "reply_markup"),
        ("sendMessage", {"text": "x", "disable_notification": "yes"}, "disable_notification"),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": "a"}}, "message_id"),
        ("sendChatAction", {"action": "dancing"}, "wrong parameter action"),
        ("editMessageText", {"message_id": 101, "text": "x"}, "message can't be edited"),
    ],
)
def test_what_no_correct_bot_sends_is_refused_and_recorded(api, anna, method, asked, description):
    assert description in refusal(api, method, chat_id=anna.id, **asked)
    assert [one for one in api.violations if description in one]


def test_html_that_the_server_lets_pass_but_its_manual_forbids_is_recorded(api, anna):
    post(api, "sendMessage", chat_id=anna.id, text="a & b", parse_mode="HTML")
    assert api.violations == ["\"&\" must be escaped in HTML: 'a & b'"]


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "text buttons are unallowed"),
        ({"text": "x", "url": "nowhere"}, "Wrong HTTP URL"),
        ({"text": "x", "url": "https://x.org", "callback_data": "x"}, "both url and callback_data"),
    ],
)
def test_a_button_does_one_thing_with_at_most_64_bytes(api, anna, button, description):
    markup = {"inline_keyboard": [[button]]}
    said = refusal(api, "sendMessage", chat_id=anna.id, text="x", reply_markup=markup)
    assert description in said
    assert api.violations


def test_a_message_of_4096_units_and_100_entities_passes(api, anna):
    post(api, "sendMessage", chat_id=anna.id, text="😀" * 2048)
    post(api, "sendMessage", chat_id=anna.id, text="<b>x</b> " * 100, parse_mode="HTML")
    lengths = [(len(one.text), len(one.entities)) for one in api.sent(api.private(anna))]
    assert lengths == [(2048, 0), (199, 100)]
    assert api.violations == []


def test_updates_come_until_they_are_confirmed(api):
    anna = api.user("Anna")
    for text in ("1", "2", "3"):
        api.say(api.private(anna), anna, text)
    got = post(api, "getUpdates", limit=2)["result"]
    assert texts(got) == ["1", "2"]
    assert texts(post(api, "getUpdates", offset=got[1]["update_id"])["result"]) == ["2", "3"]
    assert texts(post(api, "getUpdates", offset=-1)["result"]) == ["3"]
    assert len(api.pending()) == 1


def test_a_poll_waits_for_an_update_as_long_as_it_says(api):
    anna = api.user("Anna")
    begun = time.monotonic()
    assert post(api, "getUpdates", timeout=1)["result"] == []
    assert 0.9 < time.monotonic() - begun < 20
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(post, api, "getUpdates", timeout=50)
        api.wait(lambda: api.world.updates.poll)
        api.say(api.private(anna), anna, "now")
        assert texts(waiting.result(timeout=40)["result"]) == ["now"]


def test_the_kinds_of_updates_asked_for_are_remembered(api, anna):
    post(api, "getUpdates", allowed_updates=["callback_query"])
    api.say(api.private(anna), anna, "unheard")
    assert updates(api) == []
    post(api, "getUpdates", allowed_updates=[])
    api.say(api.private(anna), anna, "heard")
    assert texts(updates(api)) == ["heard"]
    assert "unknown kinds" in refusal(api, "getUpdates", allowed_updates=["mesage"])


def test_a_second_poll_ends_the_first(api):
    with ThreadPoolExecutor() as pool:
        first = pool.submit(refusal, api, "getUpdates", timeout=50)
        api.wait(lambda: api.world.updates.poll)
        assert post(api, "getUpdates")["ok"]
        assert first.result(timeout=40).startswith("Conflict: terminated by other getUpdates")
    assert api.violations == []


class Receiver(BaseHTTPRequestHandler):
    """Takes webhook requests; refuses the first."""

    taken: list[tuple[str | None, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
        self.send_response(500 if len(self.taken) == 1 else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    Receiver.taken = []
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_webhook_gets_the_updates_in_order_with_its_secret(api, anna, receiver):
    api.proxy("https://bot.example", f"http://127.0.0.1:{receiver.server_port}")
    api.say(api.private(anna), anna, "earlier")
    post(api, "setWebhook", url="https://bot.example/hook", secret_token="S-1")
    api.say(api.private(anna), anna, "later")
    api.wait(lambda: not api.pending())
    assert [secret for secret, _ in Receiver.taken] == ["S-1"] * 3
    heard = [b"earlier" in body for _, body in Receiver.taken]
    assert heard == [True, True, False], "the refused update comes again"
    info = post(api, "getWebhookInfo")["result"]
    assert info["last_error_message"].startswith("Wrong response from the webhook: 500")
    assert "while webhook is active" in refusal(api, "getUpdates")
    assert post(api, "deleteWebhook")["ok"]
    assert updates(api) == []
    assert api.violations == []


def test_a_webhook_must_be_https_on_a_known_port(api):
    assert "An HTTPS URL" in refusal(api, "setWebhook", url="http://bot.example/")
    assert "only on ports" in refusal(api, "setWebhook", url="https://bot.example:8080/")
    assert "illegal" in refusal(api, "setWebhook", url="https://bot.example/", secret_token="ü")


def test_pending_updates_are_dropped_on_demand(api, anna):
    api.say(api.private(anna), anna, "lost")
    post(api, "deleteWebhook", drop_pending_updates=True)
    assert updates(api) == []


def test_the_bot_writes_to_no_one_who_has_not_written_or_has_blocked_it(api, anna):
    ben = api.user("Ben")
    api.private(ben)
    said = refusal(api, "sendMessage", chat_id=ben.id, text="x")
    assert said == "Forbidden: bot can't initiate conversation with a user"
    assert refusal(api, "sendMessage", chat_id=77, text="x") == "Bad Request: chat not found"
    api.block(anna)
    (change,) = updates(api)
    assert change["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        through_ptb(api, lambda bot: bot.send_message(anna.id, "x"))
    api.unblock(anna)
    assert post(api, "sendMessage", chat_id=anna.id, text="x")["ok"]
    assert api.violations == []


def test_in_groups_the_bot_hears_what_is_meant_for_it(api, anna):
    group = api.supergroup("Readers", anna)
    post(api, "sendMessage", chat_id=group.id, text="hello")
    (hello,) = api.sent(group)
    for text in ("talk", "/ask", "/ask@quotewise_bot x", "/ask@other_bot", "so @quotewise_bot"):
        api.say(group, anna, text)
    api.say(group, anna, "a reply", reply_to=hello)
    heard = ["/ask", "/ask@quotewise_bot x", "so @quotewise_bot", "a reply"]
    assert texts(updates(api)) == heard
    api.privacy = False
    api.say(group, anna, "talk")
    assert texts(updates(api)) == ["talk"]


def test_a_kicked_bot_is_forbidden_until_it_is_added_again(api, anna):
    group = api.supergroup("Readers", anna)
    api.kick_bot(group)
    said = refusal(api, "sendMessage", chat_id=group.id, text="x")
    assert said == "Forbidden: bot was kicked from the supergroup chat"
    api.say(group, anna, "/unheard")
    api.add_bot(group)
    kicked, added, service = updates(api)
    assert kicked["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert added["my_chat_member"]["old_chat_member"]["status"] == "kicked"
    assert service["message"]["new_chat_members"][0]["username"] == "quotewise_bot"
    assert post(api, "sendMessage", chat_id=group.id, text="x")["ok"]
    assert post(api, "leaveChat", chat_id=group.id)["ok"]
    assert "not a member" in refusal(api, "getChat", chat_id=group.id)


def test_a_group_that_becomes_a_supergroup_says_so_in_both(api, anna):
    group = api.group("Readers", anna)
    new = api.migrate(group)
    old_says, new_says = (one["message"] for one in updates(api))
    assert (old_says["chat"]["id"], old_says["migrate_to_chat_id"]) == (group.id, new.id)
    assert (new_says["chat"]["id"], new_says["migrate_from_chat_id"]) == (new.id, group.id)
    with pytest.raises(ChatMigrated) as caught:
        through_ptb(api, lambda bot: bot.send_message(group.id, "x"))
    assert caught.value.new_chat_id == new.id
    assert post(api, "sendMessage", chat_id=new.id, text="x")["ok"]


def test_messages_stand_as_they_were_written_and_changed(api, anna):
    chat = api.private(anna)
    markup = {"inline_keyboard": [[{"text": "More", "callback_data": "more:1"}]]}
    asked = {"chat_id": chat.id, "parse_mode": "HTML", "reply_markup": markup}
    sent = post(api, "sendMessage", text="<b>One</b>", **asked)["result"]
    (one,) = api.sent(chat)
    assert (one.text, one.html, one.edits) == ("One", "<b>One</b>", 0)
    assert [one.type for one in one.entities] == ["bold"]
    assert one.button("More").data == "more:1"
    again = refusal(api, "editMessageText", message_id=one.message_id, text="<b>One</b>", **asked)
    assert again.startswith("Bad Request: message is not modified")
    post(api, "editMessageText", chat_id=chat.id, message_id=sent["message_id"], text="Two")
    (two,) = api.sent(chat)
    assert (two.text, two.buttons, two.edits) == ("Two", (), 1)
    which = {"chat_id": chat.id, "message_id": two.message_id}
    assert post(api, "editMessageReplyMarkup", **which, reply_markup=markup)["ok"]
    assert post(api, "deleteMessage", **which)["ok"]
    assert api.sent(chat) == []
    assert refusal(api, "deleteMessage", **which).endswith("message to delete not found")
    assert refusal(api, "editMessageText", **which, text="x").endswith("to edit not found")
    assert api.violations == []


def test_a_reply_needs_what_it_replies_to(api, anna):
    question = api.say(api.private(anna), anna, "A question")
    reply = {"message_id": question.message_id}
    post(api, "sendMessage", chat_id=anna.id, text="x", reply_parameters=reply)
    assert api.wait_for_answer(question).reply_to == question.message_id
    api.delete(question)
    said = refusal(api, "sendMessage", chat_id=anna.id, text="x", reply_parameters=reply)
    assert said == "Bad Request: message to be replied not found"
    reply["allow_sending_without_reply"] = True
    assert post(api, "sendMessage", chat_id=anna.id, text="x", reply_parameters=reply)["ok"]


def test_a_topic_has_its_messages(api, anna):
    forum = api.supergroup("Readers", anna, forum=True)
    topic = api.topic(forum, "Trees")
    api.say(forum, anna, "/ask", topic=topic)
    made, asked = (one["message"] for one in updates(api))
    assert made["forum_topic_created"]["name"] == "Trees"
    assert asked["message_thread_id"] == topic and asked["is_topic_message"]
    assert asked["reply_to_message"]["message_id"] == topic
    said = refusal(api, "sendMessage", chat_id=forum.id, text="x", message_thread_id=1)
    assert said == "Bad Request: message thread not found"
    post(api, "sendMessage", chat_id=forum.id, text="x", message_thread_id=topic)
    post(api, "sendChatAction", chat_id=forum.id, action="typing", message_thread_id=topic)
    assert [one.topic for one in api.sent(forum)] == [topic]
    assert [one[1:] for one in api.chat_actions] == [(forum.id, "typing", topic)]


def test_a_pressed_button_is_answered_once(api, anna):
    markup = {"inline_keyboard": [[{"text": "More", "callback_data": "more"}]]}
    post(api, "sendMessage", chat_id=anna.id, text="x", reply_markup=markup)
    query = api.press(api.sent(api.private(anna))[0], "More", anna)
    (update,) = updates(api)
    assert update["callback_query"]["data"] == "more"
    which = {"callback_query_id": query.id}
    assert "TOO_LONG" in refusal(api, "answerCallbackQuery", **which, text="x" * 201)
    through_ptb(api, lambda bot: bot.answer_callback_query(query.id, "Done", show_alert=True))
    answer = api.wait_for_answer(query)
    assert (answer.text, answer.alert) == ("Done", True)
    assert "query is too old" in refusal(api, "answerCallbackQuery", **which)


def article(id: str, **more: Any) -> dict[str, Any]:
    said = {"message_text": "<b>x</b>", "parse_mode": "HTML"}
    return {"type": "article", "id": id, "title": "T", "input_message_content": said, **more}


def test_an_inline_query_gets_its_results(api, anna):
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(api.inline, anna, "trees")
        (update,) = updates(api, timeout=50)
        id = update["inline_query"]["id"]
        post(api, "answerInlineQuery", inline_query_id=id, results=[article("1")], next_offset="1")
        answer = asked.result(timeout=40)
    assert [(one.id, one.text, one.html) for one in answer.results] == [("1", "x", "<b>x</b>")]
    assert (answer.next_offset, answer.cache_time, answer.personal) == ("1", 300, False)
    assert api.violations == []


@pytest.mark.parametrize(
    ("asked", "description"),
    [
        ({"results": [article(str(one)) for one in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [article("1"), article("1")]}, "RESULT_ID_DUPLICATE"),
        ({"results": [article("x" * 65)]}, "RESULT_ID_INVALID"),
        ({"results": [article("1", title="")]}, "ARTICLE_TITLE_EMPTY"),
        ({"results": [article("1", author="x")]}, "no such field"),
        ({"results": [], "next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"results": [], "button": {"text": "x", "start_parameter": "ü"}}, "START_PARAM_INVALID"),
    ],
)
def test_an_inline_answer_keeps_its_limits(api, anna, asked, description):
    query = api.ask_inline(anna, "trees")
    assert description in refusal(api, "answerInlineQuery", inline_query_id=query.id, **asked)
    assert api.violations


def test_a_file_is_downloaded_as_it_was_sent(api, anna):
    api.send_file(api.private(anna), anna, "a.txt", b"content", "Read this")
    api.send_file(api.private(anna), anna, "b.txt", b"", size=20 * 1024 * 1024 + 1)
    small, big = (one["message"]["document"] for one in updates(api))
    assert (small["file_name"], small["mime_type"], small["file_size"]) == (
        "a.txt",
        "text/plain",
        7,
    )

    async def download(bot: telegram.Bot) -> bytes:
        return bytes(await (await bot.get_file(small["file_id"])).download_as_bytearray())

    assert through_ptb(api, download) == b"content"
    assert refusal(api, "getFile", file_id=big["file_id"]) == "Bad Request: file is too big"


def test_a_document_is_sent_with_its_caption(api, anna):
    through_ptb(api, lambda bot: bot.send_document(anna.id, b"bytes", "Here", filename="x.md"))
    (sent,) = api.sent(api.private(anna))
    assert (sent.text, sent.file.name, sent.file.content) == ("Here", "x.md", b"bytes")
    assert api.violations == []


def test_forwards_tell_where_they_are_from(api, anna):
    chat = api.private(anna)
    channel = from_channel("Trees", username="trees", date=1_700_000_000, signature="B. Ash")
    for origin in (channel, from_hidden("Someone"), from_user(anna)):
        api.forward(chat, anna, "said before", origin=origin)
    origins = [one["message"]["forward_origin"] for one in updates(api)]
    assert [one["type"] for one in origins] == ["channel", "hidden_user", "user"]
    assert origins[0]["chat"]["username"] == "trees"


def test_commands_are_kept_by_scope_and_language(api):
    start = [{"command": "start", "description": "Begin"}]
    post(api, "setMyCommands", commands=start, scope={"type": "all_private_chats"})
    assert api.commands("all_private_chats") == {"start": "Begin"}
    assert api.commands() == api.commands("all_private_chats", "de") == {}
    post(api, "deleteMyCommands", scope={"type": "all_private_chats"})
    assert api.commands("all_private_chats") == {}
    wrong = [{"command": "Start", "description": "x"}]
    assert "BOT_COMMAND_INVALID" in refusal(api, "setMyCommands", commands=wrong)
    assert "too long" in refusal(api, "setMyShortDescription", short_description="x" * 121)


def test_members_and_administrators_are_known(api, anna):
    group, stranger = api.supergroup("Readers", anna, username="readers"), api.user("Ben")
    (creator,) = post(api, "getChatAdministrators", chat_id="@readers")["result"]
    assert (creator["status"], creator["user"]["id"]) == ("creator", anna.id)
    ben = post(api, "getChatMember", chat_id=group.id, user_id=stranger.id)["result"]
    assert ben["status"] == "left"
    api.promote_bot(group)
    chat = through_ptb(api, lambda bot: bot.get_chat(group.id))
    assert (chat.title, chat.username) == ("Readers", "readers")


def test_faults_come_as_often_and_where_they_are_ordered(api, anna, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    ben = api.user("Ben")
    api.say(api.private(ben), ben, "/start")
    api.fail("sendMessage", code=429, retry_after=3, chat=anna.id)
    api.fail("sendMessage", code=502)

    def send(to: Any) -> Any:
        return through_ptb(api, lambda bot: bot.send_message(to.id, "x"))

    with pytest.raises(NetworkError, match="Bad Gateway"):
        send(ben)
    with pytest.raises(RetryAfter, match="Retry in 0:00:03"):
        send(anna)
    assert send(anna) and send(ben)
    api.fail(code=500, times=2, skip=1)
    assert [post(api, "getMe")["ok"] for _ in range(4)] == [True, False, False, True]
    api.fail("getMe", code=409, times=None)
    assert refusal(api, "getMe").startswith("Conflict")
    api.heal()
    assert post(api, "getMe")["ok"]
    assert api.violations == []


def test_a_connection_is_dropped_before_or_after_the_effect(api, anna):
    for drop, effects in ((api.drop_before, 0), (api.drop_after, 1)):
        drop("sendMessage")
        with pytest.raises(NetworkError):
            through_ptb(api, lambda bot: bot.send_message(anna.id, "x"))
        assert len(api.sent(api.private(anna))) == effects


def test_a_slow_server_lets_a_bot_time_out_and_still_sends(api, anna):
    api.slow(0.4, "sendMessage", times=1)
    with pytest.raises(TimedOut):
        through_ptb(api, lambda bot: bot.send_message(anna.id, "x", read_timeout=0.1))
    api.wait(lambda: api.sent(api.private(anna)))


def test_a_flood_is_refused_for_as_long_as_it_says(api, anna):
    api.flood(per_second=10, per_chat=2)
    answers = [post(api, "sendMessage", chat_id=anna.id, text="x") for _ in range(2)]
    while answers[-1]["ok"]:  # they may have taken longer than a second on a busy machine
        answers.append(post(api, "sendMessage", chat_id=anna.id, text="x"))
    assert [one["ok"] for one in answers[:2]] == [True, True]
    seconds = answers[-1]["parameters"]["retry_after"]
    assert answers[-1]["description"] == f"Too Many Requests: retry after {seconds}"
    time.sleep(seconds)
    assert post(api, "sendMessage", chat_id=anna.id, text="x")["ok"]


def test_five_hundred_messages_in_a_hundred_chats_take_a_second_or_two(api):
    users = [api.user(f"User {number}") for number in range(100)]
    begun = time.process_time()  # the server runs in this process, too
    for number in range(500):
        api.say(api.private(users[number % 100]), users[number % 100], f"Question {number}")
    assert sum(len(updates(api)) for _ in range(5)) == 500

    async def answer_all() -> None:
        url = f"{api.url}/bot{api.token}/sendMessage"
        async with aiohttp.ClientSession() as client:
            said = [{"chat_id": users[one % 100].id, "text": f"{one}"} for one in range(500)]
            await asyncio.gather(*(client.post(url, json=one) for one in said))

    asyncio.run(answer_all())
    assert time.process_time() - begun < 3
    assert sum(len(api.sent(api.private(one))) for one in users) == 500


def test_raw_updates_are_delivered_as_they_are(api):
    api.deliver({"future_update": {"x": 1}})
    (update,) = updates(api)
    assert update["future_update"] == {"x": 1}


def test_an_edited_message_comes_as_such(api, anna):
    said = api.say(api.private(anna), anna, "before")
    api.edit(said, "after")
    assert [one["edited_message"]["text"] for one in updates(api)[1:]] == ["after"]
    assert api.now(said).text == "after"


def test_waiting_in_vain_shows_what_happened(api, anna):
    api.say(api.private(anna), anna, "unanswered")
    with pytest.raises(AssertionError, match="unanswered"):
        api.wait(lambda: api.sent(api.private(anna)), timeout=0.1)


def test_the_servers_own_mistake_fails_the_test():
    with pytest.raises(AssertionError, match="answered wrongly"), BotApi() as api:
        api.world.bot.more["nickname"] = "x"
        assert refusal(api, "getMe")

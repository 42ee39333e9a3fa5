"""The tests' Telegram server refuses what Telegram refuses, and fails when a test orders it."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import telegram
from botapi import BotApi
from telegram.error import ChatMigrated, Forbidden, NetworkError, TimedOut


@pytest.fixture
def api():
    with BotApi() as api:
        yield api


@pytest.fixture
def anna(api):
    """A user whose message the bot has received."""
    user = api.user("Anna", username="anna_a", language_code="en")
    api.say(api.private(user), user, "/start")
    updates(api)
    return user


def post(api, method, **given):
    data = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }
    return httpx.post(f"{api.url}/bot{api.token}/{method}", data=data, timeout=60).json()


def refusal(api, method, **given):
    answer = post(api, method, **given)
    assert answer["ok"] is False, answer
    return answer["description"]


def through_library(api, action):
    """Let python-telegram-bot do something."""

    async def run():
        urls = {"base_url": f"{api.url}/bot", "base_file_url": f"{api.url}/file/bot"}
        async with telegram.Bot(api.token, **urls) as bot:
            return await action(bot)

    return asyncio.run(run())


def updates(api, **given):
    """The updates that wait, which are confirmed."""
    waiting = post(api, "getUpdates", **given)["result"]
    if waiting:
        post(api, "getUpdates", offset=waiting[-1]["update_id"] + 1)
    return waiting


def texts(waiting):
    return [update["message"].get("text", "") for update in waiting]


def inline_result(id="1", **more):
    content = {"message_text": "<b>x</b>", "parse_mode": "HTML"}
    return {"type": "article", "id": id, "title": "T", "input_message_content": content, **more}


def keyboard(**button):
    return {"text": "x", "reply_markup": {"inline_keyboard": [[button]]}}


def test_a_wrong_token_is_unauthorized_and_a_malformed_one_not_found(api):
    for token, code in ((api.token[:-1] + "x", 401), ("nonsense", 404)):
        answer = httpx.get(f"{api.url}/bot{token}/getMe")
        assert (answer.status_code, answer.json()["error_code"]) == (code, code)


@pytest.mark.parametrize(
    ("method", "given", "description"),
    [
        ("sendMesage", {}, "method not found"),
        ("sendMessage", {"text": "x", "parse_mod": "HTML"}, "unknown parameter"),
        ("sendMessage", {}, 'parameter "text" is required'),
        ("sendMessage", {"text": " \n"}, "message text is empty"),
        ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": "<b>x", "parse_mode": "HTML"}, "can't find end tag"),
        ("sendMessage", {"text": "<b>x</i>", "parse_mode": "HTML"}, "Unmatched end tag"),
        ("sendMessage", {"text": "a < b", "parse_mode": "HTML"}, "Unsupported or unclosed tag"),
        ("sendMessage", {"text": "<h1>x</h1>", "parse_mode": "HTML"}, "Unsupported start tag"),
        ("sendMessage", {"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ("sendMessage", {"text": "<b>x</b> " * 101, "parse_mode": "HTML"}, "ENTITIES_TOO_LONG"),
        ("sendMessage", {"text": "x", "reply_markup": {"inline": []}}, "reply_markup"),
        ("sendMessage", {"text": "x", "disable_notification": "yes"}, "disable_notification"),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": "a"}}, "message_id"),
        ("sendMessage", keyboard(text="x", callback_data="é" * 33), "BUTTON_DATA_INVALID"),
        ("sendMessage", keyboard(text="x"), "text buttons are unallowed"),
        ("sendMessage", keyboard(text="x", url="nowhere"), "Wrong HTTP URL"),
        ("editMessageText", {"message_id": 101, "text": "x"}, "message can't be edited"),
    ],
)
def test_what_no_correct_bot_sends_is_refused_and_recorded(api, anna, method, given, description):
    assert description in refusal(api, method, chat_id=anna.id, **given)
    assert len(api.violations) == 1


NOTHING_TO_COPY = json.dumps(keyboard(text="x", copy_text={"text": ""})["reply_markup"])


@pytest.mark.parametrize(
    ("files", "given", "description"),
    [
        ({"document": ("a.json", b"")}, {}, "file must be non-empty"),
        ({"document": ("a.json", b"{}")}, {"caption": "😀" * 513}, "message caption is too long"),
        ({"text": ("a.json", b"{}")}, {}, "unknown parameter"),
        ({"caption": ("a.json", b"{}")}, {"document": "x"}, "is no file"),
        ({"document": ("a.json", b"{}")}, {"reply_markup": NOTHING_TO_COPY}, "COPY_TEXT_INVALID"),
    ],
)
def test_a_document_no_correct_bot_sends_is_refused(api, anna, files, given, description):
    url = f"{api.url}/bot{api.token}/sendDocument"
    answer = httpx.post(url, data={"chat_id": anna.id, **given}, files=files).json()
    assert description in answer["description"]
    assert len(api.violations) == 1


def test_a_document_is_sent_with_its_caption(api, anna):
    chat = api.private(anna)
    through_library(
        api, lambda bot: bot.send_document(anna.id, b"{}", caption="<b>x</b>", filename="ä b.json")
    )
    (sent,) = api.sent(chat)
    assert (sent.file.name, sent.file.content, sent.text) == ("ä b.json", b"{}", "<b>x</b>")
    edit = {"chat_id": anna.id, "message_id": sent.message_id, "text": "x"}
    assert "there is no text in the message" in refusal(api, "editMessageText", **edit)


def test_reactions_come_if_asked_for_in_private_and_to_administrators_of_groups(api, anna):
    group = api.group("G", anna)
    for chat in (api.private(anna), group):
        post(api, "sendMessage", chat_id=chat.id, text="x")
    private, in_group = api.sent(api.private(anna))[0], api.sent(group)[0]
    api.react(private, anna, "👍")
    assert updates(api, allowed_updates=["message_reaction"]) == []
    for emoji in (("👍", "🔥"), ("👍", "🔥"), ()):
        api.react(private, anna, *emoji)
    api.react(in_group, anna, "👍")
    api.set_status(group, api.bot, "administrator")
    api.react(in_group, anna, "👎")
    changes = [update["message_reaction"] for update in updates(api)]
    emoji = [
        [[each["emoji"] for each in change[name]] for name in ("old_reaction", "new_reaction")]
        for change in changes
    ]
    assert emoji == [[["👍"], ["👍", "🔥"]], [["👍", "🔥"], []], [["👍"], ["👎"]]]


def test_html_that_telegram_accepts_and_its_manual_forbids_is_recorded(api, anna):
    post(api, "sendMessage", chat_id=anna.id, text="a & b", parse_mode="HTML")
    assert api.violations == ["\"&\" must be escaped in HTML: 'a & b'"]


def test_a_message_of_4096_units_and_100_entities_passes(api, anna):
    post(api, "sendMessage", chat_id=anna.id, text="😀" * 2048)
    post(api, "sendMessage", chat_id=anna.id, text="<b>x</b> " * 100, parse_mode="HTML")
    sent = api.sent(api.private(anna))
    assert [(len(message.text), len(message.entities)) for message in sent] == [
        (2048, 0),
        (199, 100),
    ]
    assert api.violations == []


@pytest.mark.parametrize(
    ("given", "description"),
    [
        ({"results": [inline_result(str(n)) for n in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [inline_result(), inline_result()]}, "RESULT_ID_DUPLICATE"),
        ({"results": [inline_result("x" * 65)]}, "RESULT_ID_INVALID"),
        ({"results": [inline_result(title="")]}, "ARTICLE_TITLE_EMPTY"),
        ({"results": [inline_result(author="x")]}, "no such field"),
        ({"results": [], "button": {"text": "x", "start_parameter": "ü"}}, "START_PARAM_INVALID"),
    ],
)
def test_an_inline_answer_over_a_limit_is_refused(api, anna, given, description):
    api.ask_inline(anna, "trees")
    (id,) = api.queries
    assert description in refusal(api, "answerInlineQuery", inline_query_id=id, **given)
    assert api.violations


def test_updates_come_until_they_are_confirmed(api, anna):
    for text in ("1", "2", "3"):
        api.say(api.private(anna), anna, text)
    first = post(api, "getUpdates", limit=2)["result"]
    assert texts(first) == ["1", "2"]
    assert texts(post(api, "getUpdates", offset=first[1]["update_id"])["result"]) == ["2", "3"]


def test_a_second_poll_or_a_webhook_ends_the_first_poll(api):
    url = "https://bot.example/"
    for method, given in (("getUpdates", {}), ("setWebhook", {"url": url})):
        with ThreadPoolExecutor() as pool:
            first = pool.submit(refusal, api, "getUpdates", timeout=50)
            api.wait(lambda: api.updates.polling)
            assert post(api, method, **given)["ok"]
            assert first.result(timeout=40).startswith("Conflict: terminated by ")
    assert "while webhook is active" in refusal(api, "getUpdates")
    assert api.violations == []


def test_a_webhook_must_be_https_on_a_known_port(api):
    assert "An HTTPS URL" in refusal(api, "setWebhook", url="http://bot.example/")
    assert "only on ports" in refusal(api, "setWebhook", url="https://bot.example:8080/")
    assert "illegal" in refusal(api, "setWebhook", url="https://bot.example/", secret_token="ü")


def test_the_bot_cannot_write_where_it_is_not_allowed(api, anna):
    ben, group = api.user("Ben"), api.group("Readers", anna)
    api.private(ben)
    refused = refusal(api, "sendMessage", chat_id=ben.id, text="x")
    assert refused == "Forbidden: bot can't initiate conversation with a user"
    assert refusal(api, "sendMessage", chat_id=77, text="x") == "Bad Request: chat not found"
    api.block(anna)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        through_library(api, lambda bot: bot.send_message(anna.id, "x"))
    new = api.migrate(group)
    with pytest.raises(ChatMigrated) as caught:
        through_library(api, lambda bot: bot.send_message(group.id, "x"))
    assert caught.value.new_chat_id == new.id
    api.kick_bot(new)
    refused = refusal(api, "sendMessage", chat_id=new.id, text="x")
    assert refused == "Forbidden: bot was kicked from the supergroup chat"
    assert api.violations == []


def test_in_groups_the_bot_gets_what_is_meant_for_it(api, anna):
    group = api.supergroup("Readers", anna)
    post(api, "sendMessage", chat_id=group.id, text="hello")
    (hello,) = api.sent(group)
    for text in ("talk", "/ask", "/ask@quotewise_bot x", "/ask@other_bot", "so @quotewise_bot"):
        api.say(group, anna, text)
    api.say(group, anna, "a reply", reply_to=hello)
    meant = ["/ask", "/ask@quotewise_bot x", "so @quotewise_bot", "a reply"]
    assert texts(updates(api)) == meant


def test_faults_come_as_often_and_where_they_are_ordered(api, anna):
    ben = api.user("Ben")
    api.say(api.private(ben), ben, "/start")
    api.fail("sendMessage", code=429, retry_after=3, chat=anna.id)
    api.fail("sendMessage", code=502, times=2, every=2)
    answer = post(api, "sendMessage", chat_id=anna.id, text="x")
    assert answer["error_code"] == 429
    assert answer["parameters"] == {"retry_after": 3}

    def send():
        return through_library(api, lambda bot: bot.send_message(ben.id, "x"))

    send()
    with pytest.raises(NetworkError, match="Bad Gateway"):
        send()
    api.heal()
    assert send() and send()
    for drop, effects in ((api.drop_before, 0), (api.drop_after, 1)):
        before = len(api.sent(api.private(ben)))
        drop("sendMessage")
        with pytest.raises(NetworkError):
            send()
        assert len(api.sent(api.private(ben))) == before + effects
    api.slow(0.4, "sendMessage", times=1)
    with pytest.raises(TimedOut):
        through_library(api, lambda bot: bot.send_message(ben.id, "x", read_timeout=0.1))
    assert api.violations == []


def test_a_defect_of_the_server_fails_the_test():
    with pytest.raises(AssertionError, match="answered wrongly"), BotApi() as api:
        api.bot.more["nickname"] = "x"
        assert refusal(api, "getMe")

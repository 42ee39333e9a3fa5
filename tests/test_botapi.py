"""The tests' Telegram server refuses what Telegram refuses.

What it sends, and the faults that a test orders, the tests of the bot show.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from botapi import BotApi


@pytest.fixture
def api():
    with BotApi() as api:
        yield api


@pytest.fixture
def anna(api):
    """A user whose message the bot has received."""
    user = api.user("Anna", username="anna_a", language_code="en")
    api.say(api.private(user), user, "/start")
    return user


def post(api, method, files=None, **given):
    data = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }
    return httpx.post(
        f"{api.url}/bot{api.token}/{method}", data=data, files=files, timeout=60
    ).json()


def refusal(api, method, **given):
    answer = post(api, method, **given)
    assert answer["ok"] is False, answer
    return answer["description"]


def inline_result(id="1", **more):
    content = {"message_text": "<b>x</b>", "parse_mode": "HTML"}
    return {"type": "article", "id": id, "title": "T", "input_message_content": content, **more}


def keyboard(**button):
    return {"text": "x", "reply_markup": {"inline_keyboard": [[button]]}}


def document(content=b"{}", name="document", **more):
    return {"files": {name: ("a.json", content)}, **more}


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
        ("sendMessage", keyboard(text="x", copy_text={"text": ""}), "COPY_TEXT_INVALID"),
        ("sendDocument", document(b""), "file must be non-empty"),
        ("sendDocument", document(caption="😀" * 513), "message caption is too long"),
        ("sendDocument", document(name="text"), "unknown parameter"),
        ("sendDocument", document(name="caption") | {"document": "x"}, "is no file"),
        ("editMessageText", {"message_id": 101, "text": "x"}, "message can't be edited"),
    ],
)
def test_what_no_correct_bot_sends_is_refused_and_recorded(api, anna, method, given, description):
    assert description in refusal(api, method, chat_id=anna.id, **given)
    assert len(api.violations) == 1


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


def test_a_defect_of_the_server_fails_the_test():
    with pytest.raises(AssertionError, match="answered wrongly"), BotApi() as api:
        api.bot.more["nickname"] = "x"
        assert refusal(api, "getMe")

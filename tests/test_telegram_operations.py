"""The Telegram bot as whoever runs it meets it: settings, faults, its end, and a webhook."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from telegram_bot import QUOTEWISE, free_port, granted, metrics, said

from bot.telegram.settings import TelegramSettings
from retrieval import QuotewiseError

DAM = "What was the 28-foot dam built in 1914 to power?"


def refused(bot, **settings):
    """What the bot says when it does not start."""
    done = subprocess.run(
        [QUOTEWISE, "telegram"],
        check=False,
        env={
            **bot.environment,
            **{f"QUOTEWISE_TELEGRAM_{k.upper()}": v for k, v in settings.items()},
        },
        cwd=bot.home,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("token", "", "quotewise: There is no bot token: get one from @BotFather"),
        ("token", "AAE-not-one", "quotewise: QUOTEWISE_TELEGRAM_TOKEN is not a bot token"),
        (
            "admins",
            "ada",
            "quotewise: QUOTEWISE_TELEGRAM_ADMINS should be a number of at least 1, and 'ada' is",
        ),
        ("api_url", "api.telegram.org", "quotewise: QUOTEWISE_TELEGRAM_API_URL should begin with"),
        ("log_level", "loud", "quotewise: QUOTEWISE_TELEGRAM_LOG_LEVEL should be one of DEBUG"),
        ("token", "1:" + "x" * 35, "quotewise: Telegram refuses the token: it was revoked"),
    ],
)
def test_a_setting_that_makes_no_sense_gets_a_sentence(bot, setting, value, told):
    error = refused(bot, **{setting: value})
    assert error.startswith(told)
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        ("admins", "12,-7", "a number of at least 1, and '-7' is not."),
        ("person_rate", "0", "a number of at least 1, and '0' is not."),
        ("chat_rate", "-5", "a number of at least 1, and '-5' is not."),
        ("webhook_port", "70000", "a number from 1 to 65535, and '70000' is not."),
        ("webhook_port", "0", "a number from 1 to 65535, and '0' is not."),
        ("health_port", "-1", "a number from 1 to 65535, and '-1' is not."),
        ("health_port", "9090.5", "a number from 1 to 65535, and '9090.5' is not."),
        ("api_url", "http://127.0.0.1:70000", "an address with a port from 1 to 65535."),
        ("webhook_url", "https://bot.example:0/a", "an address with a port from 1 to 65535."),
    ],
)
def test_a_setting_out_of_range_is_refused_by_its_name(setting, value, wanted):
    given = {"token": "1:" + "x" * 35, setting: value}
    with pytest.raises(QuotewiseError) as raised:
        TelegramSettings.of(given)
    assert str(raised.value) == f"QUOTEWISE_TELEGRAM_{setting.upper()} should be {wanted}"


@pytest.mark.parametrize("rate", ["person_rate", "chat_rate"])
def test_one_question_a_minute_is_the_lowest_rate(rate):
    settings = TelegramSettings.of({"token": "1:" + "x" * 35, rate: "1"})
    assert getattr(settings, rate) == 1


def test_a_port_in_use_gets_a_sentence(bot):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        error = refused(bot, health_port=str(port))
    assert error.startswith(f"quotewise: Port {port} cannot be listened on (")
    assert error.endswith("set QUOTEWISE_TELEGRAM_HEALTH_PORT to a free one.\n")


@pytest.mark.parametrize("host", ["no host", "host.invalid", "192.0.2.1", "a..b"])
def test_a_host_that_is_not_of_this_machine_gets_a_sentence(bot, host):
    error = refused(bot, health_host=host, health_port=str(free_port()))
    assert error.startswith(
        f"quotewise: This machine has no address {host} to listen on: set QUOTE"
    )
    assert error.endswith(
        "WISE_TELEGRAM_HEALTH_HOST to 127.0.0.1, or to 0.0.0.0 for all of its own.\n"
    )


def status(link, **more):
    """The status with which a link answers; None if nobody listens there."""
    try:
        with urlopen(Request(link, **more), timeout=60) as page:
            return page.status
    except HTTPError as error:
        return error.code
    except URLError:
        return None


@pytest.mark.parametrize(("given", "elsewhere"), [({}, None), ({"HOST": "0.0.0.0"}, 200)])
def test_the_bot_listens_on_other_addresses_only_where_it_is_set(api, bot, ada, given, elsewhere):
    port, health = free_port(), free_port()
    api.proxy("https://quotewise.example", f"http://127.0.0.1:{port}")
    bot.more |= {
        "QUOTEWISE_TELEGRAM_WEBHOOK_URL": "https://quotewise.example",
        "QUOTEWISE_TELEGRAM_WEBHOOK_PORT": str(port),
        "QUOTEWISE_TELEGRAM_HEALTH_PORT": str(health),
    }
    for server in ("WEBHOOK", "HEALTH"):
        bot.more |= {f"QUOTEWISE_TELEGRAM_{server}_{name}": to for name, to in given.items()}
    bot.start()
    assert said(api, api.private(ada), ada, "/about").text.startswith("Quotewise quotes")
    for page in ("health", "metrics"):
        assert status(f"http://127.0.0.1:{health}/{page}") == 200
        assert status(f"http://127.0.0.2:{health}/{page}") == elsewhere
    secret = api.called("setWebhook")[-1].parameters["secret_token"]
    post = {"data": b"no update", "headers": {"X-Telegram-Bot-Api-Secret-Token": secret}}
    assert status(f"http://127.0.0.1:{port}/telegram", **post) == 200
    assert status(f"http://127.0.0.2:{port}/telegram", **post) == elsewhere


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ({"code": 409}, "another process polls with this token: stop one of the two"),
        ({}, "Telegram cannot be reached; trying again: "),
    ],
)
def test_trouble_with_polling_is_told_in_one_line_and_gone_through(api, bot, chat, fault, line):
    before = bot.log
    if fault:
        api.fail("getUpdates", times=3, **fault)
    else:
        api.drop_before("getUpdates", times=3)
    assert said(api, chat, bot.admin, "/help").text  # ends the poll that is held
    api.wait(lambda: line in bot.log)
    assert "paper mill" in said(api, chat, bot.admin, DAM).text
    told = bot.log.removeprefix(before).splitlines()
    assert len(told) == 1
    assert line in told[0]


def test_sigterm_ends_within_seconds_and_loses_nothing(api, bot, chat, ada):
    asked = [api.say(chat, ada, DAM) for _ in range(20)]
    api.wait(lambda: len(api.sent(chat)) > 2)
    begun = time.monotonic()
    assert bot.stop() == 0
    assert time.monotonic() - begun < 20
    bot.start()
    numbers = [one.message_id for one in asked]
    api.wait(lambda: replies(api, chat)[-1] == numbers[-1])
    assert replies(api, chat) == numbers


def replies(api, chat):
    """The numbers of the questions that were answered with a quote, in that order."""
    return [one.reply_to for one in api.sent(chat) if "paper mill" in one.text]


def test_who_asks_too_fast_is_told_when_to_ask_again(api, bot, ada):
    bot.more["QUOTEWISE_TELEGRAM_PERSON_RATE"] = "2"
    bot.start()
    chat = granted(api, bot)
    told = [said(api, chat, ada, DAM).text for _ in range(3)]
    assert all("paper mill" in one for one in told[:2])
    assert re.fullmatch(r"That was fast\. Please ask again in \d\d? seconds\.", told[2])


def test_an_addition_that_a_crash_interrupted_is_finished(api, bot, chat, ada):
    offer = adding(api, chat, ada, 300)
    api.wait(lambda: api.now(offer).text.startswith("Adding"))
    bot.kill()
    bot.start()
    api.wait(lambda: counted(api.now(offer).text) == 300)
    assert "Lock 299" in said(api, chat, ada, "When does lock 299 open?").text


def test_a_late_edit_of_the_progress_does_not_replace_the_outcome(api, bot, chat, ada):
    offer = adding(api, chat, ada, 600)
    api.wait(lambda: api.now(offer).text.startswith("Reading"))
    api.slow(2, "editMessageText")
    api.wait(lambda: counted(api.now(offer).text) == 600)
    late, outcome = api.called("editMessageText")[-2:]
    assert late.parameters["text"].startswith("Adding")
    assert outcome.time - late.time > 2


def adding(api, chat, user, count):
    """The offer of a file with so many articles, just accepted."""
    lines = [
        json.dumps(
            {"id": f"n{n}", "title": f"Notice {n}", "text": f"Lock {n} opens at dawn. " * 30}
        )
        for n in range(count)
    ]
    sent = api.send_file(chat, user, "locks.jsonl", "\n".join(lines).encode())
    offer = api.wait_for_answer(sent)
    api.press(offer, "Add it", user)
    return offer


def counted(told):
    """How many articles an outcome counts, those that were added before the crash included."""
    return sum(map(int, re.findall(r"(\d+) (?:added|unchanged)", told)))


def test_a_webhook_with_its_secret_and_the_bots_health(api, bot, ada):
    port, health = free_port(), free_port()
    public = "https://quotewise.example"
    api.proxy(public, f"http://127.0.0.1:{port}")
    bot.more |= {
        "QUOTEWISE_TELEGRAM_WEBHOOK_URL": public,
        "QUOTEWISE_TELEGRAM_WEBHOOK_PORT": str(port),
        "QUOTEWISE_TELEGRAM_WEBHOOK_SECRET": "s3cret-of-the-hook",
        "QUOTEWISE_TELEGRAM_LOG_LEVEL": "debug",
        "QUOTEWISE_TELEGRAM_HEALTH_PORT": str(health),
    }
    bot.start()
    chat = granted(api, bot)
    assert "paper mill" in said(api, chat, ada, DAM).text
    assert not api.called("getUpdates")
    forged = Request(
        f"http://127.0.0.1:{port}/telegram",
        data=b'{"update_id": 1}',
        headers={"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": "guess"},
    )
    with pytest.raises(HTTPError, match="403"):
        urlopen(forged, timeout=60)
    with urlopen(f"http://127.0.0.1:{health}/health", timeout=60) as page:
        assert page.read() == b"ok\n"

    assert metrics(health)["quotewise_receiving"] == "1"
    # An update is done a moment after its answer is in the chat.
    api.wait(lambda: metrics(health)["quotewise_updates_waiting"] == "0")
    assert "Calling Bot API endpoint `setWebhook`" in bot.log
    for secret in (api.token.split(":")[1], "s3cret-of-the-hook"):
        assert secret not in bot.log

"""The Telegram bot for its operator: settings, faults, its end, and a webhook."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from telegram_bot import (
    QUOTEWISE,
    free_port,
    granted,
    metrics,
    pressed,
    said,
    stored,
    until,
)

DOCKER = Path(__file__).parent.parent / "docker"
DAM = "What was the 28-foot dam built in 1914 to power?"


def refused(bot, **settings):
    """The error of a bot that does not start."""
    given = {f"QUOTEWISE_TELEGRAM_{name.upper()}": value for name, value in settings.items()}
    command = [QUOTEWISE, "telegram"]
    done = subprocess.run(
        command,
        check=False,
        env=bot.environment | given,
        cwd=bot.home,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@pytest.mark.parametrize(
    ("setting", "value", "error"),
    [
        ("token", "", "There is no bot token: get one from @BotFather"),
        ("token", "AAE-none", "QUOTEWISE_TELEGRAM_TOKEN is not a bot token"),
        ("token", "1:" + "x" * 35, "Telegram refuses the token: it was revoked"),
        ("admins", "ada", "QUOTEWISE_TELEGRAM_ADMINS should be a valid integer, and not 'ada'."),
        ("admins", "12,-7", "QUOTEWISE_TELEGRAM_ADMINS should be greater than 0, and not '-7'."),
        ("person_rate", "0", "QUOTEWISE_TELEGRAM_PERSON_RATE should be greater than 0"),
        ("webhook_port", "70000", "QUOTEWISE_TELEGRAM_WEBHOOK_PORT should be less than or equal"),
        ("health_port", "9090.5", "QUOTEWISE_TELEGRAM_HEALTH_PORT should be a valid integer"),
        ("api_url", "api.telegram.org", "QUOTEWISE_TELEGRAM_API_URL should begin with"),
        (
            "api_url",
            "http://127.0.0.1:70000",
            "QUOTEWISE_TELEGRAM_API_URL should have a host, and a p",
        ),
        ("log_level", "loud", "QUOTEWISE_TELEGRAM_LOG_LEVEL should be 'DEBUG', 'INFO', "),
        ("health_host", "host.invalid", "This machine has no address host.invalid to listen on"),
        ("health_host", "192.0.2.1", "This machine has no address 192.0.2.1 to listen on"),
    ],
)
def test_a_setting_that_makes_no_sense_gets_a_sentence(bot, setting, value, error):
    refusal = refused(bot, **{"health_port": str(free_port()), setting: value})
    assert refusal.startswith(f"quotewise: {error}")
    assert refusal.count("\n") == 1


def test_a_port_in_use_gets_a_sentence(bot):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        error = refused(bot, health_port=str(port))
    assert error.startswith(f"quotewise: Port {port} cannot be listened on (")
    assert error.endswith("set QUOTEWISE_TELEGRAM_HEALTH_PORT to a free one.\n")


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
def test_a_webhook_and_the_health_pages_listen_on_other_addresses_only_where_that_is_set(
    api, bot, ada, given, elsewhere
):
    port, health, secret = free_port(), free_port(), "s3cret-of-the-hook"
    api.proxy("https://quotewise.example", f"http://127.0.0.1:{port}")
    bot.more |= {
        "QUOTEWISE_TELEGRAM_WEBHOOK_URL": "https://quotewise.example",
        "QUOTEWISE_TELEGRAM_WEBHOOK_PORT": str(port),
        "QUOTEWISE_TELEGRAM_WEBHOOK_SECRET": secret,
        "QUOTEWISE_TELEGRAM_HEALTH_PORT": str(health),
        "QUOTEWISE_TELEGRAM_LOG_LEVEL": "debug",
    }
    for server in ("WEBHOOK", "HEALTH"):
        bot.more |= {f"QUOTEWISE_TELEGRAM_{server}_{name}": to for name, to in given.items()}
    bot.start()
    assert "paper mill" in said(api, granted(api, bot), ada, DAM).text
    assert not api.called("getUpdates")
    for page in ("health", "metrics"):
        assert status(f"http://127.0.0.1:{health}/{page}") == 200
        assert status(f"http://127.0.0.2:{health}/{page}") == elsewhere
    assert metrics(health)["quotewise_receiving"] == "1.0"
    # An update is done a moment after its answer is in the chat.
    api.wait(lambda: metrics(health)["quotewise_updates_waiting"] == "0.0")
    post = {"data": b"no update", "headers": {"X-Telegram-Bot-Api-Secret-Token": secret}}
    assert status(f"http://127.0.0.1:{port}/telegram", **post) == 200
    assert status(f"http://127.0.0.2:{port}/telegram", **post) == elsewhere
    assert "Calling Bot API endpoint `setWebhook`" in bot.log
    for hidden in (api.token.split(":")[1], secret):
        assert hidden not in bot.log


def test_sigterm_ends_within_seconds_and_loses_nothing(api, bot, chat, ada):
    asked = [api.say(chat, ada, DAM) for _ in range(20)]
    api.wait(lambda: len(api.sent(chat)) > 2)
    begun = time.monotonic()
    assert bot.stop() == 0
    assert time.monotonic() - begun < 20
    bot.start()
    numbers = [item.message_id for item in asked]
    api.wait(lambda: replies(api, chat)[-1] == numbers[-1])
    assert replies(api, chat) == numbers


def replies(api, chat):
    """The numbers of the questions that were answered with a quote, in that order."""
    return [item.reply_to for item in api.sent(chat) if "paper mill" in item.text]


def test_a_webhook_has_a_secret_of_its_own_and_acknowledges_what_it_cannot_read(api, bot, ada):
    """Telegram would send an update that is not acknowledged again, and no later one."""
    port = free_port()
    link = f"http://127.0.0.1:{port}/telegram"
    api.proxy("https://quotewise.example", f"http://127.0.0.1:{port}")
    bot.more["QUOTEWISE_TELEGRAM_WEBHOOK_URL"] = "https://quotewise.example"
    bot.more["QUOTEWISE_TELEGRAM_WEBHOOK_PORT"] = str(port)
    bot.start()
    given = api.called("setWebhook")[-1].parameters
    assert "message_reaction" in given["allowed_updates"]
    secret = given["secret_token"]
    assert len(secret) >= 32

    def posted(data, secret):
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        return status(link, data=data, headers=headers)

    assert [posted(b'{"update_id": 1}', forged) for forged in ("", "guess", "gueß")] == [403] * 3
    before = bot.log
    message = {"message_id": "four", "text": "my secret"}
    for update in ({"update_id": 2, "message": message}, {"message": message}, [message], "no"):
        assert posted(json.dumps(update).encode(), secret) == 200
    assert posted(b"\xff{", secret) == 200
    assert said(api, api.private(ada), ada, "/about").text.startswith("Quotewise quotes")
    log = bot.log.removeprefix(before)
    assert log.count("update 2 is left out: it cannot be read (KeyError)\n") == 1
    assert log.count("what came by the webhook is no update\n") == 4
    assert log.count("\n") == 5
    assert "my secret" not in bot.log


def test_the_log_has_a_line_with_time_and_figures_for_each_question_but_not_its_words(api, bot):
    bot.start()
    chat = granted(api, bot)
    said(api, chat, bot.admin, DAM)
    api.wait(lambda: " INFO question " in bot.log)
    line = next(line for line in bot.log.splitlines() if " question " in line)
    pattern = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO question chat=\d+ message=\d+ status=\w+ quotes=\d"
        r" search_ms=\d+ waited_s=\d+\.\d"
    )
    assert re.fullmatch(pattern, line)
    bot.stop()
    bot.more["QUOTEWISE_TELEGRAM_LOG_QUESTIONS"] = "1"
    bot.start()
    said(api, chat, bot.admin, DAM)
    api.wait(lambda: f'text="{DAM}"' in bot.log)


def test_metrics_count_questions_and_the_dashboard_shows_only_what_is_counted(api, bot):
    bot.more["QUOTEWISE_TELEGRAM_HEALTH_PORT"] = str(port := free_port())
    bot.start()
    said(api, granted(api, bot), bot.admin, DAM)
    api.wait(lambda: metrics(port)["quotewise_wait_seconds_count"] == "1.0")
    figures = metrics(port)
    assert sum(float(figures[name]) for name in figures if "questions_total" in name) == 1
    names = {name.partition("{")[0] for name in figures}
    dashboard = json.loads((DOCKER / "grafana.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = {name for query in queries for name in re.findall(r"quotewise_\w+", query)}
    assert shown <= names


def test_answers_are_deleted_after_the_days_that_are_set(api, bot):
    bot.more["QUOTEWISE_TELEGRAM_ANSWERS_DAYS"] = "30"
    bot.start()
    answer = said(api, granted(api, bot), bot.admin, DAM)
    with sqlite3.connect(bot.home / "telegram.sqlite") as store:
        store.execute("UPDATE answers SET made = made - 29 * 86400")
    store.close()
    assert "Crews" in pressed(api, answer, "Sources", bot.admin).text
    with sqlite3.connect(bot.home / "telegram.sqlite") as store:
        store.execute("UPDATE answers SET made = made - 2 * 86400")
    store.close()
    until(lambda: stored(bot, "SELECT count(*) FROM answers") == [(0,)])

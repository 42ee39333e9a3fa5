"""The Telegram bot for its operator: settings, faults, its end, and a webhook."""

import json
import re
import socket
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from article_library import rows
from telegram_bot import QUOTEWISE, Bot, free_port, metrics

from retrieval import Library

DOCKER = Path(__file__).parent.parent / "docker"
DAM = "What was the 28-foot dam built in 1914 to power?"
DEFAULT = "all-MiniLM-L6-v2"


def refused(bot, **settings):
    """The error of a bot that does not start."""
    given = {f"QUOTEWISE_TELEGRAM_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [QUOTEWISE, "telegram"],
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
def test_webhook_and_health_pages_listen_elsewhere_only_if_set(api, bot, ada, given, elsewhere):
    port, health, secret = bot.use_webhook(), free_port(), "s3cret-of-the-hook"
    bot.more |= {
        "QUOTEWISE_TELEGRAM_WEBHOOK_SECRET": secret,
        "QUOTEWISE_TELEGRAM_HEALTH_PORT": str(health),
        "QUOTEWISE_TELEGRAM_LOG_LEVEL": "debug",
    }
    for server in ("WEBHOOK", "HEALTH"):
        bot.more |= {f"QUOTEWISE_TELEGRAM_{server}_{name}": to for name, to in given.items()}
    bot.start()
    assert "paper mill" in api.said(bot.granted(), ada, DAM).text
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
    link = f"http://127.0.0.1:{bot.use_webhook()}/telegram"
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
    assert api.said(api.private(ada), ada, "/about").text.startswith("Quotewise quotes")
    log = bot.log.removeprefix(before)
    assert log.count("update 2 is left out: it cannot be read (KeyError)\n") == 1
    assert log.count("what came by the webhook is no update\n") == 4
    assert log.count("\n") == 5
    assert "my secret" not in bot.log


def test_the_log_has_a_line_with_time_and_figures_for_each_question_but_not_its_words(api, bot):
    bot.start()
    chat = bot.granted()
    api.said(chat, bot.admin, DAM)
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
    api.said(chat, bot.admin, DAM)
    api.wait(lambda: f'text="{DAM}"' in bot.log)


def test_metrics_count_questions_and_the_dashboard_shows_only_what_is_counted(api, bot):
    bot.more["QUOTEWISE_TELEGRAM_HEALTH_PORT"] = str(port := free_port())
    bot.start()
    api.said(bot.granted(), bot.admin, DAM)
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
    answer = api.said(bot.granted(), bot.admin, DAM)
    bot.stored("UPDATE answers SET made = made - 29 * 86400")
    assert "Crews" in api.pressed(answer, "Sources", bot.admin).text
    bot.stored("UPDATE answers SET made = made - 2 * 86400")
    api.wait(lambda: bot.stored("SELECT count(*) FROM answers") == [(0,)])


def test_status_reports_a_change_of_model_to_administrators(api, bot, ada, other_model, copies):
    bot.more["QUOTEWISE_MODEL"] = other_model
    chat = api.private(ada)
    bot.start()
    with Library.open(bot.home, copies=copies, model=other_model) as library:
        steps = library.change_model()
        next(steps)
        assert api.said(chat, ada, "/status").text == (
            f"The model {other_model} has read 12 of 12 articles; {DEFAULT} answers until it has "
            "read all. `quotewise rebuild` lets it read them."
        )
        bo, own = bot.newcomer("Bo")
        assert api.said(own, bo, "/status").text == "Only an administrator of the bot can do that."
        list(steps)
    assert api.said(chat, ada, "/status").text == f"The model {other_model} answers."
    assert api.said(bot.granted(), ada, DAM).text


def test_where_the_old_model_is_gone_the_new_one_reads_first(api, bot, ada):
    rows(bot.home, "UPDATE models SET fingerprint = '/nowhere/model@123456789abc'")
    bot.start()
    assert "paper mill" in api.said(bot.granted(), ada, DAM).text
    assert (
        "The articles were embedded with the model /nowhere/model, which cannot be opened any "
        f"longer: {DEFAULT} embeds them again now."
    ) in bot.log


def test_a_second_bot_in_the_same_folder_ends_with_a_sentence(api, bot, chat, ada):
    second = Bot(api, bot.home, bot.more)
    second.begin()
    api.wait(lambda: second.ended)
    assert "A bot is running in this folder already: stop it first." in bot.log
    assert api.said(chat, ada, "/help").text

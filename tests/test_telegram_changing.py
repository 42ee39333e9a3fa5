"""The Telegram bot lets another model read the articles while the old one answers."""

from __future__ import annotations

import socket
import sqlite3
from urllib.request import urlopen

import pytest
from botapi import BotApi
from telegram_bot import Bot, new_home, until

from bot.cli import SAMPLES
from retrieval import Library

DAM = "What was the 28-foot dam built in 1914 to power?"
DEFAULT = "all-MiniLM-L6-v2"


@pytest.fixture
def api():
    with BotApi() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def bot(api, tmp_path, copies):
    """A bot that has not been started, whose articles the default model has read."""
    home = new_home(tmp_path / "home", copies)
    with Library.open(home, copies=copies) as library:
        assert all(one.reason is None for one in library.add(str(SAMPLES)))
    bot = Bot(api, home, api.user("Ada").id, {})
    yield bot
    bot.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def said(api, bot, chat, text):
    ada = api.world.users[bot.admin]
    return api.wait_for_answer(api.say(chat, ada, text), timeout=30).text


def metrics(port):
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        return dict(line.split() for line in page.read().decode().splitlines())


def test_the_administrators_are_told_when_it_is_done(api, bot, other_model):
    health = free_port()
    chat = api.private(api.world.users[bot.admin])
    bot.start()
    said(api, bot, chat, "/grant main")
    assert said(api, bot, chat, "/status") == f"The model {DEFAULT} answers."
    assert "paper mill" in said(api, bot, chat, DAM)
    bot.stop()
    bot.more |= {"QUOTEWISE_MODEL": other_model, "QUOTEWISE_TELEGRAM_HEALTH_PORT": str(health)}
    bot.start()
    assert said(api, bot, chat, DAM)
    done = f"The model {other_model} has read all articles and answers from now on."
    api.wait(lambda: done in [one.text for one in api.sent(chat)], timeout=60)
    assert said(api, bot, chat, "/status") == f"The model {other_model} answers."
    assert metrics(health)["quotewise_articles_to_read_anew"] == "0"
    assert bot.stop() == 0
    assert [one.text for one in api.sent(chat)].count(done) == 1


def test_status_tells_how_far_it_is_and_only_an_administrator(api, bot, other_model, copies):
    home = bot.home
    bot.more["QUOTEWISE_MODEL"] = other_model
    chat, bo = api.private(api.world.users[bot.admin]), api.user("Bo")
    with Library.open(home, copies=copies, model=other_model) as library:
        steps = library.change_model()
        next(steps)  # as long as this one is at it, the bot has to wait
        bot.start()
        assert said(api, bot, chat, "/status") == (
            f"The model {other_model} has read 12 of 12 articles; {DEFAULT} answers until it has "
            "read all."
        )
        code = said(api, bot, chat, "/pair").split()[1]
        own = api.private(bo)
        api.wait_for_answer(api.say(own, bo, f"/pair {code}"))
        refused = api.wait_for_answer(api.say(own, bo, "/status")).text
        assert refused == "Only an administrator of the bot can do that."
        list(steps)
    done = f"The model {other_model} has read all articles and answers from now on."
    until(lambda: done in [one.text for one in api.sent(chat)])
    assert done not in [one.text for one in api.sent(own)]


def test_where_the_old_model_is_gone_the_new_one_reads_first(api, bot):
    with sqlite3.connect(bot.home / "catalog.sqlite") as db:
        db.execute("UPDATE models SET fingerprint = '/nowhere/model@123456789abc'")
    db.close()
    bot.start()
    chat = api.private(api.world.users[bot.admin])
    said(api, bot, chat, "/grant main")
    assert "paper mill" in said(api, bot, chat, DAM)
    assert (
        "The articles were read in with the model /nowhere/model, which cannot be opened any "
        f"longer: {DEFAULT} reads them in anew now."
    ) in bot.log

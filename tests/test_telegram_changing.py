"""The Telegram bot lets another model read the articles while the old one answers."""

from __future__ import annotations

import sqlite3

from telegram_bot import free_port, granted, metrics, said, until

from retrieval import Library

DAM = "What was the 28-foot dam built in 1914 to power?"
DEFAULT = "all-MiniLM-L6-v2"


def test_the_administrators_are_told_when_it_is_done(api, bot, chat, ada, other_model):
    health = free_port()
    assert said(api, chat, ada, "/status").text == f"The model {DEFAULT} answers."
    assert "paper mill" in said(api, chat, ada, DAM).text
    bot.stop()
    bot.more |= {"QUOTEWISE_MODEL": other_model, "QUOTEWISE_TELEGRAM_HEALTH_PORT": str(health)}
    bot.start()
    assert said(api, chat, ada, DAM).text
    done = f"The model {other_model} has read all articles and answers from now on."
    api.wait(lambda: done in [one.text for one in api.sent(chat)])
    assert said(api, chat, ada, "/status").text == f"The model {other_model} answers."
    assert metrics(health)["quotewise_articles_to_read_anew"] == "0"
    assert bot.stop() == 0
    assert [one.text for one in api.sent(chat)].count(done) == 1


def test_status_tells_how_far_it_is_and_only_an_administrator(api, bot, ada, other_model, copies):
    home = bot.home
    bot.more["QUOTEWISE_MODEL"] = other_model
    chat, bo = api.private(ada), api.user("Bo")
    with Library.open(home, copies=copies, model=other_model) as library:
        steps = library.change_model()
        next(steps)  # as long as this one is at it, the bot has to wait
        bot.start()
        assert said(api, chat, ada, "/status").text == (
            f"The model {other_model} has read 12 of 12 articles; {DEFAULT} answers until it has "
            "read all."
        )
        code = said(api, chat, ada, "/pair").text.split()[1]
        own = api.private(bo)
        said(api, own, bo, f"/pair {code}")
        refused = said(api, own, bo, "/status").text
        assert refused == "Only an administrator of the bot can do that."
        list(steps)
    done = f"The model {other_model} has read all articles and answers from now on."
    until(lambda: done in [one.text for one in api.sent(chat)])
    assert done not in [one.text for one in api.sent(own)]


def test_where_the_old_model_is_gone_the_new_one_reads_first(api, bot, ada):
    with sqlite3.connect(bot.home / "catalog.sqlite") as db:
        db.execute("UPDATE models SET fingerprint = '/nowhere/model@123456789abc'")
    db.close()
    bot.start()
    chat = granted(api, bot)
    assert "paper mill" in said(api, chat, ada, DAM).text
    assert (
        "The articles were read in with the model /nowhere/model, which cannot be opened any "
        f"longer: {DEFAULT} reads them in anew now."
    ) in bot.log

"""The Telegram bot answers with the old model until another process has read all with a new one."""

from __future__ import annotations

import sqlite3

from telegram_bot import granted, said

from retrieval import Library

DAM = "What was the 28-foot dam built in 1914 to power?"
DEFAULT = "all-MiniLM-L6-v2"


def test_status_reports_a_change_of_the_model_to_administrators_only(
    api, bot, ada, other_model, copies
):
    bot.more["QUOTEWISE_MODEL"] = other_model
    chat, bo = api.private(ada), api.user("Bo")
    bot.start()
    with Library.open(bot.home, copies=copies, model=other_model) as library:
        steps = library.change_model()
        next(steps)
        assert said(api, chat, ada, "/status").text == (
            f"The model {other_model} has read 12 of 12 articles; {DEFAULT} answers until it has "
            "read all. `quotewise rebuild` lets it read them."
        )
        code = said(api, chat, ada, "/pair").text.split()[1]
        own = api.private(bo)
        said(api, own, bo, f"/pair {code}")
        refused = said(api, own, bo, "/status").text
        assert refused == "Only an administrator of the bot can do that."
        list(steps)
    assert said(api, chat, ada, "/status").text == f"The model {other_model} answers."
    granted(api, bot)
    assert said(api, chat, ada, DAM).text


def test_where_the_old_model_is_gone_the_new_one_reads_first(api, bot, ada):
    with sqlite3.connect(bot.home / "catalog.sqlite") as db:
        db.execute("UPDATE models SET fingerprint = '/nowhere/model@123456789abc'")
    db.close()
    bot.start()
    chat = granted(api, bot)
    assert "paper mill" in said(api, chat, ada, DAM).text
    assert (
        "The articles were embedded with the model /nowhere/model, which cannot be opened any "
        f"longer: {DEFAULT} embeds them again now."
    ) in bot.log

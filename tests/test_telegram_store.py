"""The bot's file: it is brought up to date, and it belongs to one bot."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from bot.telegram.store import SCHEMAS, Digest, belong, opened
from retrieval import QuotewiseError


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "telegram.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(f"{SCHEMAS[0]};PRAGMA user_version = 1;")
        old.execute("INSERT INTO offers VALUES ('a', 1, 2, '{}', NULL, 3.0)")
    old.close()
    for _ in range(2):
        store = opened(path)
        assert store.execute("SELECT id, attempts FROM offers").fetchall() == [("a", 0)]
        assert store.execute("PRAGMA user_version").fetchone() == (len(SCHEMAS),)
        store.close()


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    path = tmp_path / "telegram.sqlite"
    with sqlite3.connect(path) as later:
        later.execute(f"PRAGMA user_version = {len(SCHEMAS) + 1}")
    later.close()
    with pytest.raises(QuotewiseError, match="later version of Quotewise: update this one"):
        opened(path)


def test_another_bots_numbers_are_not_taken_for_those_of_the_one_before(tmp_path):
    store = opened(tmp_path / "telegram.sqlite")
    belong(store, "500")
    store.execute("INSERT INTO updates VALUES (7, NULL, 1, 0)")
    store.execute(
        "INSERT INTO answers (id, chat, asker, asked_in, shown_in, question, answer, thumb, made)"
        " VALUES ('a', 1, 2, 101, 102, 'Why?', '{}', 1, 0),"
        " ('b', 1, 2, 103, 104, 'How?', '{}', NULL, 0)"
    )
    belong(store, "500")
    assert store.execute("SELECT id FROM updates").fetchall() == [(7,)]
    assert store.execute("SELECT asked_in FROM answers").fetchall() == [(101,), (103,)]
    belong(store, "600")
    assert store.execute("SELECT id FROM updates").fetchall() == []
    kept = store.execute("SELECT asked_in, shown_in, thumb FROM answers").fetchall()
    assert kept == [(-101, None, 1), (-103, None, None)], "the thumbs are kept"
    store.close()


def test_a_digest_comes_once_a_day_also_after_a_clock_that_was_wrong():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    due = {
        last: Digest(1, None, 8 * 60, "UTC", 0, last).due(noon)
        for last in (None, "2026-02-28", "2026-03-01", "2026-03-02", "2031-07-04")
    }
    assert due == {
        None: "2026-03-01",
        "2026-02-28": "2026-03-01",
        "2026-03-01": None,
        "2026-03-02": None,
        "2031-07-04": "2026-03-01",
    }
    assert Digest(1, None, 8 * 60, "UTC", 0).due(noon - timedelta(hours=5)) is None

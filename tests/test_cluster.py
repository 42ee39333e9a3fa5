"""Several processes of a bot on one database: they share the work, and replace one another."""

import time

import pytest
from cluster import Cluster
from postgresql_server import executed
from telegram_bot import Bot


@pytest.fixture
def cluster(api, tmp_path, copies, databases):
    """Two processes, and a hundred people who may ask about the samples."""
    cluster = Cluster.started(api, tmp_path, copies, databases.new(), processes=2)
    yield cluster
    cluster.close()
    assert [bot.log for bot in cluster.bots if "a defect" in bot.log] == []


def receiver(cluster: Cluster) -> Bot:
    """The process that receives updates."""
    (bot,) = [bot for bot in cluster.bots if "this process receives updates" in bot.log]
    return bot


def test_two_processes_answer_each_question_once_and_in_order(cluster):
    cluster.run(questions=150, kills=0)
    assert cluster.problems() == []
    assert not cluster.interrupted
    for bot in cluster.bots:
        assert bot.log.count("question chat=") > 30, "it had little to do"


def test_killed_processes_lose_no_question(cluster):
    cluster.run(questions=60, kills=4)
    assert cluster.problems() == []


def test_another_process_receives_within_ten_seconds_after_the_one_that_did_is_killed(cluster):
    receiver(cluster).kill()
    began = time.monotonic()
    chat = cluster.chat(next(iter(cluster.asked)))
    cluster.ask(chat.user)
    cluster.api.wait(lambda: not cluster.waiting())
    assert time.monotonic() - began < 10
    assert cluster.problems() == []


def test_a_restart_of_the_database_delays_answers_and_loses_none(cluster):
    chats = [cluster.chat(id) for id in list(cluster.asked)[:20]]
    for chat in chats:
        cluster.ask(chat.user)
    executed(
        cluster.database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    for chat in chats:
        cluster.ask(chat.user)
    cluster.wait_until_fewer_wait_than(1)
    for chat in chats:
        asked = [message.message_id for message, _ in cluster.asked[chat.id]]
        assert list(dict.fromkeys(one.reply_to for one in cluster.replies(chat.id))) == asked

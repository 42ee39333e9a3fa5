"""Several processes of a bot on one database: they share the work, and replace one another."""

import json
import re
import time
from collections.abc import Callable
from urllib.request import urlopen

import pytest
from botapi import Message
from cluster import Cluster
from postgresql_server import executed
from quotewise_command import new_home
from telegram_bot import Bot, free_port, labels, library_of

from bot.telegram.app import RESUME_S


@pytest.fixture
def cluster(api, tmp_path, copies, databases):
    """Two processes, and forty people who may ask about the samples."""
    cluster = Cluster.started(api, tmp_path, copies, databases.new(), processes=2, people=40)
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


def test_a_process_that_stands_by_says_so(cluster, tmp_path, copies):
    port = free_port()
    more = cluster.bots[0].more | {"QUOTEWISE_TELEGRAM_HEALTH_PORT": str(port)}
    third = Bot(cluster.api, new_home(tmp_path / "third", copies), more)
    cluster.bots.append(third)
    third.start()
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as page:
        assert (page.status, page.read()) == (200, b"standing by\n")


def cut(database: str) -> None:
    """Let PostgreSQL end all sessions of a database, as when it is restarted."""
    executed(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def test_a_database_that_is_away_again_and_again_delays_answers_and_loses_none(cluster):
    chats = [cluster.chat(id) for id in list(cluster.asked)[:10]]
    for _ in range(6):
        for chat in chats:
            cluster.ask(chat.user)
        cluster.interrupted |= cluster.undone()
        cut(cluster.database)
        time.sleep(0.5)
    cluster.wait_until_fewer_wait_than(1)
    assert [problem for problem in cluster.problems() if "twice" not in problem] == []


def adding(cluster: Cluster, articles: int) -> tuple[Message, Callable[[], int]]:
    """The message about an addition that has begun, and how many articles are added."""
    chat = cluster.chat(next(iter(cluster.asked)))
    words = "The weir had {} gates."
    lines = [json.dumps({"id": f"a{n}", "text": words.format(n)}) for n in range(articles)]
    offer = cluster.api.offered(chat, chat.user, "many.jsonl", "\n".join(lines).encode())
    cluster.api.toast(offer, labels(offer)[0], chat.user)
    of_chat = (
        "SELECT count(*) FROM quotewise.articles JOIN quotewise.libraries ON number = library"
        f" WHERE name = '{library_of(chat)}'"
    )
    cluster.api.wait(lambda: executed(cluster.database, of_chat)[0][0])
    return offer, lambda: executed(cluster.database, of_chat)[0][0]


def test_what_a_killed_process_was_adding_is_added_by_the_other(cluster):
    offer, count = adding(cluster, 3_500)
    first, second = cluster.bots
    first.kill()  # one of the two is adding
    assert count() < 3_500
    first.start()
    second.kill()
    cluster.api.wait(lambda: re.match(r"[\d,]+ ", cluster.api.now(offer).text))
    assert count() == 3_500


def test_an_addition_goes_on_once_after_the_database_was_away(cluster):
    offer, count = adding(cluster, 3_500)
    cut(cluster.database)
    assert count() < 3_500
    cluster.api.wait(lambda: re.match(r"[\d,]+ ", cluster.api.now(offer).text))
    assert count() == 3_500
    time.sleep(RESUME_S + 1)
    assert re.match(r"[\d,]+ ", cluster.api.now(offer).text), "it was begun again"

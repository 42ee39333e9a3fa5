"""The Telegram bot under load and faults: nothing is lost, nothing comes twice, nobody waits."""

import os
import random
import time
from collections import Counter
from functools import partial
from statistics import median
from urllib.request import urlopen

import pytest
from article_library import add
from postgresql_server import on_both_engines
from quotewise_command import new_home
from telegram_bot import QUICK, Bot
from test_telegram_steady import archive

from retrieval import Library

SAILS = {"Alma": "Orle", "Bryn": "Kelm", "Cora": "Tesk", "Dora": "Vorn", "Elsa": "Skerry"}
ASKED = [f"To which island does the ferry {ferry} sail?" for ferry in SAILS]
TOLD = [
    f"The ferry {ferry} sails to the island of {island} at six." for ferry, island in SAILS.items()
]
AT_ONCE = 64  # requests that the bot makes at a time
CHATS = int(os.environ.get("QUOTEWISE_BURST", "150")) // len(ASKED)
"""Chats in which all of these are asked at once: Telegram takes only 30 messages a second."""
ATTEMPTS = int(os.environ.get("QUOTEWISE_ATTEMPTS", "600"))
"""How often somebody tries to reach another chat's article; 10,000 take some minutes."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory, copies):
    """A home whose library `main` says where each ferry sails."""
    home = new_home(tmp_path_factory.mktemp("load") / "home", copies)
    sailings = ({"id": text, "title": "Sailing times", "text": text} for text in TOLD)
    with Library.open(home) as library:
        assert {*add(library, home, *sailings)} == {"added"}
    return home


@pytest.fixture
def bot(api, filled):
    """A bot with a fresh store that has not been started."""
    for old in filled.glob("telegram.sqlite*"):
        old.unlink()
    bot = Bot(api, filled, QUICK)
    yield bot
    bot.kill()


@pytest.fixture
def chats(api, bot):
    """People with their private chats, all let in as administrators, who read `main`."""
    people = [api.user(f"P{n}") for n in range(CHATS)]
    ids = ",".join(str(person.id) for person in [bot.admin, *people])
    bot.more["QUOTEWISE_TELEGRAM_ADMINS"] = ids
    bot.start()
    rooms = [api.private(person) for person in people]
    for room in rooms:
        api.say(api.private(bot.admin), bot.admin, f"/grant main {room.id}")
    bot.settle()
    return list(zip(people, rooms, strict=True))


def burst(api, chats):
    """Ask all questions in each chat, by turns; gives what was asked, by chat."""
    asked = [(room, []) for _, room in chats]
    for question in ASKED:
        for (person, _), (room, questions) in zip(chats, asked, strict=True):
            questions.append(api.say(room, person, question))
    return asked


def all_answered(api, bot, asked):
    """Wait until each chat's last question has an answer, and until nothing more is to come."""
    for room, questions in asked:
        api.wait(partial(is_answered, api, room, questions[-1]))
    bot.settle()


def is_answered(api, room, question):
    return any(item.reply_to == question.message_id for item in api.sent(room))


def checked(api, asked):
    """How often answers came twice; each must be the right one, and in order."""
    twice = 0
    for room, questions in asked:
        sent = api.sent(room)
        replies = [m.reply_to for m in sent]
        twice += sum(Counter(replies).values()) - len(set(replies))
        assert list(dict.fromkeys(replies)) == [item.message_id for item in questions]
        for number, question in enumerate(questions):
            (answer, *_) = [m for m in sent if m.reply_to == question.message_id]
            assert TOLD[number] in answer.text
    return twice


def on_their_way(api, bot, asked):
    """How many questions are answered in the chats of which a killed bot had not yet noted it."""
    # Requests are taken in turn: what the bot sent before it was killed has arrived after this one.
    urlopen(f"{api.url}/bot{api.token}/getMe", timeout=60).close()
    answered = sum(is_answered(api, room, item) for room, questions in asked for item in questions)
    ((done,),) = bot.stored("SELECT count(*) FROM updates WHERE payload IS NULL")
    return answered - (done - len(asked))  # a /grant was done for each chat


def test_a_burst_against_flood_control_is_answered_each_once_and_in_order(api, bot, chats):
    api.fail("sendMessage", times=None, every=10, code=429, retry_after=1)
    api.drop_before("sendMessage", times=None, every=11)
    asked = burst(api, chats)
    all_answered(api, bot, asked)
    assert checked(api, asked) == 0
    assert bot.stop() == 0


def test_questions_of_many_chats_at_once_take_little_longer_than_one_by_one(api, bot, chats):
    def seconds(ask):
        began = time.monotonic()
        ask()
        return time.monotonic() - began

    def one_by_one():
        for question in ASKED:
            for person, room in chats:
                api.said(room, person, question)

    def at_once():
        all_answered(api, bot, burst(api, chats))

    api.said(chats[0][1], chats[0][0], ASKED[0])  # the first answer loads the model
    together, apart = seconds(at_once), seconds(one_by_one)
    assert together < 1.3 * apart, (together, apart)


def test_twenty_questions_at_once_in_a_group_are_answered_within_seconds(api, bot):
    group = api.group("Newsroom", bot.admin)
    bot.start()
    api.said(api.private(bot.admin), bot.admin, f"/grant main {group.id}")
    asked = [api.say(group, bot.admin, f"@quotewise_bot {ASKED[0]}") for _ in range(20)]
    api.wait(lambda: is_answered(api, group, asked[-1]), 15)


def test_a_burst_with_a_crash_in_the_middle(api, bot, chats):
    asked = burst(api, chats)
    api.wait(lambda: len(api.called("sendMessage")) > 50)
    bot.kill()
    most = on_their_way(api, bot, asked)
    bot.start()
    all_answered(api, bot, asked)
    assert checked(api, asked) <= most < AT_ONCE


def test_whoever_asks_while_an_archive_is_added_does_not_wait(api, bot, chats):
    (adder, theirs), (asker, other) = chats[0], chats[1]

    def waits():
        for n in range(20):
            started = time.monotonic()
            question = api.say(other, asker, ASKED[n % len(ASKED)])
            assert TOLD[n % len(ASKED)] in api.wait_for_answer(question).text
            yield time.monotonic() - started

    before = median(waits())
    offer = api.offered(theirs, adder, "archive.jsonl", archive(1000, words=150))
    api.toast(offer, "Add it", adder)
    api.wait(lambda: api.now(offer).text.startswith("Adding"))
    assert median(waits()) < 10 * before + 1
    assert api.now(offer).text.startswith("Adding"), "the archive was added before all had asked"


def test_a_burst_with_dropped_connections(api, bot, chats):
    api.drop_after("sendMessage", times=None, every=10)
    asked = burst(api, chats)
    all_answered(api, bot, asked)
    # Each tenth is in the chat unknown to the bot, so each tenth of these comes again, and so
    # on: a ninth of the answers. Two more may have met the same fault at the end.
    assert abs(checked(api, asked) - CHATS * len(ASKED) // 9) <= 2


@on_both_engines
def test_no_other_chat_reaches_an_article(api, bot):
    """A person tries, in the own chat, all that another's chat was ever shown, and guesses."""
    bot.start()
    owner, theirs = bot.newcomer("Olga")
    thief, own = bot.newcomer("Theo")
    api.said(api.private(bot.admin), bot.admin, f"/grant main {own.id}")
    secret = "The password of the old harbour safe is marzipan."
    offer = api.offered(theirs, owner, "safe.txt", f"Safe\n\n{secret}".encode())
    api.toast(offer, "Add it", owner)
    api.wait(lambda: "paragraph" in api.now(offer).text)
    answer = api.said(theirs, owner, "What is the password of the safe?")
    listed = api.said(theirs, owner, "/articles")
    opened = api.pressed(api.said(theirs, owner, "/articles"), "1", owner)
    asked = api.said(theirs, owner, "/forget")
    again = api.offered(theirs, owner, "safe.md", f"Safe\n\n{secret}".encode())
    shown = (offer, answer, listed, opened, asked, again)
    known = [b.data for m in shown for row in api.now(m).buttons for b in row if b.data]
    assert {data.partition(":")[0] for data in known} >= set(
        "add decline context sources thumb article page remove forget keep".split()
    )
    mine = [api.said(own, thief, text) for text in (ASKED[0], "/articles", "/forget", "/help")]
    chance = random.Random(3)

    def guess(data):
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(data))
            data = data[:place] + chance.choice("abcXYZ0189:-_²") + data[place + 1 :]
        return data

    # What edits the own list of articles is slow: Telegram takes thirty messages a second.
    weights = [1 if data.startswith(("remove", "page")) else 40 for data in known]
    tried = chance.choices(known, weights, k=ATTEMPTS * 9 // 10)
    presses = [api.press(chance.choice(mine), guess(data), thief, forged=True) for data in tried]
    # Forging the own /forget empties the own library, which is one's right.
    hints = ["password", "harbour safe", "marzipan", "/remove safe", f"chat:{theirs.id}"]
    asked_in_vain = [
        api.say(own, thief, f"{chance.choice(hints)} {n}") for n in range(ATTEMPTS // 100)
    ]
    api.wait(lambda: len(api.called("answerCallbackQuery")) >= len(presses), 900)
    assert not any("marzipan" in api.wait_for_answer(item).text for item in presses)
    for n in range(ATTEMPTS // 10):
        matches = api.inline(thief, f"{chance.choice(hints)} {n}")
        assert not any("marzipan" in str(item) for item in matches)
    for question in asked_in_vain:
        api.wait_for_answer(question)
    assert not any("marzipan" in m.text for m in api.sent(own) if "marzipan" not in m.html)
    assert not any(secret in m.text for m in api.sent(own))
    still = api.said(theirs, owner, "What is the password of the safe?")
    assert secret in still.text, "and nobody removed it"
